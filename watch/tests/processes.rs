//! Which process a component is, that it has ended, what it uses, and what it answers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use scn_protocol::component::{Component, LogRule, Output, Probe, ProbeAsk, Process, Program};
use scn_protocol::{Report, Seen, Value};
use scn_watch::{Answer, PROCESS_METRICS, Prober, SYSTEM_METRICS};

use support::{Folder, Told, ask_and_watch, run, watch};

/// A program that does nothing, and is ended with the test.
struct Sleeper(Child);

impl Sleeper {
    fn start() -> Self {
        Self::start_as("600")
    }

    fn start_as(seconds: &str) -> Self {
        let child = Command::new("sleep")
            .arg(seconds)
            .stdin(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Kills it, and leaves it unreaped: whoever started a component may not look yet.
    fn kill(&mut self) {
        self.0.kill().unwrap();
    }

    /// The same, and waits until it is dead.
    fn kill_and_wait(&mut self) {
        self.kill();
        let stat = format!("/proc/{}/stat", self.pid());
        while !fs::read_to_string(&stat).unwrap().contains(") Z ") {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn found_by(selector: Process) -> Component {
    named(Some(selector))
}

fn named(process: Option<Process>) -> Component {
    Component {
        name: "Engine".to_owned(),
        process,
        ..Component::default()
    }
}

fn begun(pid: u32) -> String {
    format!("Engine pid {:?}", Some(pid))
}

const ENDED: &str = "Engine pid None";

fn has(wanted: String) -> impl Fn(&[String]) -> bool {
    move |texts| texts.contains(&wanted)
}

/// The reports about which process it is.
fn lives(told: &Told) -> Vec<String> {
    let texts = told.texts().into_iter();
    texts
        .filter(|text| text.starts_with("Engine pid"))
        .collect()
}

fn metrics(report: &Report) -> Vec<(String, Value)> {
    match &report.what {
        Seen::Metrics { metrics, .. } => {
            let metrics = metrics.iter();
            metrics.map(|m| (m.name.clone(), m.value.clone())).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn the_end_of_a_process_is_told_at_once() {
    run(async {
        let (watcher, told) = watch(named(None));
        let mut sleeper = Sleeper::start();
        watcher.process("Engine", Some(sleeper.pid()));
        assert_eq!(watcher.pid("Engine"), Some(sleeper.pid()));
        assert_eq!(told.texts()[0], begun(sleeper.pid()));
        // Nothing is asked and nothing sampled in the time that it takes, which is done once a second: the best
        // of a few tries, since the machine may be busy with something else.
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let killed = Instant::now();
            sleeper.kill();
            told.until(|texts| texts.last().is_some_and(|text| text == ENDED))
                .await;
            best = best.min(killed.elapsed());
            assert_eq!(watcher.pid("Engine"), None);
            sleeper = Sleeper::start();
            watcher.process("Engine", Some(sleeper.pid()));
        }
        assert!(best < Duration::from_millis(500), "{best:?}");
    });
}

#[test]
fn refresh_sees_that_a_process_has_ended() {
    run(async {
        let (watcher, told) = watch(named(None));
        let mut sleeper = Sleeper::start();
        watcher.process("Engine", Some(sleeper.pid()));
        sleeper.kill();
        let end = Instant::now() + support::LIMIT;
        // Without giving the watcher's tasks a turn.
        while watcher.pid("Engine").is_some() {
            watcher.refresh();
            assert!(Instant::now() < end, "{:?}", told.texts());
        }
        assert_eq!(lives(&told), [begun(sleeper.pid()), ENDED.to_owned()]);
        // Told again, it is no news.
        watcher.process("Engine", None);
        assert_eq!(lives(&told).len(), 2);
    });
}

#[test]
fn a_process_that_ended_before_it_was_told_has_begun_and_ended() {
    run(async {
        let (watcher, told) = watch(named(None));
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        watcher.process("Engine", Some(child.id()));
        assert_eq!(told.texts(), [begun(child.id()), ENDED.to_owned()]);
        watcher.process("Nobody", Some(1));
        assert_eq!(told.texts().len(), 2);
    });
}

#[test]
fn what_a_process_uses_is_sampled() {
    run(async {
        let (watcher, told) = watch(named(None));
        let sleeper = Sleeper::start();
        watcher.process("Engine", Some(sleeper.pid()));
        let first = metrics(&told.all()[1]);
        assert!(
            first
                .iter()
                .any(|(name, value)| name == "threads" && *value == Value::Int(1))
        );
        let samples =
            |texts: &[String]| texts.iter().filter(|text| text.starts_with("RSS=")).count();
        told.until(|texts| samples(texts) >= 3).await;
        let last = told.all().pop().unwrap();
        let Seen::Metrics { interval, .. } = last.what else {
            panic!("{last:?}")
        };
        assert_eq!(interval, Some(1_000_000_000));
        let names: Vec<_> = metrics(&last).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, PROCESS_METRICS.map(|(name, _)| name));
    });
}

#[test]
fn a_busy_process_computes() {
    run(async {
        let (watcher, told) = watch(named(None));
        let busy = Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .spawn();
        let busy = Sleeper(busy.unwrap());
        watcher.process("Engine", Some(busy.pid()));
        let computes = |report: &Report| {
            metrics(report).iter().any(|(name, value)| match value {
                Value::Percent(share) => {
                    name == "CPU" && share.is_sign_positive() && !share.is_zero()
                }
                _ => false,
            })
        };
        let end = Instant::now() + support::LIMIT;
        while !told.all().iter().any(computes) {
            assert!(Instant::now() < end, "{:?}", told.texts());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

#[test]
fn a_pid_file_tells_as_soon_as_it_is_written_or_replaced() {
    run(async {
        let folder = Folder::new();
        let path = folder.path("run/engine.pid");
        let (watcher, told) = watch(found_by(Process::PidFile(path.clone())));
        let (mut first, second) = (Sleeper::start(), Sleeper::start());
        fs::create_dir(folder.path("run")).unwrap();
        fs::write(&path, format!("{}\n", first.pid())).unwrap();
        told.until(has(begun(first.pid()))).await;
        // Replaced while the first still runs.
        fs::write(folder.path("run/new"), format!("{}\n", second.pid())).unwrap();
        fs::rename(folder.path("run/new"), &path).unwrap();
        told.until(has(begun(second.pid()))).await;
        // Removed, it still runs; and nonsense is not believed.
        fs::remove_file(&path).unwrap();
        fs::write(&path, "-1\n").unwrap();
        first.kill_and_wait();
        fs::write(&path, format!("{}\n", first.pid())).unwrap();
        watcher.refresh();
        assert_eq!(watcher.pid("Engine"), Some(second.pid()));
        drop(second);
        told.until(|texts| texts.last().is_some_and(|text| text == ENDED))
            .await;
        assert_eq!(lives(&told).len(), 4);
        assert_eq!(watcher.pid("Engine"), None);
    });
}

#[test]
fn a_process_is_found_by_its_command_line() {
    run(async {
        let seconds = format!("6{:05}", std::process::id() % 100_000);
        let regex = format!("^sleep {seconds}$");
        let (watcher, told) = watch(found_by(Process::Match(regex)));
        watcher.refresh();
        assert_eq!(watcher.pid("Engine"), None);
        let mut first = Sleeper::start_as(&seconds);
        told.until(has(begun(first.pid()))).await;
        let second = Sleeper::start_as(&seconds);
        watcher.process("Engine", None);
        assert_eq!(watcher.pid("Engine"), Some(first.pid()));
        first.kill();
        told.until(has(begun(second.pid()))).await;
        let expected = [begun(first.pid()), ENDED.to_owned(), begun(second.pid())];
        assert_eq!(lives(&told), expected);
    });
}

#[test]
fn what_a_process_logged_before_it_was_found_is_its_own() {
    run(async {
        let folder = Folder::new();
        let state = LogRule {
            regex: r"state=(?<STATE>\w+)".to_owned(),
            ..LogRule::default()
        };
        let mut component = support::logging("Engine", &folder.path("a.log"));
        component.logs[0].rules = vec![state];
        component.process = Some(Process::PidFile(folder.path("pid")));
        let (watcher, told) = watch(component);
        let read = |from: usize| {
            watcher.refresh();
            let told = told.texts().into_iter().skip(from);
            told.filter(|text| !text.starts_with("RSS="))
                .collect::<Vec<_>>()
        };
        let mut first = Sleeper::start();
        folder.append("a.log", "state=BOOTING\nstate=READY\n");
        read(0);
        fs::write(folder.path("pid"), first.pid().to_string()).unwrap();
        assert_eq!(read(2), [begun(first.pid()), "STATE=READY".to_owned()]);
        // What it logs last comes before its end, and means nothing for the next.
        folder.append("a.log", "state=DYING\n");
        first.kill_and_wait();
        let before = told.texts().len();
        assert_eq!(read(before), ["STATE=DYING", ENDED]);
        let before = told.texts().len();
        let second = Sleeper::start();
        folder.append("a.log", "state=BOOTING\n");
        fs::write(folder.path("pid"), second.pid().to_string()).unwrap();
        // Both at once: the process comes first.
        assert_eq!(
            read(before),
            [begun(second.pid()), "STATE=BOOTING".to_owned()]
        );
    });
}

#[test]
fn a_process_is_found_by_its_port() {
    run(async {
        // It makes the socket itself: one of this process would for a moment be that of other tests' children, too.
        let text = "
import socket, sys, time
server = socket.socket()
server.bind(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
sys.stdin.readline()
server.listen()
time.sleep(600)
";
        let server = Command::new("python3")
            .args(["-c", text])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut server = Sleeper(server.unwrap());
        let mut port = String::new();
        let said = server.0.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut port).unwrap();
        let (watcher, told) = watch(found_by(Process::Port(port.trim().parse().unwrap())));
        watcher.refresh();
        assert_eq!(watcher.pid("Engine"), None);
        let mut go = server.0.stdin.take().unwrap();
        go.write_all(b"go\n").unwrap();
        told.until(has(begun(server.pid()))).await;
    });
}

/// Answers what it is told to, or fails.
#[derive(Default)]
struct Oracle {
    answer: RefCell<Option<String>>,
    asked: Cell<usize>,
    slow: Cell<bool>,
}

impl Oracle {
    fn answer(&self) -> Answer<'_, String> {
        self.asked.set(self.asked.get() + 1);
        let answer = self.answer.borrow().clone();
        let slow = self.slow.get();
        Box::pin(async move {
            if slow {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            answer.ok_or_else(|| "no answer".to_owned())
        })
    }
}

impl Prober for Oracle {
    fn http<'a>(&'a self, _: &'a str) -> Answer<'a, String> {
        self.answer()
    }

    fn run<'a>(&'a self, _: &'a Program) -> Answer<'a, Vec<u8>> {
        Box::pin(async { self.answer().await.map(String::into_bytes) })
    }
}

fn probed(ask: ProbeAsk, every: Duration) -> Component {
    Component {
        name: "Engine".to_owned(),
        probes: vec![Probe {
            ask,
            every: i64::try_from(every.as_nanos()).unwrap(),
            fields: vec!["role".to_owned(), "lag.bytes".to_owned()],
        }],
        ..Component::default()
    }
}

#[test]
fn probes_report_their_fields_while_they_are_answered() {
    run(async {
        let oracle = Rc::new(Oracle::default());
        let ask = ProbeAsk::Http("http://127.0.0.1:1/status".to_owned());
        let (_watcher, told) = ask_and_watch(probed(ask, Duration::from_millis(5)), oracle.clone());
        let wait = || tokio::time::sleep(Duration::from_millis(1));
        while oracle.asked.get() < 3 {
            wait().await;
        }
        assert_eq!(told.texts(), [""; 0]);
        *oracle.answer.borrow_mut() =
            Some(r#"{"role":"primary","lag":{"bytes":7},"x":1}"#.to_owned());
        let texts = told.until(|texts| texts.len() >= 3).await;
        assert_eq!(texts[0], r#"role=primary lag={"bytes":7}"#);
        *oracle.answer.borrow_mut() = Some("no JSON".to_owned());
        let (asked, reports) = (oracle.asked.get(), told.texts().len());
        while oracle.asked.get() < asked + 3 {
            wait().await;
        }
        assert!(told.texts().len() <= reports + 1);
    });
}

#[test]
fn an_answer_from_before_the_end_is_not_reported_after_it() {
    run(async {
        let oracle = Rc::new(Oracle::default());
        *oracle.answer.borrow_mut() = Some(r#"{"role":"primary"}"#.to_owned());
        oracle.slow.set(true);
        let ask = ProbeAsk::Run(Program::default(), Output::Json);
        let (watcher, told) = ask_and_watch(probed(ask, Duration::from_secs(600)), oracle.clone());
        let mut sleeper = Sleeper::start();
        watcher.process("Engine", Some(sleeper.pid()));
        // Asked at the start although it was asked a moment ago.
        told.until(has("role=primary".to_owned())).await;
        watcher.process("Engine", None);
        sleeper.kill();
        watcher.process("Engine", Some(sleeper.pid()));
        let other = Sleeper::start();
        watcher.process("Engine", Some(other.pid()));
        let asked = oracle.asked.get();
        while oracle.asked.get() == asked {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        *oracle.answer.borrow_mut() = None;
        watcher.process("Engine", None);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let answers = told
            .texts()
            .into_iter()
            .filter(|text| text == "role=primary");
        assert_eq!(answers.count(), 1, "{:?}", told.texts());
    });
}

#[test]
fn the_system_is_sampled_when_somebody_wants_it() {
    run(async {
        let (watcher, told) = watch(named(None));
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(told.texts(), [""; 0]);
        watcher.want_system(&PathBuf::from("/"));
        watcher.want_system(&PathBuf::from("/"));
        // All but the one that is a difference, at once.
        let first = told.all();
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].subject, "System");
        assert_eq!(metrics(&first[0]).len(), SYSTEM_METRICS.len() - 1);
        told.until(|texts| texts.last().is_some_and(|text| text.starts_with("cpu=")))
            .await;
    });
}

#[test]
fn what_finds_a_unit_may_not_be_there_and_that_is_said() {
    run(async {
        if Command::new("systemctl").arg("--version").output().is_ok() {
            // Then it is asked, and nobody answers.
            return;
        }
        let (_watcher, told) = watch(found_by(Process::Unit("engine.service".to_owned())));
        let reason = "gap: its process cannot be found: there is no `systemctl` on this host";
        told.is(&[reason]).await;
    });
}
