//! `restart`

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Act, Call, Command, Context, Outcome};
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::LocalWorld;
use crate::effect::settle;
use crate::target::{Target, components};

/// Stops and starts components.
pub(super) struct Restart {
    signature: Signature,
    world: Rc<LocalWorld>,
}

impl Restart {
    pub(super) fn new(world: &Rc<LocalWorld>) -> Self {
        Self {
            signature: Signature {
                name: "restart".into(),
                help: "Stops each component as `stop` does, and starts it again as `start` does.\n\
                       One that does not run is started. A family stands for its members, which \
                       are restarted one after the other."
                    .into(),
                rest: Some(Param::required(
                    "components",
                    Type::Component,
                    "what is restarted",
                )),
                rest_least: 1,
                returns_help: "nothing".into(),
                repeatable: true,
                examples: vec![example(
                    "start Engine\nset before = Engine.pid\nrestart Engine\n\
                     echo #{Engine.running} #{Engine.pid == before}",
                    "true false",
                )],
                ..Signature::default()
            },
            world: Rc::clone(world),
        }
    }

    async fn restart(&self, call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        for component in components(&call.rest, "restart", context)? {
            let target = Target::Component(Rc::clone(&component));
            self.world.stop(&target, context).await?;
            self.world.start(&component, context).await?;
        }
        Ok(Outcome::pass(Value::None))
    }
}

impl Command for Restart {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Stop, Act::Start]
    }

    fn does(&self, written: &[String]) -> String {
        format!("stop, then start {}", self.world.starts_text(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.restart(call, context).await) })
    }
}
