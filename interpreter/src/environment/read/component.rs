//! `[components.NAME]`

use scn_grammar::Diagnostic;
use scn_protocol::quantity::SECOND;
use scn_protocol::{Map, Value};

use super::super::toml::{Item, Table};
use super::super::{
    ComponentDeclaration, Place, ProcessDeclaration, ReadyDeclaration, ReadyWhenDeclaration,
    StopDeclaration, StopHowDeclaration, codes,
};
use super::{Reader, inner, literal, nodes, plain};

/// The fields that every component has, whatever its attributes are.
pub const OWN_FIELDS: [&str; 4] = ["name", "host", "pid", "running"];

impl Reader<'_> {
    pub(super) fn component(
        &mut self,
        name: &str,
        table: &Table,
        place: Place,
    ) -> Option<ComponentDeclaration> {
        if name == "System" {
            let message = "`System` is the machine itself, and no component can be named so";
            self.error(&codes::NAME, place.span, message);
        }
        self.attributes_in_view(table);
        let at = |key: &str| self.key_place(table, key);
        let start = at("start");
        let start = inner(table, "start").and_then(|inner| self.program(inner, start));
        let declaration = ComponentDeclaration {
            host: plain(table, "host"),
            each: self.each(table),
            attrs: self.settings(table, "attrs"),
            process: self.process(table),
            start,
            stop: self.stop(table),
            ready: self.ready(table),
            probes: self.probes(table),
            logs: self.logs(table),
            place,
        };
        self.ready_log(table, &declaration);
        self.metrics_in_view(table);
        Some(declaration)
    }

    /// Where the key stands.
    fn key_place(&self, table: &Table, key: &str) -> Place {
        let entry = table.entries.get(key);
        self.place(entry.map(|entry| entry.key).unwrap_or_default())
    }

    /// An attribute that has the name of a component's own field is never seen.
    fn attributes_in_view(&mut self, table: &Table) {
        for (name, span, _) in inner(table, "attrs").into_iter().flat_map(Table::iter) {
            if OWN_FIELDS.contains(&name) {
                let message = format!("a component's own `.{name}` hides this attribute");
                self.error(&codes::HIDDEN_ATTRIBUTE, span, message);
            }
        }
    }

    /// A metric, from a probe or a log, that has the name of an attribute or of a
    /// component's own field is never seen.
    fn metrics_in_view(&mut self, table: &Table) {
        let attributes = inner(table, "attrs");
        for (name, span) in self.metrics(table) {
            let hidden_by = if OWN_FIELDS.contains(&name.as_str()) {
                "a component's own field"
            } else if attributes.is_some_and(|attributes| attributes.has(&name)) {
                "an attribute of the component"
            } else {
                continue;
            };
            let message = format!("{hidden_by} hides the metric `{name}`");
            self.error(&codes::HIDDEN_ATTRIBUTE, span, message);
        }
    }

    /// The keys of a family's members: numbers or texts, each once.
    fn each(&mut self, table: &Table) -> Option<Vec<Value>> {
        table.get("each")?;
        let mut keys: Vec<Value> = Vec::new();
        for node in nodes(table, "each") {
            let value = match &node.item {
                Item::Int(number) => Value::Int(*number),
                Item::Text(text) if !text.is_empty() => Value::from(text.as_str()),
                Item::Wrong => continue,
                other => {
                    let message = format!(
                        "a member's key is a number or a text, and not {}",
                        other.kind()
                    );
                    self.error(&codes::EACH, node.span, message);
                    continue;
                }
            };
            if keys.iter().any(|key| key.to_text() == value.to_text()) {
                let message = format!("there is a member {value} already");
                self.error(&codes::EACH, node.span, message);
                continue;
            }
            keys.push(value);
        }
        Some(keys)
    }

    fn process(&mut self, table: &Table) -> Option<ProcessDeclaration> {
        let table = inner(table, "process")?;
        if let Some(regex) = literal(table, "match") {
            return self.regex_template(regex).map(ProcessDeclaration::Match);
        }
        if table.has("port") {
            return self.port(table, "port").map(ProcessDeclaration::Port);
        }
        for (key, kind) in [
            ("pidfile", ProcessDeclaration::PidFile as fn(_) -> _),
            ("unit", ProcessDeclaration::Unit),
            ("container", ProcessDeclaration::Container),
        ] {
            if let Some(template) = self.template_at(table, key) {
                return Some(kind(template));
            }
        }
        None
    }

    fn stop(&mut self, table: &Table) -> Option<StopDeclaration> {
        let place = self.key_place(table, "stop");
        let table = inner(table, "stop")?;
        let how = if table.has("run") || table.has("sh") {
            StopHowDeclaration::Run(self.program(table, place)?)
        } else {
            self.only_with_program(table);
            let signal = match table.get("signal") {
                Some(node) => self.signal(node)?,
                None => "TERM".to_owned(),
            };
            StopHowDeclaration::Signal(signal)
        };
        let within = self.duration(table, "within").unwrap_or(10 * SECOND);
        Some(StopDeclaration { how, within })
    }

    /// `cwd`, `env` and `user` say something of a program, so there has to be one.
    pub(super) fn only_with_program(&mut self, table: &Table) {
        for key in ["cwd", "env", "user"] {
            if let Some(entry) = table.entries.get(key) {
                let message =
                    format!("`{key}` belongs to a program, and there is no `run` or `sh`");
                self.error(&codes::EXCLUSIVE, entry.key, message);
            }
        }
    }

    fn ready(&mut self, table: &Table) -> Option<ReadyDeclaration> {
        let place = self.key_place(table, "ready");
        let table = inner(table, "ready")?;
        if !table.has("run") && !table.has("sh") {
            self.only_with_program(table);
        }
        let when = if table.has("port") {
            ReadyWhenDeclaration::Port(self.port(table, "port")?)
        } else if let Some(regex) = literal(table, "log") {
            ReadyWhenDeclaration::Log(self.regex_template(regex)?)
        } else if let Some(url) = literal(table, "http") {
            ReadyWhenDeclaration::Http(self.template(url)?)
        } else {
            ReadyWhenDeclaration::Run(self.program(table, place)?)
        };
        let within = self.duration(table, "within").unwrap_or(30 * SECOND);
        Some(ReadyDeclaration { when, within })
    }

    /// `ready = { log = … }` looks into the component's logs, or where it has none into what the
    /// program that was started writes, so it needs either.
    fn ready_log(&mut self, table: &Table, declaration: &ComponentDeclaration) {
        let Some(ready) = &declaration.ready else {
            return;
        };
        let readable = table.has("log") || table.has("start");
        if matches!(ready.when, ReadyWhenDeclaration::Log(_)) && !readable {
            let span = self.key_place(table, "ready").span;
            self.report(
                Diagnostic::new(
                    &codes::MISSING,
                    span,
                    "`ready` waits for a line of a log, and the component has no `log` and no `start`",
                )
                .help("add log = { path = \"…\" }"),
            );
        }
    }
}

/// An empty map is what a plug-in without `config` gets.
pub(super) fn empty() -> Value {
    Value::map(Map::new())
}
