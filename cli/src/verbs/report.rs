//! `scn report`

use std::path::{Path, PathBuf};

use clap::Args;
use scn_record::State;
use scn_report::format::{FORMATS, Form, Format, by_ending};

use crate::exit::Exit;
use crate::project::Records;
use crate::report::{Record, format_parser, write};
use crate::terminal;

/// Render the record of runs: for a person, a browser, or another program
///
/// A run is named as its verdict's folder is, or by the beginning of that name if no other run
/// begins so, or by its folder; `last` is the newest. One that was cut short is reported as far as it came. Several runs come
/// into one report. The exit status says whether the report was written, and nothing of the verdict.
///
/// Examples:
///
///     scn report 20261121-1012
///     scn report last -o report.html
///     scn report .scn/runs/* --format junit -o junit.xml
///     scn report 20261121-1012 --format json | jq '.runs[0].verdict'
///     scn report .scn/runs/* --format allure -o allure-results
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Report {
    /// The runs: names, their beginnings, folders, or `last`.
    #[arg(required = true, value_name = "RUN")]
    names: Vec<String>,
    /// The format; that of OUTPUT's ending unless given, else console.
    #[arg(short, long, value_name = "FORMAT", value_parser = format_parser())]
    format: Option<&'static Format>,
    /// Where it goes; `-`, or nothing, is standard output.
    #[arg(short, long, value_name = "OUTPUT")]
    output: Option<PathBuf>,
    #[command(flatten)]
    records: Records,
}

impl Report {
    /// Does it.
    pub fn run(self) -> Exit {
        let Ok(runs) = self.records.folder() else {
            return Exit::Wrong;
        };
        let mut records = Vec::new();
        let mut wrong = false;
        for name in &self.names {
            match scn_record::find(&runs, name) {
                Ok(folder) => records.push(record(&folder)),
                Err(error) => {
                    terminal::complain(error);
                    wrong = true;
                }
            }
        }
        let output = self
            .output
            .as_deref()
            .filter(|path| *path != Path::new("-"));
        let format = match (self.format, output) {
            (Some(format), _) => format,
            (None, None) => FORMATS[0],
            (None, Some(path)) => match by_ending(&path.to_string_lossy()) {
                Some(format) => format,
                None => {
                    let path = path.display();
                    terminal::complain(format!(
                        "the ending of {path} tells no format: give it with --format"
                    ));
                    wrong = true;
                    FORMATS[0]
                }
            },
        };
        if matches!(format.form, Form::Folder(_)) && output.is_none() {
            terminal::complain(format!(
                "the {0} report is a folder of files: name one, such as -o {0}-results",
                format.name
            ));
            wrong = true;
        }
        if wrong {
            return Exit::Wrong;
        }
        match write(format, &records, output) {
            Ok(()) => Exit::Done,
            Err(error) => {
                let place = output.map_or("standard output".to_owned(), |path| {
                    path.display().to_string()
                });
                let reason = terminal::reason(&error);
                terminal::complain(format!("{place} cannot be written: {reason}"));
                Exit::Error
            }
        }
    }
}

fn record(folder: &Path) -> Record {
    let state = scn_record::state(folder);
    Record::new(folder.to_owned(), matches!(state, Ok(State::Running)))
}
