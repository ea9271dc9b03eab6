//! What texts say: templates, times, regular expressions, signals, ports.

use scn_grammar::diagnostic::meant;
use scn_grammar::tree::Part;
use scn_grammar::{Diagnostic, Span};
use scn_protocol::quantity;

use super::super::toml::{self, Item, Table};
use super::super::{Setting, Template, codes, pattern, signal};
use super::{Literal, Reader, literal};
use crate::environment::toml::Node;

impl Reader<'_> {
    /// What the language's own parser found wrong in a text of the file.
    pub(super) fn foreign(&mut self, found: Vec<Diagnostic>, span: Span) {
        for mut diagnostic in found {
            diagnostic.span = toml::locate(self.text, span, diagnostic.span);
            for (related, _) in &mut diagnostic.related {
                *related = toml::locate(self.text, span, *related);
            }
            // An editor would not escape it as the quotes of this text need it.
            diagnostic.replacement = None;
            diagnostic.incomplete = false;
            self.report(diagnostic);
        }
    }

    /// A text in which `#{…}` is replaced.
    pub(super) fn template(&mut self, literal: Literal<'_>) -> Option<Template> {
        let template = self.words(literal)?;
        if let [Part::Splat(list)] = template.parts.as_slice() {
            let span = toml::locate(self.text, literal.span, list.span);
            let message = "one text stands here, and `*` makes several of a list";
            self.error(&codes::SPLAT, span, message);
            return None;
        }
        Some(template)
    }

    /// A text in which `#{…}` is replaced, or `#{*LIST}`, which becomes several.
    pub(super) fn words(&mut self, literal: Literal<'_>) -> Option<Template> {
        match scn_grammar::parse_text(literal.text) {
            Ok(parts) => Some(Template {
                parts,
                place: self.place(toml::content(self.text, literal.span)),
            }),
            Err(found) => {
                self.foreign(found, literal.span);
                None
            }
        }
    }

    /// The text at `key`, in which `#{…}` is replaced.
    pub(super) fn template_at(&mut self, table: &Table, key: &str) -> Option<Template> {
        self.template(literal(table, key)?)
    }

    /// Text, a number or true/false as text.
    pub(super) fn scalar(&mut self, node: &Node) -> Option<Template> {
        let text = match &node.item {
            Item::Text(text) => {
                return self.template(Literal {
                    text,
                    span: node.span,
                });
            }
            Item::Int(number) => number.to_string(),
            Item::Decimal(number) => number.clone(),
            Item::Bool(truth) => truth.to_string(),
            _ => return None,
        };
        Some(Template {
            parts: [Part::Quoted(text.into())].into(),
            place: self.place(node.span),
        })
    }

    /// How often something may happen at most.
    pub(super) fn times(&mut self, table: &Table, key: &str) -> Option<u32> {
        let node = table.get(key)?;
        let Item::Int(number) = node.item else {
            return None;
        };
        let times = u32::try_from(number).ok();
        if times.is_none() {
            let message = format!("`{key}` is how often: 0 and more, up to {}", u32::MAX);
            self.error(&codes::NUMBER, node.span, message);
        }
        times
    }

    /// The time at `key`, in nanoseconds: longer than nothing.
    /// A size in bytes.
    pub(super) fn size(&mut self, table: &Table, key: &str) -> Option<u64> {
        let found = literal(table, key)?;
        let bytes = quantity::parse_size(found.text).and_then(|bytes| u64::try_from(bytes).ok());
        if let Some(bytes) = bytes.filter(|bytes| *bytes > 0) {
            return Some(bytes);
        }
        let message = match bytes {
            Some(_) => format!("`{key}` must be more than nothing"),
            None => format!("\"{}\" is no size", found.text),
        };
        let diagnostic = Diagnostic::new(&codes::SIZE, found.span, message)
            .help("a size is a number with its unit: 500MB, 1.5GB, 64KiB");
        self.report(diagnostic);
        None
    }

    pub(super) fn duration(&mut self, table: &Table, key: &str) -> Option<i64> {
        let found = literal(table, key)?;
        match quantity::parse_duration(found.text) {
            Some(nanos) if nanos > 0 => Some(nanos),
            Some(_) => {
                let message = format!("`{key}` must be longer than nothing");
                self.error(&codes::DURATION, found.span, message);
                None
            }
            None => {
                let message = format!("\"{}\" is no time", found.text);
                let mut diagnostic = Diagnostic::new(&codes::DURATION, found.span, message)
                    .help("a time is numbers with units: 250us, 250ms, 2s, 1m30s, 2h, 1d");
                let number = found.text.trim();
                if quantity::parse_decimal(number).is_some() {
                    diagnostic = diagnostic.replace(format!("\"{number}s\""));
                }
                self.report(diagnostic);
                None
            }
        }
    }

    /// Checks a regular expression; gives the names of its groups.
    pub(super) fn regex(&mut self, literal: Literal<'_>) -> Option<Vec<String>> {
        match pattern::groups(literal.text) {
            Ok(groups) => Some(groups),
            Err((message, inner)) => {
                let span = inner.map_or(literal.span, |inner| {
                    toml::locate(self.text, literal.span, inner)
                });
                let message = format!("in this regular expression: {message}");
                self.report(Diagnostic::new(&codes::REGEX, span, message).help(
                    "the syntax is that of Rust's regex library: no look-around, no back-references",
                ));
                None
            }
        }
    }

    /// A regular expression in which `#{…}` is replaced: checked where nothing is.
    pub(super) fn regex_template(&mut self, literal: Literal<'_>) -> Option<Template> {
        let template = self.template(literal)?;
        let fixed = template
            .parts
            .iter()
            .all(|part| matches!(part, Part::Bare(_) | Part::Quoted(_)));
        if fixed {
            self.regex(literal)?;
        }
        Some(template)
    }

    /// A signal by its name, with or without `SIG`, or by its number; its name without.
    pub(super) fn signal(&mut self, node: &Node) -> Option<String> {
        let found = match &node.item {
            Item::Int(number) => signal::by_number(*number),
            Item::Text(text) => signal::by_name(text),
            _ => return None,
        };
        if found.is_none() {
            let written = &self.text[node.span.range()];
            let message = format!("{written} is no signal");
            let mut diagnostic = Diagnostic::new(&codes::SIGNAL, node.span, message);
            if let Item::Text(text) = &node.item {
                let bare = text.trim_start_matches("SIG");
                if let Some(close) = meant(bare, signal::names()) {
                    diagnostic = diagnostic
                        .help(format!("\"{close}\" was probably meant"))
                        .replace(format!("\"{close}\""));
                }
            }
            self.report(diagnostic);
        }
        found.map(ToOwned::to_owned)
    }

    /// The port at `key`.
    pub(super) fn port(&mut self, table: &Table, key: &str) -> Option<Setting> {
        let node = table.get(key)?;
        let setting = self.setting(node)?;
        let number = match &node.item {
            Item::Int(number) => Some(*number),
            // A text without `#{…}` must be a number itself.
            Item::Text(text) if matches!(setting, Setting::Value(..)) => {
                Some(text.parse().unwrap_or(0))
            }
            _ => None,
        };
        if number.is_some_and(|number| !(1..=65_535).contains(&number)) {
            let message = format!("`{key}` takes a TCP port, 1 to 65535");
            self.error(&codes::PORT, node.span, message);
            return None;
        }
        Some(setting)
    }
}
