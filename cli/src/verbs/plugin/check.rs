//! `scn plugin check`

use scn_plugin_host::conform::{Found, Point, conform};
use scn_plugin_host::{Launch, launch};
use scn_protocol::{Map, Value, json};

use super::examples;
use crate::exit::Exit;
use crate::terminal;
use crate::verbs::printed;

/// Tells of each point whether it is kept.
pub(super) fn check(program: Vec<String>, config: Option<&str>, examples: bool) -> Exit {
    let config = match config.map(json::parse) {
        None => Value::map(Map::new()),
        Some(Ok(config @ Value::Map(_))) => config,
        Some(Ok(_)) => {
            terminal::complain("--config is to be a JSON object, as [plugins.NAME] config is");
            return Exit::Wrong;
        }
        Some(Err(reason)) => {
            terminal::complain(format!("--config is no JSON: {reason}"));
            return Exit::Wrong;
        }
    };
    let root = match std::env::current_dir() {
        Ok(root) => root,
        Err(error) => {
            terminal::complain(format!("the current folder cannot be told: {error}"));
            return Exit::Wrong;
        }
    };
    let argv = match launch::named(program, &root) {
        Ok(argv) => argv,
        Err(why) => {
            terminal::complain(format!("the plug-in {why}"));
            return Exit::Wrong;
        }
    };
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
    let (mut points, declaration) = conform(&launch, examples);
    if let Some(declaration) = declaration.filter(|_| examples) {
        points.extend(examples::run(&launch, declaration));
    }
    let mut text = String::new();
    let mut broken = 0;
    for Point { expected, found } in &points {
        let (mark, more) = match found {
            Found::Kept(more) => ("ok      ", more),
            Found::Advice(more) => ("advice  ", more),
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
    match printed(&text) {
        Exit::Done if broken > 0 => Exit::Fail,
        exit => exit,
    }
}
