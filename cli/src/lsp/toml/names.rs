//! The names that an environment's file gives to things and names them by: in keys, in the texts that name a
//! host, a component or a secret, in the command lines of undos and set-ups, and in every `#{…}`.

use std::collections::HashSet;

use scn_grammar::{Span, parse_statement_line, parse_text};
use scn_interpreter::environment::toml::{self, Item, Node, Table};

use super::place::keys;
use crate::assist::outline::{Occurrence, Outline, What};

/// Every name in the text of an environment's file, in order; none if it cannot be read.
pub fn names(text: &str) -> Option<Vec<Occurrence>> {
    let (table, found) = toml::parse(text);
    if found.iter().any(scn_grammar::Diagnostic::is_error) {
        return None;
    }
    let mut names = Names {
        text,
        all: Vec::new(),
        hidden: HashSet::new(),
    };
    names.declared();
    for (section, _, node) in table.iter() {
        if let Item::Table(section_table) = &node.item {
            names.section(section, section_table);
        }
    }
    names.all.sort_by_key(|one| one.span.start);
    Some(names.all)
}

/// What the keys of a table are names of.
pub fn kind(section: &str) -> Option<What> {
    match section {
        "commands" => Some(What::Command),
        "vars" | "hosts" | "components" | "secrets" => Some(What::Name),
        _ => None,
    }
}

struct Names<'t> {
    text: &'t str,
    all: Vec<Occurrence>,
    /// The names that mean something of the table's own: parameters, attributes.
    hidden: HashSet<String>,
}

impl Names<'_> {
    fn add(&mut self, name: &str, span: Span, what: What, defines: bool) {
        self.all.push(Occurrence {
            name: name.to_owned(),
            span,
            what,
            defines,
            scope: 0,
        });
    }

    /// Where names are keys: in each header that goes through them, too.
    fn declared(&mut self) {
        for (path, span) in keys(self.text) {
            if let [section, name] = path.as_slice()
                && let Some(what) = kind(section)
            {
                self.add(name, toml::content(self.text, span), what, true);
            }
        }
    }

    fn section(&mut self, section: &str, table: &Table) {
        self.hidden.clear();
        if section == "setup" {
            for node in texts(table.get("steps")) {
                self.statement(node);
            }
            return;
        }
        for (_, _, node) in table.iter() {
            self.hidden.clear();
            match &node.item {
                Item::Table(one) => self.entry(section, one),
                _ if section == "vars" => self.templates(node),
                _ => {}
            }
        }
    }

    /// A component, a command or the like.
    fn entry(&mut self, section: &str, table: &Table) {
        match section {
            "components" => {
                self.hidden.insert("each".to_owned());
                if let Some(Item::Table(attrs)) = table.get("attrs").map(|node| &node.item) {
                    let names = attrs.iter().map(|(name, ..)| name.to_owned());
                    self.hidden.extend(names);
                }
            }
            "commands" => {
                self.hidden.extend(["args", "result"].map(str::to_owned));
                for (param, _) in texts(table.get("params")) {
                    let name = param.split([':', '=', '.']).next().unwrap_or_default();
                    self.hidden.insert(name.trim().to_owned());
                }
            }
            _ => {}
        }
        for (key, _, node) in table.iter() {
            match (section, key) {
                ("components", "host") | ("commands", "on") => self.name(node),
                ("commands" | "plugins", "secrets") => {
                    for (name, span) in texts(Some(node)) {
                        let span = toml::content(self.text, span);
                        self.add(name, span, What::Name, false);
                    }
                }
                ("commands", "undo") => {
                    if let Item::Text(text) = &node.item {
                        self.statement((text, node.span));
                    }
                }
                ("commands", "params" | "help" | "sh") | ("plugins" | "secrets" | "hosts", _) => {}
                ("components" | "commands" | "vars", _) => self.templates(node),
                _ => {}
            }
        }
    }

    /// A text that is a name. A member of a family stands with its key.
    fn name(&mut self, node: &Node) {
        let Item::Text(text) = &node.item else {
            return;
        };
        let name = text.split('[').next().unwrap_or_default();
        let span = toml::locate(self.text, node.span, Span::new(0, name.len()));
        self.add(name, span, What::Name, false);
    }

    /// A statement of the language.
    fn statement(&mut self, (text, literal): (&str, Span)) {
        if parse_statement_line(text).is_ok() {
            let file = scn_grammar::parse(text).file;
            self.outline(Outline::of(text, &file), literal);
        }
    }

    /// All texts in it that may have `#{…}`; what a shell reads has none.
    fn templates(&mut self, node: &Node) {
        match &node.item {
            Item::Text(text) => {
                if text.contains("#{")
                    && let Ok(parts) = parse_text(text)
                {
                    self.outline(Outline::of_text(text, &parts), node.span);
                }
            }
            Item::List(all) => all.iter().for_each(|node| self.templates(node)),
            Item::Table(table) => {
                for (key, _, node) in table.iter() {
                    if key != "sh" {
                        self.templates(node);
                    }
                }
            }
            _ => {}
        }
    }

    fn outline(&mut self, outline: Outline, literal: Span) {
        for one in outline.occurrences {
            if one.defines || self.hidden.contains(&one.name) && one.what != What::Command {
                continue;
            }
            let span = toml::locate(self.text, literal, one.span);
            // What is written with escapes is not the name letter by letter, and stays.
            if self.text.get(span.range()) == Some(one.name.as_str()) {
                self.all.push(Occurrence { span, ..one });
            }
        }
    }
}

/// The texts of a list, each with its place.
fn texts(node: Option<&Node>) -> Vec<(&str, Span)> {
    let Some(Item::List(all)) = node.map(|node| &node.item) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for node in all {
        if let Item::Text(text) = &node.item {
            found.push((text.as_str(), node.span));
        }
    }
    found
}
