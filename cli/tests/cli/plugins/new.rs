//! A new project for a plug-in builds, tests and runs at once.

use std::path::Path;
use std::process::Command;

use crate::support::Test;

/// Makes a project, and gives what its folder is in.
fn project(name: &str, lang: &str) -> tempfile::TempDir {
    let came = Test::new(&["plugin", "new", name, "--lang", lang])
        .stdout_matches(&format!(
            "^{name}/ is a plug-in that works. Next:\n\n    cd {name}\n"
        ))
        .run();
    came.folder
}

/// Types a line there, and gives all that it says.
fn typed(folder: &Path, line: &[&str]) -> String {
    let scn = Path::new(env!("CARGO_BIN_EXE_scn"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = [scn.parent().unwrap().to_owned()];
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path))).unwrap();
    let mut command = Command::new(line[0]);
    command
        .args(&line[1..])
        .current_dir(folder)
        .env("PATH", path);
    // As whoever types it has it, and not as this test was built.
    for variable in [
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET_DIR",
        "RUSTFLAGS",
        "CARGO_MAKEFLAGS",
        "MAKEFLAGS",
    ] {
        command.env_remove(variable);
    }
    let came = command.output().unwrap();
    let said = String::from_utf8_lossy(&came.stdout);
    let told = String::from_utf8_lossy(&came.stderr);
    assert!(came.status.success(), "{line:?}\n{said}\n{told}");
    format!("{said}{told}")
}

fn runs(folder: &Path) {
    let said = typed(folder, &["scn", "run", "hello.scn"]);
    assert!(said.starts_with("Hello, Ada! Hello, Ada!\n"), "{said}");
    assert!(said.contains("\nPASS hello.scn (2 steps"), "{said}");
}

fn keeps_to_the_protocol(folder: &Path, program: &[&str]) {
    let line = [&["scn", "plugin", "check", "--examples"], program].concat();
    let said = typed(folder, &line);
    assert!(
        !said.contains("BROKEN") && !said.contains("advice"),
        "{said}"
    );
    assert!(
        said.contains("does what its example shows: greet"),
        "{said}"
    );
}

#[test]
fn in_rust() {
    let made = project("my-greeter", "rust");
    let folder = made.path().join("my-greeter");
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let tested = typed(&folder, &[cargo, "test", "--offline"]);
    assert!(tested.contains("2 passed"), "{tested}");
    let built = typed(&folder, &[cargo, "build", "--offline"]);
    assert!(!built.contains("warning"), "{built}");
    runs(&folder);
    keeps_to_the_protocol(&folder, &["target/debug/my_greeter"]);
    // A panic is an ERROR of that step, and ends nothing.
    let file = folder.join("src/lib.rs");
    let text = std::fs::read_to_string(&file).unwrap();
    let panics = "    assert!(who != \"Eve\", \"not her\");\n    context.info(";
    std::fs::write(&file, text.replacen("    context.info(", panics, 1)).unwrap();
    typed(&folder, &[cargo, "build", "--offline"]);
    let scenario = "set e try greet Eve\necho #{e.error}\nset a greet Ada\necho #{a}\n";
    std::fs::write(folder.join("panics.scn"), scenario).unwrap();
    let said = typed(&folder, &["scn", "run", "-q", "panics.scn"]);
    assert!(
        said.starts_with(
            "the plug-in panicked: not her (the fault of the plug-in `my-greeter`)\nHello, Ada!\n"
        ),
        "{said}"
    );
}

#[test]
fn in_c() {
    let made = project("my-greeter", "c");
    let folder = made.path().join("my-greeter");
    let built = typed(&folder, &["make"]);
    assert!(!built.contains("warning"), "{built}");
    runs(&folder);
    keeps_to_the_protocol(&folder, &["./libmy_greeter.so"]);
    typed(&folder, &["make", "test"]);
}

#[test]
fn in_python() {
    let made = project("my-greeter", "python");
    let folder = made.path().join("my-greeter");
    let tested = typed(&folder, &["python3", "-m", "unittest"]);
    assert!(tested.contains("Ran 2 tests"), "{tested}");
    runs(&folder);
    keeps_to_the_protocol(&folder, &["python3", "my_greeter.py"]);
}

#[test]
fn what_is_there_is_not_written_over_and_names_are_such_that_all_can_have_them() {
    Test::new(&["plugin", "new", "greeter", "--lang", "c"])
        .file("greeter/greeter.c", "mine")
        .stderr("error: greeter is there already\n")
        .status(2)
        .run();
    Test::new(&["plugin", "new", "Greeter", "--lang", "c"])
        .stderr_matches("^error: `Greeter` is no name for a plug-in: lower-case letters")
        .status(2)
        .run();
    Test::new(&["plugin", "new", "plugins/greeter", "--lang", "c"])
        .stdout_matches("^plugins/greeter/ is a plug-in that works")
        .run();
}

#[test]
fn a_project_goes_into_one_that_is_there_by_the_lines_that_are_printed() {
    let came = Test::new(&["plugin", "new", "plugins/my-greeter", "--lang", "python"])
        .stdout_matches(
            "an environment there names it:\n\n    \\[plugins.my-greeter\\]\n    program = ",
        )
        .run();
    let lines = came.stdout.split_once("names it:\n\n").unwrap().1;
    let folder = came.folder.path();
    std::fs::create_dir(folder.join("environments")).unwrap();
    std::fs::write(folder.join("environments/lab.toml"), lines).unwrap();
    std::fs::write(
        folder.join("s.scn"),
        "set g greet Ada\nassert g == 'Hello, Ada!'\n",
    )
    .unwrap();
    let said = typed(folder, &["scn", "run", "--env", "lab", "s.scn"]);
    assert!(said.contains("PASS s.scn"), "{said}");
}
