//! The commands on files: `read write copy remove mkdir digest diff attach`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::os::unix::fs::{PermissionsExt, symlink};

use scn_interpreter::Outcome;
use scn_protocol::{Status, Value};
use support::{Bench, on_one_thread};

/// That a step failed, and why.
fn failure(outcome: &Outcome) -> String {
    assert_eq!(outcome.status, Status::Fail, "{outcome:?}");
    outcome.error.clone().unwrap()
}

#[test]
fn what_is_written_can_be_read_byte_by_byte() {
    on_one_thread(async {
        let bench = Bench::new();
        let raw: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        let content = Value::bytes(raw.clone());
        let outcome = bench.run(&["write".into(), "raw".into(), content]).await;
        assert_eq!(outcome.value, Some(Value::Size(200_000)));
        let outcome = bench.run(words!["read", "raw"]).await;
        assert_eq!((outcome.status, outcome.value), (Status::Pass, None));
        assert!(*bench.context.stdout.borrow() == raw);
    });
}

#[test]
fn writing_replaces_or_appends() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.run(words!["write", "f", "a long first text"]).await;
        bench.run(words!["write", "f", "one"]).await;
        bench.run(words!["write", "f", "+two", "append=true"]).await;
        assert_eq!(std::fs::read(bench.path("f")).unwrap(), b"one+two");
    });
}

#[test]
fn what_is_not_there_is_a_failure_with_its_path() {
    on_one_thread(async {
        let bench = Bench::new();
        for words in [
            words!["read", "no/file"].as_slice(),
            words!["write", "no/file", "x"],
            words!["copy", "no/file", "x"],
            words!["remove", "no/file"],
            words!["digest", "no/file"],
            words!["diff", "no/file", "x"],
            words!["attach", "no/file"],
        ] {
            let outcome = bench.run(words).await;
            let path = bench.path("no/file");
            let expected = format!("{}: no such file or directory", path.display());
            assert_eq!(failure(&outcome), expected, "{words:?}");
        }
        let folder = bench.path("");
        let outcome = bench.run(words!["read", "."]).await;
        let expected = format!("{}.: is a directory", folder.display());
        assert_eq!(failure(&outcome), expected);
    });
}

#[test]
fn copies_keep_permissions_and_go_into_a_folder_that_is_there() {
    on_one_thread(async {
        let bench = Bench::new();
        let from = bench.write("tool", "#!/bin/sh\n");
        std::fs::set_permissions(&from, PermissionsExt::from_mode(0o755)).unwrap();
        bench.run(words!["mkdir", "deep/er"]).await;
        let outcome = bench.run(words!["copy", "tool", "deep/er"]).await;
        let copy = bench.path("deep/er/tool");
        assert_eq!(outcome.value, Some(Value::from(copy.to_str().unwrap())));
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o755);
        let onto = bench.run(words!["copy", "tool", "."]).await;
        assert!(failure(&onto).contains("cannot be copied onto itself"));
        assert_eq!(std::fs::read(from).unwrap(), b"#!/bin/sh\n");
    });
}

#[test]
fn a_folder_is_copied_whole_when_asked_for() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.run(words!["mkdir", "a/b"]).await;
        bench.write("a/b/file", "text");
        symlink("b/file", bench.path("a/link")).unwrap();
        let refused = bench.run(words!["copy", "a", "c"]).await;
        assert!(failure(&refused).contains("`recursive=true` copies it whole"));
        let outcome = bench.run(words!["copy", "a", "c", "recursive=true"]).await;
        assert_eq!(outcome.status, Status::Pass, "{outcome:?}");
        assert_eq!(std::fs::read(bench.path("c/b/file")).unwrap(), b"text");
        let link = std::fs::read_link(bench.path("c/link")).unwrap();
        assert_eq!(link.to_str(), Some("b/file"));
        // Once more, into what is there.
        let outcome = bench.run(words!["copy", "a", "c", "recursive=true"]).await;
        assert_eq!(outcome.status, Status::Pass);
        assert!(bench.path("c/a/b/file").exists());
        let itself = bench
            .run(words!["copy", "a", "a/b/c", "recursive=true"])
            .await;
        assert!(failure(&itself).contains("cannot be copied into itself"));
    });
}

#[test]
fn folders_are_removed_only_when_asked_for_and_never_the_root() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.run(words!["mkdir", "a/b"]).await;
        let outside = bench.write("kept", "text");
        symlink(&outside, bench.path("a/link")).unwrap();
        let refused = bench.run(words!["remove", "a"]).await;
        assert!(failure(&refused).contains("directory not empty"));
        let outcome = bench.run(words!["remove", "a", "recursive=true"]).await;
        assert_eq!(outcome.value, Some(Value::Bool(true)));
        assert!(outside.exists() && !bench.path("a").exists());
        let outcome = bench.run(words!["remove", "a", "missing=true"]).await;
        assert_eq!(outcome.value, Some(Value::Bool(false)));
        for root in [".", "..", "/"] {
            let refused = bench.run(words!["remove", root, "recursive=true"]).await;
            assert!(failure(&refused).contains("holds the project's root"));
        }
        bench.run(words!["remove", "kept"]).await;
        assert!(!outside.exists());
    });
}

#[test]
fn making_a_folder_that_is_there_passes_and_over_a_file_fails() {
    on_one_thread(async {
        let bench = Bench::new();
        for _ in 0..2 {
            assert_eq!(bench.run(words!["mkdir", "a/b"]).await.status, Status::Pass);
        }
        bench.write("file", "");
        assert!(failure(&bench.run(words!["mkdir", "file"]).await).contains("file exists"));
        let below = bench.run(words!["mkdir", "file/sub"]).await;
        assert!(failure(&below).contains("not a directory"));
    });
}

#[test]
fn a_digest_is_sha256() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.write("abc", "abc");
        let outcome = bench.run(words!["digest", "abc"]).await;
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(outcome.value, Some(Value::from(known)));
    });
}

#[test]
fn files_that_differ_give_their_difference() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.write("a", "1\n2\n3\n");
        bench.write("b", "1\n2\nthree\n");
        let same = bench.run(words!["diff", "a", "a"]).await;
        assert_eq!((same.status, same.value), (Status::Pass, Some("".into())));
        let outcome = bench.run(words!["diff", "a", "b", "context=1"]).await;
        assert_eq!(
            failure(&outcome),
            "a and b differ: 1 line removed, 1 line added"
        );
        let expected = "--- a\n+++ b\n@@ -2,2 +2,2 @@\n 2\n-3\n+three\n";
        assert_eq!(outcome.value, Some(Value::from(expected)));
        assert_eq!(bench.context.stdout_text(), expected);
        *bench.context.input.borrow_mut() = Some(Value::from("1\n2\n3\n"));
        assert_eq!(
            bench.run(words!["diff", "-", "a"]).await.status,
            Status::Pass
        );
    });
}

#[test]
fn files_that_are_no_text_are_told_to_differ() {
    on_one_thread(async {
        let bench = Bench::new();
        std::fs::write(bench.path("a"), [0xff, 1]).unwrap();
        std::fs::write(bench.path("b"), [0xff, 2]).unwrap();
        let outcome = bench.run(words!["diff", "a", "b"]).await;
        assert_eq!(failure(&outcome), "a and b differ from byte 2 on");
    });
}

#[test]
fn a_file_is_attached_under_its_own_name_or_a_given_one() {
    on_one_thread(async {
        let bench = Bench::new();
        let path = bench.write("book.txt", "");
        let outcome = bench.run(words!["attach", "book.txt"]).await;
        assert_eq!(outcome.value, Some(Value::from("attached/book.txt")));
        bench
            .run(words!["attach", "book.txt", "name=the book"])
            .await;
        let attached = bench.context.attached.take();
        let expected = [
            (path.clone(), "book.txt".to_owned()),
            (path, "the book".to_owned()),
        ];
        assert_eq!(attached, expected);
        let folder = bench.run(words!["attach", "."]).await;
        assert!(failure(&folder).ends_with("is a directory, and not a file"));
    });
}
