//! What surrounds a program is the same where this process works and elsewhere, which are started in two ways.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::support::{block_on, run};
use nix::sys::signal::{SigSet, Signal};
use scn_process::{SpawnError, Spec, close_inherited, spawn};

/// Where programs work: where this process does, by two names, and elsewhere.
const FOLDERS: [Option<&str>; 3] = [None, Some("."), Some("/")];

/// The same in each folder.
fn everywhere(words: &[&str]) -> impl Iterator<Item = Spec> {
    FOLDERS.map(|cwd| spec(words, cwd)).into_iter()
}

fn spec(words: &[&str], cwd: Option<&str>) -> Spec {
    Spec {
        cwd: cwd.map(Into::into),
        ..Spec::new(words)
    }
}

fn stdout(spec: &Spec) -> Vec<u8> {
    let (exit, output) = block_on(run(spec));
    assert!(exit.success(), "{:?}: {exit:?} {output:?}", spec.cwd);
    output.stdout
}

fn error(spec: &Spec) -> SpawnError {
    block_on(async { spawn(spec).unwrap_err() })
}

/// The variables that a program was given, in an order of their own.
fn given(spec: &Spec) -> Vec<Vec<u8>> {
    let all = stdout(spec);
    let all = all.strip_suffix(b"\0").unwrap_or(&all);
    let mut all: Vec<Vec<u8>> = all.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    all.sort();
    all
}

const VARIABLES: [&str; 2] = ["/bin/cat", "/proc/self/environ"];

#[test]
fn variables_are_just_those_inherited_and_those_set() {
    let odd = OsString::from_vec(b"a=\xff\n'".to_vec());
    for mut spec in everywhere(&VARIABLES) {
        spec.env.remove("CARGO_PKG_NAME").remove("NEVER_SET");
        spec.env
            .set("LATER", "1")
            .set("PATH", "/only")
            .set("ODD", &odd);
        spec.env.set("EMPTY", "").set("LATER", "2");
        let mut expected: HashMap<OsString, OsString> = std::env::vars_os().collect();
        assert!(expected.remove(OsStr::new("CARGO_PKG_NAME")).is_some());
        for (name, value) in &spec.env.set {
            expected.insert(name.clone(), value.clone());
        }
        let entry =
            |(name, value): (OsString, OsString)| [name.into_vec(), value.into_vec()].join(&b'=');
        let mut expected: Vec<Vec<u8>> = expected.into_iter().map(entry).collect();
        expected.sort();
        assert_eq!(given(&spec), expected, "{:?}", spec.cwd);
    }
}

#[test]
fn a_clean_environment_has_what_is_set_and_nothing_else() {
    for mut spec in everywhere(&VARIABLES) {
        spec.env.clean = true;
        assert_eq!(stdout(&spec), b"");
        spec.env.set("B", "1").set("A", "2").set("B", "3");
        assert_eq!(given(&spec), [b"A=2", b"B=3"]);
    }
}

fn masks(status: &str) -> HashMap<&str, u64> {
    let lines = status.lines().filter(|line| line.starts_with("Sig"));
    lines
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(name, mask)| Some((name, u64::from_str_radix(mask.trim(), 16).ok()?)))
        .collect()
}

const PIPE: u64 = 1 << 12;
/// 32 and 33 are the C library's own; its posix_spawn leaves them ignored.
const INTERNAL: u64 = 0b11 << 31;

#[test]
fn signals_are_neither_blocked_nor_ignored() {
    close_inherited();
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    assert_eq!(masks(&status)["SigIgn"] & PIPE, PIPE);
    for spec in everywhere(&["cat", "/proc/self/status"]) {
        let output = String::from_utf8(stdout(&spec)).unwrap();
        let theirs = masks(&output);
        assert_eq!((theirs["SigBlk"], theirs["SigCgt"]), (0, 0));
        assert_eq!(theirs["SigIgn"] & !INTERNAL, 0, "{:?}", spec.cwd);
    }
}

#[test]
fn what_a_thread_blocks_is_not_blocked_in_what_works_where_it_does() {
    let blocked = SigSet::from(Signal::SIGUSR1);
    blocked.thread_block().unwrap();
    let output = stdout(&Spec::new(["cat", "/proc/self/status"]));
    assert_eq!(masks(&String::from_utf8(output).unwrap())["SigBlk"], 0);
    blocked.thread_unblock().unwrap();
}

#[test]
fn a_program_leads_its_own_group() {
    for spec in everywhere(&["cat", "/proc/self/stat"]) {
        let stat = String::from_utf8(stdout(&spec)).unwrap();
        let fields: Vec<&str> = stat.split_whitespace().collect();
        assert_eq!(fields[0], fields[4], "{:?}", spec.cwd);
    }
}

#[test]
fn only_the_three_streams_are_open() {
    close_inherited();
    let _open = File::open("/etc/passwd").unwrap();
    for spec in everywhere(&["ls", "/proc/self/fd"]) {
        // 3 is what `ls` itself opened to list them.
        assert_eq!(stdout(&spec), b"0\n1\n2\n3\n", "{:?}", spec.cwd);
    }
    for spec in everywhere(&["readlink", "/proc/self/fd/0"]) {
        assert_eq!(stdout(&spec), b"/dev/null\n", "{:?}", spec.cwd);
    }
}

#[test]
fn a_program_is_called_by_the_name_that_was_given() {
    for spec in everywhere(&["cat", "/proc/self/cmdline"]) {
        assert_eq!(stdout(&spec), b"cat\0/proc/self/cmdline\0");
    }
}

#[test]
fn it_works_in_its_folder() {
    let here = std::env::current_dir().unwrap();
    for (cwd, expected) in FOLDERS.into_iter().zip([&*here, &*here, Path::new("/")]) {
        let path = format!("{}\n", expected.display());
        assert_eq!(stdout(&spec(&["pwd", "-P"], cwd)), path.as_bytes());
    }
}

#[test]
fn what_cannot_be_started_is_told() {
    let long = "x".repeat(4 << 20);
    for cwd in FOLDERS {
        let why = |words: &[&str]| error(&spec(words, cwd)).to_string();
        assert_eq!(
            why(&["echo", "a\0b"]),
            "`a\\0b` holds a NUL byte, which no program can be given"
        );
        let told = why(&["/no/such/program"]);
        assert_eq!(told, "there is no program `/no/such/program`");
        let told = error(&spec(&["echo", &long], cwd));
        assert!(matches!(told, SpawnError::Io { .. }), "{told}");
        for (name, value) in [("A", "b\0"), ("A\0", "b")] {
            let mut spec = spec(&["true"], cwd);
            spec.env.set(name, value);
            assert!(matches!(error(&spec), SpawnError::HasNul(_)), "{cwd:?}");
        }
    }
    let told = error(&spec(&["true"], Some("a\0b")));
    assert!(matches!(told, SpawnError::HasNul(_)), "{told}");
}
