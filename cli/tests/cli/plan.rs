//! `scn plan`

use crate::support::Test;

#[test]
fn a_plan_says_what_each_step_would_do_and_touches_nothing() {
    let came = Test::new(&["plan", "a.scn", "--env", "local"])
        .file(
            "environments/local.toml",
            "[vars]\nrate = 5\n[commands.load]\nrun = [\"bin/load\", \"--rate\", \"#{rate}\"]\n",
        )
        .file("a.scn", "@on schedule '*/10 * * * *'\nload now\nif true then run touch x\n")
        .stdout_matches(
            r"^on schedule '\*/10 \* \* \* \*'\n(   next \d{4}-[^\n]* UTC\n){3}2  load now\n     → bin/load --rate .*\n3  run touch x\n     → run touch x\n$",
        )
        .run();
    assert!(!came.folder.path().join("x").exists() && !came.folder.path().join(".scn").exists());
}

#[test]
fn a_scenario_that_is_wrong_has_no_plan() {
    Test::new(&["plan", "a.scn"])
        .file("a.scn", "echoo\n")
        .stderr_matches("E103")
        .status(2)
        .run();
}

#[test]
fn what_undoes_a_step_is_shown_with_it() {
    Test::new(&["plan", "a.scn", "--env", "local"])
        .file(
            "environments/local.toml",
            "[setup]\nsteps = [\"begin first\"]\n[commands.begin]\nrun = [\"bin/begin\"]\nundo = \"finish #{args}\"\n[commands.finish]\nrun = [\"bin/finish\"]\n",
        )
        .file("a.scn", "begin x\n")
        .stdout_matches(r"^[^\n]*begin first\n *→ bin/begin first\n *undone by finish #\{args\}\n *1  begin x\n *→ bin/begin x\n *undone by finish #\{args\}\n$")
        .run();
}
