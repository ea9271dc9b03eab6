//! Plug-ins: what they can do, and what becomes of a run whose plug-in does what it should not.
//!
//! The plug-in is a script, `plugins/fake.sh`, which has a command for each thing that can go wrong.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Came, Test};

mod called;
mod check;
mod declared;
mod files;
mod limits;
mod manual;
mod new;
mod page;
mod undo;
mod wire;
mod written;

const FAKE: &str = include_str!("plugins/fake.sh");

const ENVIRONMENT: &str = "[plugins.fake]\nprogram = [\"sh\", \"fake.sh\"]\n";

fn test(args: &[&str], scenario: &str) -> Test {
    Test::new(args)
        .file("fake.sh", FAKE)
        .file("environments/local.toml", ENVIRONMENT)
        .file("s.scn", scenario)
}

fn run(scenario: &str) -> Test {
    test(&["run", "-q", "--env", "local", "s.scn"], scenario)
}

/// A scenario that ends with PASS, and says this.
fn says(scenario: &str, says: &str) {
    run(scenario).says(says);
}

/// A scenario that is an ERROR for that reason.
fn is_an_error(scenario: &str, reason: &str) {
    run(scenario).errs(reason);
}

#[test]
fn values_go_there_and_back_with_their_types() {
    says(
        r#"set a = {text: 'x y', n: 1, d: 2.5, list: [true, none], time: 1500ms, size: 500MB, part: 15%}
set b give #{a}
assert b.value == a
echo #{b} #{b.time + 500ms} #{b.size}
set c typed 100
echo #{c} #{c.limit + 1s}
set d typed qty=5 limit=2m
echo #{d.qty} #{d.limit}
set e give 7 more words
assert e == '7'
"#,
        r#"{"text":"x y","n":1,"d":2.5,"list":[true,null],"time":"1.5s","size":"500MB","part":"15%"} 2s 500MB
{"qty":100,"limit":"250ms"} 1.25s
5 2m
"#,
    );
}

#[test]
fn words_are_counted_and_typed_before_the_run() {
    for (scenario, code) in [
        ("typed", "E108"),
        ("typed many", "E109"),
        ("typed 1 limit=soon", "E109"),
        ("typed 1 side=x", "E110"),
        ("typd 1", "E103"),
    ] {
        test(&["check", "--json", "--env", "local", "s.scn"], scenario)
            .stdout_matches(&format!("\"code\":\"{code}\""))
            .status(2)
            .run();
    }
}

#[test]
fn what_it_says_meanwhile_reaches_metrics_events_and_output() {
    says(
        "set o observe\n\
         wait event 'FILL *' where it.data.id == o.id within 1s as fill\n\
         assert System.LATENCY == 10us\n\
         set p print\n\
         echo #{fill.message} #{p.stdout}",
        "FILL 100 printed\n",
    );
}

#[test]
fn an_error_says_whose_fault_it_was() {
    run("reject system")
        .stderr_matches("FAIL s.scn:1 reject system: it did not work \\(")
        .status(1)
        .run();
    is_an_error(
        "reject plugin",
        "it did not work \\(the fault of the plug-in `fake`\\)",
    );
    is_an_error(
        "reject environment",
        "it did not work \\(the environment's fault, says",
    );
    is_an_error(
        "reject scenario",
        "it did not work \\(the scenario's fault, says",
    );
    is_an_error(
        "reject me",
        "`blame` is system, plugin, environment or scenario, and not me",
    );
}

#[test]
fn what_breaks_the_protocol_is_the_plug_ins_fault_and_is_shown() {
    is_an_error(
        "garbage",
        "the plug-in `fake` wrote a line that is no message: .*`Hello, world`",
    );
    is_an_error(
        "large",
        "the plug-in `fake` wrote a line of more than 64 MiB",
    );
    is_an_error(
        "half",
        "wrote a line that is no message: it ends in the middle, after \\d+ bytes: a message is one whole line, .*: `.\"jsonrpc\"",
    );
    is_an_error("close", "the plug-in `fake` closed its standard output");
    is_an_error(
        "stray",
        "the plug-in `fake` answered the request 99, which was never made: an answer has the `id` of its request",
    );
    is_an_error(
        "wrong",
        "it declares that it returns int, and returned text",
    );
    is_an_error(
        "leave",
        "the plug-in `fake` ended by itself, with exit status 7",
    );
    // The first answer counts; the second is an error of the next step's, if there is one, and never the system's.
    let next = |scenario: &str| {
        test(
            &["run", "--env", "local", "s.scn"],
            &format!("twice\nsleep 100ms\n{scenario}"),
        )
    };
    let told = "error   the plug-in `fake` answered the request 2 a second time";
    next("").stderr_matches(&format!("{told}.*PASS")).run();
    next("set x give 1\nassert x == 1")
        .stderr_matches(&format!(
            "{told}.*ERROR s.scn:3 [^\n]*had ended before this was asked of it: it answered the request 2 a second time"
        ))
        .status(3)
        .run();
    next("set t try give 1\nset x give 1\nassert x == 1")
        .stderr_matches("PASS")
        .run();
}

#[test]
fn a_crash_is_an_error_that_names_the_signal_and_the_last_log_lines() {
    is_an_error("crash", "crashed: it was ended by the signal SEGV \\(");
    // And the next call finds it started again.
    says(
        "set c try crash\nset x give 1\necho #{x} #{c.signal}",
        "1 SEGV\n",
    );
}

#[test]
fn two_hundred_crashes_in_a_row_cost_neither_descriptors_nor_memory() {
    says(
        r"
set warm give 1
set before sh 'sleep 0.3; ls /proc/$PPID/fd | wc -l; grep RssAnon /proc/$PPID/status'
for i in range(200)
  set c try crash
  assert c.signal == 'SEGV'
end
set warm give 1
set after sh 'sleep 0.3; ls /proc/$PPID/fd | wc -l; grep RssAnon /proc/$PPID/status'
set fds_before = int(lines(before)[0])
set fds_after = int(lines(after)[0])
assert fds_before == fds_after
set kb_before = int(match(lines(before)[1], '(?<kb>\d+)').kb)
set kb_after = int(match(lines(after)[1], '(?<kb>\d+)').kb)
assert kb_after - kb_before < 4000
",
        "",
    );
}

#[test]
fn answers_may_come_in_any_order() {
    says(
        "parallel\n\
         do\n  set a later 1\n  echo first #{a}\nend\n\
         do\n  set b later 2\n  echo second #{b}\nend\n\
         end",
        "second 2\nfirst 1\n",
    );
}

#[test]
fn a_call_whose_time_is_up_is_asked_and_then_ended() {
    let args = ["run", "--env", "local", "s.scn"];
    let came = test(&args, "set t timeout 100ms patient\necho #{t.timed_out}")
        .stdout("true\n")
        .stderr_matches("PASS")
        .run();
    assert!(!came.stderr.contains("did not heed"), "{}", came.stderr);
    let began = Instant::now();
    test(
        &args,
        "set up give 1\nset t timeout 1s hang\necho #{t.timed_out}\nset x give 1\necho #{x}",
    )
    .stdout_matches("^true\n1\n$")
    .stderr_matches("warning the plug-in `fake` did not heed `cancel` of `hang` within 5s")
    .run();
    let took = began.elapsed();
    assert!(
        took >= Duration::from_secs(6),
        "it has the grace period: {took:?}"
    );
    assert!(
        took < Duration::from_secs(50),
        "and no more than that: {took:?}"
    );
}

fn steps(came: &Came) -> Vec<serde_json::Value> {
    let runs = fs::read_dir(came.folder.path().join(".scn/runs")).unwrap();
    let journals = runs.map(|run| run.unwrap().path().join("journal.jsonl"));
    let mut journals = journals.filter(|journal| journal.is_file());
    let journal = fs::read_to_string(journals.next().unwrap()).unwrap();
    journal
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn undone(scenario: &str, status: i32) -> Vec<String> {
    let came = run(scenario).stderr_matches("").status(status).run();
    steps(&came)
        .iter()
        .filter(|event| event["event"] == "step_started" && event["phase"] == "undo")
        .map(|event| event["command"].to_string())
        .collect()
}

#[test]
fn what_it_declares_as_undo_is_owed_once_the_step_was_begun() {
    assert_eq!(undone("begin a 'b c'", 0), [r#"["finish","a","b c"]"#]);
    assert_eq!(undone("begin a\nfinish a", 0), [] as [&str; 0]);
    assert_eq!(undone("begin a\nfake.finish a", 0), [] as [&str; 0]);
    assert_eq!(undone("fake.begin a\nfinish b", 0), [r#"["finish","a"]"#]);
    // It may have begun before it died.
    assert_eq!(undone("begin_badly", 3), [r#"["finish"]"#]);
    is_an_error("begin_badly", "crashed: it was ended by the signal KILL");
}

#[test]
fn what_could_not_be_begun_owes_no_undo_and_is_not_tried_for_ever() {
    // It was asked what it can do when it still worked.
    let scenario = "begin a\n";
    let came = test(&["check", "--env", "local", "s.scn"], scenario).run();
    let folder = came.folder.path();
    let run = |scenario: &str| {
        fs::write(folder.join("s.scn"), scenario).unwrap();
        let _ = fs::remove_dir_all(folder.join(".scn/runs"));
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_scn"));
        command.args(["run", "--env", "local", "s.scn"]);
        command.current_dir(folder).env("FAKE_DIES", "1");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8(output.stderr).unwrap()
    };
    let told = run(scenario);
    assert!(
        told.contains("exit status 3\n          | its log ends with:\n          |   no licence\n"),
        "{told}"
    );
    let undone = steps(&came).iter().any(|event| event["phase"] == "undo");
    assert!(!undone, "{told}");
    let told = run("for i in range(6)\n  try begin a\nend\nbegin a\n");
    assert_eq!(told.matches("ended by itself").count(), 5, "{told}");
    assert!(told.contains("did not come up 5 times in a row"), "{told}");
}

#[test]
fn two_plug_ins_may_have_a_command_of_the_same_name() {
    let both = format!("{ENVIRONMENT}[plugins.other]\nprogram = [\"sh\", \"fake.sh\"]\n");
    test(&["check", "--env", "local", "s.scn"], "give 1")
        .file("environments/local.toml", &both)
        .stderr_matches("E134.*2 plug-ins have a command `give`.*write `fake.give` or `other.give`")
        .status(2)
        .run();
    let came = run("other.begin a\nfake.begin a\nfake.finish a")
        .file("environments/local.toml", &both)
        .stderr_matches("PASS")
        .run();
    let undone: Vec<String> = steps(&came)
        .iter()
        .filter(|event| event["event"] == "step_started" && event["phase"] == "undo")
        .map(|event| event["command"].to_string())
        .collect();
    assert_eq!(undone, [r#"["other.finish","a"]"#]);
}

#[test]
fn a_name_is_looked_up_in_steps_aliases_plug_ins_and_built_in_commands() {
    let with = |text: &str| format!("{ENVIRONMENT}{text}");
    run("set x give 1\necho #{x}")
        .file(
            "environments/local.toml",
            &with("[commands.give]\nrun = [\"echo\", \"alias\"]\n"),
        )
        .stdout("alias 1\n")
        .stderr_matches("PASS")
        .run();
    says("step give v\n  echo step #{v}\nend\ngive 1", "step 1\n");
    says("@needs give, fake, fake.give\necho here", "here\n");
    run("@needs give, gave\necho here")
        .stderr_matches("SKIP")
        .run();
    says(
        "set name = 'fake.give'\nset x call #{name} 1\necho #{x}",
        "1\n",
    );
}

#[test]
fn a_plug_in_that_cannot_be_used_is_an_error_at_the_environments_line() {
    let missing = "[vars]\n[plugins.fake]\nprogram = [\"plugins/fix\"]\n";
    test(&["check", "--env", "local", "s.scn"], "echo a")
        .file("environments/local.toml", missing)
        .stderr_matches("E350.*the plug-in `fake` could not be started: there is no program `[^`]*plugins/fix`.*local.toml:3:11")
        .status(2)
        .run();
    test(&["check", "--env", "local", "s.scn"], "echo a")
        .env("FAKE_PROTOCOL", "2")
        .stderr_matches("speaks version 2 of the plug-in protocol, and this scn speaks version 1")
        .status(2)
        .run();
    test(&["run", "--env", "local", "s.scn"], "echo a")
        .env("FAKE_DIES", "1")
        .stderr_matches("ended by itself, with exit status 3; its log ends with: no licence")
        .status(2)
        .run();
    let cat = "[plugins.fake]\nprogram = [\"echo\", \"I am no plug-in\"]\n";
    test(&["check", "--env", "local", "s.scn"], "echo a")
        .file("environments/local.toml", cat)
        .stderr_matches("wrote a line that is no message")
        .status(2)
        .run();
}

#[test]
fn a_slow_start_is_waited_for() {
    let test = run("set x give 1\necho #{x}").env("FAKE_SLOW", "1.5");
    test.stdout("1\n").stderr_matches("PASS").run();
}

#[test]
fn it_is_started_once_a_run_when_it_is_needed_and_asked_to_end() {
    let began = |came: &Came| {
        let text = fs::read_to_string(came.folder.path().join("starts"));
        text.unwrap_or_default().replace('\n', ",")
    };
    let came = run("set a give 1\nset b give 2").env("FAKE_STARTS", "starts");
    let came = came.stderr_matches("PASS").run();
    // Asked once what it can do, and once for the run.
    assert_eq!(began(&came), "started,shutdown,started,shutdown,");
    let came = run("echo a").env("FAKE_STARTS", "starts");
    let came = came.stdout("a\n").stderr_matches("PASS").run();
    assert_eq!(began(&came), "started,shutdown,");
}

#[test]
fn one_that_does_not_end_with_the_run_is_ended() {
    let test = run("set a give 1\nset b sh 'echo $PPID'").env("FAKE_STAYS", "1");
    let began = Instant::now();
    test.stderr_matches("PASS").run();
    // Twice: once asked what it can do, once in the run.
    assert!(began.elapsed() >= Duration::from_secs(10));
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn what_it_said_of_itself_is_kept_and_a_changed_file_is_noticed() {
    let scenario = "set a give 1\necho #{a}";
    let came = test(&["check", "--env", "local", "s.scn"], scenario)
        .env("FAKE_STARTS", "starts")
        .run();
    let folder = came.folder.path();
    let starts = || fs::read_to_string(folder.join("starts")).unwrap_or_default();
    let check = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_scn"));
        command
            .args(["check", "--env", "local", "s.scn"])
            .current_dir(folder);
        command.env("FAKE_STARTS", "starts").output().unwrap()
    };
    assert_eq!(starts(), "started\nshutdown\n");
    assert!(check().status.success());
    assert_eq!(starts(), "started\nshutdown\n", "it was not started again");
    let kept = folder.join(".scn/plugins/local.fake.json");
    for corrupt in ["", "{", "[]", "{\"key\":1}", "\u{0}"] {
        fs::write(&kept, corrupt).unwrap();
        assert!(check().status.success(), "{corrupt:?} is as good as none");
    }
    assert_eq!(starts().matches("started").count(), 6);
    fs::write(
        folder.join("fake.sh"),
        FAKE.replace("\\\"give\\\"", "\\\"hand\\\""),
    )
    .unwrap();
    let came = check();
    assert_eq!(came.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&came.stderr).contains("there is no command `give`"));
}

#[test]
fn it_gets_the_secrets_that_it_was_granted_and_no_others() {
    let environment = "[plugins.fake]\nprogram = [\"sh\", \"fake.sh\"]\nsecrets = [\"token\"]\n\
         [secrets]\ntoken = { env = \"HIDDEN\" }\nother = { env = \"OTHER\" }\n";
    let came = run("set e env\nassert e.granted == token\necho #{e.granted} <#{e.other}>\nassert e.run == run.id")
        .file("environments/local.toml", environment)
        .env("HIDDEN", "tops3cret")
        .env("OTHER", "oth3r")
        .stdout("******** <>\n")
        .stderr_matches("PASS")
        .run();
    let journal = format!("{:?}", steps(&came));
    assert!(!journal.contains("tops3cret"), "{journal}");
}

#[test]
fn help_and_plan_know_its_commands() {
    test(&["help", "typed", "--env", "local"], "")
        .stdout_matches("typed \\(command of a plug-in: fake.typed\\).*typed QTY \\[LIMIT\\].*qty +int.*limit +duration.*250ms.*Returns map")
        .run();
    test(&["help", "fake", "--env", "local"], "")
        .stdout_matches("^fake  sh fake.sh[^\n]*\n.*    typed")
        .run();
    test(&["plan", "--env", "local", "s.scn"], "begin a")
        .stdout_matches("begin a\n.*→ fake.begin a \\(plug-in: sh fake.sh\\)")
        .run();
}

#[test]
fn what_means_nothing_in_what_it_says_of_itself_is_a_warning() {
    let odd = check::GOOD.replace(
        "\"params\":[{\"name\":\"n\",",
        "\"parms\":[],\"params\":[{\"name\":\"n\",\"color\":1,",
    );
    // The second time from what is kept.
    for _ in 0..2 {
        Test::new(&["check", "--env", "local", "s.scn"])
            .file("good.sh", &odd)
            .file("environments/local.toml", "[plugins.good]\nprogram = [\"sh\", \"good.sh\"]\n")
            .file("s.scn", "add 1\n")
            .stderr_matches("W353.*the plug-in `good` declares of `add` a `parms`, which means nothing: did it mean `params`\\?")
            .stderr_matches("W353.*declares of `add: n` a `color`, which means nothing: there are name, type,.*help, default")
            .run();
    }
}

#[test]
fn what_hides_a_command_that_is_there_everywhere_is_a_warning() {
    let hides = check::GOOD.replace("\"name\":\"add\"", "\"name\":\"log\"");
    Test::new(&["check", "--env", "local", "s.scn"])
        .file("good.sh", &hides)
        .file("environments/local.toml", "[plugins.good]\nprogram = [\"sh\", \"good.sh\"]\n")
        .file("s.scn", "step sleep time\n  echo #{time}\nend\nsleep 1\n")
        .stderr_matches("W352.*`log` of the plug-in `good` hides the command of that name.*W104.*the step `sleep` hides the command of that name")
        .run();
}

#[test]
fn plug_ins_are_listed_with_what_they_bring() {
    let both =
        "[plugins.good]\nprogram = [\"sh\", \"good.sh\"]\n[plugins.bad]\nprogram = [\"false\"]\n";
    Test::new(&["plugin", "list", "--env", "local"])
        .file("good.sh", &check::GOOD.replace("EXPECTED", "2"))
        .file("environments/local.toml", both)
        .stdout("good  sh good.sh  (good 2.0)\n    add  Adds one.\n")
        .stderr_matches("E350.*the plug-in `bad` ended by itself, with exit status 1")
        .status(2)
        .run();
}
