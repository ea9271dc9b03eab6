//! Plug-ins in Python: what the package's README shows, as it is typed.

use std::path::{Path, PathBuf};

use crate::support::Test;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/python")
}

/// The text between fences, each in its place.
fn blocks(readme: &str) -> Vec<&str> {
    readme.split("\n```").skip(1).step_by(2).map(code).collect()
}

fn code(block: &str) -> &str {
    block.split_once('\n').map_or("", |(_, code)| code)
}

fn typed(args: &[&str]) -> Option<Test> {
    if !Path::new("/usr/bin/python3").exists() && !Path::new("/usr/local/bin/python3").exists() {
        eprintln!("skipped: python3 is not installed");
        return None;
    }
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let blocks = blocks(&readme);
    let test = Test::new(args)
        .env("PYTHONPATH", folder().to_str().unwrap())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let files = ["plugins/greeter.py", "environments/local.toml", "hello.scn"];
    let written = files.iter().zip(blocks);
    Some(written.fold(test, |test, (name, text)| test.file(name, text)))
}

#[test]
fn the_first_plug_in_of_the_readme_works_as_typed() {
    if let Some(test) = typed(&["run", "hello.scn", "--env", "local"]) {
        test.stdout("Hello, Ada! Hello, Ada!\n")
            .stderr_matches("PASS hello.scn")
            .run();
    }
    if let Some(test) = typed(&["help", "greet", "--env", "local"]) {
        test.stdout_matches("greet NAME \\[TIMES\\].*Greets somebody.*times +int.*1")
            .run();
    }
    if let Some(test) = typed(&["check", "often.scn", "--env", "local"]) {
        test.file("often.scn", "greet Ada times=often")
            .stderr_matches("E109.*`?often`?")
            .status(2)
            .run();
    }
    if let Some(test) = typed(&["plugin", "check", "python3", "plugins/greeter.py"]) {
        test.stdout_matches("it keeps to the protocol\n$").run();
    }
}
