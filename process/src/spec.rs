//! What is to be started: a program, its words, and what surrounds it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::PathBuf;

/// A program to start, complete: nothing else decides how it runs.
#[derive(Debug, Default)]
pub struct Spec {
    /// The program and its arguments. The program is looked up as a shell does it: with a slash it
    /// is a path, relative to [`cwd`](Self::cwd); without one it is searched in the `PATH` of
    /// [`env`](Self::env).
    pub argv: Vec<OsString>,
    /// The working directory; that of this process unless given.
    pub cwd: Option<PathBuf>,
    /// The environment variables.
    pub env: Environment,
    /// Standard input.
    pub input: Input,
    /// Where standard output and standard error go.
    pub output: Output,
    /// The user to run as, by name. Only root may give one that is not its own, and such a
    /// start goes by way of `setpriv`.
    pub user: Option<String>,
    /// How much memory it may take, in bytes: its data, without the code and the files that it
    /// maps, and so for each process that it starts. Set right after the start; a program that
    /// reaches it is told by its own allocations, which fail.
    pub memory: Option<u64>,
}

impl Spec {
    /// A program with its arguments, everything else as usual: inherited environment and working
    /// directory, empty input, piped output.
    pub fn new<I>(argv: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

/// Environment variables: those of this process less some, with others set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Begin with nothing, and not with the variables of this process.
    pub clean: bool,
    /// Variables of this process that the program does not get.
    pub removed: Vec<OsString>,
    /// Variables that are set, over inherited ones of the same name; the last one wins.
    pub set: Vec<(OsString, OsString)>,
}

impl Environment {
    /// Sets one variable.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> &mut Self {
        self.set.push((name.into(), value.into()));
        self
    }

    /// Keeps one variable of this process from the program.
    pub fn remove(&mut self, name: impl Into<OsString>) -> &mut Self {
        self.removed.push(name.into());
        self
    }

    /// The value that the program will see.
    pub fn get(&self, name: &str) -> Option<OsString> {
        let name = OsStr::new(name);
        if let Some((_, value)) = self.set.iter().rev().find(|(set, _)| set == name) {
            return Some(value.clone());
        }
        if self.clean || self.removed.iter().any(|removed| removed == name) {
            return None;
        }
        std::env::var_os(name)
    }
}

/// What a program reads on its standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// Nothing: end of file at once.
    #[default]
    Empty,
    /// These bytes, then end of file. They are handed over in a file in memory, not through a
    /// pipe: so nothing has to be written while the program runs, none can deadlock, and a program
    /// that does not read them is no error.
    Bytes(Vec<u8>),
    /// Through a pipe, what is written to [`Child::take_input`](crate::Child::take_input) while it
    /// runs: for a program that one talks with.
    Piped,
}

/// Where a program's standard output and standard error go.
#[derive(Debug, Default)]
pub enum Output {
    /// Through pipes, to the [`Sink`](crate::Sink) of whoever waits.
    #[default]
    Piped,
    /// Through pipes too, which the program itself could read: so it is not ended by the signal PIPE
    /// if this process is killed, but waits, once a pipe is full, until somebody has it by
    /// [`Leftover::of`](crate::Leftover::of). For what is to be found again.
    Lasting,
    /// Into these files, at their positions. What is written there survives this process, and so
    /// does the program: for what is started to stay.
    Files {
        /// Takes standard output.
        stdout: File,
        /// Takes standard error; may be the same file.
        stderr: File,
    },
}
