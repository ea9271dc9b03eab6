//! `diff`

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Stream, Type, Value};
use similar::TextDiff;

use super::example;
use crate::args::{Args, path_of};
use crate::effect::{blocking, reason, settle, unrecorded};

/// Files that differ everywhere have many shortest differences; after this time the best one
/// so far is taken.
const SEARCH: Duration = Duration::from_secs(5);

/// Compares two files.
pub(super) struct Diff(Signature);

impl Diff {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "diff".into(),
            help: "Compares two files line by line, and fails if they differ.\n\
                   `-` in the place of one is the step's input. Files that are not text are only \
                   told to differ, with the first byte that does."
                .into(),
            params: vec![
                Param::required(
                    "a",
                    Type::Text,
                    "what is expected: a file, or - for the input",
                ),
                Param::required("b", Type::Text, "what there is: a file, or - for the input"),
                Param::optional("context", Type::Int, 3, "lines shown around a difference"),
            ],
            returns: Type::Text,
            returns_help: "the unified difference; an empty text if there is none".into(),
            repeatable: true,
            examples: vec![example(
                "write \"#{run.dir}/a\" \"1\\n2\\n\"\ncopy \"#{run.dir}/a\" \"#{run.dir}/b\"\n\
                 diff \"#{run.dir}/a\" \"#{run.dir}/b\"\n\
                 set changed input \"1\\n3\\n\" diff \"#{run.dir}/a\" -\n\
                 echo #{lines(changed) where it matches '^[-+]\\d'}",
                "[\"-2\",\"+3\"]",
            )],
            ..Signature::default()
        })
    }

    async fn compare(call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let input = call.input.map(|input| input.to_raw().into_owned());
        let mut args = Args::new(call.args);
        let a = Side::new(&args.value(), input.as_ref(), context);
        let b = Side::new(&args.value(), input.as_ref(), context);
        let around = args.count("context")?;
        let compared = blocking(move || compare(a, b, around as usize)).await?;
        match compared.map_err(Outcome::fail)? {
            Compared::Same => Ok(Outcome::pass("")),
            Compared::Differ { why, lines } => {
                context
                    .output(Stream::Stdout, lines.as_bytes())
                    .map_err(unrecorded)?;
                Ok(Outcome::fail(why).with_value(Value::from(lines)))
            }
        }
    }
}

/// One of the two that are compared.
struct Side {
    name: String,
    content: Content,
}

enum Content {
    File(PathBuf),
    Input(Vec<u8>),
}

impl Side {
    fn new(value: &Value, input: Option<&Vec<u8>>, context: &dyn Context) -> Self {
        let name = value.to_text().into_owned();
        let content = if name == "-" {
            Content::Input(input.cloned().unwrap_or_default())
        } else {
            Content::File(path_of(value, context))
        };
        Self { name, content }
    }

    fn read(&mut self) -> Result<Vec<u8>, String> {
        match &mut self.content {
            Content::Input(bytes) => Ok(std::mem::take(bytes)),
            Content::File(path) => {
                fs::read(&path).map_err(|error| format!("{}: {}", path.display(), reason(&error)))
            }
        }
    }
}

enum Compared {
    Same,
    Differ { why: String, lines: String },
}

fn compare(mut a: Side, mut b: Side, around: usize) -> Result<Compared, String> {
    let (old, new) = (a.read()?, b.read()?);
    if old == new {
        return Ok(Compared::Same);
    }
    let (Ok(old_text), Ok(new_text)) = (str::from_utf8(&old), str::from_utf8(&new)) else {
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let why = format!("{} and {} differ from byte {} on", a.name, b.name, same + 1);
        let lines = String::new();
        return Ok(Compared::Differ { why, lines });
    };
    let (old_lines, new_lines) = (lines_of(old_text), lines_of(new_text));
    let found = TextDiff::configure()
        .timeout(SEARCH)
        .newline_terminated(true)
        .diff_slices(&old_lines, &new_lines);
    let lines = found
        .unified_diff()
        .context_radius(around)
        .header(&a.name, &b.name)
        .to_string();
    let count = |sign: char| {
        lines
            .split('\n')
            .skip(2)
            .filter(|line| line.starts_with(sign))
            .count()
    };
    let why = format!(
        "{} and {} differ: {} removed, {} added",
        a.name,
        b.name,
        lines_text(count('-')),
        lines_text(count('+'))
    );
    Ok(Compared::Differ { why, lines })
}

/// A line ends where `\n` stands, and nowhere else: what else stands in it stays whole.
fn lines_of(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn lines_text(count: usize) -> String {
    match count {
        1 => "1 line".to_owned(),
        more => format!("{more} lines"),
    }
}

impl Command for Diff {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(Self::compare(call, context).await) })
    }
}
