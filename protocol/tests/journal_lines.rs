//! Every event survives the way through a journal's line, with every digit.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::str::FromStr;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use scn_protocol::json::harmless;
use scn_protocol::{Event, Line, LogFile, LogPlace, Phase, Purpose, Status, Stream, Verdict, Why};
use serde_json::{Number, Value as Json};

fn number() -> impl Strategy<Value = Json> {
    prop_oneof![
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        // More digits than a float keeps, trailing zeros, exponents.
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?"
            .prop_map(|digits| Json::Number(Number::from_str(&digits).unwrap())),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        number(),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((key(), inner), 0..4).prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Names that the line itself uses come in values too.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("event".to_owned()),
        Just("seq".to_owned()),
        any::<String>()
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,80}",
        // What is to be escaped, for JSON or for a terminal, and what stands beside it.
        "[a\\x00-\\x20\"\\\\/~\u{7f}-\u{a0}\u{61b}-\u{61d}\u{200d}-\u{2010}\u{2027}-\u{202f}\u{2065}-\u{206a}\u{d7ff}\u{e000}\u{ffff}\u{10ffff}]{0,20}",
    ]
}

fn words() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..4)
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Skip),
        Just(Verdict::Pass),
        Just(Verdict::Fail),
        Just(Verdict::Error),
    ]
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        Just(Status::Pass),
        Just(Status::Fail),
        Just(Status::Error),
        Just(Status::Timeout),
        Just(Status::Cancelled),
    ]
}

fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![
        Just(Phase::Setup),
        Just(Phase::Scenario),
        Just(Phase::Finally),
        Just(Phase::Undo),
    ]
}

fn stream() -> impl Strategy<Value = Stream> {
    prop_oneof![Just(Stream::Stdout), Just(Stream::Stderr)]
}

fn run_started() -> impl Strategy<Value = Event> {
    let names = (text(), text(), text(), of(text()), text());
    let data = (
        json(),
        json(),
        json(),
        of(json().prop_filter("null reads as none", |j| !j.is_null())),
    );
    let rest = (words(), words(), of(any::<u64>()), of(any::<u32>()));
    (names, data, rest).prop_map(|(names, data, rest)| Event::RunStarted {
        run: names.0,
        scenario: names.1,
        file: names.2,
        environment: names.3,
        scn: names.4,
        parameters: data.0,
        trigger: data.1,
        conditions: data.2,
        known: data.3,
        tags: rest.0,
        covers: rest.1,
        seed: rest.2,
        pid: rest.3,
    })
}

fn step_started() -> impl Strategy<Value = Event> {
    let place = (any::<u64>(), any::<u32>(), any::<u32>(), any::<u64>());
    let what = (words(), text(), text(), phase(), text(), of(text()));
    (place, what).prop_map(|(place, what)| Event::StepStarted {
        step: place.0,
        line: place.1,
        attempt: place.2,
        place: place.3,
        command: what.0,
        does: what.1,
        host: what.2,
        phase: what.3,
        branch: what.4,
        file: what.5,
    })
}

fn step_finished() -> impl Strategy<Value = Event> {
    let how = (status(), of(any::<i64>()), of(text()), json(), of(text()));
    let whether = any::<[bool; 4]>();
    (any::<u64>(), any::<u32>(), how, any::<u64>(), whether).prop_map(
        |(step, line, how, duration_us, whether)| Event::StepFinished {
            step,
            line,
            status: how.0,
            exit: how.1,
            signal: how.2,
            value: how.3,
            error: how.4,
            duration_us,
            caught: whether[0],
            again: whether[1],
            unstarted: whether[2],
            torn: whether[3],
        },
    )
}

fn step_events() -> BoxedStrategy<Event> {
    prop_oneof![
        step_started(),
        (any::<u64>(), any::<u32>(), any::<u64>()).prop_map(|(step, pid, ticks)| Event::Started {
            step,
            pid,
            ticks
        }),
        (any::<u64>(), stream(), of(text()), of(text()), of(text())).prop_map(
            |(step, stream, text, bytes, file)| Event::Output {
                step,
                stream,
                text,
                bytes,
                file
            }
        ),
        (any::<u64>(), stream(), any::<u64>())
            .prop_map(|(step, stream, size)| Event::OutputEnded { step, stream, size }),
        step_finished(),
        (any::<u64>(), words(), of(text())).prop_map(|(step, command, branch)| Event::UndoOwed {
            step,
            command,
            branch
        }),
        text().prop_map(|branch| Event::BranchStarted { branch }),
        (any::<u64>(), words()).prop_map(|(step, command)| Event::UndoDone { step, command }),
    ]
    .boxed()
}

fn why() -> impl Strategy<Value = Why> {
    prop_oneof![
        Just(Why::Timeout),
        Just(Why::Late),
        Just(Why::Block),
        Just(Why::Ended)
    ]
}

fn purpose() -> impl Strategy<Value = Purpose> {
    prop_oneof![
        Just(Purpose::Resume),
        Just(Purpose::Cleanup),
        Just(Purpose::Replay)
    ]
}

fn waited() -> impl Strategy<Value = Event> {
    let how = (of(status()), json(), of(text()), of(any::<u64>()));
    let how = (how, any::<bool>());
    (
        (any::<u32>(), of(text())),
        text(),
        any::<bool>(),
        how,
        text(),
        any::<u64>(),
    )
        .prop_map(
            |(at, what, outcome, (how, caught), branch, place)| Event::Waited {
                line: at.0,
                file: at.1,
                what,
                outcome,
                status: how.0,
                value: how.1,
                error: how.2,
                region: how.3,
                caught,
                branch,
                place,
            },
        )
}

fn waiting() -> impl Strategy<Value = Event> {
    let place = (any::<u32>(), of(text()), text());
    (place, text(), of(any::<u64>())).prop_map(|(place, what, within_us)| Event::Waiting {
        line: place.0,
        file: place.1,
        what,
        within_us,
        branch: place.2,
    })
}

fn statement_events() -> BoxedStrategy<Event> {
    let checked = (text(), any::<u32>(), text(), of(any::<bool>()), json());
    let watch = (of(any::<u64>()), any::<bool>());
    let besides = (of(text()), of(any::<u32>()), text(), of(text()), watch);
    prop_oneof![
        text().prop_map(|text| Event::Said { text }),
        (text(), json(), any::<u32>()).prop_map(|(name, value, line)| Event::Assigned {
            name,
            value,
            line
        }),
        (checked, besides).prop_map(|(checked, besides)| Event::Checked {
            kind: checked.0,
            line: checked.1,
            file: besides.3,
            expression: checked.2,
            holds: checked.3,
            values: checked.4,
            message: besides.0,
            during: besides.1,
            branch: besides.2,
            watch: besides.4.0,
            caught: besides.4.1,
        }),
        (any::<u64>(), text(), text()).prop_map(|(step, level, message)| Event::Logged {
            step,
            level,
            message
        }),
        (text(), any::<u32>()).prop_map(|(name, line)| Event::Marked { name, line }),
        (text(), any::<u32>(), text(), any::<u64>(), any::<u64>()).prop_map(
            |(text, line, branch, stop, frame)| Event::Entered {
                text,
                line,
                branch,
                stop,
                frame,
            }
        ),
        (any::<u64>(), text(), text()).prop_map(|(step, name, file)| Event::Attached {
            step,
            name,
            file
        }),
        (text(), json(), of(text()), text(), any::<u64>()).prop_map(
            |(what, value, error, branch, place)| Event::LookedUp {
                what,
                value,
                error,
                branch,
                place,
            }
        ),
        waited(),
        waiting(),
        (text(), any::<u64>(), why(), of(any::<u64>())).prop_map(
            |(branch, number, why, region)| Event::Cut {
                branch,
                number,
                why,
                region
            }
        ),
    ]
    .boxed()
}

fn log_place() -> impl Strategy<Value = LogPlace> {
    let numbers = (any::<u32>(), any::<u64>(), any::<u64>());
    let rest = (of(any::<u32>()), of(any::<u32>()));
    (numbers, rest).prop_map(|((log, file, line), (nth, sum))| LogPlace {
        log,
        file,
        line,
        nth,
        sum,
    })
}

fn log_file() -> impl Strategy<Value = LogFile> {
    let numbers = (any::<u64>(), any::<u64>(), any::<u64>());
    (numbers, of(any::<i64>())).prop_map(|((device, inode, before), born)| LogFile {
        device,
        inode,
        born,
        before,
    })
}

fn system_and_verdict_events() -> BoxedStrategy<Event> {
    prop_oneof![
        run_started(),
        (purpose(), any::<u32>(), text()).prop_map(|(purpose, pid, scn)| Event::RunResumed {
            purpose,
            pid,
            scn
        }),
        (text(), any::<bool>()).prop_map(|(reason, limit)| Event::Stopped { reason, limit }),
        any::<i64>().prop_map(|by_us| Event::ClockSet { by_us }),
        (text(), any::<u32>(), text()).prop_map(|(case, line, branch)| Event::CaseStarted {
            case,
            line,
            branch
        }),
        (text(), any::<u32>(), verdict(), of(text()), text()).prop_map(
            |(case, line, verdict, reason, branch)| Event::CaseFinished {
                case,
                line,
                verdict,
                reason,
                branch,
            }
        ),
        (text(), json(), text(), of(log_place())).prop_map(|(subject, metrics, host, read)| {
            Event::Observed {
                subject,
                metrics,
                host,
                read,
            }
        }),
        (text(), text(), json(), text(), of(log_place())).prop_map(
            |(subject, message, data, host, read)| Event::Happened {
                subject,
                message,
                data,
                host,
                read,
            }
        ),
        (text(), log_place(), of(log_file()), any::<bool>()).prop_map(
            |(subject, from, file, on)| Event::LogFollowed {
                subject,
                from,
                file,
                on,
            }
        ),
        (text(), any::<u32>(), any::<u64>()).prop_map(|(subject, log, file)| Event::LogLeft {
            subject,
            log,
            file,
        }),
        (verdict(), of(text()), of(any::<u32>()), of(text())).prop_map(
            |(verdict, reason, line, file)| Event::Verdict {
                verdict,
                reason,
                line,
                file,
            }
        ),
        (verdict(), any::<u64>(), any::<u64>(), any::<u64>()).prop_map(
            |(verdict, steps, failed, duration_us)| Event::RunFinished {
                verdict,
                steps,
                failed,
                duration_us
            }
        ),
    ]
    .boxed()
}

/// Which of the strategies above makes this event. An event that is added does not compile
/// here until it stands in one of them.
fn made_by(event: &Event) -> Option<&'static str> {
    match event {
        Event::StepStarted { .. }
        | Event::BranchStarted { .. }
        | Event::Started { .. }
        | Event::Output { .. }
        | Event::OutputEnded { .. }
        | Event::StepFinished { .. }
        | Event::UndoOwed { .. }
        | Event::UndoDone { .. } => Some("step_events"),
        Event::Said { .. }
        | Event::Assigned { .. }
        | Event::Checked { .. }
        | Event::Logged { .. }
        | Event::Marked { .. }
        | Event::Attached { .. }
        | Event::LookedUp { .. }
        | Event::Waiting { .. }
        | Event::Waited { .. }
        | Event::Entered { .. }
        | Event::Cut { .. } => Some("statement_events"),
        Event::RunStarted { .. }
        | Event::RunResumed { .. }
        | Event::Stopped { .. }
        | Event::ClockSet { .. }
        | Event::CaseStarted { .. }
        | Event::CaseFinished { .. }
        | Event::Observed { .. }
        | Event::Happened { .. }
        | Event::LogFollowed { .. }
        | Event::LogLeft { .. }
        | Event::Verdict { .. }
        | Event::RunFinished { .. } => Some("system_and_verdict_events"),
        Event::Unknown => None,
    }
}

fn survives(event: Event) -> Result<(), TestCaseError> {
    prop_assert!(made_by(&event).is_some());
    let line = Line {
        seq: u64::MAX,
        at: "2026-11-21T00:50:12.000001Z".to_owned(),
        event,
    };
    let text = serde_json::to_string(&line).unwrap();
    prop_assert_eq!(&Line::parse(text.as_bytes()).unwrap(), &line);
    let mut appended = b"{".to_vec();
    line.event.append_to(&mut appended).unwrap();
    appended.push(b'}');
    let event = serde_json::to_string(&line.event).unwrap();
    let expected = harmless(event).replacen('{', "{,", 1);
    prop_assert_eq!(String::from_utf8(appended).unwrap(), expected);
    let tree = serde_json::to_value(&line.event).unwrap();
    // A tree does not know `-0`.
    prop_assume!(!text.contains("-0"));
    let from_tree: Event = serde_json::from_value(tree.clone()).unwrap();
    prop_assert_eq!(serde_json::to_value(&from_tree).unwrap(), tree);
    Ok(())
}

proptest! {
    #[test]
    fn events_of_steps(event in step_events()) {
        survives(event)?;
    }

    #[test]
    fn events_of_statements(event in statement_events()) {
        survives(event)?;
    }

    #[test]
    fn events_of_systems_and_verdicts(event in system_and_verdict_events()) {
        survives(event)?;
    }
}

#[test]
fn what_is_not_known_is_read_past() {
    let line = Line::parse(
        br#"{"event":"said","colour":1.50,"text":"x","at":"2026-11-21T00:50:12Z","seq":1}"#,
    )
    .unwrap();
    assert_eq!(line.event, Event::Said { text: "x".into() });
    let line = Line::parse(br#"{"seq":2,"at":"","event":"teleported","to":{"x":1e400}}"#).unwrap();
    assert_eq!(line.event, Event::Unknown);
}

#[test]
fn the_names_of_events_and_fields_are_those_of_the_manual() {
    let line = Line {
        seq: 3,
        at: "2026-11-21T00:50:12.000001Z".into(),
        event: Event::StepFinished {
            step: 1,
            line: 2,
            status: Status::Timeout,
            exit: None,
            signal: None,
            value: Json::Null,
            error: Some("too slow".into()),
            duration_us: 7,
            caught: false,
            again: false,
            unstarted: false,
            torn: false,
        },
    };
    assert_eq!(
        serde_json::to_string(&line).unwrap(),
        r#"{"seq":3,"at":"2026-11-21T00:50:12.000001Z","event":"step_finished","step":1,"line":2,"status":"timeout","exit":null,"value":null,"error":"too slow","duration_us":7}"#
    );
}
