//! The files that are named on the command line.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_grammar::diagnostic::meant;

use crate::terminal;

/// The name of standard input.
pub const STDIN: &str = "-";

/// So many bytes are read at most; a longer file is wrong, and one that never ends is no file.
const MOST: u64 = 1 << 32;

/// A text that was named.
#[derive(Clone, Debug)]
pub struct Source {
    /// How it was named; it is shown so. What is no UTF-8 in it reads as U+FFFD.
    pub name: String,
    /// The file; for standard input a file of that name which is not there.
    pub path: PathBuf,
    /// The folder that relative paths in it belong to, absolute.
    pub folder: PathBuf,
    /// What it holds.
    pub bytes: Rc<Vec<u8>>,
    /// It is standard input.
    pub is_stdin: bool,
}

/// What came of reading all that was named.
#[derive(Debug)]
pub struct Sources {
    /// Those that could be read.
    pub read: Vec<Source>,
    /// There are others; why they could not be read has been told.
    pub lacking: bool,
}

impl Source {
    /// Reads the file `name`, or standard input for `-`.
    ///
    /// # Errors
    /// Why it cannot be read, with its name.
    pub fn read(name: &OsStr) -> Result<Self, String> {
        let shown = name.to_string_lossy().into_owned();
        if name.is_empty() {
            return Err("a file is named by an empty text".to_owned());
        }
        let wrong = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => match instead(&shown) {
                Some(help) => format!("there is no file {shown}; {help}"),
                None => format!("there is no file {shown}"),
            },
            io::ErrorKind::IsADirectory => {
                let within = Path::new(&shown).join("*.scn");
                format!(
                    "{shown} is a folder: name files in it, {}",
                    within.display()
                )
            }
            _ => format!("{shown} cannot be read: {}", terminal::reason(&error)),
        };
        let path = std::path::absolute(name).map_err(wrong)?;
        if let Some(reason) = is_toml(&path, &shown) {
            return Err(reason);
        }
        let is_stdin = name == STDIN;
        let mut bytes = Vec::new();
        if is_stdin {
            let mut input = io::stdin().lock().take(MOST);
            input.read_to_end(&mut bytes).map_err(wrong)?;
        } else {
            let file = File::open(&path).map_err(wrong)?;
            // All at once, where it is told how much there is.
            let length = file.metadata().map_err(wrong)?.len().min(MOST);
            bytes.reserve(usize::try_from(length).unwrap_or(0));
            file.take(MOST).read_to_end(&mut bytes).map_err(wrong)?;
        }
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self {
            name: shown,
            path,
            folder,
            bytes: Rc::new(bytes),
            is_stdin,
        })
    }

    /// Reads all of them, and tells why each that cannot be read cannot.
    pub fn read_all(names: &[OsString]) -> Sources {
        let mut all = Sources {
            read: Vec::new(),
            lacking: false,
        };
        for (index, name) in names.iter().enumerate() {
            let source = match name == STDIN && names[..index].contains(name) {
                true => Err("standard input can be read only once".to_owned()),
                false => Self::read(name),
            };
            match source {
                Ok(source) => all.read.push(source),
                Err(reason) => {
                    terminal::complain(reason);
                    all.lacking = true;
                }
            }
        }
        all
    }
}

/// Why a file of the project that is written in TOML is no scenario, and what it is used for.
fn is_toml(path: &Path, shown: &str) -> Option<String> {
    let is_there = path.extension().is_some_and(|ending| ending == "toml") && path.is_file();
    let stem = path.file_stem().filter(|_| is_there)?.to_str()?;
    if path.file_name().is_some_and(|name| name == "scn.toml") {
        return Some(format!(
            "{shown} is the project's own file, and no scenario"
        ));
    }
    let parent = path.parent().and_then(Path::file_name);
    let named = match parent.is_some_and(|parent| parent == "environments") {
        true => stem,
        false => shown,
    };
    Some(format!(
        "{shown} is an environment, and no scenario: a scenario is run in it by scn run FILE.scn --env {named}, \
         and scn env show {named} looks at it"
    ))
}

/// What was probably meant by a file that is not there.
fn instead(shown: &str) -> Option<String> {
    let with_ending = format!("{shown}.scn");
    if Path::new(&with_ending).is_file() {
        return Some(format!("{with_ending} is there"));
    }
    let path = Path::new(shown);
    let name = path.file_name()?.to_str()?;
    if let Some((parameter, _)) = shown.split_once('=')
        && parameter.chars().all(|c| c.is_alphanumeric() || c == '_')
    {
        return Some(format!("to set a parameter: --set {shown}"));
    }
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    // Without the ending, which makes every two short names alike.
    let stem = |name: &str| name.strip_suffix(".scn").map(str::to_owned);
    let stems: Vec<String> = names.filter_map(|name| stem(&name)).collect();
    let meant = meant(&stem(name)?, stems.iter().map(String::as_str))?;
    let meant = format!("{meant}.scn");
    let meant = folder.map_or(PathBuf::from(&meant), |folder| folder.join(&meant));
    Some(format!("{} was probably meant", meant.display()))
}
