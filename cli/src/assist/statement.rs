//! Statements and headers, as far as they can be understood.

use scn_grammar::Span;
use scn_grammar::keyword::{KeywordKind, keyword_of};

use super::reader::{Call, Kind, Reader, Slot};
use super::scan::{char_at, is_name, skip_blanks, word_end};

/// What may follow the condition of each statement.
const THEN: &[&str] = &["then"];
const LIMITS: &[&str] = &["within", "every"];
const EVERY: &[&str] = &["every"];
const FOR: &[&str] = &["for"];
const OF_EVENT: &[&str] = &["or", "from", "where", "since", "within", "as"];
const AFTER_WHERE: &[&str] = &["since", "within", "as"];
const OF_TRIGGER: &[&str] = &["schedule", "event", "webhook", "file", "git", "run"];

impl Reader<'_> {
    /// The whole line.
    pub(super) fn logical_line(&mut self) {
        if self.rest().starts_with('@') {
            return self.header();
        }
        self.statement();
        self.skip();
    }

    fn statement(&mut self) {
        let Some((start, end)) = self.peek(Slot::Statement) else {
            return;
        };
        let word = &self.text[start..end];
        if let Some(label) = word.strip_suffix(':')
            && !label.is_empty()
            && label.chars().all(is_name)
        {
            self.mark(start, end - 1, Kind::Label);
            self.offer(start, end, true, Slot::Free);
            self.at = end;
            return;
        }
        match keyword_of(word) {
            Some(keyword)
                if !matches!(keyword.kind, KeywordKind::Modifier | KeywordKind::Header) =>
            {
                self.mark(start, end, Kind::Keyword);
                self.at = end;
                self.of_keyword(keyword.word);
            }
            // Modifiers belong to the command, but for the two that can begin something else.
            Some(keyword) if self.begins_other(keyword.word, end) => {}
            _ => self.command(false, Slot::Statement),
        }
    }

    /// `retry within D` as a block is read as before a command: the same words. `try await` and
    /// `timeout D await` are not.
    fn begins_other(&mut self, word: &str, end: usize) -> bool {
        let awaits = self.text[end..]
            .split_whitespace()
            .any(|word| word == "await");
        if !matches!(word, "try" | "timeout") || !awaits {
            return false;
        }
        while self.keyword("try") || self.keyword("timeout") {
            if char_at(self.text, skip_blanks(self.text, self.at))
                .is_some_and(|c| c.is_ascii_digit() || c == '(')
            {
                self.lone();
            }
        }
        if self.keyword("await") {
            self.jobs();
        }
        true
    }

    #[rustfmt::skip]
    fn of_keyword(&mut self, word: &str) {
        match word {
            "set" => self.set(),
            "if" => self.choice(),
            "else" => match self.keyword("if") {
                true => self.expression(&[]),
                false => self.clause(&["if"]),
            },
            "while" | "repeat" | "return" | "exit" => self.expression(&[]),
            "for" => self.each(),
            "goto" => _ = self.name(Kind::Label, Slot::Label),
            "step" => self.definition(),
            "use" => {
                self.word(Kind::File, Slot::File);
                self.naming();
            }
            "background" => {
                self.name(Kind::NewName, Slot::Free);
                self.command(false, Slot::Command { assign: false });
            }
            "await" | "cancel" => self.jobs(),
            "wait" => self.wait(),
            "hold" => {
                self.expression(FOR);
                if self.keyword("for") { self.lone(); }
                self.every();
            }
            "always" => {
                self.expression(EVERY);
                self.every();
            }
            "never" => if self.keyword("event") { self.event() } else {
                self.also = &["event"];
                self.expression(EVERY);
                self.every();
            },
            "eventually" => {
                self.expression(LIMITS);
                self.limits();
            }
            "defer" => self.command(false, Slot::Command { assign: false }),
            "mark" => _ = self.name(Kind::NewName, Slot::Free),
            "require" | "assert" | "check" => {
                self.expression(&[]);
                if self.sign_comes(",") {
                    self.expression(&[]);
                }
            }
            "case" | "pass" | "fail" | "skip" | "error" => self.text(),
            "call" => self.call(),
            _ => {}
        }
    }

    fn set(&mut self) {
        if !self.name(Kind::NewName, Slot::Free) {
            return;
        }
        let slot = Slot::Command { assign: true };
        if let Some((start, end)) = self.peek(slot.clone())
            && &self.text[start..end] == "="
        {
            self.mark(start, end, Kind::Operator);
            self.at = end;
            return self.expression(&[]);
        }
        self.command(true, slot);
    }

    fn choice(&mut self) {
        self.expression(THEN);
        if !self.keyword("then") {
            return;
        }
        let outer = std::mem::replace(&mut self.else_ends, true);
        self.statement();
        self.else_ends = outer;
        if self.keyword("else") {
            self.statement();
        }
    }

    fn each(&mut self) {
        while self.name(Kind::NewName, Slot::Free) {
            if !self.sign_comes(",") {
                break;
            }
        }
        if self.keyword("in") {
            self.expression(&[]);
        } else {
            self.clause(&["in"]);
        }
    }

    fn definition(&mut self) {
        if !self.name(Kind::StepName, Slot::Free) {
            return;
        }
        while self.name(Kind::Parameter, Slot::Free) {
            if self.sign_comes("=") {
                self.lone();
            }
        }
    }

    fn naming(&mut self) {
        if self.keyword("as") {
            self.name(Kind::NewName, Slot::Free);
        } else {
            self.clause(&["as"]);
        }
    }

    fn jobs(&mut self) {
        while self.name(Kind::Job, Slot::Job) {}
    }

    fn wait(&mut self) {
        if self.keyword("until") {
            self.expression(LIMITS);
            self.limits();
        } else if self.keyword("event") {
            self.event();
        } else {
            self.clause(&["until", "event"]);
        }
    }

    /// `PATTERN [or PATTERN]… [from COMPONENT] [where EXPR] [since MARK] [within DURATION] [as NAME]`
    fn event(&mut self) {
        self.pattern();
        while self.keyword("or") {
            self.pattern();
        }
        self.clause(OF_EVENT);
        if self.keyword("from") {
            self.word(Kind::Host, Slot::Component);
            self.clause(&["where", "since", "within", "as"]);
        }
        if self.keyword("where") {
            self.expression(AFTER_WHERE);
        }
        if self.keyword("since") {
            self.expression(&["within", "as"]);
        }
        self.limits();
        if self.keyword("as") {
            self.name(Kind::NewName, Slot::Free);
        } else {
            self.clause(&["within", "as"]);
        }
    }

    fn pattern(&mut self) {
        self.skip();
        if !self.rest().starts_with('/') {
            self.word(Kind::Text, Slot::Free);
            return;
        }
        let start = self.at;
        let mut escaped = true;
        let close = self.rest().char_indices().find(|&(_, c)| {
            let here = c == '/' && !escaped;
            escaped = c == '\\' && !escaped;
            here
        });
        self.at = close.map_or(self.text.len(), |(length, _)| start + length + 1);
        self.mark(start, self.at, Kind::Pattern);
        self.offer(start, self.at, false, Slot::Free);
    }

    /// `[within DURATION] [every DURATION]`
    fn limits(&mut self) {
        if self.keyword("within") {
            self.lone();
        }
        self.every();
    }

    fn every(&mut self) {
        if self.keyword("every") {
            self.lone();
        } else {
            self.clause(EVERY);
        }
    }

    /// One of these words could stand here, if nothing else was said of the caret already.
    fn clause(&mut self, words: &'static [&'static str]) {
        if self.line.spot.is_none() {
            let end = word_end(self.text, skip_blanks(self.text, self.at));
            self.offer(self.at, end, false, Slot::Clause(words));
        }
    }

    fn text(&mut self) {
        while self.word(Kind::Text, Slot::Free).is_some() {}
    }

    /// Modifiers, the command and its words.
    pub(super) fn command(&mut self, assign: bool, first: Slot) {
        let mut slot = first;
        while let Some((start, end)) = self.peek(slot) {
            slot = Slot::Command { assign };
            match &self.text[start..end] {
                "else" if self.else_ends => return,
                "not" | "soft" | "try" | "must" => self.modifier(start, end),
                "on" => {
                    self.modifier(start, end);
                    self.word(Kind::Host, Slot::Host);
                }
                "input" => {
                    self.modifier(start, end);
                    self.word(Kind::Text, Slot::Free);
                }
                "timeout" => {
                    self.modifier(start, end);
                    self.lone();
                }
                "retry" => {
                    self.modifier(start, end);
                    self.keyword("within");
                    self.lone();
                    if self.keyword("every") {
                        self.lone();
                    }
                }
                "call" => {
                    self.modifier(start, end);
                    return self.call();
                }
                _ => return self.named_command(),
            }
        }
    }

    fn modifier(&mut self, start: usize, end: usize) {
        self.mark(start, end, Kind::Keyword);
        self.at = end;
    }

    fn call(&mut self) {
        if self.peek(Slot::Command { assign: false }).is_some() {
            self.named_command();
        }
    }

    fn named_command(&mut self) {
        let (start, end) = (self.at, word_end(self.text, self.at));
        let spot = self.line.spot.clone();
        if let Some(name) = self.word(Kind::Command, Slot::Free) {
            // What could stand there was said already.
            if !self.text[start..end].contains("#{") {
                self.line.spot = spot;
            }
            self.words(name);
        }
    }

    fn words(&mut self, name: Span) {
        let call = self.line.calls.len();
        let words = Vec::new();
        self.line.calls.push(Call { name, words });
        loop {
            let at = self.line.calls[call].words.len();
            let Some((start, end)) = self.peek(Slot::Word { call, at }) else {
                return;
            };
            if self.else_ends && &self.text[start..end] == "else" {
                return;
            }
            self.word(Kind::Word, Slot::Word { call, at });
            self.line.calls[call].words.push(Span::new(start, end));
        }
    }

    fn header(&mut self) {
        let Some((start, end)) = self.peek(Slot::Header) else {
            return;
        };
        let word = &self.text[start..end];
        self.mark(start, end, Kind::Header);
        self.at = end;
        match word {
            "@timeout" | "@language" => _ = self.lone(),
            "@param" => {
                self.name(Kind::NewName, Slot::Free);
                if self.keyword("=") {
                    self.expression(&[]);
                }
            }
            "@each" => self.each(),
            "@on" => self.trigger(),
            "@known" => {
                self.word(Kind::Text, Slot::Free);
                if !self.keyword("until") {
                    self.clause(&["until"]);
                }
                self.word(Kind::Number, Slot::Free);
            }
            "@needs" => {
                while self.name(Kind::Host, Slot::Host) {
                    self.sign_comes(",");
                }
            }
            _ => self.text(),
        }
        self.skip();
    }

    fn trigger(&mut self) {
        if self.keyword("event") {
            let next = char_at(self.text, skip_blanks(self.text, self.at));
            return match next.is_some_and(|c| c.is_alphabetic()) {
                true => self.expression(FOR),
                false => self.event(),
            };
        }
        for word in OF_TRIGGER {
            if self.keyword(word) {
                return self.text();
            }
        }
        self.also = OF_TRIGGER;
        self.expression(FOR);
        if self.keyword("for") {
            self.lone();
        }
    }
}
