//! The reports, each from runs that are told event by event.

use crate::support::{Told, started, step};
use quick_xml::Reader;
use quick_xml::events::Event as Xml;
use scn_protocol::{Event, Phase, Status, Stream, Verdict};
use serde_json::{Value as Json, json};

pub fn with_cases() -> Told {
    let mut told = Told::of(started());
    told.step(step(1, 2).command(&["start", "Engine"]), Status::Pass);
    told.see(Event::CaseStarted {
        case: "buys".into(),
        line: 3,
        branch: String::new(),
    });
    told.step(
        step(2, 4).command(&["order", "buy"]).writes("filled\n"),
        Status::Pass,
    );
    told.case_finished("buys", 3, Verdict::Pass, None);
    told.see(Event::CaseStarted {
        case: "sells # short <now>".into(),
        line: 6,
        branch: String::new(),
    });
    told.step(
        step(3, 7)
            .command(&["order", "sell"])
            .writes("\u{1b}[31mno <b>\u{0}\u{7}\n"),
        Status::Fail,
    );
    told.case_finished(
        "sells # short <now>",
        6,
        Verdict::Fail,
        Some("order sell: exit status 1"),
    );
    told.see(Event::CaseStarted {
        case: "later".into(),
        line: 9,
        branch: String::new(),
    });
    told.case_finished("later", 9, Verdict::Skip, Some("not built"));
    told.end(
        Verdict::Fail,
        Some("case sells # short <now>: order sell: exit status 1"),
        Some(7),
    );
    told
}

/// Each element with its attributes, and each text; entities resolved.
fn xml(text: &str) -> Vec<String> {
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Xml::Eof => return found,
            Xml::Start(element) | Xml::Empty(element) => {
                let mut shown = element.name().as_ref().to_owned();
                for attribute in element.attributes() {
                    let attribute = attribute.unwrap();
                    let name = attribute.key.as_ref().to_owned();
                    let value = quick_xml::escape::unescape(&attribute.value).unwrap();
                    shown.push_str(&format!(" {name}={value}"));
                }
                found.push(shown);
            }
            _ => {}
        }
    }
}

#[test]
fn a_case_is_a_test_case_and_the_scenario_one_beside_them() {
    let text = with_cases().report("junit");
    let elements = xml(&text);
    let cases: Vec<&str> = elements
        .iter()
        .filter(|element| !element.starts_with("propert"))
        .map(String::as_str)
        .collect();
    let starts = [
        "testsuites name=scn tests=4 failures=1 errors=0",
        "testsuite name=Orders tests=4 failures=1 errors=0 skipped=1",
        "testcase name=buys classname=suite.orders",
        "system-out",
        "testcase name=sells # short <now> classname=suite.orders",
        "failure type=FAIL message=order sell: exit status 1",
        "system-out",
        "system-err",
        "testcase name=later classname=suite.orders",
        "skipped message=not built",
        "testcase name=Orders classname=suite.orders",
    ];
    assert_eq!(cases.len(), starts.len(), "{cases:#?}");
    for (case, start) in cases.iter().zip(starts) {
        assert!(case.starts_with(start), "{case} is not {start}");
    }
    assert!(text.contains("suite/orders.scn:7: order sell: exit status 1"));
    assert!(text.contains("no &lt;b&gt;\\u{0}\\u{7}"), "{text}");
}

#[test]
fn a_row_that_fails_because_a_case_in_it_does_is_counted_once() {
    let begins = |case: &str, line| Event::CaseStarted {
        case: case.into(),
        line,
        branch: String::new(),
    };
    let mut told = Told::of(started());
    for (row, verdict) in [("row 1: a=1", Verdict::Pass), ("row 2: a=2", Verdict::Fail)] {
        told.see(begins(row, 1));
        told.see(begins("same", 2));
        let reason = (verdict == Verdict::Fail).then_some("assert a == 1 does not hold");
        told.case_finished("same", 2, verdict, reason);
        let reason = reason.map(|reason| format!("case same: {reason}"));
        told.case_finished(row, 1, verdict, reason.as_deref());
    }
    let reason = "row 2: a=2: case same: assert a == 1 does not hold";
    told.end(Verdict::Fail, Some(reason), Some(3));
    let elements = xml(&told.report("junit"));
    assert!(
        elements[0].starts_with("testsuites name=scn tests=4 failures=1 errors=0"),
        "{elements:#?}"
    );
    let failed = elements
        .iter()
        .position(|element| element.starts_with("failure "));
    let of = failed.map(|at| elements[at - 1].as_str());
    assert!(
        of.is_some_and(|of| of.starts_with("testcase name=row 2: a=2 / same")),
        "{elements:#?}"
    );
    assert!(
        told.report("tap").contains("\n    1..4\n"),
        "{}",
        told.report("tap")
    );
}

#[test]
fn an_error_is_no_failure_and_an_unfinished_run_is_an_error() {
    let mut told = Told::of(started());
    told.end(Verdict::Error, Some("no such host"), Some(3));
    let text = told.report("junit");
    assert!(text.contains("failures=\"0\" errors=\"1\""), "{text}");
    assert!(text.contains("<error type=\"ERROR\" message=\"no such host\""));

    let mut told = Told::of(started());
    told.see(step(1, 4).command(&["order", "buy"]).started());
    let text = told.report("junit");
    assert!(text.contains("<error type=\"UNFINISHED\""), "{text}");
    assert!(text.contains("while `order buy` was running"), "{text}");
    let tap = told.report("tap");
    assert!(tap.contains("not ok 1 - Orders on local\n"), "{tap}");
    assert!(tap.contains("severity: error") && tap.contains("verdict: UNFINISHED"));
    let console = told.report("console");
    assert!(
        console
            .lines()
            .last()
            .unwrap()
            .starts_with("UNFINISHED suite/orders.scn unfinished: "),
        "{console}"
    );
    let json: Json = serde_json::from_str(&told.report("json")).unwrap();
    assert_eq!(json["runs"][0]["outcome"], "UNFINISHED");
    assert_eq!(json["runs"][0]["tree"][0]["status"], "unfinished");
}

#[test]
fn a_record_that_cannot_be_read_on_says_so() {
    let mut told = Told::of(started());
    told.step(step(1, 2), Status::Pass);
    told.damaged = Some("journal.jsonl:9: lines are missing".into());
    for format in ["console", "junit", "tap", "json", "html", "ctrf", "otlp"] {
        let text = told.report(format);
        assert!(
            text.contains("journal.jsonl:9: lines are missing"),
            "{format}: {text}"
        );
    }
}

fn known(until: &str, verdict: Verdict) -> Told {
    let mut begun = started();
    if let Event::RunStarted { known, .. } = &mut begun {
        *known = Some(json!({ "id": "BUG-7", "until": until }));
    }
    let mut told = Told::of(begun);
    let reason = (verdict != Verdict::Pass).then_some("it is late");
    told.end(verdict, reason, Some(2));
    told
}

#[test]
fn a_known_defect_breaks_no_build_until_its_last_day_is_over() {
    let junit = known("2027-01-31", Verdict::Fail).report("junit");
    assert!(
        junit.contains("failures=\"0\" errors=\"0\" skipped=\"1\""),
        "{junit}"
    );
    assert!(junit.contains("<skipped type=\"known\" message=\"known: BUG-7: it is late\">"));
    let tap = known("2027-01-31", Verdict::Fail).report("tap");
    assert!(
        tap.contains("not ok 1 - Orders on local # TODO BUG-7 until 2027-01-31\n"),
        "{tap}"
    );
    let tap = known("2027-01-31", Verdict::Pass).report("tap");
    assert!(
        tap.contains("\nok 1 - Orders on local # TODO BUG-7 until 2027-01-31\n"),
        "{tap}"
    );
    let junit = known("2020-01-31", Verdict::Fail).report("junit");
    assert!(junit.contains("failures=\"1\""), "{junit}");
    assert!(
        !known("2020-01-31", Verdict::Fail)
            .report("tap")
            .contains("TODO")
    );
    assert!(
        known("2027-01-31", Verdict::Error)
            .report("junit")
            .contains("errors=\"1\"")
    );
}

#[test]
fn cases_are_a_subtest() {
    let tap = with_cases().report("tap");
    for line in [
        "TAP version 14",
        "1..1",
        "# Subtest: Orders on local",
        "    1..4",
        "    ok 1 - buys",
        "    not ok 2 - sells \\# short <now>",
        "      severity: fail",
        "    ok 3 - later # SKIP not built",
        "    ok 4 - Orders",
        "not ok 1 - Orders on local",
    ] {
        assert!(tap.lines().any(|found| found == line), "{line}\n{tap}");
    }
}

#[test]
fn branches_jobs_and_attempts_have_their_place_in_the_tree() {
    let mut told = Told::of(started());
    told.see(step(1, 1).branch("load").started());
    told.step(step(2, 2).attempt(1).caught(), Status::Fail);
    told.step(step(3, 2).attempt(2).place(1), Status::Pass);
    told.see(step(4, 4).branch("1").started());
    told.see(step(5, 5).branch("2").started());
    told.see(step(4, 4).branch("1").finished(Status::Pass));
    told.step(step(6, 6).branch("1").place(1), Status::Pass);
    told.see(step(5, 5).branch("2").finished(Status::Pass));
    // Another parallel.
    told.step(step(7, 8).branch("1"), Status::Pass);
    told.see(step(1, 1).branch("load").finished(Status::Pass));
    told.step(step(8, 9).phase(Phase::Undo), Status::Pass);
    told.end(Verdict::Pass, None, None);
    let json: Json = serde_json::from_str(&told.report("json")).unwrap();
    let tree = json["runs"][0]["tree"].as_array().unwrap();
    let shown: Vec<String> = tree
        .iter()
        .map(|node| {
            let inner = node["children"].as_array().map_or(0, Vec::len);
            let attempts = node["attempts"].as_array().map_or(0, Vec::len);
            format!(
                "{} {} {inner} {attempts}",
                node["kind"].as_str().unwrap(),
                node["branch"].as_str().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "job load 1 0",
            "step  0 2",
            "branch 1 2 0",
            "branch 2 1 0",
            "branch 1 1 0",
            "section - 1 0"
        ]
    );
}

#[test]
fn steps_of_interleaved_cases_stay_with_their_case() {
    let mut told = Told::of(started());
    for branch in ["1", "2"] {
        told.see(Event::CaseStarted {
            case: format!("case of {branch}"),
            line: 3,
            branch: branch.into(),
        });
    }
    told.step(step(1, 4).branch("1").writes("one\n"), Status::Pass);
    told.step(step(2, 4).branch("2").writes("two\n"), Status::Pass);
    for branch in ["1", "2"] {
        told.see(Event::CaseFinished {
            case: format!("case of {branch}"),
            line: 3,
            verdict: Verdict::Pass,
            reason: None,
            branch: branch.into(),
        });
    }
    told.end(Verdict::Pass, None, None);
    let ctrf: Json = serde_json::from_str(&told.report("ctrf")).unwrap();
    let tests = ctrf["results"]["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 3);
    assert_eq!(tests[0]["name"], "case of 1");
    assert_eq!(tests[0]["stdout"][1], "one");
    assert_eq!(tests[1]["stdout"][1], "two");
}

#[test]
fn the_object_of_a_run_has_what_is_documented() {
    let json: Json = serde_json::from_str(&with_cases().report("json")).unwrap();
    assert_eq!(json["format"], 1);
    let run = &json["runs"][0];
    for (field, value) in [
        ("verdict", json!("FAIL")),
        ("line", json!(7)),
        ("environment", json!("local")),
        ("parameters", json!({ "rate": 200 })),
        ("finished", json!(true)),
        ("steps", json!(3)),
    ] {
        assert_eq!(run[field], value, "{field}");
    }
    let case = &run["tree"][2];
    assert_eq!(
        (&case["title"], &case["verdict"]),
        (&json!("sells # short <now>"), &json!("FAIL"))
    );
    let attempt = &case["children"][0]["attempts"][0];
    assert_eq!(attempt["stdout"], "\u{1b}[31mno <b>\u{0}\u{7}\n");
    let page = include_str!("../../../docs/reports.md");
    for field in run
        .as_object()
        .unwrap()
        .keys()
        .chain(attempt.as_object().unwrap().keys())
    {
        assert!(
            page.contains(&format!("`{field}`")),
            "docs/reports.md does not say what {field} is"
        );
    }
}

#[test]
fn a_large_output_is_shown_by_its_ends_with_the_place_of_the_rest() {
    let mut told = Told::of(started());
    let path = told.folder().join("outputs");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(
        path.join("1.stdout"),
        "middle ".repeat(20_000) + "the end\n",
    )
    .unwrap();
    let one = step(1, 2);
    told.see(one.clone().started());
    told.output(1, Stream::Stdout, "the beginning\n");
    told.see(Event::Output {
        step: 1,
        stream: Stream::Stdout,
        text: None,
        bytes: None,
        file: Some("outputs/1.stdout".into()),
    });
    told.see(one.finished(Status::Pass));
    told.end(Verdict::Pass, None, None);
    for format in ["junit", "json", "html", "ctrf"] {
        let text = told.report(format);
        assert!(
            text.contains("the beginning") && text.contains("the end"),
            "{format}"
        );
        assert!(text.contains("outputs/1.stdout"), "{format}");
        assert!(text.len() < 120_000, "{format}: {}", text.len());
    }
}

#[test]
fn several_runs_come_into_one_report() {
    let (one, two) = (with_cases(), known("2020-01-31", Verdict::Pass));
    let both = crate::support::report("junit", &[&one, &two]);
    assert_eq!(
        xml(&both)
            .iter()
            .filter(|element| element.starts_with("testsuite "))
            .count(),
        2
    );
    assert!(crate::support::report("tap", &[&one, &two]).contains("\n1..2\n"));
    let json: Json = serde_json::from_str(&crate::support::report("json", &[&one, &two])).unwrap();
    assert_eq!(json["runs"].as_array().unwrap().len(), 2);
}

pub fn checked(line: u32, kind: &str, holds: bool) -> Event {
    Event::Checked {
        kind: kind.into(),
        line,
        file: None,
        expression: "n > 2".into(),
        holds: Some(holds),
        values: json!({ "n": 1 }),
        message: None,
        during: None,
        watch: None,
        branch: String::new(),
        caught: false,
    }
}

#[test]
fn a_judgement_that_was_tried_again_is_no_failure_and_one_in_a_loop_is() {
    let caught = |told: &Told| {
        let json: Json = serde_json::from_str(&told.report("json")).unwrap();
        let tree = json["runs"][0]["tree"].as_array().unwrap().clone();
        let of = |node: &Json| node["caught"].as_bool().unwrap();
        tree.iter().map(of).collect::<Vec<_>>()
    };
    // `retry` around an `assert`: it goes on after it.
    let mut told = Told::of(started());
    told.see(checked(2, "assert", false));
    told.see(checked(2, "assert", true));
    told.end(Verdict::Fail, Some("x"), Some(9));
    assert_eq!(caught(&told), [true, false]);
    // A `check` in a loop is noted, whatever the next one says.
    let mut told = Told::of(started());
    told.see(checked(2, "check", false));
    told.see(checked(2, "check", true));
    told.end(Verdict::Fail, Some("check n > 2"), Some(2));
    assert_eq!(caught(&told), [false, false]);
    // What passed has none.
    let mut told = Told::of(started());
    told.see(checked(2, "check", false));
    told.end(Verdict::Pass, None, None);
    assert_eq!(caught(&told), [true]);
}
