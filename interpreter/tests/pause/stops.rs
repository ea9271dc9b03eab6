//! Where a run stops: by stepping, at breakpoints, where it fails.

use scn_interpreter::debug::{Answer, Breakpoint, Step};
use scn_interpreter::embed::Verdict;

use crate::prompt::{run, say, show};

const STEPPED: &str = "set n = 1
double
while n < 4
  set n = n + 1
end
act \"n is #{n}\"
step double
  set inner = 5
  act \"inner #{inner}\"
end
";

#[test]
fn stepping_goes_into_and_over_and_out() {
    let step = |how| Answer::Step(how);
    let run = run(
        STEPPED,
        vec![
            step(Step::Over),
            step(Step::Into),
            step(Step::Over),
            step(Step::Out),
            step(Step::Over),
        ],
        None,
        |debugger| {
            debugger.stop_on_entry();
            debugger
        },
    );
    let at = |seen: &String| seen.split('`').next().unwrap_or_default().trim().to_owned();
    let places: Vec<String> = run.seen.iter().map(at).collect();
    assert_eq!(
        places,
        [
            "Entry at scenario:1",
            "Step at scenario:2",
            "Step at double:8",
            "Step at double:9",
            "Step at scenario:3",
            "Step at scenario:4",
        ]
    );
    assert!(run.seen[3].ends_with("[inner=5]"), "{:?}", run.seen);
    assert_eq!(run.ran.verdict, Verdict::Pass);
}

#[test]
fn breakpoints_stop_at_lines_and_steps_if_their_conditions_hold() {
    let run = run(STEPPED, Vec::new(), None, |debugger| {
        let all = ["4 if n > 2", "double", "act if n == 4"];
        let all = all.iter().zip(1..);
        let all = all.map(|(text, id)| text.parse::<Breakpoint>().unwrap().numbered(id));
        debugger.set_breakpoints(all.collect());
        debugger
    });
    let short = |seen: &String| seen.split('`').next().unwrap_or_default().trim().to_owned();
    let places: Vec<String> = run.seen.iter().map(short).collect();
    assert_eq!(
        places,
        [
            "Breakpoint(2) at scenario:2",
            "Breakpoint(2) at double:8",
            "notice: the condition of the breakpoint act if n == 4 means nothing here, and counts as true",
            "Breakpoint(3) at double:9",
            "Breakpoint(1) at scenario:4",
            "Breakpoint(3) at scenario:6",
        ],
        "{:?}",
        run.seen
    );
}

#[test]
fn at_a_failure_everything_still_stands() {
    let source = "open a\nset n = 3\nassert n == 4\nact after\n";
    let fails = |answers| {
        run(source, answers, None, |debugger| {
            debugger.stop_on_failure(true);
            debugger
        })
    };
    let course = fails(vec![show("n")]);
    assert!(
        course.seen[0].starts_with("failure at 3: "),
        "{:?}",
        course.seen
    );
    assert_eq!(course.seen[1], "= 3");
    assert_eq!(course.done, ["open a", "close a"]);
    assert_eq!(course.ran.verdict, Verdict::Fail);
    let mended = fails(vec![say("set n = 4\nopen b"), Answer::Retry]);
    assert_eq!(
        mended.done,
        ["open a", "open b", "after", "close b", "close a"]
    );
    assert_eq!(mended.ran.verdict, Verdict::Pass);
    let skipped = fails(vec![Answer::Skip]);
    assert_eq!(skipped.done, ["open a", "after", "close a"]);
    assert_eq!(skipped.ran.verdict, Verdict::Pass);
    let ended = fails(vec![Answer::End]);
    assert_eq!(ended.done, ["open a", "close a"]);
    assert_eq!(ended.ran.verdict, Verdict::Fail);
    assert!(!ended.ran.interrupted);
}

#[test]
fn a_step_that_failed_is_done_again() {
    let run = run(
        "second\nact after\n",
        vec![Answer::Retry],
        None,
        |debugger| {
            debugger.stop_on_failure(true);
            debugger
        },
    );
    assert_eq!(run.done, ["second", "second", "after"]);
    assert_eq!(run.ran.verdict, Verdict::Pass);
}

#[test]
fn failures_that_are_judged_do_not_stop() {
    let source = "try fails\nnot fails\nset x fails\nsoft fails\nretry 2 second\ncheck 1 == 2\n";
    let run = run(source, Vec::new(), None, |debugger| {
        debugger.stop_on_failure(true);
        debugger
    });
    assert_eq!(run.seen, Vec::<String>::new());
}
