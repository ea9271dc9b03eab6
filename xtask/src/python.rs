//! The tests that are written in Python: those of the package for plug-ins, of the example plug-ins, each
//! against the system that it is for, and of reports, read by the programs that they are for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell;

/// Runs them; what cannot be had here is skipped by name, but in CI that is an error.
pub fn run() -> Result<(), String> {
    let package = shell::root().join("plugins/python");
    unittest(Path::new("python3"), &package)?;
    let mut skipped = Vec::new();
    let readers = shell::root().join("tests/readers");
    for folder in examples()?.into_iter().chain([readers]) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        match interpreter(&folder) {
            Ok(python) => unittest(&python, &folder)?,
            Err(reason) => {
                eprintln!("skipped: the tests in Python of {name} ({reason})");
                skipped.push(name.into_owned());
            }
        }
    }
    if !skipped.is_empty() && std::env::var_os("CI").is_some() {
        let skipped = skipped.join(", ");
        return Err(format!(
            "in CI nothing is skipped, and these were: {skipped}"
        ));
    }
    Ok(())
}

/// The example plug-ins that have tests in Python.
fn examples() -> Result<Vec<PathBuf>, String> {
    let folder = shell::root().join("plugins/examples");
    let Ok(entries) = folder.read_dir() else {
        return Ok(Vec::new());
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|folder| folder.join("requirements.txt").is_file());
    found.sort();
    Ok(found)
}

/// A Python that has what an example asks for, kept for the next time.
fn interpreter(example: &Path) -> Result<PathBuf, String> {
    let built = shell::built();
    let target = built.parent().unwrap_or(&built);
    let name = example.file_name().unwrap_or_default().to_string_lossy();
    let folder = target.join(format!("python-{name}"));
    let python = folder.join("bin/python3");
    let wanted = example.join("requirements.txt");
    if !python.is_file() {
        quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    let mut install = Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ]);
    quiet(install.arg(wanted))?;
    Ok(python)
}

/// Runs a command that says something only if it fails.
fn quiet(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim().lines().last().unwrap_or_default();
    Err(format!("{command:?}: {}: {last}", output.status))
}

/// The tests in a folder, with the package, the programs that were built, and this Python found
/// first.
fn unittest(python: &Path, folder: &Path) -> Result<(), String> {
    let mut path = OsString::from(shell::built());
    if let Some(bin) = python.parent().filter(|bin| bin.is_absolute()) {
        path = [bin.as_os_str(), ":".as_ref(), &path].into_iter().collect();
    }
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    eprintln!("python tests: {}", folder.display());
    let mut command = Command::new(python);
    command
        .args([
            "-m",
            "unittest",
            "discover",
            "--start-directory",
            "tests",
            "--top-level-directory",
            ".",
        ])
        .env("PATH", path)
        .env("PYTHONPATH", shell::root().join("plugins/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder);
    shell::run(&mut command)
}
