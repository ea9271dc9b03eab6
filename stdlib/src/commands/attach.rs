//! `attach`

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::args::Args;
use crate::effect::reason;

/// Keeps a file with the run.
pub(super) struct Attach(Signature);

impl Attach {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "attach".into(),
            help: "Keeps a copy of a file with the run; reports show it.\n\
                   The copy is as the file was at this moment."
                .into(),
            params: vec![
                Param::required("file", Type::Text, "the file"),
                Param::optional(
                    "name",
                    Type::Text,
                    Value::None,
                    "what it is called in reports; its own name unless said",
                ),
            ],
            returns: Type::Text,
            returns_help: "the name under which it is kept, in the run's folder".into(),
            repeatable: true,
            examples: vec![example(
                "write \"#{run.dir}/answer.txt\" 42\nattach \"#{run.dir}/answer.txt\" name=answer\n\
                 set lost attach /nowhere\necho #{lost.error}",
                "/nowhere: no such file or directory",
            )],
            ..Signature::default()
        })
    }

    fn keep(call: Call, context: &dyn Context) -> Outcome {
        let mut args = Args::new(call.args);
        let (path, name) = (args.path(context), args.optional_text());
        let shown = path.display();
        match std::fs::metadata(&path) {
            Err(error) => return Outcome::fail(format!("{shown}: {}", reason(&error))),
            Ok(found) if found.is_dir() => {
                return Outcome::fail(format!("{shown} is a directory, and not a file"));
            }
            Ok(_) => {}
        }
        let own = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.or(own).unwrap_or_else(|| "file".to_owned());
        match context.attach(&path, &name) {
            Ok(kept) => Outcome::pass(kept),
            Err(error) => Outcome::fail(format!("{shown} cannot be kept: {}", reason(&error))),
        }
    }
}

impl Command for Attach {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Self::keep(call, context)))
    }
}
