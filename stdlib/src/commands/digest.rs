//! `digest`

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type};
use sha2::{Digest as _, Sha256};

use super::example;
use crate::args::Args;
use crate::effect::{blocking, reason, settle};

/// Gives a file's SHA-256.
pub(super) struct Digest(Signature);

impl Digest {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "digest".into(),
            help: "Gives the SHA-256 of a file's content.\n\
                   Two files with the same digest hold the same bytes."
                .into(),
            params: vec![Param::required("file", Type::Text, "the file")],
            returns: Type::Text,
            returns_help: "64 hexadecimal digits, in lower case, as sha256sum prints them".into(),
            repeatable: true,
            examples: vec![example(
                "write \"#{run.dir}/abc\" abc\nset sum digest \"#{run.dir}/abc\"\necho #{sum}",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            )],
            ..Signature::default()
        })
    }

    async fn digest(call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let path = Args::new(call.args).path(context);
        let shown = path.display().to_string();
        match blocking(move || sha256(&path)).await? {
            Ok(digest) => Ok(Outcome::pass(digest)),
            Err(error) => Err(Outcome::fail(format!("{shown}: {}", reason(&error)))),
        }
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => hash.update(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

impl Command for Digest {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(Self::digest(call, context).await) })
    }
}
