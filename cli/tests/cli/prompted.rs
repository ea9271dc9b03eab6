//! The prompt at a terminal, typed at as a person does.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Command;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::Test;

/// All that a terminal is sent while these are typed, each once what stands before it has come since the last.
fn typed(test: &Test, keys: &[(&str, &str)]) -> String {
    typed_at(test.command(), keys).0
}

/// The same, and the exit status.
pub fn typed_at(mut command: Command, keys: &[(&str, &str)]) -> (String, Option<i32>) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let end = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
    command
        .stdin(end.try_clone().unwrap())
        .stdout(end.try_clone().unwrap())
        .stderr(end);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut terminal = File::from(terminal);
    let (mut text, mut piece, mut from) = (Vec::new(), [0; 4096], 0);
    let mut keys = keys.iter();
    let mut next = keys.next();
    while let Ok(read @ 1..) = terminal.read(&mut piece) {
        text.extend_from_slice(&piece[..read]);
        while let Some((after, typed)) = next {
            let came = text[from..]
                .windows(after.len())
                .position(|part| part == after.as_bytes());
            let Some(at) = came else { break };
            from += at + after.len();
            terminal.write_all(typed.as_bytes()).unwrap();
            next = keys.next();
        }
    }
    let status = child.wait().unwrap();
    (String::from_utf8(text).unwrap(), status.code())
}

fn repl() -> Test {
    Test::new(&["repl"]).env("TERM", "xterm-256color")
}

#[test]
fn a_line_that_goes_on_has_a_prompt_of_its_own() {
    let keys = [
        ("scn> ", "if true\r"),
        ("   … ", "echo within\r"),
        ("   … ", "end\r"),
        ("\r\nwithin\r\n", ""),
        ("scn> ", "\x04"),
    ];
    let text = typed(&repl(), &keys);
    assert!(text.contains("PASS"), "{text:?}");
}

#[test]
fn what_was_begun_is_dropped_by_ctrl_d_and_the_session_stays() {
    let keys = [
        ("scn> ", "if true\r"),
        ("   … ", "\x04"),
        ("scn> ", "echo still here\r"),
        ("\r\nstill here\r\n", ""),
        ("scn> ", "\x04"),
    ];
    let text = typed(&repl(), &keys);
    assert!(text.contains("PASS"), "{text:?}");
}

#[test]
fn a_step_that_fails_is_told_once() {
    let keys = [
        ("scn> ", "run false\r"),
        ("exit status 1", ""),
        ("scn> ", "\x04"),
    ];
    let text = typed(&repl(), &keys);
    assert!(!text.contains("line 1:"), "{text:?}");
    // Its own line, and the verdict's.
    assert_eq!(text.matches("exit status 1").count(), 2, "{text:?}");
}

#[test]
fn a_long_step_shows_its_time_while_it_runs_and_nothing_of_it_stays() {
    let keys = [
        ("scn> ", "sleep 1500ms\r"),
        ("pass   ", ""),
        ("scn> ", "\x04"),
    ];
    let text = typed(&repl(), &keys);
    let drawn = regex::Regex::new("\r\u{1b}\\[K[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] (0|1)\\.\\ds  sleep 1500ms").unwrap();
    assert!(drawn.is_match(&text), "{text:?}");
    let after = text.rsplit("sleep 1500ms").next().unwrap();
    assert!(!after.contains('⠋'), "{after:?}");
    let still = typed(&repl().env("SCN_PROGRESS", "never"), &keys);
    assert!(!drawn.is_match(&still), "{still:?}");
}
