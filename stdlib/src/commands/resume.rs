//! `resume`

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Act, Call, Command, Context, Outcome};
use scn_process::Signal;
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::LocalWorld;
use crate::effect::settle;
use crate::target::targets;

/// Lets the processes of components run on.
pub(super) struct Resume {
    signature: Signature,
    world: Rc<LocalWorld>,
}

impl Resume {
    pub(super) fn new(world: &Rc<LocalWorld>) -> Self {
        Self {
            signature: Signature {
                name: "resume".into(),
                help: "Lets the process of each component run on, after `pause`.\n\
                       It passes once the process runs. One that was not paused runs on as it did; \
                       and where none runs any more there is nothing to resume, so that passes \
                       too. A family stands for its members."
                    .into(),
                rest: Some(Param::required(
                    "components",
                    Type::Component,
                    "what is to go on; process ids will do too",
                )),
                rest_least: 1,
                returns_help: "nothing".into(),
                repeatable: true,
                examples: vec![example(
                    "start Engine\npause Engine\nresume Engine\n\
                     set state sh 'cut -d\" \" -f3 /proc/$1/stat' #{Engine.pid}\necho #{state != 'T'}",
                    "true",
                )],
                ..Signature::default()
            },
            world: Rc::clone(world),
        }
    }

    async fn resume(&self, call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        for target in targets(&call.rest, context)? {
            if let Some(process) = self.world.find(&target, context, false).await? {
                process.send(Signal::CONT).await?;
            }
        }
        Ok(Outcome::pass(Value::None))
    }
}

impl Command for Resume {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Signal]
    }

    fn does(&self, written: &[String]) -> String {
        format!("resume {}", self.world.processes_text(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.resume(call, context).await) })
    }
}
