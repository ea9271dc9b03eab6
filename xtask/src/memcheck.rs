//! The unsafe code under valgrind, which looks at each access to memory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell;

/// The tests that run it: a package, which of its targets, and those of their tests by a part of the name.
const TESTS: &[(&str, &[&str], &str)] = &[
    ("scn-plugin-host", &["--lib"], "library::"),
    ("scn-plugin-host", &["--test", "library"], ""),
    ("scn-plugin", &["--test", "harness"], ""),
];

/// Runs them; without valgrind that is skipped, and said.
pub fn run() -> Result<(), String> {
    let there = Command::new("valgrind").arg("--version").output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "SKIPPED: valgrind is not installed; the memory of the unsafe code was not looked at"
        );
        return Ok(());
    }
    for (package, target, name) in TESTS {
        let binary = built(package, target)?;
        let folder = shell::root().join("plugins");
        println!("{package} {} {name}", target.join(" "));
        shell::run(&mut looked_at(&binary, name, &folder))?;
    }
    Ok(())
}

/// A test program with its memory looked at: what is read or freed that may not be, what is read and
/// was never written, and what nobody can reach any more is an error.
fn looked_at(binary: &Path, name: &str, folder: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=99", "--leak-check=full"]);
    command.args([
        "--errors-for-leak-kinds=definite",
        "--child-silent-after-fork=yes",
    ]);
    let known = shell::root().join("xtask/src/memcheck.supp");
    command.arg(format!("--suppressions={}", known.display()));
    command
        .arg(binary)
        .args([name, "--test-threads=1", "--quiet"]);
    command
        .env("PROPTEST_CASES", "50")
        .env("RUST_BACKTRACE", "0")
        .current_dir(folder);
    command.stdin(Stdio::null());
    command
}

/// Builds a test program, and says where it is.
fn built(package: &str, target: &[&str]) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args([
        "test",
        "--release",
        "--no-run",
        "--message-format=json",
        "--package",
        package,
    ]);
    build.args(target).current_dir(shell::root());
    let output = build.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{build:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{build:?}: {}", output.status));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let after = |line: &str| {
        let (_, path) = line.split_once("\"executable\":\"")?;
        Some(PathBuf::from(path.split('"').next()?))
    };
    said.lines()
        .filter_map(after)
        .next_back()
        .ok_or_else(|| format!("{build:?} says of no program where it is"))
}
