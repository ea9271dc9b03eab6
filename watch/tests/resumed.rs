//! A log that is followed again from where it stood: nothing of it is told twice, and nothing is left out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::cell::RefCell;
use std::io::Write as _;
use std::path::Path;
use std::rc::Rc;

use scn_protocol::component::{Component, LogRule};
use scn_protocol::{LogFile, LogPlace, Report, Seen};
use scn_watch::{Marks, Stood, Watcher};

use support::{Folder, append, clock, logging, run, text};

/// What was told in order, the places of logs too.
struct Recorded {
    watcher: Watcher,
    reports: Rc<RefCell<Vec<Report>>>,
}

impl Recorded {
    fn of(component: Component, stood: Vec<Stood>) -> Self {
        let reports = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&reports);
        let sink = Rc::new(move |report| sink.borrow_mut().push(report));
        let marks = Marks { stood, shown: None };
        let components = [Rc::new(component)];
        let nobody = Rc::new(support::Nobody);
        let watcher = Watcher::start(&components, sink, nobody, clock(), marks).unwrap();
        Self { watcher, reports }
    }

    /// What was told up to now.
    fn all(&self) -> Vec<Report> {
        self.watcher.refresh();
        self.reports.borrow().clone()
    }
}

/// Where the log stood for whoever has the first reports alone.
fn stood(reports: &[Report]) -> Stood {
    let mut file: Option<LogFile> = None;
    let mut place = LogPlace::default();
    for report in reports {
        if let Seen::Followed { file: followed, .. } = report.what {
            file = followed;
        }
        place = report.read.unwrap_or(place);
    }
    Stood {
        component: "Engine".to_owned(),
        file,
        place,
    }
}

fn told(reports: &[Report]) -> Vec<String> {
    let told = reports.iter();
    let told = told.filter(|report| !matches!(report.what, Seen::Followed { .. } | Seen::Left));
    told.map(text).collect()
}

/// Two events of each line.
fn twice(path: &Path) -> Component {
    let mut component = logging("Engine", path);
    let mut second = component.logs[0].rules[0].clone();
    second.event = Some("again".to_owned());
    component.logs[0].rules.push(second);
    component
}

#[test]
fn wherever_a_record_of_it_stops_the_rest_is_told_and_nothing_twice() {
    run(async {
        let folder = Folder::new();
        let path = folder.path("a.log");
        folder.append("a.log", "old\nunfin");
        let first = Recorded::of(twice(&path), Vec::new());
        folder.append("a.log", "ished\n\none\r\ntw");
        let reports = first.all();
        folder.append("a.log", "o\nthree\nfo");
        for kept in 1..=reports.len() {
            let known = &reports[..kept];
            let second = Recorded::of(twice(&path), vec![stood(known)]);
            assert!(second.watcher.reads_on("Engine"));
            let mut all = told(known);
            all.extend(told(&second.all()));
            let lines = ["unfinished", "", "one", "two", "three"];
            let expected: Vec<_> = lines.iter().flat_map(|line| [line, "again"]).collect();
            assert_eq!(all, expected, "after {kept} of {reports:#?}");
        }
    });
}

#[test]
fn a_log_that_came_later_is_read_from_its_beginning() {
    run(async {
        let folder = Folder::new();
        let path = folder.path("a.log");
        let first = Recorded::of(twice(&path), Vec::new());
        let known = first.all();
        folder.append("a.log", "one\n");
        let second = Recorded::of(twice(&path), vec![stood(&known)]);
        assert_eq!(told(&second.all()), ["one", "again"]);
        assert!(second.watcher.reads_on("Engine"));
    });
}

#[test]
fn of_numbers_that_are_summarised_none_before_is_told_again() {
    run(async {
        let folder = Folder::new();
        let path = folder.path("a.log");
        let mut component = logging("Engine", &path);
        component.logs[0].rules = vec![LogRule {
            regex: r"n=(?<N>\d+)".to_owned(),
            percentiles: true,
            ..LogRule::default()
        }];
        folder.append("a.log", "n=0\n");
        let first = Recorded::of(component.clone(), Vec::new());
        folder.append("a.log", "n=90\nn=1\nn=5\n");
        let known = first.all();
        assert_eq!(told(&known), ["N=90", "N=1", "N=5"]);
        folder.append("a.log", "nothing\nn=6\n");
        let second = Recorded::of(component.clone(), vec![stood(&known)]);
        assert_eq!(told(&second.all()), ["N=6"]);
        // Where not all of what was summarised is recorded, all of it is told again: these are values, not events.
        let second = Recorded::of(component, vec![stood(&known[..2])]);
        assert_eq!(told(&second.all()), ["N=90", "N=1", "N=6"]);
    });
}

#[test]
fn what_was_read_in_vain_is_not_read_again() {
    run(async {
        let folder = Folder::new();
        let path = folder.path("a.log");
        let mut component = logging("Engine", &path);
        component.logs[0].rules[0].regex = "^GOT".to_owned();
        folder.append("a.log", "GOT before\n");
        let first = Recorded::of(component.clone(), Vec::new());
        let line = [[b'x'; 1 << 16].as_slice(), b"\n"].concat();
        let mut log = append(&path);
        for _ in 0..1200 {
            log.write_all(&line).unwrap();
        }
        let place = stood(&first.all()).place;
        assert!(place.line > 64 << 20, "{place:?}");
        log.write_all(b"GOT it\n").unwrap();
        let second = Recorded::of(component, vec![stood(&first.reports.borrow())]);
        // What the first reads now is not in its record.
        assert_eq!(told(&second.all()), ["GOT it"]);
    });
}

#[test]
fn what_is_not_as_it_was_is_not_read_on() {
    run(async {
        let change: [fn(&Path); 4] = [
            |path| std::fs::write(path, "one\n").unwrap(),
            |path| std::fs::write(path, "other lines\nas long\n").unwrap(),
            |path| {
                std::fs::rename(path, path.with_extension("1")).unwrap();
                std::fs::write(path, "one\ntwo\nthree\n").unwrap();
            },
            |path| std::fs::remove_file(path).unwrap(),
        ];
        for change in change {
            let folder = Folder::new();
            let path = folder.path("a.log");
            folder.append("a.log", "one\n");
            let first = Recorded::of(twice(&path), Vec::new());
            folder.append("a.log", "two\n");
            let known = first.all();
            change(&path);
            let second = Recorded::of(twice(&path), vec![stood(&known)]);
            assert!(!second.watcher.reads_on("Engine"));
            folder.append("a.log", "more\n");
            assert_eq!(told(&second.all()), ["more", "again"]);
        }
    });
}
