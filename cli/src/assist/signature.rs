//! What the command or function around the caret takes.

use scn_grammar::Span;
use scn_interpreter::bind::{Goes, assign};
use scn_interpreter::function;
use scn_protocol::Signature;

use super::Around;
use super::reader::{Line, Slot, line_at, read};
use super::resolve::{brief, resolve, usage};

/// A signature, and where in it the caret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    /// The whole: `copy FROM TO [RECURSIVE]`.
    pub text: String,
    /// What it does, in a sentence.
    pub help: String,
    /// Each parameter: where it stands in `text`, in bytes, and what it is for.
    pub parameters: Vec<(usize, usize, String)>,
    /// The one that the caret stands at.
    pub active: Option<usize>,
}

/// What the innermost command or function around byte `caret` of `text` takes.
pub fn signature(text: &str, caret: usize, around: &Around<'_>) -> Option<Help> {
    let line = read(text, line_at(text, caret), Some(caret));
    if let Some(argument) = line.argument {
        return of_function(&text[argument.function.range()], argument.at);
    }
    let call = match line.spot.as_ref().map(|spot| &spot.slot) {
        Some(Slot::Word { call, at }) => Some((*call, *at)),
        _ => around_word(&line, caret),
    };
    let (call, at) = call?;
    of_command(text, &line, call, at, around)
}

/// The word that the caret is inside of, where that is an interpolation or a quoted text of a word.
fn around_word(line: &Line, caret: usize) -> Option<(usize, usize)> {
    let holds = |word: &Span| (word.start as usize..=word.end as usize).contains(&caret);
    let in_call = |(index, call): (usize, &super::reader::Call)| {
        call.words.iter().position(holds).map(|at| (index, at))
    };
    line.calls.iter().enumerate().find_map(in_call)
}

fn of_function(name: &str, at: usize) -> Option<Help> {
    let function = function::find(name)?;
    let text = function.signature.to_owned();
    let open = text.find('(').map_or(text.len(), |open| open + 1);
    let mut parameters = Vec::new();
    let mut start = open;
    let inner = text[open..].trim_end_matches(')');
    for part in inner.split(',') {
        let plain = part.trim_matches([' ', '[', ']']);
        let from = start + part.find(plain).unwrap_or(0);
        if !plain.is_empty() {
            parameters.push((from, from + plain.len(), String::new()));
        }
        start += part.len() + 1;
    }
    let last = parameters.len().checked_sub(1);
    Some(Help {
        help: brief(function.help).to_owned(),
        active: last.map(|last| at.min(last)),
        parameters,
        text,
    })
}

fn of_command(
    text: &str,
    line: &Line,
    call: usize,
    at: usize,
    around: &Around<'_>,
) -> Option<Help> {
    let call = line.calls.get(call)?;
    let name = &text[call.name.range()];
    let meaning = resolve(name, around)?;
    let signature = meaning.signature(name);
    let words: Vec<&str> = call.words.iter().map(|word| &text[word.range()]).collect();
    let (text, places) = usage(&signature);
    let all = signature.params.iter().chain(&signature.rest);
    let parameters = places.into_iter().zip(all).map(|((start, end), param)| {
        let help = match param.help.is_empty() {
            true => param.kind.name().to_owned(),
            false => format!("{}: {}", param.kind.name(), param.help),
        };
        (start, end, help)
    });
    Some(Help {
        text,
        help: brief(&signature.help).to_owned(),
        parameters: parameters.collect(),
        active: active(&signature, &words, at),
    })
}

/// Which parameter the word of that number goes to, by the rule that binds words.
fn active(signature: &Signature, words: &[&str], at: usize) -> Option<usize> {
    let mut words: Vec<&str> = words.iter().copied().take(at + 1).collect();
    // The word that is about to be typed.
    words.resize(at + 1, "");
    let declared = |name: &&str| signature.params.iter().any(|param| param.name == *name);
    let names = words.iter().map(|word| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.filter(declared)
    });
    let names: Vec<Option<&str>> = names.collect();
    // What is not there yet may be missing.
    let mut lenient = signature.clone();
    for param in &mut lenient.params {
        param.default.get_or_insert(scn_protocol::Value::None);
    }
    lenient.rest_least = 0;
    match assign(&lenient, &names).ok()?.get(at)? {
        Goes::Param(param) => Some(*param),
        Goes::Rest | Goes::RestWhole => Some(signature.params.len()),
    }
}
