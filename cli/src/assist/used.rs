//! Steps of other files.

use std::path::{Path, PathBuf};

use scn_grammar::Span;
use scn_interpreter::Files;
use scn_protocol::Signature;

use super::outline::{Outline, OwnStep};

/// A step of a file that is used.
#[derive(Clone, Debug, PartialEq)]
pub struct UsedStep {
    /// The name that it has here: with the file's prefix, if it has one.
    pub name: String,
    /// What it says of itself.
    pub signature: Signature,
    /// Its file.
    pub file: PathBuf,
    /// Where its name stands in that file.
    pub span: Span,
}

impl UsedStep {
    /// A step of `file`, as a file that uses it calls it.
    pub fn new(step: &OwnStep, prefix: Option<&str>, file: &Path) -> Self {
        let own = &step.name.name;
        Self {
            name: prefix.map_or_else(|| own.to_string(), |prefix| format!("{prefix}.{own}")),
            signature: step.signature.clone(),
            file: file.to_owned(),
            span: step.name.span,
        }
    }
}

/// The steps of all files that a file in `folder` uses. One that cannot be read has none.
pub fn steps(outline: &Outline, folder: &Path, files: &dyn Files) -> Vec<UsedStep> {
    let mut all = Vec::new();
    for used in &outline.uses {
        let path = plain(&folder.join(&used.path.name));
        let Ok(bytes) = files.read(&path) else {
            continue;
        };
        let source = String::from_utf8_lossy(&bytes);
        let inner = Outline::of(&source, &scn_grammar::parse(&source).file);
        let prefix = used.prefix.as_ref().map(|prefix| prefix.name.as_str());
        let steps = inner.steps.iter();
        all.extend(steps.map(|step| UsedStep::new(step, prefix, &path)));
    }
    all
}

/// A path without `.` and, as far as that can be seen, `..`.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
