//! A new project works as it is, and nothing that is there is changed.

use std::fs;
use std::path::Path;

use crate::support::Test;

const FILES: [&str; 5] = [
    ".gitignore",
    "environments/local.toml",
    "scn.toml",
    "shop.scn",
    "system/shop.sh",
];

/// The names of all files below, in order.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    found.sort();
    found
}

fn with(text: &str) -> Test {
    FILES.iter().fold(Test::new(&["init"]), |test, name| {
        test.file(name, &format!("{text} {name}\n"))
    })
}

/// Types what `scn init` says to type next, as it says it.
#[test]
fn a_new_project_does_what_it_says_that_it_does() {
    let made = Test::new(&["init", "new/a b"])
        .stdout_matches("^new/a b is a project that works:\n.*\nNext:\n\n    cd 'new/a b'\n")
        .run();
    let folder = made.folder.path().join("new/a b");
    assert_eq!(files(&folder), FILES);
    let project = |args: &[&str]| {
        FILES.iter().fold(Test::new(args), |test, name| {
            test.file(name, &fs::read_to_string(folder.join(name)).unwrap())
        })
    };
    let mut typed = made
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("    scn "))
        .map(|line| line.split(' ').collect::<Vec<_>>());
    project(&typed.next().unwrap()).run();
    let passed = "^shop.scn  on local\n  pass        7  start Shop  TIME\n.*\nPASS shop.scn \\(8 steps, TIME\\)\n$";
    project(&typed.next().unwrap()).stderr_matches(passed).run();
    project(&typed.next().unwrap())
        .stderr_matches("\n          \\|   Shop.BOOKED = 1\n.*\nFAIL shop.scn:15 wait until [^\n]*: Shop.BOOKED is 1 ")
        .status(1)
        .run();
    assert_eq!(typed.next(), None);
    project(&["fmt", "--check", "shop.scn"]).run();
    project(&["check", "--all-envs", "shop.scn"]).run();
}

#[test]
fn what_is_in_the_way_is_named_and_nothing_is_made() {
    let came = Test::new(&["init"])
        .file("scn.toml", "environment = \"mine\"\n")
        .file("system/shop.sh", "")
        .stderr(
            "error: system/shop.sh is there already\nerror: scn.toml is there already\n\
             nothing was made: move what is in the way, or name another folder, scn init FOLDER\n",
        )
        .status(2)
        .run();
    let folder = came.folder.path();
    assert_eq!(files(folder), ["scn.toml", "system/shop.sh"]);
    let kept = fs::read_to_string(folder.join("scn.toml")).unwrap();
    assert_eq!(kept, "environment = \"mine\"\n");
}

#[test]
fn no_file_is_written_over() {
    let came = with("mine:")
        .stderr_matches("there already")
        .status(2)
        .run();
    for name in FILES {
        let text = fs::read_to_string(came.folder.path().join(name)).unwrap();
        assert_eq!(text, format!("mine: {name}\n"));
    }
}

#[test]
fn what_version_control_is_to_leave_out_is_said_where_it_does_not_know() {
    let note = "\n\nRecords of runs are kept in .scn/: add that line to .gitignore, which was there already.\n";
    for (text, told) in [("target/\n", true), ("target/\n/.scn\n", false)] {
        let came = Test::new(&["init"])
            .file(".gitignore", text)
            .stdout_matches("Next:")
            .run();
        assert_eq!(came.stdout.contains(note), told, "{}", came.stdout);
        let kept = fs::read_to_string(came.folder.path().join(".gitignore")).unwrap();
        assert_eq!(kept, text);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_that_says_why() {
    Test::new(&["init", "file/new"])
        .file("file", "")
        .stderr_matches("^error: file/new/[^\n]* cannot be made: Not a directory\n$")
        .status(3)
        .run();
}

#[test]
fn a_file_is_no_folder_to_make_a_project_in() {
    Test::new(&["init", "one.scn"])
        .file("one.scn", "echo one\n")
        .stderr("error: one.scn is no folder: name one that there is, or a new one\n")
        .status(2)
        .run();
}
