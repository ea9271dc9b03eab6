//! A line as far as it can be understood, whatever is wrong with it.
//!
//! The grammar refuses a line that is not finished, and finished lines are what an editor has least
//! of where the caret is. [`read`] goes along a line as the grammar would, gives each stretch a
//! [`Kind`], and says what could stand at the caret. It never fails, and decides nothing: what is
//! right and what a name means is for the grammar and the checker to say.

use scn_grammar::Span;

use super::scan::{
    char_at, interpolation_end, is_name, is_quote, name_end, quote_end, skip_blanks, word_end,
};

/// What a stretch of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word of the language.
    Keyword,
    /// `@title` and its like.
    Header,
    /// The name of a command.
    Command,
    /// Plain text of a word.
    Word,
    /// `name` of a word `name=value`.
    Named,
    /// Quoted text.
    Text,
    /// A number or a quantity.
    Number,
    /// `true`, `false`, `none`, `it`
    Constant,
    /// A name in an expression.
    Name,
    /// A function that is called.
    Function,
    /// What stands after a point.
    Member,
    /// An operator that is no word.
    Operator,
    /// A name that is given here.
    NewName,
    /// A label, where it stands and where it is gone to.
    Label,
    /// The name of a step that is defined here.
    StepName,
    /// A parameter of such a step.
    Parameter,
    /// A background job that is named.
    Job,
    /// A host or component that is named.
    Host,
    /// A file that is used.
    File,
    /// The pattern of an event.
    Pattern,
    /// A comment.
    Comment,
}

/// A stretch of a text, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: Kind,
}

/// What could stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A statement: a keyword, a modifier, or a command.
    Statement,
    /// A line at the top of a file.
    Header,
    /// A command or a modifier; with `assign` `=` and `must` too.
    Command {
        /// It stands after `set NAME`.
        assign: bool,
    },
    /// A word of a command.
    Word {
        /// Which of [`Line::calls`].
        call: usize,
        /// Which of its words, from 0.
        at: usize,
    },
    /// A value in an expression, or one of these words.
    Value(&'static [&'static str]),
    /// What stands after a point; the text before it.
    Member(String),
    /// An operator, or one of these words.
    After(&'static [&'static str]),
    /// One of these words.
    Clause(&'static [&'static str]),
    /// A label to go to.
    Label,
    /// A file to use.
    File,
    /// A host or a component.
    Host,
    /// A component, whose events are meant.
    Component,
    /// A background job.
    Job,
    /// Nothing that could be known: a new name, a text.
    Free,
}

/// What could stand at the caret, and what it would replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// What.
    pub slot: Slot,
    /// The word that the caret stands in; empty between words.
    pub span: Span,
}

/// A command of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub name: Span,
    /// The words behind it.
    pub words: Vec<Span>,
}

/// A function's call around the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The function's name.
    pub function: Span,
    /// Which argument the caret stands in, from 0.
    pub at: usize,
}

/// What a line was understood as.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Its stretches, in their order.
    pub marks: Vec<Mark>,
    /// Its commands, in their order.
    pub calls: Vec<Call>,
    /// What could stand at the caret.
    pub spot: Option<Spot>,
    /// The innermost call around the caret.
    pub argument: Option<Argument>,
}

/// Reads the logical line `span` of `text`.
pub fn read(text: &str, span: Span, caret: Option<usize>) -> Line {
    let mut reader = Reader {
        text: text.get(..span.end as usize).unwrap_or(text),
        at: span.start as usize,
        caret,
        else_ends: false,
        also: &[],
        line: Line::default(),
    };
    reader.logical_line();
    reader.line
}

/// The logical line that holds byte `caret` of `text`, with the blanks at its end; empty where the caret
/// stands on an empty line or before the first word.
pub fn line_at(text: &str, caret: usize) -> Span {
    let mut found = Span::new(caret, caret);
    for line in scn_grammar::logical_lines(text) {
        if line.start as usize > caret {
            break;
        }
        found = line;
    }
    let end = found.end as usize;
    let end = text[end..]
        .find('\n')
        .map_or(text.len(), |length| end + length);
    let end = match text[..end].ends_with('\r') {
        true => end - 1,
        false => end,
    };
    match caret <= end {
        true => Span::new(found.start as usize, end),
        false => Span::new(caret, caret),
    }
}

/// The reader of one line.
pub(super) struct Reader<'t> {
    /// The text up to the line's end.
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) caret: Option<usize>,
    /// An unquoted word `else` ends the command.
    pub(super) else_ends: bool,
    /// What could stand instead of the value that comes next.
    pub(super) also: &'static [&'static str],
    pub(super) line: Line,
}

impl Reader<'_> {
    /// What is left, from the next word on.
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn mark(&mut self, start: usize, end: usize, kind: Kind) {
        if start < end {
            let span = Span::new(start, end);
            self.line.marks.push(Mark { span, kind });
        }
    }

    /// Goes to the next word. A comment is passed over, to the line's end.
    pub(super) fn skip(&mut self) {
        let from = self.at;
        self.at = skip_blanks(self.text, self.at);
        let begins = from < self.at || self.at == 0 || self.text[..self.at].ends_with('\n');
        if begins && self.rest().starts_with('#') && !self.rest().starts_with("#{") {
            let (start, end) = (self.at, self.text.trim_end_matches('\r').len());
            self.mark(start, end, Kind::Comment);
            if self.caret.is_some_and(|caret| caret > start) {
                self.line.spot = Some(Spot {
                    slot: Slot::Free,
                    span: Span::new(start, end),
                });
                self.caret = None;
            }
            self.at = self.text.len();
        }
    }

    /// If the caret stands between `from`, where what was before ended, and `end`, this is what could
    /// stand there. Where `touching` even directly behind what was before.
    pub(super) fn offer(&mut self, from: usize, end: usize, touching: bool, slot: Slot) {
        let Some(caret) = self.caret else { return };
        let behind = if touching {
            caret >= from
        } else {
            caret > from
        };
        let start = skip_blanks(self.text, from);
        let last = start >= self.text.len();
        if behind && (caret <= end || last) {
            let span = match caret < start || last {
                true => Span::new(caret, caret),
                false => Span::new(start, end),
            };
            self.line.spot = Some(Spot { slot, span });
        }
    }

    /// The next word, bounded but not passed, of which the caret is told that `slot` could stand there.
    pub(super) fn peek(&mut self, slot: Slot) -> Option<(usize, usize)> {
        let from = self.at;
        self.skip();
        let (start, end) = (self.at, word_end(self.text, self.at));
        // The first word of the line has nothing before it.
        let first = self.line.marks.is_empty();
        self.offer(from, end, first, slot);
        (start < end).then_some((start, end))
    }

    /// Whether the next word is `keyword`; then it is passed.
    pub(super) fn keyword(&mut self, keyword: &str) -> bool {
        let start = skip_blanks(self.text, self.at);
        let end = word_end(self.text, start);
        let is = self.text.get(start..end) == Some(keyword);
        if is {
            self.mark(start, end, Kind::Keyword);
            self.at = end;
        }
        is
    }

    /// Whether `sign` comes next; then it is passed.
    pub(super) fn sign_comes(&mut self, sign: &str) -> bool {
        let start = skip_blanks(self.text, self.at);
        let comes = self.text[start..].starts_with(sign);
        if comes {
            self.mark(start, start + sign.len(), Kind::Operator);
            self.at = start + sign.len();
        }
        comes
    }

    /// The next word as a new name, or nothing that anything is known of.
    pub(super) fn name(&mut self, kind: Kind, slot: Slot) -> bool {
        let Some((start, _)) = self.peek(slot) else {
            return false;
        };
        let rest = &self.text[start..];
        let long = |c: char| is_name(c) || c == '-' || c == '.';
        let end = start + rest.find(|c| !long(c)).unwrap_or(rest.len());
        self.mark(start, end, kind);
        self.at = end;
        start < end
    }

    /// The next word, whatever is in it; its plain text is `kind`.
    pub(super) fn word(&mut self, kind: Kind, slot: Slot) -> Option<Span> {
        let (start, end) = self.peek(slot)?;
        self.parts(start, end, kind);
        Some(Span::new(start, end))
    }

    /// The parts of a word.
    fn parts(&mut self, start: usize, end: usize, kind: Kind) {
        let name = name_end(self.text, start);
        let mut plain = start;
        if kind == Kind::Word && name > start && self.text[name..end].starts_with('=') {
            self.mark(start, name, Kind::Named);
            plain = name;
        }
        self.at = plain;
        let mut before = ' ';
        while self.at < end {
            let Some(c) = char_at(self.text, self.at) else {
                break;
            };
            let opens = is_quote(c) && !(before.is_alphanumeric() || before == '}');
            before = c;
            if opens || self.rest().starts_with("#{") {
                self.mark(plain, self.at, kind);
                match opens {
                    true => self.quoted(if kind == Kind::Word { Kind::Text } else { kind }),
                    false => {
                        self.interpolation();
                        before = '}';
                    }
                }
                plain = self.at;
            } else {
                self.at += c.len_utf8();
            }
        }
        self.mark(plain, end, kind);
        self.at = end;
    }

    /// A quoted text, with the interpolations in it.
    pub(super) fn quoted(&mut self, kind: Kind) {
        let (start, end) = (self.at, quote_end(self.text, self.at));
        let interpolates = self.text[start..].starts_with(['"', '“']);
        let mut plain = start;
        while interpolates && self.at < end {
            match char_at(self.text, self.at) {
                Some('#') if self.rest().starts_with("#{") => {
                    self.mark(plain, self.at, kind);
                    self.interpolation();
                    plain = self.at;
                }
                Some('\\') => {
                    self.at += 1 + char_at(self.text, self.at + 1).map_or(0, char::len_utf8);
                }
                Some(c) => self.at += c.len_utf8(),
                None => break,
            }
        }
        self.mark(plain, end.max(plain), kind);
        self.at = end.max(plain);
    }

    /// `#{EXPR}`, whose end may be missing.
    pub(super) fn interpolation(&mut self) {
        let (start, end) = (self.at, interpolation_end(self.text, self.at));
        let closed = self.text[start + 2..end.max(start + 2)].ends_with('}');
        self.mark(start, start + 2, Kind::Operator);
        let whole = self.text;
        self.text = &whole[..end - usize::from(closed)];
        self.at = start + 2;
        if self.rest().starts_with('*') {
            self.mark(self.at, self.at + 1, Kind::Operator);
            self.at += 1;
        }
        self.expression(&[]);
        self.text = whole;
        if closed {
            self.mark(end - 1, end, Kind::Operator);
        }
        self.at = end;
    }
}
