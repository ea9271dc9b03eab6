//! `write`

use std::fs::OpenOptions;
use std::io::{self, Write as _};

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::args::Args;
use crate::effect::{blocking, reason, settle};

/// Writes a file.
pub(super) struct Write(Signature);

impl Write {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "write".into(),
            help: "Writes a file: exactly this content, no line end is added.\n\
                   What the file held before is gone, unless it is appended to. Its folder must \
                   be there. Lists and maps are written as JSON."
                .into(),
            params: vec![
                Param::required("file", Type::Text, "the file"),
                Param::required("content", Type::Any, "what it is to hold"),
                Param::optional("append", Type::Bool, false, "add to what it holds"),
            ],
            returns: Type::Size,
            returns_help: "how much was written".into(),
            examples: vec![example(
                "set file = \"#{run.dir}/book.txt\"\nwrite #{file} \"one\\n\"\n\
                 write #{file} \"two\\n\" append=true\nset text read #{file}\n\
                 echo #{join(lines(text), '+')}",
                "one+two",
            )],
            ..Signature::default()
        })
    }

    async fn write(call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let mut args = Args::new(call.args);
        let path = args.path(context);
        let content = args.value().to_raw().into_owned();
        let append = args.flag("append")?;
        let size = Value::Size(i64::try_from(content.len()).unwrap_or(i64::MAX));
        let shown = path.display().to_string();
        let written: io::Result<()> = blocking(move || {
            OpenOptions::new()
                .create(true)
                .write(true)
                .append(append)
                .truncate(!append)
                .open(path)?
                .write_all(&content)
        })
        .await?;
        match written {
            Ok(()) => Ok(Outcome::pass(size)),
            Err(error) => Err(Outcome::fail(format!("{shown}: {}", reason(&error)))),
        }
    }
}

impl Command for Write {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(Self::write(call, context).await) })
    }
}
