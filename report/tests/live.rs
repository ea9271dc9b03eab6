//! What stands on a terminal while a run goes on, and what stays of it: the console writes to a model of
//! a terminal, whose screen is looked at.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::io::{self, Write};
use std::num::NonZero;
use std::rc::Rc;

use scn_protocol::{Event, Phase, Status, Verdict};
use scn_report::console::{Console, Detail, Options};
use serde_json::{Value as Json, json};

/// A terminal, which both streams are.
#[derive(Clone)]
struct Terminal(Rc<RefCell<vt100::Parser>>);

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // As the system does for a terminal.
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(line) => {
                    self.0.borrow_mut().process(line);
                    self.0.borrow_mut().process(b"\r\n");
                }
                None => self.0.borrow_mut().process(piece),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const SOURCE: &str = "start Shop\nparallel\n  run load\n  place_order tea\nend\nsmoke\n";

const MS: i64 = 1_000_000;

struct Run {
    console: Console,
    terminal: Terminal,
    now: i64,
}

fn run(columns: u16, rows: u16) -> Run {
    let size = |number| NonZero::new(number).unwrap();
    let model = vt100::Parser::new(size(rows), size(columns), 200);
    let terminal = Terminal(Rc::new(RefCell::new(model)));
    let options = Options {
        detail: Detail::Normal,
        color: true,
        live: true,
        out_is_terminal: true,
        json: false,
        columns: columns.into(),
        rows: rows.into(),
    };
    let both = (Box::new(terminal.clone()), Box::new(terminal.clone()));
    let mut console = Console::new(options, both.0, both.1);
    console.begin([("shop.scn".to_owned(), SOURCE.to_owned())], "/runs/1");
    let mut run = Run {
        console,
        terminal,
        now: 1_000 * MS,
    };
    run.see(started());
    run
}

impl Run {
    fn see(&mut self, event: Event) -> &mut Self {
        self.console.event(self.now, &event, b"");
        self
    }

    /// So many milliseconds go by.
    fn after(&mut self, ms: i64) -> &mut Self {
        self.now += ms * MS;
        self.console.tick(self.now);
        self
    }

    fn screen(&self) -> String {
        self.terminal.0.borrow().screen().contents()
    }

    #[track_caller]
    fn shows(&self, screen: &str) {
        let shown = self.screen();
        assert!(shown == screen, "the screen is\n{shown}\nand not\n{screen}");
    }
}

fn started() -> Event {
    Event::RunStarted {
        run: "1".into(),
        scenario: "shop".into(),
        file: "shop.scn".into(),
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

fn step(step: u64, line: u32, branch: &str, attempt: u32, command: &str) -> Event {
    Event::StepStarted {
        step,
        line,
        command: command.split(' ').map(str::to_owned).collect(),
        does: String::new(),
        host: String::new(),
        attempt,
        phase: Phase::Scenario,
        branch: branch.into(),
        place: 0,
        file: None,
    }
}

fn ended(step: u64, line: u32, error: Option<&str>, again: bool) -> Event {
    Event::StepFinished {
        step,
        line,
        status: if error.is_some() {
            Status::Fail
        } else {
            Status::Pass
        },
        exit: None,
        signal: None,
        value: Json::Null,
        error: error.map(str::to_owned),
        duration_us: 12_345,
        caught: again,
        again,
        unstarted: false,
        torn: false,
    }
}

fn observed(metrics: Json) -> Event {
    Event::Observed {
        subject: "Shop".into(),
        metrics,
        host: String::new(),
        read: None,
    }
}

fn waiting(line: u32, branch: &str, what: &str, within_us: Option<u64>) -> Event {
    Event::Waiting {
        line,
        file: None,
        what: what.into(),
        within_us,
        branch: branch.into(),
    }
}

fn waited(branch: &str) -> Event {
    Event::Waited {
        line: 5,
        file: None,
        what: "wait until Shop.BOOKED == 2 within 4s".into(),
        outcome: true,
        status: None,
        value: Json::Null,
        error: None,
        region: None,
        caught: false,
        branch: branch.into(),
        place: 0,
    }
}

fn failed(run: &mut Run) {
    run.see(Event::Verdict {
        verdict: Verdict::Fail,
        reason: Some("smoke: exit status 1".into()),
        line: Some(6),
        file: None,
    })
    .see(Event::RunFinished {
        verdict: Verdict::Fail,
        steps: 4,
        failed: 1,
        duration_us: 1_200_000,
    });
}

/// A parallel run with a job, a wait and a step that is tried again.
fn parallel(run: &mut Run) {
    run.see(step(1, 1, "", 1, "start Shop"))
        .see(ended(1, 1, None, false))
        .see(observed(
            json!({"STATE": "OPEN", "BOOKED": 1, "fds": 4, "RSS": {"$size": "2MB"}}),
        ))
        .see(step(3, 4, "10", 1, "place_order tea"))
        .see(step(2, 3, "load", 1, "run bin/load --rate 1000"))
        .see(waiting(
            5,
            "2",
            "wait until Shop.BOOKED == 2 within 4s",
            Some(4_000_000),
        ))
        .after(500)
        .see(observed(json!({"BOOKED": 0})))
        .see(ended(3, 4, Some("exit status 1"), true))
        .after(700);
}

#[test]
fn branches_stand_side_by_side_with_what_they_do_and_what_is_watched() {
    let mut run = run(80, 24);
    parallel(&mut run);
    run.shows(
        "shop.scn  on local
  pass        1  start Shop  12ms
  again       4  place_order tea  [10]  12ms  exit status 1
  ⠹           5  wait until Shop.BOOKED == 2…  [2]  Shop.BOOKED is 0  2.8s left
  ⠧           4  place_order tea  [10]  attempt 1: exit status 1  0.7s
  ⠹           3  run bin/load --rate 1000  [load]  1.2s
                 Shop: BOOKED 0, STATE OPEN, RSS 2MB",
    );
    run.see(waited("2"))
        .see(step(4, 4, "10", 2, "place_order tea"))
        .after(100);
    run.shows(
        "shop.scn  on local
  pass        1  start Shop  12ms
  again       4  place_order tea  [10]  12ms  exit status 1
  pass        5  wait until Shop.BOOKED == 2 within 4s  [2]  1.2s
  ⠙           4  place_order tea  [10]  attempt 2  0.1s
  ⠸           3  run bin/load --rate 1000  [load]  1.3s
                 Shop: BOOKED 0, STATE OPEN, RSS 2MB",
    );
}

#[test]
fn what_the_end_of_a_block_waits_for_and_what_is_awaited_is_shown_with_the_time_left() {
    let mut run = run(80, 24);
    run.see(step(2, 3, "load", 1, "run load"))
        .see(waiting(4, "", "await load", Some(3_000_000)))
        .after(500);
    run.shows(
        "shop.scn  on local
  ⠴           4  await load  2.5s left
  ⠴           3  run load  [load]  0.5s",
    );
    run.see(ended(2, 3, None, false))
        .see(step(3, 5, "", 1, "run x"))
        .see(ended(3, 5, None, false))
        .see(observed(json!({"STATE": "OPEN"})))
        .see(waiting(
            6,
            "",
            "eventually Shop.STATE == 'SHUT' within 2s",
            Some(2_000_000),
        ))
        .see(waiting(
            7,
            "",
            "eventually x == 2 within 9s",
            Some(9_000_000),
        ))
        .after(200);
    let finished = "shop.scn  on local
  pass        3  run load  [load]  12ms
  pass        5  run x  12ms
";
    run.shows(&format!(
        "{finished}  ⠹           6  eventually Shop.STATE == 'SHUT…  Shop.STATE is OPEN  1.8s left
  ⠹           7  eventually x == 2 within 9s  8.8s left
                 Shop: STATE OPEN"
    ));
    run.see(Event::Checked {
        kind: "eventually".into(),
        line: 6,
        file: None,
        expression: "Shop.STATE == 'SHUT'".into(),
        holds: Some(true),
        values: json!({}),
        message: None,
        during: Some(6),
        watch: Some(0),
        branch: String::new(),
        caught: false,
    })
    .after(100);
    run.shows(&format!(
        "{finished}  ⠸           7  eventually x == 2 within 9s  8.7s left
                 Shop: STATE OPEN"
    ));
}

#[test]
fn a_small_terminal_has_what_fits() {
    let mut narrow = run(40, 6);
    parallel(&mut narrow);
    narrow.shows(
        "  pass        1  start Shop  12ms
  again       4  place_order…  [10]  12ms  exit status 1
⠹ 5 wait until Shop.BO…  [2]  2.8s left
⠧ 4 place_order tea  [10]  0.7s
⠹ 3 run bin/load --rate …  [load]  1.2s",
    );
    let mut tiny = run(40, 3);
    parallel(&mut tiny);
    let screen = tiny.screen();
    let last = screen.lines().last().unwrap();
    assert_eq!(last, "⠹ 5 wait until …  and 2 more  2.8s left");
}

#[test]
fn more_than_fits_is_counted() {
    let mut run = run(80, 10);
    for branch in 1..=9 {
        run.see(step(branch, 3, &branch.to_string(), 1, "run load"));
    }
    run.after(100);
    run.shows(
        "shop.scn  on local
  ⠙           3  run load  [1]  0.1s
  ⠙           3  run load  [2]  0.1s
  ⠙           3  run load  [3]  0.1s
  ⠙           3  run load  [4]  0.1s
                 … and 5 more",
    );
}

#[test]
fn wide_characters_and_tabs_take_the_columns_that_they_take() {
    let mut run = run(60, 10);
    run.see(step(
        1,
        3,
        "",
        1,
        "run 日本語日本語日本語日本語日本語日本語日本語日本語\tx",
    ))
    .after(100);
    run.shows(
        "shop.scn  on local
⠙ 3 run \"日本語日本語日本語日本語日本語日本語日本語…  0.1s",
    );
    assert_eq!(run.terminal.0.borrow().screen().cursor_position().0, 1);
}

#[test]
fn a_failure_leaves_the_lines_around_it_and_what_to_type_and_nothing_is_drawn_any_more() {
    let mut run = run(80, 24);
    let hint = |what: &str, command: &str| (what.to_owned(), command.to_owned());
    run.console.hint([
        hint("again", "scn run 'a b.scn'"),
        hint("record", "scn report 1"),
    ]);
    run.see(step(2, 3, "load", 1, "run load"))
        .see(step(1, 6, "", 1, "smoke"))
        .after(300)
        .see(ended(1, 6, Some("exit status 1"), false));
    failed(&mut run);
    run.after(100);
    run.shows(
        "shop.scn  on local
  fail        6  smoke  12ms  exit status 1
        4 |   place_order tea
        5 | end
  >     6 | smoke
  again   scn run 'a b.scn'
  record  scn report 1
FAIL shop.scn:6 smoke: exit status 1 (4 steps, 1.2s)",
    );
    let terminal = run.terminal.0.borrow();
    assert_eq!(terminal.screen().cursor_position(), (8, 0));
    assert!(!terminal.screen().hide_cursor());
}

#[test]
fn what_is_written_in_between_stands_above_what_goes_on() {
    let mut run = run(80, 24);
    run.see(step(1, 3, "1", 1, "run a"))
        .see(step(2, 4, "2", 1, "run b"))
        .after(100)
        .see(Event::Said {
            text: "hello".into(),
        });
    run.shows(
        "shop.scn  on local
hello
  ⠙           3  run a  [1]  0.1s
  ⠙           4  run b  [2]  0.1s",
    );
    // Much at once is not drawn each time.
    run.now += MS;
    run.see(Event::Said { text: "x".into() });
    run.shows("shop.scn  on local\nhello\nx");
    run.after(100);
    assert!(
        run.screen()
            .ends_with("\nx\n  ⠹           3  run a  [1]  0.2s\n  ⠹           4  run b  [2]  0.2s")
    );
}

#[test]
fn who_has_had_the_terminal_in_between_keeps_it() {
    let mut run = run(80, 24);
    run.see(step(1, 3, "1", 1, "run a"))
        .see(step(2, 4, "2", 1, "run b"))
        .after(100);
    run.terminal.write_all(b"^Z\nStopped\n$ fg\n").unwrap();
    run.console.resumed();
    run.after(100);
    run.shows(
        "shop.scn  on local
  ⠙           3  run a  [1]  0.1s
  ⠙           4  run b  [2]  0.1s^Z
Stopped
$ fg
  ⠹           3  run a  [1]  0.2s
  ⠹           4  run b  [2]  0.2s",
    );
}

#[test]
fn what_did_not_change_is_not_written_again() {
    let mut run = run(80, 24);
    run.see(step(1, 3, "", 1, "run a")).after(100);
    let before = run.terminal.0.borrow().screen().clone();
    run.terminal.write_all(b"!").unwrap();
    run.console.tick(run.now);
    let screen = run.screen();
    assert_eq!(screen, format!("{}!", before.contents()));
}
