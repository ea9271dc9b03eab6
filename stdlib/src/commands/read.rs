//! `read`

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Stream, Type};
use tokio::sync::mpsc;

use super::example;
use crate::args::Args;
use crate::effect::{reason, settle, stream, unrecorded};

/// How much is read at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// Gives a file's content.
pub(super) struct Read(Signature);

impl Read {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "read".into(),
            help: "Reads a file, of any size and any bytes, as `cat` would.\n\
                   Its content is the step's output: `.stdout` has every byte."
                .into(),
            params: vec![Param::required("file", Type::Text, "the file")],
            returns: Type::Text,
            returns_help: "the content, without its last line end".into(),
            repeatable: true,
            examples: vec![example(
                "write \"#{run.dir}/orders.csv\" \"id,qty\\n1,100\\n\"\n\
                 set orders read \"#{run.dir}/orders.csv\"\necho #{len(lines(orders))} lines",
                "2 lines",
            )],
            ..Signature::default()
        })
    }

    async fn read(call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let path = Args::new(call.args).path(context);
        let shown = path.display().to_string();
        let mut pieces = stream(move |sender| send(&path, &sender))?;
        while let Some(piece) = pieces.recv().await {
            let bytes =
                piece.map_err(|error| Outcome::fail(format!("{shown}: {}", reason(&error))))?;
            context.output(Stream::Stdout, &bytes).map_err(unrecorded)?;
        }
        Ok(Outcome {
            value: None,
            ..Outcome::pass(true)
        })
    }
}

/// Sends a file in pieces; the last one may be the error.
fn send(path: &Path, sender: &mpsc::Sender<io::Result<Vec<u8>>>) {
    let result = File::open(path).and_then(|mut file| {
        loop {
            let mut piece = vec![0; CHUNK];
            let read = match file.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            piece.truncate(read);
            if read == 0 || sender.blocking_send(Ok(piece)).is_err() {
                return Ok(());
            }
        }
    });
    if let Err(error) = result {
        // If nobody waits any more, nobody is to be told.
        let _ = sender.blocking_send(Err(error));
    }
}

impl Command for Read {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(Self::read(call, context).await) })
    }
}
