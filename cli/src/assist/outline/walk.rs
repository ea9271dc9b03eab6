//! The way through a tree that finds every name in it.

use scn_grammar::Span;
use scn_grammar::tree::{
    Block, EventMatch, Expr, ExprKind, HeaderKind, Ident, ModifierKind, Part, PatternKind,
    Statement, StatementKind, Step, Trigger, Word,
};
use scn_interpreter::compile::literal::literal_value;
use scn_interpreter::compile::names::type_of;
use scn_protocol::{Param, Signature, Type};

use super::{Occurrence, Outline, OwnStep, Scope, Used, What};
use crate::assist::scan::is_name;

/// Goes through a tree.
pub(super) struct Walk<'s> {
    pub(super) source: &'s str,
    pub(super) outline: Outline,
    pub(super) scope: usize,
}

impl Walk<'_> {
    fn add(&mut self, ident: &Ident, what: What, defines: bool) {
        self.put(&ident.name, ident.span, what, defines);
    }

    fn put(&mut self, name: &str, span: Span, what: What, defines: bool) {
        self.outline.occurrences.push(Occurrence {
            name: name.to_owned(),
            span,
            what,
            defines,
            scope: self.scope,
        });
    }

    pub(super) fn header(&mut self, kind: &HeaderKind) {
        match kind {
            HeaderKind::Param { name, default } => {
                self.add(name, What::Parameter, true);
                self.expressions(default);
            }
            HeaderKind::Each { key, value, list } => {
                self.add(key, What::Name, true);
                value
                    .iter()
                    .for_each(|name| self.add(name, What::Name, true));
                self.expression(list);
            }
            HeaderKind::Needs(names) => {
                for name in names {
                    self.add(name, What::Command, false);
                }
            }
            HeaderKind::Timeout(time) => self.expression(time),
            HeaderKind::On(Trigger::Event(event)) => self.event(event),
            HeaderKind::On(Trigger::State { condition, hold }) => {
                self.expression(condition);
                self.expressions(hold);
            }
            _ => {}
        }
    }

    pub(super) fn block(&mut self, block: &Block) {
        for statement in &block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Command(step) | StatementKind::Defer(step) => self.step(step),
            StatementKind::SetStep { name, step } => {
                self.add(name, What::Name, true);
                self.step(step);
            }
            StatementKind::Background { name, step } => {
                self.add(name, What::Name, true);
                self.outline.jobs.insert(name.name.to_string());
                self.step(step);
            }
            StatementKind::Set { name, value } => {
                self.add(name, What::Name, true);
                self.expression(value);
            }
            StatementKind::Mark(name) => self.add(name, What::Name, true),
            StatementKind::Goto(label) => self.add(label, What::Label, false),
            StatementKind::Label(label) => self.add(label, What::Label, true),
            StatementKind::StepDefinition { name, params, body } => {
                self.definition(statement, name, params, body);
            }
            StatementKind::Use { path, alias } => {
                alias
                    .iter()
                    .for_each(|name| self.add(name, What::Prefix, true));
                self.outline.uses.push(Used {
                    path: path.clone(),
                    prefix: alias.clone(),
                });
            }
            StatementKind::Await { names, timeout, .. } => {
                names
                    .iter()
                    .for_each(|name| self.add(name, What::Name, false));
                self.expressions(timeout);
            }
            StatementKind::Cancel(names) => {
                for name in names {
                    self.add(name, What::Name, false);
                }
            }
            other => self.other(other),
        }
    }

    /// Statements that hold blocks and conditions.
    fn other(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::If {
                arms, otherwise, ..
            } => {
                for (condition, block) in arms {
                    self.expression(condition);
                    self.block(block);
                }
                otherwise.iter().for_each(|block| self.block(block));
            }
            StatementKind::While { condition, body } => {
                self.expression(condition);
                self.block(body);
            }
            StatementKind::For {
                key,
                value,
                list,
                body,
            } => {
                self.add(key, What::Name, true);
                value
                    .iter()
                    .for_each(|name| self.add(name, What::Name, true));
                self.expression(list);
                self.block(body);
            }
            StatementKind::Repeat { count, body } => {
                self.expression(count);
                self.block(body);
            }
            StatementKind::Case { title, body } => {
                self.words(title);
                self.block(body);
            }
            StatementKind::Do(body)
            | StatementKind::Parallel(body)
            | StatementKind::Finally(body) => self.block(body),
            StatementKind::Retry {
                within,
                every,
                body,
            } => {
                self.expression(within);
                self.boxed(every);
                self.block(body);
            }
            StatementKind::Verdict { text, .. } => self.words(text),
            StatementKind::Return(value) | StatementKind::Exit(value) => self.expressions(value),
            other => self.watching(other),
        }
    }

    fn watching(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::WaitUntil {
                condition,
                within,
                every,
            } => {
                self.expression(condition);
                self.boxed(within);
                self.boxed(every);
            }
            StatementKind::WaitEvent {
                event,
                since,
                within,
                name,
            } => {
                self.event(event);
                self.boxed(since);
                self.boxed(within);
                name.iter()
                    .for_each(|name| self.add(name, What::Name, true));
            }
            StatementKind::Hold {
                condition,
                duration,
                every,
            } => {
                self.expression(condition);
                self.expression(duration);
                self.boxed(every);
            }
            StatementKind::Always {
                condition, every, ..
            } => {
                self.expression(condition);
                self.boxed(every);
            }
            StatementKind::NeverEvent(event) => self.event(event),
            StatementKind::Eventually {
                condition,
                within,
                every,
            } => {
                self.expression(condition);
                self.expression(within);
                self.boxed(every);
            }
            StatementKind::Assert {
                condition, message, ..
            } => {
                self.expression(condition);
                self.boxed(message);
            }
            _ => {}
        }
    }

    fn definition(
        &mut self,
        statement: &Statement,
        name: &Ident,
        params: &[scn_grammar::tree::Param],
        body: &Block,
    ) {
        self.add(name, What::Command, true);
        let mut signature = Signature::new(&name.name)
            .help(comment_above(self.source, statement.head.start as usize));
        signature.params = params.iter().map(param).collect();
        self.outline.steps.push(OwnStep {
            name: name.clone(),
            signature,
            span: statement.span,
        });
        let outer = std::mem::replace(&mut self.scope, self.outline.scopes.len());
        self.outline.scopes.push(Scope {
            step: Some(name.name.to_string()),
            span: statement.span,
        });
        for param in params {
            self.add(&param.name, What::Name, true);
        }
        self.block(body);
        self.scope = outer;
    }

    fn step(&mut self, step: &Step) {
        for modifier in &step.modifiers {
            match &modifier.kind {
                ModifierKind::On(word) => self.plain(word),
                ModifierKind::Input(word) => self.word(word),
                ModifierKind::Timeout(time) => self.expression(time),
                ModifierKind::Retry { attempts, every } => {
                    self.expression(attempts);
                    self.expressions(every);
                }
                ModifierKind::RetryWithin { within, every } => {
                    self.expression(within);
                    self.expressions(every);
                }
                ModifierKind::Not | ModifierKind::Soft | ModifierKind::Try | ModifierKind::Must => {
                }
            }
        }
        match step.command.literal() {
            Some(name) => self.put(&name, step.command.span, What::Command, false),
            None => self.word(&step.command),
        }
        step.words.iter().for_each(|word| self.plain(word));
    }

    /// A word that may name something.
    fn plain(&mut self, word: &Word) {
        match word.bare() {
            Some(text) => {
                let name = text.split('[').next().unwrap_or(text);
                let start = word.span.start as usize;
                let span = Span::new(start, start + name.len());
                if name.chars().all(is_name) && !name.is_empty() {
                    self.put(name, span, What::Word, false);
                }
            }
            None => self.word(word),
        }
    }

    fn words(&mut self, words: &[Word]) {
        words.iter().for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &Word) {
        self.parts(&word.parts);
    }

    pub(super) fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            if let Part::Value { expr, .. } | Part::Splat(expr) = part {
                self.expression(expr);
            }
        }
    }

    fn event(&mut self, event: &EventMatch) {
        for pattern in &event.patterns {
            if let PatternKind::Glob(word) = &pattern.kind {
                self.word(word);
            }
        }
        event.from.iter().for_each(|word| self.plain(word));
        self.expressions(&event.filter);
    }

    fn expressions(&mut self, expr: &Option<Expr>) {
        expr.iter().for_each(|expr| self.expression(expr));
    }

    fn boxed(&mut self, expr: &Option<Box<Expr>>) {
        expr.iter().for_each(|expr| self.expression(expr));
    }

    fn expression(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) if name != "it" => self.put(name, expr.span, What::Name, false),
            ExprKind::Text(parts) => self.parts(parts),
            ExprKind::List(elements) => elements.iter().for_each(|one| self.expression(one)),
            ExprKind::Map(pairs) => pairs.iter().for_each(|(_, one)| self.expression(one)),
            ExprKind::Call {
                function,
                arguments,
            } => {
                self.add(function, What::Function, false);
                arguments.iter().for_each(|one| self.expression(one));
            }
            ExprKind::Field { of, .. }
            | ExprKind::Group(of)
            | ExprKind::Interpolation(of)
            | ExprKind::Negate(of)
            | ExprKind::Not(of) => self.expression(of),
            ExprKind::Index { of: left, index }
            | ExprKind::Binary {
                left, right: index, ..
            }
            | ExprKind::Matches {
                text: left,
                regex: index,
            }
            | ExprKind::Where {
                list: left,
                condition: index,
            } => {
                self.expression(left);
                self.expression(index);
            }
            _ => {}
        }
    }
}

fn param(param: &scn_grammar::tree::Param) -> Param {
    let default = param.default.as_ref().and_then(literal_value);
    Param {
        name: param.name.name.to_string(),
        kind: default.as_ref().map_or(Type::Any, type_of),
        default,
        help: String::new(),
    }
}

/// The comment on the lines right above byte `at`.
fn comment_above(source: &str, at: usize) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let above = source[..at].rsplit('\n').skip(1);
    for line in above {
        match line.trim().strip_prefix('#') {
            Some(comment) => lines.push(comment.trim()),
            None => break,
        }
    }
    lines.reverse();
    lines.join("\n")
}
