//! Which process is a component's own.

use scn_process::{Collect, Process, Spec};
use scn_protocol::component::Process as Selector;

use super::program;
use crate::effect::reason;

/// The process that a selector finds; none if there is none. An error says why it cannot be
/// told. Where several fit, the oldest is taken: a server comes before its workers.
pub(super) async fn find(selector: &Selector) -> Result<Option<Process>, String> {
    match selector {
        Selector::Unit(_) | Selector::Container(_) => {
            let argv = scn_watch::process_question(selector).unwrap_or_default();
            asked(&argv).await
        }
        Selector::PidFile(path) => scn_watch::find_process(selector)
            .map_err(|error| format!("{}: {}", path.display(), reason(&error))),
        Selector::Match(_) | Selector::Port(_) => {
            scn_watch::find_process(selector).map_err(|error| reason(&error))
        }
    }
}

/// The process whose number a program prints.
async fn asked(argv: &[String]) -> Result<Option<Process>, String> {
    let mut child = scn_process::spawn(&Spec::new(argv)).map_err(|error| error.to_string())?;
    let mut said = Collect::default();
    let exit = child.wait(&mut said).await;
    let exit = exit.map_err(|error| reason(&error))?;
    if let Some(why) = program::why(&exit) {
        let said = String::from_utf8_lossy(&said.stderr);
        // A container that was not made yet, or is removed, does not run.
        if said.to_ascii_lowercase().contains("no such") {
            return Ok(None);
        }
        return Err(format!("{}: {why} ({})", argv[0], said.trim()));
    }
    match scn_watch::process_answer(&said.stdout) {
        Ok(None) => Ok(None),
        Ok(Some(pid)) => Process::open(pid).map_err(|error| reason(&error)),
        Err(printed) => Err(format!("{} printed `{printed}`", argv[0])),
    }
}
