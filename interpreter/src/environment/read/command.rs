//! `[commands.NAME]`

use scn_grammar::Diagnostic;

use super::super::shape;
use super::super::toml::{Table, content};
use super::super::{Alias, Place, ResultDeclaration, UndoDeclaration, codes};
use super::program::output;
use super::{Reader, flag, inner, literal, literals, plain};

impl Reader<'_> {
    pub(super) fn command(&mut self, _: &str, table: &Table, place: Place) -> Option<Alias> {
        // Everything is read, so that one pass finds every mistake.
        let program = self.program(table, place);
        let params = table.has("params").then(|| self.params(table));
        let undo = self.undo(table);
        let result = self.result(table);
        let timeout = self.duration(table, "timeout");
        let secrets = literals(table, "secrets");
        Some(Alias {
            program: program?,
            params,
            background: flag(table, "background").unwrap_or(false),
            undo,
            result: result?,
            on: plain(table, "on"),
            timeout,
            secrets: secrets.iter().map(|name| name.text.to_owned()).collect(),
            help: plain(table, "help").unwrap_or_default(),
            place,
        })
    }

    fn undo(&mut self, table: &Table) -> Option<UndoDeclaration> {
        let found = literal(table, "undo")?;
        match scn_grammar::parse_command_line(found.text) {
            Ok(step) => Some(UndoDeclaration {
                step,
                text: found.text.to_owned(),
                place: self.place(content(self.text, found.span)),
            }),
            Err(diagnostics) => {
                self.foreign(diagnostics, found.span);
                None
            }
        }
    }

    /// The way its output is read, or a value for each exit status.
    fn result(&mut self, table: &Table) -> Option<ResultDeclaration> {
        let Some(statuses) = inner(table, "result") else {
            return Some(ResultDeclaration::Output(output(table, "result")));
        };
        let mut values = Vec::new();
        let mut otherwise = None;
        for (key, _, node) in statuses.iter() {
            let value = self.value(node);
            if key == "else" {
                otherwise = Some(value?);
            } else if let Some(status) = shape::status(key) {
                values.push((status, value?));
            } else {
                // It is no status, which has been said.
                return None;
            }
        }
        if values.is_empty() && otherwise.is_none() {
            let span = table
                .get("result")
                .map(|node| node.span)
                .unwrap_or_default();
            self.report(
                Diagnostic::new(&codes::EMPTY, span, "`result` is empty: it gives no value")
                    .help("result = { 0 = \"PASS\", else = \"FAIL\" }"),
            );
            return None;
        }
        Some(ResultDeclaration::Statuses(values, otherwise))
    }
}
