//! `scn doctor`
//!
//! Each thing that is looked at is a [`Line`]: what was found, and what to type where it is not right.

mod machine;
mod set_up;

use std::fmt::Write as _;

use clap::Args;

use super::shown;
use crate::exit::Exit;
use crate::project::{self, Loader};

/// Look at this set-up, and say what is wrong with it and what to type
///
/// It looks at the project, its environments and their plug-ins, the programs that commands and components
/// name, the folder of the records, runs that were not finished, and this machine. Nothing of the system is
/// touched; plug-ins are started to be asked what they can do, as `scn check` does. The exit status is 1 if
/// something is wrong.
///
/// Examples:
///
///     scn doctor
///     scn doctor --env staging
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Doctor {
    /// The environment: a name, or a file; all that there are unless given.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// As it should be.
    Right,
    /// It may be a hindrance.
    Doubtful,
    /// It is one.
    Wrong,
}

/// A thing that was looked at.
struct Line {
    state: State,
    /// What was found.
    found: String,
    /// What to type, or to do.
    mend: Option<String>,
}

impl Line {
    fn right(found: impl Into<String>) -> Self {
        Self {
            state: State::Right,
            found: found.into(),
            mend: None,
        }
    }

    fn doubtful(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            state: State::Doubtful,
            found: found.into(),
            mend: Some(mend.into()),
        }
    }

    fn wrong(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            state: State::Wrong,
            found: found.into(),
            mend: Some(mend.into()),
        }
    }

    fn text(&self) -> String {
        let word = match self.state {
            State::Right => "ok",
            State::Doubtful => "note",
            State::Wrong => "WRONG",
        };
        let mut text = format!("{word:<6} {}\n", self.found);
        for line in self.mend.iter().flat_map(|mend| mend.lines()) {
            let _ = writeln!(text, "         {line}");
        }
        text
    }
}

impl Doctor {
    /// Does it.
    pub fn run(self) -> Exit {
        let Ok(folder) = project::here() else {
            return Exit::Wrong;
        };
        let mut loader = Loader::default();
        let mut lines = set_up::lines(&mut loader, &folder, self.env.as_deref());
        lines.extend(machine::lines(&folder));
        let text: String = lines.iter().map(Line::text).collect();
        let wrong = lines
            .iter()
            .filter(|line| line.state == State::Wrong)
            .count();
        let end = match wrong {
            0 => "nothing is wrong\n".to_owned(),
            1 => "one thing is wrong\n".to_owned(),
            more => format!("{more} things are wrong\n"),
        };
        match shown(&format!("{text}{end}")) {
            Exit::Done if wrong > 0 => Exit::Fail,
            exit => exit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_to_type_below() {
        let line = Line::wrong("`x` has no program", "install it\nor change run");
        assert_eq!(
            line.text(),
            "WRONG  `x` has no program\n         install it\n         or change run\n"
        );
        assert_eq!(Line::right("all").text(), "ok     all\n");
    }
}
