//! A project with secrets, and `scn` in it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const EVERYTHING: &str = include_str!("everything.scn");
const LEAKY: &str = include_str!("leaky.toml");
const LEAK: &str = include_str!("leak.py");

/// How scenarios end: the last thing that is told is the reason.
pub const ENDINGS: &[(&str, &str)] = &[
    ("pass", "echo #{s0}\npass #{s0}"),
    ("fail", "fail \"it was #{s0}\""),
    ("fail-data", "set g raw\nfail \"it was #{g[0]}\""),
    ("error", "set g raw\nerror #{g[1]}"),
    ("skip", "set g raw\nskip #{g[0]} #{s1}"),
    ("assert", "set g raw\nassert g == s1, g[0] + s1"),
    ("require", "set g raw\nrequire g[0] == 1"),
    ("step", "set g raw\nrun ls #{g[0]} \"x #{g[1]}\""),
    ("no-program", "set g raw\nrun #{g[0]}"),
    ("not", "set g raw\nnot run true #{g[0]}"),
    ("timeout", "set g raw\ntimeout 10ms run sleep 9 #{g[0]}"),
    ("crash", "p_crash"),
    ("garbage", "p_garbage"),
    ("fault", "p_fail #{1}"),
    ("output", "tell\nsh 'exit 1'"),
    ("failing-output", "loud"),
    ("cut", "stuck"),
    ("undo", "set g raw\nowing #{g[0]}\nfail"),
    ("start", "start Broken"),
    ("watch", "set g raw\nalways g[0] == 'x'\necho #{g[0]}"),
    ("regex", "set g raw\nset x = match('x', '(' + g[0])"),
    ("uncaught", "set g raw\nset x = int(g[0])"),
    ("killed", "defer tell\nowing #{s0}\ntell_and_wait"),
    ("wrong", "echo #{s0\nfoo #{s1}"),
    (
        "unknown",
        "run_it #{s0}\nset x = s0 + 1\nset y = int(s1)\nsleep #{s0}",
    ),
];

/// The environment of so many secrets, and one with a mistake.
fn environments(folder: &Path, secrets: usize) {
    let names: Vec<String> = (0..secrets).map(|at| format!("s{at}")).collect();
    let all: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let given = names.iter();
    let given = given.map(|name| format!("{} = \"#{{{name}}}\"", name.to_uppercase()));
    let mut text = LEAKY
        .replace("GIVEN", &given.collect::<Vec<_>>().join(", "))
        .replace("ALL", &all.join(", "))
        .replace("FOLDER", &folder.display().to_string());
    for (at, name) in names.iter().enumerate() {
        let file = format!("{}/given/{name}", folder.display());
        let from = match at % 3 {
            0 => format!("{{ file = \"{file}\" }}"),
            _ => format!("{{ command = [\"cat\", \"{file}\"] }}"),
        };
        writeln!(text, "{name} = {from}").unwrap();
    }
    place(&folder.join("project/environments/leaky.toml"), &text);
    let broken = text.replace("result = ", "resul = ");
    place(&folder.join("project/environments/broken.toml"), broken);
}

fn place(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A project with these secrets, which stand outside of it.
pub fn project(secrets: &[Vec<u8>]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    place(&folder.path().join("leak.py"), LEAK);
    for (at, secret) in secrets.iter().enumerate() {
        // The last line end of a file is no part of the secret.
        place(
            &folder.path().join(format!("given/s{at}")),
            [secret.as_slice(), b"\n"].concat(),
        );
        place(&folder.path().join(format!("hunted/s{at}")), secret);
    }
    environments(folder.path(), secrets.len());
    let names: Vec<String> = (0..secrets.len()).map(|at| format!("s{at}")).collect();
    let everything = EVERYTHING.replace("names", &format!("[{}]", names.join(", ")));
    let project = folder.path().join("project");
    place(&project.join("everything.scn"), everything);
    for (name, text) in ENDINGS {
        place(&project.join(format!("{name}.scn")), format!("{text}\n"));
    }
    // What waits for the runner's death waits only where that comes.
    place(&project.join("out/over"), "");
    folder
}

pub fn scn(folder: &Path, words: &[&str]) -> Output {
    scn_command(folder, words).output().unwrap()
}

pub fn scn_command(folder: &Path, words: &[&str]) -> Command {
    let binary = std::env::var_os("SCN_BINARY");
    let binary = binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_scn").into());
    let mut command = Command::new(binary);
    command
        .args(words)
        .current_dir(folder.join("project"))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("TZ", "UTC")
        .env("LANG", "C.UTF-8")
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::null());
    command
}
