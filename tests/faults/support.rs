//! A folder in which runs are made to fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use scn_protocol::Event;
use scn_record::Run;
use tempfile::TempDir;

/// Nothing here takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a scenario, whose steps append to `log`.
pub struct Scene {
    folder: TempDir,
}

impl Scene {
    pub fn new(scenario: &str) -> Self {
        Self::with(scenario, "")
    }

    /// With an environment.
    pub fn with(scenario: &str, environment: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("a.scn"), scenario).unwrap();
        fs::create_dir(folder.path().join("environments")).unwrap();
        fs::write(folder.path().join("environments/e.toml"), environment).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A program in the folder, closed to the world around.
    pub fn program(&self, argv: &[&str]) -> Command {
        // Signals that whoever runs the tests ignores (`nohup`, a shell's `&`) are not ignored here.
        let mut command = Command::new("env");
        command
            .arg("--default-signal")
            .args(argv)
            .current_dir(self.path())
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("SCN", binary())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn scn(&self, args: &[&str]) -> Command {
        self.program(&[&[binary()], args].concat())
    }

    /// Runs the scenario in the background.
    pub fn begin(&self) -> Child {
        self.scn(&["run", "--env", "e", "a.scn"]).spawn().unwrap()
    }

    /// A shell's text, in which `$SCN` is the program.
    pub fn shell(&self, text: &str) -> Output {
        self.program(&["sh", "-c", text]).output().unwrap()
    }

    /// The lines of the log.
    pub fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path().join("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub fn until_logged(&self, runner: &mut Child, line: &str) {
        let began = Instant::now();
        while !self.log().iter().any(|known| known == line) {
            assert!(began.elapsed() < PATIENCE, "{line} does not come");
            assert_eq!(runner.try_wait().unwrap(), None, "it ended before {line}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Runs until the log has that line, and kills the runner alone.
    pub fn kill_at(&self, line: &str) {
        let mut runner = self.begin();
        self.until_logged(&mut runner, line);
        runner.kill().unwrap();
        runner.wait().unwrap();
    }

    /// The runs that there are.
    pub fn runs(&self) -> Vec<Run> {
        scn_record::runs(&self.path().join(".scn/runs")).unwrap()
    }

    /// The last run's events: all of them can be read.
    pub fn events(&self) -> Vec<Event> {
        let run = self.runs().pop().unwrap();
        let lines = scn_record::read(&run.folder).unwrap();
        lines.map(|line| line.unwrap().event).collect()
    }

    /// The last run's journal as it is, of a run that may still write it; empty before there is one.
    pub fn journal(&self) -> String {
        let run = self.runs().pop();
        let text = run.map(|run| fs::read_to_string(run.folder.join("journal.jsonl")));
        text.and_then(Result::ok).unwrap_or_default()
    }

    /// Does what an unfinished run owes; gives what was said.
    pub fn clean_up(&self) -> String {
        let output = self.scn(&["cleanup"]).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// The processes that still work in the folder, or carry the name of a run of it.
    pub fn left(&self) -> Vec<String> {
        let runs: Vec<String> = self.runs().into_iter().map(|run| run.id).collect();
        let is_left = |pid: &PathBuf| {
            let here = fs::read_link(pid.join("cwd")).is_ok_and(|cwd| cwd == self.path());
            let marks = fs::read(pid.join("environ")).unwrap_or_default();
            let marks = String::from_utf8_lossy(&marks);
            let marked = runs
                .iter()
                .any(|run| marks.contains(&format!("SCN_RUN={run}")));
            let stat = fs::read_to_string(pid.join("stat")).unwrap_or_default();
            (here || marked) && !stat.is_empty() && !stat.contains(") Z ")
        };
        let all = fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .map(|entry| entry.path());
        let words = |pid: PathBuf| {
            let words = fs::read(pid.join("cmdline")).unwrap_or_default();
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            format!("{}: {words}", pid.display())
        };
        all.filter(is_left).map(words).collect()
    }

    /// What ends by itself has ended.
    pub fn until_nothing_is_left(&self) {
        let began = Instant::now();
        while !self.left().is_empty() && began.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What a runner that was waited for must have done: the undo, once, and nothing is left.
    pub fn is_clean(&self) {
        let log = self.log();
        let undos = log.iter().filter(|line| *line == "undo").count();
        assert_eq!(undos, 1, "{log:?}");
        assert_eq!(self.left(), [""; 0]);
    }
}

pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_scn")
}

/// What was said on standard error.
pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether this machine can do what a test cannot do without, in a folder that is removed then; says so if not.
pub fn can(test: &str, script: &str) -> bool {
    let folder = TempDir::new().unwrap();
    let there = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped: {test}: this machine cannot `{script}`");
    }
    there
}

/// Chance that is the same each time.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Less than `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}
