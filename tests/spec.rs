//! The language, rule by rule: runs every example of the pages in `tests/spec/`.
//!
//! A section is headed `## [rule] …`. In it, a block ` ```scn ` is a scenario; a block ` ```toml ` before it
//! is the environment of it and of those after it; a block ` ```file NAME ` is a file beside it, which can
//! be run if it begins with `#!`; programs in `bin/` come first. What follows
//! says what it must do: `output`, all that it says; `verdict`, how its last line begins after the
//! file's name was taken out; `findings`, what `scn check` must find, `CODE LINE:COLUMN` a line, with
//! `FILE:` before the line if that is another than the scenario; `stderr`,
//! lines each of which is part of what a run tells; `formatted`, what `scn fmt` makes of it; `exit`, the
//! exit status of `scn run`.
//!
//! With `SPEC=PAGE` in the environment only the pages whose names hold that are run.
//!
//! After `scn` can stand options of `scn run`; `escapes`: then `\u{…}` in the block is that character, for those
//! that an editor would hide; and `repeats`: then `⟪200×TEXT⟫` is TEXT 200 times, its `\n` a line's end.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One example.
#[derive(Default, Clone)]
struct Example {
    page: String,
    line: usize,
    rule: String,
    files: Vec<(String, String)>,
    environment: Option<String>,
    scenario: String,
    options: Vec<String>,
    output: Option<String>,
    stderr: Option<String>,
    formatted: Option<String>,
    exit: Option<String>,
    verdict: Option<String>,
    findings: Option<String>,
}

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/spec");
    let mut pages: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages.sort();
    assert!(!pages.is_empty());
    pages
}

/// Reads the examples of a page.
fn examples(page: &Path) -> Vec<Example> {
    let text = fs::read_to_string(page).unwrap();
    let name = page.file_name().unwrap().to_string_lossy().into_owned();
    let (mut rule, mut environment, mut files) = (String::new(), None, Vec::new());
    let mut found: Vec<Example> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            rule = heading
                .split(['[', ']'])
                .nth(1)
                .unwrap_or_default()
                .to_owned();
            (environment, files) = (None, Vec::new());
        }
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else {
            continue;
        };
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .collect();
        let body = body
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        match kind.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["toml"] => environment = Some(body),
            ["file", file] => files.push(((*file).to_owned(), body)),
            ["scn", options @ ..] => found.push(Example {
                page: name.clone(),
                line: number + 1,
                rule: rule.clone(),
                files: files.clone(),
                environment: environment.clone(),
                scenario: match options {
                    _ if options.contains(&"escapes") => unescaped(&body),
                    _ if options.contains(&"repeats") => repeated(&body),
                    _ => body,
                },
                options: options
                    .iter()
                    .filter(|option| !["escapes", "repeats"].contains(option))
                    .map(|option| (*option).to_owned())
                    .collect(),
                ..Example::default()
            }),
            ["output"] => found.last_mut().unwrap().output = Some(body),
            ["verdict"] => found.last_mut().unwrap().verdict = Some(body.trim_end().to_owned()),
            ["findings"] => found.last_mut().unwrap().findings = Some(body),
            ["stderr"] => found.last_mut().unwrap().stderr = Some(body),
            ["exit"] => found.last_mut().unwrap().exit = Some(body.trim_end().to_owned()),
            ["formatted"] => found.last_mut().unwrap().formatted = Some(body),
            _ => panic!(
                "{name}:{}: a block `{kind}` is of no kind that is known",
                number + 1
            ),
        }
    }
    found
}

/// A text with its `\u{…}` as the characters themselves.
fn unescaped(text: &str) -> String {
    let mut pieces = text.split("\\u{");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once('}').unwrap();
        let number = u32::from_str_radix(number, 16).unwrap();
        plain.push(char::from_u32(number).unwrap());
        plain.push_str(rest);
    }
    plain
}

/// A text with its `⟪TIMES×TEXT⟫` written out.
fn repeated(text: &str) -> String {
    let mut pieces = text.split('⟪');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (repeats, rest) = piece.split_once('⟫').unwrap();
        let (times, what) = repeats.split_once('×').unwrap();
        let what = what.replace("\\n", "\n");
        plain.push_str(&what.repeat(times.parse().unwrap()));
        plain.push_str(rest);
    }
    plain
}

fn scn(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scn"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env(
            "PATH",
            format!(
                "{}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                folder.display()
            ),
        )
        .env("TZ", "UTC")
        .env("NO_COLOR", "1")
        .env("GIVEN", "from outside")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What differs; nothing if it does what it must.
fn differs(example: &Example) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.scn"), &example.scenario).unwrap();
    for (name, text) in &example.files {
        place(&folder.path().join(name), text);
    }
    let mut words = vec!["s.scn"];
    if let Some(environment) = &example.environment {
        place(&folder.path().join("environments/test.toml"), environment);
        words.extend(["--env", "test"]);
    }
    let mut wrong = String::new();
    if let Some(expected) = &example.findings {
        let came = scn(
            folder.path(),
            &[&["check", "--json"], words.as_slice()].concat(),
        );
        let found = findings(&came.stdout, folder.path());
        if found != *expected {
            wrong.push_str(&format!("findings must be\n{expected}and are\n{found}"));
        }
    }
    if let Some(expected) = &example.formatted {
        scn(folder.path(), &["fmt", "s.scn"]);
        let came = fs::read_to_string(folder.path().join("s.scn")).unwrap();
        if came != *expected {
            wrong.push_str(&format!("formatted it must be\n{expected}and is\n{came}"));
        }
        scn(folder.path(), &["fmt", "s.scn"]);
        let twice = fs::read_to_string(folder.path().join("s.scn")).unwrap();
        if twice != came {
            wrong.push_str(&format!("formatted a second time it becomes\n{twice}"));
        }
    }
    let runs = [
        &example.output,
        &example.verdict,
        &example.stderr,
        &example.exit,
    ];
    if runs.iter().any(|said| said.is_some()) {
        let mut run = vec!["run"];
        // What is told beside the verdict is asked for only where it is looked at.
        run.extend(example.stderr.is_none().then_some("-q"));
        run.extend(&words);
        run.extend(example.options.iter().map(String::as_str));
        let came = scn(folder.path(), &run);
        let (said, told) = (
            String::from_utf8_lossy(&came.stdout),
            String::from_utf8_lossy(&came.stderr),
        );
        let last = told
            .lines()
            .last()
            .unwrap_or_default()
            .replacen(" s.scn", "", 1);
        let status = came
            .status
            .code()
            .map_or("none".to_owned(), |status| status.to_string());
        if let Some(expected) = example
            .exit
            .as_ref()
            .filter(|expected| **expected != status)
        {
            wrong.push_str(&format!(
                "its exit status must be {expected} and is {status}\n"
            ));
        }
        if example
            .output
            .as_ref()
            .is_some_and(|expected| **expected != said)
        {
            wrong.push_str(&format!(
                "it must say\n{}and says\n{said}",
                example.output.as_ref().unwrap()
            ));
        }
        for line in example.stderr.iter().flat_map(|expected| expected.lines()) {
            if !told.contains(line) {
                wrong.push_str(&format!("it must tell\n{line}\n"));
            }
        }
        if example
            .verdict
            .as_ref()
            .is_some_and(|expected| !last.starts_with(expected.as_str()))
        {
            wrong.push_str(&format!(
                "its last line must begin with\n{}\nand is\n{last}\n",
                example.verdict.as_ref().unwrap()
            ));
        }
        if !wrong.is_empty() {
            wrong.push_str(&format!("standard error:\n{told}"));
        }
    }
    (!wrong.is_empty()).then(|| {
        format!(
            "{}:{} [{}]\n{}{wrong}",
            example.page, example.line, example.rule, example.scenario
        )
    })
}

/// Writes a file; one that begins as a script can be run.
fn place(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if !text.starts_with("#!") {
        fs::write(path, text).unwrap();
        return;
    }
    // By another program: what this one has open for writing, a child of another thread has too until it executes, and
    // what anybody has open for writing cannot be executed.
    let mut writer = Command::new("tee")
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let written = writer.stdin.take().unwrap().write_all(text.as_bytes());
    written.unwrap();
    assert!(writer.wait().unwrap().success());
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

fn findings(json_lines: &[u8], folder: &Path) -> String {
    let text = String::from_utf8_lossy(json_lines);
    let finding = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let place = &json["place"];
        let file = Path::new(json["file"].as_str().unwrap());
        let file = file.strip_prefix(folder).unwrap_or(file).to_string_lossy();
        let file = match file.as_ref() {
            "s.scn" => String::new(),
            other => format!("{other}:"),
        };
        format!(
            "{} {file}{}:{}\n",
            json["code"].as_str().unwrap(),
            place["line"],
            place["column"]
        )
    };
    text.lines().map(finding).collect()
}

#[test]
fn every_example_does_what_its_page_says() {
    let only = std::env::var("SPEC").unwrap_or_default();
    let mut examples: Vec<Example> = pages().iter().flat_map(|page| examples(page)).collect();
    examples.retain(|example| example.page.contains(&only));
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(example) = examples.get(next.fetch_add(1, Ordering::Relaxed)) {
                    wrong.lock().unwrap().extend(differs(example));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {} examples:\n\n{}",
        wrong.len(),
        examples.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_example_says_what_it_must_do() {
    for example in pages().iter().flat_map(|page| examples(page)) {
        let says = [
            &example.output,
            &example.verdict,
            &example.findings,
            &example.stderr,
            &example.formatted,
            &example.exit,
        ]
        .iter()
        .any(|said| said.is_some());
        assert!(
            says,
            "{}:{} says nothing of what it must do",
            example.page, example.line
        );
    }
}

/// `rules.md` lists the rules, a line each: `- [rule] …`.
#[test]
fn every_rule_has_an_example() {
    let listed =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/spec/rules.md"))
            .unwrap();
    let listed: BTreeSet<String> = listed
        .lines()
        .filter_map(|line| {
            line.strip_prefix("- [")?
                .split(']')
                .next()
                .map(str::to_owned)
        })
        .collect();
    let shown: BTreeSet<String> = pages()
        .iter()
        .flat_map(|page| examples(page))
        .map(|example| example.rule)
        .collect();
    let without: Vec<_> = listed.difference(&shown).collect();
    let unlisted: Vec<_> = shown.difference(&listed).collect();
    assert!(without.is_empty(), "rules without an example: {without:?}");
    assert!(
        unlisted.is_empty(),
        "examples of rules that are not in rules.md: {unlisted:?}"
    );
}
