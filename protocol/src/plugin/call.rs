//! A call on its way: the message that is said most, written and read without a tree.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{Ask, HEAD, numbered};
use crate::json::{
    Brief, Named, Untagged, write_json, write_list, write_map, write_text, write_value,
};
use crate::value::Value;

/// What a call says, to be written where it stands: as [`Ask::Call`] is, but for what is only lent.
#[derive(Clone, Copy, Debug)]
pub struct Calling<'a, A> {
    /// Which command.
    pub command: &'a str,
    /// A value for every parameter, by its name.
    pub args: A,
    /// The words beyond.
    pub rest: &'a [Value],
    /// What the scenario gives it as its input.
    pub input: Option<&'a Value>,
    /// The run's name.
    pub run: &'a str,
    /// The step's number.
    pub step: u64,
    /// How long until it is cancelled because its time is up, where that is told.
    pub time_left: Option<Duration>,
}

/// What stands between a call's number and what it says.
const NECK: &str = r#","method":"call","params":"#;

/// What stands before each part of what it says, in this order.
const COMMAND: &str = r#"{"command":"#;
const ARGS: &str = r#","args":"#;
const REST: &str = r#","rest":"#;
const RUN: &str = r#","run":"#;
const STEP: &str = r#","step":"#;
const INPUT: &str = r#","input":"#;
/// In nanoseconds.
const TIME_LEFT: &str = r#","time_left":"#;

/// So many bytes are most calls at most.
const ROOM: usize = 512;

impl<'a, A: Iterator<Item = (&'a str, &'a Value)>> Calling<'a, A> {
    /// The whole line, with its end. Secrets stand in it as they are.
    pub fn line(self, id: u64) -> Vec<u8> {
        let mut line = Vec::with_capacity(ROOM);
        line.extend_from_slice(HEAD.as_bytes());
        write_json(&mut line, &id);
        line.extend_from_slice(NECK.as_bytes());
        line.extend_from_slice(COMMAND.as_bytes());
        write_text(&mut line, self.command);
        line.extend_from_slice(ARGS.as_bytes());
        // Names among the arguments are never tags, whatever they are.
        write_map(&mut line, self.args);
        line.extend_from_slice(REST.as_bytes());
        write_list(&mut line, self.rest);
        line.extend_from_slice(RUN.as_bytes());
        write_text(&mut line, self.run);
        line.extend_from_slice(STEP.as_bytes());
        write_json(&mut line, &self.step);
        if let Some(input) = self.input {
            line.extend_from_slice(INPUT.as_bytes());
            write_value(&mut line, input);
        }
        if let Some(left) = self.time_left {
            line.extend_from_slice(TIME_LEFT.as_bytes());
            let nanos = u64::try_from(left.as_nanos()).unwrap_or(u64::MAX);
            write_json(&mut line, &nanos);
        }
        line.extend_from_slice(b"}}\n");
        line
    }
}

/// A line, if it is a call.
#[derive(Deserialize)]
struct Line<'l> {
    jsonrpc: &'l str,
    id: u64,
    method: &'l str,
    params: Heard,
}

/// What a call says, as it is read.
#[derive(Deserialize)]
struct Heard {
    command: String,
    #[serde(default)]
    args: Named,
    #[serde(default)]
    rest: Vec<Untagged>,
    // Nothing as an input is another thing than no input.
    #[serde(default, deserialize_with = "there")]
    input: Option<Untagged>,
    #[serde(default)]
    run: String,
    #[serde(default)]
    step: u64,
    time_left: Option<u64>,
}

fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Untagged>, D::Error> {
    Untagged::deserialize(from).map(Some)
}

/// Reads a line that is a call; none if it is another message, or is not as it should be.
pub(super) fn read(line: &[u8]) -> Option<Ask> {
    let line = str::from_utf8(line).ok()?;
    in_order(line).or_else(|| in_any_order(line))
}

/// A line of which all parts stand as they are written here, and nothing else.
fn in_order(line: &str) -> Option<Ask> {
    let (id, rest) = numbered(line)?;
    let mut brief = Brief::new(rest.strip_prefix(NECK)?);
    brief.literally(COMMAND)?;
    let command = brief.text()?.to_owned();
    brief.literally(ARGS)?;
    let args = brief.named()?;
    brief.literally(REST)?;
    let rest = brief.list()?;
    brief.literally(RUN)?;
    let run = brief.text()?.to_owned();
    brief.literally(STEP)?;
    let step = brief.natural()?;
    let input = match brief.literally(INPUT) {
        Some(()) => Some(brief.value()?),
        None => None,
    };
    let time_left = match brief.literally(TIME_LEFT) {
        Some(()) => Some(Duration::from_nanos(brief.natural()?)),
        None => None,
    };
    brief.literally("}}")?;
    brief.end()?;
    Some(Ask::Call {
        id,
        command,
        args,
        rest,
        input,
        run,
        step,
        time_left,
    })
}

/// A line that says the same in any other way.
fn in_any_order(line: &str) -> Option<Ask> {
    let line: Line<'_> = serde_json::from_str(line).ok()?;
    if line.jsonrpc != "2.0" || line.method != "call" {
        return None;
    }
    let heard = line.params;
    Some(Ask::Call {
        id: line.id,
        command: heard.command,
        args: heard.args.0,
        rest: heard.rest.into_iter().map(|Untagged(word)| word).collect(),
        input: heard.input.map(|Untagged(input)| input),
        run: heard.run,
        step: heard.step,
        time_left: heard.time_left.map(Duration::from_nanos),
    })
}
