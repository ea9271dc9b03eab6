//! Logs are followed wherever they are, and read as they grow.

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
            scn_watch::Marks::default(),
        )
        .unwrap();
        folder.append("a.log", "one\ntwo\n");
        watcher.refresh();
        let times: Vec<_> = told.all().iter().map(|report| report.at).collect();
        // That there is no file, and then that there is one, was told before.
        assert_eq!(times, [9, 10]);
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
fn more_changes_than_the_system_keeps_lose_no_line() {
    run(async {
        let most = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
        let most: usize = most.trim().parse().unwrap();
        if most > 100_000 {
            // It would take too long.
            return;
        }
        let folder = Folder::new();
        let mut component = support::logging("Engine", &folder.path("a.log"));
        let other = support::logging("Engine", &folder.path("b.log"));
        component.logs.extend(other.logs);
        let (watcher, told) = support::watch(component);
        let mut files = ["a.log", "b.log"].map(|name| append(&folder.path(name)));
        watcher.refresh();
        // In turns, or the system would make one change of many.
        let lines = most + 100;
        for line in 0..lines {
            writeln!(files[line % 2], "{line}").unwrap();
        }
        watcher.refresh();
        let texts = told.texts();
        let mut numbers: Vec<usize> = texts.iter().map(|text| text.parse().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..lines).collect::<Vec<_>>());
        // And what comes after is followed as before.
        fs::rename(folder.path("a.log"), folder.path("a.log.1")).unwrap();
        folder.append("a.log", "new\n");
        told.until(|texts| texts.last().is_some_and(|text| text == "new"))
            .await;
    });
}

#[test]
fn whoever_gets_a_report_may_call_the_watcher() {
    run(async {
        use std::cell::RefCell;
        use std::rc::Rc;
        let folder = Folder::new();
        let watcher: Rc<RefCell<Option<Rc<scn_watch::Watcher>>>> = Rc::default();
        let told = support::Told::default();
        let (sink, calls) = (told.sink(), Rc::clone(&watcher));
        let (path, once) = (folder.path("a.log"), std::cell::Cell::new(true));
        let reports = Rc::new(move |report| {
            sink(report);
            let watcher = calls.borrow().clone().unwrap();
            if once.replace(false) {
                append(&path).write_all(b"more\n").unwrap();
            }
            watcher.refresh();
            watcher.process("Engine", Some(std::process::id()));
        });
        let component = Rc::new(support::logging("Engine", &folder.path("a.log")));
        let nobody = Rc::new(support::Nobody);
        let marks = scn_watch::Marks::default();
        let started =
            scn_watch::Watcher::start(&[component], reports, nobody, support::clock(), marks);
        *watcher.borrow_mut() = Some(Rc::new(started.unwrap()));
        folder.append("a.log", "one\ntwo\n");
        let texts = told.until(|texts| texts.len() >= 5).await;
        let lines: Vec<_> = texts.iter().filter(|text| text.len() <= 4).collect();
        assert_eq!(lines, ["one", "two", "more"]);
    });
}
