//! A call on its way: the message that is said most, written and read without a tree.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use super::Ask;
use crate::collection::Map;
use crate::json::{Named, Tagged, Untagged};
use crate::value::Value;

/// What a call says, to be written.
#[derive(Serialize)]
pub(super) struct Said<'a> {
    pub command: &'a str,
    #[serde(serialize_with = "named")]
    pub args: &'a Map,
    #[serde(serialize_with = "listed")]
    pub rest: &'a [Value],
    pub run: &'a str,
    pub step: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Tagged<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// In nanoseconds.
    pub time_left: Option<u64>,
}

/// Names are never tags, whatever they are.
fn named<S: serde::Serializer>(args: &Map, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(args.iter().map(|(name, value)| (name, Tagged(value))))
}

fn listed<S: serde::Serializer>(rest: &[Value], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rest.iter().map(Tagged))
}

impl Said<'_> {
    /// The whole line, with its end.
    pub fn line(&self, id: u64) -> Vec<u8> {
        let mut line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"call","params":"#);
        super::write(&mut line, self);
        line.push_str("}\n");
        line.into_bytes()
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
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
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
