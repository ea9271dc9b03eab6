//! Expressions, as far as they can be understood.

use scn_grammar::Span;

use super::reader::{Argument, Kind, Reader, Slot};
use super::scan::{char_at, is_quote, name_end, number_end};

/// Operators that are words.
pub const OPERATORS: &[&str] = &["and", "or", "not", "in", "contains", "matches", "where"];

/// What ends an expression.
const ENDS: &[&str] = &["then", "else", "within", "every", "for", "since", "as"];

/// Operators that are none, longest first.
const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "=",
];

impl Reader<'_> {
    /// Values and operators in turn; `after` is what may stand behind.
    pub(super) fn expression(&mut self, after: &'static [&'static str]) {
        while self.operand() && self.operator(after) {}
    }

    /// A value without an operator: a duration, a count, a default.
    pub(super) fn lone(&mut self) -> bool {
        self.operand()
    }

    fn operand(&mut self) -> bool {
        let from = self.at;
        self.skip();
        let start = self.at;
        let end = name_end(self.text, start);
        let also = std::mem::take(&mut self.also);
        self.offer(from, end, self.touches(from), Slot::Value(also));
        let Some(c) = char_at(self.text, start) else {
            return false;
        };
        match c {
            '0'..='9' => {
                self.at = number_end(self.text, start);
                self.mark(start, self.at, Kind::Number);
                // The caret stands in a number, of which nothing is known.
                self.offer(start, self.at, false, Slot::Free);
                true
            }
            '-' => {
                self.sign(1);
                self.operand()
            }
            '(' | '[' | '{' => {
                let close = match c {
                    '(' => ')',
                    '[' => ']',
                    _ => '}',
                };
                self.bracket(close, None);
                self.fields(start)
            }
            '#' if self.rest().starts_with("#{") => {
                self.interpolation();
                self.fields(start)
            }
            c if is_quote(c) => {
                self.offer(start, start + c.len_utf8(), false, Slot::Free);
                self.quoted(Kind::Text);
                true
            }
            _ if end > start => self.named(start, end),
            _ => false,
        }
    }

    /// Whether something that needs no blank behind it stands before `from`: a value may follow at once.
    fn touches(&self, from: usize) -> bool {
        let before = self.text[..from].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
    }

    fn named(&mut self, start: usize, end: usize) -> bool {
        let name = &self.text[start..end];
        if ENDS.contains(&name) {
            return false;
        }
        if name == "not" {
            self.mark(start, end, Kind::Keyword);
            self.at = end;
            return self.operand();
        }
        let called = self.text[end..].starts_with('(');
        let kind = match name {
            "true" | "false" | "none" | "it" => Kind::Constant,
            _ if called => Kind::Function,
            _ => Kind::Name,
        };
        self.mark(start, end, kind);
        self.at = end;
        if called {
            self.bracket(')', Some(Span::new(start, end)));
        }
        self.fields(start)
    }

    /// `.NAME`, `[…]` behind the value that begins at `start`.
    fn fields(&mut self, start: usize) -> bool {
        loop {
            let dot = self.at;
            if self.rest().starts_with('.') {
                let end = name_end(self.text, dot + 1);
                self.mark(dot + 1, end, Kind::Member);
                if self.caret.is_some_and(|caret| caret > dot && caret <= end) {
                    let of = self.text[start..dot].to_owned();
                    self.offer(dot + 1, end, true, Slot::Member(of));
                    if let Some(spot) = &mut self.line.spot {
                        spot.span = Span::new(dot + 1, end);
                    }
                }
                self.at = end;
                if end == dot + 1 {
                    return true;
                }
            } else if self.rest().starts_with('[') {
                self.bracket(']', None);
            } else {
                return true;
            }
        }
    }

    /// What stands between brackets, up to `close`, which may be missing.
    fn bracket(&mut self, close: char, function: Option<Span>) {
        self.sign(1);
        let mut at = 0;
        loop {
            let from = self.at;
            if close == '}' {
                self.key();
            }
            self.expression(&[]);
            self.skip();
            let c = char_at(self.text, self.at);
            if let (Some(function), Some(caret), None) = (function, self.caret, self.line.argument)
                && caret >= from
                && (caret <= self.at || c.is_none())
            {
                self.line.argument = Some(Argument { function, at });
            }
            match c {
                Some(',') => self.sign(1),
                Some(c) if c == close => {
                    self.sign(1);
                    break;
                }
                _ => break,
            }
            at += 1;
        }
    }

    /// `KEY:` of a map.
    fn key(&mut self) {
        self.skip();
        let end = name_end(self.text, self.at);
        if end > self.at && self.text[end..].trim_start().starts_with(':') {
            self.mark(self.at, end, Kind::Member);
            self.at = end;
            self.skip();
            self.sign(1);
        }
    }

    fn sign(&mut self, length: usize) {
        self.mark(self.at, self.at + length, Kind::Operator);
        self.at += length;
    }

    fn operator(&mut self, after: &'static [&'static str]) -> bool {
        let from = self.at;
        self.skip();
        let (start, end) = (self.at, name_end(self.text, self.at));
        let word = self.text.get(start..end).unwrap_or_default();
        if word.is_empty() {
            let sign = SIGNS.iter().find(|sign| self.rest().starts_with(**sign));
            self.offer(from, start, false, Slot::After(after));
            let Some(sign) = sign else { return false };
            self.sign(sign.len());
            return true;
        }
        self.offer(from, end, false, Slot::After(after));
        if !OPERATORS.contains(&word) {
            return false;
        }
        self.mark(start, end, Kind::Keyword);
        self.at = end;
        if word == "not" {
            return self.keyword("in");
        }
        true
    }
}
