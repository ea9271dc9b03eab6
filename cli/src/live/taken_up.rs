//! A session, or a run in the debugger, whose program is gone and which is taken up again.

use std::path::Path;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use scn_interpreter::debug::{Answer, Debugger, Pause, Prompt, Workbench};
use scn_interpreter::{Checked, Environment, Files, Registry};
use scn_protocol::Purpose;

use crate::live::session;
use crate::repl::front::Front;
use crate::run::kept::{Kept, Live};
use crate::source::Source;

/// Goes on at every pause.
struct Nobody;

impl Prompt for Nobody {
    fn ask<'a>(&'a self, _: &'a Pause<'a>) -> LocalBoxFuture<'a, Answer> {
        std::future::ready(Answer::Continue).boxed_local()
    }
}

/// Checks the scenario of such a run as it was.
pub fn checked(
    kept: &Kept,
    source: &Source,
    environment: Option<Rc<Environment>>,
    registry: &Registry,
) -> (Checked, Option<Rc<Workbench>>) {
    scn_interpreter::check_live(
        &source.name,
        &source.path,
        &source.bytes,
        environment,
        registry.clone(),
        Rc::new(kept.clone()) as Rc<dyn Files>,
    )
}

/// Who answers what the record does not: the person at the prompt where a session goes on, else nobody.
pub fn debugger(
    kept: &Kept,
    purpose: Purpose,
    environment: Option<Rc<Environment>>,
    workbench: Rc<Workbench>,
) -> Rc<Debugger> {
    if kept.live == Some(Live::Debugged) {
        return Rc::new(Debugger::new(Rc::new(Nobody), workbench));
    }
    if purpose != Purpose::Resume {
        return Rc::new(Debugger::new(Rc::new(Nobody), workbench).session());
    }
    let name = environment
        .as_ref()
        .map(|environment| environment.file.clone());
    let name = name.as_deref().and_then(Path::to_str);
    let input = session::input(name, kept.folder.clone(), &kept.root, true);
    let front = Front::new(input, true, environment, kept.root.clone());
    let front = Rc::new(front);
    let prompt = Rc::clone(&front) as Rc<dyn Prompt>;
    let debugger = Rc::new(Debugger::new(prompt, workbench).session());
    front.serves(&debugger);
    debugger
}
