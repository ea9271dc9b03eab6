//! What may show a secret: to look at a new verb, add it here.

/// What may show a secret.
pub struct Surface {
    /// The command line; `{scenario}` stands for each of the scenarios that end in a way of their own.
    pub words: &'static [&'static str],
    /// Whether it runs `everything.scn` too, and not only the short scenarios.
    pub everything: bool,
}

/// All that `scn` prints; what it writes to files is looked through after each, whatever they are called.
pub const SURFACES: &[Surface] = &[
    of_all(&["run", "--env", "leaky", "{scenario}"]),
    of_all(&["run", "-v", "--env", "leaky", "{scenario}"]),
    of_all(&["run", "-q", "--env", "leaky", "{scenario}"]),
    of_all(&["run", "--json", "--env", "leaky", "{scenario}"]),
    of(&["run", "--sync", "step", "--env", "leaky", "{scenario}"]),
    of(&["check", "--env", "leaky", "{scenario}"]),
    of(&["check", "--json", "--all-envs", "{scenario}"]),
    of(&["plan", "--env", "leaky", "{scenario}"]),
    of(&["plan", "--env", "broken", "{scenario}"]),
    of(&["runs", "list"]),
    of(&["doctor"]),
    of(&["env", "list"]),
    of(&["env", "show", "leaky"]),
    of(&["env", "show", "broken"]),
    of(&["env", "diff", "leaky", "broken"]),
    of(&["env", "diff", "broken", "leaky"]),
    of(&["plugin", "list"]),
    of(&["plugin", "list", "--env", "leaky"]),
    of(&["plugin", "check", "leaky", "--env", "leaky"]),
    of(&["help", "p_log", "--env", "leaky"]),
];

const fn of(words: &'static [&'static str]) -> Surface {
    Surface {
        words,
        everything: false,
    }
}

const fn of_all(words: &'static [&'static str]) -> Surface {
    Surface {
        words,
        everything: true,
    }
}

/// Verbs that read neither a system nor what it said.
pub const TELL_NOTHING: &[&str] = &["fmt", "completions", "init", "lsp"];

/// Verbs that read the record of a run: looked at after each. And those that take up one whose runner was killed.
pub const READ_RUNS: &[&str] = &["report", "replay"];

pub const TAKE_UP: &[&str] = &["cleanup", "resume"];
