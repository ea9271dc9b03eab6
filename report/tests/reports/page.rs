//! The page: nothing that a run wrote acts in it.

use crate::support::{Told, report, started, step};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use proptest::prelude::*;
use scn_protocol::{Event, Status, Verdict};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// What lies between these two, the first time.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

fn data(page: &str) -> Json {
    let block = between(
        page,
        "<script type=\"application/json\" id=\"data\">",
        "</script>",
    );
    serde_json::from_str(block).unwrap()
}

/// A run in which this text stands wherever one can.
fn full_of(text: &str) -> Told {
    let mut begun = started();
    if let Event::RunStarted {
        scenario,
        file,
        environment,
        parameters,
        tags,
        ..
    } = &mut begun
    {
        text.clone_into(scenario);
        text.clone_into(file);
        *environment = Some(text.to_owned());
        *parameters = json!({ text: text });
        tags.push(text.to_owned());
    }
    let mut told = Told::of(begun);
    told.source = text.to_owned();
    told.see(Event::CaseStarted {
        case: text.to_owned(),
        line: 1,
        branch: String::new(),
    });
    told.step(
        step(1, 1).command(&[text, text]).branch(text).writes(text),
        Status::Fail,
    );
    told.see(Event::Checked {
        kind: "check".into(),
        line: 2,
        file: Some(text.to_owned()),
        expression: text.to_owned(),
        holds: Some(false),
        values: json!({ "a": format!("{text}\n"), "b": text }),
        message: Some(text.to_owned()),
        during: None,
        watch: None,
        branch: String::new(),
        caught: false,
    });
    told.see(Event::Observed {
        subject: text.to_owned(),
        metrics: json!({ text: text, "n": 1 }),
        host: String::new(),
        read: None,
    });
    told.see(Event::Happened {
        subject: text.to_owned(),
        message: text.to_owned(),
        data: json!({}),
        host: String::new(),
        read: None,
    });
    told.see(Event::Marked {
        name: text.to_owned(),
        line: 1,
    });
    told.case_finished(text, 1, Verdict::Fail, Some(text));
    told.end(Verdict::Fail, Some(text), Some(1));
    told
}

#[test]
fn nothing_that_a_run_wrote_is_markup() {
    let plain = full_of("plain").report("html");
    let tags = |page: &str| page.matches('<').count();
    for hostile in [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "]]><img src=x onerror=alert(1)>",
        "\" onmouseover=\"alert(1)",
        "' autofocus onfocus='alert(1)",
        "</style></title></textarea><svg onload=alert(1)>",
        "&lt;img&gt; &#60;",
        "javascript:alert(1)",
        "{{constructor.constructor('alert(1)')()}}",
        "\u{2028}\u{2029}\u{202e}\u{0}\u{1b}[31m\u{feff}\u{ffff}",
    ] {
        let page = full_of(hostile).report("html");
        assert_eq!(tags(&page), tags(&plain), "{hostile}");
        assert!(
            !hostile.contains('<') || !page.contains(hostile),
            "{hostile}"
        );
        data(&page);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_run_wrote_every_report_can_be_read(text in "(?s).{0,40}|[<>&'\"\\]\\\\#\u{0}-\u{1f}\u{7f}-\u{9f}\u{fffe}\u{2028}a]{0,24}") {
        // An empty reason has no paragraph of its own.
        let told = full_of(&format!("x{text}"));
        let plain = full_of("plain").report("html");
        let page = told.report("html");
        prop_assert_eq!(page.matches('<').count(), plain.matches('<').count());
        data(&page);
        let xml = told.report("junit");
        let mut reader = quick_xml::Reader::from_str(&xml);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => prop_assert!(false, "{error}: {xml}"),
            }
        }
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
        prop_assert!(xml.chars().all(allowed), "{xml}");
        serde_json::from_str::<Json>(&told.report("json")).unwrap();
        serde_json::from_str::<Json>(&told.report("ctrf")).unwrap();
        let tap = told.report("tap");
        let points = |margin: &str| tap.lines().filter(|line| line.strip_prefix(margin).is_some_and(|rest| rest.starts_with("ok ") || rest.starts_with("not ok "))).count();
        prop_assert_eq!((points(""), points("    ")), (1, 2), "{}", tap);
    }
}

#[test]
fn the_policy_names_the_script_and_the_style_and_lets_nothing_else_act() {
    let page = full_of("x").report("html");
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let digest = |text: &str| BASE64.encode(Sha256::digest(text.as_bytes()));
    let style = between(&page, "<style>", "</style>");
    let script = page
        .rsplit_once("<script>")
        .unwrap()
        .1
        .split_once("</script>")
        .unwrap()
        .0;
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            digest(script),
            digest(style)
        )
    );
    for outside in [
        "http://",
        "https://",
        "url(",
        "@import",
        "innerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "fetch(",
    ] {
        let found = page
            .replace("http://www.w3.org/2000/svg", "")
            .contains(outside);
        assert!(!found, "{outside}");
    }
}

#[test]
fn the_verdict_and_why_are_there_without_the_script() {
    let mut told = Told::of(started());
    told.source = "a\nb\n".into();
    told.step(step(1, 2), Status::Fail);
    told.end(Verdict::Fail, Some("run true: exit status 1"), Some(2));
    let page = told.report("html");
    let head = page.split_once("<script").unwrap().0;
    for text in [
        "<title>FAIL Orders</title>",
        "<div class=\"badge\">FAIL</div>",
        "<h1>Orders</h1>",
        "<b>suite/orders.scn:2</b> run true: exit status 1",
        "on local",
    ] {
        assert!(head.contains(text), "{text}");
    }
    let run = &data(&page)["runs"][0];
    assert_eq!(run["why"], 0);
    assert_eq!(run["nodes"][0]["bad"], true);
    assert_eq!(run["sources"][0]["text"], "a\nb\n");
}

#[test]
fn what_the_scenario_caught_is_a_hint_where_nothing_else_failed() {
    let mut told = Told::of(started());
    told.step(step(1, 2).caught(), Status::Fail);
    told.step(step(2, 3).place(1), Status::Pass);
    told.end(Verdict::Fail, Some("ended without reaching pass"), Some(4));
    let run = &data(&told.report("html"))["runs"][0];
    assert_eq!((&run["why"], &run["hint"]), (&json!(0), &json!(true)));
}

#[test]
fn what_failed_before_the_line_that_decided_is_a_hint() {
    let mut told = Told::of(started());
    told.step(step(1, 2), Status::Fail);
    told.end(Verdict::Fail, Some("as a `fail` says"), Some(4));
    let run = &data(&told.report("html"))["runs"][0];
    assert_eq!((&run["why"], &run["hint"]), (&json!(0), &json!(true)));
}

#[test]
fn of_a_run_that_was_cut_short_the_scenarios_own_step_is_shown_before_its_jobs() {
    let mut told = Told::of(started());
    told.see(step(1, 1).branch("load").started());
    told.see(step(2, 3).command(&["order", "buy"]).started());
    let page = told.report("html");
    let run = &data(&page)["runs"][0];
    assert_eq!(
        run["nodes"][usize::try_from(run["why"].as_u64().unwrap()).unwrap()]["l"],
        3
    );
    assert!(page.contains("while `order buy` and 1 more were running"));
}

#[test]
fn of_several_runs_the_first_that_did_not_pass_is_shown() {
    let mut good = Told::of(started());
    good.end(Verdict::Pass, None, None);
    let bad = full_of("x");
    let page = report("html", &[&good, &bad, &good]);
    assert_eq!(data(&page)["first"], 1);
    assert!(page.contains("<h1>1 of 3 runs did not pass</h1>"));
    assert!(
        page.contains("<section id=\"run-0\" hidden>") && page.contains("<section id=\"run-1\">")
    );
}

#[test]
fn what_was_watched_is_a_curve_or_a_band() {
    let mut told = Told::of(started());
    for (size, state) in [("10MB", "UP"), ("20MB", "UP"), ("5MB", "DOWN")] {
        told.see(Event::Observed {
            subject: "Engine".into(),
            metrics: json!({ "RSS": { "$size": size }, "STATE": state }),
            host: String::new(),
            read: None,
        });
    }
    told.end(Verdict::Pass, None, None);
    let series = data(&told.report("html"))["runs"][0]["series"].clone();
    assert_eq!(
        (&series[0]["from"], &series[0]["to"]),
        (&json!("5MB"), &json!("20MB"))
    );
    assert_eq!(series[0]["points"].as_array().unwrap().len(), 3);
    assert_eq!(series[1]["numbers"], Json::Null);
    assert_eq!(series[1]["points"].as_array().unwrap().len(), 2);
}

#[test]
fn ten_thousand_steps_make_a_page_that_a_browser_can_hold() {
    let mut told = Told::of(started());
    for number in 1..=10_000 {
        told.step(
            step(number, 2).place(number).writes(&"x".repeat(900)),
            Status::Pass,
        );
    }
    told.step(
        step(10_001, 3).place(10_001).writes(&"y".repeat(50_000)),
        Status::Fail,
    );
    told.end(Verdict::Fail, Some("run true: exit status 1"), Some(3));
    let page = told.report("html");
    assert!(page.len() < 16 << 20, "{}", page.len());
    assert_eq!(data(&page)["runs"][0]["why"], 10_000);
    // What failed is shown whatever the others wrote.
    assert!(page.contains(&"y".repeat(16_000)));
}

#[test]
fn a_report_of_no_run_says_that_there_is_none() {
    let page = report("html", &[]);
    assert!(page.contains("<h1>no run was recorded</h1>"));
    assert_eq!(data(&page)["runs"], json!([]));
}
