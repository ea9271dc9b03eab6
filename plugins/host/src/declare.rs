//! What a plug-in says of itself, before anything runs.

use scn_interpreter::ops;
use scn_process::Tree;
use scn_protocol::plugin::Declaration;
use scn_protocol::{Type, Value};
use serde_json::Value as Json;

use crate::cache::Entry;
use crate::launch::{Launch, Variables};
use crate::session::{Over, Session};

/// What a plug-in says of itself: as it is kept, or by starting it for `initialize` alone.
///
/// # Errors
/// Why it cannot be used, after its name: `could not be started: …`.
pub fn declare(launch: &Launch, hidden: &[String]) -> Result<(Declaration, Json), String> {
    if let Some(kept) = kept(launch) {
        return Ok(kept);
    }
    let said = ask(launch, hidden)?;
    let declaration = read(&said)
        .map_err(|wrong| format!("answered `initialize` with what cannot be used: {wrong}"))?;
    Entry::of(launch).write(&said);
    Ok((declaration, said))
}

/// What a plug-in said of itself the last time that it was asked, if its files are the same still. Nothing is started.
pub fn kept(launch: &Launch) -> Option<(Declaration, Json)> {
    let said = Entry::of(launch).read()?;
    Some((read(&said).ok()?, said))
}

/// Starts it, asks, and ends it.
///
/// # Errors
/// Likewise.
pub fn ask(launch: &Launch, hidden: &[String]) -> Result<Json, String> {
    // Also where nothing else is started, as by `scn check`.
    scn_process::close_inherited();
    let variables = Variables {
        hidden: hidden.to_vec(),
        ..Variables::default()
    };
    // On a thread of its own, so that it makes no difference whether the caller has a runtime.
    let asked = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            block_on(async {
                let tree = Tree::new(None);
                let start = |spec: &scn_process::Spec| tree.spawn(spec);
                let opened = Session::open(launch, &variables, &start, None).await;
                let said = match opened {
                    Ok((session, said)) => {
                        let _ = session.shutdown().await;
                        Ok(said)
                    }
                    Err(over) => Err(told(&over)),
                };
                let _ = tree.end_all(scn_process::GRACE).await;
                said
            })
        });
        asking.join()
    });
    match asked {
        Ok(Ok(said)) => said,
        Ok(Err(error)) => Err(format!("could not be started: {error}")),
        Err(_) => Err("could not be asked: the thread that asks it has ended".to_owned()),
    }
}

/// What a plug-in is asked first.
const FIRST: &str = "initialize";

/// What is told of one that could not be asked, and what its writer is to look at.
fn told(over: &Over) -> String {
    let unanswered = format!("did not answer `{FIRST}`");
    // So `scn` refuses requests: whoever answers with these words was sent them, and sends back all that it reads.
    let echoed = format!("refused `{FIRST}`: there is no method `{FIRST}`");
    if over.what.starts_with(&unanswered) {
        return format!("{over}; {FLUSHED}");
    }
    if over.what == echoed {
        return format!(
            "sent the request `{FIRST}` back: it writes what it reads, and answers nothing"
        );
    }
    over.to_string()
}

/// What to look at where a plug-in never said anything.
pub(crate) const FLUSHED: &str =
    "is each message flushed as it is written, and does it end with a line end?";

/// Drives a future to its end on this thread, with all that a session needs.
///
/// # Errors
/// If the system refuses.
pub fn block_on<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    Ok(tokio::task::LocalSet::new().block_on(&runtime, future))
}

/// That a plug-in, which was checked, declares other commands now: which, and of which versions.
pub fn parted(checked: &Declaration, said: &Declaration) -> String {
    let lacking = checked.commands.iter().filter_map(|command| {
        let name = &command.name;
        let now = said.commands.iter().find(|one| one.name == *name);
        match now {
            None => Some(format!("`{name}` is gone")),
            Some(now) if now != command => Some(format!("`{name}` is another")),
            Some(_) => None,
        }
    });
    let lacking: Vec<String> = lacking.collect();
    let lacking = match lacking.is_empty() {
        true => String::new(),
        false => format!(" ({})", lacking.join(", ")),
    };
    let versions = match checked.version == said.version {
        true => String::new(),
        false => format!(
            "; it was version {}, and is {}",
            checked.version, said.version
        ),
    };
    format!(
        "declares other commands than when it was checked{lacking}{versions}: put back what was checked, or check again and begin a new run"
    )
}

/// Reads a declaration, its defaults as the types that they are of.
///
/// # Errors
/// What is wrong with it.
pub fn read(said: &Json) -> Result<Declaration, String> {
    let mut declaration = Declaration::read(said)?;
    for command in &mut declaration.commands {
        for param in &mut command.params {
            let Some(default) = &mut param.default else {
                continue;
            };
            if matches!(default, Value::None) || param.kind == Type::Any {
                continue;
            }
            *default = ops::coerce(default, param.kind).map_err(|reason| {
                let (command, param) = (&command.name, &param.name);
                format!("the default of `{param}` of the command `{command}`: {reason}")
            })?;
        }
    }
    Ok(declaration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(what: &str) -> String {
        told(&Over::refused(what.to_owned()))
    }

    #[test]
    fn one_that_cannot_be_asked_is_told_with_what_to_look_at() {
        assert_eq!(
            said("did not answer `initialize` within 30s"),
            format!("did not answer `initialize` within 30s; {FLUSHED}")
        );
        assert_eq!(
            said("refused `initialize`: there is no method `initialize`"),
            "sent the request `initialize` back: it writes what it reads, and answers nothing"
        );
        let own = "refused `initialize`: there is no licence";
        assert_eq!(said(own), own);
    }
}
