//! The manual: what its pages show is done, and must come out as they say.
//!
//! On a page, a block is by its first line
//!
//! | first line | what is done with it |
//! | --- | --- |
//! | ` ```KIND NAME ` | it is a file of that name |
//! | ` ```console ` | a terminal: lines that begin with `$ ` are typed, what follows is what comes, on either stream, and `[status N]` the exit status where that is not 0; a line `cd FOLDER` holds to the block's end |
//! | ` ```scn ` | a scenario that is run in the page's default environment, and passes |
//! | ` ```scn FAIL `, ` ```scn ERROR `, ` ```scn SKIP ` | likewise, with that verdict |
//! | ` ```scn E023 ` | a scenario in which `scn check` finds that, and nothing else |
//! | ` ```scn checked: WHY ` | it is only checked, for that reason |
//! | ` ```toml ` | an environment, in which nothing is wrong |
//! | ` ```text `, ` ```json ` | nothing |
//!
//! A page's blocks share a folder of their own. Times and the names of runs are not compared.
//!
//! With `MANUAL=write` in the environment the pages are written with what really came; `PAGE=NAME` tries those alone
//! whose names hold that.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use regex::Regex;

/// Pages with blocks that are no terminal's or scenario's, and who tries them instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("plugins.md", "cli/tests/cli/plugins/manual.rs types it"),
    (
        "plugin-protocol.md",
        "cli/tests/cli/plugins/page.rs types it",
    ),
    ("embedding.md", "an example of the crate's documentation"),
    (
        "statements.md",
        "written by the program, whose tests try them",
    ),
    (
        "commands.md",
        "written by the program, whose tests try them",
    ),
    (
        "functions.md",
        "written by the program, whose tests try them",
    ),
    ("codes.md", "written by the program, whose tests try them"),
    ("verbs.md", "written by the program"),
    ("environment.md", "written by the program"),
    (
        "journal.md",
        "written from the protocol, and compared with it",
    ),
];

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// All pages of the manual.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in [docs(), docs().join("reference")] {
        let entries = fs::read_dir(folder).unwrap();
        pages.extend(entries.map(|entry| entry.unwrap().path()));
    }
    // No page for users, and tried like one.
    pages.push(docs().join("../tests/mistakes.md"));
    let name = |page: &Path| page.file_name().unwrap().to_string_lossy().into_owned();
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages.retain(|page| ELSEWHERE.iter().all(|(known, _)| *known != name(page)));
    if let Ok(part) = std::env::var("PAGE") {
        pages.retain(|page| name(page).contains(&part));
    }
    pages.sort();
    assert!(!pages.is_empty());
    pages
}

/// A shell's text, in the folder of a page.
fn shell(script: &str, folder: &Path) -> Output {
    // Found by a function, so that no page shows where it was built.
    let binary = env!("CARGO_BIN_EXE_scn");
    let script = format!("scn() {{ '{binary}' \"$@\"; }}\n{{ {script}\n}} 2>&1");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .current_dir(folder)
        .env_clear();
    let path = "/usr/local/bin:/usr/bin:/bin";
    for (name, value) in [("PATH", path), ("TZ", "UTC"), ("LANG", "C.UTF-8")] {
        command.env(name, value);
    }
    let command = command.env("HOME", folder).stdin(Stdio::null());
    command.output().unwrap()
}

/// What a terminal shows after a command.
fn typed(command: &str, folder: &Path) -> String {
    let output = shell(command, folder);
    let mut text = String::from_utf8(output.stdout).unwrap();
    match output.status.code() {
        Some(0) => {}
        Some(status) => text.push_str(&format!("[status {status}]\n")),
        None => text.push_str(&format!("[{}]\n", output.status)),
    }
    text
}

/// A page that is being tried.
struct Trial<'a> {
    name: &'a str,
    folder: &'a Path,
    /// How many of its blocks had no name.
    unnamed: usize,
}

impl Trial<'_> {
    /// Does with a block what its first line asks for, and gives what then stands in it.
    fn block(&mut self, kind: &str, body: &[&str], line: usize) -> String {
        let text: String = body.iter().map(|line| format!("{line}\n")).collect();
        let place = format!("{}:{line}", self.name);
        match kind.split_once(' ') {
            None => match kind {
                "console" => return self.terminal(body),
                "scn" => self.scenario(&text, "PASS", &place),
                "toml" => self.environment(&text, &place),
                "text" | "json" => {}
                _ => panic!(
                    "{place}: nobody tries a block of {kind}: give it a name, or make it `text`"
                ),
            },
            Some(("scn", how)) if !how.ends_with(".scn") => self.scenario(&text, how, &place),
            Some((_, name)) => {
                let path = self.folder.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, &text).unwrap();
            }
        }
        text
    }

    fn terminal(&self, body: &[&str]) -> String {
        let mut folder = self.folder.to_owned();
        let mut shown = String::new();
        for command in body.iter().filter_map(|line| line.strip_prefix("$ ")) {
            shown.push_str(&format!("$ {command}\n"));
            match command.strip_prefix("cd ").filter(|to| !to.contains(' ')) {
                Some(to) => folder = folder.join(to).canonicalize().unwrap(),
                None => shown.push_str(&typed(command, &folder)),
            }
        }
        shown
    }

    fn environment(&mut self, text: &str, place: &str) {
        self.unnamed += 1;
        let file = format!("{}.toml", self.unnamed);
        fs::write(self.folder.join(&file), text).unwrap();
        let output = shell(&format!("scn env show ./{file}"), self.folder);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{place}: {told}");
        assert!(!told.contains("⚠"), "{place}: {told}");
    }

    fn scenario(&mut self, text: &str, how: &str, place: &str) {
        self.unnamed += 1;
        let file = format!("{}.scn", self.unnamed);
        fs::write(self.folder.join(&file), text).unwrap();
        let does = |script: &str| {
            let output = shell(script, self.folder);
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            (output.status.code(), told)
        };
        match how {
            "PASS" | "FAIL" | "ERROR" | "SKIP" => {
                let (_, told) = does(&format!("scn run -q {file}"));
                let last = told.lines().last().unwrap_or_default();
                assert!(last.starts_with(how), "{place}: {how} was expected: {told}");
            }
            _ if how.starts_with("checked: ") => {
                let (status, told) = does(&format!("scn check {file}"));
                assert_eq!(status, Some(0), "{place}: {told}");
            }
            code => {
                let (_, told) = does(&format!("scn check {file}"));
                let codes = Regex::new(r"(?m)^[EW]\d{3}$").unwrap();
                let found: Vec<&str> = codes.find_iter(&told).map(|code| code.as_str()).collect();
                assert_eq!(found, [code], "{place}: {told}");
            }
        }
    }
}

/// The page, with what really comes of each command.
fn tried(name: &str, page: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (folder, unnamed) = (folder.path(), 0);
    let mut trial = Trial {
        name,
        folder,
        unnamed,
    };
    let mut text = String::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        text.push_str(line);
        text.push('\n');
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else {
            continue;
        };
        let lines = lines.by_ref().map(|(_, line)| line);
        let body: Vec<&str> = lines.take_while(|line| *line != "```").collect();
        text.push_str(&trial.block(kind, &body, number + 1));
        text.push_str("```\n");
    }
    text
}

/// Without what differs from run to run.
fn normal(text: &str) -> String {
    let changing = [
        // First, as the end of a name may read as a time.
        (r"\b\d{8}-\d{6}\.\d{3}-[0-9a-z]{4}\b", "RUN"),
        (r"\b\d+(us|ms)\b|\b\d+(\.\d)?s\b", "TIME"),
        (r"\b\d{4}-\d\d-\d\d[T ][0-9:.]+Z?", "MOMENT"),
        (r"\b(port |:)\d{4,5}\b", "${1}PORT"),
        (r"\bprogram /\S+", "program FILE"),
    ];
    changing
        .iter()
        .fold(text.to_owned(), |text, (pattern, name)| {
            Regex::new(pattern)
                .unwrap()
                .replace_all(&text, *name)
                .into_owned()
        })
}

#[test]
fn what_the_manual_shows_is_so() {
    let write = std::env::var_os("MANUAL").is_some_and(|how| how == "write");
    for path in pages() {
        let name = path.file_name().unwrap().to_string_lossy();
        let page = fs::read_to_string(&path).unwrap();
        let came = tried(&name, &page);
        if write {
            fs::write(&path, came).unwrap();
            continue;
        }
        let (page, came) = (normal(&page), normal(&came));
        for (at, (page, came)) in page.lines().zip(came.lines()).enumerate() {
            assert_eq!(page, came, "{name}:{}", at + 1);
        }
        assert_eq!(page, came, "{name}");
    }
}
