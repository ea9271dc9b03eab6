//! Command lines that are wrong, told with what was meant.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Command, CommandFactory};
use scn_grammar::diagnostic::meant;

use crate::verbs::Arguments;

/// What other programs call a thing, and what it is called here.
const OTHERS: &[(&str, &str)] = &[
    ("version", "scn --version"),
    ("exec", "scn run"),
    ("execute", "scn run"),
    ("lint", "scn check"),
    ("validate", "scn check"),
    ("verify", "scn check"),
    ("dry-run", "scn plan"),
    ("--dry-run", "scn plan"),
    ("format", "scn fmt"),
    ("environment", "scn env"),
    ("environments", "scn env list"),
    ("completion", "scn completions"),
    ("man", "scn help --man"),
    ("explain", "scn help"),
    ("-e", "--env"),
    ("--environment", "--env"),
    ("-s", "--set"),
    ("-D", "--set"),
    ("--param", "--set"),
    ("--parameter", "--set"),
    ("--var", "--set"),
    ("-t", "--tags"),
    ("--silent", "--quiet"),
];

/// Verbs that are planned and not there, and what there is meanwhile.
const PLANNED: &[(&str, &str)] = &[
    ("test", "several scenarios are run by: scn run FILE…"),
    ("history", "the runs that are recorded: scn runs list"),
    ("compare", "what happened in a run: scn report RUN"),
    ("why", "what happened in a run: scn report RUN"),
    ("agent", "steps run on this machine: scn run FILE"),
    ("serve", "a scenario is started by: scn run FILE"),
];

/// The same error, with the verb or option that was probably meant. clap compares letters by their places,
/// by which `rnu` is far from `run`, and nearer to `runs`, and `--evn` far from `--env`.
pub fn with_suggestion(mut error: Error) -> Error {
    // That a word might be meant as a value is never what was meant.
    if error.kind() == ErrorKind::UnknownArgument {
        error.remove(ContextKind::Suggested);
    }
    if error.kind() == ErrorKind::MissingRequiredArgument {
        return with_scenarios(error);
    }
    let (invalid, suggested) = match error.kind() {
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        ErrorKind::InvalidSubcommand => (
            ContextKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
        ),
        _ => return error,
    };
    let Some(ContextValue::String(written)) = error.get(invalid) else {
        return error;
    };
    let tip = |mut error: Error, tip: String| {
        let tip = ContextValue::StyledStrs(vec![tip.into()]);
        error.remove(suggested);
        error.insert(ContextKind::Suggested, tip);
        error
    };
    if invalid == ContextKind::InvalidSubcommand && written.ends_with(".scn") {
        let text = format!("to run a scenario: scn run {written}");
        return tip(error, text);
    }
    if let Some((verb, meanwhile)) = PLANNED.iter().find(|(verb, _)| verb == written) {
        let text = format!("this version has no `{verb}` yet; {meanwhile}");
        return tip(error, text);
    }
    if let Some((_, meant)) = OTHERS.iter().find(|(other, _)| other == written) {
        let text = format!("`{meant}` does that");
        return tip(error, text);
    }
    let command = Arguments::command();
    let verb = verb(&command);
    let (known, dashes) = match written.strip_prefix("--") {
        Some(_) => (options(verb), "--"),
        None => (verbs(verb), ""),
    };
    let name = written.trim_start_matches("--");
    if dashes == "--" && known.iter().any(|known| known == name) {
        // It is one of the verb's, so it stands before the verb.
        let verb = verb.get_name();
        let text = format!("it stands after the verb: scn {verb} {written}");
        return tip(error, text);
    }
    if let Some(name) = meant(name, known.iter().map(String::as_str)) {
        let name = format!("{dashes}{name}");
        // What is one name for an option is a list of them for a verb.
        let name = match suggested {
            ContextKind::SuggestedArg => ContextValue::String(name),
            _ => ContextValue::Strings(vec![name]),
        };
        error.remove(ContextKind::Suggested);
        error.insert(suggested, name);
    }
    error
}

/// So many scenarios are named to somebody who named none.
const NAMED: usize = 5;

/// The scenarios that there are, where one has to be named.
fn with_scenarios(mut error: Error) -> Error {
    let command = Arguments::command();
    let verb = verb(&command);
    if matches!(verb.get_name(), "report" | "replay")
        && let Some(run) = last_run()
    {
        let verb = verb.get_name();
        let tip = format!("the last run is {run}: scn {verb} {run}");
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
        return error;
    }
    let takes_files = matches!(verb.get_name(), "run" | "check" | "plan" | "fmt");
    let missing = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) => missing.iter().any(|name| name.contains("FILE")),
        _ => false,
    };
    if !takes_files || !missing {
        return error;
    }
    let mut found = Vec::new();
    scenarios_in(Path::new(""), 0, &mut found);
    found.sort();
    let verb = verb.get_name();
    let tip = match found.as_slice() {
        [] => "there is no scenario (*.scn) in this folder; `scn init` makes a project that works"
            .to_owned(),
        [one] => format!("scn {verb} {one}"),
        [first, ..] => {
            let more = found.len().saturating_sub(NAMED);
            let some = found[..found.len().min(NAMED)].join(", ");
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("there is {some}{more}: scn {verb} {first}")
        }
    };
    let tip = ContextValue::StyledStrs(vec![tip.into()]);
    error.insert(ContextKind::Suggested, tip);
    error
}

/// The run of this project that was begun last.
fn last_run() -> Option<String> {
    let folder = crate::project::Records::default().folder().ok()?;
    let runs = scn_record::runs(&folder).ok()?;
    Some(runs.last()?.id.clone())
}

/// The scenarios in a folder and a little below it, as shells take their names.
fn scenarios_in(folder: &Path, depth: usize, found: &mut Vec<String>) {
    let read = match folder.as_os_str().is_empty() {
        true => std::fs::read_dir("."),
        false => std::fs::read_dir(folder),
    };
    for entry in read.into_iter().flatten().flatten() {
        let name = entry.file_name();
        let (hidden, path) = (
            name.as_encoded_bytes().starts_with(b"."),
            folder.join(&name),
        );
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() && depth < 2 && !hidden && name != "target" && name != "node_modules" {
            scenarios_in(&path, depth + 1, found);
        } else if path.extension().is_some_and(|ending| ending == "scn") && !hidden {
            let written = path.to_string_lossy();
            found.push(scn_report::text::shell_word(&written).into_owned());
        }
    }
}

/// The verb of this command line, as far down as it goes.
fn verb(command: &Command) -> &Command {
    let words = std::env::args_os().skip(1);
    words.fold(command, |command, word| {
        command.find_subcommand(word).unwrap_or(command)
    })
}

fn options(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(clap::Arg::get_long);
    own.chain(["help"]).map(str::to_owned).collect()
}

fn verbs(command: &Command) -> Vec<String> {
    let own = command.get_subcommands().map(Command::get_name);
    own.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A verb that has come is told of as all others are.
    #[test]
    fn what_is_planned_is_not_there() {
        let verbs = verbs(&Arguments::command());
        for (planned, _) in PLANNED {
            assert!(!verbs.iter().any(|verb| verb == planned), "{planned}");
        }
    }
}
