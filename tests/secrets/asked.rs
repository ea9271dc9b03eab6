//! What is asked while a run stands still, at a prompt and by a debugger.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Output, Stdio};

use crate::hunted::{Hunted, look};
use crate::project::scn_command;

/// What is asked while a run stands still: the command line, and what is typed.
pub const TYPED: &[(&[&str], &str)] = &[
    (
        &["repl", "--env", "leaky"],
        "set g raw\n= s0\n= g\n= [g[0], {a: s1}]\n:vars\n:v g\n:env\necho #{s0} #{g[1]}\nowing #{g[0]}\n:owed\n\
         :plan run ls #{s0}\nrun ls #{g[1]}\n= int(g[0])\nset x = s0 + 1\nfoo #{s0\n:undo\ntell\nstart Broken\n:vars\n",
    ),
    (
        &["run", "--step", "--env", "leaky", "undo.scn"],
        ":where\n:s\n= g\n:vars\n:s\n:owed\n= s0\n:vars\n:c\n",
    ),
    (
        &["run", "--on-fail", "repl", "--env", "leaky", "assert.scn"],
        ":vars\n:where\n= g[0]\n:retry\n:c\n",
    ),
    (
        &[
            "run",
            "--break",
            "2 if g[0] != s1",
            "--env",
            "leaky",
            "fail-data.scn",
        ],
        ":where\n:vars\n= g[0]\n:c\n",
    ),
];

/// What a debugger asks: a run that fails, looked at where it does; each with what is waited for
/// before the next.
const DEBUGGER: &[(&str, &str)] = &[
    (
        r#"{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"scn"}}"#,
        r#""request_seq":1,"#,
    ),
    (
        r#"{"seq":2,"type":"request","command":"launch","arguments":{"program":"assert.scn","env":"leaky","stopOnFail":true}}"#,
        "",
    ),
    (
        r#"{"seq":3,"type":"request","command":"configurationDone"}"#,
        r#""event":"stopped""#,
    ),
    (
        r#"{"seq":4,"type":"request","command":"stackTrace","arguments":{"threadId":1}}"#,
        r#""request_seq":4,"#,
    ),
    (
        r#"{"seq":5,"type":"request","command":"scopes","arguments":{"frameId":0}}"#,
        r#""request_seq":5,"#,
    ),
    (
        r#"{"seq":6,"type":"request","command":"variables","arguments":{"variablesReference":1}}"#,
        r#""request_seq":6,"#,
    ),
    (
        r#"{"seq":7,"type":"request","command":"evaluate","arguments":{"expression":"[g, s0]","frameId":0}}"#,
        r#""request_seq":7,"#,
    ),
    (
        r#"{"seq":8,"type":"request","command":"evaluate","arguments":{"expression":"echo #{g[1]}","frameId":0,"context":"repl"}}"#,
        r#""request_seq":8,"#,
    ),
    (
        r#"{"seq":9,"type":"request","command":"exceptionInfo","arguments":{"threadId":1}}"#,
        r#""request_seq":9,"#,
    ),
    (
        r#"{"seq":12,"type":"request","command":"variables","arguments":{"variablesReference":4}}"#,
        r#""request_seq":12,"#,
    ),
    (
        r#"{"seq":10,"type":"request","command":"continue","arguments":{"threadId":1}}"#,
        r#""event":"terminated""#,
    ),
    (
        r#"{"seq":11,"type":"request","command":"disconnect"}"#,
        r#""request_seq":11,"#,
    ),
];

/// Runs stand still, and are asked.
pub fn asked(folder: &Path, hunted: &Hunted, found: &mut Vec<String>) {
    for (words, typed) in TYPED {
        let lines = typed.lines().map(|line| format!("{line}\n"));
        let came = answered(folder, words, lines);
        let told = String::from_utf8_lossy(&came.stderr);
        assert!(
            told.contains("FAIL") || told.contains("ERROR"),
            "{words:?} did not end as it should: {told}"
        );
        look(folder, words, &came, hunted, found);
    }
    let came = debugged(folder);
    let told = String::from_utf8_lossy(&came.stdout);
    assert!(
        told.contains("\"stopped\"")
            && told.contains("\"result\"")
            && told.contains("\"exitCode\""),
        "nothing was looked at: {told}"
    );
    look(folder, &["dap"], &came, hunted, found);
}

/// What comes of writing these lines to it.
fn answered(folder: &Path, words: &[&str], lines: impl Iterator<Item = String>) -> Output {
    let mut child = scn_command(folder, words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let collected = std::thread::spawn(move || child.wait_with_output().unwrap());
    for line in lines {
        // It may have ended before all was asked.
        let _ = input.write_all(line.as_bytes());
    }
    drop(input);
    collected.join().unwrap()
}

/// What a debugger is told, each thing asked once the one before was answered.
fn debugged(folder: &Path) -> Output {
    let mut child = scn_command(folder, &["dap"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut told, mut part) = (Vec::new(), [0; 4096]);
    for (asked, answer) in DEBUGGER {
        let frame = format!("Content-Length: {}\r\n\r\n{asked}", asked.len());
        input.write_all(frame.as_bytes()).unwrap();
        while !String::from_utf8_lossy(&told).contains(answer) {
            match output.read(&mut part).unwrap() {
                0 => panic!("no {answer} in {}", String::from_utf8_lossy(&told)),
                count => told.extend(&part[..count]),
            }
        }
    }
    drop(input);
    output.read_to_end(&mut told).unwrap();
    let mut came = child.wait_with_output().unwrap();
    came.stdout = told;
    came
}
