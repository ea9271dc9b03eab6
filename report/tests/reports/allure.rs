//! Allure's results.

use std::collections::{BTreeMap, HashSet};

use scn_protocol::{Status, Verdict};
use serde_json::Value as Json;

use crate::formats::{checked, with_cases};
use crate::support::{Told, files, started, step};

/// The tests by their names.
fn tests(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Json> {
    let results = files
        .iter()
        .filter(|(name, _)| name.ends_with("-result.json"));
    results
        .map(|(_, bytes)| {
            let test: Json = serde_json::from_slice(bytes).unwrap();
            (test["name"].as_str().unwrap().to_owned(), test)
        })
        .collect()
}

#[test]
fn each_case_is_a_test_with_its_steps_and_what_they_wrote() {
    let told = with_cases();
    let files = files("allure", &[&told]);
    let tests = tests(&files);
    let statuses: Vec<_> = tests
        .iter()
        .map(|(name, test)| (name.as_str(), test["status"].as_str().unwrap()))
        .collect();
    assert_eq!(
        statuses,
        [
            ("Orders", "passed"),
            ("buys", "passed"),
            ("later", "skipped"),
            ("sells # short <now>", "failed"),
        ]
    );
    let sells = &tests["sells # short <now>"];
    assert_eq!(
        sells["statusDetails"]["message"],
        "order sell: exit status 1"
    );
    let sell = &sells["steps"][0];
    assert_eq!(
        (&sell["name"], &sell["status"]),
        (&"order sell".into(), &"failed".into())
    );
    let source = sell["attachments"][0]["source"].as_str().unwrap();
    assert_eq!(files[source], "\u{1b}[31mno <b>\u{0}\u{7}\n".as_bytes());
    // The scenario itself has what stands in no case.
    let steps = tests["Orders"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0]["name"], "start Engine");
    for test in tests.values() {
        assert!(test["start"].as_i64().unwrap() <= test["stop"].as_i64().unwrap());
    }
}

#[test]
fn every_file_that_is_named_is_there_and_no_other() {
    let told = with_cases();
    let files = files("allure", &[&told]);
    let mut named = HashSet::new();
    fn walk(of: &Json, named: &mut HashSet<String>) {
        for source in of["attachments"].as_array().into_iter().flatten() {
            named.insert(source["source"].as_str().unwrap().to_owned());
        }
        for step in of["steps"].as_array().into_iter().flatten() {
            walk(step, named);
        }
    }
    tests(&files)
        .values()
        .for_each(|test| walk(test, &mut named));
    let others = files.keys().filter(|name| !name.ends_with("-result.json"));
    assert_eq!(others.cloned().collect::<HashSet<_>>(), named);
}

#[test]
fn a_test_is_known_from_run_to_run_and_a_run_that_is_rendered_twice_is_one() {
    let (one, two) = (with_cases(), with_cases());
    assert_eq!(files("allure", &[&one]), files("allure", &[&one]));
    let history = |told: &Told| tests(&files("allure", &[told]))["buys"]["historyId"].clone();
    assert_eq!(history(&one), history(&two));
    let ids: HashSet<_> = tests(&files("allure", &[&one]))
        .values()
        .map(|test| test["historyId"].to_string())
        .collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn attempts_stand_under_their_step_and_what_was_caught_is_no_failure() {
    let mut told = Told::of(started());
    told.step(step(1, 2).attempt(1).caught(), Status::Fail);
    told.step(step(2, 2).attempt(2), Status::Pass);
    told.see(checked(3, "check", false));
    told.end(Verdict::Fail, Some("check n > 2"), Some(3));
    let tests = tests(&files("allure", &[&told]));
    let steps = tests["Orders"]["steps"].clone();
    assert_eq!(steps[0]["status"], "passed");
    assert_eq!(steps[0]["steps"][0]["status"], "skipped");
    assert_eq!(steps[0]["steps"][1]["status"], "passed");
    assert_eq!(
        (&steps[1]["name"], &steps[1]["status"]),
        (&"check n > 2".into(), &"failed".into())
    );
    assert_eq!(steps[1]["parameters"][0]["value"], "1");
}
