//! A folder, a command line, and exactly what must come of it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;
use tempfile::TempDir;

/// Times, and the names of runs, which no two runs have in common.
static CHANGING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        // First, as the end of a name may read as a time.
        (r"\b\d{8}-\d{6}\.\d{3}-[0-9a-z]{4}\b", "RUN"),
        (r"\b\d+(us|ms)\b|\b\d+\.\ds\b", "TIME"),
    ]
    .map(|(pattern, name)| (Regex::new(pattern).unwrap(), name))
    .into()
});

/// One run of the program. What is not expected must not come: both streams are empty and the
/// exit status is 0 unless said.
pub struct Test {
    folder: TempDir,
    args: Vec<String>,
    stdin: String,
    env: Vec<(String, String)>,
    stdout: Expected,
    stderr: Expected,
    status: i32,
}

enum Expected {
    Exactly(String),
    Matching(Regex),
}

impl Expected {
    fn check(&self, stream: &str, text: &str) {
        match self {
            Self::Exactly(expected) => {
                assert!(text == expected, "{stream} is\n{text}\nand not\n{expected}")
            }
            Self::Matching(pattern) => assert!(
                pattern.is_match(text),
                "{stream} is\n{text}\nand does not match\n{pattern}"
            ),
        }
    }
}

/// What came, for those who look further.
pub struct Came {
    pub folder: TempDir,
    pub stdout: String,
    pub stderr: String,
}

impl Test {
    pub fn new(args: &[&str]) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            stdin: String::new(),
            env: Vec::new(),
            stdout: Expected::Exactly(String::new()),
            stderr: Expected::Exactly(String::new()),
            status: 0,
        }
    }

    /// There is such a file.
    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn stdin(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdin);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn stdout(mut self, text: &str) -> Self {
        self.stdout = Expected::Exactly(text.to_owned());
        self
    }

    /// `.` matches line ends, and the pattern matches anywhere.
    pub fn stdout_matches(mut self, pattern: &str) -> Self {
        self.stdout = Expected::Matching(Regex::new(&format!("(?s){pattern}")).unwrap());
        self
    }

    pub fn stderr(mut self, text: &str) -> Self {
        self.stderr = Expected::Exactly(text.to_owned());
        self
    }

    pub fn stderr_matches(mut self, pattern: &str) -> Self {
        self.stderr = Expected::Matching(Regex::new(&format!("(?s){pattern}")).unwrap());
        self
    }

    pub fn status(mut self, status: i32) -> Self {
        self.status = status;
        self
    }

    /// The program in this folder, closed to the world around.
    pub fn command(&self) -> Command {
        self.complete(Command::new(env!("CARGO_BIN_EXE_scn")))
    }

    /// The same, which hears every signal: also one that whoever runs the tests ignores (`nohup`, a shell's `&`).
    pub fn hearing(&self) -> Command {
        let mut command = Command::new("env");
        command.args(["--default-signal", env!("CARGO_BIN_EXE_scn")]);
        self.complete(command)
    }

    fn complete(&self, mut command: Command) -> Command {
        command
            .args(&self.args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Where the files are.
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Runs it and looks at everything that came.
    pub fn run(self) -> Came {
        let mut child = self.command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // It may end without having read it.
        let _ = stdin.write_all(self.stdin.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stdout = stdout.replace(&self.folder.path().display().to_string(), "FOLDER");
        let stderr = self.normal(String::from_utf8(output.stderr).unwrap());
        assert!(
            output.status.code() == Some(self.status),
            "{:?} ended with {} and not {}\n{stdout}\n{stderr}",
            self.args,
            output.status,
            self.status
        );
        self.stdout.check("standard output", &stdout);
        self.stderr.check("standard error", &stderr);
        Came {
            folder: self.folder,
            stdout,
            stderr,
        }
    }

    /// Runs `s.scn`, which ends with PASS and says this.
    pub fn says(self, says: &str) {
        self.stdout(says)
            .stderr_matches("PASS s.scn [^\n]*\n$")
            .run();
    }

    /// Runs `s.scn`, whose first line is an ERROR for that reason.
    pub fn errs(self, reason: &str) {
        self.stderr_matches(&format!("ERROR s.scn:1 [^\n]*{reason}"))
            .status(3)
            .run();
    }

    /// Without what differs from run to run.
    fn normal(&self, text: String) -> String {
        let folder = self.folder.path().display().to_string();
        let mut text = text.replace(&folder, "FOLDER");
        for (pattern, name) in CHANGING.iter() {
            text = pattern.replace_all(&text, *name).into_owned();
        }
        text
    }
}

/// The program in that folder, with these words and nothing of the environment around it but where programs are. It
/// reads nothing, unless that is changed.
pub fn scn_in(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scn"));
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The lines that steps have written to `log` in that folder.
pub fn log_in(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("log")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
