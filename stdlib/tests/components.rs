//! The commands on components: `start stop restart kill pause resume`, and the end of a run.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use scn_interpreter::{Left, Outcome, World};
use scn_protocol::component::{Component, Log, Process, Program, Ready, ReadyWhen, Stop, StopHow};
use scn_protocol::{Handle, HandleKind, Seen, Status, Value};
use scn_stdlib::LocalWorld;
use support::{Bench, alive, on_one_thread, until, until_sleeps};

const MILLISECOND: i64 = 1_000_000;

/// A component that is a shell's text, which works in the folder of the run.
fn component(name: &str, text: &str) -> Component {
    Component {
        name: name.to_owned(),
        start: Some(shell(text)),
        ..Component::default()
    }
}

/// A shell's text as a program; where it works is set by [`bench`].
fn shell(text: &str) -> Program {
    let argv = ["sh", "-c", text].map(|word| word.as_bytes().to_vec());
    Program {
        argv: argv.to_vec(),
        ..Program::default()
    }
}

fn ready(when: ReadyWhen, within: i64) -> Option<Ready> {
    Some(Ready {
        when,
        within: within * MILLISECOND,
    })
}

/// A bench with these components, whose programs and pid files are in its folder.
fn bench(mut components: Vec<Component>) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    for component in &mut components {
        if let Some(program) = &mut component.start {
            program.cwd = folder.path().to_owned();
        }
        if let Some(Ready {
            when: ReadyWhen::Run(program),
            ..
        }) = &mut component.ready
        {
            program.cwd = folder.path().to_owned();
        }
        if let Some(Stop {
            how: StopHow::Run(program),
            ..
        }) = &mut component.stop
        {
            program.cwd = folder.path().to_owned();
        }
        for log in &mut component.logs {
            log.path = folder.path().join(&log.path);
        }
        if let Some(Process::PidFile(path)) = &mut component.process {
            *path = folder.path().join(&*path);
        }
    }
    Bench::in_folder(folder, components)
}

fn passes(outcome: &Outcome) {
    assert_eq!((outcome.status, &outcome.error), (Status::Pass, &None));
}

fn fails(outcome: &Outcome, why: &str) {
    assert_eq!(outcome.status, Status::Fail, "{outcome:?}");
    let error = outcome.error.as_deref().unwrap();
    assert!(error.contains(why), "{error}");
}

fn pid_in(path: &Path) -> u32 {
    std::fs::read_to_string(path)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

fn state(pid: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')')
        .next()
        .unwrap()
        .trim()
        .chars()
        .next()
        .unwrap()
}

#[test]
fn a_component_that_is_started_runs_and_one_that_is_killed_does_not() {
    on_one_thread(async {
        let bench = bench(vec![component("Engine", "exec sleep 1000")]);
        fails(
            &bench.run(words!["kill", "-9", "Engine"]).await,
            "Engine does not run",
        );
        passes(&bench.run(words!["start", "Engine"]).await);
        let pid = bench.context.pids.borrow()[0];
        assert!(alive(pid));
        let outcome = bench.run(words!["kill", "-9", "Engine"]).await;
        passes(&outcome);
        assert_eq!(outcome.value, Some(Value::Int(pid.into())));
        assert!(!alive(pid));
        fails(
            &bench.run(words!["kill", "-9", "Engine"]).await,
            "Engine does not run",
        );
    });
}

#[test]
fn its_new_state_is_reported_by_the_end_of_the_step() {
    on_one_thread(async {
        let bench = bench(vec![
            component("Engine", "exec sleep 1000"),
            daemon("Daemon"),
        ]);
        for name in ["Engine", "Daemon"] {
            passes(&bench.run(words!["start", name]).await);
            let started = reported(&bench, name);
            assert!(
                matches!(started[..], [Some(pid)] if alive(pid)),
                "{started:?}"
            );
            passes(&bench.run(words!["pause", name]).await);
            passes(&bench.run(words!["kill", "-9", name]).await);
            assert_eq!(reported(&bench, name), [started[0], None]);
            passes(&bench.run(words!["start", name]).await);
            passes(&bench.run(words!["restart", name]).await);
            passes(&bench.run(words!["stop", name]).await);
            let told = reported(&bench, name);
            assert_eq!(told.len(), 6, "{told:?}");
            assert_eq!((told[3], told[5]), (None, None));
            assert!(told[2].is_some() && told[4].is_some() && told[2] != told[4]);
        }
    });
}

/// What was reported of a component's process, one after the other.
fn reported(bench: &Bench, name: &str) -> Vec<Option<u32>> {
    let reports = bench.reports.borrow();
    let about = reports.iter().filter(|report| report.subject == name);
    about
        .filter_map(|report| match report.what {
            Seen::Process { pid } => Some(pid),
            _ => None,
        })
        .collect()
}

#[test]
fn one_that_runs_is_not_started_again() {
    on_one_thread(async {
        let bench = bench(vec![component("Engine", "exec sleep 1000")]);
        passes(&bench.run(words!["start", "Engine"]).await);
        passes(&bench.run(words!["start", "Engine"]).await);
        let pids = bench.context.pids.borrow();
        assert_eq!(pids.len(), 1);
        let note = format!("info: Engine (process {}) runs already", pids[0]);
        assert_eq!(*bench.context.logged.borrow(), [note]);
    });
}

#[test]
fn two_branches_that_start_the_same_start_it_once_and_both_wait() {
    on_one_thread(async {
        let mut engine = component("Engine", "sleep 0.2; touch up; exec sleep 1000");
        engine.ready = ready(ReadyWhen::Run(shell("test -e up")), 10_000);
        let bench = bench(vec![engine]);
        let words = words!["start", "Engine"];
        let (one, other) = tokio::join!(bench.run(words), async {
            let outcome = bench.run(words).await;
            assert!(bench.path("up").exists());
            outcome
        });
        passes(&one);
        passes(&other);
        assert_eq!(std::fs::read_dir(bench.path("outputs")).unwrap().count(), 1);
        let sleepers = bench.run(words!["kill", "-9", "Engine"]).await;
        passes(&sleepers);
    });
}

#[test]
fn start_waits_for_a_port() {
    on_one_thread(async {
        let port = LocalWorld::without_a_run().free_port().unwrap();
        let mut engine = component("Engine", "exec sleep 1000");
        engine.ready = ready(ReadyWhen::Port(port), 10_000);
        let bench = bench(vec![engine]);
        let opened = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            (
                Instant::now(),
                TcpListener::bind(("127.0.0.1", port)).unwrap(),
            )
        });
        passes(&bench.run(words!["start", "Engine"]).await);
        let now = Instant::now();
        assert!(opened.join().unwrap().0 < now);
    });
}

#[test]
fn start_waits_for_a_line_of_the_output_written_since() {
    on_one_thread(async {
        let text = "sleep 0.2; printf 'state='; sleep 0.1; echo READY; touch said; exec sleep 1000";
        let mut engine = component("Engine", text);
        engine.ready = ready(ReadyWhen::Log("^state=READY$".into()), 10_000);
        let bench = bench(vec![engine]);
        for _ in 0..2 {
            passes(&bench.run(words!["start", "Engine"]).await);
            until("it said so", || bench.path("said").exists()).await;
            std::fs::remove_file(bench.path("said")).unwrap();
            passes(&bench.run(words!["kill", "-9", "Engine"]).await);
        }
    });
}

#[test]
fn start_waits_for_a_line_of_a_log_written_since() {
    on_one_thread(async {
        let text = "sleep 0.2; echo state=READY >> log; exec sleep 1000";
        let mut engine = component("Engine", text);
        engine.ready = ready(ReadyWhen::Log("^state=READY$".into()), 10_000);
        engine.logs = vec![Log {
            path: "log".into(),
            rules: Vec::new(),
        }];
        let bench = bench(vec![engine]);
        bench.write("log", "state=READY\n");
        for lines in [2, 3] {
            passes(&bench.run(words!["start", "Engine"]).await);
            let log = std::fs::read_to_string(bench.path("log")).unwrap();
            assert_eq!(log.lines().count(), lines);
            passes(&bench.run(words!["kill", "-9", "Engine"]).await);
        }
    });
}

#[test]
fn start_waits_for_a_url() {
    on_one_thread(async {
        let server = support::Server::answering(|request, count| {
            assert!(request.starts_with("GET /health HTTP/1.1\r\n"));
            match count {
                0 => "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n".into(),
                _ => "HTTP/1.1 204 Fine\r\n\r\n".into(),
            }
        });
        let mut engine = component("Engine", "exec sleep 1000");
        let url = format!("http://{}/health", server.address);
        engine.ready = ready(ReadyWhen::Http(url), 10_000);
        let bench = bench(vec![engine]);
        passes(&bench.run(words!["start", "Engine"]).await);
        assert_eq!(server.requests(), 2);
    });
}

#[test]
fn one_that_ends_before_it_is_ready_fails_with_what_it_said() {
    on_one_thread(async {
        let mut engine = component("Engine", "echo one; echo 'no port left' >&2; exit 3");
        engine.ready = ready(ReadyWhen::Port(1), 10_000);
        let bench = bench(vec![engine]);
        let outcome = bench.run(words!["start", "Engine"]).await;
        fails(
            &outcome,
            "Engine ended before it was ready: exit status 3 (no port left)",
        );
        assert_eq!(
            bench.context.stderr.borrow().as_slice(),
            b"one\nno port left\n"
        );
    });
}

#[test]
fn one_that_does_not_become_ready_in_time_fails_with_what_it_lacks() {
    on_one_thread(async {
        // Long enough, where it is asked and has to answer first.
        for (when, within, lacks) in [
            (
                ReadyWhen::Port(1),
                150,
                "Engine is not ready within 150ms: port 1 does not accept connections",
            ),
            (
                ReadyWhen::Log("x".into()),
                150,
                "no line of its output matches /x/",
            ),
            (
                ReadyWhen::Run(shell("exit 4")),
                3_000,
                "its `ready` program fails: exit status 4",
            ),
            (
                ReadyWhen::Http("http://127.0.0.1:1/".into()),
                3_000,
                "127.0.0.1:1 refused the connection",
            ),
        ] {
            let mut engine = component("Engine", "exec sleep 1000");
            engine.ready = ready(when, within);
            let bench = bench(vec![engine]);
            fails(&bench.run(words!["start", "Engine"]).await, lacks);
        }
    });
}

#[test]
fn what_cannot_be_started_is_an_error() {
    on_one_thread(async {
        let mut missing = component("Missing", "");
        missing.start.as_mut().unwrap().argv = vec![b"no-such-program".to_vec()];
        let silent = Component {
            name: "Silent".into(),
            ..Component::default()
        };
        let bench = bench(vec![missing, silent]);
        for (name, why) in [
            (
                "Missing",
                "Missing cannot be started: there is no program `no-such-program` (searched /",
            ),
            (
                "Silent",
                "the environment does not say how Silent is started",
            ),
        ] {
            let outcome = bench.run(words!["start", name]).await;
            assert_eq!(outcome.status, Status::Error);
            let error = outcome.error.unwrap();
            assert!(error.contains(why), "{error}");
        }
    });
}

/// A component that puts itself into the background, and leaves its number in a file.
fn daemon(name: &str) -> Component {
    let text = "setsid sh -c 'echo $$ > pid.new; mv pid.new pid; exec sleep 1000' &";
    let mut daemon = component(name, text);
    daemon.process = Some(Process::PidFile(PathBuf::from("pid")));
    daemon
}

#[test]
fn a_daemon_is_known_by_its_pid_file() {
    on_one_thread(async {
        let bench = bench(vec![daemon("Engine")]);
        passes(&bench.run(words!["start", "Engine"]).await);
        let pid = pid_in(&bench.path("pid"));
        assert!(alive(pid));
        assert_ne!(bench.context.pids.borrow()[0], pid);
        passes(&bench.run(words!["stop", "Engine"]).await);
        assert!(!alive(pid));
        // The file is still there, and its number is nobody's.
        passes(&bench.run(words!["stop", "Engine"]).await);
        fails(
            &bench.run(words!["pause", "Engine"]).await,
            "Engine does not run",
        );
    });
}

#[test]
fn a_pid_file_with_anything_else_in_it_is_nobody() {
    on_one_thread(async {
        let bench = bench(vec![daemon("Engine")]);
        for content in ["", "-1", "0", "garbage", "1x"] {
            bench.write("pid", content);
            fails(
                &bench.run(words!["kill", "-9", "Engine"]).await,
                "Engine does not run",
            );
            passes(&bench.run(words!["stop", "Engine"]).await);
        }
    });
}

#[test]
fn stop_kills_what_does_not_end_in_time_and_says_so() {
    on_one_thread(async {
        let text = "trap '' TERM; touch up; while :; do sleep 0.05; done";
        let mut engine = component("Engine", text);
        engine.ready = ready(ReadyWhen::Run(shell("test -e up")), 10_000);
        engine.stop = Some(Stop {
            how: StopHow::Signal("TERM".into()),
            within: 200 * MILLISECOND,
        });
        let bench = bench(vec![engine]);
        passes(&bench.run(words!["start", "Engine"]).await);
        passes(&bench.run(words!["stop", "Engine"]).await);
        let pid = bench.context.pids.borrow()[0];
        assert!(!alive(pid));
        let note = format!(
            "warning: Engine (process {pid}) did not end within 200ms after TERM, and was killed"
        );
        assert_eq!(*bench.context.logged.borrow(), [note]);
    });
}

#[test]
fn stop_runs_the_program_that_the_environment_names() {
    on_one_thread(async {
        let mut engine = component("Engine", "while [ ! -e over ]; do sleep 0.02; done; exit 0");
        engine.stop = Some(Stop {
            how: StopHow::Run(shell("echo stopping; touch over")),
            within: 10_000 * MILLISECOND,
        });
        let mut other = component("Other", "exec sleep 1000");
        other.stop = Some(Stop {
            how: StopHow::Run(shell("exit 5")),
            within: 10_000 * MILLISECOND,
        });
        let bench = bench(vec![engine, other]);
        passes(&bench.run(words!["start", "Engine", "Other"]).await);
        passes(&bench.run(words!["stop", "Engine"]).await);
        assert_eq!(bench.context.stdout_text(), "stopping\n");
        assert!(bench.context.logged.borrow().is_empty());
        let outcome = bench.run(words!["stop", "Other"]).await;
        fails(&outcome, "its `stop` program failed: exit status 5");
        assert!(!bench.context.pids.borrow().iter().any(|pid| alive(*pid)));
    });
}

#[test]
fn a_paused_component_stands_still_and_stop_lets_it_go_on_first() {
    on_one_thread(async {
        let text = "trap 'touch bye; exit 0' TERM; touch up; while :; do sleep 0.02; done";
        let mut engine = component("Engine", text);
        engine.ready = ready(ReadyWhen::Run(shell("test -e up")), 10_000);
        let bench = bench(vec![engine]);
        passes(&bench.run(words!["start", "Engine"]).await);
        let pid = bench.context.pids.borrow()[0];
        for _ in 0..2 {
            passes(&bench.run(words!["pause", "Engine"]).await);
            assert_eq!(state(pid), 'T');
        }
        for _ in 0..2 {
            passes(&bench.run(words!["resume", "Engine"]).await);
            assert_ne!(state(pid), 'T');
        }
        passes(&bench.run(words!["pause", "Engine"]).await);
        passes(&bench.run(words!["stop", "Engine"]).await);
        assert!(!alive(pid) && bench.path("bye").exists());
        passes(&bench.run(words!["resume", "Engine"]).await);
        fails(
            &bench.run(words!["pause", "Engine"]).await,
            "Engine does not run",
        );
    });
}

#[test]
fn term_is_waited_for_where_it_ends_the_process_and_only_there() {
    on_one_thread(async {
        let loops = "touch up; while :; do sleep 0.02; done";
        let names = ["Leaves", "Stays", "Plain"];
        let bench = bench(vec![
            component("Leaves", &format!("trap 'sleep 0.2; exit 0' TERM; {loops}")),
            component("Stays", &format!("trap '' TERM; {loops}")),
            component("Plain", &format!("trap : HUP; {loops}")),
        ]);
        for name in names {
            passes(&bench.run(words!["start", name]).await);
            until("it runs", || bench.path("up").exists()).await;
            std::fs::remove_file(bench.path("up")).unwrap();
        }
        let pids = bench.context.pids.take();
        passes(&bench.run(words!["kill", "Leaves"]).await);
        assert!(!alive(pids[0]));
        // Each that was waited for would take five seconds.
        let started = Instant::now();
        passes(&bench.run(words!["kill", "-TERM", "Stays"]).await);
        assert!(alive(pids[1]));
        passes(&bench.run(words!["kill", "-HUP", "Plain"]).await);
        assert!(alive(pids[2]));
        assert!(started.elapsed() < Duration::from_secs(4));
        passes(&bench.run(words!["kill", "-s", "USR1", "Plain"]).await);
        assert!(!alive(pids[2]));
    });
}

#[test]
fn the_process_itself_gets_the_signal_and_never_its_group() {
    on_one_thread(async {
        let text = "sleep 1000 & echo $! > child; wait";
        let bench = bench(vec![component("Engine", text)]);
        passes(&bench.run(words!["start", "Engine"]).await);
        until("its child runs", || {
            std::fs::read_to_string(bench.path("child")).is_ok_and(|text| text.ends_with('\n'))
        })
        .await;
        let child = pid_in(&bench.path("child"));
        until_sleeps(child).await;
        passes(&bench.run(words!["kill", "-9", "Engine"]).await);
        assert!(alive(child));
        let lines = bench.world.end().await;
        assert_eq!(
            lines,
            [format!(
                "process {child} (sleep 1000) still ran: ended by TERM"
            )]
        );
        assert!(!alive(child));
    });
}

#[test]
fn jobs_and_process_ids_can_be_killed() {
    on_one_thread(async {
        let bench = bench(Vec::new());
        let words = words!["run", "sleep", "1000"];
        let (outcome, ()) = tokio::join!(bench.run(words), async {
            until("it runs", || !bench.context.pids.borrow().is_empty()).await;
            let pid = bench.context.pids.borrow()[0];
            bench.context.jobs.borrow_mut().push(("nap".into(), pid));
            passes(&bench.run(words!["kill", "-s", "INT", "nap"]).await);
        });
        assert_eq!(outcome.signal.as_deref(), Some("INT"));
        let (outcome, ()) = tokio::join!(bench.run(words), async {
            until("it runs", || bench.context.pids.borrow().len() == 2).await;
            let pid = bench.context.pids.borrow()[1];
            passes(
                &bench
                    .run(&["kill".into(), "-9".into(), Value::Int(pid.into())])
                    .await,
            );
            assert_eq!(
                *bench.context.ending.borrow(),
                [bench.context.pids.borrow()[0], pid]
            );
        });
        assert_eq!(outcome.signal.as_deref(), Some("KILL"));
        fails(
            &bench.run(words!["kill", "nobody"]).await,
            "no background job that runs",
        );
        fails(
            &bench.run(words!["kill", "4194303"]).await,
            "there is no process 4194303",
        );
        for nobody in [0, -1, i64::MIN] {
            let words = ["kill".into(), "-9".into(), Value::Int(nobody)];
            assert_eq!(bench.run(&words).await.status, Status::Error);
        }
    });
}

#[test]
fn a_family_stands_for_its_members() {
    on_one_thread(async {
        let text = |key| {
            format!(
                "trap 'echo stop {key} >> log; exit 0' TERM; echo start {key} >> log; touch up{key}; while :; do sleep 0.02; done"
            )
        };
        let members = (0..3).map(|key| {
            let mut member = component(&format!("Server[{key}]"), &text(key));
            member.ready = ready(ReadyWhen::Run(shell(&format!("test -e up{key}"))), 10_000);
            member
        });
        let bench = bench(members.collect());
        let name = "Server".to_owned();
        let family = Value::Handle(
            Handle {
                kind: HandleKind::Family,
                name,
            }
            .into(),
        );
        passes(&bench.run(&["start".into(), family.clone()]).await);
        passes(&bench.run(&["stop".into(), family]).await);
        let log = std::fs::read_to_string(bench.path("log")).unwrap();
        assert_eq!(log, "start 0\nstart 1\nstart 2\nstop 2\nstop 1\nstop 0\n");
    });
}

#[test]
fn restart_gives_a_new_process() {
    on_one_thread(async {
        let bench = bench(vec![component("Engine", "exec sleep 1000")]);
        passes(&bench.run(words!["restart", "Engine"]).await);
        passes(&bench.run(words!["restart", "Engine"]).await);
        let pids = bench.context.pids.borrow();
        assert!(!alive(pids[0]) && alive(pids[1]));
    });
}

#[test]
fn at_the_end_nothing_that_was_started_runs() {
    on_one_thread(async {
        let mut stubborn = component(
            "Stubborn",
            "trap '' TERM; touch up; while :; do sleep 0.05; done",
        );
        stubborn.ready = ready(ReadyWhen::Run(shell("test -e up")), 10_000);
        let bench = bench(vec![
            component("Engine", "exec sleep 1000"),
            stubborn,
            daemon("Daemon"),
        ]);
        passes(
            &bench
                .run(words!["start", "Engine", "Stubborn", "Daemon"])
                .await,
        );
        passes(&bench.run(words!["pause", "Engine"]).await);
        passes(&bench.run(words!["sh", "setsid sleep 1234 & echo $!"]).await);
        let left: u32 = bench.context.stdout_text().trim().parse().unwrap();
        until_sleeps(left).await;
        let mut pids = bench.context.pids.take();
        pids.extend([left, pid_in(&bench.path("pid"))]);
        let lines = bench.world.end().await;
        assert!(!pids.iter().any(|pid| alive(*pid)), "{lines:?}");
        let expected = [
            format!("Stubborn (process {}) still ran, and was killed", pids[1]),
            format!("Engine (process {}) still ran: ended by TERM", pids[0]),
            format!("Daemon (process {}) still ran: ended by TERM", pids[5]),
            format!("process {left} (sleep 1234) still ran: ended by TERM"),
        ];
        assert!(
            expected.iter().all(|line| lines.contains(line)),
            "{lines:?}"
        );
        assert!(bench.world.end().await.is_empty());
    });
}

#[test]
fn what_a_step_would_do_is_said_before_the_run() {
    let world = LocalWorld::without_a_run();
    let mut daemon = daemon("Daemon");
    daemon.process = Some(Process::PidFile("/run/pid".into()));
    world.know(&[daemon, component("Engine", "exec sleep 1000")].map(Rc::new));
    let commands = scn_stdlib::registry(&world);
    let does = |words: &[&str]| {
        let (name, words) = words.split_first().unwrap();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        commands.find(name).unwrap().does(&words)
    };
    assert_eq!(
        does(&["kill", "-9", "Daemon", "#{pid}"]),
        "signal KILL to the process of Daemon (pid file /run/pid), #{pid}"
    );
    assert_eq!(does(&["kill", "12"]), "signal TERM to process 12");
    assert_eq!(
        does(&["start", "Engine"]),
        "start Engine (sh -c exec sleep 1000)"
    );
    assert_eq!(does(&["sh", "a | b", "c d"]), "run sh -c 'a | b' sh 'c d'");
}

#[test]
fn what_an_earlier_runner_started_is_this_runs_again() {
    on_one_thread(async {
        let bench = bench(vec![component("Engine", "sleep 1000 & wait")]);
        passes(&bench.run(words!["start", "Engine"]).await);
        let pid = bench.context.pids.borrow()[0];
        let ticks = scn_process::Process::open(pid)
            .unwrap()
            .unwrap()
            .start_time();
        // Its runner is killed.
        let folder = bench.folder.path().to_owned();
        let components = vec![component("Engine", "sleep 1000 & wait")];
        let left = Left { pid, ticks };
        let later = Bench::taking_over(&folder, components, vec![left]);
        assert!(!later.world.runs_left(Left { pid, ticks: 1 }));
        assert!(later.world.runs_left(left));
        passes(&later.run(words!["pause", "Engine"]).await);
        passes(&later.run(words!["resume", "Engine"]).await);
        passes(&later.run(words!["stop", "Engine"]).await);
        later.world.rejoin_left(left, &later.context).await.unwrap();
        assert!(!alive(pid));
        assert!(!later.world.runs_left(left));
        later.world.end_left(left).await;
    });
}
