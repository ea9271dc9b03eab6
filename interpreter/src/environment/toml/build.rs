//! Events to a tree. Nothing is assumed of their order beyond what is looked at, since after
//! a syntax error anything may follow anything.

use scn_grammar::{Diagnostic, Span};
use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind};
use toml_parser::{ParseError, Source};

use super::insert::{Key, close, descend, insert, open_table, push_table};
use super::syntax::{diagnostic, span_of, too_deep};
use super::{Item, MAX_DEPTH, Node, Table};
use crate::environment::codes;

/// Makes the tree.
pub(super) struct Builder<'t, 'e> {
    source: Source<'t>,
    events: std::iter::Peekable<std::slice::Iter<'e, Event>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t, 'e> Builder<'t, 'e> {
    pub(super) fn new(source: Source<'t>, events: &'e [Event]) -> Self {
        Self {
            source,
            events: events.iter().peekable(),
            diagnostics: Vec::new(),
        }
    }

    /// What was found wrong.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// The whole file.
    pub(super) fn document(&mut self) -> Table {
        let mut root = Table::default();
        let mut header: Vec<Key> = Vec::new();
        // Keys under a header that is itself wrong are read, and go nowhere.
        let mut lost = false;
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                    header = self.header();
                    lost = !self.open(&mut root, &header, event);
                }
                EventKind::SimpleKey => {
                    let path = self.path(event);
                    let value = self.assigned(header.len() + path.len(), false);
                    if lost {
                        continue;
                    }
                    let mut sink = std::mem::take(&mut self.diagnostics);
                    if let Some(table) = descend(&mut root, &header, false, &mut sink) {
                        insert(table, &path, value, &mut sink);
                    }
                    self.diagnostics = sink;
                }
                _ => {}
            }
        }
        root
    }

    /// The path between the brackets of a header.
    fn header(&mut self) -> Vec<Key> {
        let mut path = Vec::new();
        while let Some(event) = self.events.next() {
            match event.kind() {
                EventKind::SimpleKey => path = self.path(event),
                // One that is not closed ends with its line.
                EventKind::StdTableClose | EventKind::ArrayTableClose | EventKind::Newline => {
                    break;
                }
                _ => {}
            }
        }
        path
    }

    /// Makes the table that a header names; false if there can be none.
    fn open(&mut self, root: &mut Table, path: &[Key], event: &Event) -> bool {
        let Some((last, parents)) = path.split_last() else {
            return false;
        };
        if path.len() > MAX_DEPTH {
            self.diagnostics.push(too_deep(last.span));
            return false;
        }
        let Some(parent) = descend(root, parents, false, &mut self.diagnostics) else {
            return false;
        };
        if event.kind() == EventKind::ArrayTableOpen {
            push_table(parent, last, &mut self.diagnostics)
        } else {
            open_table(parent, last, &mut self.diagnostics)
        }
    }

    /// A dotted key, of which `first` is the first part.
    fn path(&mut self, first: &Event) -> Vec<Key> {
        let mut path = vec![self.key(first)];
        loop {
            match self.events.peek().map(|event| event.kind()) {
                Some(EventKind::Whitespace | EventKind::KeySep) => {
                    self.events.next();
                }
                Some(EventKind::SimpleKey) => {
                    if let Some(event) = self.events.next() {
                        path.push(self.key(event));
                    }
                }
                _ => return path,
            }
        }
    }

    fn key(&mut self, event: &Event) -> Key {
        let mut name = std::borrow::Cow::Borrowed("");
        let mut errors: Vec<ParseError> = Vec::new();
        if let Some(raw) = self.source.get(event) {
            raw.decode_key(&mut name, &mut errors);
        }
        self.note(&errors);
        Key {
            name: name.into_owned(),
            span: span_of(event.span()),
        }
    }

    fn note(&mut self, errors: &[ParseError]) {
        let text = self.source.input();
        self.diagnostics
            .extend(errors.iter().map(|error| diagnostic(error, text)));
    }

    /// The value after a key's `=`, on its line.
    fn assigned(&mut self, depth: usize, inline: bool) -> Node {
        let mut end = Span::default();
        while let Some(event) = self.events.peek() {
            end = span_of(event.span());
            match event.kind() {
                EventKind::KeyValSep | EventKind::Whitespace => {
                    self.events.next();
                }
                EventKind::Scalar | EventKind::ArrayOpen | EventKind::InlineTableOpen => {
                    let event = *event;
                    self.events.next();
                    return self.value(event, depth);
                }
                // The library reads on in the next line, where TOML does not.
                EventKind::Newline | EventKind::Comment if inline => {
                    let here = Span::new(end.start as usize, end.start as usize);
                    let lacks = Diagnostic::new(&codes::SYNTAX, here, "a value is missing here");
                    self.diagnostics
                        .push(lacks.help("it stands on the line of its key"));
                    break;
                }
                _ => break,
            }
        }
        wrong(end)
    }

    fn value(&mut self, event: &Event, depth: usize) -> Node {
        let span = span_of(event.span());
        match event.kind() {
            EventKind::Scalar => self.scalar(event),
            _ if depth > MAX_DEPTH => {
                self.diagnostics.push(too_deep(span));
                let end = self.skip();
                wrong(span.to(end))
            }
            EventKind::ArrayOpen => self.list(span, depth),
            EventKind::InlineTableOpen => self.inline_table(span, depth),
            _ => wrong(span),
        }
    }

    /// Passes over the rest of a list or table that is nested too deep, without recursion.
    fn skip(&mut self) -> Span {
        let mut open = 1_usize;
        let mut end = Span::default();
        for event in self.events.by_ref() {
            end = span_of(event.span());
            match event.kind() {
                EventKind::ArrayOpen | EventKind::InlineTableOpen => open += 1,
                EventKind::ArrayClose | EventKind::InlineTableClose => open -= 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
        }
        end
    }

    fn list(&mut self, open: Span, depth: usize) -> Node {
        let mut nodes = Vec::new();
        let mut end = open;
        while let Some(event) = self.events.next() {
            end = span_of(event.span());
            match event.kind() {
                EventKind::ArrayClose => break,
                EventKind::Scalar | EventKind::ArrayOpen | EventKind::InlineTableOpen => {
                    nodes.push(self.value(event, depth + 1));
                }
                _ => {}
            }
        }
        Node {
            item: Item::List(nodes),
            span: open.to(end),
        }
    }

    fn inline_table(&mut self, open: Span, depth: usize) -> Node {
        let mut table = Table::default();
        let mut end = open;
        while let Some(event) = self.events.next() {
            end = span_of(event.span());
            match event.kind() {
                EventKind::InlineTableClose => break,
                EventKind::SimpleKey => {
                    let path = self.path(event);
                    let value = self.assigned(depth + path.len(), true);
                    insert(&mut table, &path, value, &mut self.diagnostics);
                }
                _ => {}
            }
        }
        close(&mut table);
        Node {
            item: Item::Table(table),
            span: open.to(end),
        }
    }

    fn scalar(&mut self, event: &Event) -> Node {
        let span = span_of(event.span());
        let Some(raw) = self.source.get(event) else {
            return wrong(span);
        };
        let mut text = std::borrow::Cow::Borrowed("");
        let mut errors: Vec<ParseError> = Vec::new();
        let kind = raw.decode_scalar(&mut text, &mut errors);
        self.note(&errors);
        if !errors.is_empty() {
            return wrong(span);
        }
        let item = match kind {
            ScalarKind::String => Item::Text(text.into_owned()),
            ScalarKind::Boolean(truth) => Item::Bool(truth),
            ScalarKind::DateTime => Item::Moment(text.into_owned()),
            ScalarKind::Float => Item::Decimal(text.into_owned()),
            ScalarKind::Integer(radix) => match i64::from_str_radix(&text, radix.value()) {
                Ok(number) => Item::Int(number),
                Err(_) => {
                    let message = "this whole number does not fit 64 bits";
                    self.diagnostics
                        .push(Diagnostic::new(&codes::NUMBER, span, message));
                    Item::Wrong
                }
            },
        };
        Node { item, span }
    }
}

fn wrong(span: Span) -> Node {
    Node {
        item: Item::Wrong,
        span,
    }
}
