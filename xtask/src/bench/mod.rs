//! The program beside its peers, in one run.
//!
//! `cargo xtask bench [PART OF A ROW'S NAME]… [--rounds N] [--plot FILE]`. The two of a row take turns, so that whatever else
//! the machine does falls on both.

mod growth;
mod machine;
mod measure;
mod peers;
mod plot;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell;
use measure::{Job, Time};
pub use peers::compiled;

/// How often the two of a row take turns, unless said.
const ROUNDS: usize = 9;

/// What is to be reached.
#[derive(Clone, Copy)]
enum Reach {
    /// So many times what the peer takes.
    Cost(f64),
    /// So many times the peer's speed.
    Speed(f64),
}

/// What is put beside each other.
enum Work {
    /// Ours, and the peer.
    Two(Job, Job, Time),
    /// A program that takes both turns itself, and prints what each took.
    Told(Job),
}

/// A row of the table.
struct Row {
    name: &'static str,
    work: Work,
    reach: Reach,
    /// At most so many rounds, for rows of many seconds.
    rounds: usize,
}

impl Row {
    fn new(name: &'static str, ours: Job, peer: Job, time: Time, reach: Reach) -> Self {
        Self {
            name,
            work: Work::Two(ours, peer, time),
            reach,
            rounds: usize::MAX,
        }
    }

    fn rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    /// The program that it lacks, if it lacks one.
    fn lacks(&self) -> Option<&str> {
        let peer = match &self.work {
            Work::Two(_, peer, _) => peer,
            Work::Told(told) => told,
        };
        (!peers::installed(peer.program())).then(|| peer.program())
    }

    /// One turn of both: what is compared with [`Row::reach`].
    fn turn(&self, folder: &Path) -> Result<f64, String> {
        let (ours, peer) = match &self.work {
            Work::Told(job) => job.tells(folder)?,
            Work::Two(ours, peer, time) => {
                let ours = ours.take(*time, folder)?.as_secs_f64();
                (ours, peer.take(*time, folder)?.as_secs_f64())
            }
        };
        Ok(match self.reach {
            Reach::Cost(_) => ours / peer.max(1e-9),
            Reach::Speed(_) => peer / ours.max(1e-9),
        })
    }

    /// All turns, least first; the first one only warms up.
    fn turns(&self, rounds: usize, folder: &Path) -> Result<Vec<f64>, String> {
        let rounds = rounds.min(self.rounds);
        let mut ratios = Vec::new();
        for round in 0..=rounds {
            let ratio = self.turn(folder)?;
            if round > 0 || rounds < 3 {
                ratios.push(ratio);
            }
        }
        ratios.sort_by(f64::total_cmp);
        Ok(ratios)
    }
}

/// What the command line asks for.
struct Asked {
    parts: Vec<String>,
    rounds: usize,
    /// Where how cost grows is drawn.
    plot: Option<String>,
}

impl Asked {
    fn read() -> Result<Self, String> {
        let mut asked = Self {
            parts: Vec::new(),
            rounds: ROUNDS,
            plot: None,
        };
        let mut words = std::env::args().skip(2);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--rounds" => {
                    let number = words.next().and_then(|number| number.parse().ok());
                    asked.rounds = number.ok_or("--rounds NUMBER")?;
                }
                "--plot" => asked.plot = Some(words.next().ok_or("--plot FILE")?),
                _ => asked.parts.push(word),
            }
        }
        Ok(asked)
    }

    fn wants(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Measures all rows, or those that are asked for.
pub fn run() -> Result<(), String> {
    let asked = Asked::read()?;
    shell::cargo(&["build", "--release", "--quiet", "--package", "scn"])?;
    shell::cargo(&["build", "--release", "--quiet", "--package", "scn-benches"])?;
    let folder = scratch()?;
    let done = measured(&asked, &folder);
    let _ = fs::remove_dir_all(&folder);
    let missed = done?;
    match missed.is_empty() {
        true => Ok(()),
        false => Err(format!("not reached: {}", missed.join("; "))),
    }
}

/// The names of the rows that miss what is to be reached.
fn measured(asked: &Asked, folder: &Path) -> Result<Vec<&'static str>, String> {
    println!("{}", machine::described());
    println!("| row, beside its peer | median | least – most | reach |\n| --- | --- | --- | --- |");
    let mut missed = Vec::new();
    for row in rows::all(folder, &|name| asked.wants(name))? {
        if !asked.wants(row.name) {
            continue;
        }
        if let Some(program) = row.lacks() {
            println!("| {} | SKIPPED: {program} is not installed | | |", row.name);
            continue;
        }
        let ratios = match row.turns(asked.rounds, folder) {
            Ok(ratios) => ratios,
            Err(reason) => {
                println!("| {} | FAILED: {} | | |", row.name, reason.trim());
                missed.push(row.name);
                continue;
            }
        };
        let median = ratios[ratios.len() / 2];
        let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
        let (sign, reach, is_reached) = match row.reach {
            Reach::Cost(reach) => ("≤", reach, median <= reach),
            Reach::Speed(reach) => ("≥", reach, median >= reach),
        };
        let mark = if is_reached { "" } else { ", missed" };
        println!(
            "| {} | {} | {} – {} | {sign} {}{mark} |",
            row.name,
            figure(median),
            figure(least),
            figure(most),
            figure(reach),
        );
        if !is_reached {
            missed.push(row.name);
        }
    }
    if asked.wants(growth::NAME) {
        let grown = growth::measure(folder)?;
        if let Some(file) = &asked.plot {
            fs::write(file, plot::svg(&grown.lines)).map_err(|error| error.to_string())?;
        }
        if !grown.is_linear {
            missed.push(growth::NAME);
        }
    }
    Ok(missed)
}

/// A ratio; one that is far below one in thousandths.
fn figure(ratio: f64) -> String {
    match ratio < 0.1 {
        true => format!("{ratio:.4}"),
        false => format!("{ratio:.2}"),
    }
}

fn scratch() -> Result<PathBuf, String> {
    let folder = std::env::temp_dir().join(format!("scn-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}
