//! Records as reports read them, and where reports go.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use scn_grammar::diagnostic::meant;
use scn_protocol::{Event, quantity};
use scn_report::format::{FORMATS, Form, Format, Look, by_name};
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

    fn set(&self) -> Vec<(String, Option<String>)> {
        let kept = kept::Kept::read(&self.folder).ok().flatten();
        let given = kept.into_iter().flat_map(|kept| kept.set);
        given.map(|one| (one.name, one.value)).collect()
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
    if path == "-" {
        return Err(format!(
            "standard output has what the scenario says: name a file, or print it after the run with `scn report RUN --format {name}`"
        ));
    }
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
    /// Makes sure that all of them can be written, and none over a scenario that is run; tells why one cannot.
    pub fn prepare(wanted: &'w [Wanted], scenarios: &[impl AsRef<Path>]) -> Option<Self> {
        let mut sound = true;
        for (at, report) in wanted.iter().enumerate() {
            let path = report.path.display();
            if wanted[..at].iter().any(|other| other.path == report.path) {
                terminal::complain(format!("two reports would be written to {path}"));
                sound = false;
            } else if is_one_of(&report.path, scenarios) {
                let format = report.format.name;
                terminal::complain(format!(
                    "the {format} report would be written over the scenario {path}"
                ));
                sound = false;
            } else if let Err(error) = try_path(report.format, &report.path) {
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

/// Whether a report of that format can be written there; the folders on the way are made.
fn try_path(format: &Format, path: &Path) -> io::Result<()> {
    let within = path.join(part_of("report"));
    let path = match format.form {
        Form::File(_) => path,
        Form::Folder(_) => &within,
    };
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

/// Whether that is the same file as one of these, whatever it is called.
fn is_one_of(path: &Path, files: &[impl AsRef<Path>]) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let mut files = files.iter();
    files.any(|file| file.as_ref().canonicalize().is_ok_and(|file| file == path))
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
}

/// What a file is called until it is whole.
fn part_of(name: impl Into<OsString>) -> OsString {
    let mut name = name.into();
    name.push(format!(".{}.part", std::process::id()));
    name
}

/// Writes a report of these runs to a file, a folder, or to standard output.
///
/// # Errors
/// If it cannot be written. A reader of standard output who has gone is not missed.
pub fn write(format: &Format, records: &[Record], path: Option<&Path>) -> io::Result<()> {
    let records: Vec<&dyn Recorded> = records.iter().map(|record| record as _).collect();
    match (format.form, path) {
        (Form::File(form), Some(path)) => into_file(form, &records, path),
        (Form::File(form), None) => to_standard_output(form, &records),
        (Form::Folder(form), Some(folder)) => {
            fs::create_dir_all(folder)?;
            form(&records, &|name, bytes| {
                whole(&folder.join(name), |part| fs::write(part, bytes))
            })
        }
        (Form::Folder(_), None) => Err(io::ErrorKind::IsADirectory.into()),
    }
}

/// Writes what is one file.
type AsFile = fn(&[&dyn Recorded], Look, &mut dyn Write) -> io::Result<()>;

fn to_standard_output(form: AsFile, records: &[&dyn Recorded]) -> io::Result<()> {
    let look = Look {
        color: terminal::out_is_terminal() && terminal::has_color(),
        is_terminal: terminal::out_is_terminal(),
        columns: terminal::columns(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    match form(records, look, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn into_file(form: AsFile, records: &[&dyn Recorded], path: &Path) -> io::Result<()> {
    if let Some(folder) = folder_of(path) {
        fs::create_dir_all(folder)?;
    }
    let is_plain = path
        .symlink_metadata()
        .map_or(true, |known| known.is_file());
    if !is_plain {
        return into(form, records, File::create(path)?);
    }
    whole(path, |part| into(form, records, File::create(part)?))
}

/// Writes a file under another name first: one that was there before stays whole until this one is.
fn whole(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let part = path.with_file_name(part_of(path.file_name().unwrap_or_default()));
    let written = write(&part).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn into(form: AsFile, records: &[&dyn Recorded], file: File) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    form(records, Look::default(), &mut out)?;
    out.flush()
}
