//! What was missed of the system while nobody ran the scenario: all but what logs said that are read on.

use std::collections::HashSet;
use std::rc::Rc;

use regex::Regex;
use scn_protocol::component::Component;

use super::Recalled;
use crate::driver::event::from_component;
use crate::driver::shared::Shared;
use crate::environment::Environment;
use crate::program::Closure;

/// What is heard of the system as if somebody had listened all the time.
#[derive(Debug, Default)]
pub struct Heard {
    /// The components whose logs are all read on from where they stood.
    components: HashSet<String>,
    /// Events and metrics come from plug-ins too, of any component, as long as these run.
    plugins: bool,
}

impl Heard {
    /// Nothing yet.
    pub fn new(environment: Option<&Environment>) -> Self {
        Self {
            components: HashSet::new(),
            plugins: environment.is_some_and(|environment| !environment.plugins.is_empty()),
        }
    }
}

impl Recalled {
    /// Finds out which logs are read on, once components are watched. What the others said until now was read
    /// by nobody, if they said anything.
    pub fn hear(&self, shared: &Shared) {
        let world = &shared.platform.world;
        let watched = self.recorded.borrow().watched;
        for known in shared.components.borrow().values() {
            if world.reads_on(&known.name) {
                self.heard
                    .borrow_mut()
                    .components
                    .insert(known.name.clone());
            } else if known
                .logs
                .iter()
                .any(|log| world.changed_since(&log.path, watched))
            {
                shared.board.borrow_mut().unheard(&known.name);
            }
        }
    }

    /// Whether no event was missed of that component or family, or of any if none is named.
    pub fn hears_events(&self, shared: &Shared, from: Option<&str>) -> bool {
        let is_meant =
            |known: &&Rc<Component>| from.is_none_or(|from| from_component(from, &known.name));
        let components = shared.components.borrow();
        let mut meant = components.values().filter(is_meant).peekable();
        let is_any = meant.peek().is_some();
        !self.heard.borrow().plugins && is_any && meant.all(|known| self.hears(known))
    }

    /// Whether nothing was missed of what a condition reads: it is all told by logs.
    pub fn hears_all_of(&self, shared: &Shared, closure: &Closure) -> bool {
        let components = shared.components.borrow();
        let is_told = |(of, field): &(String, String)| {
            let mut meant = components.values();
            meant.all(|known| {
                !from_component(of, &known.name)
                    || known.attrs.contains_key(field)
                    || self.hears(known) && is_logged(known, field)
            })
        };
        !self.heard.borrow().plugins
            && !closure.polled
            && closure.whole.is_empty()
            && !closure.fields.is_empty()
            && closure.fields.iter().all(is_told)
    }

    fn hears(&self, component: &Component) -> bool {
        self.heard.borrow().components.contains(&component.name)
    }
}

/// Whether a metric comes from the component's logs alone, and each of its values by itself: of percentiles the
/// values before are not known any more.
fn is_logged(component: &Component, metric: &str) -> bool {
    let mut probes = component.probes.iter();
    let is_asked = probes.any(|probe| {
        let mut fields = probe.fields.iter();
        probe.fields.is_empty() || fields.any(|field| field == metric)
    });
    let rules = component.logs.iter().flat_map(|log| &log.rules);
    let rules = rules.filter(|rule| rule.event.is_none());
    let mut naming = rules.filter(|rule| {
        Regex::new(&rule.regex)
            .is_ok_and(|regex| regex.capture_names().flatten().any(|name| name == metric))
    });
    !is_asked
        && naming.next().is_some_and(|rule| !rule.percentiles)
        && naming.all(|rule| !rule.percentiles)
}
