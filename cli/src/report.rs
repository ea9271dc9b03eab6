//! Records as reports read them, and where reports go.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use scn_grammar::diagnostic::meant;
use scn_protocol::{Event, quantity};
use scn_report::format::{FORMATS, Format, Look, by_name};
use scn_report::recorded::Recorded;
use serde::Deserialize;

use crate::run::kept;
use crate::terminal;

/// A run's folder, as reports read it.
pub struct Record {
    folder: PathBuf,
    is_running: bool,
    /// The files that it was run from, by the names that events call them by; none of one in which a
    /// secret stood. None at all if they are not known.
    texts: Option<HashMap<String, Option<String>>>,
}

impl Record {
    /// The run in this folder.
    pub fn new(folder: PathBuf, is_running: bool) -> Self {
        Self {
            texts: kept_texts(&folder),
            folder,
            is_running,
        }
    }
}

/// What is kept of the files that a run was run from.
fn kept_texts(folder: &Path) -> Option<HashMap<String, Option<String>>> {
    #[derive(Deserialize)]
    struct Kept {
        name: String,
        files: Vec<Text>,
    }
    #[derive(Deserialize)]
    struct Text {
        // What is no text is no name in an event either.
        path: serde_json::Value,
        text: Option<String>,
    }
    let kept: Kept = serde_json::from_slice(&fs::read(folder.join(kept::NAME)).ok()?).ok()?;
    let mut texts = HashMap::new();
    for (number, file) in kept.files.into_iter().enumerate() {
        // The scenario is the first.
        let name = match number {
            0 => kept.name.clone(),
            _ => file.path.as_str().unwrap_or_default().to_owned(),
        };
        texts.insert(name, file.text);
    }
    Some(texts)
}

impl Recorded for Record {
    fn folder(&self) -> &Path {
        &self.folder
    }

    fn is_running(&self) -> bool {
        self.is_running
    }

    fn source(&self, name: &str) -> Option<String> {
        if let Some(texts) = &self.texts {
            return texts.get(name).cloned().flatten();
        }
        let bytes = fs::read(name).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn read(&self, see: &mut dyn FnMut(i64, &Event)) -> Result<(), String> {
        let lines = scn_record::read(&self.folder).map_err(|error| terminal::reason(&error))?;
        for line in lines {
            let line = line.map_err(|error| error.to_string())?;
            see(quantity::parse_moment(&line.at).unwrap_or(0), &line.event);
        }
        Ok(())
    }
}

/// A format's name on the command line.
pub fn format_parser() -> impl TypedValueParser<Value = &'static Format> {
    let names = FORMATS
        .iter()
        .map(|format| PossibleValue::new(format.name).help(format.help));
    PossibleValuesParser::new(names).map(|name| by_name(&name).unwrap_or(FORMATS[0]))
}

/// A report that is asked for before a run.
#[derive(Clone, Debug)]
pub struct Wanted {
    format: &'static Format,
    path: PathBuf,
}

/// `FORMAT=PATH`.
///
/// # Errors
/// What was expected.
pub fn wanted(text: &str) -> Result<Wanted, String> {
    let Some((name, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        return Err(format!(
            "it is written FORMAT=PATH, such as html=report.html; FORMAT is {}",
            names()
        ));
    };
    let format = by_name(name).ok_or_else(|| unknown(name))?;
    Ok(Wanted {
        format,
        path: path.into(),
    })
}

/// What is said of `--report`.
pub fn wanted_help() -> String {
    format!(
        "Write a report as the run ends, and however it ends; FORMAT is {}. May be given more than once.",
        names()
    )
}

fn names() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    match names.split_last() {
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn unknown(name: &str) -> String {
    let lower = name.to_lowercase();
    let ending = scn_report::format::by_ending(&format!(".{lower}"));
    let close = || meant(&lower, FORMATS.iter().map(|format| format.name));
    let help = match ending.map(|format| format.name).or_else(close) {
        Some(name) => format!("; did you mean {name}?"),
        None => String::new(),
    };
    format!("there is no format {name}, but {}{help}", names())
}

/// The reports of the runs of one command line.
#[derive(Default)]
pub struct Reports<'w> {
    wanted: &'w [Wanted],
    folders: Vec<PathBuf>,
}

impl<'w> Reports<'w> {
    /// Makes sure that all of them can be written; tells why one cannot.
    pub fn prepare(wanted: &'w [Wanted]) -> Option<Self> {
        let mut sound = true;
        for (at, report) in wanted.iter().enumerate() {
            let path = report.path.display();
            if wanted[..at].iter().any(|other| other.path == report.path) {
                terminal::complain(format!("two reports would be written to {path}"));
                sound = false;
            } else if let Err(error) = try_path(&report.path) {
                let reason = terminal::reason(&error);
                let format = report.format.name;
                terminal::complain(format!(
                    "the {format} report cannot be written to {path}: {reason}"
                ));
                sound = false;
            }
        }
        sound.then_some(Self {
            wanted,
            folders: Vec::new(),
        })
    }

    /// The run in this folder is one of those that they are of.
    pub fn add(&mut self, folder: PathBuf) {
        self.folders.push(folder);
    }

    /// Writes all of them; tells why one could not be, and whether all are there.
    pub fn write(&self) -> bool {
        let mut sound = true;
        if self.wanted.is_empty() {
            return sound;
        }
        let folders = self.folders.iter().cloned();
        let records: Vec<Record> = folders.map(|folder| Record::new(folder, false)).collect();
        for report in self.wanted {
            if let Err(error) = write(report.format, &records, Some(&report.path)) {
                let (format, path) = (report.format.name, report.path.display());
                let reason = terminal::reason(&error);
                terminal::complain(format!(
                    "the {format} report could not be written to {path}: {reason}"
                ));
                sound = false;
            }
        }
        sound
    }
}

/// Whether a file can be written there; the folders on the way are made.
fn try_path(path: &Path) -> io::Result<()> {
    if let Some(folder) = folder_of(path) {
        // What is there and no folder is said to be there, which is not what is wrong with it.
        fs::create_dir_all(folder).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
            _ => error,
        })?;
    }
    let is_there = path.symlink_metadata().is_ok();
    OpenOptions::new().append(true).create(true).open(path)?;
    if !is_there {
        // Nobody should take an empty file for a report.
        fs::remove_file(path)?;
    }
    Ok(())
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
}

/// Writes a report of these runs to a file, or to standard output.
///
/// # Errors
/// If it cannot be written. A reader of standard output who has gone is not missed.
pub fn write(format: &Format, records: &[Record], path: Option<&Path>) -> io::Result<()> {
    let records: Vec<&dyn Recorded> = records.iter().map(|record| record as _).collect();
    let Some(path) = path else {
        let look = Look {
            color: terminal::out_is_terminal() && terminal::has_color(),
            is_terminal: terminal::out_is_terminal(),
            columns: terminal::columns(),
        };
        let mut out = BufWriter::new(io::stdout().lock());
        let written = (format.write)(&records, look, &mut out).and_then(|()| out.flush());
        return match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        };
    };
    if let Some(folder) = folder_of(path) {
        fs::create_dir_all(folder)?;
    }
    let is_plain = path
        .symlink_metadata()
        .map_or(true, |known| known.is_file());
    if !is_plain {
        return into(format, &records, File::create(path)?);
    }
    // One that was there before stays whole until this one is.
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = File::create(&part)
        .and_then(|file| into(format, &records, file))
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn into(format: &Format, records: &[&dyn Recorded], file: File) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    (format.write)(records, Look::default(), &mut out)?;
    out.flush()
}
