//! `scn doctor`

use crate::support::Test;

const SOUND: &str = "[components.Engine]\nstart = { run = [\"sleep\", \"60\"] }\n\n[commands.smoke]\nrun = [\"bin/smoke\"]\n";

#[test]
fn where_nothing_is_wrong_it_says_what_it_looked_at() {
    let test = Test::new(&["doctor"])
        .file("scn.toml", "environment = \"local\"\n")
        .file("bin/smoke", "#!/bin/sh\n")
        .file("environments/local.toml", &SOUND.replace("bin/smoke", "true"))
        .stdout_matches(
            "^ok     the project begins in this folder\nok     local: 1 command, 1 component and 0 plug-ins can be used\nok     runs can be recorded\n.*nothing is wrong\n$",
        );
    let came = test.run();
    assert!(
        !came.folder.path().join(".scn").exists(),
        "it leaves nothing behind"
    );
}

#[test]
fn a_program_that_is_not_there_an_environment_that_is_wrong_and_no_default_are_each_told_with_what_to_type()
 {
    Test::new(&["doctor"])
        .file("scn.toml", "")
        .file("environments/broken.toml", "[commands.a]\nrunn = [\"true\"]\n")
        .file("environments/local.toml", SOUND)
        .stdout_matches(
            "note   no environment is the default one.*\n         in scn.toml: environment = \"broken\"\n.*WRONG  the environment `broken` cannot be used\n         mend what is said above.*WRONG  local: \\[commands.smoke\\]: .*bin/smoke`.*\n         install it, or mend `run` in .*local.toml\n.*2 things are wrong\n$",
        )
        .stderr_matches("E303.*`run` was probably meant")
        .status(1)
        .run();
}

#[test]
fn one_environment_can_be_looked_at_alone() {
    Test::new(&["doctor", "--env", "nowhere"])
        .file("scn.toml", "")
        .file("environments/local.toml", SOUND)
        .stdout_matches("WRONG  the environment `nowhere` cannot be used\n.*one thing is wrong\n$")
        .stderr_matches("there is no environment `nowhere`: there is local")
        .status(1)
        .run();
}

#[test]
fn a_run_that_was_not_finished_is_told_with_how_to_finish_it() {
    let id = "20260101-000000.000-abcd";
    Test::new(&["doctor"])
        .file("scn.toml", "")
        .file(&format!(".scn/runs/.unfinished/{id}"), "")
        .file(&format!(".scn/runs/{id}/journal.jsonl"), "")
        .stdout_matches(&format!("WRONG  the run {id} was not finished.*\n         scn resume {id}, or scn cleanup {id}\n"))
        .status(1)
        .run();
}
