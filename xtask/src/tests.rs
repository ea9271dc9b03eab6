//! All tests, with what they need beyond Rust.

use std::process::{Command, Stdio};

use crate::{editors, python, scenarios, shell};

/// Programs that tests use, and Debian's package of each.
const PROGRAMS: &[(&str, &str)] = &[
    ("redis-server", "redis-server"),
    ("python3", "python3-venv"),
    ("jq", "jq"),
    ("setpriv", "util-linux"),
    ("initdb", "postgresql"),
    ("cc", "gcc"),
    ("c++", "g++"),
    ("make", "make"),
];

/// Installs what is lacking where that is allowed, and runs everything.
pub fn run() -> Result<(), String> {
    let lacking: Vec<_> = PROGRAMS
        .iter()
        .filter(|(program, _)| !installed(program))
        .collect();
    if !lacking.is_empty() {
        install(
            &lacking
                .iter()
                .map(|(_, package)| *package)
                .collect::<Vec<_>>(),
        );
    }
    let lacking: Vec<_> = lacking
        .into_iter()
        .filter(|(program, _)| !installed(program))
        .map(|(program, _)| *program)
        .collect();
    if !lacking.is_empty() && std::env::var_os("CI").is_some() {
        return Err(format!(
            "in CI nothing is skipped, and these could not be installed: {}",
            lacking.join(", ")
        ));
    }
    let tests = [
        "test",
        "--release",
        "--locked",
        "--workspace",
        "--no-fail-fast",
    ];
    // Nothing links to it, so that the tests have not built it.
    let plugin = [
        "build",
        "--release",
        "--locked",
        "--package",
        "exchange-plugin",
    ];
    // The tests build the programs that the others run; and all are run, whatever fails before.
    let results = [
        shell::cargo(&tests),
        shell::cargo(&plugin),
        in_python(),
        editors::run(),
        scenarios::run(installed("redis-server")),
    ];
    let failed: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n")),
    }
}

fn in_python() -> Result<(), String> {
    if !installed("python3") {
        eprintln!("skipped: the tests in Python (python3 is not installed)");
        return Ok(());
    }
    python::run()
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps a server's programs of each version apart.
    let servers = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let servers = servers.flatten().map(|version| version.path().join("bin"));
    std::env::split_paths(&path)
        .chain(servers)
        .any(|folder| folder.join(program).is_file())
}

/// Tries to install Debian packages; what comes of it is seen after.
fn install(packages: &[&str]) {
    if !installed("apt-get") {
        return;
    }
    eprintln!("installing {} …", packages.join(", "));
    for words in [
        vec!["update", "-qq"],
        [
            vec!["install", "-qq", "-y", "--no-install-recommends"],
            packages.to_vec(),
        ]
        .concat(),
    ] {
        let status = Command::new("apt-get")
            .args(&words)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("apt-get {} did not succeed", words.join(" "));
        }
    }
}
