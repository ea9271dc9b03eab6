//! `scn help`

use crate::support::Test;

#[test]
fn a_finding_is_explained_with_a_wrong_and_a_right_text() {
    Test::new(&["help", "e015"])
        .stdout_matches(
            r"^E015 \(error\): .*\nWrong:\n\n    \./smoke.sh fast\n\nRight:\n\n    run ",
        )
        .run();
}

#[test]
fn a_statement_a_command_and_a_function_are_explained() {
    Test::new(&["help", "wait"])
        .stdout_matches(r"^wait \(statement\)\n\n    wait until CONDITION ")
        .run();
    Test::new(&["help", "sleep"])
        .stdout_matches(r"^sleep \(command\)\n\n    sleep ")
        .run();
    Test::new(&["help", "split"])
        .stdout_matches(r"^split \(function\)\n.*gives")
        .run();
    Test::new(&["help", "title"])
        .stdout_matches(r"^@title \(at the top of a file\)")
        .run();
}

#[test]
fn a_name_that_means_several_things_gets_all_explanations() {
    Test::new(&["help", "env"])
        .stdout_matches(r"^env \(function\).*List, show and compare environments")
        .run();
}

#[test]
fn a_command_of_an_environment_is_explained() {
    Test::new(&["help", "load", "--env", "local"])
        .file(
            "environments/local.toml",
            "[commands.load]\nrun = [\"x\"]\nparams = [\"rate:int=5\", \"words...\"]\nhelp = \"Begins the load.\"\nundo = \"stop\"\n[commands.stop]\nrun = [\"y\"]\n",
        )
        .stdout_matches(r"^load \(command of the environment local: a program\)\n\n    load \[RATE\] \[WORDS\]…\n\nBegins the load.\n.*rate +int +\(5 unless given\)\n.*What undoes it: stop\n")
        .run();
}

#[test]
fn without_a_choice_the_default_environment_is_asked_and_its_commands_are_listed() {
    let test = |args: &[&str]| {
        Test::new(args)
            .file("scn.toml", "environment = \"local\"\n")
            .file(
                "environments/local.toml",
                "[commands.begin_load]\nrun = [\"x\"]\n[commands.end_load]\nsh = 'y'\n",
            )
    };
    test(&["help", "begin_load"])
        .stdout_matches("^begin_load \\(command of the environment local: a program\\)\n")
        .run();
    test(&["help", "bgein_load"])
        .stderr("error: there is no help on `bgein_load`; `begin_load` was probably meant\n")
        .status(2)
        .run();
    test(&["help", "--env", "local"])
        .stdout_matches("\nCommands of the environment local:\n  begin_load end_load\n$")
        .run();
}

#[test]
fn a_topic_that_is_none_is_told_with_what_was_meant() {
    Test::new(&["help", "eventualy"])
        .stderr("error: there is no help on `eventualy`; `eventually` was probably meant\n")
        .status(2)
        .run();
}

#[test]
fn all_topics_are_listed() {
    Test::new(&["help"])
        .stdout_matches("Verbs:.*Statements:\n  set if .*Commands:\n  echo .*Functions:\n  len .*Findings:\n  E001 ")
        .run();
}

/// The verbs, as `scn --help` lists them.
fn verbs() -> Vec<String> {
    let help = Test::new(&["--help"]).stdout_matches("^").run().stdout;
    let listed = help.split("Verbs:\n").nth(1).unwrap();
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let verbs: Vec<String> = lines
        .filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
        })
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert!(verbs.len() >= 7, "{help}");
    verbs
}

#[test]
fn every_verb_has_examples_a_man_page_and_completions() {
    Test::new(&["--help"])
        .stdout_matches("Examples:\n\n    scn run ")
        .run();
    Test::new(&["help", "--man"])
        .stdout_matches(r"\.TH scn 1 .*scn\\-run\(1\)")
        .run();
    for verb in verbs() {
        Test::new(&[&verb, "--help"])
            .stdout_matches(&format!(
                "Examples:\n\n    [^\n]*scn {verb}.*Usage: scn {verb}"
            ))
            .run();
        let man = Test::new(&["help", "--man", &verb])
            .stdout_matches(&format!(r"\.TH scn-{verb} 1 "))
            .run();
        // A manual's own reader has nothing to complain of.
        assert!(man.stdout.contains("Examples:"), "{}", man.stdout);
    }
}

#[test]
fn no_help_is_wider_than_a_terminal() {
    let verbs = [
        "run", "check", "report", "repl", "runs", "env", "doctor", "plugin", "help",
    ];
    let mut asked: Vec<Vec<&str>> = vec![vec!["--help"], vec!["help"]];
    asked.extend(verbs.map(|verb| vec![verb, "--help"]));
    let topics = [
        "functions",
        "commands",
        "statements",
        "findings",
        "language",
        "http",
        "run",
        "quantities",
    ];
    asked.extend(topics.map(|topic| vec!["help", topic]));
    for args in asked {
        let came = Test::new(&args).stdout_matches("").run();
        for line in came.stdout.lines() {
            assert!(line.chars().count() <= 80, "{args:?}: {line}");
        }
    }
}

#[test]
fn a_key_of_environments_is_explained_by_its_name_or_its_place() {
    Test::new(&["help", "ready"])
        .stdout_matches(r"^components\.NAME\.ready \(key of an environment\)\n\n    takes a table with port, log, [^\n]*\n\nWhat must be so .*\n    log +A line .*One of port, log, http, run, sh\.\n$")
        .run();
    Test::new(&["help", "components.Shop.log"])
        .stdout_matches(r"^components\.NAME\.log \(key of an environment\)\n.*\n    parse ")
        .run();
    Test::new(&["help", "components.Shop.lgo"])
        .status(2)
        .stderr_matches("there is no help on `components.Shop.lgo`")
        .run();
}
