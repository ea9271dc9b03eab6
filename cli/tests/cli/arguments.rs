//! Command lines that are wrong.

use crate::support::Test;

#[test]
fn without_a_verb_the_verbs_are_listed() {
    Test::new(&[])
        .stderr_matches(r"Usage: scn <VERB>\n\nVerbs:\n.*\n  help ")
        .status(2)
        .run();
}

#[test]
fn a_verb_that_is_none_is_told_with_what_was_meant() {
    Test::new(&["hlep"])
        .stderr_matches("unrecognized subcommand 'hlep'.*similar subcommand exists: 'help'")
        .status(2)
        .run();
}

#[test]
fn a_verb_that_is_planned_is_told_not_to_be_there_yet() {
    Test::new(&["compare", "one"])
        .stderr_matches("tip: this version has no `compare` yet; .*: scn report RUN")
        .status(2)
        .run();
}

#[test]
fn letters_that_changed_places_and_a_file_without_a_verb_are_understood() {
    Test::new(&["rnu"])
        .stderr_matches("similar subcommand exists: 'run'")
        .status(2)
        .run();
    Test::new(&["env", "shwo"])
        .stderr_matches("similar subcommand exists: 'show'")
        .status(2)
        .run();
    Test::new(&["failover.scn"])
        .stderr_matches("tip: to run a scenario: scn run failover.scn")
        .status(2)
        .run();
}

#[test]
fn help_that_is_asked_for_goes_to_standard_output() {
    Test::new(&["--help"])
        .stdout_matches("^Run scenarios against a system")
        .run();
    Test::new(&["env", "--help"])
        .stdout_matches("Examples:\n\n    scn env list\n")
        .run();
}

#[test]
fn the_version_is_told() {
    Test::new(&["--version"])
        .stdout_matches(r"^scn \d+\.\d+\.\d+\n$")
        .run();
}

#[test]
fn an_option_that_is_none_is_told_with_what_was_meant() {
    for (args, meant) in [
        (&["run", "--evn", "x", "a.scn"][..], "--env"),
        (&["check", "--all-env", "a.scn"], "--all-envs"),
        (&["run", "--tag", "x", "a.scn"], "--tags"),
    ] {
        let pattern = format!(
            "unexpected argument '{}'.*similar argument exists: '{meant}'",
            args[1]
        );
        Test::new(args).stderr_matches(&pattern).status(2).run();
    }
}

#[test]
fn a_word_that_looks_like_an_option_is_not_said_to_be_a_value() {
    Test::new(&["run", "a.scn", "--zzzz"])
        .stderr_matches("^error: unexpected argument '--zzzz' found\n\nUsage: ")
        .status(2)
        .run();
}

#[test]
fn an_environment_that_is_none_is_told_with_those_that_there_are() {
    Test::new(&["run", "a.scn", "--env", "locl"])
        .file("a.scn", "pass\n")
        .file("environments/local.toml", "")
        .file("environments/staging.toml", "")
        .stderr("error: there is no environment `locl`: there is local, staging; `local` was probably meant\n")
        .status(2)
        .run();
}

#[test]
fn what_other_programs_call_a_thing_is_understood() {
    for (args, tip) in [
        (["lint", "a.scn"], "`scn check` does that"),
        (["version", "now"], "`scn --version` does that"),
        (["run", "--param"], "`--set` does that"),
        (["run", "-e"], "`--env` does that"),
        (["check", "--dry-run"], "`scn plan` does that"),
    ] {
        Test::new(&args)
            .stderr_matches(&format!("\n  tip: {}\n", regex::escape(tip)))
            .status(2)
            .run();
    }
}

#[test]
fn an_option_before_its_verb_is_told_to_stand_after_it() {
    Test::new(&["--env", "local", "run", "a.scn"])
        .stderr_matches("'--env' found\n\n  tip: it stands after the verb: scn run --env\n")
        .status(2)
        .run();
}

#[test]
fn for_a_file_that_is_not_there_the_one_that_was_meant_is_told() {
    for (written, help) in [
        ("failover", "failover.scn is there"),
        ("failvoer.scn", "failover.scn was probably meant"),
        ("sub/pasue.scn", "sub/pause.scn was probably meant"),
        ("rate=200", "to set a parameter: --set rate=200"),
    ] {
        for verb in ["run", "check", "plan", "fmt"] {
            Test::new(&[verb, written])
                .file("failover.scn", "")
                .file("sub/pause.scn", "")
                .stderr(&format!("error: there is no file {written}; {help}\n"))
                .status(2)
                .run();
        }
    }
}
