//! A run as a whole: what reports that are no mere sequence are made from.
//!
//! [`read`] folds the events into a tree: sections (setup, `finally`, what was owed), cases,
//! branches and jobs, and in them steps and judgements. It lies in one list, in which each node
//! knows its parent and its children; a node comes after its parent.

mod about;
mod fold;
mod kept;
mod lanes;
mod node;
mod series;
mod why;

use std::path::PathBuf;

use scn_protocol::Verdict;
use serde_json::Value as Json;

pub use fold::read;
pub use kept::{Kept, Piece};
pub use node::{
    Attempt, Case, Check, Kind, Node, Step, Undo, is_wait, is_watch, judged_text, phase_name,
    status_name,
};
pub use series::Series;
pub use why::Why;

use crate::verdict::{Judged, Known};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is over.
    Finished,
    /// It is in progress.
    Running,
    /// Its record has no end: the program that ran it was ended, or the record is damaged. Why.
    CutShort(String),
}

/// An event that a component reported.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When: nanoseconds since 1970.
    pub at: i64,
    /// The component.
    pub subject: String,
    /// What it said.
    pub message: String,
}

/// A run. Times are nanoseconds since 1970, in UTC; durations microseconds.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its name.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The scenario's title.
    pub scenario: String,
    /// The scenario's file, as it was named.
    pub file: String,
    /// The environment's name.
    pub environment: Option<String>,
    /// What it was given.
    pub parameters: Json,
    /// What started it.
    pub trigger: Json,
    /// Builds, versions, hosts, load.
    pub conditions: Json,
    /// The version of the tool.
    pub scn: String,
    /// `@known`.
    pub known: Option<Known>,
    /// `@tags`.
    pub tags: Vec<String>,
    /// `@covers`.
    pub covers: Vec<String>,
    /// The seed of `random`.
    pub seed: Option<u64>,
    /// When it began.
    pub begun: i64,
    /// When the last of its events happened.
    pub last: i64,
    /// How it ended.
    pub ending: Ending,
    /// The judgement, if it came to one.
    pub verdict: Option<Verdict>,
    /// Why.
    pub reason: Option<String>,
    /// The line that decided it.
    pub line: Option<u32>,
    /// The file that the line is in, where it is not the scenario's.
    pub within: Option<String>,
    /// How many attempts of steps were begun.
    pub steps: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many entries were typed at a prompt while it ran, which changed what it did.
    pub typed: u64,
    /// How often it was taken up again, after its runner had died.
    pub resumed: u64,
    /// How long it all took.
    pub micros: u64,
    /// The tree.
    pub nodes: Vec<Node>,
    /// The nodes that have no parent.
    pub roots: Vec<usize>,
    /// What was owed, in the order in which that began.
    pub undos: Vec<Undo>,
    /// What was observed over time.
    pub series: Vec<Series>,
    /// What components reported; the first of many.
    pub seen: Vec<Seen>,
    /// How many more reports there were than are kept.
    pub unseen: u64,
    /// Names of points in time: when, which, and its line.
    pub marks: Vec<(i64, String, u32)>,
}

impl Run {
    /// Whether it came to its end.
    pub fn is_finished(&self) -> bool {
        self.ending == Ending::Finished
    }

    /// What it is called: `PASS`, `FAIL`, `ERROR`, `SKIP`, or that it is `UNFINISHED` or `RUNNING`.
    pub fn outcome(&self) -> &'static str {
        match (&self.ending, self.verdict) {
            (Ending::Finished, Some(verdict)) => verdict.name(),
            (Ending::Running, _) => "RUNNING",
            (Ending::Finished | Ending::CutShort(_), _) => "UNFINISHED",
        }
    }

    /// Whether its failure is that of a known defect, and not counted.
    pub fn is_excused(&self) -> bool {
        let excuses = |known: &Known| self.verdict.is_some_and(|verdict| known.excuses(verdict));
        self.is_finished() && self.known.as_ref().is_some_and(excuses)
    }

    /// Why it ended as it did, in words; empty for a plain PASS.
    pub fn because(&self) -> String {
        let judged = self.reason.as_deref().unwrap_or_default().trim_end();
        let judged = || match self.verdict {
            Some(verdict) if !judged.is_empty() => format!("; it was judged {verdict}: {judged}"),
            Some(verdict) => format!("; it was judged {verdict}"),
            None => String::new(),
        };
        match &self.ending {
            Ending::Finished => self
                .reason
                .clone()
                .unwrap_or_default()
                .trim_end()
                .to_owned(),
            Ending::Running => format!("the run is still in progress{}", judged()),
            Ending::CutShort(why) => format!("{why}{}", judged()),
        }
    }

    /// The verdict's line, as the console has it.
    pub fn line_of_verdict(&self) -> String {
        let because = self.because();
        let judged = Judged {
            verdict: self
                .verdict
                .filter(|_| self.is_finished())
                .unwrap_or(Verdict::Error),
            file: &self.file,
            line: self.line.filter(|_| self.is_finished()),
            within: self.within.as_deref().filter(|_| self.is_finished()),
            reason: Some(because.as_str()).filter(|reason| !reason.is_empty()),
            steps: self.steps,
            micros: self.micros,
            known: self.known.as_ref().filter(|_| self.is_finished()),
            typed: self.typed,
        };
        format!("{} {}", self.outcome(), judged.text())
    }

    /// The file that a line is in.
    pub fn file_of<'r>(&'r self, within: Option<&'r str>) -> &'r str {
        within.unwrap_or(&self.file)
    }

    /// The steps that are under a node, or of the whole run, in their order.
    pub fn steps_under(&self, node: Option<usize>) -> Vec<&Step> {
        let mut found = Vec::new();
        let mut ahead: Vec<usize> = match node {
            Some(node) => vec![node],
            None => self.roots.iter().rev().copied().collect(),
        };
        while let Some(at) = ahead.pop() {
            let node = &self.nodes[at];
            if let Kind::Step(step) = &node.kind {
                found.push(&**step);
            }
            ahead.extend(node.children.iter().rev());
        }
        found
    }

    /// The cases, each with its node, in the order in which they began.
    pub fn cases(&self) -> Vec<(usize, &Case)> {
        let nodes = self.nodes.iter().enumerate();
        nodes
            .filter_map(|(at, node)| match &node.kind {
                Kind::Case(case) => Some((at, case)),
                _ => None,
            })
            .collect()
    }

    /// The innermost case that a node is in, itself not counted.
    pub fn case_around(&self, node: usize) -> Option<usize> {
        let mut at = self.nodes[node].parent;
        while let Some(parent) = at {
            if matches!(self.nodes[parent].kind, Kind::Case(_)) {
                return Some(parent);
            }
            at = self.nodes[parent].parent;
        }
        None
    }
}
