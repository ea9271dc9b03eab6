//! `scn run`: files, environments, parameters, streams.

use crate::support::Test;

#[test]
fn what_a_scenario_says_goes_to_standard_output_and_the_rest_to_standard_error() {
    Test::new(&["run", "a.scn"])
        .file(
            "a.scn",
            "echo hello\nset x run printf ' a  b\\n'\necho #{x}\n",
        )
        .stdout("hello\n a  b\n")
        .stderr(
            "\
a.scn
  pass        1  echo hello  TIME
  pass        2  run printf ' a  b\\n'  TIME
  pass        3  echo ' a  b'  TIME
PASS a.scn (3 steps, TIME)
",
        )
        .run();
}

#[test]
fn an_empty_scenario_passes() {
    Test::new(&["run", "a.scn"])
        .file("a.scn", "")
        .stderr("a.scn\nPASS a.scn (0 steps, TIME)\n")
        .run();
}

#[test]
fn standard_input_can_be_a_scenario() {
    Test::new(&["run", "-", "-q"])
        .stdin("echo from stdin\n")
        .stdout("from stdin\n")
        .stderr("PASS - (1 step, TIME)\n")
        .run();
}

#[test]
fn a_failing_step_is_shown_with_its_output_and_the_lines_around_it() {
    Test::new(&["run", "a.scn"])
        .file(
            "a.scn",
            "echo 1\nsh 'echo boom; echo bang >&2; exit 3'\necho 3\n",
        )
        .stdout("1\n")
        .stderr(
            "\
a.scn
  pass        1  echo 1  TIME
  fail        2  sh 'echo boom; echo bang >&2; exit 3'  TIME  exit status 3
          | boom
          | bang
        1 | echo 1
  >     2 | sh 'echo boom; echo bang >&2; exit 3'
        3 | echo 3
FAIL a.scn:2 sh 'echo boom; echo bang >&2; exit 3': exit status 3 (2 steps, TIME)
",
        )
        .status(1)
        .run();
}

#[test]
fn verbose_shows_all_output_and_quiet_none() {
    let test = |flag| Test::new(&["run", "a.scn", flag]).file("a.scn", "sh 'echo one; echo two'\n");
    test("-v")
        .stderr_matches("\n          \\| one\n          \\| two\n  pass        1  sh ")
        .run();
    test("-q").stderr("PASS a.scn (1 step, TIME)\n").run();
    Test::new(&["run", "a.scn", "-q", "-v"])
        .stderr_matches("'--quiet' cannot be used with '--verbose'")
        .status(2)
        .run();
}

#[test]
fn json_puts_the_journal_on_standard_output() {
    let came = Test::new(&["run", "a.scn", "--json", "-q", "--runs", "runs"])
        .file("a.scn", "echo hello\n")
        .stdout_matches(r#"^\{"seq":1,"at":"[^"]*","event":"run_started".*"event":"said","text":"hello".*"event":"run_finished".*\}\n$"#)
        .stderr("PASS a.scn (1 step, TIME)\n")
        .run();
    let run = std::fs::read_dir(came.folder.path().join("runs"))
        .unwrap()
        .next()
        .unwrap();
    let journal = std::fs::read_to_string(run.unwrap().path().join("journal.jsonl")).unwrap();
    assert_eq!(journal, came.stdout);
}

#[test]
fn of_several_files_all_are_checked_before_one_runs() {
    Test::new(&["run", "a.scn", "b.scn", "c.scn"])
        .file("a.scn", "echo a\n")
        .file("b.scn", "echoo b\n")
        .file("c.scn", "goto nowhere\n")
        .stderr_matches(r"E103.*echoo.*b\.scn:1:1.*echo.*E104.*c\.scn:1:6")
        .status(2)
        .run();
}

#[test]
fn the_exit_status_is_the_worst_of_several() {
    let test = |files: &[&str], status| {
        let args: Vec<&str> = ["run", "-q"].iter().chain(files).copied().collect();
        Test::new(&args)
            .file("pass.scn", "pass\n")
            .file("skip.scn", "skip not today\n")
            .file("fail.scn", "fail\n")
            .file("error.scn", "error broken\n")
            .stderr_matches("")
            .status(status)
            .run();
    };
    test(&["pass.scn", "skip.scn"], 0);
    test(&["fail.scn", "pass.scn"], 1);
    test(&["pass.scn", "error.scn", "fail.scn"], 3);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    Test::new(&["run", "a.scn", "b.scn"])
        .stderr("error: there is no file a.scn\nerror: there is no file b.scn\n")
        .status(2)
        .run();
}

#[test]
fn beside_a_file_that_is_not_there_the_others_are_checked() {
    Test::new(&["run", "a.scn", "b.scn", "c.scn"])
        .file("b.scn", "echoo\n")
        .file("c.scn", "echo never\n")
        .stderr_matches(r"^error: there is no file a\.scn\nE103\n.*b\.scn:1:1")
        .status(2)
        .run();
}

#[test]
fn a_file_can_be_run_twice() {
    Test::new(&["run", "-q", "a.scn", "./a.scn"])
        .file("a.scn", "echo a\n")
        .stdout("a\na\n")
        .stderr("PASS a.scn (1 step, TIME)\nPASS ./a.scn (1 step, TIME)\n")
        .run();
}

#[test]
fn a_name_that_is_no_utf_8_is_a_file_all_the_same() {
    use std::os::unix::ffi::OsStrExt;
    let test = Test::new(&["run", "-q"]);
    let name = std::ffi::OsStr::from_bytes(b"n\xff.scn");
    std::fs::write(test.path().join(name), "echo here\n").unwrap();
    let output = test.command().arg(name).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    assert_eq!(text(output.stdout), "here\n");
    assert!(text(output.stderr).starts_with("PASS n\u{fffd}.scn (1 step, "));
}

#[test]
fn standard_input_can_be_read_once() {
    Test::new(&["run", "-", "-"])
        .stderr("error: standard input can be read only once\n")
        .status(2)
        .run();
}

#[test]
fn a_folder_is_no_scenario() {
    Test::new(&["run", "folder"])
        .file("folder/a.scn", "")
        .stderr("error: folder is a folder: name files in it, folder/*.scn\n")
        .status(2)
        .run();
}

#[test]
fn parameters_are_set_by_the_type_of_their_default() {
    let text = "@param rate = 10\n@param title = 'x'\necho #{rate + 1} #{title}\n";
    Test::new(&[
        "run",
        "-q",
        "a.scn",
        "--set",
        "rate=200",
        "--set",
        "title=a=b c",
    ])
    .file("a.scn", text)
    .stdout("201 a=b c\n")
    .stderr("PASS a.scn (1 step, TIME)\n")
    .run();
    Test::new(&["run", "a.scn", "--set", "rate=fast"])
        .file("a.scn", text)
        .stderr_matches("^error: --set rate: .*fast.*\n$")
        .status(2)
        .run();
}

#[test]
fn a_parameter_that_nobody_has_is_told_with_the_one_that_was_meant() {
    Test::new(&["run", "a.scn", "--set", "raet=1"])
        .file("a.scn", "@param rate = 10\n")
        .stderr("error: --set raet: neither a @param nor a name of [vars] is called so; did you mean rate?\n")
        .status(2)
        .run();
    Test::new(&["run", "a.scn", "--set", "rate"])
        .file("a.scn", "")
        .stderr_matches("invalid value 'rate' for '--set <NAME=VALUE>': it is written NAME=VALUE")
        .status(2)
        .run();
}

#[test]
fn of_what_is_set_twice_the_last_counts_and_a_mistake_is_told_once() {
    let test = |name| {
        let set = [1, 2].map(|value| format!("{name}={value}"));
        Test::new(&["run", "-q", "a.scn", "--set", &set[0], "--set", &set[1]])
            .file("a.scn", "@param rate = 10\necho #{rate}\n")
    };
    test("rate")
        .stdout("2\n")
        .stderr("PASS a.scn (1 step, TIME)\n")
        .run();
    test("port")
        .stderr("error: --set port: neither a @param nor a name of [vars] is called so\n")
        .status(2)
        .run();
}

#[test]
fn what_is_set_may_be_a_name_of_a_file_that_tags_leave_out() {
    Test::new(&[
        "run", "-q", "a.scn", "b.scn", "--tags", "smoke", "--set", "rate=2",
    ])
    .file("a.scn", "@param rate = 10\n")
    .file("b.scn", "@tags smoke\necho b\n")
    .stdout("b\n")
    .stderr("PASS b.scn (1 step, TIME)\n")
    .run();
}

#[test]
fn a_set_goes_to_every_file_that_has_the_name_and_to_the_environment() {
    Test::new(&[
        "run", "-q", "a.scn", "b.scn", "--set", "rate=2", "--set", "port=1",
    ])
    .file("scn.toml", "environment = \"local\"\n")
    .file("environments/local.toml", "[vars]\nport = 9000\n")
    .file("a.scn", "@param rate = 10\necho #{rate} #{port}\n")
    .file("b.scn", "echo #{port}\n")
    .stdout("2 1\n1\n")
    .stderr("PASS a.scn (1 step, TIME)\nPASS b.scn (1 step, TIME)\n")
    .run();
}

#[test]
fn a_parameter_without_a_default_must_be_set() {
    Test::new(&["run", "a.scn"])
        .file("a.scn", "@param rate\necho #{rate}\n")
        .stderr(
            "error: a.scn: the parameter `rate` has no default: give it with --set rate=VALUE\n",
        )
        .status(2)
        .run();
}

#[test]
fn tags_select_scenarios() {
    let test = |tags| {
        Test::new(&["run", "-q", "a.scn", "b.scn", "--tags", tags])
            .file("a.scn", "@tags smoke slow\necho a\n")
            .file("b.scn", "@tags smoke\necho b\n")
    };
    test("smoke and not slow")
        .stdout("b\n")
        .stderr_matches("^PASS b.scn")
        .run();
    test("slow or smoke")
        .stdout("a\nb\n")
        .stderr_matches("")
        .run();
    test("night")
        .stderr("error: no scenario has the tags that --tags asks for\n")
        .status(2)
        .run();
    test("smoke and")
        .stderr_matches(
            "invalid value 'smoke and' for '--tags <EXPR>': a tag is expected at the end",
        )
        .status(2)
        .run();
}

#[test]
fn an_environment_gives_words_their_meaning() {
    let test = |args: &[&str]| {
        Test::new(args)
            .file(
                "environments/a.toml",
                "[commands.greet]\nrun = [\"echo\", \"I am a\"]\n",
            )
            .file(
                "environments/b.toml",
                "[commands.greet]\nsh = 'echo I am b'\n",
            )
            .file("scenarios/x.scn", "set x greet\necho #{x}\n")
    };
    test(&["run", "-q", "scenarios/x.scn", "--env", "a"])
        .stdout("I am a\n")
        .stderr_matches("^PASS")
        .run();
    test(&[
        "run",
        "-q",
        "scenarios/x.scn",
        "--env",
        "environments/b.toml",
    ])
    .stdout("I am b\n")
    .stderr_matches("^PASS")
    .run();
}

#[test]
fn without_an_environment_those_that_there_are_are_told() {
    let test = |args: &[&str]| {
        Test::new(args)
            .file(
                "environments/local.toml",
                "[commands.greet]\nrun = [\"true\"]\n",
            )
            .file("environments/staging.toml", "")
            .file("a.scn", "greet\n")
            .status(2)
    };
    test(&["run", "a.scn"])
        .stderr("error: no environment was chosen, and it takes one to know `greet`\n  there is local, staging: add --env local\n  or, for always, write in scn.toml: environment = \"local\"\n\n")
        .run();
    // What no environment knows is told besides.
    test(&["check", "a.scn"])
        .file("a.scn", "greet\ngreeet\n")
        .stderr_matches(
            "^error: no environment was chosen, and it takes one to know `greet`\n.*E103.*greeet",
        )
        .run();
    test(&["run", "a.scn", "--env", "stagin"])
        .stderr("error: there is no environment `stagin`: there is local, staging; `staging` was probably meant\n")
        .run();
    test(&["run", "a.scn", "--env", "zzzzz"])
        .stderr("error: there is no environment `zzzzz`: there is local, staging\n")
        .run();
}

#[test]
fn a_seed_makes_chance_repeat() {
    let test = || {
        Test::new(&["run", "-q", "a.scn", "--seed", "7"])
            .file("a.scn", "echo #{random(1, 1000000)}\n")
            .stdout_matches("^\\d+\n$")
            .stderr_matches("^PASS")
            .run()
            .stdout
    };
    assert_eq!(test(), test());
}

#[test]
fn a_seed_is_a_whole_number() {
    Test::new(&["run", "a.scn", "--seed", "abc"])
        .stderr_matches("invalid value 'abc' for '--seed <N>': a whole number from 0 to 18446744073709551615 is expected")
        .status(2)
        .run();
}

#[test]
fn every_way_to_sync_runs() {
    for sync in ["step", "owed", "none"] {
        Test::new(&["run", "-q", "a.scn", "--sync", sync])
            .file("a.scn", "defer echo bye\nrun true\n")
            .stdout("bye\n")
            .stderr_matches("^PASS")
            .run();
    }
}

#[test]
fn a_pipe_that_closes_is_no_failure() {
    use std::io::Read;
    let test = Test::new(&["run", "-q", "a.scn"]).file(
        "a.scn",
        "repeat 20000\n  echo hello\nend\nwrite done.txt yes\n",
    );
    let mut child = test.command().spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 6]).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(test.path().join("done.txt").exists());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("PASS a.scn"));
}

#[test]
fn what_a_step_left_behind_is_ended_and_told() {
    Test::new(&["run", "a.scn"])
        .file(
            "a.scn",
            // Until it has become what it is to be: before, it has the words of the shell.
            "sh 'setsid sleep 1000 >/dev/null 2>&1 & until grep -qx sleep /proc/$!/comm; do sleep 0.02; done'\n",
        )
        .stderr_matches("warning process [0-9]+ \\(sleep 1000\\) still ran: ended by TERM\n.*PASS")
        .run();
}

/// What takes care of a failure, before the command or around it, leaves no failure on the console.
#[test]
fn a_failure_that_is_caught_does_not_look_like_one() {
    let scenario = "set n = 0
retry within 9s every 5ms
  set n = n + 1
  assert n == 2
  broken #{n}
end
not broken 9
try broken 9
set r broken 9
retry 2 broken #{r.exit}
wait until n == 2 within 1s
step broken n
  if n == 2 then return
  if n == none then return
  run false
end
";
    let came = Test::new(&["run", "a.scn"])
        .file("a.scn", scenario)
        .stderr_matches("^a.scn\n  caught +4  assert n == 2  n = 1\n(  caught +[0-9]+  run false  TIME  exit status 1\n)+  pass +11  wait until n == 2 within 1s  TIME\nPASS a.scn ")
        .run();
    assert!(!came.stderr.contains("fail "), "{}", came.stderr);
}

/// The last attempt's failure is the scenario's.
#[test]
fn the_last_attempt_of_a_retry_is_told_with_all_that_is_known() {
    Test::new(&["run", "a.scn"])
        .file(
            "a.scn",
            "retry 2 broken\nstep broken\n  sh 'echo no; exit 3'\nend\n",
        )
        .status(1)
        .stderr_matches(r"^a.scn\n  caught +3  sh 'echo no; exit 3'  TIME  exit status 3\n  fail +3  sh 'echo no; exit 3'  TIME  exit status 3\n +\| no\n +1 \| retry")
        .run();
}

#[test]
fn what_could_not_be_started_is_not_owed_to_be_stopped() {
    Test::new(&["run", "--env", "here", "a.scn"])
        .file(
            "environments/here.toml",
            "[components.Engine]\nstart = { run = [\"no-such-program-at-all\"] }\n",
        )
        .file("a.scn", "start Engine\n")
        .stderr_matches(r"(?s)^a\.scn  on here\n  error +1  start Engine .*\nERROR a\.scn:1 start Engine: .* \(1 step, [^)]*\)\n$")
        .status(3)
        .run();
}

#[test]
fn steps_work_in_the_folder_that_is_there_and_not_in_one_that_was_there() {
    let test = Test::new(&["run", "-q", "--runs", "../runs", "a.scn"]).file(
        "work/a.scn",
        "run sh -c 'cd ..; mv work old; mkdir work; echo new > work/which'\n\
         set which run cat which\ncheck which == 'new'\n\
         run sh -c 'cd ..; mv work older'\nrun true\n",
    );
    let mut command = test.command();
    let came = command.current_dir(test.path().join("work")).output();
    let told = String::from_utf8(came.unwrap().stderr).unwrap();
    let folder = test.path().join("work");
    assert!(told.contains(&format!("`{}`", folder.display())), "{told}");
    assert!(told.contains("a.scn:5 run true"), "{told}");
}

#[test]
fn a_title_has_the_values_of_its_parameters() {
    let scenario =
        "@title Load at #{rate} for \"#{time}\"\n@param rate = 1000\n@param time = 90s\n";
    Test::new(&["run", "-q", "load.scn", "--json", "--set", "rate=7"])
        .file("load.scn", scenario)
        .stdout_matches(r#""event":"run_started".*"scenario":"Load at 7 for 1m30s","#)
        .stderr_matches("^PASS load.scn")
        .run();
}
