//! All plug-ins of an environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::rc::Rc;

use futures_util::future::join_all;
use scn_grammar::Diagnostic;
use scn_grammar::diagnostic::meant;
use scn_interpreter::environment::toml::Item;
use scn_interpreter::environment::{Place, PluginDeclaration, PluginWhat, SecretFrom};
use scn_interpreter::{Environment, Registry};
use scn_protocol::plugin::{Declaration, Unknown};
use serde_json::Value as Json;

use crate::codes;
use crate::command::PluginCommand;
use crate::declare::{self, declare, kept};
use crate::fit;
use crate::launch::{self, Launch};
use crate::library;
use crate::plugin::{Plugin, Starter};
use crate::undo;

/// What the plug-ins of an environment say of themselves.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Each of them that can be used.
    pub plugins: Vec<One>,
}

/// What a plug-in says of itself.
#[derive(Clone, Debug)]
pub struct One {
    /// What is started for it.
    pub launch: Launch,
    /// The secrets that it is granted.
    pub secrets: Vec<String>,
    /// What it says.
    pub declaration: Rc<Declaration>,
    /// The same, as it said it.
    pub said: Json,
}

/// The plug-ins of a run.
#[derive(Default)]
pub struct Plugins {
    plugins: Vec<Rc<Plugin>>,
}

/// What is started for a plug-in that the environment declares.
///
/// # Errors
/// Why it is nothing that could be started, after its name.
pub fn launched(
    environment: &Environment,
    name: &str,
    declared: &PluginDeclaration,
) -> Result<Launch, String> {
    let argv = match &declared.what {
        PluginWhat::Program(words) => words.iter().map(Into::into).collect(),
        PluginWhat::Library(path) => {
            let file = library::file::find(&environment.root, path)?;
            launch::library_host(&file, &declared.secrets, declared.memory)?
        }
    };
    Ok(launch(environment, name, declared, argv))
}

/// Something of which nothing could be started any more: whoever tries is told what is lacking.
fn gone(environment: &Environment, name: &str, declared: &PluginDeclaration) -> Launch {
    let argv = match &declared.what {
        PluginWhat::Program(words) => words.iter().map(Into::into).collect(),
        PluginWhat::Library(path) => vec![environment.root.join(path).into()],
    };
    launch(environment, name, declared, argv)
}

fn launch(
    environment: &Environment,
    name: &str,
    declared: &PluginDeclaration,
    argv: Vec<OsString>,
) -> Launch {
    Launch {
        plugin: name.to_owned(),
        argv,
        root: environment.root.clone(),
        config: declared.config.clone(),
        environment: environment.name.clone(),
        timeout: declared.timeout,
        memory: declared.memory,
        restarts: declared.restarts.unwrap_or(launch::RESTARTS),
        inside: !declared.isolate,
    }
}

/// Where it is said what is started.
fn place_of(environment: &Environment, name: &str, declared: &PluginDeclaration) -> Place {
    let key = match declared.what {
        PluginWhat::Program(_) => "program",
        PluginWhat::Library(_) => "path",
    };
    let table = |item: Option<&'_ Item>, key: &str| match item {
        Some(Item::Table(table)) => table.get(key).cloned(),
        _ => None,
    };
    let all = environment.document.get("plugins");
    let one = table(all.map(|node| &node.item), name);
    let node = table(one.as_ref().map(|node| &node.item), key);
    Place {
        span: node.map_or(declared.place.span, |node| node.span),
        ..declared.place
    }
}

/// The variables of this program that hold the environment's secrets.
pub fn hidden(environment: &Environment) -> Vec<String> {
    let from = environment.secrets.values();
    from.filter_map(|secret| match &secret.from {
        SecretFrom::Env(name) => Some(name.clone()),
        _ => None,
    })
    .collect()
}

impl Declared {
    /// Asks the plug-ins of an environment what they can do, those that did not say already; and
    /// what is wrong, at the environment's lines. `built_in` are the commands that there are without them.
    pub fn of(environment: &Environment, built_in: &Registry) -> (Self, Vec<Diagnostic>) {
        let hidden = hidden(environment);
        let mut all = Self::default();
        let mut found = Vec::new();
        for (name, declared) in &environment.plugins {
            let place = place_of(environment, name, declared);
            let file = environment.sources.get(place.source);
            let file = file.map(|source| source.path.clone()).unwrap_or_default();
            let tell =
                |code, text: String| Diagnostic::new(code, place.span, text).in_file(file.clone());
            let asked = launched(environment, name, declared)
                .and_then(|launch| Ok((declare(&launch, &hidden)?, launch)));
            match asked {
                Ok(((declaration, said), launch)) => {
                    for unknown in &Declaration::unknown(&said) {
                        let text = format!("the plug-in `{name}` {}", said_in_vain(unknown));
                        found.push(tell(&codes::VAIN, text));
                    }
                    for (command, fault) in fit::misplaced(&declaration) {
                        let text = format!("`{command}` of the plug-in `{name}` {fault}");
                        found.push(tell(&codes::UNUSABLE, text));
                    }
                    for command in fit::words(&declaration) {
                        let text = format!(
                            "`{command}` of the plug-in `{name}` is named like a word of the language: it can only be called as `call {command}` or `{name}.{command}`"
                        );
                        found.push(tell(&codes::WORD, text));
                    }
                    for (command, misfit) in undo::misfits(&declaration, built_in) {
                        let text = format!("`{command}` of the plug-in `{name}` {misfit}");
                        found.push(tell(&codes::UNDO_WORDS, text));
                    }
                    let commands = declaration.commands.iter();
                    for command in commands.filter(|own| built_in.find(&own.name).is_some()) {
                        let text = format!(
                            "`{}` of the plug-in `{name}` hides the command of that name that is there everywhere",
                            command.name
                        );
                        found.push(tell(&codes::HIDES, text));
                    }
                    all.plugins.push(One {
                        launch,
                        secrets: declared.secrets.clone(),
                        declaration: Rc::new(declaration),
                        said,
                    });
                }
                Err(reason) => {
                    let text = format!("the plug-in `{name}` {reason}");
                    found.push(tell(&codes::UNUSABLE, text));
                }
            }
        }
        (all, found)
    }

    /// What the plug-ins of an environment said when they were asked last, and the names of those of which
    /// that is not known. Nothing is started: for who only looks at files that may be anyone's.
    pub fn kept(environment: &Environment) -> (Self, Vec<String>) {
        let mut all = Self::default();
        let mut unknown = Vec::new();
        for (name, declared) in &environment.plugins {
            let launch = launched(environment, name, declared).ok();
            match launch.and_then(|launch| Some((kept(&launch)?, launch))) {
                Some(((declaration, said), launch)) => all.plugins.push(One {
                    launch,
                    secrets: declared.secrets.clone(),
                    declaration: Rc::new(declaration),
                    said,
                }),
                None => unknown.push(name.clone()),
            }
        }
        (all, unknown)
    }

    /// What the plug-ins of an environment said as a run began, each under its name: whatever has become of them
    /// since, and nothing is started. None if one of them is lacking.
    pub fn recorded(environment: &Environment, said: &BTreeMap<String, Json>) -> Option<Self> {
        let mut all = Self::default();
        for (name, declared) in &environment.plugins {
            let said = said.get(name)?;
            all.plugins.push(One {
                launch: launched(environment, name, declared)
                    .unwrap_or_else(|_| gone(environment, name, declared)),
                secrets: declared.secrets.clone(),
                declaration: Rc::new(declare::read(said).ok()?),
                said: said.clone(),
            });
        }
        Some(all)
    }

    /// Adds their commands to those that there are. `starter` starts them when they are needed.
    pub fn register(&self, registry: &mut Registry, starter: &Starter) -> Plugins {
        let mut plugins = Plugins::default();
        for one in &self.plugins {
            let declared = Rc::clone(&one.declaration);
            let plugin = Rc::new(Plugin::new(
                one.launch.clone(),
                one.secrets.clone(),
                declared,
                Rc::clone(starter),
            ));
            for (place, command) in one.declaration.commands.iter().enumerate() {
                let undo = command.undo.as_deref().map(undo::named);
                let own = undo.is_some_and(|undo| has(&one.declaration, undo));
                let command = PluginCommand::new(&plugin, place, command, own);
                registry.add_of(&one.launch.plugin, Rc::new(command));
            }
            plugins.plugins.push(plugin);
        }
        plugins
    }
}

impl Plugins {
    /// The run is over: those that run are asked to end, and ended if they do not. Gives a line for each
    /// that did not end as it should.
    pub async fn shutdown(&self) -> Vec<String> {
        let ends = join_all(self.plugins.iter().map(|plugin| plugin.shutdown())).await;
        ends.into_iter().flatten().collect()
    }
}

/// What means nothing, to stand after the plug-in's name.
pub(crate) fn said_in_vain(unknown: &Unknown) -> String {
    let Unknown { of, key, known } = unknown;
    let of = match of.is_empty() {
        true => "declares".to_owned(),
        false => format!("declares of `{of}`"),
    };
    let what = match meant(key, known.iter().copied()) {
        Some(meant) => format!("did it mean `{meant}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    format!("{of} a `{key}`, which means nothing: {what}")
}

fn has(declaration: &Declaration, name: &str) -> bool {
    declaration.commands.iter().any(|known| known.name == name)
}
