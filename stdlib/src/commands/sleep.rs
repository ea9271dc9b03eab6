//! `sleep`

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::words::spelled;
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::args::Args;
use crate::effect::settle;

/// Waits.
pub(super) struct Sleep(Signature);

impl Sleep {
    pub(super) fn new() -> Self {
        Self(Signature {
            name: "sleep".into(),
            help: "Waits for so long, and does nothing.\n\
                   To wait until something is so, `wait until` is quicker and surer."
                .into(),
            params: vec![Param::required(
                "time",
                Type::Duration,
                "how long, such as 250ms or 1m30s",
            )],
            returns_help: "nothing".into(),
            repeatable: true,
            examples: vec![example(
                "set before = now()\nsleep 20ms\nassert now() - before >= 20ms\necho awake",
                "awake",
            )],
            ..Signature::default()
        })
    }
}

impl Command for Sleep {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn does(&self, written: &[String]) -> String {
        format!("wait for {}", spelled(written))
    }

    fn call<'a>(&'a self, call: Call, _: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move {
            settle(
                async {
                    let time = Args::new(call.args).duration("time")?;
                    // The timer would take a millisecond for it.
                    if !time.is_zero() {
                        tokio::time::sleep(time).await;
                    }
                    Ok(Outcome::pass(Value::None))
                }
                .await,
            )
        })
    }
}
