//! What is known of the terminal, and how the program speaks on it.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use scn_report::text::{harmless, shell_word};

use crate::diagnostics::Look;

/// The columns of what is no terminal.
const COLUMNS: usize = 100;

/// The rows of a terminal that does not tell.
const ROWS: usize = 24;

/// Whether standard error is a terminal; asked once, as what it is stays.
fn err_is_terminal() -> bool {
    static IS_TERMINAL: OnceLock<bool> = OnceLock::new();
    *IS_TERMINAL.get_or_init(|| io::stderr().is_terminal())
}

/// Whether standard error is a terminal on which things may be drawn again, and in colour.
pub fn is_live() -> bool {
    err_is_terminal() && has_color()
}

/// Whether what is on standard error may be drawn again as time goes by. Those who read a terminal by
/// ear, or are made unwell by what moves, say so with `SCN_PROGRESS=never`, or to many programs at once
/// with `ACCESSIBLE`.
pub fn is_animated() -> bool {
    let never = env::var_os("SCN_PROGRESS").is_some_and(|progress| progress == "never");
    let accessible = env::var_os("ACCESSIBLE").is_some_and(|set| !set.is_empty() && set != "0");
    is_live() && !never && !accessible
}

/// The command line as it was typed, for a shell.
pub fn typed() -> String {
    let words: Vec<String> = env::args_os()
        .map(|word| shell_word(&word.to_string_lossy()).into_owned())
        .collect();
    words.join(" ")
}

/// Whether a person reads what is on standard error as it comes.
pub fn is_read() -> bool {
    err_is_terminal()
}

/// How the terminal that standard error is takes what is typed and what is written.
#[derive(Debug)]
pub struct Modes(Option<Termios>);

impl Modes {
    /// As they are now.
    pub fn now() -> Self {
        let modes = err_is_terminal().then(|| tcgetattr(io::stderr()).ok());
        Self(modes.flatten())
    }

    /// As they were, if a program has changed them and left them so; not where the terminal is another's by now.
    pub fn put_back(&self) {
        let Some(before) = &self.0 else {
            return;
        };
        let own = rustix::process::getpgrp();
        let is_anothers = tcgetpgrp(io::stderr()).is_ok_and(|group| group != own);
        let of = |modes: &Termios| {
            let Termios {
                input_modes,
                output_modes,
                control_modes,
                local_modes,
                ..
            } = *modes;
            (input_modes, output_modes, control_modes, local_modes)
        };
        let is_other = tcgetattr(io::stderr()).is_ok_and(|now| of(&now) != of(before));
        if is_other && !is_anothers {
            // A terminal that is gone has none.
            let _ = tcsetattr(io::stderr(), OptionalActions::Now, before);
        }
    }
}

/// Whether a terminal may be written to in colour.
pub fn has_color() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let ci = env::var_os("CI").is_some_and(|ci| ci == "true" || ci == "1");
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    !set("NO_COLOR") && !ci && !dumb
}

/// Whether standard output is a terminal.
pub fn out_is_terminal() -> bool {
    static IS_TERMINAL: OnceLock<bool> = OnceLock::new();
    *IS_TERMINAL.get_or_init(|| io::stdout().is_terminal())
}

/// The columns of the terminal that standard error is.
pub fn columns() -> usize {
    size().0
}

/// The columns and the rows of the terminal that standard error is.
pub fn size() -> (usize, usize) {
    if !err_is_terminal() {
        return (COLUMNS, ROWS);
    }
    match rustix::termios::tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            (usize::from(size.ws_col), usize::from(size.ws_row))
        }
        Ok(size) if size.ws_col > 0 => (usize::from(size.ws_col), ROWS),
        _ => (COLUMNS, ROWS),
    }
}

/// How findings are shown on standard error.
pub fn look() -> Look {
    Look {
        color: is_live(),
        columns: columns(),
    }
}

/// Writes to standard output: what a terminal would act upon is written out there, and stays as it is
/// elsewhere. Whoever read it and has gone is not missed.
///
/// # Errors
/// If it cannot be written for another reason.
pub fn print(text: &str) -> io::Result<()> {
    let text = match out_is_terminal() {
        true => harmless(text, true),
        false => text.into(),
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes to standard error, where nobody can be told that it failed.
pub fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Why the system refused, without its number for it.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Says what is wrong with the command line or with what it names.
pub fn complain(message: impl Display) {
    let head = if is_live() {
        "\x1b[1;31merror:\x1b[0m"
    } else {
        "error:"
    };
    tell(&format!(
        "{head} {}\n",
        harmless(&message.to_string(), true)
    ));
}
