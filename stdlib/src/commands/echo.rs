//! `echo`

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::words::spelled;
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::args::{joined, said};

/// Says a line.
pub(super) struct Echo(Signature);

impl Echo {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "echo".into(),
            help: "Says its words, joined by blanks.\n\
                   The line is what the scenario says: standard output has nothing else."
                .into(),
            rest: Some(Param::required("words", Type::Any, "what is said")),
            returns: Type::Text,
            returns_help: "the line".into(),
            repeatable: true,
            examples: vec![
                example("echo Hello,   #{40 + 2} times", "Hello, 42 times"),
                example("echo 'as   it  is' #{[1, 'a']}", "as   it  is [1,\"a\"]"),
            ],
            ..Signature::default()
        })
    }
}

impl Command for Echo {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn does(&self, written: &[String]) -> String {
        format!("say: {}", spelled(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        context.say(&said(&call.rest));
        let mut value = Value::from(joined(&call.rest));
        if call.rest.iter().any(Value::is_secret) {
            value = value.into_secret();
        }
        Box::pin(std::future::ready(Outcome::pass(value)))
    }
}
