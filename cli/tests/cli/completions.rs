//! `scn completions`, in the shells themselves.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::Test;

/// A project with two environments, two scenarios and another file, where a shell finds this `scn`.
fn project() -> Test {
    Test::new(&[])
        .file("environments/lab.toml", "")
        .file("environments/staging.toml", "")
        .file("failover.scn", "")
        .file("notes.txt", "")
        .file("more/pause.scn", "")
}

/// What a shell prints that is given this text, and runs in the project.
fn said(shell: &[&str], text: &str) -> Option<String> {
    let test = project();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_scn"));
    let folder = binary.parent().unwrap().display();
    let mut child = Command::new(shell[0])
        .args(&shell[1..])
        .current_dir(test.path())
        .env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
        .env("HOME", test.path())
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .inspect_err(|error| eprintln!("skipped, as {} cannot be run: {error}", shell[0]))
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Command lines up to the cursor, and what may stand there.
const LINES: &[(&str, &[&str])] = &[
    ("scn f", &["fmt"]),
    ("scn report --format j", &["json", "junit"]),
    ("scn plugin", &["plugin"]),
    ("scn env ", &["diff", "list", "schema", "show"]),
    ("scn run fa", &["failover.scn"]),
    ("scn run --env ", &["lab", "staging"]),
    ("scn run --env s", &["staging"]),
    ("scn check failover.scn --env l", &["lab"]),
    ("scn env show ", &["lab", "staging"]),
    ("scn env diff lab st", &["staging"]),
    ("scn run --sync ", &["none", "owed", "step"]),
    ("scn check --a", &["--all-envs"]),
    ("scn help wai", &["wait", "waiting"]),
    ("scn help E015", &["E015"]),
    ("scn completions ", &["bash", "fish", "zsh"]),
    ("scn run --seed ", &[]),
];

/// The answers are the expected ones, in whatever order.
fn compare(answers: &str) {
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines.len(), LINES.len(), "{answers}");
    for (answer, (line, expected)) in lines.iter().zip(LINES) {
        let mut words: Vec<&str> = answer.split_whitespace().collect();
        words.sort_unstable();
        assert_eq!(words, *expected, "{line}");
    }
}

#[test]
fn bash_completes_verbs_options_environments_scenarios_and_topics() {
    let mut text = String::from("source <(scn completions bash)\nset -f\n");
    for (line, _) in LINES {
        // As readline cuts it; an empty word is one, too.
        let last = if line.ends_with(' ') { " ''" } else { "" };
        text.push_str(&format!(
            "COMP_WORDS=({line}{last}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _scn; echo ${{COMPREPLY[*]}}\n"
        ));
    }
    compare(&said(&["bash", "--norc"], &text).unwrap());
}

#[test]
fn in_bash_what_the_equals_sign_cuts_is_put_together_and_folders_lead_to_scenarios() {
    let text = "source <(scn completions bash)\n\
        COMP_WORDS=(scn run --env = s); COMP_CWORD=4; _scn; echo ${COMPREPLY[*]}\n\
        COMP_WORDS=(scn run --env =); COMP_CWORD=3; _scn; echo ${COMPREPLY[*]}\n\
        COMP_WORDS=(scn run ''); COMP_CWORD=2; _scn; echo ${COMPREPLY[*]}\n\
        complete -p scn\n";
    let said = said(&["bash", "--norc"], text).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..2], ["staging", "lab staging"]);
    let mut files: Vec<&str> = lines[2].split(' ').collect();
    files.sort_unstable();
    assert_eq!(files, ["environments", "failover.scn", "more"]);
    assert_eq!(lines[3], "complete -F _scn scn");
}

#[test]
fn fish_completes_the_same() {
    let mut text = String::from("scn completions fish | source\n");
    for (line, _) in LINES {
        // A completion is followed by what it means.
        text.push_str(&format!(
            "echo (complete -C '{line}' | string replace -r '\\t.*' '')\n"
        ));
    }
    if let Some(said) = said(&["fish", "--no-config"], &text) {
        compare(&said);
    }
}

#[test]
fn zsh_can_read_its_script_and_ask_for_environments() {
    let text = "autoload -U compinit; compinit -u -D; source <(scn completions zsh); \
        echo $_comps[scn]\ncompadd() { eval \"print -r -- \\${$2}\" }\nwords=(scn); _scn_environments\n";
    if let Some(said) = said(&["zsh", "-f"], text) {
        assert_eq!(said, "_scn\nlab staging\n");
    }
}

#[test]
fn another_shell_is_told_which_there_are() {
    Test::new(&["completions", "tcsh"])
        .stderr_matches(r"invalid value 'tcsh'.*possible values: bash, zsh, fish")
        .status(2)
        .run();
}
