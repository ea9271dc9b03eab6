//! `stop`

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Act, Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::LocalWorld;
use crate::effect::settle;
use crate::target::targets;

/// Stops components.
pub(super) struct Stop {
    signature: Signature,
    world: Rc<LocalWorld>,
}

impl Stop {
    pub(super) fn new(world: &Rc<LocalWorld>) -> Self {
        Self {
            signature: Signature {
                name: "stop".into(),
                help: "Stops each component, and waits until its process has ended.\n\
                       The environment's `stop` says how and within what time; unless it does it is \
                       the signal TERM, within 10 s. What then still runs is killed, and the log \
                       says so. A paused process is let go on first. What does not run is stopped \
                       already. A family stands for its members, the last one first; a background \
                       job or a process id will do too."
                    .into(),
                rest: Some(Param::required(
                    "components",
                    Type::Component,
                    "what is stopped",
                )),
                rest_least: 1,
                returns_help: "nothing".into(),
                repeatable: true,
                examples: vec![example(
                    "start Engine\nstop Engine\necho #{Engine.running}\nstop Engine",
                    "false",
                )],
                ..Signature::default()
            },
            world: Rc::clone(world),
        }
    }

    async fn stop(&self, call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        for word in &call.rest {
            // The members of a family in the reverse of the order in which they were started.
            for target in targets(std::slice::from_ref(word), context)?.iter().rev() {
                self.world.stop(target, context).await?;
            }
        }
        Ok(Outcome::pass(Value::None))
    }
}

impl Command for Stop {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Stop]
    }

    fn does(&self, written: &[String]) -> String {
        format!("stop {}", self.world.processes_text(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.stop(call, context).await) })
    }
}
