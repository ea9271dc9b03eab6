//! What is named as a plug-in and is none that could be started: what is told of it, and what to type.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Test;

const NOTHING: &str = "[plugins.gate]\nprogram = [\"sh\", \"gate.sh\"]\n";

fn path_is(path: &str, told: &str) {
    Test::new(&["check", "s.scn", "--env", "local"])
        .file("s.scn", "echo\n")
        .file(
            "environments/local.toml",
            &format!("[plugins.gate]\npath = \"{path}\"\n"),
        )
        .stderr_matches(told)
        .status(2)
        .run();
}

#[test]
fn a_library_that_is_none_is_told_by_its_name_too() {
    for word in ["plugins/arm", "plugins/libarm.so"] {
        Test::new(&["plugin", "check", word])
            .file("plugins/libarm.so", "no library\n")
            .stderr(
                "error: the plug-in cannot be loaded: `plugins/libarm.so` is no shared library\n",
            )
            .status(2)
            .run();
    }
    Test::new(&["plugin", "check", "plugins/other"])
        .file("plugins/libarm.so", "no library\n")
        .stdout_matches("there is no program `[^`]*plugins/other`")
        .status(1)
        .run();
}

#[test]
fn a_plug_in_of_an_environment_goes_by_its_name_with_env() {
    Test::new(&["plugin", "check", "gate"])
        .file("environments/local.toml", NOTHING)
        .stderr("error: there is no program `gate`; the plug-in of that name in the environment `local` is checked by `scn plugin check --env local gate`\n")
        .status(2)
        .run();
    Test::new(&["plugin", "check", "gates"])
        .file("environments/local.toml", NOTHING)
        .stdout_matches("there is no program `gates`")
        .status(1)
        .run();
}

#[test]
fn a_path_that_names_no_library_says_what_one_is() {
    path_is(
        "",
        "its `path` is empty; that of `plugins/libexchange.so` is.*`plugins/exchange`",
    );
    path_is(
        "plugins/",
        "`plugins/` is a folder; `plugins/exchange` is.*`plugins/libexchange.so`",
    );
}

/// A whole library of the example in the header.
fn library(test: &Test) -> Vec<u8> {
    let file = test.path().join("whole.so");
    let source = test.path().join("whole.c");
    fs::write(
        &source,
        "int scn_whole[9000] = { 1 }; int whole(void) { return 1; }\n",
    )
    .unwrap();
    let mut compile = Command::new("cc");
    compile
        .args(["-shared", "-fPIC", "-o"])
        .arg(&file)
        .arg(&source);
    assert!(compile.status().unwrap().success());
    fs::read(file).unwrap()
}

#[test]
fn a_library_that_is_cut_short_is_not_loaded() {
    let test = Test::new(&["plugin", "check", "./cut.so"]);
    let whole = library(&test);
    let put = |path: &Path, bytes: &[u8]| fs::write(path, bytes).unwrap();
    put(&test.path().join("cut.so"), &whole[..whole.len() / 2]);
    test.stderr_matches(&format!(
        "^error: the plug-in cannot be loaded: `cut.so` is cut short: it has {} bytes, and what is to be loaded of it ends at [0-9]+; ",
        whole.len() / 2
    ))
    .status(2)
    .run();
    // All that is loaded is there: that what only debuggers read is lacking does no harm.
    let test = Test::new(&["plugin", "check", "./cut.so"]);
    let whole = library(&test);
    put(&test.path().join("cut.so"), &whole[..whole.len() - 64]);
    test.stdout_matches("it exports no `scn_plugin_entry`")
        .status(1)
        .run();
}

#[test]
fn a_secret_that_cannot_be_had_is_told_before_a_run_needs_it() {
    let environment = "[secrets]\npassword = { env = \"SCN_TEST_NO_SUCH\" }\nother = { file = \"none\" }\n\
         [plugins.gate]\nprogram = [\"sh\", \"gate.sh\"]\nsecrets = [\"password\"]\n";
    let test = |words: &[&str]| {
        Test::new(words)
            .file("environments/local.toml", environment)
            .file("gate.sh", &super::check::good("2"))
    };
    test(&["doctor", "--env", "local"])
        .stdout_matches("\nWRONG  local: the secret `password` cannot be had: the environment variable SCN_TEST_NO_SUCH is not set\n +set it, or mend \\[secrets\\] in [^\n]*\nWRONG  local: the secret `other` cannot be had: none cannot be read: ")
        .status(1)
        .run();
    test(&["doctor"])
        .stdout_matches("\nnote   local: the secret `password` cannot be had: ")
        .run();
    test(&["plugin", "check", "--env", "local", "gate"])
        .stdout_matches("\nadvice  has the secrets that it is granted: `password` cannot be had: the environment variable SCN_TEST_NO_SUCH is not set\n")
        .run();
}

#[test]
fn a_program_that_sends_back_what_it_reads_is_told_so() {
    Test::new(&["check", "s.scn", "--env", "local"])
        .file("s.scn", "echo\n")
        .file(
            "environments/local.toml",
            "[plugins.gate]\nprogram = [\"cat\"]\n",
        )
        .stderr_matches(
            "the plug-in `gate` sent the request `initialize` back: it writes what it reads",
        )
        .status(2)
        .run();
}
