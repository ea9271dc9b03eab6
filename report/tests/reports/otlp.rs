//! OpenTelemetry's traces.

use std::collections::HashSet;

use scn_protocol::{Status, Verdict};
use serde_json::Value as Json;

use crate::formats::{checked, with_cases};
use crate::support::{Told, report, started, step};

fn spans(told: &Told) -> Vec<Json> {
    let json: Json = serde_json::from_str(&told.report("otlp")).unwrap();
    json["resourceSpans"][0]["scopeSpans"][0]["spans"]
        .as_array()
        .unwrap()
        .clone()
}

fn named<'s>(spans: &'s [Json], name: &str) -> &'s Json {
    let found = spans.iter().find(|span| span["name"] == name);
    found.unwrap_or_else(|| panic!("no span {name} in {spans:#?}"))
}

fn attribute<'s>(span: &'s Json, key: &str) -> &'s Json {
    let all = span["attributes"].as_array().unwrap();
    let found = all.iter().find(|attribute| attribute["key"] == key);
    &found.unwrap_or_else(|| panic!("no {key} in {span:#}"))["value"]
}

#[test]
fn every_span_is_in_one_that_stands_before_it_and_ends_after_it_began() {
    let spans = spans(&with_cases());
    let mut before = HashSet::new();
    for span in &spans {
        let text = |key: &str| span[key].as_str().unwrap().to_owned();
        assert_eq!((text("traceId").len(), text("spanId").len()), (32, 16));
        assert_eq!(text("traceId"), spans[0]["traceId"]);
        match before.is_empty() {
            true => assert_eq!(span.get("parentSpanId"), None),
            false => assert!(before.contains(&text("parentSpanId")), "{span:#}"),
        }
        assert!(before.insert(text("spanId")), "{span:#}");
        let time = |key: &str| text(key).parse::<i64>().unwrap();
        assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"));
    }
}

#[test]
fn the_run_its_cases_and_its_steps_say_how_they_ended() {
    let spans = spans(&with_cases());
    let run = &spans[0];
    assert_eq!(run["name"], "Orders");
    assert_eq!(
        attribute(run, "test.suite.run.status")["stringValue"],
        "failure"
    );
    assert_eq!(run["status"]["code"], 2);
    let sells = named(&spans, "sells # short <now>");
    assert_eq!(
        attribute(sells, "test.case.result.status")["stringValue"],
        "fail"
    );
    assert_eq!(sells["status"]["message"], "order sell: exit status 1");
    let sell = named(&spans, "order sell");
    assert_eq!(sell["parentSpanId"], sells["spanId"]);
    assert_eq!(
        (
            &sell["status"]["code"],
            &attribute(sell, "code.line.number")["intValue"]
        ),
        (&2.into(), &"7".into())
    );
    assert_eq!(named(&spans, "order buy")["status"], serde_json::json!({}));
}

#[test]
fn attempts_are_spans_of_their_step_and_what_is_judged_at_once_is_an_event() {
    let mut told = Told::of(started());
    told.step(step(1, 2).attempt(1).caught(), Status::Fail);
    told.step(step(2, 2).attempt(2), Status::Pass);
    told.see(checked(3, "check", false));
    told.see(checked(4, "wait", true));
    told.end(Verdict::Fail, Some("check n > 2"), Some(3));
    let spans = spans(&told);
    let tried = named(&spans, "attempt 1");
    assert_eq!(tried["status"], serde_json::json!({}));
    assert_eq!(attribute(tried, "scn.caught")["boolValue"], true);
    assert_eq!(
        tried["parentSpanId"],
        named(&spans, "attempt 2")["parentSpanId"]
    );
    let events = spans[0]["events"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["name"], "check n > 2");
    assert_eq!(attribute(&events[0], "scn.holds")["boolValue"], false);
    named(&spans, "wait n > 2");
}

#[test]
fn a_run_that_is_rendered_again_is_the_same_trace() {
    let told = with_cases();
    assert_eq!(told.report("otlp"), told.report("otlp"));
    let json: Json = serde_json::from_str(&report("otlp", &[&told, &with_cases()])).unwrap();
    assert_eq!(json["resourceSpans"].as_array().unwrap().len(), 2);
}
