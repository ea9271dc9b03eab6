//! What the last line and the exit status say.

use crate::support::Test;

fn run(text: &str) -> Test {
    Test::new(&["run", "-q", "a.scn"]).file("a.scn", text)
}

#[test]
fn a_failed_check_is_told_with_its_values() {
    Test::new(&["run", "a.scn"])
        .file("a.scn", "set x = 'FAIL'\nassert x == 'PASS', 'it must pass'\n")
        .stderr_matches(
            "^a.scn\n  fail        2  assert x == 'PASS'  it must pass\n +\\|   x = 'FAIL'\n +1 \\| set x = 'FAIL'\n  > +2 \\| assert x == 'PASS'.*\nFAIL a.scn:2 .*it must pass.*\n$",
        )
        .status(1)
        .run();
}

#[test]
fn of_texts_of_several_lines_the_difference_is_shown() {
    Test::new(&["run", "a.scn"])
        .file(
            "a.scn",
            "set a = \"one\\ntwo\\nthree\"\nset b = \"one\\n2\\nthree\"\ncheck a == b\n",
        )
        .stderr_matches(
            "--- a\n +\\| \\+\\+\\+ b\n +\\|   one\n +\\| - two\n +\\| \\+ 2\n +\\|   three\n",
        )
        .status(1)
        .run();
}

#[test]
fn a_known_defect_is_not_counted_until_its_day() {
    run("@known BUG-7\nfail broken\n")
        .stderr_matches(r"^FAIL a.scn:2 .*broken.* \(known: BUG-7, 0 steps, TIME\)\n$")
        .run();
    run("@known BUG-7 until 2020-01-31\nfail broken\n")
        .stderr_matches(r"\(BUG-7 was known until 2020-01-31, 0 steps")
        .status(1)
        .run();
    run("@known BUG-7\npass\n")
        .stderr("PASS a.scn (unexpected: BUG-7 is known, 0 steps, TIME)\n")
        .run();
    run("@known BUG-7\nerror broken\n")
        .stderr_matches("^ERROR")
        .status(3)
        .run();
}

#[test]
fn a_program_that_is_not_there_is_an_error_with_where_it_was_searched() {
    run("run no-such-program\n")
        .stderr_matches("^ERROR a.scn:1 .*no-such-program.*/usr/bin")
        .status(3)
        .run();
}

#[test]
fn a_scenario_that_names_pass_must_reach_it() {
    run("if false then pass\necho x\n")
        .stdout("x\n")
        .stderr_matches("^FAIL a.scn:\\d+ ended without reaching pass \\(1 step, TIME\\)\n$")
        .status(1)
        .run();
}

#[test]
fn a_scenario_whose_needs_are_not_met_is_skipped() {
    run("@needs Primary, start_load\nstart_load\nkill Primary\n")
        .stderr_matches(r"^SKIP a.scn .*Primary, start_load.* \(0 steps, TIME\)\n$")
        .run();
}

#[test]
fn escapes_of_the_system_are_shown_and_never_sent() {
    Test::new(&["run", "a.scn"])
        .file("a.scn", "sh 'printf \"\\033[2Jgone\"; exit 1'\n")
        .stderr_matches(r"\| \\u\{1b\}\[2Jgone\n")
        .status(1)
        .run();
}

#[test]
fn a_caught_failure_is_one_line() {
    Test::new(&["run", "a.scn"])
        .file(
            "a.scn",
            "set x sh 'echo boom; exit 1'\ntry sh 'echo bang; exit 1'\n",
        )
        .stderr(
            "\
a.scn
  caught      1  sh 'echo boom; exit 1'  TIME  exit status 1
  caught      2  sh 'echo bang; exit 1'  TIME  exit status 1
PASS a.scn (2 steps, TIME)
",
        )
        .run();
}

#[test]
fn a_secret_is_masked_wherever_it_is_shown() {
    let came = Test::new(&["run", "a.scn", "--json"])
        .env("DB_PASSWORD", "hunter2")
        .file("scn.toml", "environment = \"local\"\n")
        .file(
            "environments/local.toml",
            "[secrets]\npassword = { env = \"DB_PASSWORD\" }\n",
        )
        .file("a.scn", "sh 'echo \"got $1\"; exit 1' #{password}\n")
        .stdout_matches(r"got \*{8}")
        .stderr_matches(r"\| got \*{8}\n")
        .status(1)
        .run();
    assert!(!came.stdout.contains("hunter2"), "{}", came.stdout);
}
