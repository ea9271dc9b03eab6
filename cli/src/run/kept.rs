//! What a run was run from, kept in its folder: so that it can be finished, or judged again, whatever
//! has become of its files since.
//!
//! One file holds it all, since each file that is made costs a run as much as several events. The
//! files of the scenario and of the environment are kept as they were read. What an environment names as
//! secrets is named there and not held; where a secret's value stands in a file or in what `--set`
//! gave nevertheless, that is not kept.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_interpreter::environment::Masker;
use scn_interpreter::{Disk, Environment, Files};
use scn_plugin_host::Declared;
use scn_report::text::harmless;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::recorder::Sync;
use crate::source::Source;

/// The file's name, in the run's folder.
pub const NAME: &str = "run.json";

/// The version of the file. What is added to it is left out where it is absent; a reader refuses a
/// greater one.
const VERSION: u32 = 1;

/// It is for those to read who ran the scenario.
const PRIVATE: u32 = 0o600;

/// Files that were read, by the paths that they were read by.
pub type Read = BTreeMap<PathBuf, Vec<u8>>;

/// Reads from disk, and remembers what was read.
#[derive(Debug, Default)]
pub struct Noting(RefCell<Read>);

impl Noting {
    /// What was read.
    pub fn into_read(self) -> Read {
        self.0.into_inner()
    }

    /// What was read so far.
    pub fn read_so_far(&self) -> Read {
        self.0.borrow().clone()
    }
}

impl Files for Noting {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = Disk.read(path)?;
        self.0.borrow_mut().insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        Disk.list(folder)
    }
}

/// A run that a person had a hand in as it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Live {
    /// A session at a prompt.
    Session,
    /// A scenario in the debugger.
    Debugged,
}

/// So many of the files that were to follow are named.
const NAMED: usize = 5;

/// The files that were to be run after this one, by the same program: nobody but a run of theirs knows of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Following {
    /// How the first of them are named.
    names: Vec<String>,
    /// How many there are.
    number: usize,
}

impl Following {
    /// These.
    pub fn of<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> Self {
        Self {
            number: names.len(),
            names: names.take(NAMED).map(str::to_owned).collect(),
        }
    }

    /// Whether nothing was to follow.
    pub fn is_empty(&self) -> bool {
        self.number == 0
    }

    /// What a person is told of them, harmless on a terminal: `what was to be run after it was not begun: 3.scn`. None if
    /// nothing was to follow.
    pub fn told(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let told = format!("what was to be run after it was not begun: {self}");
        Some(harmless(&told, false).into_owned())
    }
}

impl fmt::Display for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join(", "))?;
        match (
            self.number.saturating_sub(self.names.len()),
            self.names.is_empty(),
        ) {
            (0, _) => Ok(()),
            (more, true) => write!(f, "{more} files"),
            (1, false) => f.write_str(" and another one"),
            (more, false) => write!(f, " and {more} others"),
        }
    }
}

/// What a run was run from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    version: u32,
    /// How the scenario was named.
    pub name: String,
    /// Where it was.
    #[serde(with = "exact")]
    pub path: PathBuf,
    /// The folder that it was in, absolute.
    #[serde(with = "exact")]
    pub folder: PathBuf,
    /// It was standard input.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stdin: bool,
    /// The environment's file; empty if there is no environment.
    #[serde(default, with = "exact", skip_serializing_if = "is_empty")]
    pub environment: PathBuf,
    /// The folder in which steps work.
    #[serde(with = "exact")]
    pub root: PathBuf,
    /// What `--set` gave, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<Setting>,
    /// What is to survive the machine's death.
    pub sync: Sync,
    /// What was typed at a prompt may be part of it, of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
    /// The seed that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The starts of the machine in which it ran, each with the number of the journal's last line before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boots: Vec<(u64, String)>,
    /// What was to be run after it.
    #[serde(default, skip_serializing_if = "Following::is_empty")]
    pub following: Following,
    /// What the environment's plug-ins said of themselves, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    plugins: BTreeMap<String, Json>,
    /// The files.
    files: Vec<Text>,
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

/// Paths as text, or as their bytes where they are none.
mod exact {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Place {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        let place = match path.to_str() {
            Some(text) => Place::Text(text.to_owned()),
            None => Place::Bytes(path.as_os_str().as_bytes().to_vec()),
        };
        place.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Ok(match Place::deserialize(from)? {
            Place::Text(text) => PathBuf::from(text),
            Place::Bytes(bytes) => OsString::from_vec(bytes).into(),
        })
    }
}

/// A file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Text {
    #[serde(with = "exact")]
    path: PathBuf,
    /// What it held; nothing if a secret stood in it.
    text: Option<String>,
}

/// What `--set` gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// The name.
    pub name: String,
    /// The value; none if a secret stood in it.
    pub value: Option<String>,
}

/// What was given beside the files.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// The environment's file.
    pub environment: Option<&'a Path>,
    /// The folder in which steps work.
    pub root: &'a Path,
    /// What `--set` gave.
    pub set: &'a [(String, String)],
    /// What is to survive the machine's death.
    pub sync: Sync,
    /// The seed.
    pub seed: Option<u64>,
    /// What kind of prompt it has.
    pub live: Option<Live>,
    /// What is to be run after it.
    pub following: Following,
    /// What the environment's plug-ins say of themselves.
    pub plugins: BTreeMap<String, Json>,
}

impl Kept {
    /// Of a scenario that is run with these, and of which these files were read beside it.
    pub fn new<'a>(
        source: &'a Source,
        given: &Given<'_>,
        read: impl IntoIterator<Item = (&'a PathBuf, &'a Vec<u8>)>,
    ) -> Self {
        let scenario = (&source.path, &*source.bytes);
        let text = |(path, bytes): (&PathBuf, &Vec<u8>)| Text {
            path: path.clone(),
            text: String::from_utf8(bytes.clone()).ok(),
        };
        let set = given.set.iter().map(|(name, value)| Setting {
            name: name.clone(),
            value: Some(value.clone()),
        });
        Self {
            version: VERSION,
            name: source.name.clone(),
            path: source.path.clone(),
            folder: source.folder.clone(),
            stdin: source.is_stdin,
            environment: given.environment.unwrap_or(Path::new("")).to_owned(),
            root: given.root.to_owned(),
            set: set.collect(),
            sync: given.sync,
            seed: given.seed,
            live: given.live,
            boots: scn_process::boot()
                .map(|boot| (0, boot))
                .into_iter()
                .collect(),
            following: given.following.clone(),
            plugins: given.plugins.clone(),
            files: [scenario].into_iter().chain(read).map(text).collect(),
        }
    }

    /// Puts it into the folder of a run that has just begun, without what is secret; gives the file, which is not
    /// synced. One that was cut short is of a run in which nothing was done.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(self, folder: &Path, masker: Option<&Masker>) -> io::Result<File> {
        let text = self.text(masker)?;
        let path = folder.join(NAME);
        let made = File::options()
            .write(true)
            .create_new(true)
            .mode(PRIVATE)
            .open(&path);
        let written = made.and_then(|mut file| file.write_all(&text).map(|()| file));
        written.map_err(|error| named(&path, &error))
    }

    /// Puts it in place of what is in the run's folder: whole or not at all, even if the machine dies now.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn replace(self, folder: &Path) -> io::Result<()> {
        let text = self.text(None)?;
        let path = folder.join(NAME);
        let new = folder.join(format!("{NAME}.new"));
        let mut made = File::options();
        let made = made.write(true).create(true).truncate(true).mode(PRIVATE);
        let written = made.open(&new).and_then(|mut file| {
            file.write_all(&text)?;
            // Its name may be on disk before what it holds.
            file.sync_all()?;
            std::fs::rename(&new, &path)
        });
        written.map_err(|error| named(&path, &error))
    }

    /// As it is written, without what is secret.
    fn text(mut self, masker: Option<&Masker>) -> io::Result<Vec<u8>> {
        if let Some(masker) = masker.filter(|masker| !masker.is_empty()) {
            let texts = self.files.iter_mut().map(|file| &mut file.text);
            let values = self.set.iter_mut().map(|set| &mut set.value);
            for text in texts.chain(values) {
                if text
                    .as_deref()
                    .is_some_and(|text| masker.mask(text) != text)
                {
                    *text = None;
                }
            }
            let names = &mut self.following.names;
            names.retain(|name| masker.mask(name) == *name);
            self.plugins.retain(|_, said| {
                let said = said.to_string();
                masker.mask(&said) == said
            });
        }
        let mut text = serde_json::to_vec(&self)?;
        scn_protocol::json::make_harmless(&mut text, 0);
        text.push(b'\n');
        Ok(text)
    }

    /// Reads it from the run's folder; none if there is none, because nothing was done in that run.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, String> {
        let path = folder.join(NAME);
        let shown = path.display();
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{shown}: {}", crate::terminal::reason(&error))),
        };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let wrong = |error: serde_json::Error| format!("{shown}: {error}");
        let Version { version } = serde_json::from_slice(&text).map_err(wrong)?;
        if version > VERSION {
            return Err(format!(
                "{shown} has version {version}, and this scn knows {VERSION}: a newer scn wrote it, and can go on with the run"
            ));
        }
        serde_json::from_slice(&text).map(Some).map_err(wrong)
    }

    /// What the plug-ins of its environment said as it began; none if that was not kept of all of them.
    pub fn declared(&self, environment: Option<&Environment>) -> Option<Declared> {
        match environment {
            Some(environment) => Declared::recorded(environment, &self.plugins),
            None => Some(Declared::default()),
        }
    }

    /// The scenario, as it was.
    ///
    /// # Errors
    /// If it was not kept, and is not there any more.
    pub fn source(&self) -> io::Result<Source> {
        Ok(Source {
            name: self.name.clone(),
            path: self.path.clone(),
            folder: self.folder.clone(),
            bytes: Rc::new(Files::read(self, &self.path)?),
            is_stdin: self.stdin,
        })
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The files as they were; those that were not kept because a secret stood in them, as they are.
impl Files for Kept {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.files.iter().find(|file| file.path == path) {
            Some(Text {
                text: Some(text), ..
            }) => Ok(text.clone().into_bytes()),
            Some(Text { text: None, .. }) => Disk.read(path),
            // What was used at a prompt was not known as the run began.
            None if self.live.is_some() => Disk.read(path),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}
