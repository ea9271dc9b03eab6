//! One line: what stands between its words.

use super::text::Writer;
use crate::read::{Head, Line, Opening};
use crate::tree::{
    EventMatch, Expr, Header, HeaderKind, Ident, Modifier, ModifierKind, Param, Span,
    StatementKind, Step, Trigger, Word,
};

/// Writes a line's statement, without its comment, at nesting `level`.
pub(super) fn write(out: &mut String, source: &str, line: &Line, level: usize) {
    let mut writer = Writer::new(out, source, line.span, level);
    match &line.head {
        Head::Blank => {}
        Head::Header(header) => writer.header(header),
        Head::Statement(kind) => writer.statement(kind),
        Head::Open(opening) => writer.opening(opening),
        Head::ElseIf(condition) => {
            writer.words(&["else", "if"]);
            writer.expression(condition);
        }
        Head::Else => writer.words(&["else"]),
        Head::End => writer.words(&["end"]),
    }
}

impl Writer<'_> {
    fn words(&mut self, words: &[&str]) {
        for word in words {
            self.word(word.len());
        }
    }

    fn spans(&mut self, words: impl IntoIterator<Item = Span>) {
        for span in words {
            self.verbatim(span);
        }
    }

    fn text(&mut self, words: &[Word]) {
        self.spans(words.iter().map(|word| word.span));
    }

    fn names(&mut self, names: &[Ident]) {
        self.spans(names.iter().map(|name| name.span));
    }

    /// A keyword and what belongs to it, if that is there.
    fn clause(&mut self, keyword: &str, value: Option<&Expr>) {
        if let Some(value) = value {
            self.words(&[keyword]);
            self.expression(value);
        }
    }

    fn one_or_two_names(&mut self, first: &Ident, second: Option<&Ident>) {
        self.verbatim(first.span);
        if let Some(second) = second {
            self.close(",");
            self.verbatim(second.span);
        }
    }

    fn header(&mut self, header: &Header) {
        let length = self.rest().find(|c: char| !c.is_alphanumeric() && c != '@');
        self.word(length.unwrap_or(self.rest().len()));
        match &header.kind {
            HeaderKind::Title(words) => self.text(words),
            HeaderKind::Tags(names) | HeaderKind::Covers(names) => self.names(names),
            HeaderKind::Known { id, until } => {
                self.verbatim(id.span);
                if let Some(until) = until {
                    self.words(&["until"]);
                    self.verbatim(until.span);
                }
            }
            HeaderKind::Timeout(limit) => self.expression(limit),
            HeaderKind::Param { name, default } => {
                self.verbatim(name.span);
                self.clause("=", default.as_ref());
            }
            HeaderKind::Needs(names) => {
                for (index, name) in names.iter().enumerate() {
                    if index > 0 {
                        self.close(",");
                    }
                    self.verbatim(name.span);
                }
            }
            HeaderKind::Each { key, value, list } => {
                self.one_or_two_names(key, value.as_ref());
                self.clause("in", Some(list));
            }
            HeaderKind::On(trigger) => self.trigger(trigger),
            HeaderKind::Language(version) => self.word(self.digits(*version)),
        }
    }

    /// How many digits a version was written with: zeros before it are kept.
    fn digits(&self, _version: u64) -> usize {
        let rest = self.rest();
        rest.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len())
    }

    fn trigger(&mut self, trigger: &Trigger) {
        match trigger {
            Trigger::Schedule { cron, zone } => {
                self.words(&["schedule"]);
                self.verbatim(cron.span);
                if let Some(zone) = zone {
                    self.words(&["in"]);
                    self.verbatim(zone.span);
                }
            }
            Trigger::Event(event) => {
                self.words(&["event"]);
                self.event(event);
            }
            Trigger::State { condition, hold } => {
                if self.has_before("event", condition.span) {
                    self.words(&["event"]);
                }
                self.expression(condition);
                self.clause("for", hold.as_ref());
            }
            Trigger::Webhook(name) => {
                self.words(&["webhook"]);
                self.verbatim(name.span);
            }
            Trigger::File(glob) => {
                self.words(&["file"]);
                self.verbatim(glob.span);
            }
            Trigger::Git { url, branch } => {
                self.words(&["git"]);
                self.verbatim(url.span);
                if let Some(branch) = branch {
                    self.words(&["branch"]);
                    self.verbatim(branch.span);
                }
            }
            Trigger::RunFailed(scenario) => {
                self.words(&["run"]);
                self.verbatim(scenario.span);
                self.words(&["failed"]);
            }
        }
    }

    fn opening(&mut self, opening: &Opening) {
        self.words(&[opening.word()]);
        match opening {
            Opening::If(value) | Opening::While(value) | Opening::Repeat(value) => {
                self.expression(value);
            }
            Opening::For { key, value, list } => {
                self.one_or_two_names(key, value.as_ref());
                self.clause("in", Some(list));
            }
            Opening::Step { name, params } => {
                self.verbatim(name.span);
                for param in params {
                    self.param(param);
                }
            }
            Opening::Case(title) => self.text(title),
            Opening::Retry { within, every } => {
                self.clause("within", Some(within));
                self.clause("every", every.as_ref());
            }
            Opening::Do
            | Opening::Parallel
            | Opening::Finally
            | Opening::Else
            | Opening::Unread(_) => {}
        }
    }

    fn param(&mut self, param: &Param) {
        self.verbatim(param.name.span);
        if let Some(default) = &param.default {
            self.close("=");
            self.tight(default);
        }
    }

    fn statement(&mut self, kind: &StatementKind) {
        use StatementKind as Kind;
        match kind {
            Kind::Command(step) => self.step(step),
            Kind::SetStep { name, step } => {
                self.words(&["set"]);
                self.verbatim(name.span);
                self.step(step);
            }
            Kind::Set { name, value } => {
                self.words(&["set"]);
                self.verbatim(name.span);
                self.clause("=", Some(value));
            }
            Kind::If {
                arms, otherwise, ..
            } => {
                for (condition, then) in arms {
                    self.clause("if", Some(condition));
                    self.words(&["then"]);
                    self.statements(then);
                }
                if let Some(otherwise) = otherwise {
                    self.words(&["else"]);
                    self.statements(otherwise);
                }
            }
            Kind::Break => self.words(&["break"]),
            Kind::Continue => self.words(&["continue"]),
            Kind::Goto(label) => self.keyword_and(&["goto"], label.span),
            Kind::Label(label) => {
                self.verbatim(label.span);
                self.close(":");
            }
            Kind::Return(value) => {
                self.words(&["return"]);
                self.clause_value(value.as_ref());
            }
            Kind::Exit(value) => {
                self.words(&["exit"]);
                self.clause_value(value.as_ref());
            }
            Kind::Use { path, alias } => {
                self.keyword_and(&["use"], path.span);
                if let Some(alias) = alias {
                    self.keyword_and(&["as"], alias.span);
                }
            }
            Kind::Background { name, step } => {
                self.keyword_and(&["background"], name.span);
                self.step(step);
            }
            Kind::Await {
                names,
                timeout,
                attempt,
            } => self.await_jobs(names, timeout.as_ref(), *attempt),
            Kind::Cancel(names) => {
                self.words(&["cancel"]);
                self.names(names);
            }
            Kind::Defer(step) => {
                self.words(&["defer"]);
                self.step(step);
            }
            Kind::Mark(name) => self.keyword_and(&["mark"], name.span),
            Kind::Assert {
                condition, message, ..
            } => {
                self.keyword();
                self.expression(condition);
                if let Some(message) = message {
                    self.close(",");
                    self.expression(message);
                }
            }
            Kind::Verdict { text, .. } => {
                self.keyword();
                self.text(text);
            }
            _ => self.waiting(kind),
        }
    }

    /// Statements that wait or watch; those that hold a block are not whole statements here.
    fn waiting(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::WaitUntil {
                condition,
                within,
                every,
            } => {
                self.words(&["wait", "until"]);
                self.expression(condition);
                self.clause("within", within.as_deref());
                self.clause("every", every.as_deref());
            }
            StatementKind::WaitEvent {
                event,
                since,
                within,
                name,
            } => {
                self.words(&["wait", "event"]);
                self.event(event);
                self.clause("since", since.as_deref());
                self.clause("within", within.as_deref());
                if let Some(name) = name {
                    self.keyword_and(&["as"], name.span);
                }
            }
            StatementKind::Hold {
                condition,
                duration,
                every,
            } => {
                self.clause("hold", Some(condition));
                self.clause("for", Some(duration));
                self.clause("every", every.as_deref());
            }
            StatementKind::Always {
                condition, every, ..
            } => {
                self.keyword();
                self.expression(condition);
                self.clause("every", every.as_deref());
            }
            StatementKind::NeverEvent(event) => {
                self.words(&["never", "event"]);
                self.event(event);
            }
            StatementKind::Eventually {
                condition,
                within,
                every,
            } => {
                self.clause("eventually", Some(condition));
                self.clause("within", Some(within));
                self.clause("every", every.as_deref());
            }
            _ => {}
        }
    }

    /// The keyword that stands here, whichever it is.
    fn keyword(&mut self) {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        self.word(length);
    }

    fn keyword_and(&mut self, keywords: &[&str], span: Span) {
        self.words(keywords);
        self.verbatim(span);
    }

    fn clause_value(&mut self, value: Option<&Expr>) {
        if let Some(value) = value {
            self.expression(value);
        }
    }

    fn statements(&mut self, block: &crate::tree::Block) {
        for statement in &block.statements {
            self.statement(&statement.kind);
        }
    }

    fn await_jobs(&mut self, names: &[Ident], timeout: Option<&Expr>, attempt: bool) {
        // The two may stand in either order: as they did.
        let first = self.rest().starts_with("try");
        if attempt && first {
            self.words(&["try"]);
        }
        self.clause("timeout", timeout);
        if attempt && !first {
            self.words(&["try"]);
        }
        self.words(&["await"]);
        self.names(names);
    }

    fn step(&mut self, step: &Step) {
        for modifier in &step.modifiers {
            self.modifier(modifier);
        }
        if step.call {
            self.words(&["call"]);
        }
        self.verbatim(step.command.span);
        self.text(&step.words);
    }

    fn modifier(&mut self, modifier: &Modifier) {
        match &modifier.kind {
            ModifierKind::On(word) => self.keyword_and(&["on"], word.span),
            ModifierKind::Input(word) => self.keyword_and(&["input"], word.span),
            ModifierKind::Timeout(limit) => self.clause("timeout", Some(limit)),
            ModifierKind::Retry { attempts, every } => {
                self.clause("retry", Some(attempts));
                self.clause("every", every.as_ref());
            }
            ModifierKind::RetryWithin { within, every } => {
                self.words(&["retry"]);
                self.clause("within", Some(within));
                self.clause("every", every.as_ref());
            }
            ModifierKind::Not | ModifierKind::Soft | ModifierKind::Try | ModifierKind::Must => {
                self.keyword();
            }
        }
    }

    fn event(&mut self, event: &EventMatch) {
        for (index, pattern) in event.patterns.iter().enumerate() {
            if index > 0 {
                self.words(&["or"]);
            }
            self.verbatim(pattern.span);
        }
        if let Some(from) = &event.from {
            self.keyword_and(&["from"], from.span);
        }
        self.clause("where", event.filter.as_ref());
    }
}
