//! `scn runs`

use std::fmt::Write as _;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Subcommand;
use scn_protocol::json::harmless;
use scn_protocol::quantity::{SECOND, moment_text, parse_duration, parse_size, size_text};
use scn_record::{Pruning, Reason, Run, State, Summary};
use scn_report::text::duration;

use super::printed;
use crate::exit::Exit;
use crate::project::Records;
use crate::terminal;

/// List the runs that are recorded, and remove old records
///
/// Examples:
///
///     scn runs list
///     scn runs prune --keep 100 --older-than 30d
#[derive(Debug, Subcommand)]
#[command(verbatim_doc_comment)]
pub enum Runs {
    /// List the runs, newest first
    ///
    /// A run that is `unfinished` was ended before its end, by a signal that cannot be caught or with its
    /// machine: `scn resume` goes on with it, `scn cleanup` does its `finally` and what is owed.
    ///
    /// Examples:
    ///
    ///     scn runs list
    ///     scn runs list --json | head -1
    #[command(verbatim_doc_comment)]
    List {
        #[command(flatten)]
        records: Records,
        /// Print JSON, a run a line.
        #[arg(long)]
        json: bool,
    },
    /// Remove the records of old runs
    ///
    /// A run is removed if any of the limits asks for it, the oldest first; one that is running or
    /// unfinished never is. Each run that is removed is printed.
    ///
    /// Examples:
    ///
    ///     scn runs prune --keep 100
    ///     scn runs prune --older-than 30d --larger-than 2GB --dry-run
    #[command(verbatim_doc_comment)]
    Prune {
        #[command(flatten)]
        records: Records,
        /// Keep so many finished runs, the newest.
        #[arg(long, value_name = "N")]
        keep: Option<usize>,
        /// Remove what began longer ago: `12h`, `30d`.
        #[arg(long, value_name = "TIME", value_parser = time)]
        older_than: Option<i64>,
        /// Remove the oldest until all together take no more: `500MB`, `2GB`.
        #[arg(long, value_name = "SIZE", value_parser = bytes)]
        larger_than: Option<u64>,
        /// Remove nothing, and print what would be.
        #[arg(long)]
        dry_run: bool,
    },
}

fn time(text: &str) -> Result<i64, String> {
    let time = parse_duration(text).filter(|time| *time >= 0);
    time.ok_or_else(|| "a time is expected, such as 12h or 30d".to_owned())
}

fn bytes(text: &str) -> Result<u64, String> {
    let size = parse_size(text).and_then(|size| u64::try_from(size).ok());
    size.ok_or_else(|| "a size is expected, such as 500MB or 2GB".to_owned())
}

impl Runs {
    /// Does it.
    pub fn run(self) -> Exit {
        match self {
            Self::List { records, json } => with_runs(&records, |runs| list(&runs, json)),
            Self::Prune {
                records,
                keep,
                older_than,
                larger_than,
                dry_run,
            } => {
                let pruning = Pruning {
                    keep,
                    before: older_than.map(|time| now().saturating_sub(time)),
                    bytes: larger_than,
                };
                if pruning == Pruning::default() {
                    terminal::complain(
                        "nothing says what is not kept: give --keep, --older-than or --larger-than",
                    );
                    return Exit::Wrong;
                }
                with_runs(&records, |runs| prune(&runs, pruning, dry_run))
            }
        }
    }
}

/// Now, in nanoseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    })
}

/// The runs with what is told of each, newest first.
fn with_runs(records: &Records, show: impl FnOnce(Vec<(Run, Summary)>) -> Exit) -> Exit {
    let Ok(folder) = records.folder() else {
        return Exit::Wrong;
    };
    let all = scn_record::runs(&folder).and_then(|runs| {
        let with_summary = |run: Run| match scn_record::summary(&run) {
            // Somebody has removed it since.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            summary => Some(summary.map(|summary| (run, summary))),
        };
        runs.into_iter().rev().filter_map(with_summary).collect()
    });
    match all {
        Ok(all) => show(all),
        Err(error) => {
            terminal::complain(terminal::reason(&error));
            Exit::Error
        }
    }
}

/// The state in one word.
fn word(state: State) -> &'static str {
    match state {
        State::Finished(verdict) => verdict.name(),
        State::Running => "running",
        State::Unfinished => "unfinished",
    }
}

fn list(runs: &[(Run, Summary)], json: bool) -> Exit {
    if json {
        let lines = runs
            .iter()
            .map(|(run, summary)| harmless(to_json(run, summary).to_string()) + "\n");
        return printed(&lines.collect::<String>());
    }
    let rows: Vec<[String; 6]> = runs
        .iter()
        .map(|(run, summary)| row(run, summary))
        .collect();
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    printed(&text)
}

fn row(run: &Run, summary: &Summary) -> [String; 6] {
    let when = summary.began.map(|began| began / SECOND * SECOND);
    [
        run.id.clone(),
        word(run.state).to_owned(),
        when.map_or("-".to_owned(), moment_text),
        // As the verdict line has it.
        summary.took.map_or("-".to_owned(), duration),
        summary.scenario.clone(),
        summary.environment.clone().unwrap_or_default(),
    ]
}

fn to_json(run: &Run, summary: &Summary) -> serde_json::Value {
    let (state, verdict) = match run.state {
        State::Finished(verdict) => ("finished", Some(verdict.name())),
        other => (word(other), None),
    };
    serde_json::json!({
        "run": run.id,
        "state": state,
        "verdict": verdict,
        "at": summary.began.map(moment_text),
        "duration_us": summary.took,
        "scenario": summary.scenario,
        "file": summary.file,
        "environment": summary.environment,
        "folder": run.folder.display().to_string(),
    })
}

fn prune(runs: &[(Run, Summary)], pruning: Pruning, dry: bool) -> Exit {
    let sizes = runs.iter().map(|(run, _)| scn_record::size(&run.folder));
    let known = runs.iter().zip(sizes);
    let known: Vec<_> = known
        .map(|((run, summary), size)| (run, summary.began, size))
        .collect();
    let mut text = String::new();
    let mut exit = Exit::Done;
    let mut freed = 0;
    let plan = pruning.plan(&known);
    for (index, reason) in &plan {
        let (run, _, size) = known[*index];
        if !dry && let Err(error) = scn_record::remove(run) {
            let reason = terminal::reason(&error);
            terminal::complain(format!("the run {} cannot be removed: {reason}", run.id));
            exit = Exit::Error;
            continue;
        }
        freed += size;
        let done = if dry { "would remove" } else { "removed" };
        let why = match reason {
            Reason::Number => "there are enough newer ones",
            Reason::Age => "it is old",
            Reason::Size => "all together are too large",
        };
        let scenario = &runs[*index].1.scenario;
        let size = in_words(size);
        let _ = writeln!(text, "{done} {} {scenario} ({size}): {why}", run.id);
    }
    let number = text.lines().count();
    let done = if dry { "would be removed" } else { "removed" };
    let size = in_words(freed);
    terminal::tell(&format!("{number} of {} runs {done}, {size}\n", runs.len()));
    exit.max(printed(&text))
}

/// A size with a few digits.
fn in_words(bytes: u64) -> String {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let mut unit = 1;
    while bytes / unit >= 10_000 {
        unit *= 1_000;
    }
    size_text(bytes / unit * unit)
}
