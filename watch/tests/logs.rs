//! Logs are followed through everything that is done to logs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Duration;

use regex::Regex;

use support::{Folder, append, run};

#[test]
fn what_was_there_before_is_not_read_and_what_comes_later_is() {
    run(async {
        let folder = Folder::new();
        folder.append("a.log", "before\n");
        let (_watcher, told) = folder.watch("a.log");
        folder.append("a.log", "one\r\ntwo\nthr");
        told.is(&["one", "two"]).await;
        folder.append("a.log", "ee\n");
        told.is(&["one", "two", "three"]).await;
    });
}

#[test]
fn a_line_that_was_begun_before_the_start_is_whole() {
    run(async {
        let folder = Folder::new();
        folder.append("a.log", "old\nstate=");
        let (_watcher, told) = folder.watch("a.log");
        folder.append("a.log", "READY\n");
        told.is(&["state=READY"]).await;
    });
}

#[test]
fn a_log_that_appears_later_is_read_from_its_beginning() {
    run(async {
        let folder = Folder::new();
        let (_watcher, told) = folder.watch("run/primary/a.log");
        tokio::time::sleep(Duration::from_millis(5)).await;
        fs::create_dir_all(folder.path("run/primary")).unwrap();
        folder.append("run/primary/a.log", "one\n");
        told.is(&["one"]).await;
        // And once more, as a whole.
        fs::remove_dir_all(folder.path("run")).unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        fs::create_dir_all(folder.path("run/primary")).unwrap();
        folder.append("run/primary/a.log", "two\n");
        told.is(&["one", "two"]).await;
        fs::rename(folder.path("run"), folder.path("old")).unwrap();
        fs::create_dir_all(folder.path("run/primary")).unwrap();
        folder.append("run/primary/a.log", "three\n");
        told.is(&["one", "two", "three"]).await;
    });
}

#[test]
fn refresh_reads_at_once_what_was_written() {
    run(async {
        let folder = Folder::new();
        let (watcher, told) = folder.watch("logs/a.log");
        fs::create_dir(folder.path("logs")).unwrap();
        folder.append("logs/a.log", "one\n");
        watcher.refresh();
        assert_eq!(told.texts(), ["one"]);
        fs::rename(folder.path("logs/a.log"), folder.path("logs/a.log.1")).unwrap();
        folder.append("logs/a.log.1", "two\n");
        folder.append("logs/a.log", "three\n");
        watcher.refresh();
        assert_eq!(told.texts(), ["one", "two", "three"]);
        // More than is read in one turn.
        let many: String = (0..200_000).map(|n| format!("line {n}\n")).collect();
        folder.append("logs/a.log", &many);
        watcher.refresh();
        assert_eq!(told.texts().len(), 200_003);
    });
}

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
fn links_are_followed_wherever_they_lead() {
    run(async {
        let folder = Folder::new();
        fs::create_dir(folder.path("v1")).unwrap();
        symlink("v1/app-1.log", folder.path("current.log")).unwrap();
        let (_watcher, told) = folder.watch("current.log");
        folder.append("v1/app-1.log", "one\n");
        told.is(&["one"]).await;
        // The link is replaced, as deployments do.
        folder.append("v1/app-2.log", "two\n");
        symlink("v1/app-2.log", folder.path("next")).unwrap();
        fs::rename(folder.path("next"), folder.path("current.log")).unwrap();
        told.is(&["one", "two"]).await;
        // What it leads to is rotated, in its own folder.
        fs::rename(folder.path("v1/app-2.log"), folder.path("v1/app-2.log.1")).unwrap();
        folder.append("v1/app-2.log", "three\n");
        told.is(&["one", "two", "three"]).await;
    });
}

#[test]
fn a_log_that_may_not_be_read_is_a_gap_until_it_may() {
    run(async {
        let folder = Folder::new();
        fs::create_dir(folder.path("a.log")).unwrap();
        let (_watcher, told) = folder.watch("a.log");
        let texts = told.until(|texts| !texts.is_empty()).await;
        assert_eq!(texts.len(), 1);
        assert!(texts[0].starts_with("gap: "), "{texts:?}");
        assert!(texts[0].ends_with("it is no regular file"), "{texts:?}");
        fs::remove_dir(folder.path("a.log")).unwrap();
        folder.append("a.log", "one\n");
        assert_eq!(told.until(|texts| texts.len() >= 2).await[1..], ["one"]);
    });
}

#[test]
fn a_log_that_was_closed_to_us_is_followed_from_its_size_at_the_start() {
    run(async {
        let folder = Folder::new();
        folder.append("a.log", "before\n");
        fs::set_permissions(folder.path("a.log"), PermissionsExt::from_mode(0o000)).unwrap();
        if fs::read(folder.path("a.log")).is_ok() {
            // Nothing is closed to this user.
            return;
        }
        let (_watcher, told) = folder.watch("a.log");
        told.until(|texts| texts.len() == 1).await;
        fs::set_permissions(folder.path("a.log"), PermissionsExt::from_mode(0o600)).unwrap();
        folder.append("a.log", "one\n");
        assert_eq!(told.until(|texts| texts.len() >= 2).await[1..], ["one"]);
    });
}

#[test]
fn a_line_is_waited_for_from_the_moment_it_is_expected() {
    run(async {
        let folder = Folder::new();
        let (watcher, _told) = folder.watch("a.log");
        folder.append("a.log", "READY 1\n");
        let ready = Regex::new(r"^READY (\d)$").unwrap();
        assert!(watcher.expect_log("Nobody", ready.clone()).is_none());
        let expected = watcher.expect_log("Engine", ready.clone()).unwrap();
        let dropped = watcher.expect_log("Engine", ready).unwrap();
        drop(dropped);
        folder.append("a.log", "not READY 1\nREADY 2\nREADY 3\n");
        let line = tokio::time::timeout(support::LIMIT, expected.line()).await;
        assert_eq!(line.unwrap().as_deref(), Some("READY 2"));
        let never = watcher
            .expect_log("Engine", Regex::new("x").unwrap())
            .unwrap();
        drop(watcher);
        tokio::task::yield_now().await;
        let line = tokio::time::timeout(support::LIMIT, never.line()).await;
        assert_eq!(line.unwrap(), None);
    });
}

#[test]
fn garbage_and_endless_lines_take_bounded_memory() {
    run(async {
        let folder = Folder::new();
        let (_watcher, told) = folder.watch("a.log");
        let mut writer = append(&folder.path("a.log"));
        for _ in 0..50 {
            writer.write_all(&vec![0xff; 100_000]).unwrap();
        }
        writer.write_all(b"\nnext\n").unwrap();
        let texts = told.until(|texts| texts.len() >= 3).await;
        assert!(texts[0].chars().all(|c| c == '\u{fffd}'));
        assert_eq!(texts[0].chars().count(), scn_watch::MAX_LINE);
        assert_eq!(
            texts[1],
            "gap: a line of the log was cut: it is longer than 1 MiB"
        );
        assert_eq!(texts[2], "next");
    });
}

#[test]
fn times_of_reports_strictly_increase() {
    run(async {
        let folder = Folder::new();
        let told = support::Told::default();
        let component = std::rc::Rc::new(support::logging("Engine", &folder.path("a.log")));
        // The clock stands still.
        let clock = std::rc::Rc::new(|| 7);
        let watcher = scn_watch::Watcher::start(
            &[component],
            told.sink(),
            std::rc::Rc::new(support::Nobody),
            clock,
        )
        .unwrap();
        folder.append("a.log", "one\ntwo\n");
        watcher.refresh();
        let times: Vec<_> = told.all().iter().map(|report| report.at).collect();
        assert_eq!(times, [7, 8]);
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
        let writer = std::thread::spawn(move || {
            let mut line = 0;
            for rotation in 0..ROTATIONS {
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
        }
        let lines = writer.join().unwrap();
        let all = |texts: &[String]| texts.len() >= lines;
        let waited = tokio::time::timeout(Duration::from_secs(5), told.until(all)).await;
        let mut texts = waited.unwrap_or_else(|_| told.texts());
        let number = |text: &String| -> Option<usize> {
            text.strip_prefix("line ").and_then(|n| n.parse().ok())
        };
        texts.sort_by_key(|text| number(text).unwrap_or(usize::MAX));
        let expected: Vec<_> = (0..lines).map(|line| format!("line {line}")).collect();
        let all: std::collections::HashSet<_> = texts.iter().collect();
        let missing: Vec<_> = expected.iter().filter(|line| !all.contains(line)).collect();
        assert!(missing.is_empty(), "missing: {missing:?}");
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
fn a_hundred_thousand_lines_a_second_are_no_trouble() {
    use scn_protocol::component::LogRule;
    const LINES: usize = 200_000;
    run(async {
        let folder = Folder::new();
        let mut component = support::logging("Engine", &folder.path("a.log"));
        component.logs[0].rules = vec![
            LogRule {
                regex: r"latency_us=(?<LATENCY>\d+)".to_owned(),
                unit: Some("us".to_owned()),
                percentiles: true,
                event: None,
            },
            LogRule {
                regex: r"state=(?<STATE>\w+)".to_owned(),
                ..LogRule::default()
            },
            LogRule {
                regex: "^ERROR: (?<message>.*)".to_owned(),
                event: Some("ERROR: #{message}".to_owned()),
                ..LogRule::default()
            },
        ];
        let (watcher, told) = support::watch(component);
        let text: String = (0..LINES)
            .map(|n| {
                format!(
                    "2026-11-21T01:00:00Z order={n} latency_us={} side=buy\n",
                    n % 997
                )
            })
            .collect();
        folder.append("a.log", &text);
        let begun = std::time::Instant::now();
        watcher.refresh();
        let took = begun.elapsed();
        println!("{:.0} lines a second", LINES as f64 / took.as_secs_f64());
        let all = told.all();
        let scn_protocol::Seen::Metrics { metrics, .. } = &all.last().unwrap().what else {
            panic!("{all:?}")
        };
        let count = metrics[0]
            .summary
            .as_ref()
            .and_then(|summary| summary.get("count"));
        assert_eq!(count, Some(&scn_protocol::Value::Int(200_000)));
        assert!(all.len() < 1_000, "{} reports", all.len());
        // Nothing new: it costs next to nothing.
        let begun = std::time::Instant::now();
        for _ in 0..1_000 {
            watcher.refresh();
        }
        println!("{:?} for a refresh without news", begun.elapsed() / 1_000);
        assert_eq!(told.all().len(), all.len());
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
