//! A release: the program as it is given away, with the bill of what is in it.
//!
//! `cargo xtask release` puts both into `target/release-of/`. `cargo xtask release --verify` builds what is committed
//! in two folders of different names, compares every byte, and looks for paths of this machine in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{sbom, shell};

/// The program.
const PACKAGE: &str = "scn";

/// Builds a release, or two that must be equal.
pub fn run() -> Result<(), String> {
    let place = shell::root().join("target/release-of");
    match std::env::args().nth(2).as_deref() {
        None => {
            build(&shell::root(), &place.join("build"), &place)?;
            told(&place)
        }
        Some("--verify") => verify(&place),
        Some(other) => Err(format!("no option {other}; there is --verify")),
    }
}

/// Builds from the sources in `root`, through `build`, into `place`.
fn build(root: &Path, build: &Path, place: &Path) -> Result<(), String> {
    let host = shell::host()?;
    let mut cargo = shell::in_folder(root);
    cargo
        .args([
            "build",
            "--locked",
            "--release",
            "--package",
            PACKAGE,
            "--bin",
            PACKAGE,
        ])
        .args(["--config", "profile.release.strip=true"])
        // With a target named, what runs while building is built apart.
        .args(["--target", &host, "--target-dir"])
        .arg(build)
        .env("SOURCE_DATE_EPOCH", committed()?)
        .env("CARGO_INCREMENTAL", "0");
    let (mut flags, mut c_flags) = (Vec::new(), Vec::new());
    for (path, name) in places(root, build)? {
        let path = path.display();
        flags.push(format!("--remap-path-prefix={path}={name}"));
        c_flags.push(format!("'-ffile-prefix-map={path}={name}'"));
    }
    // Paths may hold blanks.
    cargo.env_remove("RUSTFLAGS");
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    cargo
        .env("CFLAGS", c_flags.join(" "))
        .env("CC_SHELL_ESCAPED_FLAGS", "1");
    shell::run(&mut cargo)?;
    let write = |name: &str, bytes: &[u8]| {
        let path = place.join(name);
        fs::create_dir_all(place)
            .and_then(|()| fs::write(&path, bytes))
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    let built = build.join(&host).join("release").join(PACKAGE);
    fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
    fs::copy(&built, place.join(PACKAGE))
        .map_err(|error| format!("{}: {error}", built.display()))?;
    write("scn.cdx.json", sbom::of(PACKAGE, &host, root)?.as_bytes())
}

/// Folders of this machine, and what they are called in the program instead. Of two that match, the compiler
/// takes the later.
fn places(root: &Path, build: &Path) -> Result<Vec<(PathBuf, &'static str)>, String> {
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let sysroot = shell::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let sysroot = String::from_utf8_lossy(&sysroot).trim().to_owned();
    Ok(vec![
        (cargo, "/cargo"),
        (PathBuf::from(sysroot), "/rust"),
        (root.to_owned(), "/scn"),
        (build.to_owned(), "/build"),
    ])
}

/// The moment of the last commit, in seconds since 1970.
fn committed() -> Result<String, String> {
    let mut git = Command::new("git");
    git.args(["log", "-1", "--format=%ct"])
        .current_dir(shell::root());
    Ok(String::from_utf8_lossy(&shell::output(&mut git)?)
        .trim()
        .to_owned())
}

fn verify(place: &Path) -> Result<(), String> {
    let mut made = Vec::new();
    for name in ["one", "another, which is called otherwise"] {
        let folder = std::env::temp_dir()
            .join(format!("scn-release-{}", std::process::id()))
            .join(name);
        let sources = folder.join("sources");
        unpack(&sources)?;
        let into = place.join(name);
        build(&sources, &folder.join("build"), &into)?;
        look_for_paths(&into, &sources, &folder.join("build"))?;
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        made.push(into);
    }
    for name in [PACKAGE, "scn.cdx.json"] {
        let read = |folder: &PathBuf| {
            fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"))
        };
        let all = made.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if all.windows(2).any(|two| two[0] != two[1]) {
            return Err(format!("{name} differs: see {}", place.display()));
        }
    }
    println!(
        "release: two builds in different folders are equal, and no path of this machine is in them"
    );
    made.first().map_or(Ok(()), |first| told(first))
}

/// What is committed, and nothing else.
fn unpack(into: &Path) -> Result<(), String> {
    fs::create_dir_all(into).map_err(|error| format!("{}: {error}", into.display()))?;
    let mut git = Command::new("git");
    git.args(["archive", "--format=tar", "HEAD"])
        .current_dir(shell::root());
    let mut git = git
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("git: {error}"))?;
    let tar = git.stdout.take().ok_or("git has no output")?;
    shell::run(Command::new("tar").arg("-x").arg("-C").arg(into).stdin(tar))?;
    let ended = git.wait().map_err(|error| format!("git: {error}"))?;
    ended
        .success()
        .then_some(())
        .ok_or_else(|| format!("git archive: {ended}"))
}

fn look_for_paths(made: &Path, root: &Path, build: &Path) -> Result<(), String> {
    let program = made.join(PACKAGE);
    let bytes = fs::read(&program).map_err(|error| format!("{}: {error}", program.display()))?;
    for (path, _) in places(root, build)? {
        let text = path.display().to_string();
        if bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
        {
            return Err(format!("{text} is in the program"));
        }
    }
    Ok(())
}

/// The digests, as others can check them.
fn told(place: &Path) -> Result<(), String> {
    shell::run(
        Command::new("sha256sum")
            .args([PACKAGE, "scn.cdx.json"])
            .current_dir(place),
    )
}
