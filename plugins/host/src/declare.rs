//! What a plug-in says of itself, before anything runs.

use scn_interpreter::ops;
use scn_process::Tree;
use scn_protocol::plugin::Declaration;
use scn_protocol::{Type, Value};
use serde_json::Value as Json;

use crate::cache::Entry;
use crate::launch::{Launch, Variables};
use crate::session::Session;

/// What a plug-in says of itself: as it is kept, or by starting it for `initialize` alone.
///
/// # Errors
/// Why it cannot be used, after its name: `could not be started: …`.
pub fn declare(launch: &Launch, hidden: &[String]) -> Result<(Declaration, Json), String> {
    if let Some(kept) = kept(launch) {
        return Ok(kept);
    }
    let said = ask(launch, hidden)?;
    let declaration = read(&said)?;
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
                    Err(over) => Err(over.to_string()),
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
                format!("{command}: the default of `{param}`: {reason}")
            })?;
        }
    }
    Ok(declaration)
}
