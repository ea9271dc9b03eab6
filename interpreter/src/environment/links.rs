//! What names something else in the same environment: it must be there. And what hides
//! something else.

use scn_grammar::diagnostic::meant;
use scn_grammar::{Code, Diagnostic};
use scn_protocol::Value;

use super::toml::{Item, Node};
use super::{Environment, Place, Source, codes};

/// Names that mean something of their own in `#{…}`.
const BUILT_IN: [&str; 5] = ["run", "args", "result", "each", "trigger"];

/// Checks all references of an environment that is put together.
pub(super) fn check(environment: &Environment, sources: &[Source]) -> Vec<Diagnostic> {
    let mut links = Links {
        environment,
        sources,
        found: Vec::new(),
    };
    links.components();
    links.commands();
    links.plugins();
    links.hidden();
    links.found
}

struct Links<'a> {
    environment: &'a Environment,
    sources: &'a [Source],
    found: Vec<Diagnostic>,
}

impl Links<'_> {
    fn components(&mut self) {
        for (name, component) in &self.environment.components {
            if let Some(host) = &component.host
                && !self.environment.hosts.contains_key(host)
            {
                let place = self.value_place("components", name, "host", component.place);
                let known = self.environment.hosts.keys().map(String::as_str).collect();
                self.unknown(place, "host", host, known);
            }
        }
    }

    fn commands(&mut self) {
        for (name, command) in &self.environment.commands {
            if let Some(on) = &command.on {
                let place = self.value_place("commands", name, "on", command.place);
                self.on(on, place);
            }
            self.secrets("commands", name, &command.secrets, command.place);
        }
    }

    /// `on` names a host, a component, or a member of a family.
    fn on(&mut self, on: &str, place: Place) {
        let environment = self.environment;
        if environment.hosts.contains_key(on) {
            return;
        }
        let (name, key) = match on.split_once('[') {
            Some((name, rest)) => (name, rest.strip_suffix(']')),
            None => (on, None),
        };
        let Some(component) = environment.components.get(name) else {
            let hosts = environment.hosts.keys();
            let known = hosts.chain(environment.components.keys());
            self.unknown(
                place,
                "host or component",
                on,
                known.map(String::as_str).collect(),
            );
            return;
        };
        let keys: Vec<String> = component
            .each
            .iter()
            .flatten()
            .map(|key: &Value| format!("{name}[{}]", key.to_text()))
            .collect();
        let member = key.is_some() && keys.iter().any(|known| known == on);
        if component.each.is_some() != on.contains('[') || (key.is_some() && !member) {
            let known = if keys.is_empty() {
                vec![name]
            } else {
                keys.iter().map(String::as_str).collect()
            };
            self.unknown(place, "component", on, known);
        }
    }

    fn plugins(&mut self) {
        for (name, plugin) in &self.environment.plugins {
            self.secrets("plugins", name, &plugin.secrets, plugin.place);
        }
    }

    fn secrets(&mut self, table: &str, name: &str, granted: &[String], place: Place) {
        for secret in granted {
            if !self.environment.secrets.contains_key(secret) {
                let place = self.element_place(table, name, "secrets", secret, place);
                let known = self
                    .environment
                    .secrets
                    .keys()
                    .map(String::as_str)
                    .collect();
                self.unknown(place, "secret", secret, known);
            }
        }
    }

    /// A component, a name of `[vars]` and a secret of one name: the first hides the others.
    fn hidden(&mut self) {
        let environment = self.environment;
        for (name, setting) in &environment.vars {
            let place = setting.place();
            if environment.components.contains_key(name) {
                self.hides(place, &format!("the component `{name}` hides this name"));
            } else if BUILT_IN.contains(&name.as_str()) {
                let message =
                    format!("`{name}` has a meaning of its own in `#{{…}}`, and hides this name");
                self.hides(place, &message);
            }
        }
        for (name, secret) in &environment.secrets {
            let by = if environment.components.contains_key(name) {
                "component"
            } else if environment.vars.contains_key(name) {
                "name in `[vars]`"
            } else {
                continue;
            };
            self.hides(
                secret.place,
                &format!("the {by} `{name}` hides this secret"),
            );
        }
    }

    fn hides(&mut self, place: Place, message: &str) {
        self.report(&codes::HIDDEN_NAME, place, message, |found| found);
    }

    fn unknown(&mut self, place: Place, what: &str, name: &str, known: Vec<&str>) {
        let message = format!("there is no {what} `{name}`");
        let help = match meant(name, known.iter().copied()) {
            Some(close) => format!("`{close}` was probably meant"),
            None if known.is_empty() && what == "secret" => {
                let variable = name.to_uppercase();
                format!(
                    "say where it comes from: [secrets] with {name} = {{ env = \"{variable}\" }}"
                )
            }
            None if known.is_empty() => "the environment has none".to_owned(),
            None => format!("there is {}", known.join(", ")),
        };
        self.report(&codes::REFERENCE, place, &message, |found| found.help(help));
    }

    fn report(
        &mut self,
        code: &'static Code,
        place: Place,
        message: &str,
        add: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        let file = self
            .sources
            .get(place.source)
            .map(|source| source.path.clone());
        let found = Diagnostic::new(code, place.span, message).in_file(file.unwrap_or_default());
        self.found.push(add(found));
    }

    /// Where the value of `key` in `[table.name]` stands.
    fn value_place(&self, table: &str, name: &str, key: &str, place: Place) -> Place {
        let span = self.node(table, name, key).map(|node| node.span);
        Place {
            span: span.unwrap_or(place.span),
            ..place
        }
    }

    fn element_place(&self, table: &str, name: &str, key: &str, text: &str, place: Place) -> Place {
        let Some(Item::List(nodes)) = self.node(table, name, key).map(|node| &node.item) else {
            return place;
        };
        let element = nodes
            .iter()
            .find(|node| matches!(&node.item, Item::Text(found) if found == text));
        Place {
            span: element.map_or(place.span, |node| node.span),
            ..place
        }
    }

    fn node(&self, table: &str, name: &str, key: &str) -> Option<&Node> {
        let Item::Table(all) = &self.environment.document.get(table)?.item else {
            return None;
        };
        let Item::Table(one) = &all.get(name)?.item else {
            return None;
        };
        one.get(key)
    }
}
