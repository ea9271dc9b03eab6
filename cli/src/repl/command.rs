//! The `:` commands, each with its name, what it takes and its help.
//!
//! To add one: a variant, a line in [`COMMANDS`], and its arm in `front.rs`.

use scn_grammar::diagnostic::meant;

/// Where a command means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// At every prompt.
    Everywhere,
    /// In a session.
    Session,
    /// In the debugger.
    Debugger,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// `:help`
    Help,
    /// `:vars`
    Vars,
    /// `:env`
    Env,
    /// `:owed`
    Owed,
    /// `:undo`
    Undo,
    /// `:plan`
    Plan,
    /// `:save`
    Save,
    /// `:load`
    Load,
    /// `:reset`
    Reset,
    /// `:step`
    Step,
    /// `:next`
    Next,
    /// `:out`
    Out,
    /// `:continue`
    Continue,
    /// `:retry`
    Retry,
    /// `:skip`
    Skip,
    /// `:where`
    Where,
    /// `:break`
    Break,
    /// `:quit`
    Quit,
}

/// A command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Its name, without the colon.
    pub name: &'static str,
    /// Its short form.
    pub short: &'static str,
    /// What stands after it.
    pub takes: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
    /// Where it means something.
    pub place: Where,
    /// What it does.
    pub does: Does,
}

/// All of them, in the order of `:help`.
pub static COMMANDS: &[Command] = &[
    command("help", "h", "", "this list", Where::Everywhere, Does::Help),
    command(
        "vars",
        "v",
        "[NAME]",
        "the variables and their values",
        Where::Everywhere,
        Does::Vars,
    ),
    command(
        "env",
        "e",
        "",
        "the environment: its components, as they are now, and its commands",
        Where::Everywhere,
        Does::Env,
    ),
    command(
        "owed",
        "o",
        "",
        "what is owed, newest first, and the background jobs that run",
        Where::Everywhere,
        Does::Owed,
    ),
    command(
        "undo",
        "u",
        "",
        "do what is owed last, now",
        Where::Everywhere,
        Does::Undo,
    ),
    command(
        "plan",
        "p",
        "LINE",
        "what a line would do, without doing it",
        Where::Everywhere,
        Does::Plan,
    ),
    command(
        "save",
        "w",
        "FILE.scn",
        "write what was typed and worked as a scenario",
        Where::Everywhere,
        Does::Save,
    ),
    command(
        "load",
        "l",
        "FILE.scn",
        "do what a file says, as if it were typed here",
        Where::Everywhere,
        Does::Load,
    ),
    command(
        "reset",
        "",
        "",
        "undo all that is owed and begin anew",
        Where::Session,
        Does::Reset,
    ),
    command(
        "step",
        "s",
        "",
        "go on to the next statement, into the scenario's own steps",
        Where::Debugger,
        Does::Step,
    ),
    command(
        "next",
        "n",
        "",
        "go on to the next statement here",
        Where::Debugger,
        Does::Next,
    ),
    command(
        "out",
        "f",
        "",
        "go on until the step that this is in has ended",
        Where::Debugger,
        Does::Out,
    ),
    command(
        "continue",
        "c",
        "",
        "go on; at a failure: let it take its course",
        Where::Debugger,
        Does::Continue,
    ),
    command(
        "retry",
        "r",
        "",
        "do the statement that failed again",
        Where::Debugger,
        Does::Retry,
    ),
    command(
        "skip",
        "k",
        "",
        "go on after this statement, without it",
        Where::Debugger,
        Does::Skip,
    ),
    command(
        "where",
        "t",
        "",
        "where the run is paused, and the steps around",
        Where::Debugger,
        Does::Where,
    ),
    command(
        "break",
        "b",
        "[PLACE [if EXPR] | -N]",
        "stop at LINE, STEP or FILE:LINE; without it the list; -N takes one away",
        Where::Debugger,
        Does::Break,
    ),
    command(
        "quit",
        "q",
        "",
        "end: `finally`, and all that is owed",
        Where::Everywhere,
        Does::Quit,
    ),
];

const fn command(
    name: &'static str,
    short: &'static str,
    takes: &'static str,
    help: &'static str,
    place: Where,
    does: Does,
) -> Command {
    Command {
        name,
        short,
        takes,
        help,
        place,
        does,
    }
}

/// Those that mean something there.
pub fn known(session: bool) -> impl Iterator<Item = &'static Command> {
    let other = if session {
        Where::Debugger
    } else {
        Where::Session
    };
    COMMANDS.iter().filter(move |known| known.place != other)
}

/// The names that begin so, of the commands that there are in a session or in the debugger, in their order.
pub fn offered(typed: &str, session: bool) -> Vec<&'static str> {
    let names = known(session).map(|known| known.name);
    let mut names: Vec<&str> = names.filter(|name| name.starts_with(typed)).collect();
    names.sort_unstable();
    names
}

/// The command of that name, or short form.
///
/// # Errors
/// What to type instead.
pub fn find(name: &str, session: bool) -> Result<&'static Command, String> {
    let mut all = known(session);
    let is_it = |known: &&Command| known.name == name || (known.short == name && !name.is_empty());
    if let Some(found) = all.find(is_it) {
        return Ok(found);
    }
    let names = known(session).map(|known| known.name);
    Err(match meant(name, names) {
        Some(meant) => format!("there is no `:{name}`; did you mean `:{meant}`?"),
        None => format!("there is no `:{name}`; `:help` lists what there is"),
    })
}

/// What `:help` shows.
pub fn help(session: bool) -> String {
    let mut text = String::from(
        "A line is a statement, as in a scenario; a block goes on until its `end`.\n= EXPR shows a value: = 2 * 3, = #{x}, = Primary.STATE\n\n",
    );
    for known in known(session) {
        let short = match known.short {
            "" => String::new(),
            short => format!(", :{short}"),
        };
        let left = format!(":{}{short} {}", known.name, known.takes);
        text.push_str(&format!("  {:<34} {}\n", left.trim_end(), known.help));
    }
    text.push_str("\nCtrl-C ends what runs; Ctrl-D leaves. `scn help TOPIC` explains statements and commands.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_every_short_form_is_there_once() {
        let mut all: Vec<&str> = COMMANDS
            .iter()
            .flat_map(|known| [known.name, known.short])
            .filter(|name| !name.is_empty())
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn commands_of_another_prompt_are_not_offered() {
        assert_eq!(offered("s", true), ["save"]);
        assert_eq!(offered("s", false), ["save", "skip", "step"]);
        assert!(!offered("", false).contains(&"reset"));
    }

    #[test]
    fn what_is_misspelt_is_suggested() {
        assert!(find("vras", true).is_err_and(|told| told.contains(":vars")));
        assert!(find("step", true).is_err());
        assert!(find("s", false).is_ok_and(|found| found.name == "step"));
    }
}
