//! `start`

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Act, Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::LocalWorld;
use crate::effect::settle;
use crate::target::components;

/// Starts components.
pub(super) struct Start {
    signature: Signature,
    world: Rc<LocalWorld>,
}

impl Start {
    pub(super) fn new(world: &Rc<LocalWorld>) -> Self {
        Self {
            signature: Signature {
                name: "start".into(),
                help: "Starts each component, one after the other, and waits until it is ready.\n\
                       The environment says how: `start`, and `ready` with how long that may take. \
                       Without `ready` it is ready once its process is there. One that runs already \
                       is not started again. It fails if the program ends before it is ready, with \
                       the last lines that it wrote, or if the time is up; a program that is not \
                       there is an ERROR. What the component writes is kept with the run. A family \
                       stands for its members, in their order. Undone by `stop`."
                    .into(),
                rest: Some(Param::required(
                    "components",
                    Type::Component,
                    "what is started",
                )),
                rest_least: 1,
                returns_help: "nothing".into(),
                undo: Some("stop".into()),
                repeatable: true,
                examples: vec![example(
                    "start Engine\necho #{Engine.running} #{Engine.pid > 1}",
                    "true true",
                )],
                ..Signature::default()
            },
            world: Rc::clone(world),
        }
    }

    async fn start(&self, call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        for component in components(&call.rest, "start", context)? {
            self.world.start(&component, context).await?;
        }
        Ok(Outcome::pass(Value::None))
    }
}

impl Command for Start {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Start]
    }

    fn does(&self, written: &[String]) -> String {
        format!("start {}", self.world.starts_text(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.start(call, context).await) })
    }
}
