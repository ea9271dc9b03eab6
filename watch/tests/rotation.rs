//! Logs that are rotated, truncated, removed and made again lose no line and repeat none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use support::{Folder, append, run};

#[test]
fn rotation_in_the_middle_of_a_line_loses_nothing() {
    run(async {
        let folder = Folder::new();
        let mut writer = append(&folder.path("a.log"));
        let (_watcher, told) = folder.watch("a.log");
        writer.write_all(b"one\nstate=RE").unwrap();
        told.is(&["one"]).await;
        fs::rename(folder.path("a.log"), folder.path("a.log.1")).unwrap();
        writer.write_all(b"ADY\nlast of the old").unwrap();
        told.is(&["one", "state=READY"]).await;
        writer.write_all(b"\n").unwrap();
        let mut next = append(&folder.path("a.log"));
        next.write_all(b"first of the new\n").unwrap();
        let expected = ["one", "state=READY", "last of the old", "first of the new"];
        told.is(&expected).await;
        // The old writer was not told yet: what it adds is not lost either.
        writer.write_all(b"late\n").unwrap();
        told.is(&[expected.as_slice(), &["late"]].concat()).await;
    });
}

#[test]
fn a_line_that_is_cut_by_a_rotation_goes_on_in_the_next_file() {
    run(async {
        let folder = Folder::new();
        let (_watcher, told) = folder.watch("a.log");
        folder.append("a.log", "one\nstate=RE");
        told.is(&["one"]).await;
        fs::rename(folder.path("a.log"), folder.path("a.log.1")).unwrap();
        folder.append("a.log", "ADY\n");
        told.is(&["one", "state=READY"]).await;
        // Not so if it was removed: then the next is a new beginning.
        folder.append("a.log", "unfinished");
        tokio::time::sleep(Duration::from_millis(5)).await;
        fs::remove_file(folder.path("a.log")).unwrap();
        folder.append("a.log", "new\n");
        told.is(&["one", "state=READY", "unfinished", "new"]).await;
    });
}

#[test]
fn a_log_that_is_copied_and_truncated_is_read_on() {
    run(async {
        let folder = Folder::new();
        folder.append("a.log", "a long line that was there before\n");
        let (_watcher, told) = folder.watch("a.log");
        folder.append("a.log", "one\nstate=RE");
        told.is(&["one"]).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        append(&folder.path("a.log")).set_len(0).unwrap();
        folder.append("a.log", "ADY\n");
        told.is(&["one", "state=READY"]).await;
        // It has grown beyond what was read before anybody looks.
        append(&folder.path("a.log")).set_len(0).unwrap();
        folder.append("a.log", "much longer than what was there before\n");
        told.is(&[
            "one",
            "state=READY",
            "much longer than what was there before",
        ])
        .await;
    });
}

#[test]
fn a_writer_that_does_not_append_leaves_zeros_that_are_passed_over() {
    run(async {
        let folder = Folder::new();
        let mut writer = fs::File::create(folder.path("a.log")).unwrap();
        let (_watcher, told) = folder.watch("a.log");
        writer.write_all(&vec![b'x'; 300_000]).unwrap();
        writer.write_all(b"\n").unwrap();
        told.until(|texts| texts.len() == 1).await;
        append(&folder.path("a.log")).set_len(0).unwrap();
        writer.write_all(b"ERROR: after\n").unwrap();
        assert_eq!(
            told.until(|texts| texts.len() >= 2).await[1..],
            ["ERROR: after"]
        );
    });
}

#[test]
fn a_log_that_is_removed_and_made_again_is_read_from_its_beginning() {
    run(async {
        let folder = Folder::new();
        let (_watcher, told) = folder.watch("a.log");
        for round in ["one", "two", "three"] {
            folder.append("a.log", &format!("{round}\n"));
            told.until(|texts| texts.last().is_some_and(|text| text == round))
                .await;
            fs::remove_file(folder.path("a.log")).unwrap();
        }
        told.is(&["one", "two", "three"]).await;
    });
}

#[test]
fn a_thousand_rotations_lose_nothing_and_repeat_nothing() {
    const ROTATIONS: usize = 1_000;
    const LINES: usize = 20;
    run(async {
        let folder = Folder::new();
        let (_watcher, told) = folder.watch("a.log");
        let path = folder.path("a.log");
        let read = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&read);
        let writer = std::thread::spawn(move || {
            let mut line = 0;
            for rotation in 0..ROTATIONS {
                // No further ahead than the system keeps changes for: what it drops is another test's matter.
                let begun = Instant::now();
                while line > seen.load(Ordering::Relaxed) + 100 * LINES
                    && begun.elapsed() < support::LIMIT
                {
                    std::thread::sleep(Duration::from_millis(1));
                }
                let mut file = append(&path);
                for _ in 0..LINES {
                    // In two parts, so that some are read in between.
                    write!(file, "line ").unwrap();
                    if line % 7 == 0 {
                        std::thread::yield_now();
                    }
                    writeln!(file, "{line}").unwrap();
                    line += 1;
                }
                // In the middle of a line every other time, which the old file gets whole.
                let begun = rotation % 2 == 0;
                if begun {
                    write!(file, "li").unwrap();
                }
                fs::rename(&path, path.with_extension(format!("{rotation}"))).unwrap();
                if begun {
                    writeln!(file, "ne {line}").unwrap();
                    line += 1;
                }
            }
            line
        });
        while !writer.is_finished() {
            tokio::time::sleep(Duration::from_millis(1)).await;
            read.store(told.count(), Ordering::Relaxed);
        }
        let lines = writer.join().unwrap();
        let all = |texts: &[String]| texts.len() >= lines;
        let waited = tokio::time::timeout(support::LIMIT / 2, told.until(all)).await;
        let mut texts = waited.unwrap_or_else(|_| told.texts());
        let number = |text: &String| -> Option<usize> {
            text.strip_prefix("line ").and_then(|n| n.parse().ok())
        };
        texts.sort_by_key(|text| number(text).unwrap_or(usize::MAX));
        let expected: Vec<_> = (0..lines).map(|line| format!("line {line}")).collect();
        let all: std::collections::HashSet<_> = texts.iter().collect();
        let missing: Vec<_> = expected.iter().filter(|line| !all.contains(line)).collect();
        let gaps: Vec<_> = texts
            .iter()
            .filter(|text| text.starts_with("gap"))
            .collect();
        assert!(missing.is_empty(), "missing: {missing:?} {gaps:?}");
        let repeated = texts.windows(2).filter(|pair| pair[0] == pair[1]);
        let odd = texts.iter().filter(|text| number(text).is_none());
        let odd: Vec<_> = odd.chain(repeated.map(|pair| &pair[0])).collect();
        assert!(odd.is_empty(), "repeated or odd: {odd:?}");
    });
}

#[test]
fn what_was_rotated_away_before_it_was_opened_is_a_gap() {
    run(async {
        let folder = Folder::new();
        folder.append("a.log", "");
        let (watcher, told) = folder.watch("a.log");
        for round in ["one\n", "two\n", "three\n"] {
            folder.append("a.log", round);
            fs::rename(folder.path("a.log"), folder.path("a.log.1")).unwrap();
        }
        folder.append("a.log", "four\n");
        watcher.refresh();
        let texts = told.texts();
        assert_eq!(
            texts
                .iter()
                .filter(|text| text.starts_with("gap: "))
                .count(),
            1
        );
        let lines: Vec<_> = texts
            .iter()
            .filter(|text| !text.starts_with("gap: "))
            .collect();
        // The second was overwritten by the third.
        assert_eq!(lines, ["one", "three", "four"]);
    });
}

#[test]
fn the_line_of_a_writer_that_ended_is_not_gone_on_with() {
    run(async {
        let folder = Folder::new();
        let (watcher, told) = folder.watch("a.log");
        folder.append("a.log", "one\nhalf of a li");
        watcher.process("Engine", None);
        told.is(&["one", "Engine pid None"]).await;
        append(&folder.path("a.log")).set_len(0).unwrap();
        folder.append("a.log", "two\n");
        told.is(&["one", "Engine pid None", "half of a li", "two"])
            .await;
    });
}
