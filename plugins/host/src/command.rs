//! A plug-in's command, to the interpreter a command as any other.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::ops::limits::DEEPEST;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::plugin::{Blame, Calling, Failed, Given};
use scn_protocol::quantity::size_text;
use scn_protocol::{Signature, Status, Stream, Type, Value};

use crate::library::Words;
use crate::plugin::Plugin;
use crate::session::{Answer, Over, Pending, Session};

/// A command that a plug-in declares.
pub(crate) struct PluginCommand {
    plugin: Rc<Plugin>,
    /// Its place among those that the plug-in declares.
    place: usize,
    signature: Signature,
    /// What undoes it, beginning with that command's full name.
    undone_by: Option<String>,
    /// What stands behind it, as people are shown it.
    shown: String,
}

impl PluginCommand {
    /// `own_undo`: what undoes it is one of the plug-in's own commands.
    pub(crate) fn new(
        plugin: &Rc<Plugin>,
        place: usize,
        signature: &Signature,
        own_undo: bool,
    ) -> Self {
        let plugin = Rc::clone(plugin);
        let undo = signature.undo.clone();
        let undone_by = undo.map(|undo| match own_undo {
            true => format!("{}.{undo}", plugin.launch.plugin),
            false => undo,
        });
        let shown = plugin.launch.shown();
        Self {
            plugin,
            place,
            shown,
            signature: signature.clone(),
            undone_by,
        }
    }

    async fn perform(&self, call: Call, context: &dyn Context) -> Outcome {
        let name = &self.signature.name;
        // A plug-in that has gone since the last call is noticed when it is written to.
        let mut tried = false;
        let mut pending = loop {
            let session = match self.plugin.running() {
                Some(session) => session,
                None => match self.session(context).await {
                    Ok(session) => session,
                    Err(outcome) => {
                        context.not_started();
                        return outcome;
                    }
                },
            };
            let ask = |id| self.ask(id, &call, context);
            match session.begin(name, context.detached(), ask) {
                Ok(pending) => break pending,
                Err(over) if over.started || tried => {
                    context.not_started();
                    return self.over(&over, context);
                }
                Err(_) if session.is_ending() => tried = true,
                Err(over) => {
                    context.not_started();
                    return self.over(&over, context);
                }
            }
        };
        let outcome = |answer: Answer| match answer {
            Ok(Ok(given)) => self.returned(&given),
            Ok(Err(failed)) => self.failed(&failed),
            Err(over) => self.over(&over, context),
        };
        self.answer(&mut pending, context).await.ends(outcome)
    }

    /// A session that is begun for it.
    ///
    /// # Errors
    /// How the step ends, if none is.
    async fn session(&self, context: &dyn Context) -> Result<Rc<Session>, Outcome> {
        let session = tokio::select! {
            biased;
            session = self.plugin.session(context) => session,
            () = context.cancelled() => return Err(cancelled()),
        };
        session.map_err(|over| self.over(&over, context))
    }

    /// Does it in this very process.
    async fn perform_inside(&self, call: Call, context: &dyn Context) -> Outcome {
        let inside = match self.plugin.inside() {
            Ok(inside) => inside,
            Err(why) => {
                context.not_started();
                let plugin = &self.plugin.launch.plugin;
                return Outcome::error(format!("the plug-in `{plugin}` {why}"));
            }
        };
        let words = Words {
            args: call.args,
            rest: call.rest,
            input: call.input,
            run: context.run().to_owned(),
            step: context.step(),
        };
        let secrets = &self.plugin.secrets;
        let outcome = |returned| match returned {
            Ok(value) => self.passed(value),
            Err(failed) => self.failed(&failed),
        };
        let answered = inside.call(self.place, words, secrets, context).await;
        answered.ends(outcome)
    }

    async fn answer(&self, pending: &mut Pending, context: &dyn Context) -> Answered<Answer> {
        if let Some(answer) = pending.soon() {
            return Answered::InTime(answer);
        }
        tokio::select! {
            biased;
            answer = pending.answer() => return Answered::InTime(answer),
            () = context.cancelled() => {}
        }
        if pending.is_behind() {
            let plugin = &self.plugin.launch.plugin;
            context.log(
                "warning",
                &format!("the plug-in `{plugin}` had not answered an earlier call, which this one may have waited for: many plug-ins do one at a time"),
            );
        }
        match pending.cancel(&self.signature.name).await {
            Ok(answer) => Answered::Late(Ok(answer)),
            Err(over) => {
                // The step ends as it was told to; that the plug-in had to be ended is told beside.
                let told = self.over(&over, context).error.unwrap_or_default();
                context.log("warning", &told);
                Answered::Never
            }
        }
    }

    fn ask(&self, id: u64, call: &Call, context: &dyn Context) -> Vec<u8> {
        let names = self.signature.params.iter();
        let names = names.map(|param| param.name.as_str());
        // Only a library can ask for it.
        let is_library = self.plugin.launch.library().is_some();
        let calling = Calling {
            command: &self.signature.name,
            args: names.zip(&call.args),
            rest: &call.rest,
            input: call.input.as_ref(),
            run: context.run(),
            step: context.step(),
            time_left: is_library.then(|| context.time_left()).flatten(),
        };
        calling.line(id)
    }

    fn returned(&self, given: &Given) -> Outcome {
        match given.value() {
            Ok(value) => self.passed(value),
            Err(reason) => self.wrong(&reason),
        }
    }

    fn passed(&self, value: Value) -> Outcome {
        match typed(value, self.signature.returns) {
            Ok(value) => Outcome::pass(value),
            Err(reason) => self.wrong(&reason),
        }
    }

    fn wrong(&self, reason: &str) -> Outcome {
        let (plugin, name) = (&self.plugin.launch.plugin, &self.signature.name);
        Outcome::error(format!(
            "the plug-in `{plugin}` answered `{name}` with what is wrong: {reason}"
        ))
    }

    fn failed(&self, failed: &Failed) -> Outcome {
        let plugin = &self.plugin.launch.plugin;
        let message = &failed.message;
        let outcome = match failed.blame {
            Blame::System => Outcome::fail(message),
            Blame::Plugin => {
                Outcome::error(format!("{message} (the fault of the plug-in `{plugin}`)"))
            }
            Blame::Environment => Outcome::error(format!(
                "{message} (the environment's fault, says the plug-in `{plugin}`)"
            )),
            Blame::Scenario => Outcome::error(format!(
                "{message} (the scenario's fault, says the plug-in `{plugin}`)"
            )),
        };
        match &failed.value {
            Some(value) => outcome.with_value(value.clone()),
            None => outcome,
        }
    }

    /// The reason is short; what else is known of it is the step's output.
    fn over(&self, over: &Over, context: &dyn Context) -> Outcome {
        let more = over.more();
        if !more.is_empty()
            && let Err(error) = context.output(Stream::Stderr, &more)
        {
            context.log(
                "error",
                &format!("how it ended cannot be recorded: {error}"),
            );
        }
        let plugin = &self.plugin.launch.plugin;
        // What ended it may well be that it had no more of it.
        let memory = self.plugin.launch.memory.filter(|_| over.started);
        let limited = memory.map(|bytes| {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            format!(" (its memory is limited to {})", size_text(bytes))
        });
        let limited = limited.unwrap_or_default();
        Outcome {
            exit: over.exit,
            signal: over.signal.clone(),
            ..Outcome::error(format!("the plug-in `{plugin}` {}{limited}", over.what))
        }
    }
}

impl Command for PluginCommand {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn does(&self, words: &[String]) -> String {
        let mut text = self.full_name();
        for word in words {
            text.push(' ');
            text.push_str(word);
        }
        for part in [" (plug-in: ", &self.shown, ")"] {
            text.push_str(part);
        }
        text
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        match self.plugin.launch.inside {
            true => Box::pin(self.perform_inside(call, context)),
            false => Box::pin(self.perform(call, context)),
        }
    }

    fn ends_itself(&self) -> bool {
        true
    }

    fn starts_program(&self) -> bool {
        false
    }

    fn full_name(&self) -> String {
        format!("{}.{}", self.plugin.launch.plugin, self.signature.name)
    }

    fn undone_by(&self) -> Option<String> {
        self.undone_by.clone()
    }

    fn timeout(&self) -> Option<i64> {
        self.plugin.launch.timeout
    }

    fn secrets(&self) -> &[String] {
        &self.plugin.secrets
    }
}

/// What came of a call.
pub(crate) enum Answered<T> {
    /// The answer that the step ends with.
    InTime(T),
    /// The answer that came when it was told to end, because the step was to.
    Late(T),
    /// Nothing: it had to be ended, or still runs.
    Never,
}

impl<T> Answered<T> {
    /// How the step ends, by what the answer means.
    fn ends(self, outcome: impl FnOnce(T) -> Outcome) -> Outcome {
        match self {
            Self::InTime(answer) => outcome(answer),
            // What it gave is what it may have to be undone by.
            Self::Late(answer) => match outcome(answer).value {
                Some(value) => cancelled().with_value(value),
                None => cancelled(),
            },
            Self::Never => cancelled(),
        }
    }
}

fn cancelled() -> Outcome {
    Outcome {
        status: Status::Cancelled,
        ..Outcome::error("cancelled")
    }
}

/// A value as the type that was declared; that nothing was returned is never wrong.
fn typed(value: Value, kind: Type) -> Result<Value, String> {
    if value.extent().depth as usize > DEEPEST {
        return Err(format!("lists and maps are nested deeper than {DEEPEST}"));
    }
    let fits = match (&value, kind) {
        (Value::None, _) | (_, Type::Any | Type::Component) => true,
        (Value::Int(number), Type::Decimal) => {
            return Ok(Value::decimal((*number).into()));
        }
        (Value::Text(_) | Value::Bytes(_), Type::Text)
        | (Value::Int(_), Type::Int)
        | (Value::Decimal(_), Type::Decimal)
        | (Value::Bool(_), Type::Bool)
        | (Value::Duration(_), Type::Duration)
        | (Value::Size(_), Type::Size)
        | (Value::Percent(_), Type::Percent)
        | (Value::List(_), Type::List)
        | (Value::Map(_), Type::Map) => true,
        _ => false,
    };
    match fits {
        true => Ok(value),
        false => Err(format!(
            "it declares that it returns {}, and returned {}",
            kind.name(),
            value.kind()
        )),
    }
}
