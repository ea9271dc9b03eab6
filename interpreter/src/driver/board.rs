//! What is known of the system: the last report of each component, and the events.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::ops::Bound;

use scn_protocol::{Map, Metric, Report, Seen, Value};

use super::event::from_component;

/// So many events are kept for `wait event`.
const EVENTS_KEPT: usize = 100_000;

/// What is known of the system.
#[derive(Debug, Default)]
pub struct Board {
    subjects: BTreeMap<String, Subject>,
    /// The events, in order.
    pub events: VecDeque<Event>,
    /// How many events were dropped because there were too many.
    pub dropped: u64,
}

#[derive(Debug, Default)]
struct Subject {
    pid: Option<u32>,
    metrics: HashMap<String, Known>,
    /// The metrics that it had when its last process ended.
    ended: HashSet<String>,
    gap: Option<String>,
    /// What its logs said for a while was read by nobody, and they have said nothing since.
    unheard: bool,
}

#[derive(Debug)]
struct Known {
    value: Value,
    summary: Option<Map>,
    /// When it grows stale, on the monotonic clock.
    stale: Option<i64>,
}

/// An event that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The component.
    pub subject: String,
    /// When: nanoseconds since 1970 in UTC.
    pub at: i64,
    /// What it said.
    pub message: String,
    /// What came with it.
    pub data: Map,
}

impl Event {
    /// As a scenario sees it.
    pub fn value(&self) -> Value {
        let mut map = Map::new();
        map.insert("message".into(), Value::from(self.message.as_str()));
        map.insert("subject".into(), Value::from(self.subject.as_str()));
        map.insert("at".into(), Value::Moment(self.at));
        map.insert("data".into(), Value::map(self.data.clone()));
        Value::map(map)
    }
}

/// A metric as it is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// Its last value.
    Value(Value),
    /// It was not reported for three times its interval.
    Stale,
    /// It was reported of a process that has ended since.
    Ended,
    /// It was never reported.
    Unknown,
}

impl Board {
    /// Takes in a report; `now` is on the monotonic clock.
    pub fn take(&mut self, report: &Report, now: i64) {
        let subject = self.subjects.entry(report.subject.clone()).or_default();
        match &report.what {
            Seen::Metrics { metrics, interval } => {
                // What a log says again shows that it is read again.
                if interval.is_none() {
                    subject.gap = None;
                    subject.unheard = false;
                }
                let stale = interval.map(|interval| now.saturating_add(interval.saturating_mul(3)));
                for Metric {
                    name,
                    value,
                    summary,
                } in metrics
                {
                    let known = Known {
                        value: value.clone(),
                        summary: summary.clone(),
                        stale,
                    };
                    subject.metrics.insert(name.clone(), known);
                }
            }
            Seen::Event { message, data } => {
                subject.gap = None;
                let event = Event {
                    subject: report.subject.clone(),
                    at: report.at,
                    message: message.clone(),
                    data: data.clone(),
                };
                self.events.push_back(event);
                if self.events.len() > EVENTS_KEPT {
                    self.events.pop_front();
                    self.dropped += 1;
                }
            }
            Seen::Process { pid } => {
                if subject.pid != *pid {
                    let known = subject.metrics.drain().map(|(name, _)| name);
                    subject.ended.extend(known);
                }
                subject.pid = *pid;
            }
            Seen::Gap { reason } => subject.gap = Some(reason.clone()),
            Seen::Followed { .. } | Seen::Left => {}
        }
    }

    /// What that component's logs said until now was read by nobody.
    pub fn unheard(&mut self, subject: &str) {
        self.subjects.entry(subject.to_owned()).or_default().unheard = true;
    }

    /// Whether the logs of one of those components may have said what nobody read, and nothing since.
    pub fn is_unheard(&self, concerns: impl Fn(&str) -> bool) -> bool {
        let mut subjects = self.subjects.iter();
        subjects.any(|(name, subject)| subject.unheard && concerns(name))
    }

    /// The metrics of a component with their last values, by name.
    pub fn metrics(&self, subject: &str) -> Vec<(String, Value)> {
        let known = self.subjects.get(subject).into_iter();
        let metrics = known.flat_map(|subject| &subject.metrics);
        let metrics = metrics.map(|(name, known)| (name.clone(), known.value.clone()));
        let ordered: BTreeMap<String, Value> = metrics.collect();
        ordered.into_iter().collect()
    }

    /// The process of a component.
    pub fn pid(&self, subject: &str) -> Option<u32> {
        self.subjects.get(subject)?.pid
    }

    /// A metric of a component.
    pub fn metric(&self, subject: &str, name: &str, now: i64) -> Read {
        let Some(subject) = self.subjects.get(subject) else {
            return Read::Unknown;
        };
        match subject.metrics.get(name) {
            None if subject.ended.contains(name) => Read::Ended,
            None => Read::Unknown,
            Some(known) if known.stale.is_some_and(|stale| stale <= now) => Read::Stale,
            Some(known) => Read::Value(known.value.clone()),
        }
    }

    /// Whether what is known of a metric is from before a time in which nobody read the component's logs.
    /// What is asked for again and again, which has an interval, is not.
    pub fn is_old(&self, subject: &str, name: &str) -> bool {
        let known = self.subjects.get(subject);
        let known = known.filter(|subject| subject.unheard);
        let metric = known.and_then(|subject| subject.metrics.get(name));
        metric.is_some_and(|metric| metric.stale.is_none())
    }

    /// A percentile, or another part, of a metric of which a summary is kept; none once it is stale.
    pub fn summary(&self, subject: &str, name: &str, part: &str, now: i64) -> Option<Value> {
        let known = self.subjects.get(subject)?.metrics.get(name)?;
        if known.stale.is_some_and(|stale| stale <= now) {
            return None;
        }
        Some(
            known
                .summary
                .as_ref()?
                .get(part)
                .cloned()
                .unwrap_or_default(),
        )
    }

    /// Why something of that component is not observed, if so, the component first.
    pub fn gap_of(&self, subject: &str) -> Option<String> {
        let gap = self.subjects.get(subject)?.gap.as_ref()?;
        Some(format!("{subject}: {gap}"))
    }

    /// Why something of one of those components is not observed, if so, the component first.
    pub fn gap(&self, concerns: impl Fn(&str) -> bool) -> Option<String> {
        let of = |(name, subject): (&String, &Subject)| {
            let gap = subject.gap.as_ref().filter(|_| concerns(name))?;
            Some(format!("{name}: {gap}"))
        };
        self.subjects.iter().find_map(of)
    }

    /// The next time after `now` at which a metric of one of these components, or of a member of one
    /// of these families, grows stale.
    pub fn next_stale<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        now: i64,
    ) -> Option<i64> {
        let of = |name: &'n str| {
            let bounds = (Bound::Included(name), Bound::Unbounded);
            let from = self.subjects.range::<str, _>(bounds);
            let family = from.take_while(move |(known, _)| known.starts_with(name));
            family.filter(move |(known, _)| from_component(name, known))
        };
        names
            .into_iter()
            .flat_map(of)
            .flat_map(|(_, subject)| subject.metrics.values())
            .filter_map(|metric| metric.stale)
            .filter(|&stale| stale > now)
            .min()
    }
}
