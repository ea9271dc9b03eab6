//! Probes: what a component is asked now and then.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use scn_protocol::component::{Output, Probe, ProbeAsk, Program};
use scn_protocol::{Map, Metric, Seen, Value, json, quantity};

/// An answer that is waited for.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + 'a>>;

/// Asks for the watcher. It is never asked the same twice at a time; an answer that takes too
/// long is no longer waited for, and the future is dropped.
pub trait Prober {
    /// The text that a URL answers with a status of 200 to 299; anything else is an error.
    fn http<'a>(&'a self, url: &'a str) -> Answer<'a, String>;

    /// What a program writes to its standard output, if it succeeds; anything else is an error.
    fn run<'a>(&'a self, program: &'a Program) -> Answer<'a, Vec<u8>>;
}

/// How long an answer may take at least, whatever the time between two.
const PATIENCE: Duration = Duration::from_secs(5);

/// The time between two answers.
pub(crate) fn every(probe: &Probe) -> Duration {
    Duration::from_nanos(u64::try_from(probe.every).unwrap_or(0)).max(Duration::from_millis(1))
}

/// Asks once; `None` if there is no answer, or none that can be read.
pub(crate) async fn ask(prober: &dyn Prober, probe: &Probe) -> Option<Seen> {
    let answer = async {
        match &probe.ask {
            ProbeAsk::Http(url) => json::parse(&prober.http(url).await.ok()?).ok(),
            ProbeAsk::Run(program, output) => read(prober.run(program).await.ok()?, *output),
        }
    };
    let patience = every(probe).max(PATIENCE);
    let value = tokio::time::timeout(patience, answer).await.ok()??;
    let metrics: Vec<_> = kept(value, &probe.fields)
        .into_iter()
        .map(|(name, value)| Metric {
            name,
            value,
            summary: None,
        })
        .collect();
    (!metrics.is_empty()).then_some(Seen::Metrics {
        metrics,
        interval: Some(probe.every),
    })
}

/// A program's output as its environment says that it is to be read.
fn read(output: Vec<u8>, how: Output) -> Option<Value> {
    let text = String::from_utf8_lossy(&output);
    Some(match how {
        Output::Text => {
            let text = text.strip_suffix('\n').unwrap_or(&text);
            Value::from(text.strip_suffix('\r').unwrap_or(text))
        }
        Output::Int => Value::Int(text.trim().parse().ok()?),
        Output::Decimal => Value::decimal(quantity::parse_decimal(text.trim())?),
        Output::Json => json::parse(&text).ok()?,
        Output::Lines => Value::list(text.lines().map(Value::from).collect()),
    })
}

/// The metrics of an answer. Of a map its fields; with `fields` only those, where `a.b` keeps
/// the field `b` of the map `a`, which is read as `COMPONENT.a.b`. An answer that is no map is one
/// metric: the one field, or `value`.
fn kept(answer: Value, fields: &[String]) -> Map {
    let Value::Map(map) = &answer else {
        let name = match fields {
            [name] => name.clone(),
            _ => "value".to_owned(),
        };
        return Map::from_iter([(name, answer)]);
    };
    if fields.is_empty() {
        return map.as_ref().clone();
    }
    let mut kept = Map::new();
    for field in fields {
        let path: Vec<&str> = field.split('.').collect();
        if let Some(value) = lookup(map, &path) {
            insert(&mut kept, &path, value);
        }
    }
    kept
}

fn lookup(map: &Map, path: &[&str]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    match (map.get(first)?, rest) {
        (value, []) => Some(value.clone()),
        (Value::Map(inner), rest) => lookup(inner, rest),
        _ => None,
    }
}

fn insert(map: &mut Map, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        map.insert((*first).to_owned(), value);
        return;
    }
    let mut inner = match map.get(first) {
        Some(Value::Map(inner)) => inner.as_ref().clone(),
        _ => Map::new(),
    };
    insert(&mut inner, rest, value);
    map.insert((*first).to_owned(), Value::map(inner));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn fields(answer: &str, fields: &[&str]) -> String {
        let fields: Vec<_> = fields.iter().map(|&field| field.to_owned()).collect();
        Value::map(kept(json::parse(answer).unwrap(), &fields))
            .to_text()
            .into_owned()
    }

    #[test]
    fn dots_lead_into_maps() {
        let answer = r#"{"role":"primary","lag":{"bytes":1,"time":2,"x":3},"n":null}"#;
        assert_eq!(fields(answer, &[]), answer);
        assert_eq!(
            fields(
                answer,
                &["lag.bytes", "lag.time", "role", "no", "role.x", "n"]
            ),
            r#"{"lag":{"bytes":1,"time":2},"role":"primary","n":null}"#
        );
        assert_eq!(fields("7", &["lag"]), r#"{"lag":7}"#);
        assert_eq!(fields("[7]", &[]), r#"{"value":[7]}"#);
    }

    #[test]
    fn output_is_read_as_it_should_be() {
        let read = |text: &str, how| read(text.as_bytes().to_vec(), how);
        assert_eq!(read("a b\r\n", Output::Text), Some(Value::from("a b")));
        assert_eq!(read(" 7\n", Output::Int), Some(Value::Int(7)));
        assert_eq!(read("7.5\n", Output::Int), None);
        assert_eq!(read("7.50\n", Output::Decimal).unwrap().to_text(), "7.5");
        assert_eq!(
            read("a\nb\n", Output::Lines).unwrap().to_text(),
            r#"["a","b"]"#
        );
        assert_eq!(read("{", Output::Json), None);
    }
}
