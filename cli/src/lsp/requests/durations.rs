//! How long each step took the last time, behind its line.
//!
//! Read from the records of this scenario's runs, the latest first, and kept until there is another run.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lsp_types::{InlayHint, InlayHintLabel, InlayHintParams, InlayHintTooltip, OneOf, Position};
use serde_json::Value as Json;

use super::{Answer, Request, answered, asked, nothing};
use crate::lsp::Server;
use crate::lsp::documents::Sort;
use crate::project::RUNS;

/// So many runs are looked at for one of the scenario.
const RUNS_LOOKED_AT: usize = 40;

/// So much of a record is read.
const BYTES: u64 = 8 * 1024 * 1024;

pub static INLAY: Request = Request {
    method: "textDocument/inlayHint",
    declare: |can| can.inlay_hint_provider = Some(OneOf::Left(true)),
    answer,
};

/// What the last run of each scenario took.
#[derive(Debug, Default)]
pub struct Durations {
    by_file: HashMap<PathBuf, (Option<SystemTime>, Vec<Took>)>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq)]
struct Took {
    /// Its line, from 1.
    line: usize,
    /// The command's name.
    command: String,
    /// How long it took the last time, in microseconds.
    micros: u64,
    /// How often it was done.
    times: usize,
}

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: InlayHintParams = asked(params)?;
    let Some(document) = server.document(&params.text_document.uri) else {
        return nothing();
    };
    if server.settings.no_durations || document.sort != Sort::Scenario {
        return nothing();
    }
    let (path, folder) = (document.path.clone(), document.folder().to_owned());
    let root = server.meanings(&folder).project.root.clone();
    let took = server.durations.of(&path, &root.join(RUNS)).to_vec();
    let Some(document) = server.documents.get(&path) else {
        return nothing();
    };
    let (first, last) = (
        params.range.start.line as usize,
        params.range.end.line as usize,
    );
    let hints = took.iter().filter_map(|took| {
        let line = took.line.checked_sub(1)?;
        let text = document.text.line(line);
        // The file may have changed since: only where the command still stands is it shown.
        let stands = text.split_whitespace().any(|word| word == took.command);
        let here = (first..=last).contains(&line) && stands;
        here.then(|| hint(took, line, server.encoding.columns(text)))
    });
    answered(hints.collect::<Vec<_>>())
}

fn hint(took: &Took, line: usize, column: u32) -> InlayHint {
    let times = match took.times {
        1 => String::new(),
        times => format!(" ×{times}"),
    };
    InlayHint {
        position: Position::new(u32::try_from(line).unwrap_or(u32::MAX), column),
        label: InlayHintLabel::String(format!("{}{times}", shown(took.micros))),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(
            "how long it took in the last run".to_owned(),
        )),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

/// `1.2s`, `34ms`
fn shown(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros}us"),
        1_000..1_000_000 => format!("{}ms", micros / 1_000),
        60_000_000.. => format!(
            "{}m{}s",
            micros / 60_000_000,
            micros % 60_000_000 / 1_000_000
        ),
        _ => format!("{}.{}s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

impl Durations {
    /// What the last run of a scenario took.
    fn of(&mut self, file: &Path, runs: &Path) -> &[Took] {
        let changed = fs::metadata(runs).and_then(|meta| meta.modified()).ok();
        let known = self.by_file.entry(file.to_owned()).or_default();
        if known.0 != changed || changed.is_none() {
            *known = (changed, last_run(file, runs).unwrap_or_default());
        }
        &known.1
    }
}

fn last_run(file: &Path, runs: &Path) -> Option<Vec<Took>> {
    let entries = fs::read_dir(runs).ok()?.flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    // Runs are named after the time at which they began.
    folders.sort();
    let latest = folders.iter().rev().take(RUNS_LOOKED_AT);
    latest
        .filter_map(|run| took(file, &run.join("journal.jsonl")))
        .next()
}

/// What the steps of a run took; nothing if it is of another scenario.
fn took(file: &Path, journal: &Path) -> Option<Vec<Took>> {
    let journal = BufReader::new(File::open(journal).ok()?.take(BYTES));
    let mut lines = journal.split(b'\n').map_while(Result::ok);
    let begun: Json = serde_json::from_slice(&lines.next()?).ok()?;
    let of = begun.get("file").and_then(Json::as_str)?;
    if !file.ends_with(Path::new(of).strip_prefix(".").unwrap_or(Path::new(of))) {
        return None;
    }
    let mut commands: HashMap<u64, String> = HashMap::new();
    let mut all: Vec<Took> = Vec::new();
    for line in lines {
        let Ok(event) = serde_json::from_slice::<Json>(&line) else {
            continue;
        };
        let number = |key: &str| event.get(key).and_then(Json::as_u64);
        let Some(step) = number("step") else { continue };
        match event.get("event").and_then(Json::as_str) {
            Some("step_started") => {
                let command = event.pointer("/command/0").and_then(Json::as_str);
                let name = command.unwrap_or_default();
                commands.insert(step, name.to_owned());
            }
            Some("step_finished") => {
                let (Some(line), Some(micros)) = (number("line"), number("duration_us")) else {
                    continue;
                };
                let line = usize::try_from(line).unwrap_or_default();
                let command = commands.remove(&step).unwrap_or_default();
                match all
                    .iter_mut()
                    .find(|took| took.line == line && took.command == command)
                {
                    Some(took) => {
                        took.micros = micros;
                        took.times += 1;
                    }
                    None => all.push(Took {
                        line,
                        command,
                        micros,
                        times: 1,
                    }),
                }
            }
            _ => {}
        }
    }
    Some(all)
}
