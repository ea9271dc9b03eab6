//! A step that is a program.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;

use scn_interpreter::{Context, Outcome};
use scn_process::{Discard, Environment, Exit, GRACE, Input, Output, Sink, Spec};
use scn_protocol::component::Program;
use scn_protocol::{Status, Stream};

use super::LocalWorld;
use crate::effect::reason;

/// Runs a program to its end, or ends it with its process group when the step is cancelled.
pub(super) async fn run(world: &LocalWorld, program: Program, context: &dyn Context) -> Outcome {
    let spec = spec(program, context);
    let mut child = match world.tree().spawn(&spec) {
        Ok(child) => child,
        Err(error) => return Outcome::error(error.to_string()),
    };
    context.started(child.pid(), child.start_time());
    let mut sink = ToContext(context);
    let waited = tokio::select! {
        biased;
        exit = child.wait(&mut sink) => Some(exit),
        () = context.cancelled() => None,
    };
    let ended = match waited {
        Some(exit) => exit.map(|exit| outcome(&exit)),
        None => child.terminate(GRACE, &mut sink).await.map(|exit| Outcome {
            status: Status::Cancelled,
            ..outcome(&exit)
        }),
    };
    let ended = match ended {
        Ok(outcome) => outcome,
        Err(error) => {
            let why = reason(&error);
            let left = child.terminate(GRACE, &mut Discard).await.err();
            let left = left.map_or(String::new(), |error| format!("; {}", reason(&error)));
            Outcome::error(format!("its output cannot be recorded: {why}{left}"))
        }
    };
    if let Some(leftover) = child.leftover() {
        world.keep(leftover, context.step());
    }
    ended
}

/// What is started: the program as it is declared, with what every step gets.
pub(super) fn spec(program: Program, context: &dyn Context) -> Spec {
    let hidden = context.hidden_variables();
    let removed = program.env_remove.into_iter().chain(hidden);
    let own = [
        ("SCN_RUN".into(), context.run().into()),
        ("SCN_STEP".into(), context.step().to_string().into()),
    ];
    let set = program.env.into_iter();
    let set = set.map(|(name, value)| (name.into(), OsString::from_vec(value)));
    Spec {
        argv: program.argv.into_iter().map(OsString::from_vec).collect(),
        cwd: Some(program.cwd),
        env: Environment {
            clean: false,
            removed: removed.map(OsString::from).collect(),
            set: own.into_iter().chain(set).collect(),
        },
        input: program.input.map_or(Input::Empty, Input::Bytes),
        output: match context.outlives() {
            true => Output::Lasting,
            false => Output::Piped,
        },
        user: program.user,
        ..Spec::default()
    }
}

/// How a program's end reads as that of a step. Its value is its standard output.
fn outcome(exit: &Exit) -> Outcome {
    Outcome {
        status: if exit.success() {
            Status::Pass
        } else {
            Status::Fail
        },
        value: None,
        exit: exit.code.map(i64::from),
        signal: exit.signal.map(str::to_owned),
        error: why(exit),
    }
}

/// Why an exit is a failure; none if it is a success.
pub(super) fn why(exit: &Exit) -> Option<String> {
    match (exit.signal, exit.code) {
        (Some(signal), _) => Some(format!("killed by signal {signal}")),
        (None, Some(0)) => None,
        (None, Some(code)) => Some(format!("exit status {code}")),
        (None, None) => Some("ended in an unknown way".to_owned()),
    }
}

/// Hands a program's output to the record.
pub(super) struct ToContext<'a>(pub(super) &'a dyn Context);

impl Sink for ToContext<'_> {
    fn output(&mut self, stream: scn_process::Stream, chunk: &[u8]) -> io::Result<()> {
        let stream = match stream {
            scn_process::Stream::Stdout => Stream::Stdout,
            scn_process::Stream::Stderr => Stream::Stderr,
        };
        self.0.output(stream, chunk)
    }
}
