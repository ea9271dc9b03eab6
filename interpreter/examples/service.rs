//! A service that runs scenarios of users whom it does not know.
//!
//! Each job runs on a thread of its own with an engine of its own, under limits, without files,
//! programs and a network. What a user wrote can be wrong, endless or greedy: the answer says
//! so, and the service goes on.
//!
//! ```text
//! cargo run -p scn-interpreter --example service
//! ```

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use scn_interpreter::embed::{Cancel, Engine, Limits, Signature, Type, Verdict};

/// What users send.
const JOBS: &[(&str, &str)] = &[
    (
        "sound",
        "set price quote ABC\nassert price > 40\nanswer \"ABC costs #{price}\"",
    ),
    ("misspelt", "set price qoute ABC"),
    ("wrong", "assert 1 > 2"),
    ("endless", "again:\ngoto again"),
    (
        "greedy",
        "set all = ['x']\nwhile true\n  set all = all + all\nend",
    ),
    ("deep", "step dig\n  dig\nend\ndig"),
    (
        "stubborn",
        "while true\nend\nfinally\n  while true\n  end\nend",
    ),
    ("curious", "set secrets = file('/etc/passwd')"),
    ("patient", "wait until false within 1h"),
];

/// A user's scenario, and where its answer goes.
struct Job {
    name: &'static str,
    source: &'static str,
    cancel: Cancel,
    answers: Sender<(&'static str, Verdict, String)>,
}

fn engine(name: &'static str, answers: &Sender<(&'static str, Verdict, String)>) -> Engine {
    let answers = answers.clone();
    Engine::new()
        .limits(Limits {
            instructions: Some(50_000_000),
            time: Some(Duration::from_secs(60)),
            memory: Some(10 << 20),
            depth: Some(100),
            ..Limits::default()
        })
        .command(
            Signature::new("quote").param("instrument", Type::Text),
            |call| match call.get::<String>("instrument")?.as_str() {
                "ABC" => Ok(42),
                other => Err(format!("there is no instrument {other}")),
            },
        )
        .command(
            Signature::new("answer").param("text", Type::Text),
            move |call| {
                let text = call.value("text").to_string();
                // Nobody may be left to hear it, which is not the scenario's fault.
                let _unheard = answers.send((name, Verdict::Pass, text));
            },
        )
}

fn work(job: &Job) -> (Verdict, String) {
    let engine = engine(job.name, &job.answers);
    match engine.check(job.name, job.source) {
        Err(findings) => (Verdict::Error, findings.to_string()),
        Ok(scenario) => {
            let ran = scenario.cancelled_by(&job.cancel).run();
            (ran.verdict, ran.reason.unwrap_or_default())
        }
    }
}

fn serve(jobs: Receiver<Job>) {
    std::thread::scope(|threads| {
        for job in jobs {
            threads.spawn(move || {
                let (verdict, reason) = work(&job);
                let _unheard = job.answers.send((job.name, verdict, reason));
            });
        }
    });
}

/// Sends every job, and looks at the answers.
pub fn main() {
    let (jobs, waiting) = channel();
    let (answers, heard) = channel();
    let service = std::thread::spawn(move || serve(waiting));
    for &(name, source) in JOBS {
        let cancel = Cancel::new();
        if name == "patient" {
            // The user goes away.
            cancel.cancel();
        }
        let answers = answers.clone();
        let job = Job {
            name,
            source,
            cancel,
            answers,
        };
        assert!(jobs.send(job).is_ok(), "the service takes jobs");
    }
    drop((jobs, answers));
    let mut last = BTreeMap::new();
    for (name, verdict, reason) in heard {
        println!("{name}: {verdict}: {reason}");
        last.insert(name, (verdict, reason));
    }
    assert!(service.join().is_ok(), "the service outlives its users");
    for (name, verdict, words) in [
        ("sound", Verdict::Pass, ""),
        ("misspelt", Verdict::Error, "did you mean `quote`?"),
        ("wrong", Verdict::Fail, "1 > 2"),
        ("endless", Verdict::Error, "50000000 instructions"),
        ("greedy", Verdict::Error, "10MiB of memory"),
        ("deep", Verdict::Error, "more than 100 deep"),
        ("stubborn", Verdict::Error, "50000000 instructions"),
        ("curious", Verdict::Error, "no files"),
        ("patient", Verdict::Error, "interrupted"),
    ] {
        let (known, reason) = &last[name];
        assert_eq!(*known, verdict, "{name}: {reason}");
        assert!(reason.contains(words), "{name}: {reason}");
    }
}
