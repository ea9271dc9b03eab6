//! What an environment has observed of its components: metrics and events, by name.

use super::ComponentDeclaration;

/// What a metric of a log has beside its last value, where `keep = "percentiles"` is said of it.
pub const PERCENTILES: [&str; 9] = [
    "p50", "p90", "p95", "p99", "p999", "min", "max", "avg", "count",
];

/// A metric that is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric<'e> {
    /// Its name.
    pub name: &'e str,
    /// Where it comes from.
    pub from: MetricFrom,
}

/// Where a metric comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricFrom {
    /// It is read out of a log.
    Log {
        /// Its [percentiles](PERCENTILES) are kept.
        percentiles: bool,
    },
    /// It is a field of what a probe is answered.
    Probe,
}

impl ComponentDeclaration {
    /// The metrics that its logs and probes give. One may be there twice.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'_>> {
        let rules = self.logs.iter().flat_map(|log| &log.rules);
        let logged = rules.filter(|rule| rule.event.is_none()).flat_map(|rule| {
            let percentiles = rule.percentiles;
            let from = MetricFrom::Log { percentiles };
            groups(&rule.regex).map(move |name| Metric { name, from })
        });
        let probed = self.probes.iter().flat_map(|probe| &probe.fields);
        let probed = probed.map(|field| Metric {
            name: field.split('.').next().unwrap_or(field),
            from: MetricFrom::Probe,
        });
        logged.chain(probed)
    }

    /// Whether a probe's answers may have any fields.
    pub fn has_open_probe(&self) -> bool {
        self.probes.iter().any(|probe| probe.fields.is_empty())
    }

    /// The messages of the events that its logs give, `#{…}` standing in them for what is read; an empty
    /// one for the whole line.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        let rules = self.logs.iter().flat_map(|log| &log.rules);
        rules.filter_map(|rule| rule.event.as_deref())
    }
}

/// The named groups of a regular expression.
fn groups(regex: &str) -> impl Iterator<Item = &str> {
    let named = regex.split("(?<").skip(1);
    let named = named.chain(regex.split("(?P<").skip(1));
    named
        .filter_map(|rest| rest.split_once('>'))
        .map(|(name, _)| name)
        .filter(|name| {
            let part = |sign: char| sign.is_alphanumeric() || sign == '_';
            !name.is_empty() && name.chars().all(part)
        })
}
