//! Input and surroundings that are bad: it works, or says clearly why not.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Test;

/// What the shell says of it: `$SCN` is the program, the folder has `a.scn`.
fn shell(text: &str, scenario: &[u8]) -> (Option<i32>, String, String) {
    let test = Test::new(&[]);
    std::fs::write(test.path().join("a.scn"), scenario).unwrap();
    let output = Command::new("bash")
        .args(["-c", text])
        .current_dir(test.path())
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("SCN", env!("CARGO_BIN_EXE_scn"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn mangled_files_are_told_at_the_place_and_nothing_runs() {
    let deep = "if 1 == 1\n".repeat(20_000);
    let brackets = format!("echo a\nassert {}\n", "(".repeat(50_000));
    let cases: [(&[u8], &str); 6] = [
        (b"echo a\necho b\0\n", "a.scn:2:7"),
        (b"echo a\necho \xff\xfe\n", "a.scn:2:6"),
        (b"echo a\necho \"open\n", "a.scn:2:6"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "a.scn:1:1"),
        (deep.as_bytes(), "a.scn:201:1"),
        (brackets.as_bytes(), "a.scn:2:"),
    ];
    for (scenario, place) in cases {
        for verb in ["run", "check", "plan", "fmt"] {
            let (status, out, err) = shell(&format!("exec $SCN {verb} a.scn"), scenario);
            assert_eq!((status, out.as_str()), (Some(2), ""), "{verb}: {err}");
            assert!(err.contains(place), "{verb}: {place} is not in\n{err}");
            assert!(!err.contains("panicked"), "{verb}: {err}");
        }
    }
}

#[test]
fn a_line_of_a_megabyte_runs() {
    let word = "x".repeat(1_000_000);
    let (status, out, _) = shell(
        "exec $SCN run -q a.scn",
        format!("echo {word}\n").as_bytes(),
    );
    assert_eq!((status, out.len()), (Some(0), 1_000_001));
}

#[test]
fn of_thousands_of_findings_the_first_are_shown_and_the_rest_counted() {
    let (status, _, err) = shell(
        "exec $SCN check a.scn",
        "foo bar\n".repeat(5_000).as_bytes(),
    );
    assert_eq!(status, Some(2));
    let shown = err.matches("there is no command `foo`").count();
    let rest = err.lines().rev().find(|line| !line.is_empty()).unwrap();
    assert_eq!(
        rest,
        format!("… and {} more findings in a.scn", 5_000 - shown)
    );
}

#[test]
fn an_output_of_gigabytes_is_not_held_in_memory() {
    // In 250 MB of addresses 600 MB cannot be held.
    let (status, _, err) = shell(
        "ulimit -v 250000; exec $SCN run -q a.scn",
        b"sh 'head -c 600000000 /dev/zero'\n",
    );
    assert_eq!(status, Some(0), "{err}");
}

#[test]
fn a_standard_output_that_is_full_is_told_and_no_success() {
    let (status, _, err) = shell(
        "exec $SCN run a.scn >/dev/full",
        b"echo lost\nwrite done.txt yes\n",
    );
    assert_eq!(status, Some(3), "{err}");
    assert!(
        err.contains("error: standard output cannot be written: No space left"),
        "{err}"
    );
    assert!(
        err.lines()
            .last()
            .unwrap()
            .starts_with("PASS a.scn (2 steps"),
        "{err}"
    );
}

#[test]
fn closed_streams_change_no_verdict() {
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full"] {
        let text = format!("$SCN run a.scn {closed}; echo $? >&1; test -e done.txt && echo done");
        let (_, out, _) = shell(&text, b"run true\nwrite done.txt yes\n");
        assert_eq!(out, "0\ndone\n", "{closed}");
    }
    let (status, _, _) = shell(
        "set -o pipefail; $SCN run -v a.scn 2>&1 | head -1",
        b"repeat 2000\n  sh 'echo hello'\nend\n",
    );
    assert_eq!(status, Some(0));
}

#[test]
fn what_is_printed_to_a_full_device_is_no_success() {
    for args in [
        "help",
        "--help",
        "--version",
        "plan a.scn",
        "completions bash",
        "env schema",
        "check --json a.scn",
    ] {
        let (status, _, err) = shell(
            &format!("exec $SCN {args} >/dev/full"),
            b"pass\necho never\n",
        );
        assert_eq!(status, Some(3), "{args}: {err}");
        assert!(err.contains("No space left"), "{args}: {err}");
    }
}

#[test]
fn a_working_folder_that_was_removed_is_told() {
    let (status, _, err) = shell(
        "mkdir gone; cd gone; rmdir ../gone; exec $SCN run b.scn",
        b"",
    );
    assert_eq!(status, Some(2), "{err}");
    assert!(err.starts_with("error: "), "{err}");
}

#[test]
fn a_termination_ends_the_run_as_an_interrupt_does() {
    let began = Instant::now();
    let (_, out, err) = shell(
        "$SCN run a.scn & until [ -e up ] || ! kill -0 $!; do sleep 0.02; done; kill -TERM $!; wait $!; echo $?",
        b"sh 'touch up; sleep 60'\nfinally\n  echo bye\nend\n",
    );
    assert_eq!(out, "bye\n130\n", "{err}");
    assert!(
        err.lines()
            .last()
            .unwrap()
            .starts_with("ERROR a.scn interrupted ("),
        "{err}"
    );
    assert!(began.elapsed() < Duration::from_secs(30));
}
