//! Which events are meant.

use std::rc::Rc;

use scn_protocol::{Map, Value};

use super::board::Event;
use super::branch::Branch;
use super::eval::{self, Judged};
use super::shared::Shared;
use crate::machine::{Failure, Fiber};
use crate::ops;
use crate::program::{EventPattern, EventSite};

/// An event that is looked for, with what was pushed for it.
pub struct Sought<'p> {
    site: &'p EventSite,
    globs: Vec<String>,
    captured: Vec<Value>,
}

impl<'p> Sought<'p> {
    /// Takes from the front of what was pushed what belongs to the event.
    pub fn new(site: &'p EventSite, pushed: &mut Vec<Value>) -> Self {
        let globs = site
            .patterns
            .iter()
            .filter(|pattern| matches!(pattern, EventPattern::Glob(_)))
            .count();
        let globs = pushed
            .drain(..globs.min(pushed.len()))
            .map(|value| value.to_text().into_owned())
            .collect();
        let captures = site
            .filter
            .as_ref()
            .map_or(0, |filter| filter.captures.len());
        let captured = pushed.drain(..captures.min(pushed.len())).collect();
        Self {
            site,
            globs,
            captured,
        }
    }

    /// The component that it is to come from, if one is named.
    pub fn source(&self) -> Option<&'p str> {
        self.site.from.as_deref()
    }

    /// The event as the scenario sees it, if it is one of those meant.
    pub fn matches(
        &self,
        shared: &Rc<Shared>,
        branch: &Rc<Branch>,
        event: &Event,
        fiber: &mut Fiber,
    ) -> Result<Option<Value>, Failure> {
        if self
            .site
            .from
            .as_ref()
            .is_some_and(|from| !from_component(from, &event.subject))
        {
            return Ok(None);
        }
        let Some(groups) = self
            .site
            .patterns
            .iter()
            .find_map(|pattern| self.pattern(pattern, &event.message))
        else {
            return Ok(None);
        };
        let mut value = event.value();
        if let Value::Map(map) = &mut value {
            let map = std::sync::Arc::make_mut(map);
            for (name, group) in groups {
                if !map.contains_key(&name) {
                    map.insert(name, group);
                }
            }
        }
        let Some(filter) = &self.site.filter else {
            return Ok(Some(value));
        };
        let mut arguments = self.captured.clone();
        arguments.push(value.clone());
        match eval::condition(shared, branch, filter, &arguments, fiber) {
            Judged::Answer(true, _) => Ok(Some(value)),
            Judged::Answer(false, _) | Judged::Unobserved(_) => Ok(None),
            Judged::Failed(failure) => Err(failure),
        }
    }

    fn pattern(&self, pattern: &EventPattern, message: &str) -> Option<Map> {
        match pattern {
            EventPattern::Glob(at) => {
                ops::glob(self.globs.get(*at as usize)?, message).then(Map::new)
            }
            EventPattern::Regex(regex) => {
                let found = regex.captures(message)?;
                let mut groups = Map::new();
                for (number, name) in regex.capture_names().enumerate() {
                    let group = found
                        .get(number)
                        .map_or(Value::None, |group| Value::from(group.as_str()));
                    groups.insert(number.to_string(), group.clone());
                    if let Some(name) = name {
                        groups.insert(name.to_owned(), group);
                    }
                }
                Some(groups)
            }
        }
    }
}

/// Whether a subject is that component, or a member of that family.
pub fn from_component(from: &str, subject: &str) -> bool {
    subject == from
        || subject
            .strip_prefix(from)
            .is_some_and(|rest| rest.starts_with('['))
}
