//! `scn plugin check`

use std::rc::Rc;

use scn_interpreter::Environment;
use scn_plugin_host::conform::{Found, Point, conform};
use scn_plugin_host::plugins::launched;
use scn_plugin_host::{Launch, launch};
use scn_protocol::{Map, Value, json};

use super::examples;
use crate::exit::Exit;
use crate::plugins;
use crate::project::{self, Loader};
use crate::terminal;
use crate::verbs::shown;

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
    let argv = launch::named(program, &root).map_err(|why| wrong(format!("the plug-in {why}")))?;
    let launch = Launch {
        plugin: "plugin".to_owned(),
        argv,
        root,
        config,
        environment: "check".to_owned(),
        timeout: None,
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
            .map(|launch| (launch, declared.secrets.clone()))
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
    if let Some(declaration) = declaration.filter(|_| examples) {
        points.extend(examples::run(subject, declaration));
    }
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
        0 => "it keeps to the protocol\n".to_owned(),
        1 => "one point is broken\n".to_owned(),
        broken => format!("{broken} points are broken\n"),
    });
    match shown(&text) {
        Exit::Done if broken > 0 => Exit::Fail,
        exit => exit,
    }
}
