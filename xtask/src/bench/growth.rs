//! How cost grows with size: from a decade to the next it is to grow tenfold, and no more.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::measure::{Job, Time};
use super::plot::Line;
use crate::shell;

/// The name of all rows of growth together.
pub const NAME: &str = "how cost grows";

/// A decade may cost so many times what the one before it does, and is still called linear.
const LINEAR: f64 = 14.0;

/// What takes less than this, in seconds beyond an empty scenario, is noise.
const NOISE: f64 = 0.01;

/// What grows.
struct Kind {
    name: &'static str,
    /// The verb that is measured.
    verb: &'static str,
    /// The largest, as a power of ten.
    most: u32,
    text: fn(usize) -> String,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "steps written, checked",
        verb: "check",
        most: 6,
        text: |size| "echo one\n".repeat(size),
    },
    Kind {
        name: "steps written, formatted",
        verb: "fmt",
        most: 6,
        text: |size| "echo one\n".repeat(size),
    },
    Kind {
        name: "steps run",
        verb: "run",
        most: 6,
        text: |size| format!("repeat {size}\n  echo one\nend\n"),
    },
    Kind {
        name: "rounds of a loop",
        verb: "run",
        most: 7,
        text: |size| format!("set i = 0\nwhile i < {size}\n  set i = i + 1\nend\n"),
    },
    Kind {
        name: "variables",
        verb: "check",
        most: 5,
        text: |size| {
            lines(size, |text, at| {
                write!(text, "set v{at} = {at}\nassert v{at} == {at}\n")
            })
        },
    },
    Kind {
        name: "labels, each with a goto",
        verb: "check",
        most: 5,
        text: |size| {
            lines(size, |text, at| {
                write!(text, "if now() == none then goto l{at}\nl{at}:\n")
            })
        },
    },
    Kind {
        name: "steps of its own, each called",
        verb: "check",
        most: 5,
        text: |size| {
            lines(size, |text, at| {
                write!(text, "step s{at}\n  echo {at}\nend\ns{at}\n")
            })
        },
    },
    Kind {
        name: "branches",
        verb: "run",
        most: 4,
        text: |size| format!("parallel\n{}end\n", "  echo one\n".repeat(size)),
    },
    Kind {
        name: "elements of a list, appended one by one",
        verb: "run",
        most: 6,
        text: |size| format!("set l = []\nfor n in range({size})\n  set l = l + [n]\nend\n"),
    },
    Kind {
        name: "what is owed",
        verb: "run",
        most: 5,
        text: |size| format!("repeat {size}\n  defer echo undone\nend\n"),
    },
];

fn lines(size: usize, line: impl Fn(&mut String, usize) -> std::fmt::Result) -> String {
    let mut text = String::new();
    for at in 0..size {
        let _ = line(&mut text, at);
    }
    text
}

/// What was measured.
pub struct Grown {
    /// Nothing grows faster than its size.
    pub is_linear: bool,
    /// What each size cost.
    pub lines: Vec<Line>,
}

/// Prints what each size costs.
pub fn measure(folder: &Path) -> Result<Grown, String> {
    println!(
        "\n{NAME}: CPU seconds beyond an empty scenario's, and how many times the decade's before\n"
    );
    let mut grown = Grown {
        is_linear: true,
        lines: Vec::new(),
    };
    for kind in KINDS {
        let line = decades(kind.name, kind.most, folder, |size| job(kind, size, folder));
        grown.add(line?);
    }
    let line = decades("events of a journal, reported", 6, folder, |size| {
        reported(size, folder)
    });
    grown.add(line?);
    Ok(grown)
}

impl Grown {
    fn add(&mut self, (line, is_linear): (Line, bool)) {
        self.is_linear &= is_linear;
        self.lines.push(line);
    }
}

/// One line of the table.
fn decades(
    name: &'static str,
    most: u32,
    folder: &Path,
    job: impl Fn(usize) -> Result<Job, String>,
) -> Result<(Line, bool), String> {
    let nothing = least(&job(0)?, folder)?;
    let mut shown = String::new();
    let mut is_linear = true;
    let mut before = None;
    let mut costs = Vec::new();
    for power in 1..=most {
        let took = (least(&job(10_usize.pow(power))?, folder)? - nothing).max(0.0);
        let _ = write!(shown, " {took:.3}");
        if let Some(before) = before.filter(|before| *before > NOISE) {
            let ratio = took / before;
            let _ = write!(shown, " (×{ratio:.1})");
            if ratio > LINEAR {
                is_linear = false;
                shown.push_str(" NOT LINEAR");
            }
        }
        shown.push(',');
        before = Some(took);
        costs.push((10_f64.powi(power as i32), took));
    }
    println!(
        "- {name}: 10, 100 … 10^{most}:{}",
        shown.trim_end_matches(',')
    );
    Ok((Line { name, costs }, is_linear))
}

fn scn(verb: &str, file: &str) -> Job {
    let scn = shell::built().join("scn").display().to_string();
    let job = Job::new([scn, verb.to_owned()]);
    match verb {
        "run" => job.with(&["-q", "--runs", "grown", file]),
        "fmt" => job.with(&["--check", file]),
        _ => job.with(&[file]),
    }
}

fn job(kind: &Kind, size: usize, folder: &Path) -> Result<Job, String> {
    let text = (kind.text)(size);
    let text = if size == 0 { "" } else { &text };
    fs::write(folder.join("grown.scn"), text).map_err(|error| error.to_string())?;
    Ok(scn(kind.verb, "grown.scn"))
}

/// A report of a run of so many steps; the run itself is not measured.
fn reported(size: usize, folder: &Path) -> Result<Job, String> {
    let runs = folder.join("reported");
    let _ = fs::remove_dir_all(&runs);
    let text = format!("repeat {}\n  echo one\nend\n", size / 2);
    fs::write(folder.join("grown.scn"), text).map_err(|error| error.to_string())?;
    let run = shell::built().join("scn").display().to_string();
    let run = Job::new([run, "run".into(), "-q".into()]);
    run.with(&["--runs", "reported", "grown.scn"])
        .take(Time::Cpu, folder)?;
    let entries = fs::read_dir(&runs).map_err(|error| error.to_string())?;
    let mut names = entries.flatten().map(|entry| entry.path());
    let run = names.find(|path| path.join("journal.jsonl").is_file());
    let run = run.ok_or("nothing was recorded")?.display().to_string();
    let report = shell::built().join("scn").display().to_string();
    let report = Job::new([report, "report".into(), run]);
    Ok(report.with(&["-f", "junit", "-o", "grown.xml"]))
}

/// The least CPU time of three turns, in seconds.
fn least(job: &Job, folder: &Path) -> Result<f64, String> {
    let mut least = f64::MAX;
    for _ in 0..3 {
        least = least.min(job.take(Time::Cpu, folder)?.as_secs_f64());
    }
    Ok(least)
}
