//! `copy`

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type};

use super::example;
use crate::args::Args;
use crate::effect::{blocking, reason, settle};

/// Copies a file or a folder.
pub(super) struct Copy(Signature);

impl Copy {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "copy".into(),
            help: "Copies a file with its permissions; with `recursive=true` a folder.\n\
                   Where the target is a folder that is there, the copy is made in it, under the \
                   same name. A file that is there is replaced. Links within a folder stay links."
                .into(),
            params: vec![
                Param::required("from", Type::Text, "the file or folder"),
                Param::required("to", Type::Text, "what the copy is called, or its folder"),
                Param::optional("recursive", Type::Bool, false, "copy folders whole"),
            ],
            returns: Type::Text,
            returns_help: "the path of the copy".into(),
            repeatable: true,
            examples: vec![example(
                "write \"#{run.dir}/a.txt\" first\nmkdir \"#{run.dir}/kept\"\n\
                 copy \"#{run.dir}/a.txt\" \"#{run.dir}/kept\"\n\
                 set text read \"#{run.dir}/kept/a.txt\"\necho #{text}",
                "first",
            )],
            ..Signature::default()
        })
    }

    async fn copy(call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let mut args = Args::new(call.args);
        let (from, to) = (args.path(context), args.path(context));
        let recursive = args.flag("recursive")?;
        let target = match from.file_name() {
            Some(name) if to.is_dir() => to.join(name),
            _ => to,
        };
        let copy = target.to_string_lossy().into_owned();
        match blocking(move || copy_any(&from, &target, recursive)).await? {
            Ok(()) => Ok(Outcome::pass(copy)),
            Err((path, why)) => Err(Outcome::fail(format!("{}: {why}", path.display()))),
        }
    }
}

/// Where it went wrong, and why.
type Failure = (PathBuf, String);

fn at(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    move |error| (path.to_owned(), reason(&error))
}

fn copy_any(from: &Path, to: &Path, recursive: bool) -> Result<(), Failure> {
    if !fs::metadata(from).map_err(at(from))?.is_dir() {
        return copy_file(from, to);
    }
    if !recursive {
        let why = "is a directory; `recursive=true` copies it whole";
        return Err((from.to_owned(), why.to_owned()));
    }
    let source = fs::canonicalize(from).map_err(at(from))?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    if fs::canonicalize(parent).is_ok_and(|parent| parent.starts_with(&source)) {
        return Err((from.to_owned(), "cannot be copied into itself".to_owned()));
    }
    copy_folder(from, to)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), Failure> {
    let same = |a: &Path, b: &Path| matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b);
    if same(from, to) {
        return Err((from.to_owned(), "cannot be copied onto itself".to_owned()));
    }
    match fs::copy(from, to) {
        Ok(_) => Ok(()),
        // Either may be at fault: the source if it cannot be opened.
        Err(error) if fs::File::open(from).is_err() => Err(at(from)(error)),
        Err(error) => Err(at(to)(error)),
    }
}

/// One folder after the other, so that no depth of folders overflows the stack.
fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        match fs::create_dir(&to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && to.is_dir() => {}
            made => made.map_err(at(&to))?,
        }
        for entry in fs::read_dir(&from).map_err(at(&from))? {
            let entry = entry.map_err(at(&from))?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type().map_err(at(&source))?;
            if kind.is_dir() {
                folders.push((source, target));
            } else if kind.is_symlink() {
                let points_to = fs::read_link(&source).map_err(at(&source))?;
                if fs::symlink_metadata(&target).is_ok() {
                    fs::remove_file(&target).map_err(at(&target))?;
                }
                symlink(points_to, &target).map_err(at(&target))?;
            } else if kind.is_file() {
                copy_file(&source, &target)?;
            } else {
                let why = "is neither a file, a directory nor a link";
                return Err((source, why.to_owned()));
            }
        }
        let mode = fs::metadata(&from).map_err(at(&from))?.permissions();
        fs::set_permissions(&to, mode).map_err(at(&to))?;
    }
    Ok(())
}

impl Command for Copy {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(Self::copy(call, context).await) })
    }
}
