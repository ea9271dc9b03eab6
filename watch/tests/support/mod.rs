//! What the tests have in common: a folder, a watcher, and what it told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test uses a part of this"
)]

use std::cell::{Cell, RefCell};
use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use scn_protocol::component::{Component, Log, LogRule, Program};
use scn_protocol::{Report, Seen};
use scn_watch::{Answer, Marks, Prober, Watcher};

/// No test waits longer than this, and none as long unless it fails.
pub const LIMIT: Duration = Duration::from_secs(60);

/// What a watcher told.
#[derive(Clone, Default)]
pub struct Told(Rc<RefCell<Vec<Report>>>);

impl Told {
    pub fn all(&self) -> Vec<Report> {
        self.0.borrow().clone()
    }

    /// Each report in one line.
    pub fn texts(&self) -> Vec<String> {
        self.0.borrow().iter().map(text).collect()
    }

    pub fn count(&self) -> usize {
        self.0.borrow().len()
    }

    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub fn sink(&self) -> Rc<dyn Fn(Report)> {
        let told = Rc::clone(&self.0);
        Rc::new(move |report: Report| {
            // How far logs were read is for those who go on reading.
            if !matches!(report.what, Seen::Followed { .. } | Seen::Left) {
                told.borrow_mut().push(report);
            }
        })
    }

    /// Waits until this has been told, or fails with what was told instead.
    pub async fn until(&self, enough: impl Fn(&[String]) -> bool) -> Vec<String> {
        let end = Instant::now() + LIMIT;
        loop {
            let texts = self.texts();
            if enough(&texts) {
                return texts;
            }
            let last = &texts[texts.len().saturating_sub(20)..];
            assert!(Instant::now() < end, "it came to {last:#?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until exactly this has been told.
    pub async fn is(&self, expected: &[&str]) {
        let texts = self.until(|texts| texts.len() >= expected.len()).await;
        assert_eq!(texts, expected);
    }
}

/// A report in one line.
pub fn text(report: &Report) -> String {
    match &report.what {
        Seen::Metrics { metrics, .. } => {
            let each = metrics.iter().map(|m| format!("{}={}", m.name, m.value));
            each.collect::<Vec<_>>().join(" ")
        }
        Seen::Event { message, .. } => message.clone(),
        Seen::Process { pid } => format!("{} pid {pid:?}", report.subject),
        Seen::Gap { reason } => format!("gap: {reason}"),
        Seen::Followed { .. } | Seen::Left => unreachable!("it is not kept"),
    }
}

/// A clock that ticks, since nothing here is about the time of day.
pub fn clock() -> Rc<dyn Fn() -> i64> {
    let now = Cell::new(0);
    Rc::new(move || {
        now.set(now.get() + 1);
        now.get()
    })
}

/// Runs a test as a run of a scenario would: on one thread.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

/// A component with a log of which every line is an event.
pub fn logging(name: &str, path: &Path) -> Component {
    let rule = LogRule {
        regex: String::new(),
        event: Some(String::new()),
        ..LogRule::default()
    };
    Component {
        name: name.to_owned(),
        logs: vec![Log {
            path: path.to_owned(),
            rules: vec![rule],
        }],
        ..Component::default()
    }
}

/// A folder for one test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Watches the log of this name.
    pub fn watch(&self, name: &str) -> (Watcher, Told) {
        watch(logging("Engine", &self.path(name)))
    }

    pub fn append(&self, name: &str, text: &str) {
        append(&self.path(name)).write_all(text.as_bytes()).unwrap();
    }
}

pub fn watch(component: Component) -> (Watcher, Told) {
    ask_and_watch(component, Rc::new(Nobody))
}

pub fn ask_and_watch(component: Component, prober: Rc<dyn Prober>) -> (Watcher, Told) {
    let told = Told::default();
    let components = [Rc::new(component)];
    let watcher =
        Watcher::start(&components, told.sink(), prober, clock(), Marks::default()).unwrap();
    (watcher, told)
}

/// Nobody answers.
pub struct Nobody;

impl Prober for Nobody {
    fn http<'a>(&'a self, _: &'a str) -> Answer<'a, String> {
        Box::pin(async { Err("nobody answers".to_owned()) })
    }

    fn run<'a>(&'a self, _: &'a Program) -> Answer<'a, Vec<u8>> {
        Box::pin(async { Err("nobody answers".to_owned()) })
    }
}

pub fn append(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.append(true).create(true).open(path).unwrap()
}
