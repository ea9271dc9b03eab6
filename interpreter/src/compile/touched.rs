//! What a statement sets, and what it reads: for branches that run at the same time.

use scn_grammar::Span;
use scn_grammar::tree::{
    EventMatch, Expr, Ident, ModifierKind, PatternKind, Statement, StatementKind, Step, Word,
};

use super::labels::blocks_of;
use super::names;

/// The names that a statement, or one inside it, sets, and where; `background` says whether a
/// command is an alias that runs in the background under its own name.
pub fn sets(statement: &Statement, background: &dyn Fn(&str) -> bool) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut add = |name: &Ident| found.push((name.name.to_string(), name.span));
    match &statement.kind {
        StatementKind::Set { name, .. }
        | StatementKind::SetStep { name, .. }
        | StatementKind::Background { name, .. }
        | StatementKind::Mark(name)
        | StatementKind::WaitEvent {
            name: Some(name), ..
        } => add(name),
        StatementKind::Await { names, .. } => names.iter().for_each(add),
        StatementKind::For { key, value, .. } => {
            add(key);
            value.iter().for_each(add);
        }
        StatementKind::Command(step) => {
            if let Some(name) = step.command.literal()
                && background(&name)
            {
                found.push((name.into_owned(), step.command.span));
            }
        }
        _ => {}
    }
    for block in blocks_of(statement) {
        for inner in &block.statements {
            found.extend(sets(inner, background));
        }
    }
    found
}

/// The names that a statement, or one inside it, reads, and where.
pub fn reads(statement: &Statement) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut add = |name: &str, span| found.push((name.to_owned(), span));
    for expr in expressions(statement) {
        names::places_in(expr, &mut add);
    }
    for word in words(statement) {
        names::places_in_parts(&word.parts, &mut add);
    }
    if let StatementKind::Await { names, .. } | StatementKind::Cancel(names) = &statement.kind {
        names.iter().for_each(|name| add(&name.name, name.span));
    }
    for block in blocks_of(statement) {
        for inner in &block.statements {
            found.extend(reads(inner));
        }
    }
    found
}

/// The expressions directly in a statement, not those of blocks inside it.
pub fn expressions(statement: &Statement) -> Vec<&Expr> {
    let mut found: Vec<&Expr> = Vec::new();
    match &statement.kind {
        StatementKind::Set { value, .. } => found.push(value),
        StatementKind::If { arms, .. } => found.extend(arms.iter().map(|(condition, _)| condition)),
        StatementKind::While { condition, .. } => found.push(condition),
        StatementKind::For { list, .. } => found.push(list),
        StatementKind::Repeat { count, .. } => found.push(count),
        StatementKind::Return(value) | StatementKind::Exit(value) => found.extend(value),
        StatementKind::Await { timeout, .. } => found.extend(timeout),
        StatementKind::Retry { within, every, .. } => {
            found.push(within);
            found.extend(every.as_deref());
        }
        StatementKind::WaitUntil {
            condition,
            within,
            every,
        } => {
            found.push(condition);
            found.extend([within, every].into_iter().filter_map(Option::as_deref));
        }
        StatementKind::WaitEvent {
            event,
            since,
            within,
            ..
        } => {
            found.extend([since, within].into_iter().filter_map(Option::as_deref));
            found.extend(&event.filter);
        }
        StatementKind::Hold {
            condition,
            duration: within,
            every,
        }
        | StatementKind::Eventually {
            condition,
            within,
            every,
        } => {
            found.extend([condition, within]);
            found.extend(every.as_deref());
        }
        StatementKind::Always {
            condition, every, ..
        } => {
            found.push(condition);
            found.extend(every.as_deref());
        }
        StatementKind::NeverEvent(event) => found.extend(&event.filter),
        StatementKind::Assert {
            condition, message, ..
        } => {
            found.push(condition);
            found.extend(message.as_deref());
        }
        _ => {}
    }
    if let Some(step) = step_of(statement) {
        for modifier in &step.modifiers {
            match &modifier.kind {
                ModifierKind::Timeout(duration) => found.push(duration),
                ModifierKind::Retry {
                    attempts: first,
                    every,
                }
                | ModifierKind::RetryWithin {
                    within: first,
                    every,
                } => {
                    found.push(first);
                    found.extend(every);
                }
                _ => {}
            }
        }
    }
    found
}

fn words(statement: &Statement) -> Vec<&Word> {
    let mut found: Vec<&Word> = Vec::new();
    match &statement.kind {
        StatementKind::Case { title: text, .. } | StatementKind::Verdict { text, .. } => {
            found.extend(text)
        }
        StatementKind::WaitEvent { event, .. } | StatementKind::NeverEvent(event) => {
            found.extend(patterns(event))
        }
        _ => {}
    }
    if let Some(step) = step_of(statement) {
        found.push(&step.command);
        found.extend(&step.words);
        for modifier in &step.modifiers {
            if let ModifierKind::On(word) | ModifierKind::Input(word) = &modifier.kind {
                found.push(word);
            }
        }
    }
    found
}

fn patterns(event: &EventMatch) -> impl Iterator<Item = &Word> {
    event
        .patterns
        .iter()
        .filter_map(|pattern| match &pattern.kind {
            PatternKind::Glob(word) => Some(word),
            PatternKind::Regex(_) => None,
        })
}

/// The command line of a statement, if it has one.
pub fn step_of(statement: &Statement) -> Option<&Step> {
    match &statement.kind {
        StatementKind::Command(step)
        | StatementKind::SetStep { step, .. }
        | StatementKind::Background { step, .. }
        | StatementKind::Defer(step) => Some(step),
        _ => None,
    }
}
