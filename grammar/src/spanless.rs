//! Trees compared by what they say, wherever it stands.

use crate::tree::{
    Block, EventMatch, Expr, ExprKind, File, Header, HeaderKind, Ident, Modifier, ModifierKind,
    Part, PatternKind, Span, Statement, StatementKind, Step, Trigger, Word,
};

/// Whether two files say the same: their trees are equal but for the spans.
///
/// Of comments only the number is compared, as a tree has nothing of them but their places.
pub fn same(one: &File, other: &File) -> bool {
    let mut one = one.clone();
    let mut other = other.clone();
    strip(&mut one);
    strip(&mut other);
    one == other
}

/// Sets every span of a file to nothing.
pub fn strip(file: &mut File) {
    file.headers.iter_mut().for_each(header);
    block(&mut file.body);
    file.comments.fill(Span::default());
}

fn ident(ident: &mut Ident) {
    ident.span = Span::default();
}

fn block(block: &mut Block) {
    block.span = Span::default();
    block.statements.iter_mut().for_each(statement);
}

fn header(header: &mut Header) {
    header.span = Span::default();
    match &mut header.kind {
        HeaderKind::Title(text) => text.iter_mut().for_each(word),
        HeaderKind::Tags(names) | HeaderKind::Covers(names) | HeaderKind::Needs(names) => {
            names.iter_mut().for_each(ident);
        }
        HeaderKind::Known { id, until } => {
            ident(id);
            until.iter_mut().for_each(ident);
        }
        HeaderKind::Timeout(limit) => expr(limit),
        HeaderKind::Param { name, default } => {
            ident(name);
            default.iter_mut().for_each(expr);
        }
        HeaderKind::Each { key, value, list } => {
            ident(key);
            value.iter_mut().for_each(ident);
            expr(list);
        }
        HeaderKind::On(on) => trigger(on),
        HeaderKind::Language(_) => {}
    }
}

fn trigger(trigger: &mut Trigger) {
    match trigger {
        Trigger::Schedule {
            cron: one,
            zone: other,
        }
        | Trigger::Git {
            url: one,
            branch: other,
        } => {
            word(one);
            other.iter_mut().for_each(word);
        }
        Trigger::Event(matched) => event(matched),
        Trigger::State { condition, hold } => {
            expr(condition);
            hold.iter_mut().for_each(expr);
        }
        Trigger::Webhook(text) | Trigger::File(text) | Trigger::RunFailed(text) => word(text),
    }
}

fn event(event: &mut EventMatch) {
    for pattern in &mut event.patterns {
        pattern.span = Span::default();
        if let PatternKind::Glob(glob) = &mut pattern.kind {
            word(glob);
        }
    }
    event.from.iter_mut().for_each(word);
    event.filter.iter_mut().for_each(expr);
}

fn step(step: &mut Step) {
    step.span = Span::default();
    step.modifiers.iter_mut().for_each(modifier);
    word(&mut step.command);
    step.words.iter_mut().for_each(word);
}

fn modifier(modifier: &mut Modifier) {
    modifier.span = Span::default();
    match &mut modifier.kind {
        ModifierKind::On(text) | ModifierKind::Input(text) => word(text),
        ModifierKind::Timeout(limit) => expr(limit),
        ModifierKind::Retry {
            attempts: one,
            every,
        }
        | ModifierKind::RetryWithin { within: one, every } => {
            expr(one);
            every.iter_mut().for_each(expr);
        }
        ModifierKind::Not | ModifierKind::Soft | ModifierKind::Try | ModifierKind::Must => {}
    }
}

fn word(word: &mut Word) {
    word.span = Span::default();
    word.parts.iter_mut().for_each(part);
}

fn part(part: &mut Part) {
    match part {
        Part::Value { expr: value, .. } | Part::Splat(value) => expr(value),
        Part::Bare(_) | Part::Quoted(_) => {}
    }
}

fn statement(statement: &mut Statement) {
    use StatementKind as Kind;
    statement.span = Span::default();
    statement.head = Span::default();
    match &mut statement.kind {
        Kind::Command(command) | Kind::Defer(command) => step(command),
        Kind::SetStep {
            name,
            step: command,
        }
        | Kind::Background {
            name,
            step: command,
        } => {
            ident(name);
            step(command);
        }
        Kind::Set { name, value } => {
            ident(name);
            expr(value);
        }
        Kind::If {
            arms, otherwise, ..
        } => {
            for (condition, body) in arms {
                expr(condition);
                block(body);
            }
            otherwise.iter_mut().for_each(block);
        }
        Kind::While {
            condition: value,
            body,
        }
        | Kind::Repeat { count: value, body } => {
            expr(value);
            block(body);
        }
        Kind::For {
            key,
            value,
            list,
            body,
        } => {
            ident(key);
            value.iter_mut().for_each(ident);
            expr(list);
            block(body);
        }
        Kind::Goto(name) | Kind::Label(name) | Kind::Mark(name) => ident(name),
        Kind::StepDefinition { name, params, body } => {
            ident(name);
            for param in params {
                ident(&mut param.name);
                param.default.iter_mut().for_each(expr);
            }
            block(body);
        }
        Kind::Return(value) | Kind::Exit(value) => value.iter_mut().for_each(expr),
        Kind::Use { path, alias } => {
            ident(path);
            alias.iter_mut().for_each(ident);
        }
        Kind::Case { title, body } => {
            title.iter_mut().for_each(word);
            block(body);
        }
        Kind::Do(body) | Kind::Parallel(body) | Kind::Finally(body) => block(body),
        Kind::Await { names, timeout, .. } => {
            names.iter_mut().for_each(ident);
            timeout.iter_mut().for_each(expr);
        }
        Kind::Cancel(names) => names.iter_mut().for_each(ident),
        Kind::Retry {
            within,
            every,
            body,
        } => {
            expr(within);
            every.iter_mut().for_each(|inner| expr(inner));
            block(body);
        }
        Kind::Verdict { text, .. } => text.iter_mut().for_each(word),
        Kind::Break | Kind::Continue => {}
        kind => waiting(kind),
    }
}

/// Statements that wait, watch or judge.
fn waiting(kind: &mut StatementKind) {
    use StatementKind as Kind;
    match kind {
        Kind::WaitUntil {
            condition,
            within,
            every,
        } => {
            expr(condition);
            within.iter_mut().chain(every).for_each(|inner| expr(inner));
        }
        Kind::WaitEvent {
            event: matched,
            since,
            within,
            name,
        } => {
            event(matched);
            since.iter_mut().chain(within).for_each(|inner| expr(inner));
            name.iter_mut().for_each(ident);
        }
        Kind::Hold {
            condition,
            duration: limit,
            every,
        }
        | Kind::Eventually {
            condition,
            within: limit,
            every,
        } => {
            expr(condition);
            expr(limit);
            every.iter_mut().for_each(|inner| expr(inner));
        }
        Kind::Always {
            condition, every, ..
        } => {
            expr(condition);
            every.iter_mut().for_each(|inner| expr(inner));
        }
        Kind::NeverEvent(matched) => event(matched),
        Kind::Assert {
            condition, message, ..
        } => {
            expr(condition);
            message.iter_mut().for_each(|inner| expr(inner));
        }
        _ => {}
    }
}

fn expr(value: &mut Expr) {
    value.span = Span::default();
    match &mut value.kind {
        ExprKind::Text(parts) => parts.iter_mut().for_each(part),
        ExprKind::List(items) => items.iter_mut().for_each(expr),
        ExprKind::Map(entries) => {
            for (key, value) in entries {
                ident(key);
                expr(value);
            }
        }
        ExprKind::Call {
            function,
            arguments,
        } => {
            ident(function);
            arguments.iter_mut().for_each(expr);
        }
        ExprKind::Field { of, name } => {
            expr(of);
            ident(name);
        }
        ExprKind::Interpolation(inner)
        | ExprKind::Group(inner)
        | ExprKind::Negate(inner)
        | ExprKind::Not(inner) => expr(inner),
        ExprKind::Binary {
            operator_span,
            left,
            right,
            ..
        } => {
            *operator_span = Span::default();
            expr(left);
            expr(right);
        }
        ExprKind::Index {
            of: one,
            index: other,
        }
        | ExprKind::Matches {
            text: one,
            regex: other,
        }
        | ExprKind::Where {
            list: one,
            condition: other,
        } => {
            expr(one);
            expr(other);
        }
        ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Size(_)
        | ExprKind::Percent(_)
        | ExprKind::Bool(_)
        | ExprKind::None
        | ExprKind::Name(_) => {}
    }
}
