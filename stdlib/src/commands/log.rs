//! `log`

use std::borrow::Cow;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Misused, Outcome};
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::args::Args;

const LEVELS: [&str; 4] = ["debug", "info", "warning", "error"];

/// Notes a line in the run's log.
pub(super) struct Log(Signature);

impl Log {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "log".into(),
            help: "Notes a line in the record of the run.\n\
                   Unlike `echo` it is for who reads the record, and not on standard output."
                .into(),
            params: vec![
                Param::required("message", Type::Text, "the line"),
                Param::optional("level", Type::Text, "info", "debug, info, warning or error"),
            ],
            returns_help: "nothing".into(),
            repeatable: true,
            examples: vec![example(
                "log 'the load is on' level=debug\nlog \"#{2 * 21} orders\"\necho noted",
                "noted",
            )],
            ..Signature::default()
        })
    }

    fn note(call: Call, context: &dyn Context) -> Outcome {
        let mut args = Args::new(call.args);
        let (message, level) = (args.text(), args.text());
        if !LEVELS.contains(&level.as_str()) {
            return Outcome::error(format!(
                "`level` is debug, info, warning or error, not `{level}`"
            ));
        }
        context.log(&level, &message);
        Outcome::pass(Value::None)
    }
}

impl Command for Log {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn misused(&self, words: &[Option<Cow<'_, str>>]) -> Option<Misused> {
        let named = |word: &str| word.starts_with("level=") || word.starts_with("message=");
        let by_place = |word: &Option<Cow<'_, str>>| !word.as_deref().is_some_and(named);
        let is_level_named = |word: &Option<Cow<'_, str>>| {
            word.as_deref()
                .is_some_and(|word| word.starts_with("level="))
        };
        // What has no name is the message, and then the level.
        let mut unnamed = words.iter().enumerate().filter(|(_, word)| by_place(word));
        let second = match words.iter().any(is_level_named) {
            true => None,
            false => unnamed.nth(1).map(|(at, _)| at),
        };
        let mut places = words.iter().enumerate().filter_map(|(at, word)| {
            let word = word.as_deref()?;
            match word.strip_prefix("level=") {
                Some(level) => Some((at, level)),
                None => (second == Some(at)).then_some((at, word)),
            }
        });
        let (word, level) = places.find(|(_, level)| !LEVELS.contains(level))?;
        let first = words.first().and_then(Option::as_deref).unwrap_or_default();
        let order = match LEVELS.contains(&first) {
            true => format!("; the message comes first: log '{level}' level={first}"),
            false => String::new(),
        };
        Some(Misused {
            word,
            reason: format!("`level` is debug, info, warning or error, not `{level}`{order}"),
            known: LEVELS.map(str::to_owned).to_vec(),
        })
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Self::note(call, context)))
    }
}
