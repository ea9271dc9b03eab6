//! Reads metrics and events out of a log's lines, by the rules of its environment.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{CaptureLocations, Regex};
use scn_protocol::component::LogRule;
use scn_protocol::{Map, Metric, Seen, Value};

use super::reading::{Unit, is_whole};
use super::summary::{Burst, Summary};

/// The summaries of one component's metrics, by name: several rules may feed one.
pub(crate) type Summaries = HashMap<String, Rc<RefCell<Summary>>>;

/// The rules of one log.
#[derive(Debug)]
pub(crate) struct Parser {
    rules: Vec<Rule>,
}

/// What something that was found is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// Of the line at hand.
    Line,
    /// Of lines before it, up to the last one that was summarised; nothing more is told of these.
    Lines,
    /// The same, and more is told of them.
    SomeLines,
}

#[derive(Debug)]
struct Rule {
    regex: Regex,
    places: CaptureLocations,
    unit: Unit,
    groups: Vec<Group>,
    event: Option<Template>,
}

#[derive(Debug)]
struct Group {
    index: usize,
    name: String,
    burst: Option<Burst>,
}

impl Parser {
    /// Makes ready to read by these rules; one that cannot be used is left out, and said.
    pub fn new(rules: &[LogRule], summaries: &mut Summaries) -> (Self, Vec<String>) {
        let (mut usable, mut problems) = (Vec::new(), Vec::new());
        for rule in rules {
            match Rule::new(rule, summaries) {
                Ok(rule) => usable.push(rule),
                Err(problem) => problems.push(problem),
            }
        }
        (Self { rules: usable }, problems)
    }

    /// Tries each rule on a line. What is summarised may be given later, but before anything
    /// that comes after it.
    pub fn line(&mut self, line: &[u8], found: &mut dyn FnMut(Seen, Of)) {
        let line = String::from_utf8_lossy(line);
        for at in 0..self.rules.len() {
            let rule = &mut self.rules[at];
            if rule.regex.captures_read(&mut rule.places, &line).is_none() {
                continue;
            }
            if rule.event.is_none() && rule.groups.iter().all(|group| group.burst.is_some()) {
                rule.summarise(&line);
                continue;
            }
            self.flush(found);
            if let Some(seen) = self.rules[at].read(&line) {
                found(seen, Of::Line);
            }
        }
    }

    /// Whether [`Parser::line`] keeps something back.
    pub fn holds_back(&self) -> bool {
        let mut groups = self.rules.iter().flat_map(|rule| &rule.groups);
        groups.any(|group| group.burst.as_ref().is_some_and(Burst::is_begun))
    }

    /// Gives what [`Parser::line`] kept back: called whenever nothing more is to be read now.
    pub fn flush(&mut self, found: &mut dyn FnMut(Seen, Of)) {
        let mut last: Option<Seen> = None;
        for group in self.rules.iter_mut().flat_map(|rule| &mut rule.groups) {
            if let Some(burst) = &mut group.burst {
                burst.flush(&group.name, &mut |seen| {
                    if let Some(before) = last.replace(seen) {
                        found(before, Of::SomeLines);
                    }
                });
            }
        }
        if let Some(last) = last {
            found(last, Of::Lines);
        }
    }
}

impl Rule {
    fn new(rule: &LogRule, summaries: &mut Summaries) -> Result<Self, String> {
        let regex = Regex::new(&rule.regex)
            .map_err(|error| format!("`{}` is no regular expression: {error}", rule.regex))?;
        let unit = match &rule.unit {
            Some(name) => Unit::named(name).ok_or_else(|| format!("`{name}` is no unit"))?,
            None => Unit::None,
        };
        let keep = rule.percentiles && rule.event.is_none();
        let names = regex.capture_names().enumerate();
        let groups = names.filter_map(|(index, name)| {
            let name = name?.to_owned();
            let burst = keep.then(|| {
                let summary = summaries.entry(name.clone()).or_default();
                Burst::new(unit, Rc::clone(summary))
            });
            Some(Group { index, name, burst })
        });
        Ok(Self {
            groups: groups.collect(),
            places: regex.capture_locations(),
            event: rule.event.as_deref().map(Template::new),
            regex,
            unit,
        })
    }

    fn text<'l>(&self, group: &Group, line: &'l str) -> Option<&'l str> {
        let (start, end) = self.places.get(group.index)?;
        line.get(start..end)
    }

    fn summarise(&mut self, line: &str) {
        for group in &mut self.groups {
            let Some((start, end)) = self.places.get(group.index) else {
                continue;
            };
            let text = &line[start..end];
            if let Some(burst) = &mut group.burst {
                match self.unit.number(text) {
                    Some(number) => burst.add(number, is_whole(text)),
                    None => burst.say(Value::from(text)),
                }
            }
        }
    }

    fn read(&self, line: &str) -> Option<Seen> {
        let texts = || {
            let groups = self.groups.iter();
            groups.filter_map(|group| Some((group, self.text(group, line)?)))
        };
        if let Some(template) = &self.event {
            let text = |name: &str| texts().find(|(g, _)| g.name == name).map(|(_, t)| t);
            let message = template.fill(line, text).into_owned();
            let data = texts().map(|(group, text)| (group.name.clone(), self.unit.data(text)));
            let data: Map = data.collect();
            return Some(Seen::Event { message, data });
        }
        let metrics: Vec<_> = texts()
            .map(|(group, text)| Metric {
                name: group.name.clone(),
                value: self.unit.metric(text),
                summary: None,
            })
            .collect();
        (!metrics.is_empty()).then_some(Seen::Metrics {
            metrics,
            interval: None,
        })
    }
}

/// An event's message: text in which `#{group}` stands for what that group matched.
#[derive(Debug)]
struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Group(String),
}

impl Template {
    fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, (name, after))) = rest
            .split_once("#{")
            .and_then(|(before, after)| Some((before, after.split_once('}')?)))
        {
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Group(name.trim().to_owned()));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Self(parts)
    }

    /// The message; the whole line for an empty template.
    fn fill<'l>(&self, line: &'l str, group: impl Fn(&str) -> Option<&'l str>) -> Cow<'l, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(line);
        }
        let mut message = String::new();
        for part in &self.0 {
            message.push_str(match part {
                Part::Text(text) => text,
                Part::Group(name) => group(name).unwrap_or_default(),
            });
        }
        Cow::Owned(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(regex: &str) -> LogRule {
        LogRule {
            regex: regex.to_owned(),
            ..LogRule::default()
        }
    }

    fn read(rules: &[LogRule], lines: &[&str]) -> Vec<Seen> {
        let (mut parser, problems) = Parser::new(rules, &mut Summaries::new());
        assert_eq!(problems, Vec::<String>::new());
        let mut seen = Vec::new();
        for line in lines {
            parser.line(line.as_bytes(), &mut |found, _| seen.push(found));
        }
        parser.flush(&mut |found, _| seen.push(found));
        seen
    }

    fn values(seen: &[Seen]) -> Vec<String> {
        let text = |seen: &Seen| match seen {
            Seen::Metrics { metrics, .. } => {
                let each = metrics.iter().map(|m| format!("{}={}", m.name, m.value));
                each.collect::<Vec<_>>().join(" ")
            }
            Seen::Event { message, data } => {
                format!("{message} {}", Value::map(data.clone()))
            }
            other => format!("{other:?}"),
        };
        seen.iter().map(text).collect()
    }

    #[test]
    fn named_groups_are_metrics_in_the_order_of_the_lines() {
        let rules = [
            rule(r"state=(?<STATE>\w+)( book=(?<BOOK>\d+))?"),
            rule(r"role=(?<ROLE>\w+)"),
        ];
        let lines = ["state=UP role=primary", "nothing", "state=READY book=12"];
        assert_eq!(
            values(&read(&rules, &lines)),
            ["STATE=UP", "ROLE=primary", "STATE=READY BOOK=12"]
        );
    }

    #[test]
    fn an_event_has_its_message_and_its_groups() {
        let event = |regex: &str, message: &str| LogRule {
            event: Some(message.to_owned()),
            ..rule(regex)
        };
        let rules = [
            event(
                r"^ERROR: (?<message>.*?)( \((?<code>\d+)\))?$",
                "ERROR: #{message}",
            ),
            event("^PANIC", ""),
            event(r"id=(?<id>\d+)", "#{id} of #{ nobody }#{"),
        ];
        let lines = ["ERROR: disk full (28)", "ERROR: x", "PANIC at 1", "id=007"];
        assert_eq!(
            values(&read(&rules, &lines)),
            [
                r#"ERROR: disk full {"message":"disk full","code":28}"#,
                r#"ERROR: x {"message":"x"}"#,
                "PANIC at 1 {}",
                r##"007 of #{ {"id":"007"}"##,
            ]
        );
    }

    #[test]
    fn of_a_burst_the_extremes_and_the_last_are_reported() {
        let latency = LogRule {
            unit: Some("us".to_owned()),
            percentiles: true,
            ..rule(r"latency=(?<LATENCY>[\w.]+)")
        };
        let rules = [latency, rule("(?<STATE>UP|DOWN)")];
        let lines = [
            "latency=5",
            "latency=90",
            "latency=1",
            "latency=7",
            "DOWN",
            "latency=8",
        ];
        let seen = read(&rules, &lines);
        assert_eq!(
            values(&seen),
            [
                "LATENCY=90us",
                "LATENCY=1us",
                "LATENCY=7us",
                "STATE=DOWN",
                "LATENCY=8us"
            ]
        );
        let Seen::Metrics { metrics, .. } = &seen[4] else {
            panic!("{seen:?}")
        };
        let summary = Value::map(metrics[0].summary.clone().unwrap_or_default());
        assert_eq!(
            summary.to_text(),
            r#"{"p50":"7us","p90":"90us","p95":"90us","p99":"90us","p999":"90us","min":"1us","max":"90us","avg":"22.2us","count":5}"#
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_read() {
        let odd = LogRule {
            unit: Some("furlong".to_owned()),
            ..rule("(?<A>.)")
        };
        let rules = [rule("("), odd, rule("(?<B>x)")];
        let (parser, problems) = Parser::new(&rules, &mut Summaries::new());
        assert_eq!((parser.rules.len(), problems.len()), (1, 2));
        assert_eq!(problems[1], "`furlong` is no unit");
    }

    #[test]
    fn bytes_that_are_no_text_harm_nothing() {
        let (mut parser, _) = Parser::new(&[rule("state=(?<S>.+)$")], &mut Summaries::new());
        let mut seen = Vec::new();
        parser.line(b"\xff\x00state=\xfeUP", &mut |found, _| seen.push(found));
        assert_eq!(values(&seen), ["S=\u{fffd}UP"]);
    }
}
