//! Command lines that are wrong, told with what was meant.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Command, CommandFactory};
use scn_grammar::diagnostic::meant;

use crate::verbs::Arguments;

/// The same error, with the option that was probably meant. clap compares letters by their places,
/// by which `--evn` is far from `--env`.
pub fn with_suggestion(mut error: Error) -> Error {
    if error.kind() != ErrorKind::UnknownArgument || error.get(ContextKind::SuggestedArg).is_some()
    {
        return error;
    }
    let Some(ContextValue::String(written)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let Some(name) = written.strip_prefix("--") else {
        return error;
    };
    let command = Arguments::command();
    let options = options(verb(&command));
    if let Some(option) = meant(name, options.iter().map(String::as_str)) {
        let option = ContextValue::String(format!("--{option}"));
        error.remove(ContextKind::Suggested);
        error.insert(ContextKind::SuggestedArg, option);
    }
    error
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
