//! What is generated from the program's own declarations: the reference in `docs/reference/`, man pages,
//! completions, the schema of environments. The program is asked, so nothing here can know better.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{journal, keys, shell};

/// The folders in `docs/` that hold nothing else.
const FOLDERS: &[&str] = &["reference", "man", "completions"];

/// Written by hand all the same, and printed by the program in parts.
const WRITTEN: &[&str] = &["reference/language.md"];

/// What stands above every page of the reference.
pub const MARK: &str = "<!-- Written by `cargo xtask generate`; change the program instead. -->\n";

/// Writes all of it; with `--check` says what is not as it would be written. With `--release` the
/// program is built as it is for users, which is done already where the tests have run.
pub fn run() -> Result<(), String> {
    let words: Vec<String> = std::env::args().skip(2).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    if let Some(word) = words
        .iter()
        .find(|word| !matches!(word.as_str(), "--check" | "--release"))
    {
        return Err(format!("`{word}` is neither --check nor --release"));
    }
    let scn = build(has("--release"))?;
    let files = all(&scn)?;
    let docs = shell::root().join("docs");
    let wrong = differing(&docs, &files)?;
    if has("--check") {
        return match wrong.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "not up to date, and `cargo xtask generate` writes it: {}",
                wrong.join(", ")
            )),
        };
    }
    for name in wrong {
        let path = docs.join(&name);
        println!("docs/{name}");
        match files.get(&name) {
            Some(text) => write(&path, text)?,
            None => {
                fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?
            }
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn build(release: bool) -> Result<PathBuf, String> {
    let mut words = vec!["build", "--quiet", "--package", "scn"];
    words.extend(release.then_some("--release"));
    shell::cargo(&words)?;
    let built = shell::built();
    Ok(match release {
        true => built.join("scn"),
        false => built.with_file_name("debug").join("scn"),
    })
}

/// Names in `docs/` whose files are not as they must be, or must not be there.
fn differing(docs: &Path, files: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    let mut wrong = Vec::new();
    for (name, text) in files {
        if fs::read_to_string(docs.join(name)).ok().as_ref() != Some(text) {
            wrong.push(name.clone());
        }
    }
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(docs.join(folder)) else {
            continue;
        };
        for entry in entries {
            let entry = entry.map_err(|error| error.to_string())?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if !files.contains_key(&name) && !WRITTEN.contains(&name.as_str()) {
                wrong.push(name);
            }
        }
    }
    Ok(wrong)
}

/// All files, by their names in `docs/`.
fn all(scn: &Path) -> Result<BTreeMap<String, String>, String> {
    let topics = Topics::read(&ask(scn, &["help"])?);
    let mut files = BTreeMap::new();
    let mut add = |name: String, text: String| files.insert(name, text);
    add("reference/verbs.md".to_owned(), verbs(scn, &topics.verbs)?);
    for (file, title, names) in [
        ("statements", "Statements", &topics.statements),
        (
            "commands",
            "Commands of the standard library",
            &topics.commands,
        ),
        ("functions", "Functions", &topics.functions),
        ("codes", "Findings", &topics.codes),
    ] {
        let text = pages(scn, title, names, &topics.verbs)?;
        add(format!("reference/{file}.md"), text);
    }
    let schema = ask(scn, &["env", "schema"])?;
    add("reference/environment.md".to_owned(), keys::page(&schema)?);
    add("reference/environment.schema.json".to_owned(), schema);
    add("reference/journal.md".to_owned(), journal::page()?);
    for (shell, file) in [("bash", "scn.bash"), ("zsh", "_scn"), ("fish", "scn.fish")] {
        add(
            format!("completions/{file}"),
            ask(scn, &["completions", shell])?,
        );
    }
    add("man/scn.1".to_owned(), ask(scn, &["help", "--man"])?);
    for chapter in ["language", "commands"] {
        let page = ask(scn, &["help", "--man", chapter])?;
        add(format!("man/scn-{chapter}.7"), page);
    }
    for verb in &topics.verbs {
        let page = ask(scn, &["help", "--man", verb])?;
        add(format!("man/scn-{verb}.1"), page);
    }
    Ok(files)
}

/// What `scn help` lists.
#[derive(Debug, Default, PartialEq, Eq)]
struct Topics {
    verbs: Vec<String>,
    statements: Vec<String>,
    commands: Vec<String>,
    functions: Vec<String>,
    codes: Vec<String>,
}

impl Topics {
    fn read(overview: &str) -> Self {
        let mut topics = Self::default();
        let mut unknown = Vec::new();
        let mut section = &mut unknown;
        for line in overview.lines() {
            let Some(words) = line.strip_prefix("  ") else {
                section = match line {
                    "Verbs:" => &mut topics.verbs,
                    "Statements:" => &mut topics.statements,
                    "Commands:" => &mut topics.commands,
                    "Functions:" => &mut topics.functions,
                    "Findings:" => &mut topics.codes,
                    _ => &mut unknown,
                };
                continue;
            };
            match words.split_once("  ") {
                // A verb, with what it does.
                Some((verb, _)) if !verb.is_empty() => section.push(verb.to_owned()),
                Some(_) => {}
                None => section.extend(words.split(' ').map(str::to_owned)),
            }
        }
        topics
    }
}

/// The page of all verbs, and of those below them.
fn verbs(scn: &Path, names: &[String]) -> Result<String, String> {
    let mut text = format!("# Verbs\n\n{MARK}");
    for verb in names {
        let help = ask(scn, &[verb, "--help"])?;
        section(&mut text, &format!("scn {verb}"), &help);
        let below = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        let below = below.lines().take_while(|line| !line.is_empty());
        // What a name's help goes on with stands further in.
        let names = below.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        for name in names.filter(|name| !name.is_empty()) {
            let help = ask(scn, &[verb, name, "--help"])?;
            section(&mut text, &format!("scn {verb} {name}"), &help);
        }
    }
    Ok(text)
}

/// A page with what `scn help` says of each of these.
fn pages(scn: &Path, title: &str, names: &[String], verbs: &[String]) -> Result<String, String> {
    let mut text = format!("# {title}\n\n{MARK}");
    for name in names {
        let page = ask(scn, &["help", name])?;
        // What else goes by that name is on its own page.
        let verb = verbs.contains(name);
        let verb = verb.then(|| ask(scn, &[name, "--help"])).transpose()?;
        let page = page.trim_end();
        let page = verb.map_or(page, |verb| {
            page.strip_suffix(verb.trim_end()).unwrap_or(page)
        });
        // A section of the language is on that page.
        let page = match page.find(" (the language)\n") {
            Some(at) => page[..at].trim_end_matches(|c| c != '\n').trim_end(),
            None => page,
        };
        section(&mut text, name, page);
    }
    Ok(text)
}

fn section(text: &mut String, title: &str, body: &str) {
    let lines = body.trim_end().lines().map(str::trim_end);
    let body = lines.collect::<Vec<_>>().join("\n");
    let _ = write!(text, "\n## {title}\n\n```text\n{body}\n```\n");
}

/// What the program prints.
fn ask(scn: &Path, words: &[&str]) -> Result<String, String> {
    let output = Command::new(scn)
        .args(words)
        .current_dir(shell::root())
        .env("NO_COLOR", "1")
        .output()
        .map_err(|error| format!("{}: {error}", scn.display()))?;
    if !output.status.success() {
        return Err(format!("scn {}: {}", words.join(" "), output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::Topics;

    #[test]
    fn topics_are_read_from_the_overview() {
        let text = "Run\n\nVerbs:\n  run    Run scenarios\n         one after the other\n  check  Find\n\nOptions:\n  -h, --help  Print\n\nStatements:\n  set if\n  while\nFindings:\n  E001\n";
        let topics = Topics::read(text);
        assert_eq!(topics.verbs, ["run", "check"]);
        assert_eq!(topics.statements, ["set", "if", "while"]);
        assert_eq!(topics.codes, ["E001"]);
    }
}
