//! `kill`

use std::borrow::Cow;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Act, Call, Command, Context, Misused, Outcome};
use scn_process::Signal;
use scn_protocol::words::spelled;
use scn_protocol::{Param, Signature, Type, Value};

use super::example;
use crate::LocalWorld;
use crate::effect::settle;
use crate::target::{Target, targets};

/// Sends a signal to the processes of components.
pub(super) struct Kill {
    signature: Signature,
    world: Rc<LocalWorld>,
}

impl Kill {
    pub(super) fn new(world: &Rc<LocalWorld>) -> Self {
        Self {
            signature: Signature {
                name: "kill".into(),
                help: "Sends a signal, TERM unless said, to the process of each component.\n\
                       It can be written -9, -KILL, -SIGKILL or -s KILL. In the place of a \
                       component can stand a family, a background job or a process id. Only the \
                       process itself gets the signal, never its group. What the signal does is \
                       waited for: that the process has ended, if it is KILL or if the process \
                       leaves it to the system to end it; for up to 5 s that it has ended, if it \
                       is TERM, INT or QUIT and the process sees to it itself; that it is \
                       paused, or goes on, for STOP and CONT. It fails if there is no such process. \
                       A background job that has no process of its own, such as a step of the \
                       scenario's, ends with all that it started, as by `cancel`, where the signal is \
                       KILL, TERM, INT, QUIT or HUP."
                    .into(),
                rest: Some(Param::required(
                    "components",
                    Type::Component,
                    "the signal, if any, then what it is sent to",
                )),
                rest_least: 1,
                returns: Type::Any,
                returns_help: "the process id, or none of a job that has none; a list of them if there are several".into(),
                examples: vec![
                    example(
                        "start Engine\nkill -9 Engine\necho #{Engine.running}",
                        "false",
                    ),
                    example(
                        "background nap run sleep 60\nkill -s TERM nap\nawait nap\necho #{nap.signal}",
                        "TERM",
                    ),
                ],
                ..Signature::default()
            },
            world: Rc::clone(world),
        }
    }

    async fn kill(&self, call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let (signal, named) = signal_of(&call.rest)?;
        let mut pids = Vec::new();
        for target in targets(named, context)? {
            if let Target::Job(name) = &target
                && context.ending_job(name).is_none()
                && matches!(signal.name(), "KILL" | "TERM" | "INT" | "QUIT" | "HUP")
                && context.end_job(name).await
            {
                pids.push(Value::None);
                continue;
            }
            let process = self.world.process_of(&target, context, true).await?;
            process.send(signal).await?;
            pids.push(Value::Int(process.pid().into()));
        }
        Ok(Outcome::pass(match <[Value; 1]>::try_from(pids) {
            Ok([pid]) => pid,
            Err(pids) => Value::list(pids),
        }))
    }
}

/// The signal that the first words say, and the other words.
fn signal_of(words: &[Value]) -> Result<(Signal, &[Value]), Outcome> {
    let nothing = || Outcome::error("`kill` is not told what to send the signal to");
    let (first, mut named) = words.split_first().ok_or_else(nothing)?;
    let text = first.to_text();
    let signal = match text.strip_prefix('-') {
        None => {
            named = words;
            "TERM".into()
        }
        Some("s" | "n") => {
            let (signal, rest) = named.split_first().ok_or_else(nothing)?;
            named = rest;
            signal.to_text()
        }
        Some(_) => text,
    };
    if let Some((Value::Text(dashes), rest)) = named.split_first()
        && dashes.as_str() == "--"
    {
        named = rest;
    }
    if named.is_empty() {
        return Err(nothing());
    }
    let signal = signal.parse::<Signal>();
    signal
        .map(|signal| (signal, named))
        .map_err(|unknown| Outcome::error(unknown.to_string()))
}

impl Command for Kill {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Signal]
    }

    fn does(&self, written: &[String]) -> String {
        let values: Vec<Value> = written.iter().map(|word| word.as_str().into()).collect();
        match signal_of(&values) {
            Ok((signal, named)) => {
                let named = &written[written.len() - named.len()..];
                format!("signal {signal} to {}", self.world.processes_text(named))
            }
            // With an interpolation it may be known only in the run.
            Err(_) => format!("kill {}", spelled(written)),
        }
    }

    fn misused(&self, words: &[Option<Cow<'_, str>>]) -> Option<Misused> {
        let first = words.first()?.as_deref()?;
        let (at, given) = match first.strip_prefix('-') {
            None => return None,
            Some("s" | "n") => (1, words.get(1).cloned()),
            Some(_) => (0, Some(Some(Cow::Borrowed(first)))),
        };
        let dashes = usize::from(matches!(words.get(at + 1), Some(Some(word)) if word == "--"));
        if words.len() <= at + 1 + dashes {
            return Some(Misused {
                word: words.len() - 1,
                reason: "`kill` is not told what to send the signal to".to_owned(),
                known: Vec::new(),
            });
        }
        // Known only in the run, if it is not written out.
        let given = given??;
        let unknown = given.parse::<Signal>().err()?;
        let before: String = match given.trim_start_matches('-').get(..3) {
            Some(start) if start.eq_ignore_ascii_case("SIG") => "SIG".into(),
            _ => String::new(),
        };
        let dash = if at == 0 { "-" } else { "" };
        Some(Misused {
            word: at,
            reason: unknown.to_string(),
            known: Signal::names()
                .map(|name| format!("{dash}{before}{name}"))
                .collect(),
        })
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.kill(call, context).await) })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn read(words: &[Value]) -> (String, Vec<String>) {
        let (signal, named) = signal_of(words).unwrap();
        let named = named.iter().map(|word| word.to_text().into_owned());
        (signal.name().to_owned(), named.collect())
    }

    #[test]
    fn a_signal_is_read_in_every_spelling_of_kill() {
        for words in [
            [Value::from("-9"), "E".into()].as_slice(),
            &[Value::Int(-9), "E".into()],
            &["-KILL".into(), "E".into()],
            &["-sigkill".into(), "E".into()],
            &["-s".into(), "KILL".into(), "E".into()],
            &["-s".into(), Value::Int(9), "--".into(), "E".into()],
            &["-n".into(), "9".into(), "E".into()],
        ] {
            assert_eq!(read(words), ("KILL".into(), vec!["E".into()]), "{words:?}");
        }
        let two = [Value::from("A"), "B".into()];
        assert_eq!(read(&two), ("TERM".into(), vec!["A".into(), "B".into()]));
    }

    #[test]
    fn what_says_no_signal_or_no_process_is_refused() {
        for (words, why) in [
            ([Value::from("-9")].as_slice(), "what to send"),
            (&["-s".into()], "what to send"),
            (&["-s".into(), "KILL".into()], "what to send"),
            (&["-0".into(), "E".into()], "is no signal"),
            (&["-KIL".into(), "E".into()], "`-KIL` is no signal"),
        ] {
            let error = signal_of(words).unwrap_err().error.unwrap();
            assert!(error.contains(why), "{error}");
        }
    }
}
