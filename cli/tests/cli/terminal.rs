//! What is seen on a terminal, and that none of it is anywhere else.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

use crate::support::Test;

/// Standard output and standard error together, as a terminal of so many columns is sent them.
fn seen(test: &Test, columns: u16) -> String {
    seen_while(test, columns, |_, _| {})
}

fn resize(terminal: impl std::os::fd::AsFd, columns: u16) {
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

/// The same; after each piece `meanwhile` is given the terminal and all that was written so far.
fn seen_while(test: &Test, columns: u16, mut meanwhile: impl FnMut(&File, &str)) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    resize(&terminal, columns);
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let end = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
    let mut command = test.command();
    command
        .stdin(Stdio::null())
        .stdout(end.try_clone().unwrap())
        .stderr(end);
    let mut child = command.spawn().unwrap();
    drop(command);
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    let mut terminal = File::from(terminal);
    // When nobody has the other end open any more, that is an error and no end.
    while let Ok(read @ 1..) = terminal.read(&mut piece) {
        text.extend_from_slice(&piece[..read]);
        meanwhile(&terminal, &String::from_utf8_lossy(&text));
    }
    child.wait().unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn what_a_program_did_to_the_terminal_is_put_back() {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let end = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
    let before = tcgetattr(&end).unwrap();
    let test = Test::new(&["run", "-q", "a.scn"]).file(
        "a.scn",
        "sh 'tty=$(readlink /proc/$PPID/fd/2); stty raw -echo < $tty; stty -a < $tty > raw'\n",
    );
    let mut command = test.command();
    command
        .stdin(Stdio::null())
        .stderr(end.try_clone().unwrap());
    assert!(command.status().unwrap().success());
    let raw = std::fs::read_to_string(test.path().join("raw")).unwrap();
    assert!(raw.contains("-isig -icanon"), "{raw}");
    let after = tcgetattr(&end).unwrap();
    assert_eq!(after.local_modes, before.local_modes);
    assert_eq!(after.input_modes, before.input_modes);
    assert_eq!(after.output_modes, before.output_modes);
}

/// The pictures of a spinner, one after the other.
const PICTURES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const SCENARIO: &str = "echo hello\nrun sleep 1.5\nsh 'echo boom; exit 3'\n";

fn test(args: &[&str]) -> Test {
    let args: Vec<&str> = ["run", "a.scn"].iter().chain(args).copied().collect();
    Test::new(&args).file("a.scn", SCENARIO)
}

#[test]
fn the_running_step_has_a_spinner_and_its_time_and_leaves_one_line() {
    let text = seen(&test(&[]), 80);
    // Which pictures and times are caught depends on how busy the machine is.
    let pictures = PICTURES.iter();
    assert!(
        pictures.filter(|c| text.contains(**c)).count() >= 2,
        "{text:?}"
    );
    let time = regex::Regex::new("  run sleep 1.5\u{1b}\\[2m  [0-9]+(\\.[0-9]+)?s").unwrap();
    assert!(time.is_match(&text), "{text:?}");
    assert!(text.contains("\r\nhello\r\n"), "{text:?}");
    // What stays: what follows the last time that a line was begun again.
    let lines = text.split("\r\n");
    let stay: Vec<&str> = lines
        .filter_map(|line| line.rsplit('\r').next())
        .map(|line| line.trim_start_matches("\u{1b}[J"))
        .collect();
    let of_sleep: Vec<_> = stay.iter().filter(|line| line.contains("sleep")).collect();
    assert!(
        matches!(of_sleep.as_slice(), [one, ..] if one.starts_with("  \u{1b}[32mpass")),
        "{of_sleep:?}"
    );
    let last = stay.iter().rev().find(|line| !line.is_empty()).unwrap();
    assert!(
        last.starts_with("\u{1b}[1;31mFAIL\u{1b}[0m a.scn:3 "),
        "{last:?}"
    );
}

#[test]
fn no_line_that_is_drawn_again_is_wider_than_the_terminal() {
    let text = seen(
        &Test::new(&["run", "a.scn"]).file(
            "a.scn",
            &format!("run sh -c 'sleep 1' {}\n", "x".repeat(300)),
        ),
        30,
    );
    // Which pictures are caught depends on how busy the machine is.
    let drawn = text
        .split(['\r', '\n'])
        .filter(|line| line.contains(PICTURES));
    let colour = regex::Regex::new("\u{1b}\\[[0-9;]*[mJKA]").unwrap();
    let widths: Vec<usize> = drawn
        .map(|line| colour.replace_all(line, "").chars().count())
        .collect();
    assert!(
        !widths.is_empty() && widths.iter().all(|width| *width < 30),
        "{widths:?}"
    );
}

#[test]
fn under_ci_without_colour_and_on_a_dumb_terminal_nothing_is_drawn_again() {
    for (name, value) in [("NO_COLOR", "1"), ("CI", "true"), ("TERM", "dumb")] {
        let text = seen(&test(&[]).env(name, value), 80).replace("\r\n", "\n");
        assert!(!text.contains(['\r', '\u{1b}']), "{name}: {text:?}");
        assert!(
            text.contains("\n  pass        2  run sleep 1.5  "),
            "{name}: {text}"
        );
    }
}

#[test]
fn who_asks_for_it_has_colour_and_nothing_that_moves() {
    for (name, value) in [("SCN_PROGRESS", "never"), ("ACCESSIBLE", "1")] {
        let text = seen(&test(&[]).env(name, value), 80).replace("\r\n", "\n");
        assert!(
            !text.contains('\r') && !text.contains(PICTURES),
            "{name}: {text:?}"
        );
        assert!(
            text.contains("\u{1b}[32mpass   \u{1b}[0m     2  run sleep 1.5"),
            "{name}: {text:?}"
        );
    }
}

/// What is to be typed after a failure is for who types it: there is none of it in a pipe.
#[test]
fn a_failure_says_what_to_type_next() {
    let folder = |name: &str| {
        test(&["--set", name])
            .file("scn.toml", "")
            .file("a.scn", "@param x = ''\nrun false\n")
    };
    let text = seen(&folder("x=it's 1").env("NO_COLOR", "1"), 80).replace("\r\n", "\n");
    let typed = format!(
        "  again   {} run a.scn --set 'x=it'\\''s 1'\n",
        env!("CARGO_BIN_EXE_scn")
    );
    assert!(text.contains(&typed), "{text}");
    let record =
        regex::Regex::new("\n  record  scn report [0-9]{8}-[0-9.]+-[0-9a-z]{4}\nFAIL a.scn:2 ")
            .unwrap();
    assert!(record.is_match(&text), "{text}");
    for quiet in [
        seen(&folder("x=1").env("NO_COLOR", "1"), 80)
            .matches("again")
            .count()
            == 1,
        !seen(&test(&["-q"]), 80).contains("scn report"),
        !seen(
            &Test::new(&["run", "a.scn"]).file("a.scn", "run true\n"),
            80,
        )
        .contains("scn report"),
    ] {
        assert!(quiet);
    }
}

#[test]
fn what_the_scenario_says_cannot_act_on_a_terminal_and_reaches_a_pipe_as_it_is() {
    let test = || Test::new(&["run", "-q", "a.scn"]).file("a.scn", "echo \"\\u{1b}[2Jgone\"\n");
    let text = seen(&test(), 80);
    assert!(text.contains("\\u{1b}[2Jgone\r\n"), "{text:?}");
    test()
        .stdout("\u{1b}[2Jgone\n")
        .stderr_matches("^PASS")
        .run();
}

#[test]
fn quiet_draws_nothing() {
    let text = seen(&test(&["-q"]), 80);
    assert!(text.starts_with("hello\r\n\u{1b}[1;31mFAIL"), "{text:?}");
    assert_eq!(text.lines().count(), 2, "{text:?}");
}

#[test]
fn findings_are_in_colour_on_a_terminal_alone() {
    let test = || Test::new(&["check", "a.scn"]).file("a.scn", "echoo\n");
    assert!(seen(&test(), 80).contains("\u{1b}["));
    test().stderr_matches("^E103\n[^\u{1b}]*$").status(2).run();
}

#[test]
fn help_and_wrong_command_lines_are_in_colour_on_a_terminal_alone() {
    for args in [["--help"], ["rnu"]] {
        let test = || Test::new(&args).env("TERM", "xterm");
        assert!(seen(&test(), 80).contains("\u{1b}["), "{args:?}");
        for (name, value) in [("NO_COLOR", "1"), ("CI", "true"), ("TERM", "dumb")] {
            let text = seen(&test().env(name, value), 80);
            assert!(!text.contains('\u{1b}'), "{name}: {text:?}");
        }
    }
}

/// The terminal is made narrower while a step runs.
#[test]
fn a_terminal_that_is_made_narrower_is_drawn_to_its_new_width() {
    let words = "x".repeat(200);
    let test = Test::new(&["run", "a.scn"]).file(
        "a.scn",
        &format!("run sh -c 'until [ -e go ]; do sleep 0.02; done' {words}\n"),
    );
    let colour = regex::Regex::new("\u{1b}\\[[0-9;]*[mJKA]").unwrap();
    let drawn = |text: &str| -> Vec<usize> {
        text.split(['\r', '\n'])
            .filter(|line| line.contains("sh -c"))
            .map(|line| colour.replace_all(line, "").chars().count())
            .collect()
    };
    let go = test.path().join("go");
    let mut resized = false;
    let text = seen_while(&test, 120, |terminal, text| match resized {
        false if text.contains("sh -c") => {
            resize(terminal, 40);
            resized = true;
        }
        // What was drawn before may be read late.
        true if drawn(text).iter().filter(|width| **width <= 40).count() > 8 => {
            std::fs::write(&go, "").unwrap();
        }
        _ => {}
    });
    let drawn = drawn(&text);
    assert!(drawn.iter().any(|width| *width > 40), "{drawn:?}");
    // From then on nothing is wider, and what stays is not either.
    assert!(
        drawn.iter().rev().take(4).all(|width| *width <= 40),
        "{drawn:?}"
    );
}
