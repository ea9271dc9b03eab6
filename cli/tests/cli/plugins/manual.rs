//! docs/plugins.md: what it shows works as it is typed.

use std::path::Path;
use std::process::Command;

use crate::support::Test;

const PAGE: &str = include_str!("../../../../docs/plugins.md");

/// The blocks of that language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("\n```{language}\n");
    let all = PAGE.split(&fence).skip(1);
    all.map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

#[test]
fn the_library_of_the_page_works_as_typed() {
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/abi/include/scn_plugin.h");
    let test = |args: &[&str]| {
        let environment = blocks("toml")[1];
        let test = Test::new(args)
            .file("scn_plugin.h", &std::fs::read_to_string(&header).unwrap())
            .file("counter.c", &format!("{}\n", blocks("c")[0]))
            .file("environments/local.toml", environment)
            .file("counting.scn", blocks("scn")[0]);
        let mut words = blocks("sh")[0].split(' ');
        let mut compile = Command::new(words.next().unwrap());
        let compiled = compile.args(words).args(["-Wall", "-Wextra", "-Werror"]);
        let status = compiled.current_dir(test.path()).status().unwrap();
        assert!(status.success());
        test
    };
    test(&["run", "counting.scn", "--env", "local"])
        .stdout("42\n")
        .stderr_matches("PASS counting.scn")
        .run();
    test(&["plugin", "check", "./counter"])
        .stdout_matches("it keeps to the protocol\n$")
        .run();
    test(&["run", "-q", "wrong.scn", "--env", "local"])
        .file("wrong.scn", "expect_count 41")
        .stderr_matches("FAIL wrong.scn:1 expect_count 41: the count is 40")
        .status(1)
        .run();
}

#[test]
fn the_crate_of_the_page_is_the_one_that_its_own_documentation_tries() {
    let own = include_str!("../../../../plugins/sdk/src/lib.rs");
    let lines = own.lines().map_while(|line| line.strip_prefix("//!"));
    let shown: Vec<&str> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    assert!(shown.join("\n").contains(blocks("rust")[0]));
}

#[test]
fn the_first_environment_of_the_page_has_nothing_that_there_is_not() {
    let secrets = "[secrets]\ngateway_password = { env = \"PASSWORD\" }\n";
    Test::new(&["env", "show", "local"])
        .file(
            "environments/local.toml",
            &format!("{}\n{secrets}", blocks("toml")[0]),
        )
        .stdout_matches("timeout = \"30s\"")
        .run();
}
