//! The manual: every command on the pages in `docs/` that are for users is typed, and must print what
//! the page says.
//!
//! On a page a block ` ```KIND NAME ` is a file of that name, and a block ` ```console ` a terminal: lines
//! that begin with `$ ` are typed, what follows is what comes, on either stream, and `[status N]` the exit
//! status where that is not 0. A page's blocks share a folder of their own. Times and the names of runs are
//! not compared.
//!
//! With `MANUAL=write` in the environment the pages are written with what really came.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex::Regex;

/// The pages, in the order in which they are read.
const PAGES: &[&str] = &[
    "first-scenario.md",
    "environments.md",
    "running.md",
    "recovery.md",
    "reports.md",
    "findings.md",
];

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// What a terminal shows after a command.
fn typed(command: &str, folder: &Path) -> String {
    // Found by a function, so that no page shows where it was built.
    let binary = env!("CARGO_BIN_EXE_scn");
    let script = format!("scn() {{ '{binary}' \"$@\"; }}\n{{ {command}\n}} 2>&1");
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("TZ", "UTC")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    match output.status.code() {
        Some(0) => {}
        Some(status) => text.push_str(&format!("[status {status}]\n")),
        None => text.push_str(&format!("[{}]\n", output.status)),
    }
    text
}

/// The page, with what really comes of each command.
fn tried(page: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if kind == "console" {
            for command in body.iter().filter_map(|line| line.strip_prefix("$ ")) {
                text.push_str(&format!("$ {command}\n{}", typed(command, folder.path())));
            }
        } else {
            if let Some((_, name)) = kind.split_once(' ') {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, body.join("\n") + "\n").unwrap();
            }
            for line in body {
                text.push_str(line);
                text.push('\n');
            }
        }
        text.push_str("```\n");
    }
    text
}

/// Without what differs from run to run.
fn normal(text: &str) -> String {
    let changing = [
        (r"\b\d+(us|ms)\b|\b\d+(\.\d)?s\b", "TIME"),
        (r"\b\d{8}-\d{6}\.\d{3}-[0-9a-z]{4}\b", "RUN"),
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
fn every_command_of_the_manual_prints_what_its_page_says() {
    let write = std::env::var_os("MANUAL").is_some_and(|how| how == "write");
    for name in PAGES {
        let path = docs().join(name);
        let page = fs::read_to_string(&path).unwrap();
        let came = tried(&page);
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

#[test]
fn the_first_page_leads_to_these_pages_and_nowhere_else_than_to_files() {
    let index = fs::read_to_string(docs().join("README.md")).unwrap();
    let links = Regex::new(r"\]\(([^)]+)\)").unwrap();
    let links: Vec<&str> = links
        .captures_iter(&index)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    for link in &links {
        assert!(docs().join(link).exists(), "{link}");
    }
    for page in PAGES {
        assert!(links.contains(page), "{page}");
    }
}
