//! `scn check`

use crate::support::Test;

#[test]
fn of_a_scenario_in_which_nothing_is_wrong_nothing_is_said() {
    Test::new(&["check", "a.scn", "b.scn"])
        .file("a.scn", "echo a\n")
        .file("b.scn", "echo b\n")
        .run();
}

#[test]
fn nothing_is_touched() {
    let came = Test::new(&["check", "a.scn"])
        .file("a.scn", "write x.txt hello\n")
        .run();
    assert_eq!(std::fs::read_dir(came.folder.path()).unwrap().count(), 1);
}

#[test]
fn everything_that_is_wrong_is_told_at_its_words() {
    Test::new(&["check", "a.scn"])
        .file("a.scn", "echoo a\ngoto nowhere\necho #{len(1, 2)}\n")
        .stderr_matches(r"a\.scn:1:1.* 1 │ echoo a\n +· \^\^\^\^\^\n.*a\.scn:2:6.*a\.scn:3:")
        .status(2)
        .run();
}

#[test]
fn a_warning_does_not_change_the_exit_status() {
    Test::new(&["check", "a.scn"])
        .file("a.scn", "pass\necho never\n")
        .stderr_matches(r"^W102\n.*a.scn:2:1")
        .run();
}

#[test]
fn all_environments_can_be_checked_against() {
    Test::new(&["check", "a.scn", "--all-envs"])
        .file(
            "environments/a.toml",
            "[commands.greet]\nrun = [\"true\"]\n",
        )
        .file("environments/b.toml", "")
        .file("a.scn", "greet\n")
        .stderr_matches(r"^in the environment b:\n\nE103\n[^E]*$")
        .status(2)
        .run();
}

#[test]
fn that_there_is_no_environment_is_told_to_who_asks_for_all() {
    Test::new(&["check", "a.scn", "--all-envs"])
        .file("a.scn", "echo a\n")
        .stderr_matches(r"^note: a\.scn is checked without an environment: there is none in `environments/` of its folder or of one above\n$")
        .run();
}

#[test]
fn findings_can_be_had_as_json() {
    Test::new(&["check", "a.scn", "--json"])
        .file("a.scn", "echoo a\n")
        .stdout_matches(
            r#"^\{"file":"a.scn","environment":null,"place":\{"line":1,"column":1,"end_line":1,"end_column":6\},"severity":"error","code":"E103",[^\n]*\}\n$"#,
        )
        .status(2)
        .run();
}

#[test]
fn bytes_that_are_no_text_are_an_error_at_the_place() {
    let test = Test::new(&["check", "a.scn"])
        .stderr_matches(r"^E002\n.*a\.scn:2:6")
        .status(2);
    std::fs::write(test.path().join("a.scn"), b"echo a\necho \xff\n").unwrap();
    test.run();
}

#[test]
fn a_project_file_that_is_wrong_is_told() {
    Test::new(&["check", "a.scn"])
        .file("scn.toml", "enviroment = \"local\"\n")
        .file("a.scn", "")
        .stderr_matches(r"scn\.toml:1:1.*environment")
        .status(2)
        .run();
}

#[test]
fn an_environment_that_there_is_not_is_told_once_for_all_files() {
    Test::new(&["check", "a.scn", "b.scn", "--env", "wrong"])
        .file("environments/local.toml", "")
        .file("a.scn", "")
        .file("b.scn", "")
        .stderr("error: there is no environment `wrong`: there is local\n")
        .status(2)
        .run();
}

#[test]
fn what_finally_undoes_is_undone_on_every_path() {
    let test = |finally: &str| {
        Test::new(&["check", "a.scn", "--env", "local"])
            .file(
                "environments/local.toml",
                "[components.S]\nstart = { run = [\"sleep\", \"100\"] }\n",
            )
            .file(
                "a.scn",
                &format!(
                    "start S\nif now() > now() then goto end\necho x\nfinally\n  {finally}\nend\n"
                ),
            )
    };
    test("stop S").run();
    test("if now() > now() then stop S")
        .stderr_matches("^W105\n.*ends at line 2")
        .run();
}

/// Bytes that are no text are shown where the first of them stands, in whichever file.
#[test]
fn a_file_that_is_no_text_is_told_with_the_line_and_the_column() {
    let holidays = "[calendar]\nzone = \"UTC\"\nholidays = \"h.csv\"\n";
    let files: [(&str, &[u8], &str); 4] = [
        (
            "environments/e.toml",
            b"[vars]\na = \"x\xff\xfe\"\n",
            "environments/e.toml:2:7",
        ),
        ("scn.toml", b"environment = \"e\"\n# \xe9\n", "scn.toml:2:3"),
        ("h.csv", b"2026-01-01\n\x80\n", "h.csv:2:1"),
        ("s.scn", b"echo hi\necho a\xffb\n", "s.scn:2:7"),
    ];
    for (name, bytes, place) in files {
        let test = Test::new(&["check", "s.scn", "--env", "e"])
            .file("s.scn", "echo hi\n")
            .file("scn.toml", "")
            .file("h.csv", "")
            .file("environments/e.toml", holidays);
        std::fs::write(test.path().join(name), bytes).unwrap();
        let place = regex::escape(place);
        test.stderr_matches(&format!("this is not UTF-8: byte 0x[^\n]*\n[^\n]*{place}"))
            .status(2)
            .run();
    }
}
