//! What the program ends with.

use std::process::ExitCode;

/// The exit status, by what it means. The greater one of several runs is theirs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// PASS or SKIP, and whatever else was asked for was done.
    Done,
    /// FAIL; or what was compared differs.
    Fail,
    /// ERROR: it could not be judged.
    Error,
    /// A file or a command line is wrong: nothing was run.
    Wrong,
    /// It was interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Fail => 1,
            Self::Wrong => 2,
            Self::Error => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.status().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_worse_than_a_failure() {
        let worst = [Exit::Done, Exit::Error, Exit::Fail].into_iter().max();
        assert_eq!(worst.map(Exit::status), Some(3));
        assert!(Exit::Interrupted > Exit::Error);
    }
}
