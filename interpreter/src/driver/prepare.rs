//! What has to be there before the first step: secrets, names, components, the hosts that are named.

use std::collections::HashMap;
use std::rc::Rc;

use scn_protocol::component::Component;
use scn_protocol::{Report, Value, Verdict};

use super::recall::Recalled;
use super::report::take_report;
use super::shared::Shared;
use super::{Ran, begin, plan, verdict};
use crate::compile::names::SYSTEM;
use crate::environment::Environment;
use crate::program::Program;

/// What the scenario needs and the environment lacks: it is skipped.
pub fn needed(shared: &Shared, environment: Option<&Environment>) -> Option<Ran> {
    let missing = &shared.program().headers.missing;
    (!missing.is_empty()).then(|| {
        let missing = missing.join(", ");
        let reason = match environment {
            Some(_) => format!("the environment has no {missing}"),
            None => format!("no environment was chosen, so there is no {missing}"),
        };
        verdict::plain(Verdict::Skip, reason)
    })
}

pub async fn prepare(shared: &Rc<Shared>, environment: Option<&Environment>) -> Result<(), String> {
    match environment {
        Some(environment) if shared.recall.as_ref().is_some_and(Recalled::judges) => {
            begin::shown_secrets(shared, environment);
        }
        Some(environment) => begin::secrets(shared, environment).await?,
        None => {}
    }
    shared.journal.open();
    // Nothing is to begin on a disk that is full already.
    if let Some(reason) = shared.journal.broken() {
        return Err(reason);
    }
    begin::globals(shared, &shared.set.clone())?;
    let mut components = begin::components(shared)?;
    let remote = shared
        .remote
        .iter()
        .find_map(|(host, how)| remote_use(shared, &components, host, how));
    if let Some(reason) = remote {
        return Err(reason);
    }
    if names_system(&shared.program()) && shared.component(SYSTEM).is_none() {
        components.push(Rc::new(Component {
            name: SYSTEM.to_owned(),
            ..Component::default()
        }));
    }
    *shared.watched.borrow_mut() = components;
    // What is recorded was seen then; what is seen now is not of that time.
    if shared.recalling().is_none() {
        set_watching(shared);
    }
    Ok(())
}

/// From here on components are watched.
pub fn set_watching(shared: &Rc<Shared>) {
    let components = std::mem::take(&mut *shared.watched.borrow_mut());
    if components.is_empty() {
        return;
    }
    let weak = Rc::downgrade(shared);
    let reports = move |report: Report| {
        if let Some(shared) = weak.upgrade() {
            take_report(&shared, &report);
        }
    };
    let world = &shared.platform.world;
    world.begin(&shared.root, &components, Rc::new(reports));
}

/// What uses a host that cannot be reached from here.
pub fn remote_use(
    shared: &Shared,
    components: &[Rc<Component>],
    host: &str,
    how: &str,
) -> Option<String> {
    let component = components.iter().find(|component| component.host == host);
    if let Some(component) = component {
        return Some(format!("{} is on the host `{host}`: {how}", component.name));
    }
    let named = shared
        .program()
        .hosts
        .iter()
        .any(|named| plan::host_of(shared, named) == host);
    named.then(|| format!("a step is to run on the host `{host}`: {how}"))
}

/// The hosts that cannot be reached from here, and why.
pub fn remote(environment: &Environment) -> HashMap<String, String> {
    let why = |host: &crate::environment::HostDeclaration| {
        let agent = host
            .agent
            .as_ref()
            .map(|agent| format!("its agent `{agent}` has not joined"));
        agent.or_else(|| {
            host.ssh
                .as_ref()
                .map(|ssh| format!("`{ssh}` cannot be reached over SSH from here"))
        })
    };
    environment
        .hosts
        .iter()
        .filter_map(|(name, host)| Some((name.clone(), why(host)?)))
        .collect()
}

/// Whether the scenario names the host's own figures.
pub fn names_system(program: &Program) -> bool {
    let handle = |value: &Value| matches!(value, Value::Handle(handle) if handle.name == SYSTEM);
    program.constants.iter().any(handle)
}
