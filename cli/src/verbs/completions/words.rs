//! What can be completed where, from the same declarations as the help.

use clap::{Arg, Command};

use super::super::help;

/// A verb, or `scn` itself.
pub struct Verb {
    /// As it is written: `scn env show`.
    pub path: String,
    /// The verbs below it, with what they do.
    pub verbs: Vec<(String, String)>,
    /// Its options.
    pub options: Vec<Flag>,
    /// What its other words are.
    pub takes: Values,
}

/// An option.
pub struct Flag {
    /// `--quiet` and `-q`.
    pub names: Vec<String>,
    /// What it does, in one sentence.
    pub help: String,
    /// What it takes; none for a switch.
    pub takes: Option<Values>,
}

/// What a word is.
pub enum Values {
    /// Nothing that can be known.
    Free,
    /// A scenario's file.
    Scenarios,
    /// Any file.
    Files,
    /// A folder.
    Folders,
    /// An environment's name, or its file.
    Environments,
    /// One of these.
    Words(Vec<String>),
}

/// `scn`, and every verb of it, those above first.
pub fn verbs(scn: &mut Command) -> Vec<Verb> {
    scn.build();
    let mut all = Vec::new();
    collect(scn, "scn".to_owned(), &mut all);
    all
}

fn collect(command: &Command, path: String, all: &mut Vec<Verb>) {
    let shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    // The verb `help` of clap's own making is not there; ours is.
    let of_scn = path == "scn";
    let below: Vec<&Command> = command
        .get_subcommands()
        .filter(|below| shown(below) || (of_scn && below.get_name() == "help"))
        .collect();
    let positional = command.get_positionals().next();
    all.push(Verb {
        verbs: below
            .iter()
            .map(|below| (below.get_name().to_owned(), about(below)))
            .collect(),
        options: command
            .get_opts()
            .chain(command.get_arguments().filter(|arg| is_switch(arg)))
            .map(flag)
            .collect(),
        takes: positional.map_or(Values::Free, values),
        path: path.clone(),
    });
    for below in below {
        collect(below, format!("{path} {}", below.get_name()), all);
    }
}

fn is_switch(arg: &Arg) -> bool {
    !arg.is_positional() && !arg.get_action().takes_values()
}

fn flag(arg: &Arg) -> Flag {
    let long = arg.get_long().map(|long| format!("--{long}"));
    let short = arg.get_short().map(|short| format!("-{short}"));
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    Flag {
        names: long.into_iter().chain(short).collect(),
        help: first_sentence(&help),
        takes: arg.get_action().takes_values().then(|| values(arg)),
    }
}

fn values(arg: &Arg) -> Values {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        let names = possible.iter().map(|value| value.get_name().to_owned());
        return Values::Words(names.collect());
    }
    let named = arg.get_value_names().and_then(|names| names.first());
    match named.map_or("", |name| name.as_str()) {
        "FILE" => Values::Scenarios,
        "ENVIRONMENT" | "LEFT" | "RIGHT" => Values::Environments,
        "DIR" => Values::Folders,
        "TOPIC" => Values::Words(help::topics()),
        _ if arg.is_positional() => Values::Files,
        _ => Values::Free,
    }
}

fn about(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string);
    first_sentence(&about.unwrap_or_default())
}

fn first_sentence(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let end = line.find(". ").unwrap_or(line.len());
    line[..end].trim_end_matches('.').to_owned()
}
