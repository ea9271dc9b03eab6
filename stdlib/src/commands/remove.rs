//! `remove`

use std::fs;
use std::io;
use std::path::Path;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::args::Args;
use crate::effect::{blocking, reason, settle};

/// Removes a file or a folder.
pub(super) struct Remove(Signature);

impl Remove {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "remove".into(),
            help: "Removes a file, a link or an empty folder; with `recursive=true` any folder.\n\
                   A link is removed, and not what it points to. What is not there is a failure, \
                   unless `missing=true`. The project's root, and what holds it, is never removed."
                .into(),
            params: vec![
                Param::required("path", Type::Text, "the file or folder"),
                Param::optional("recursive", Type::Bool, false, "with all that it holds"),
                Param::optional("missing", Type::Bool, false, "it need not be there"),
            ],
            returns: Type::Bool,
            returns_help: "whether it was there".into(),
            examples: vec![example(
                "mkdir \"#{run.dir}/a/b\"\nset kept remove \"#{run.dir}/a\"\n\
                 echo #{kept.error != none}\nremove \"#{run.dir}/a\" recursive=true\n\
                 set again remove \"#{run.dir}/a\" missing=true\necho #{again}",
                "true\nfalse",
            )],
            ..Signature::default()
        })
    }

    async fn remove(call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let mut args = Args::new(call.args);
        let path = args.path(context);
        let recursive = args.flag("recursive")?;
        let missing = args.flag("missing")?;
        let root = context.root().to_owned();
        let shown = path.display().to_string();
        match blocking(move || remove(&path, &root, recursive)).await? {
            Ok(()) => Ok(Outcome::pass(true)),
            Err(error) if missing && error.kind() == io::ErrorKind::NotFound => {
                Ok(Outcome::pass(Value::Bool(false)))
            }
            Err(error) => Err(Outcome::fail(format!("{shown}: {}", reason(&error)))),
        }
    }
}

fn remove(path: &Path, root: &Path, recursive: bool) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path);
    }
    if !recursive {
        return fs::remove_dir(path);
    }
    if fs::canonicalize(root)?.starts_with(fs::canonicalize(path)?) {
        return Err(io::Error::other("holds the project's root: not removed"));
    }
    fs::remove_dir_all(path)
}

impl Command for Remove {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(Self::remove(call, context).await) })
    }
}
