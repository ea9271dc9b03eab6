//! `scn init`

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use scn_report::text::shell_word;

use super::shown;
use crate::exit::Exit;
use crate::terminal;

/// A file of the project: where it goes, what stands in it, and what it is for.
type Part = (&'static str, &'static str, &'static str);

/// What a project begins with. `system/` is there so that it works before there is a system.
const PARTS: &[Part] = &[
    (
        "shop.scn",
        include_str!("init/project/shop.scn"),
        "a scenario: what to do, and what must then be true",
    ),
    (
        "environments/local.toml",
        include_str!("init/project/local.toml"),
        "what its words mean on this machine",
    ),
    (
        "system/shop.sh",
        include_str!("init/project/shop.sh"),
        "the system under test: put your own in its place",
    ),
    (
        "scn.toml",
        include_str!("init/project/scn.toml"),
        "the project's root, and its default environment",
    ),
];

/// Records of runs are no part of what is kept under version control.
const IGNORED: &str = ".scn/";

/// Make a project that works
///
/// A scenario, an environment that says what its words mean, and a small shop for them to test, which
/// needs nothing but a shell. No file that is there is changed: one that is in the way is named, and
/// nothing is made.
///
/// Examples:
///
///     scn init
///     scn init tests/system
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Init {
    /// Where to; it is made if it is not there.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

impl Init {
    /// Does it.
    pub fn run(self) -> Exit {
        if self.folder.exists() && !self.folder.is_dir() {
            terminal::complain(format!(
                "{} is no folder: name one that there is, or a new one",
                display(&self.folder)
            ));
            return Exit::Wrong;
        }
        let taken: Vec<&str> = PARTS
            .iter()
            .map(|(path, _, _)| *path)
            .filter(|path| self.folder.join(path).symlink_metadata().is_ok())
            .collect();
        if !taken.is_empty() {
            for path in taken {
                let path = self.folder.join(path);
                terminal::complain(format!("{} is there already", display(&path)));
            }
            terminal::tell(
                "nothing was made: move what is in the way, or name another folder, scn init FOLDER\n",
            );
            return Exit::Wrong;
        }
        match self.make() {
            Ok(ignored) => shown(&self.made(ignored)),
            Err((path, error)) => {
                let reason = terminal::reason(&error);
                terminal::complain(format!("{} cannot be made: {reason}", display(&path)));
                Exit::Error
            }
        }
    }

    /// Makes it; whether `.gitignore` leaves out what is to be left out.
    fn make(&self) -> Result<bool, (PathBuf, io::Error)> {
        for (path, text, _) in PARTS {
            let path = self.folder.join(path);
            write_new(&path, text).map_err(|error| (path, error))?;
        }
        let path = self.folder.join(".gitignore");
        match write_new(&path, &format!("{IGNORED}\n")) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let text = fs::read_to_string(&path).unwrap_or_default();
                let same = |line: &str| line.trim().trim_matches('/') == ".scn";
                Ok(text.lines().any(same))
            }
            Err(error) => Err((path, error)),
        }
    }

    /// What was made, and what is to be typed next.
    fn made(&self, ignored: bool) -> String {
        let here = self.folder == Path::new(".");
        let folder = match here {
            true => "This folder".to_owned(),
            false => display(&self.folder),
        };
        let mut text = format!("{folder} is a project that works:\n\n");
        for (path, _, what) in PARTS {
            text.push_str(&format!("    {path:<24} {what}\n"));
        }
        if !ignored {
            text.push_str(&format!(
                "\nRecords of runs are kept in {IGNORED}: add that line to .gitignore, which was there already.\n"
            ));
        }
        text.push_str("\nNext:\n\n");
        if !here {
            let folder = self.folder.to_string_lossy();
            let dashes = if folder.starts_with('-') { "./" } else { "" };
            let folder = format!("{dashes}{folder}");
            text.push_str(&format!("    cd {}\n", shell_word(&folder)));
        }
        text.push_str("    scn check shop.scn\n    scn run shop.scn\n\n");
        text.push_str("The same shop with a bug, to see a FAIL:\n\n");
        text.push_str("    scn run shop.scn --set forgetful=true\n");
        text
    }
}

/// Writes a file that was not there, and the folders that it is in.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}

/// A path as it is shown: `./a` is `a`.
fn display(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
