//! Plug-ins in shared libraries: what they can do, and what becomes of a run whose library does
//! what it should not.
//!
//! The library is made of `plugins/faulty.c` by the machine's C compiler, once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::support::Test;

const HEADERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/abi/include");

/// Makes a library of a file; gives it as an environment's `path`.
fn library(name: &str, source: &str, include: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let made = folder.join(format!("lib{name}-{}.so", std::process::id()));
    let mut compile = Command::new("cc");
    compile
        .args([
            "-std=c99", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I",
        ])
        .arg(include);
    compile.arg("-o").arg(&made).arg(source).arg("-lpthread");
    let told = compile.output().unwrap();
    assert!(
        told.status.success(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
    // Whoever runs it next finds it whole.
    let library = folder.join(format!("lib{name}.so"));
    fs::rename(made, library).unwrap();
    folder.join(name)
}

static FAULTY: LazyLock<PathBuf> =
    LazyLock::new(|| library("faulty", "tests/cli/plugins/faulty.c", Path::new(HEADERS)));

fn environment(more: &str) -> String {
    format!(
        "[plugins.faulty]\npath = \"{}\"\n{more}\n",
        FAULTY.display()
    )
}

fn test(args: &[&str], scenario: &str) -> Test {
    Test::new(args)
        .file("environments/local.toml", &environment(""))
        .file("s.scn", scenario)
}

fn run(scenario: &str) -> Test {
    test(&["run", "-q", "--env", "local", "s.scn"], scenario)
}

/// A scenario that ends with PASS, and says this.
fn says(scenario: &str, says: &str) {
    run(scenario).says(says);
}

/// A scenario that is an ERROR for that reason; and the next call finds the plug-in again.
fn is_an_error(scenario: &str, reason: &str) {
    run(scenario).errs(reason);
    says(
        &format!("set c try {scenario}\nset x give 1\necho #{{x}}"),
        "1\n",
    );
}

#[test]
fn values_go_there_and_back_with_their_types() {
    says(
        r#"set a = {text: 'x y', n: 1, d: 2.5, deep: [true, none, []], time: 1500ms, size: 500MB, part: 15%, at: now()}
set b give #{a}
assert b.value == a
set all = [none, true, 1, 2.5, 'a', [1], {a: 1}, 1s, 1MB, 1%, now()]
set k kinds #{all}
echo #{k}
set bytes sh 'printf "\377\000x"'
set e give #{bytes.stdout}
assert e.value == bytes.stdout
set least = -9223372036854775807 - 1
set f give #{[least, 1234567890.123456789012345678, -0.5]}
echo #{f}
"#,
        "[0,1,2,3,4,6,7,8,9,10,11]\n\
         [-9223372036854775808,1234567890.123456789012345678,-0.5]\n",
    );
}

#[test]
fn words_are_bound_and_defaults_filled_in() {
    says(
        "set c typed 100 limit=2m a 'b c'\n\
         echo #{c.qty} #{c.limit} #{c.rest} #{c.input}\n\
         set d input 'given' typed qty=5\n\
         echo #{d.qty + 1} #{d.limit + 1s} #{d.rest} #{d.input}\n\
         assert d.run == run.id\n",
        "100 2m [\"a\",\"b c\"] none\n6 1.25s [] given\n",
    );
    for (scenario, code) in [
        ("typed", "E108"),
        ("typed many", "E109"),
        ("tiped 1", "E103"),
    ] {
        test(&["check", "--json", "--env", "local", "s.scn"], scenario)
            .stdout_matches(&format!("\"code\":\"{code}\""))
            .status(2)
            .run();
    }
}

#[test]
fn what_it_says_meanwhile_reaches_metrics_events_output_and_log() {
    test(
        &["run", "--env", "local", "s.scn"],
        "set o observe\n\
         wait event 'FILL *' where it.data.id == o.id within 1s as fill\n\
         assert System.LATENCY == 10us\n\
         echo #{fill.message} #{len(o.stdout)} #{o.stderr}",
    )
    .stdout_matches("^FILL 100 [89] complained\n$")
    .stderr_matches("warning logged by the plug-in.*PASS")
    .run();
    says("set o large\necho #{len(o.stdout)}", "5000000\n");
}

#[test]
fn it_is_opened_once_with_its_configuration_and_closed_at_the_end() {
    test(
        &["run", "--env", "local", "s.scn"],
        "set a greet\nset b greet\necho #{a}, #{b}",
    )
    .file(
        "environments/local.toml",
        &environment("config = { greeting = \"good day\" }"),
    )
    .stdout("good day 1, good day 2\n")
    .stderr_matches("opened.*greet.*greet.*faulty: closed\n.*faulty: at exit\n.*PASS")
    .run();
    // That it crashed as it was closed is told, and does not change what was judged before.
    test(&["run", "--env", "local", "s.scn"], "greet")
        .file(
            "environments/local.toml",
            &environment("config = { greeting = \"and crash\" }"),
        )
        .stderr_matches("warning +the plug-in `faulty`, as it was to end: crashed: it was ended by the signal SEGV[^\n]*\n.*PASS")
        .run();
    // It could not be opened, and that is not its fault.
    run("greet")
        .file(
            "environments/local.toml",
            &environment("config = { refuse = true }"),
        )
        .stderr_matches(
            "ERROR s.scn:1 [^\n]*nobody answers at that address \\(the environment's fault",
        )
        .status(3)
        .run();
}

#[test]
fn an_error_says_whose_fault_it_was() {
    run("reject 1")
        .stderr_matches("FAIL s.scn:1 reject 1: it did not work \\(")
        .status(1)
        .run();
    is_an_error(
        "reject 2",
        "it did not work \\(the fault of the plug-in `faulty`\\)",
    );
    is_an_error(
        "reject 3",
        "it did not work \\(the environment's fault, says",
    );
    is_an_error("reject 4", "it did not work \\(the scenario's fault, says");
}

#[test]
fn what_it_returns_is_looked_at_before_it_is_believed() {
    for (n, reason) in [
        (0, "gave what is no value: there is no kind of value 77"),
        (1, "gave what is no value: `one` is no decimal"),
        (
            2,
            "gave what is no value: a list or a map of 3 elements is NULL",
        ),
        (
            3,
            "gave what is no value: a list or a map is deeper than 200",
        ),
        (4, "failed, and did not say why"),
        (5, "returned -7, and not SCN_OK or SCN_FAILED"),
        (6, "it declares that it returns int, and returned text"),
    ] {
        is_an_error(&format!("wrong {n}"), reason);
    }
}

#[test]
fn a_crash_ends_the_host_and_not_the_run() {
    is_an_error(
        "crash",
        "the plug-in `faulty` crashed: it was ended by the signal SEGV \\(",
    );
    is_an_error("give_up", "ended by the signal ABRT \\(");
    is_an_error("leave 0", "ended by itself, with exit status 0 \\(");
    is_an_error("leave 3", "ended by itself, with exit status 3");
    // What is known besides is the step's output.
    test(&["run", "--env", "local", "s.scn"], "crash")
        .stderr_matches("SEGV\n +\\| its log ends with:\n +\\|   opened\n +\\|   about to crash\n +\\| [^\n]*core")
        .status(3)
        .run();
    says(
        "set c try leave 0\necho #{c.stderr}",
        "its log ends with:\n  opened\n  at exit\n\n",
    );
    // What it kept is gone, which those who rely on it are told.
    test(&["run", "--env", "local", "s.scn"], "set c try crash\nset x give 1\necho #{x}")
        .stdout("1\n")
        .stderr_matches("warning the plug-in `faulty` was started again, and what it kept is lost: it crashed: it was ended by the signal SEGV\n.*PASS")
        .run();
    is_an_error(
        "hang_up",
        "(closed its standard output|ended by itself, with exit status 74)",
    );
}

#[test]
fn after_many_quick_answers_what_it_does_wrong_is_found_as_soon_as_ever() {
    let after = |scenario: &str| format!("repeat 200\n  quick 1\nend\n{scenario}");
    let found = |scenario: &str, reason: &str| {
        run(&after(scenario))
            .stderr_matches(&format!("ERROR s.scn:4 [^\n]*{reason}"))
            .status(3)
            .run();
    };
    found("crash", "it was ended by the signal SEGV \\(");
    found("leave 3", "ended by itself, with exit status 3");
    found("wrong 0", "gave what is no value");
    found(
        "hang_up",
        "(closed its standard output|ended by itself, with exit status 74)",
    );
    let came = test(
        &["run", "--env", "local", "s.scn"],
        &after("set t timeout 300ms patient\necho #{t.timed_out}\nset x quick 2\necho #{x}"),
    )
    .stdout("true\n2\n")
    .stderr_matches("PASS")
    .run();
    assert!(!came.stderr.contains("did not heed"), "{}", came.stderr);
    // Others have their turn, and what it prints belongs to the step in which it was printed.
    says(
        "parallel\n  repeat 500\n    quick 1\n  end\n  do\n    sleep 10ms\n    echo b\n  end\nend",
        "b\n",
    );
    test(
        &["run", "--env", "local", "s.scn"],
        &after("set g garbage\necho #{g}\nset x quick 3\necho #{x}"),
    )
    .stdout("unharmed\n3\n")
    .stderr_matches("faulty: Hello, world\n.*faulty: \\{\"jsonrpc\":\"2.0\",\"id\":99\\}\n.*PASS")
    .run();
}

#[test]
fn what_it_prints_is_its_log_and_never_a_message() {
    test(
        &["run", "--env", "local", "s.scn"],
        "set g garbage\necho #{g}",
    )
    .stdout("unharmed\n")
    .stderr_matches("faulty: Hello, world\n.*faulty: \\{\"jsonrpc\":\"2.0\",\"id\":99\\}\n.*PASS")
    .run();
}

#[test]
fn a_call_that_does_not_end_is_asked_and_then_ended() {
    // What it gives then is known, so that it can be undone.
    let heeds = "set t timeout 100ms patient\necho #{t.timed_out} #{t.value}";
    let came = test(&["run", "--env", "local", "s.scn"], heeds)
        .stdout("true 7\n")
        .stderr_matches("PASS")
        .run();
    assert!(!came.stderr.contains("did not heed"), "{}", came.stderr);
    for hangs in ["forever", "deadlock", "handlers"] {
        let began = Instant::now();
        let scenario = format!(
            "set up give 1\nset t timeout 1s {hangs}\necho #{{t.timed_out}}\nset x give 1\necho #{{x}}"
        );
        says(&scenario, "true\n1\n");
        let took = began.elapsed();
        assert!(
            took >= Duration::from_secs(6),
            "it has the grace period: {took:?}"
        );
        assert!(
            took < Duration::from_secs(60),
            "and no more than that: {took:?}"
        );
    }
}

#[test]
fn a_call_that_waits_for_another_one_can_be_cancelled() {
    says(
        "set up give 1\nbackground first patient\nsleep 50ms\nset t timeout 100ms give 1\n\
         echo #{t.timed_out}\ncancel first\nset x give 2\necho #{x}",
        "true\n2\n",
    );
}

#[test]
fn threads_that_it_leaves_behind_end_with_the_host() {
    let began = Instant::now();
    says("set x give 1\nsleep 50ms\nset x give 1\necho #{x}", "1\n");
    let without = began.elapsed();
    let began = Instant::now();
    says(
        "set s stray 0\nsleep 50ms\nset x give 1\necho #{s} #{x}",
        "left behind 1\n",
    );
    // One that does not end by itself has five seconds.
    let took = began.elapsed();
    assert!(
        took < without + Duration::from_secs(4),
        "{took:?} {without:?}"
    );
    // One that crashes between two calls is told, and is an error of the next call's; the one after finds the
    // plug-in again.
    test(
        &["run", "--env", "local", "s.scn"],
        "set s stray 1\nsleep 2s\nset t try give 1\necho #{t.error}\nset x give 1\necho #{x}",
    )
    .stdout_matches(
        "^the plug-in `faulty` had ended before this was asked of it: [^\n]* signal SEGV\n1\n$",
    )
    .stderr_matches("error   the plug-in `faulty` crashed: it was ended by the signal SEGV.*PASS")
    .run();
}

#[test]
fn one_that_ends_again_and_again_is_not_started_without_end() {
    let run =
        |scenario| run(scenario).file("environments/local.toml", &environment("restarts = 1"));
    run("try crash\nset x give 1\ntry crash\nset x give 2\ntry crash\nset x give 3\necho #{x}")
        .stdout("3\n")
        .stderr_matches("PASS")
        .run();
    run("try crash\ntry crash\ntry give 1\ngive 1")
        .stderr_matches("ERROR s.scn:4 give 1: the plug-in `faulty` ended 2 times in a row, and is not started again in this run")
        .status(3)
        .run();
}

fn crashes(count: u32) {
    let scenario = r"
set warm give 1
set before sh 'sleep 0.3; ls /proc/$PPID/fd | wc -l; grep RssAnon /proc/$PPID/status'
for i in range(COUNT)
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
";
    says(&scenario.replace("COUNT", &count.to_string()), "");
}

#[test]
fn a_hundred_segfaults_in_a_row_cost_neither_descriptors_nor_memory() {
    crashes(100);
}

#[test]
#[ignore = "takes a while: cargo test -- --ignored a_thousand_segfaults"]
fn a_thousand_segfaults_in_a_row_cost_neither_descriptors_nor_memory() {
    crashes(1000);
}

#[test]
fn it_reads_the_secrets_that_it_was_granted_and_no_others() {
    let granted = environment(
        "secrets = [\"token\"]\n[secrets]\ntoken = { env = \"HIDDEN\" }\nother = { env = \"OTHER\" }",
    );
    run("set a secret token\nassert a == token\nset b try secret other\necho #{a} <#{b.error}>")
        .file("environments/local.toml", &granted)
        .env("HIDDEN", "tops3cret")
        .env("OTHER", "oth3r")
        .stdout(
            "******** <it was not granted (the environment's fault, says the plug-in `faulty`)>\n",
        )
        .stderr_matches("PASS")
        .run();
}

#[test]
fn a_library_that_cannot_be_used_is_an_error_at_the_environments_line() {
    let wrong = |path: &str, file: &str, content: &[u8], reason: &str| {
        let toml = format!("[vars]\n[plugins.probe]\npath = \"{path}\"\n");
        let test = Test::new(&["check", "--env", "local", "s.scn"])
            .file("environments/local.toml", &toml)
            .file("s.scn", "echo a");
        fs::write(test.path().join(file), content).unwrap();
        let came = test.stderr_matches("E350.*local.toml:3:8").status(2).run();
        // Long ones go over several lines.
        let told = came.stderr.replace("\n  │ ", " ");
        assert!(
            told.contains(&format!("the plug-in `probe` {reason}")),
            "{told}"
        );
    };
    wrong(
        "plugins/it",
        "x",
        b"",
        "is not there: there is no file `plugins/libit.so`",
    );
    wrong(
        "it",
        "libit.so",
        b"text",
        "cannot be loaded: `libit.so` is no shared library",
    );
    let mut foreign = fs::read(FAULTY.with_file_name("libfaulty.so")).unwrap();
    foreign[18..20].copy_from_slice(&22u16.to_le_bytes());
    wrong(
        "it",
        "libit.so",
        &foreign,
        "cannot be loaded: `libit.so` is built for s390x, and this machine is ",
    );
    for (source, reason) in [
        (
            "int nowhere(void); int scn_plugin_entry(void) { return nowhere(); }",
            "`libit.so` cannot be loaded: ",
        ),
        (
            "int x;",
            "`libit.so` is no plug-in of scn: it exports no `scn_plugin_entry`",
        ),
        (
            "#include <scn_plugin.h>\nstatic const scn_plugin p = { .size = 8, .abi_major = 2, .abi_minor = 5 };\n\
             const scn_plugin *scn_plugin_entry(uint32_t a, uint32_t b) { (void)a; (void)b; return &p; }",
            "`libit.so` is made for version 2.5 of the plug-in ABI, and this scn speaks version 1.",
        ),
        (
            "#include <scn_plugin.h>\nconst scn_plugin *scn_plugin_entry(uint32_t a, uint32_t b) { (void)a; (void)b; return 0; }",
            "`libit.so` says that it cannot be used",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (file, made) = (folder.path().join("it.c"), folder.path().join("libit.so"));
        fs::write(&file, source).unwrap();
        let mut compile = Command::new("cc");
        compile
            .args(["-shared", "-fPIC", "-I", HEADERS, "-o"])
            .arg(&made)
            .arg(&file);
        assert!(compile.status().unwrap().success());
        wrong(
            "it",
            "libit.so",
            &fs::read(made).unwrap(),
            &format!("refused `initialize`: {reason}"),
        );
    }
}

#[test]
fn help_plan_and_list_know_its_commands() {
    test(&["help", "typed", "--env", "local"], "")
        .stdout_matches("typed \\(command of a plug-in: faulty.typed\\).*qty +int.*limit +duration.*250ms.*Returns map")
        .run();
    test(&["plan", "--env", "local", "s.scn"], "begin a")
        .stdout_matches("begin a\n.*→ faulty.begin a \\(plug-in: [^ ]*libfaulty.so\\)")
        .run();
    test(&["plugin", "list", "--env", "local"], "")
        .stdout_matches(
            "^faulty  [^ ]*libfaulty.so  \\(faulty 0.9\\)\n    give +Gives what it gets.\n",
        )
        .run();
}

#[test]
fn a_plug_in_that_was_made_for_an_earlier_minor_version_loads() {
    let versions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/abi/versions");
    let mut tried = 0;
    for version in fs::read_dir(versions).unwrap() {
        let folder = version.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let source = folder.join("adder.c");
        let name = format!("adder-{}", folder.file_name().unwrap().to_string_lossy());
        let adder = library(&name, source.to_str().unwrap(), &folder);
        let path = adder.display();
        for isolate in ["true", "false"] {
            let toml = format!(
                "[plugins.adder]\npath = \"{path}\"\nisolate = {isolate}\nconfig = {{ from = 5 }}\n"
            );
            run("set s add 40 b=2\necho #{s.sum} #{s.count}\nset s add 1\necho #{s.sum} #{s.count}\nset l left\necho #{l.error}")
                .file("environments/local.toml", &toml)
                .stdout("42 6\n2 7\nnothing is left\n")
                .stderr_matches("PASS")
                .run();
        }
        tried += 1;
    }
    assert!(tried > 0);
}

#[test]
fn memory_and_time_of_a_library_are_bounded_by_the_environment() {
    test(&["run", "--env", "local", "s.scn"], "eat")
        .file("environments/local.toml", &environment("memory = \"100MB\""))
        .stderr_matches("opened\n +\\|   no memory after [0-9]+ MB\n.*ERROR s.scn:1 eat: the plug-in `faulty` crashed: it was ended by the signal ABRT \\(its memory is limited to 100MB\\)")
        .status(3)
        .run();
    // What is not taken is no trouble, however much the program around it has.
    run("set g greet\necho #{g}")
        .file(
            "environments/local.toml",
            &environment("memory = \"10MB\"\ntimeout = \"1m\""),
        )
        .stdout("hello 1\n")
        .stderr_matches("PASS")
        .run();
    run("set l left\nassert l <= 1m and l > 50s\nset l timeout 10s left\nassert l <= 10s and l > 5s")
        .file("environments/local.toml", &environment("timeout = \"1m\""))
        .stderr_matches("PASS")
        .run();
    run("patient")
        .file(
            "environments/local.toml",
            &environment("timeout = \"200ms\""),
        )
        .stderr_matches("FAIL s.scn:1 patient: timed out after TIME")
        .status(1)
        .run();
}

#[test]
fn who_writes_a_library_is_told_what_it_does_wrong() {
    let file = format!("{}.so", FAULTY.with_file_name("libfaulty").display());
    for named in [file, FAULTY.display().to_string()] {
        test(&["plugin", "check", "--examples", &named], "")
            .stdout_matches(
                "^ok      starts[^\n]*\n\
                 advice  declares[^\n]*: `kinds` has no `help`\n\
                 .*ok      does what its example shows: greet\n\
                 ok      leaves nothing behind: greet\n\
                 ok      does what its example shows: leak, example 1\n\
                 BROKEN  leaves nothing behind: leak: 20 open descriptors more after it was run 20 times\n\
                 ok      does what its example shows: leak, example 2\n\
                 BROKEN  leaves nothing behind: leak: 20 threads more after it was run 20 times\n\
                 ok      does what its example shows: leak, example 3\n\
                 BROKEN  leaves nothing behind: leak: 5[0-9]{3} kilobytes of memory more after it was run 20 times\n\
                 skipped answers calls as it should: no example called [^\n]*\n[^\n]*\n\
                 3 points are broken\n$",
            )
            .status(1)
            .run();
    }
    Test::new(&["plugin", "check", "libnone.so"])
        .stderr("error: the plug-in is not there: there is no file `libnone.so`\n")
        .status(2)
        .run();
}

/// The library in scn's own process.
fn inside(scenario: &str, more: &str) -> Test {
    let isolate = format!("isolate = false\n{more}");
    run(scenario).file("environments/local.toml", &environment(&isolate))
}

#[test]
fn inside_the_interpreter_it_cannot_end_a_run_as_if_all_were_well() {
    for scenario in ["leave 0", "parallel\n  leave 0\n  sleep 10s\nend"] {
        inside(scenario, "")
            .stderr_matches("error: a plug-in's library has ended this program with exit\\(\\).*help: .*scn cleanup")
            .status(3)
            .run();
    }
}

#[test]
fn inside_the_interpreter_it_does_what_it_does_in_a_process_of_its_own() {
    inside(
        r"set a = {text: 'x y', n: 1, d: 2.5, deep: [true, none, []], time: 1500ms, size: 500MB, part: 15%, at: now()}
set b give #{a}
assert b.value == a
for i in range(100)
  set q quick #{[i, a]}
  assert q.value == [i, a]
end
set o observe
wait event 'FILL *' where it.data.id == o.id within 1s
assert System.LATENCY == 10us
set o large
set g greet
echo #{len(o.stdout)} #{g}
set s secret token
assert s == token
set c input 'given' typed 100 limit=2m a 'b c'
echo #{c.qty} #{c.limit} #{c.rest} #{c.input}
assert c.run == run.id
set l timeout 10s left
assert l <= 10s and l > 5s
",
        "secrets = [\"token\"]\nconfig = { greeting = \"good day\" }\n[secrets]\ntoken = { env = \"HIDDEN\" }",
    )
    .env("HIDDEN", "tops3cret")
    .stdout("5000000 good day 1\n100 2m [\"a\",\"b c\"] given\n")
    // What it prints as it is closed goes where scn's own messages go.
    .stderr_matches("closed\n.*PASS|PASS.*closed\n")
    .run();
    inside("reject 1", "")
        .stderr_matches("FAIL s.scn:1 reject 1: it did not work \\(")
        .status(1)
        .run();
    inside("wrong 3", "")
        .stderr_matches(
            "ERROR s.scn:1 [^\n]*gave what is no value: a list or a map is deeper than 200",
        )
        .status(3)
        .run();
    inside("greet", "config = { refuse = true }")
        .stderr_matches(
            "ERROR s.scn:1 [^\n]*nobody answers at that address \\(the environment's fault",
        )
        .status(3)
        .run();
}

#[test]
fn inside_the_interpreter_others_go_on_meanwhile_and_time_limits_hold() {
    inside(
        "set t timeout 100ms patient\necho #{t.timed_out} #{t.value}\nset x give 1\necho #{x}",
        "",
    )
    .stdout("true 7\n1\n")
    .stderr_matches("PASS")
    .run();
    inside(
        "set up give 1\nbackground first patient\nsleep 50ms\nset t timeout 100ms quick 1\n\
         echo #{t.timed_out}\ncancel first\nset x quick 2\necho #{x}",
        "",
    )
    .stdout("true\n2\n")
    .stderr_matches("PASS")
    .run();
}

#[test]
fn inside_the_interpreter_what_does_not_end_cannot_be_ended_and_a_crash_is_the_runs() {
    inside("set t timeout 200ms deadlock\ngive 1", "")
        .stderr_matches(
            "ERROR s.scn:2 give 1: it can be asked nothing more in this run: `deadlock` did not return when it was cancelled",
        )
        .status(3)
        .run();
    let crashes = inside("crash", "");
    let status = crashes.command().status().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(11)
    );
    // Looking at it is always done elsewhere.
    test(&["check", "--env", "local", "s.scn"], "crash")
        .file("environments/local.toml", &environment("isolate = false"))
        .run();
}

#[test]
fn the_example_of_system_probes_does_what_it_says() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/examples/system");
    let read = |name: &str| fs::read_to_string(example.join(name)).unwrap();
    let test = |args: &[&str]| {
        let names = [
            "system.c",
            "Makefile",
            "ports.scn",
            "load.scn",
            "environments/local.toml",
        ];
        let files = names
            .iter()
            .fold(Test::new(args), |test, name| test.file(name, &read(name)));
        let mut make = Command::new("make");
        make.args(["-s", "CC=cc -Werror -pedantic", &format!("ABI={HEADERS}")]);
        assert!(make.current_dir(files.path()).status().unwrap().success());
        files
    };
    let mut scenarios = test(&["run", "--env", "local", "ports.scn", "load.scn"]);
    scenarios =
        scenarios.stdout_matches("^memory: [0-9.]+% of [0-9]+(B|KiB|MiB|GiB|KB|MB|GB) used\n$");
    scenarios
        .stderr_matches("PASS ports.scn.*PASS load.scn")
        .run();
    test(&["plugin", "check", "--examples", "./libsystem.so"])
        .stdout_matches("^(ok [^\n]*\n)+it keeps to the protocol\n$")
        .run();
    // Nobody takes connections there.
    test(&["run", "-q", "--env", "local", "closed.scn"])
        .file(
            "closed.scn",
            "expect_port 127.0.0.1 #{free_port()} within=2s",
        )
        .stderr_matches("FAIL closed.scn:1 [^\n]*127.0.0.1:[0-9]+ Connection refused")
        .status(1)
        .run();
}

/// The processes whose command line has that in it.
fn running(part: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let of = |entry: fs::DirEntry| {
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains(part).then_some(line)
    };
    processes.filter_map(of).collect()
}

/// Waits until there is such a process, or none.
fn until_running(part: &str, is: bool, within: Duration) {
    let began = Instant::now();
    while running(part).is_empty() == is {
        assert!(began.elapsed() < within, "{part}: {:?}", running(part));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_host_whose_scn_was_killed_ends_whatever_its_library_does() {
    for never_returns in ["forever", "quick_forever", "deadlock"] {
        let scenario = format!("give 1\nsh 'touch begun'\n{never_returns}");
        let test = run(&scenario);
        let path = test.path().join("libfaulty.so");
        fs::copy(FAULTY.with_file_name("libfaulty.so"), &path).unwrap();
        let test = test.file(
            "environments/local.toml",
            "[plugins.faulty]\npath = \"faulty\"\n",
        );
        let mut scn = test.command().spawn().unwrap();
        while !test.path().join("begun").exists() {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(200));
        let host = format!("plugin-host {}", path.display());
        assert_eq!(running(&host).len(), 1, "{never_returns}");
        scn.kill().unwrap();
        scn.wait().unwrap();
        until_running(&host, false, Duration::from_secs(60));
    }
}

#[test]
fn a_plug_in_that_was_made_for_a_later_minor_version_loads() {
    let header = fs::read_to_string(Path::new(HEADERS).join("scn_plugin.h")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut later = header.replace("#define SCN_ABI_MINOR 1\n", "#define SCN_ABI_MINOR 99\n");
    assert_ne!(later, header);
    for structure in ["scn_param", "scn_command", "scn_plugin"] {
        let end = format!("}} {structure};");
        assert!(later.contains(&end), "{structure}");
        later = later.replace(&end, &format!("    int more[5];\n{end}"));
    }
    fs::write(folder.path().join("scn_plugin.h"), later).unwrap();
    let adder = library(
        "adder-later",
        "../plugins/abi/versions/1.0/adder.c",
        folder.path(),
    );
    let toml = format!("[plugins.adder]\npath = \"{}\"\n", adder.display());
    run("set s add 40 b=2\necho #{s.sum} #{s.count}\nset l left\necho #{l.error}")
        .file("environments/local.toml", &toml)
        .stdout("42 1\nnothing is left\n")
        .stderr_matches("PASS")
        .run();
}
