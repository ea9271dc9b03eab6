//! What is told to `scn`, in this order, in one project: to try a new verb, add it here.

/// A verb, and how it ends.
pub struct Tried {
    /// The command line.
    pub words: &'static [&'static str],
    /// What it gets on standard input: messages, of editors.
    pub asks: &'static [&'static str],
    /// What is typed.
    pub types: &'static str,
    /// Its exit status; none if it is killed, which leaves something for those that follow.
    pub status: Option<i32>,
}

impl Tried {
    /// All that it gets.
    pub fn input(&self) -> String {
        let asked: String = self.asks.iter().map(|asked| message(asked)).collect();
        asked + self.types
    }
}

/// A message as editors send it.
pub fn message(text: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{text}", text.len())
}

/// To a language server.
pub const LSP: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#,
    r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#,
    r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#,
    r#"{"jsonrpc":"2.0","method":"exit"}"#,
];

/// To a debugger.
pub const DAP: &[&str] = &[
    r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"scn"}}"#,
    r#"{"seq":2,"type":"request","command":"launch","arguments":{"program":"all.scn","env":"e"}}"#,
    r#"{"seq":3,"type":"request","command":"configurationDone"}"#,
    r#"{"seq":4,"type":"request","command":"disconnect"}"#,
];

/// All of them.
pub const VERBS: &[Tried] = &[
    of(&["run", "--env", "e", "all.scn"]),
    of(&["check", "--env", "e", "all.scn"]),
    of(&["check", "--all-envs", "all.scn"]),
    of(&["plan", "--env", "e", "all.scn"]),
    of(&["fmt", "--check", "all.scn"]),
    of(&["report", "--format", "junit", "last"]),
    of(&["replay", "last"]),
    of(&["runs", "list"]),
    of(&["runs", "prune", "--keep", "1000"]),
    killed(&["run", "--env", "e", "killed.scn"]),
    of(&["resume", "--assume", "done"]),
    killed(&["run", "--env", "e", "killed.scn"]),
    // A run that was cut short could not be judged.
    ends(&["cleanup"], 3),
    of(&["env", "list"]),
    of(&["env", "show", "e"]),
    of(&["env", "schema"]),
    of(&["plugin", "list", "--env", "e"]),
    // It answers what it does not know.
    ends(&["plugin", "check", "sh", "p.sh"], 1),
    of(&["help", "wait"]),
    of(&["completions", "bash"]),
    of(&["init", "new"]),
    of(&["doctor"]),
    Tried {
        types: "start Engine\nask\nset port = free_port()\n",
        ..of(&["repl", "--env", "e"])
    },
    Tried {
        asks: LSP,
        ..of(&["lsp"])
    },
    Tried {
        asks: DAP,
        ..of(&["dap"])
    },
];

const fn ends(words: &'static [&'static str], status: i32) -> Tried {
    Tried {
        words,
        asks: &[],
        types: "",
        status: Some(status),
    }
}

const fn of(words: &'static [&'static str]) -> Tried {
    ends(words, 0)
}

const fn killed(words: &'static [&'static str]) -> Tried {
    Tried {
        status: None,
        ..of(words)
    }
}
