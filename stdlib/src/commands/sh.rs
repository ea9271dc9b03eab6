//! `sh`

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome, World};
use scn_protocol::words::spelled;
use scn_protocol::{Param, Signature, Type};

use super::example;
use super::run::program;
use crate::LocalWorld;

/// Has the shell run a text.
pub(super) struct Sh {
    signature: Signature,
    world: Rc<LocalWorld>,
}

impl Sh {
    pub(super) fn new(world: &Rc<LocalWorld>) -> Self {
        Self {
            signature: Signature {
                name: "sh".into(),
                help: "Has the shell, /bin/sh, run a text.\n\
                       The words after it are the shell's \"$1\", \"$2\", …, and never part of \
                       the text, so that no value becomes syntax. Quote the text with '…', so \
                       that `$` and `|` are the shell's. Exit status 0 passes, any other fails."
                    .into(),
                rest: Some(Param::required(
                    "words",
                    Type::Any,
                    "the text, then what are \"$1\", \"$2\", … in it",
                )),
                rest_least: 1,
                returns: Type::Text,
                returns_help: "its standard output, without its last line end".into(),
                examples: vec![
                    example(
                        "set count sh 'printf \"a\\nb\\n\" | wc -l'\necho #{int(count)}",
                        "2",
                    ),
                    example(
                        "set name = \"'; rm -rf /\"\nset text sh 'printf %s \"$1\"' #{name}\necho #{text}",
                        "'; rm -rf /",
                    ),
                ],
                ..Signature::default()
            },
            world: Rc::clone(world),
        }
    }
}

impl Command for Sh {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn does(&self, written: &[String]) -> String {
        let mut argv = vec!["sh".to_owned(), "-c".to_owned()];
        if let Some((text, more)) = written.split_first() {
            argv.push(text.clone());
            argv.push("sh".to_owned());
            argv.extend_from_slice(more);
        }
        format!("run {}", spelled(&argv))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        let mut argv = vec![b"/bin/sh".to_vec(), b"-c".to_vec()];
        let mut given = call.rest.iter().map(|word| word.to_raw().into_owned());
        argv.extend(given.next());
        argv.push(b"sh".to_vec());
        argv.extend(given);
        self.world
            .run_program(program(argv, &call, context), context)
    }

    fn ends_itself(&self) -> bool {
        true
    }
}
