//! `log`

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
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

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Self::note(call, context)))
    }
}
