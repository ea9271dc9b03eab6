//! The files that the client has open, and what is known of each.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use lsp_types::Uri;
use scn_grammar::parse;
use scn_grammar::tree::File;
use scn_interpreter::{Disk, Files};

use super::text::Text;
use crate::assist::{Outline, UsedStep};

/// What a file is to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A scenario.
    Scenario,
    /// An environment's file.
    Environment,
    /// `scn.toml`
    Project,
}

/// A file that is open.
#[derive(Debug)]
pub struct Document {
    /// Its address, as the client writes it.
    pub uri: Uri,
    /// Where it lies.
    pub path: PathBuf,
    /// What it is.
    pub sort: Sort,
    /// The client's number of this state.
    pub version: i32,
    /// What it holds.
    pub text: Text,
    tree: OnceCell<Rc<Tree>>,
    used: RefCell<Option<Rc<Vec<UsedStep>>>>,
}

/// A scenario's tree, as far as it can be read.
#[derive(Debug)]
pub struct Tree {
    /// The tree.
    pub file: File,
    /// What it declares and names.
    pub outline: Outline,
    /// The first line that cannot be read, from 1.
    pub unread: Option<usize>,
}

impl Tree {
    /// The tree of a scenario.
    pub fn of(source: &str) -> Self {
        let parsed = parse(source);
        let first = parsed.diagnostics.first();
        Self {
            outline: Outline::of(source, &parsed.file),
            unread: first.map(|found| scn_grammar::line_col(source, found.span.start as usize).0),
            file: parsed.file,
        }
    }
}

impl Document {
    /// A file that was opened, if it is one that the server knows something of.
    pub fn open(uri: Uri, path: PathBuf, version: i32, text: String) -> Option<Self> {
        let sort = sort(&path)?;
        Some(Self {
            uri,
            path,
            sort,
            version,
            text: Text::new(text),
            tree: OnceCell::new(),
            used: RefCell::default(),
        })
    }

    /// Its tree, made once for each state.
    pub fn tree(&self) -> Rc<Tree> {
        let make = || Rc::new(Tree::of(self.text.as_str()));
        Rc::clone(self.tree.get_or_init(make))
    }

    /// It has changed.
    pub fn changed(&mut self) {
        self.tree = OnceCell::new();
    }

    /// The steps of the files that it uses; kept until some file changes.
    pub fn used(&self, files: &dyn Files) -> Rc<Vec<UsedStep>> {
        let mut used = self.used.borrow_mut();
        let make = || {
            let outline = &self.tree().outline;
            Rc::new(crate::assist::used::steps(outline, self.folder(), files))
        };
        Rc::clone(used.get_or_insert_with(make))
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }
}

/// What a file is, by its name.
pub fn sort(path: &Path) -> Option<Sort> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().and_then(Path::file_name);
    match path.extension()?.to_str()? {
        "scn" => Some(Sort::Scenario),
        "toml" if name == "scn.toml" => Some(Sort::Project),
        "toml" if folder.is_some_and(|folder| folder == "environments") => Some(Sort::Environment),
        _ => None,
    }
}

/// All files that are open.
#[derive(Debug, Default)]
pub struct Documents {
    open: HashMap<PathBuf, Document>,
}

impl Documents {
    /// Adds one; takes the place of an older state.
    pub fn add(&mut self, document: Document) {
        self.open.insert(document.path.clone(), document);
        self.forget_used();
    }

    /// The file is closed: what is on disk counts again.
    pub fn close(&mut self, path: &Path) {
        self.open.remove(path);
        self.forget_used();
    }

    /// An open file.
    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// An open file that is about to change.
    pub fn get_mut(&mut self, path: &Path) -> Option<&mut Document> {
        self.forget_used();
        self.open.get_mut(path)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.open.values()
    }

    /// Some file has changed that others may use.
    pub fn forget_used(&self) {
        for document in self.open.values() {
            document.used.replace(None);
        }
    }

    /// What each open file holds, for another thread.
    pub fn texts(&self) -> HashMap<PathBuf, Arc<str>> {
        let texts = self.open.iter();
        texts
            .map(|(path, document)| (path.clone(), Arc::from(document.text.as_str())))
            .collect()
    }
}

/// A file as it was when it was looked at: if it is still the same, so is what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// It is open, and its text has this digest.
    Open(u64),
    /// It is on disk, was changed then, and is so long.
    Disk(Option<SystemTime>, u64),
    /// It is not there.
    None,
}

impl Stamp {
    fn open(text: &str) -> Self {
        let mut digest = DefaultHasher::new();
        text.hash(&mut digest);
        Self::Open(digest.finish())
    }

    fn disk(path: &Path) -> Self {
        match std::fs::metadata(path) {
            Ok(known) => Self::Disk(known.modified().ok(), known.len()),
            Err(_) => Self::None,
        }
    }
}

/// Files of which it is known without reading them whether they have changed.
pub trait Stamped: Files {
    /// The file, or folder, as it is now.
    fn stamp(&self, path: &Path) -> Stamp;
}

impl Stamped for Documents {
    fn stamp(&self, path: &Path) -> Stamp {
        match self.open.get(path) {
            Some(document) => Stamp::open(document.text.as_str()),
            None => Stamp::disk(path),
        }
    }
}

impl Stamped for Overlay {
    fn stamp(&self, path: &Path) -> Stamp {
        match self.open.get(path) {
            Some(text) => Stamp::open(text),
            None => Stamp::disk(path),
        }
    }
}

impl Files for Documents {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.open.get(path) {
            Some(document) => Ok(document.text.as_str().as_bytes().to_vec()),
            None => Disk.read(path),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        Disk.list(folder)
    }
}

/// The files on disk, and over them what is open.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// What each open file holds.
    pub open: HashMap<PathBuf, Arc<str>>,
}

impl Files for Overlay {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.open.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Disk.read(path),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        Disk.list(folder)
    }
}
