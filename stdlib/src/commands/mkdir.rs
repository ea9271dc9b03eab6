//! `mkdir`

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type};

use super::example;
use crate::args::Args;
use crate::effect::{blocking, reason, settle};

/// Makes a folder.
pub(super) struct Mkdir(Signature);

impl Mkdir {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "mkdir".into(),
            help: "Makes a folder, and those above it that are not there.\n\
                   One that is there already is as good."
                .into(),
            params: vec![Param::required("folder", Type::Text, "the folder")],
            returns: Type::Text,
            returns_help: "its path".into(),
            repeatable: true,
            examples: vec![example(
                "mkdir \"#{run.dir}/a/b\"\nmkdir \"#{run.dir}/a/b\"\necho #{exists(\"#{run.dir}/a/b\")}",
                "true",
            )],
            ..Signature::default()
        })
    }

    async fn make(call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let path = Args::new(call.args).path(context);
        let shown = path.to_string_lossy().into_owned();
        match blocking(move || std::fs::create_dir_all(path)).await? {
            Ok(()) => Ok(Outcome::pass(shown)),
            Err(error) => Err(Outcome::fail(format!("{shown}: {}", reason(&error)))),
        }
    }
}

impl Command for Mkdir {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(Self::make(call, context).await) })
    }
}
