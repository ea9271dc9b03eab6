//! `scn plugin check`

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use scn_interpreter::environment;
use scn_interpreter::{Disk, Environment};
use scn_plugin_host::conform::{Found, Point, conform};
use scn_plugin_host::plugins::launched;
use scn_plugin_host::{Launch, launch};
use scn_protocol::plugin::Declaration;
use scn_protocol::{Map, Value, json};

use super::{examples, undos};
use crate::exit::Exit;
use crate::plugins;
use crate::project::{self, Loader};
use crate::secrets;
use crate::terminal;
use crate::verbs::shown;

/// How long a call of an example may take where neither the environment nor the example says it, in nanoseconds: who
/// never answers is to be found, and not waited for.
const UNLESS_SAID: i64 = 30_000_000_000;

/// A plug-in that is looked at, and what is around it.
pub(super) struct Subject {
    pub(super) launch: Launch,
    /// The secrets that it is granted.
    pub(super) secrets: Vec<String>,
    pub(super) environment: Rc<Environment>,
}

/// What a command line names, with nothing around it.
///
/// # Errors
/// If it names nothing; that was told.
pub(super) fn alone(program: Vec<String>, config: Option<&str>) -> Result<Subject, Exit> {
    let wrong = |why: String| {
        terminal::complain(why);
        Exit::Wrong
    };
    let config = match config.map(json::parse) {
        None => Value::map(Map::new()),
        Some(Ok(config @ Value::Map(_))) => config,
        Some(Ok(_)) => {
            let why = "--config is to be a JSON object, as [plugins.NAME] config is";
            return Err(wrong(why.to_owned()));
        }
        Some(Err(reason)) => return Err(wrong(format!("--config is no JSON: {reason}"))),
    };
    let root = project::here().map_err(|_| Exit::Wrong)?;
    if let Some(why) = named_elsewhere(&program, &root) {
        return Err(wrong(why));
    }
    let argv = launch::named(program, &root).map_err(|why| wrong(format!("the plug-in {why}")))?;
    let launch = Launch {
        plugin: "plugin".to_owned(),
        argv,
        root,
        config,
        environment: "check".to_owned(),
        timeout: Some(UNLESS_SAID),
        memory: None,
        restarts: launch::RESTARTS,
        inside: false,
    };
    let environment = Environment {
        name: launch.environment.clone(),
        root: launch.root.clone(),
        ..Environment::default()
    };
    Ok(Subject {
        launch,
        secrets: Vec::new(),
        environment: Rc::new(environment),
    })
}

/// Where what is named is no program, but a plug-in of an environment here: what to type.
fn named_elsewhere(words: &[String], folder: &Path) -> Option<String> {
    let [name] = words else {
        return None;
    };
    if name.contains('/') || scn_process::locate(name.as_ref(), None, folder).is_ok() {
        return None;
    }
    // What is wrong with other environments is nothing to tell here.
    let root = environment::project::load(&Disk, folder)
        .project
        .root
        .clone();
    let has = |path: &Path| {
        let loaded = environment::load(&Disk, path, &root).environment;
        loaded.is_some_and(|environment| environment.plugins.contains_key(name))
    };
    let (env, _) = environment::available(&Disk, folder)
        .into_iter()
        .find(|(_, path)| has(path))?;
    Some(format!(
        "there is no program `{name}`; the plug-in of that name in the environment `{env}` is checked by `scn plugin check --env {env} {name}`"
    ))
}

/// The plug-in of that name of an environment.
///
/// # Errors
/// If there is none; that was told.
pub(super) fn of_environment(env: &str, words: &[String]) -> Result<Subject, Exit> {
    let folder = std::env::current_dir().unwrap_or_default();
    let environment = match Loader::default().environment(Some(env), &folder) {
        Ok(Some(environment)) => environment,
        Ok(None) | Err(_) => return Err(Exit::Wrong),
    };
    let named = match words {
        [name] => environment.plugins.get_key_value(name),
        _ => None,
    };
    let launched = match named {
        Some((name, declared)) => launched(&environment, name, declared)
            .map(|mut launch| {
                launch.timeout.get_or_insert(UNLESS_SAID);
                (launch, declared.secrets.clone())
            })
            .map_err(|why| format!("the plug-in `{name}` {why}")),
        None => {
            let known: Vec<&str> = environment.plugins.keys().map(String::as_str).collect();
            let known = match known.is_empty() {
                true => "has no plug-in".to_owned(),
                false => format!("has {}", known.join(", ")),
            };
            let (words, env) = (words.join(" "), &environment.name);
            Err(format!(
                "with --env a plug-in goes by its name in [plugins], which `{words}` is not: the environment `{env}` {known}"
            ))
        }
    };
    match launched {
        Ok((launch, secrets)) => Ok(Subject {
            launch,
            secrets,
            environment,
        }),
        Err(why) => {
            terminal::complain(why);
            Err(Exit::Wrong)
        }
    }
}

/// Tells of each point whether it is kept.
pub(super) fn check(subject: &Subject, examples: bool) -> Exit {
    let (mut points, declaration) = conform(&subject.launch, &plugins::built_in(), examples);
    let mut called = BTreeSet::new();
    if let Some(declaration) = declaration.map(Rc::new) {
        points.extend(undos::look(subject, &declaration));
        if examples {
            let (came, by_examples) = examples::run(subject, &declaration);
            points.extend(came);
            called = by_examples;
        }
        points.extend(untried(&declaration, &called, examples));
    }
    points.extend(secretless(subject));
    let whole = points.iter().all(|point| point.expected != ANSWERS);
    let mut text = String::new();
    let mut broken = 0;
    for Point { expected, found } in &points {
        let (mark, more) = match found {
            Found::Kept(more) => ("ok      ", more),
            Found::Advice(more) => ("advice  ", more),
            Found::Skipped(more) => ("skipped ", more),
            Found::Broken(more) => {
                broken += 1;
                ("BROKEN  ", more)
            }
        };
        let more = if more.is_empty() {
            String::new()
        } else {
            format!(": {more}")
        };
        text.push_str(&format!("{mark}{expected}{more}\n"));
    }
    text.push_str(&match broken {
        0 if whole => "it keeps to the protocol\n".to_owned(),
        0 => "as far as that was tried, it keeps to the protocol\n".to_owned(),
        1 => "one point is broken\n".to_owned(),
        broken => format!("{broken} points are broken\n"),
    });
    match shown(&text) {
        Exit::Done if broken > 0 => Exit::Fail,
        exit => exit,
    }
}

/// The secrets that it is granted and could not have.
fn secretless(subject: &Subject) -> Option<Point> {
    let missing = secrets::missing(&subject.environment);
    let granted = missing
        .iter()
        .filter(|(name, _)| subject.secrets.iter().any(|granted| granted == name));
    let why: Vec<String> = granted
        .map(|(name, why)| format!("`{name}` cannot be had: {why}"))
        .collect();
    (!why.is_empty()).then(|| Point {
        expected: "has the secrets that it is granted",
        found: Found::Advice(why.join("; ")),
    })
}

const ANSWERS: &str = "answers calls as it should";

/// What was not tried, since nothing called those commands; and how to have it tried.
fn untried(
    declaration: &Declaration,
    called: &BTreeSet<String>,
    with_examples: bool,
) -> Option<Point> {
    let commands = declaration.commands.iter();
    let names = commands.clone().map(|command| &*command.name);
    let left: Vec<&str> = names.filter(|name| !called.contains(*name)).collect();
    if left.is_empty() {
        return None;
    }
    let has_examples = commands.clone().any(|command| !command.examples.is_empty());
    let write = "let them declare `examples`, scenarios that call them, which `scn plugin check --examples` runs";
    let why = match (called.is_empty(), with_examples, has_examples) {
        (true, false, true) => format!(
            "no command was called, so what they do, and what they are answered with, was not tried\n          `scn plugin check --examples` runs the examples that they declare{}",
            lacking(declaration)
        ),
        (true, true, true) => "no command was called: no example came to a call".to_owned(),
        (true, ..) => format!(
            "no command was called, as none has an example: what they do, and what they are answered with, was not tried\n          {write}"
        ),
        (false, ..) => format!(
            "no example called {}, so what that is answered with was not tried\n          {write}",
            listed(&left)
        ),
    };
    Some(Point {
        expected: ANSWERS,
        found: Found::Skipped(why),
    })
}

/// The commands that have no example, where others have one.
fn lacking(declaration: &Declaration) -> String {
    let without = declaration.commands.iter();
    let without = without.filter(|command| command.examples.is_empty());
    let without: Vec<&str> = without.map(|command| &*command.name).collect();
    match without.is_empty() {
        true => String::new(),
        false => format!("; {} have none", listed(&without)),
    }
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
