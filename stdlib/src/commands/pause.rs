//! `pause`

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Act, Call, Command, Context, Outcome};
use scn_process::Signal;
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::LocalWorld;
use crate::effect::settle;
use crate::target::targets;

/// Stops the processes of components from running, until `resume`.
pub(super) struct Pause {
    signature: Signature,
    world: Rc<LocalWorld>,
}

impl Pause {
    pub(super) fn new(world: &Rc<LocalWorld>) -> Self {
        Self {
            signature: Signature {
                name: "pause".into(),
                help: "Stops the process of each component where it is, until `resume`.\n\
                       It is as if the machine stood still for it: its connections stay open, and \
                       it answers nothing. It passes once the process stands still; one that is \
                       paused already stays so. It fails if the component does not run. A family \
                       stands for its members. Undone by `resume`."
                    .into(),
                rest: Some(Param::required(
                    "components",
                    Type::Component,
                    "what is paused; process ids will do too",
                )),
                rest_least: 1,
                returns_help: "nothing".into(),
                undo: Some("resume".into()),
                repeatable: true,
                examples: vec![example(
                    "start Engine\npause Engine\n\
                     set state sh 'cut -d\" \" -f3 /proc/$1/stat' #{Engine.pid}\necho #{state}",
                    "T",
                )],
                ..Signature::default()
            },
            world: Rc::clone(world),
        }
    }

    async fn pause(&self, call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        for target in targets(&call.rest, context)? {
            let process = self.world.process_of(&target, context, false).await?;
            process.send(Signal::STOP).await?;
        }
        Ok(Outcome::pass(Value::None))
    }
}

impl Command for Pause {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Signal]
    }

    fn does(&self, written: &[String]) -> String {
        format!("pause {}", self.world.processes_text(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.pause(call, context).await) })
    }
}
