//! What a person sees of a run.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use scn_protocol::{Event, Phase, Status, Stream, Verdict};
use scn_report::console::{Console, Detail, Options};
use serde_json::{Value as Json, json};

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Shared {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.borrow_mut())).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Refuses everything with this kind of error.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const PLAIN: Options = Options {
    detail: Detail::Normal,
    color: false,
    live: false,
    out_is_terminal: false,
    json: false,
    columns: 100,
    rows: 24,
};

const SOURCE: &str = "start_load\nkill -9 Primary\nexec_smoke\nstop_load\n\nexit\n";

/// The scenario, and a file that it uses.
fn texts() -> [(String, String); 2] {
    [("failover.scn", SOURCE), ("lib/steps.scn", USED)]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
}

const USED: &str = "step exec_smoke\n  run smoke\nend\n";

struct Seen {
    console: Console,
    out: Shared,
    err: Shared,
}

fn console(options: Options) -> Seen {
    let (out, err) = (Shared::default(), Shared::default());
    let mut console = Console::new(options, Box::new(out.clone()), Box::new(err.clone()));
    console.begin(texts(), "/runs/1");
    Seen { console, out, err }
}

impl Seen {
    fn see(&mut self, event: Event) -> &mut Self {
        self.console.event(0, &event, b"{}\n");
        self
    }
}

fn started() -> Event {
    Event::RunStarted {
        run: "1".into(),
        scenario: "failover".into(),
        file: "failover.scn".into(),
        environment: Some("local".into()),
        parameters: json!({}),
        trigger: Json::Null,
        conditions: json!({}),
        scn: "0".into(),
        known: None,
        tags: vec![],
        covers: vec![],
        seed: None,
        pid: None,
    }
}

fn step(step: u64, line: u32, command: &str) -> Event {
    Event::StepStarted {
        step,
        line,
        command: command.split(' ').map(str::to_owned).collect(),
        does: String::new(),
        host: String::new(),
        attempt: 1,
        phase: Phase::Scenario,
        branch: String::new(),
        place: 0,
        file: None,
    }
}

fn ended(step: u64, line: u32, status: Status, error: Option<&str>) -> Event {
    Event::StepFinished {
        step,
        line,
        status,
        exit: None,
        signal: None,
        value: Json::Null,
        error: error.map(str::to_owned),
        duration_us: 12_000,
        caught: false,
        again: false,
        unstarted: false,
        torn: false,
    }
}

fn wrote(step: u64, text: &str) -> Event {
    Event::Output {
        step,
        stream: Stream::Stdout,
        text: Some(text.into()),
        bytes: None,
        file: None,
    }
}

fn wrote_file(step: u64, file: &str) -> Event {
    Event::Output {
        step,
        stream: Stream::Stdout,
        text: None,
        bytes: None,
        file: Some(file.into()),
    }
}

fn verdict(verdict: Verdict, line: Option<u32>, reason: Option<&str>) -> Event {
    Event::Verdict {
        verdict,
        reason: reason.map(str::to_owned),
        line,
        file: None,
    }
}

fn over(verdict: Verdict) -> Event {
    Event::RunFinished {
        verdict,
        steps: 4,
        failed: 0,
        duration_us: 1_200_000,
    }
}

fn said(text: &str) -> Event {
    Event::Said { text: text.into() }
}

fn failing_run(seen: &mut Seen) {
    seen.see(started())
        .see(step(1, 1, "start_load"))
        .see(wrote(1, "load runs\n"))
        .see(ended(1, 1, Status::Pass, None))
        .see(said("trading"))
        .see(step(2, 3, "exec_smoke"))
        .see(wrote(2, "connecting\n"))
        .see(wrote(2, "\x1b[31mrefused\x1b[0m"))
        .see(ended(2, 3, Status::Fail, Some("exit status 1")))
        .see(verdict(
            Verdict::Fail,
            Some(3),
            Some("exec_smoke: exit status 1"),
        ))
        .see(over(Verdict::Fail));
}

#[test]
fn steps_are_told_as_they_pass_and_the_verdict_last() {
    let mut seen = console(PLAIN);
    seen.see(started())
        .see(step(1, 1, "start_load"))
        .see(wrote(1, "load runs\n"))
        .see(ended(1, 1, Status::Pass, None))
        .see(verdict(Verdict::Pass, Some(1), None))
        .see(over(Verdict::Pass));
    assert_eq!(
        seen.err.take(),
        "\
failover.scn  on local
  pass        1  start_load  12ms
PASS failover.scn (4 steps, 1.2s)
"
    );
    assert_eq!(seen.out.take(), "");
}

#[test]
fn a_failing_step_is_told_with_its_output_and_the_lines_around_it() {
    let mut seen = console(PLAIN);
    failing_run(&mut seen);
    assert_eq!(
        seen.err.take(),
        "\
failover.scn  on local
  pass        1  start_load  12ms
  fail        3  exec_smoke  12ms  exit status 1
          | connecting
          | \\u{1b}[31mrefused\\u{1b}[0m
        1 | start_load
        2 | kill -9 Primary
  >     3 | exec_smoke
        4 | stop_load
        5 |
FAIL failover.scn:3 exec_smoke: exit status 1 (4 steps, 1.2s)
"
    );
    assert_eq!(seen.out.take(), "trading\n");
}

#[test]
fn quiet_leaves_the_verdict_and_what_the_scenario_says() {
    let mut seen = console(Options {
        detail: Detail::Quiet,
        ..PLAIN
    });
    failing_run(&mut seen);
    assert_eq!(
        seen.err.take(),
        "FAIL failover.scn:3 exec_smoke: exit status 1 (4 steps, 1.2s)\n"
    );
    assert_eq!(seen.out.take(), "trading\n");
}

#[test]
fn json_has_the_journals_lines_in_place_of_what_the_scenario_says() {
    let mut seen = console(Options {
        json: true,
        ..PLAIN
    });
    seen.see(started()).see(said("hello"));
    assert_eq!(seen.out.take(), "{}\n{}\n");
}

#[test]
fn verbose_shows_output_as_it_comes_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = console(Options {
        detail: Detail::Verbose,
        ..PLAIN
    });
    seen.console.begin(texts(), folder.path());
    seen.see(step(1, 3, "exec_smoke")).see(wrote(1, "one\ntw"));
    assert_eq!(seen.err.take(), "          | one\n");
    fs::write(folder.path().join("1.stdout"), "three\nfo").unwrap();
    seen.see(wrote(1, "o\n")).see(wrote_file(1, "1.stdout"));
    seen.console.follow();
    assert_eq!(seen.err.take(), "          | two\n          | three\n");
    append(&folder.path().join("1.stdout"), "ur\nfive");
    seen.see(ended(1, 3, Status::Error, Some("gone")));
    let text = seen.err.take();
    assert!(
        text.starts_with("          | four\n          | five\n  error       3  exec_smoke"),
        "{text}"
    );
    assert_eq!(text.matches("five").count(), 1);
}

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn of_a_large_output_the_end_is_shown_and_where_the_rest_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = console(PLAIN);
    seen.console.begin([], folder.path());
    fs::write(
        folder.path().join("1.stdout"),
        "line\n".repeat(1_000_000) + "last",
    )
    .unwrap();
    seen.see(step(1, 3, "x"))
        .see(wrote(1, "first\n"))
        .see(wrote_file(1, "1.stdout"))
        .see(ended(1, 3, Status::Fail, Some("no")));
    let text = seen.err.take();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 42);
    assert!(
        lines[1].starts_with("          | … (") && lines[1].ends_with("1.stdout)"),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2], "          | line");
    assert_eq!(lines[41], "          | last");
}

#[test]
fn a_caught_failure_is_told_in_one_line() {
    let mut seen = console(PLAIN);
    let Event::StepFinished {
        step: of,
        line,
        status,
        exit,
        signal,
        value,
        error,
        duration_us,
        ..
    } = ended(1, 3, Status::Fail, Some("exit status 1"))
    else {
        unreachable!()
    };
    seen.see(step(1, 3, "exec_smoke"))
        .see(wrote(1, "x\n"))
        .see(Event::StepFinished {
            step: of,
            line,
            status,
            exit,
            signal,
            value,
            error,
            duration_us,
            caught: true,
            again: true,
            unstarted: false,
            torn: false,
        });
    assert_eq!(
        seen.err.take(),
        "  again       3  exec_smoke  12ms  exit status 1\n"
    );
}

/// What a watch, a wait or a check gave.
fn judged(kind: &str, expression: &str, message: &str, caught: bool) -> Event {
    Event::Checked {
        kind: kind.into(),
        line: 2,
        file: None,
        expression: expression.into(),
        holds: Some(false),
        values: json!({"x": 3}),
        message: Some(message.into()),
        during: matches!(kind, "always" | "eventually").then_some(4),
        watch: None,
        branch: String::new(),
        caught,
    }
}

fn waiting(what: &str, branch: &str) -> Event {
    Event::Waiting {
        line: 2,
        file: None,
        what: what.into(),
        within_us: Some(2_000_000),
        branch: branch.into(),
    }
}

fn waited(what: &str, branch: &str, status: Status, error: Option<&str>) -> Event {
    Event::Waited {
        line: 2,
        file: None,
        what: what.into(),
        outcome: status == Status::Pass,
        status: Some(status),
        value: Json::Null,
        error: error.map(str::to_owned),
        region: None,
        caught: false,
        branch: branch.into(),
        place: 0,
    }
}

#[test]
fn what_takes_care_of_a_failure_leaves_one_line_of_it() {
    let mut seen = console(PLAIN);
    seen.see(judged("assert", "x == 4", "too small", true));
    assert_eq!(
        seen.err.take(),
        "  caught      2  assert x == 4  too small  x = 3\n"
    );
}

#[test]
fn a_violation_is_told_once_with_its_time_and_the_line_that_was_running() {
    let mut seen = console(PLAIN);
    let when = "(at 2026-11-21T20:17:05.062Z, line 4 was running)";
    seen.see(judged(
        "always",
        "x == 2",
        &format!("always x == 2 does not hold: x is 3 {when}"),
        false,
    ));
    let told = "  fail        2  always x == 2 does not hold  while line 4 was running  at 2026-11-21T20:17:05.062Z\n          |   x = 3\n";
    let shown = seen.err.take();
    assert!(shown.starts_with(told), "{shown}");
    seen.see(judged(
        "eventually",
        "x == 2",
        &format!("eventually x == 2 within 5s: it was not so within 5s: x is 3 {when}"),
        false,
    ));
    let told = "  fail        2  eventually x == 2 within 5s: it was not so within 5s  while line 4 was running  at 2026-11-21T20:17:05.062Z\n";
    let shown = seen.err.take();
    assert!(shown.starts_with(told), "{shown}");
}

#[test]
fn a_wait_has_a_line_when_it_is_over() {
    let mut seen = console(PLAIN);
    let what = "wait until x == 4 within 2s";
    seen.see(waited(what, "", Status::Pass, None));
    seen.see(waiting(what, "1"));
    seen.console
        .event(1_500_000_000, &waited(what, "1", Status::Pass, None), b"");
    assert_eq!(
        seen.err.take(),
        "  pass        2  wait until x == 4 within 2s  0us
  pass        2  wait until x == 4 within 2s  [1]  1.5s
"
    );
}

#[test]
fn a_wait_in_vain_is_told_once_with_the_last_values() {
    let mut seen = console(PLAIN);
    seen.see(started()).err.take();
    let what = "wait until x == 4 within 2s";
    let reason = "wait until x == 4 was not so within 2s: x is 3";
    seen.see(waiting(what, ""));
    seen.see(judged("wait", "x == 4", reason, false));
    seen.console.event(
        2_000_000_000,
        &waited(what, "", Status::Fail, Some(reason)),
        b"",
    );
    assert_eq!(
        seen.err.take(),
        "  fail        2  wait until x == 4 within 2s  2.0s  was not so within 2s
          |   x = 3
        1 | start_load
  >     2 | kill -9 Primary
        3 | exec_smoke
        4 | stop_load
"
    );
    let what = "wait event 'READY *' within 2s";
    let reason = "wait event 'READY *' within 2s: no such event within 2s";
    seen.see(waited(what, "", Status::Fail, Some(reason)));
    assert_eq!(
        seen.err.take(),
        "  fail        2  wait event 'READY *' within 2s  0us  no such event within 2s\n"
    );
}

fn checked(values: Json) -> Event {
    Event::Checked {
        kind: "assert".into(),
        line: 6,
        file: None,
        expression: "smoke == 'PASS'".into(),
        holds: Some(false),
        values,
        message: Some("the smoke test must pass".into()),
        during: None,
        watch: None,
        branch: String::new(),
        caught: false,
    }
}

#[test]
fn a_check_that_does_not_hold_is_told_with_its_values() {
    let mut seen = console(PLAIN);
    seen.see(started()).err.take();
    seen.see(checked(
        json!({"smoke": "FAIL", "t": {"$duration": "1.5s"}}),
    ));
    assert_eq!(
        seen.err.take(),
        "  fail        6  assert smoke == 'PASS'  the smoke test must pass
          |   smoke = 'FAIL'
          |   t     = 1.5s
        4 | stop_load
        5 |
  >     6 | exit
"
    );
}

#[test]
fn what_failed_in_a_file_that_is_used_is_shown_from_that_file() {
    let mut seen = console(PLAIN);
    seen.see(started()).err.take();
    seen.see(Event::Checked {
        kind: "check".into(),
        line: 2,
        file: Some("lib/steps.scn".into()),
        expression: "n == 1".into(),
        holds: Some(false),
        values: json!({}),
        message: None,
        during: None,
        watch: None,
        branch: String::new(),
        caught: false,
    });
    seen.see(Event::Verdict {
        verdict: Verdict::Fail,
        reason: Some("check n == 1 does not hold".into()),
        line: Some(2),
        file: Some("lib/steps.scn".into()),
    });
    seen.see(over(Verdict::Fail));
    assert_eq!(
        seen.err.take(),
        "  fail        2  check n == 1  in lib/steps.scn
        1 | step exec_smoke
  >     2 |   run smoke
        3 | end
FAIL failover.scn lib/steps.scn:2 check n == 1 does not hold (4 steps, 1.2s)
"
    );
}

#[test]
fn a_run_whose_record_has_no_end_has_a_verdict_all_the_same() {
    let mut seen = console(PLAIN);
    seen.console.unrecorded(7, "a.scn", "the disk is full");
    assert_eq!(
        seen.err.take(),
        "ERROR a.scn the disk is full (0 steps, 0us)\n"
    );
    seen.see(started()).see(step(1, 1, "sleep")).err.take();
    seen.console
        .unrecorded(3_000_000, "failover.scn", "stopped");
    assert_eq!(
        seen.err.take(),
        "ERROR failover.scn stopped (1 step, 3ms)\n"
    );
}

#[test]
fn the_line_that_is_drawn_keeps_to_the_terminal_as_it_is_now() {
    let mut seen = console(Options {
        live: true,
        ..PLAIN
    });
    seen.see(started())
        .see(step(1, 1, &"x".repeat(200)))
        .err
        .take();
    for columns in [100, 40, 20] {
        seen.console.resize(columns, 24);
        seen.console.tick(1_500_000_000);
        let drawn = seen.err.take();
        let drawn = drawn.rsplit_once("\u{1b}[J").unwrap().0;
        let drawn = drawn.rsplit(['\r', 'A']).next().unwrap();
        assert!(
            drawn.chars().count() < columns && drawn.ends_with("1.5s"),
            "{drawn:?}"
        );
    }
}

#[test]
fn of_texts_of_several_lines_the_difference_is_shown() {
    let mut seen = console(PLAIN);
    seen.see(checked(json!({"got": "a\nb\nc\n", "wanted": "a\nB\nc\n"})));
    let text = seen.err.take();
    assert!(
        text.contains(
            "          | --- got
          | +++ wanted
          |   a
          | - b
          | + B
          |   c
"
        ),
        "{text}"
    );
}

#[test]
fn a_difference_of_large_texts_is_cut() {
    let mut seen = console(PLAIN);
    let text = |word: &str| {
        (0..20_000)
            .map(|n| format!("{word}{n}\n"))
            .collect::<String>()
    };
    seen.see(checked(json!({"a": text("x"), "b": text("y")})));
    assert!(seen.err.take().lines().count() < 80);
}

#[test]
fn of_long_lists_and_maps_what_differs_is_shown() {
    let mut seen = console(PLAIN);
    let order = |price: i64| json!({"id": "A-1", "lines": [{"item": "tea", "price": price}, {"item": "coffee", "price": 7}]});
    seen.see(checked(json!({"got": order(4), "wanted": order(5)})));
    let text = seen.err.take();
    assert!(
        text.contains(
            "          | --- got
          | +++ wanted
          |       {
          |         \"item\": \"tea\",
          | -       \"price\": 4
          | +       \"price\": 5
          |       },
          |       {
"
        ),
        "{text}"
    );
}

#[test]
fn of_long_texts_the_place_where_they_differ_is_shown() {
    let mut seen = console(PLAIN);
    let text = |end: &str| format!("{}{end}", "0123456789".repeat(20));
    seen.see(checked(json!({"got": text("A"), "wanted": text("B")})));
    let told = seen.err.take();
    assert!(
        told.contains("got    = …") && told.contains("0123456789A'\n"),
        "{told}"
    );
    assert!(told.contains("0123456789B'\n"), "{told}");
}

#[test]
fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is_told() {
    for (kind, told) in [
        (io::ErrorKind::BrokenPipe, ""),
        (
            io::ErrorKind::StorageFull,
            "error: standard output cannot be written",
        ),
    ] {
        let err = Shared::default();
        let mut console = Console::new(PLAIN, Box::new(Broken(kind)), Box::new(err.clone()));
        for _ in 0..3 {
            console.event(0, &said("x"), b"");
        }
        let text = err.take();
        assert!(
            text.starts_with(told) && text.lines().count() == usize::from(!told.is_empty()),
            "{text}"
        );
    }
    let mut console = Console::new(
        PLAIN,
        Box::new(Broken(io::ErrorKind::BrokenPipe)),
        Box::new(Broken(io::ErrorKind::BrokenPipe)),
    );
    console.event(0, &over(Verdict::Pass), b"");
}

#[test]
fn setup_undo_and_attempts_are_told_apart() {
    let mut seen = console(PLAIN);
    for (number, phase) in [Phase::Setup, Phase::Finally, Phase::Undo]
        .into_iter()
        .enumerate()
    {
        let Event::StepStarted {
            command,
            does,
            host,
            branch,
            place,
            file,
            ..
        } = step(0, 0, "stop x")
        else {
            unreachable!()
        };
        let step = number as u64;
        seen.see(Event::StepStarted {
            step,
            line: 9,
            command,
            does,
            host: format!("{host}gw"),
            attempt: 2,
            phase,
            branch: format!("{branch}2.1"),
            place,
            file,
        })
        .see(ended(step, 9, Status::Pass, None));
    }
    assert_eq!(
        seen.err.take(),
        "  pass    setup  stop x  on gw  [2.1]  (attempt 2)  12ms
  pass        9  finally: stop x  on gw  [2.1]  (attempt 2)  12ms
  pass     undo  stop x  on gw  [2.1]  (attempt 2)  12ms
"
    );
}

#[test]
fn cases_and_lines_for_the_log_are_told() {
    let mut seen = console(PLAIN);
    seen.see(Event::CaseStarted {
        case: "buy".into(),
        line: 2,
        branch: String::new(),
    })
    .see(Event::Logged {
        step: 1,
        level: "warning".into(),
        message: "slow".into(),
    })
    .see(Event::Logged {
        step: 1,
        level: "debug".into(),
        message: "detail".into(),
    })
    .see(Event::CaseFinished {
        case: "buy".into(),
        line: 2,
        verdict: Verdict::Fail,
        reason: Some("x".into()),
        branch: String::new(),
    });
    assert_eq!(
        seen.err.take(),
        "  case    buy\n  warning slow\n  fail        2  case buy  x\n"
    );
}
