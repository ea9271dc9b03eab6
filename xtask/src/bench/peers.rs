//! The peers, and what they are given.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell;

/// Whether a program is there: by its path, or where programs are looked for.
pub fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Path::new(program).is_file()
        || std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A program in C of `benches/`, compiled into the folder.
pub fn compiled(folder: &Path, name: &str, options: &[&str]) -> Result<String, String> {
    let program = folder.join(name);
    shell::run(
        Command::new("cc")
            .args(["-O2", "-D_GNU_SOURCE", "-pthread"])
            .args(options)
            .arg("-I")
            .arg(shell::root().join("plugins/abi/include"))
            .arg("-o")
            .arg(&program)
            .arg(shell::root().join(format!("benches/{name}.c"))),
    )?;
    Ok(program.display().to_string())
}

/// The folder of the programs of a virtual environment with pytest and Robot Framework, made when
/// it is first asked for; what could not be installed is not there.
pub fn python() -> PathBuf {
    let folder = shell::root().join("target/bench-python");
    let bin = folder.join("bin");
    if !bin.join("robot").is_file() || !bin.join("pytest").is_file() {
        let quietly = |command: &mut Command| {
            let _ = command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        };
        quietly(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        quietly(Command::new(bin.join("pip")).args(["install", "-q", "pytest", "robotframework"]));
    }
    bin
}

/// A thousand files of one step each, three times: as scenarios, for pytest and for Robot Framework.
pub fn thousand_files(folder: &Path) -> Result<(), String> {
    let texts = [
        ("scn", "many", "t{}.scn", "echo done\n"),
        (
            "pytest",
            "pytest",
            "test_t{}.py",
            "def test_it():\n    print('done')\n",
        ),
        (
            "robot",
            "robot",
            "t{}.robot",
            "*** Test Cases ***\nIt\n    Log    done\n",
        ),
    ];
    for (_, name, file, text) in texts {
        let within = folder.join(name);
        fs::create_dir_all(&within).map_err(|error| error.to_string())?;
        for number in 0..1000 {
            let file = within.join(file.replace("{}", &format!("{number:03}")));
            fs::write(file, text).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// The same program of 10 MB twice: as a scenario, and in Lua.
pub fn large_files(scenario: &Path, lua: &Path) -> Result<(), String> {
    let (mut ours, mut theirs) = (
        String::new(),
        String::from("local count, status, f = 0, '', print\n"),
    );
    let mut number = 0;
    ours.push_str("set count = 0\nset status run true\n");
    while ours.len() < 10_000_000 {
        ours.push_str(&format!(
            "if status == 'PASS {number}' and count < {number}\n  echo step {number} of \"#{{count}} orders\"\n  set count = count + {number} * 2\nend\n"
        ));
        theirs.push_str(&format!(
            "if status == 'PASS {number}' and count < {number} then\n  f('step', '{number}', 'of', count .. ' orders')\n  count = count + {number} * 2\nend\n"
        ));
        number += 1;
    }
    fs::write(scenario, ours).map_err(|error| error.to_string())?;
    fs::write(lua, theirs).map_err(|error| error.to_string())
}
