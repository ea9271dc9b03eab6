//! What is made for editors, tried with their own tools: the extension of VS Code by the tests that it has, and the
//! tree-sitter grammar on every scenario of the project.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell;

/// Runs both; what cannot be had here is skipped by name.
pub fn run() -> Result<(), String> {
    match installed("npm") && installed("node") {
        true => extension()?,
        false => eprintln!(
            "SKIPPED: node and npm are not installed; the extension of VS Code was not tried"
        ),
    }
    match installed("tree-sitter") {
        true => grammar(),
        false => {
            eprintln!("SKIPPED: tree-sitter is not installed; its grammar was not tried");
            Ok(())
        }
    }
}

fn installed(program: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg("--version").stdin(Stdio::null());
    let asked = asked.stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// The tests of the extension, with the program as last built.
fn extension() -> Result<(), String> {
    let folder = shell::root().join("editors/vscode");
    let mut install = Command::new("npm");
    install.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]);
    if let Err(reason) = shell::output(install.current_dir(&folder)) {
        if std::env::var_os("CI").is_some() {
            return Err(format!("in CI nothing is skipped: {reason}"));
        }
        eprintln!("SKIPPED: what the extension of VS Code needs cannot be had ({reason})");
        return Ok(());
    }
    let mut test = Command::new("npm");
    test.args(["test", "--loglevel=error"]).current_dir(&folder);
    shell::run(test.env("SCN", shell::built().join("scn")))
}

/// Generates the parser, and reads every scenario with it: it may see a fault in no file that the language's
/// own grammar reads.
fn grammar() -> Result<(), String> {
    let built = shell::built();
    let folder = built.parent().unwrap_or(&built).join("tree-sitter-scn");
    let source = shell::root().join("editors/tree-sitter-scn");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for name in ["grammar.js", "tree-sitter.json"] {
        fs::copy(source.join(name), folder.join(name)).map_err(|error| error.to_string())?;
    }
    shell::output(
        Command::new("tree-sitter")
            .arg("generate")
            .current_dir(&folder),
    )?;
    let texts = texts(&folder.join("texts"))?;
    let list = folder.join("list");
    fs::write(&list, texts.join("\n")).map_err(|error| error.to_string())?;
    let mut parse = Command::new("tree-sitter");
    parse.args(["parse", "--quiet", "--paths"]).arg(&list);
    // Its status tells whether there was any fault at all.
    let parsed = parse
        .current_dir(&folder)
        .output()
        .map_err(|error| error.to_string())?;
    let told = String::from_utf8_lossy(&parsed.stdout);
    let faults = told
        .lines()
        .filter(|line| line.contains("(ERROR") || line.contains("(MISSING"));
    let wrong: Vec<&str> = faults.filter(|line| is_sound(line)).collect();
    if !wrong.is_empty() {
        return Err(format!(
            "the tree-sitter grammar cannot read\n{}",
            wrong.join("\n")
        ));
    }
    let mut query = Command::new("tree-sitter");
    query
        .arg("query")
        .arg(source.join("queries/highlights.scm"));
    let first = texts.first().ok_or("there is no scenario")?;
    shell::output(query.arg(first).current_dir(&folder))?;
    println!("the tree-sitter grammar reads {} scenarios", texts.len());
    Ok(())
}

/// Whether the language's own grammar reads the file that such a line begins with.
fn is_sound(line: &str) -> bool {
    let file = line.split_whitespace().next().unwrap_or_default();
    let mut check = Command::new(shell::built().join("scn"));
    check.args(["fmt", "--check", file]);
    check.stdout(Stdio::null()).stderr(Stdio::null());
    check.status().is_ok_and(|status| status.code() != Some(2))
}

/// Every scenario of the project, those on the pages of the specification and the manual put into `folder`.
fn texts(folder: &Path) -> Result<Vec<String>, String> {
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    let root = shell::root();
    for file in files(&[
        root.join("scenarios"),
        root.join("tests"),
        root.join("docs"),
    ]) {
        let ending = file.extension().and_then(|end| end.to_str());
        match ending {
            Some("scn") => all.push(file.display().to_string()),
            Some("md") => {
                let page = fs::read_to_string(&file).map_err(|error| error.to_string())?;
                for (text, number) in blocks(&page).into_iter().zip(1..) {
                    let name = file.file_stem().unwrap_or_default().to_string_lossy();
                    let put = folder.join(format!("{name}-{number}.scn"));
                    fs::write(&put, text).map_err(|error| error.to_string())?;
                    all.push(put.display().to_string());
                }
            }
            _ => {}
        }
    }
    Ok(all)
}

/// The blocks of a page that are scenarios.
fn blocks(page: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut block: Option<(bool, String)> = None;
    for line in page.lines() {
        block = match (block, line.strip_prefix("```")) {
            (None, Some(sort)) => {
                let named = sort.starts_with("text") && sort.trim_end().ends_with(".scn");
                Some((sort.starts_with("scn") || named, String::new()))
            }
            (Some((is_scenario, text)), Some("")) => {
                all.extend(is_scenario.then_some(text));
                None
            }
            (Some((is_scenario, text)), _) => Some((is_scenario, format!("{text}{line}\n"))),
            (None, None) => None,
        };
    }
    all
}

/// All files under some folders.
fn files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut next = folders.to_vec();
    let mut all = Vec::new();
    while let Some(folder) = next.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => next.push(entry.path()),
                Ok(kind) if kind.is_file() => all.push(entry.path()),
                _ => {}
            }
        }
    }
    all.sort();
    all
}
