//! `run`

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome, World};
use scn_protocol::component::Program;
use scn_protocol::words::spelled;
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::LocalWorld;

/// Runs a program.
pub(super) struct Run {
    signature: Signature,
    world: Rc<LocalWorld>,
}

impl Run {
    pub(super) fn new(world: &Rc<LocalWorld>) -> Self {
        Self {
            signature: Signature {
                name: "run".into(),
                help: "Runs a program with its words, just as they are: no shell reads them.\n\
                       It works in the project's root, and is searched in PATH as a shell does. \
                       Exit status 0 passes, any other fails. A program that is not there is an \
                       ERROR, with the folders that were searched."
                    .into(),
                rest: Some(Param::required(
                    "words",
                    Type::Any,
                    "the program and its arguments",
                )),
                rest_least: 1,
                returns: Type::Text,
                returns_help: "its standard output, without its last line end".into(),
                examples: vec![
                    example(
                        "set greeting run printf '%s, %s!' Hello 'dear World'\necho #{greeting}",
                        "Hello, dear World!",
                    ),
                    example(
                        "set result run ls /nowhere\necho #{result.exit != 0}\n\
                         set text input 'from a file' run cat\necho #{text}",
                        "true\nfrom a file",
                    ),
                ],
                ..Signature::default()
            },
            world: Rc::clone(world),
        }
    }
}

impl Command for Run {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn program<'w>(&self, words: &'w [String]) -> Option<&'w str> {
        words.first().map(String::as_str)
    }

    fn does(&self, written: &[String]) -> String {
        format!("run {}", spelled(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        let argv = call.rest.iter().map(|word| word.to_raw().into_owned());
        let program = program(argv.collect(), &call, context);
        self.world.run_program(program, context)
    }

    fn ends_itself(&self) -> bool {
        true
    }
}

/// A program that runs as steps do: in the root, with the step's input.
pub(super) fn program(argv: Vec<Vec<u8>>, call: &Call, context: &dyn Context) -> Program {
    Program {
        argv,
        cwd: context.root().to_owned(),
        input: call.input.as_ref().map(Value::to_raw).map(Into::into),
        ..Program::default()
    }
}
