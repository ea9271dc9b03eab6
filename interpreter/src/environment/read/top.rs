//! `[calendar]`, `[limits]`, `[setup]`, `[hosts]`, `[plugins]`, `[secrets]`.

use scn_grammar::diagnostic::meant;
use scn_grammar::tree::{Block, Statement, StatementKind};
use scn_grammar::{Diagnostic, Span};

use super::super::toml::{self, Item, Table};
use super::super::{
    Calendar, HostDeclaration, LimitsDeclaration, Place, PluginDeclaration, PluginWhat,
    SecretDeclaration, SecretFrom, SetupStep, calendar, codes,
};
use super::component::empty;
use super::{Literal, Reader, flag, inner, literal, literals, plain};

impl Reader<'_> {
    /// The calendar without its holidays, which are in a file of their own.
    pub(super) fn calendar(&mut self, table: &Table) -> Option<Calendar> {
        let table = inner(table, "calendar")?;
        let zone = literal(table, "zone");
        if let Some(zone) = zone
            && !calendar::zone_exists(zone.text)
        {
            let message = format!("there is no time zone \"{}\"", zone.text);
            let found = Diagnostic::new(&codes::ZONE, zone.span, message);
            let known = calendar::zone_names();
            self.report(match meant(zone.text, known.iter().map(String::as_str)) {
                Some(close) => found
                    .help(format!("\"{close}\" was probably meant"))
                    .replace(format!("\"{close}\"")),
                None => found
                    .help("zones are named by continent and city, \"Europe/London\", or \"UTC\""),
            });
        }
        Some(Calendar {
            zone: zone.map_or_else(|| "UTC".to_owned(), |zone| zone.text.to_owned()),
            holidays: Vec::new(),
        })
    }

    pub(super) fn limits(&mut self, table: &Table) -> LimitsDeclaration {
        let Some(table) = inner(table, "limits") else {
            return LimitsDeclaration::default();
        };
        LimitsDeclaration {
            instructions: self.count(table, "instructions"),
            memory: self.size(table, "memory"),
            steps: self.count(table, "steps"),
            output: self.size(table, "output"),
            step_output: self.size(table, "step_output"),
            processes: self.count(table, "processes"),
        }
    }

    /// A whole number of things: one at least.
    fn count(&mut self, table: &Table, key: &str) -> Option<u64> {
        let entry = table.get(key)?;
        let Item::Int(number) = entry.item else {
            return None;
        };
        let count = u64::try_from(number).ok().filter(|count| *count > 0);
        if count.is_none() {
            let message = format!("`{key}` must be more than nothing");
            self.error(&codes::EMPTY, entry.span, message);
        }
        count
    }

    pub(super) fn setup(&mut self, table: &Table) -> Vec<SetupStep> {
        let Some(table) = inner(table, "setup") else {
            return Vec::new();
        };
        literals(table, "steps")
            .into_iter()
            .filter_map(|step| self.setup_step(step))
            .collect()
    }

    fn setup_step(&mut self, step: Literal<'_>) -> Option<SetupStep> {
        match scn_grammar::parse_statement_line(step.text) {
            Err(found) => {
                self.foreign(found, step.span);
                None
            }
            Ok(statement) => {
                if let Some(span) = out_of_place(&statement) {
                    let span = toml::locate(self.text, step.span, span);
                    let message = "this steers a scenario, and has no place in its set-up";
                    self.error(&codes::SETUP, span, message);
                    return None;
                }
                Some(SetupStep {
                    statement,
                    text: step.text.to_owned(),
                    place: self.place(toml::content(self.text, step.span)),
                })
            }
        }
    }

    pub(super) fn host(&mut self, _: &str, table: &Table, place: Place) -> Option<HostDeclaration> {
        Some(HostDeclaration {
            agent: plain(table, "agent"),
            ssh: plain(table, "ssh"),
            place,
        })
    }

    pub(super) fn plugin(
        &mut self,
        _: &str,
        table: &Table,
        place: Place,
    ) -> Option<PluginDeclaration> {
        let isolate = flag(table, "isolate").unwrap_or(true);
        let what = if let Some(path) = plain(table, "path") {
            if let Some(memory) = table.entries.get("memory").filter(|_| !isolate) {
                let span = memory.key;
                let message =
                    "`memory` is of a process of its own, and `isolate = false` gives it none";
                self.error(&codes::EXCLUSIVE, span, message);
            }
            PluginWhat::Library(path)
        } else {
            if !isolate {
                let span = table.entries.get("isolate").map(|entry| entry.key);
                let message = "a `program` is always a process of its own";
                self.error(&codes::EXCLUSIVE, span.unwrap_or(place.span), message);
            }
            PluginWhat::Program(self.argument_texts(table, "program")?)
        };
        let written = table.get("config");
        let (config, settings) = match written.and_then(|node| self.setting(node)) {
            Some(super::super::Setting::Value(config, _)) => (config, None),
            settings => (empty(), settings),
        };
        let secrets = literals(table, "secrets");
        Some(PluginDeclaration {
            what,
            isolate,
            outlives_run: plain(table, "life").as_deref() == Some("environment"),
            config,
            settings,
            secrets: secrets.iter().map(|name| name.text.to_owned()).collect(),
            timeout: self.duration(table, "timeout"),
            memory: self.size(table, "memory"),
            restarts: self.times(table, "restarts"),
            place,
        })
    }

    pub(super) fn secret(
        &mut self,
        _: &str,
        table: &Table,
        place: Place,
    ) -> Option<SecretDeclaration> {
        for key in ["env", "file"] {
            if let Some(found) = literal(table, key)
                && (found.text.is_empty() || found.text.contains('\0'))
            {
                self.error(&codes::EMPTY, found.span, format!("`{key}` names nothing"));
                return None;
            }
        }
        let from = if let Some(variable) = plain(table, "env") {
            SecretFrom::Env(variable)
        } else if let Some(file) = plain(table, "file") {
            SecretFrom::File(file)
        } else {
            SecretFrom::Command(self.argument_texts(table, "command")?)
        };
        Some(SecretDeclaration { from, place })
    }

    /// A program and its arguments, taken as they are.
    fn argument_texts(&mut self, table: &Table, key: &str) -> Option<Vec<String>> {
        let words = literals(table, key);
        let first = words.first()?;
        if first.text.is_empty() {
            self.error(&codes::EMPTY, first.span, "the program's name is empty");
            return None;
        }
        Some(words.iter().map(|word| word.text.to_owned()).collect())
    }
}

/// Where a statement, or one that it holds, does what only a scenario can do: jump, end,
/// define.
fn out_of_place(statement: &Statement) -> Option<Span> {
    let in_block = |block: &Block| block.statements.iter().find_map(out_of_place);
    match &statement.kind {
        StatementKind::Goto(_)
        | StatementKind::Label(_)
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Return(_)
        | StatementKind::Use { .. }
        | StatementKind::Verdict { .. }
        | StatementKind::Exit(_) => Some(statement.span),
        StatementKind::If {
            arms, otherwise, ..
        } => arms
            .iter()
            .map(|(_, block)| block)
            .chain(otherwise)
            .find_map(in_block),
        _ => None,
    }
}
