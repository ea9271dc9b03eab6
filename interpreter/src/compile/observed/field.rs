//! What is read after a point, of what is known to have certain fields alone.

use scn_grammar::Diagnostic;
use scn_grammar::tree::{Expr, ExprKind, Ident};
use scn_protocol::{HandleKind, StepResult};

use super::Holds;
use crate::codes;
use crate::compile::names::SYSTEM;
use crate::compile::scope::Scope;
use crate::environment::{MetricFrom, PERCENTILES};
use crate::fields;

/// What other tools call a field.
const ELSEWHERE: [(&[&str], &str); 6] = [
    (
        &[
            "exitcode",
            "exit_code",
            "exitCode",
            "exit_status",
            "returncode",
            "return_code",
            "code",
            "status",
            "rc",
        ],
        "exit",
    ),
    (&["out", "output", "text", "result"], "stdout"),
    (&["err", "stdErr"], "stderr"),
    (&["time", "elapsed", "took"], "duration"),
    (&["timedout", "timeout"], "timed_out"),
    (&["msg", "text"], "message"),
];

impl Scope<'_, '_> {
    /// Whether what is read after a point can be there.
    pub(in crate::compile) fn check_field(&mut self, of: &Expr, field: &Ident) {
        if let ExprKind::Field { of: owner, name } = &of.kind {
            if let Some(component) = self.component_of(owner) {
                self.check_metrics_field(&component, &name.name, field);
            }
            return;
        }
        if let Some(component) = self.component_of(of) {
            return self.check_metric(&component, field);
        }
        let ExprKind::Name(name) = &of.kind else {
            return;
        };
        let mut known: Vec<&str> = Vec::new();
        let what = match self.holds.get(name.as_str()) {
            Some(Holds::Result) => {
                known.extend(StepResult::FIELDS);
                "a result"
            }
            Some(Holds::Job) => {
                known.extend(StepResult::FIELDS);
                let own = fields::names(&fields::JOB);
                known.extend(own.filter(|name| !StepResult::FIELDS.contains(name)));
                "a background job"
            }
            Some(Holds::Event(groups)) => {
                known.extend(fields::names(&fields::EVENT));
                known.extend(groups.iter().map(String::as_str));
                "an event"
            }
            _ => return,
        };
        if known.contains(&field.name.as_str()) || field.name == "cut" {
            return;
        }
        let elsewhere = ELSEWHERE
            .iter()
            .find(|(names, ours)| names.contains(&field.name.as_str()) && known.contains(ours));
        let meant = elsewhere.map(|(_, ours)| *ours);
        let meant =
            meant.or_else(|| scn_grammar::diagnostic::meant(&field.name, known.iter().copied()));
        let message = format!("{what} has no `.{}`, so this is `none`", field.name);
        let found = Diagnostic::new(&codes::UNKNOWN_FIELD, field.span, message);
        self.report(match meant {
            Some(meant) => found
                .help(format!("here it is written {name}.{meant}"))
                .replace(meant.to_owned()),
            None => found.help(format!("it has .{}", known.join(" ."))),
        });
    }

    /// The component, or the family's member, that an expression is.
    fn component_of(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) if self.element(name).is_some() => None,
            ExprKind::Name(name) if self.variables.contains_key(name.as_str()) => {
                match self.holds.get(name.as_str()) {
                    Some(Holds::Member(family)) => Some(family.clone()),
                    _ => None,
                }
            }
            ExprKind::Name(name) if self.compiler.globals.contains_key(name.as_str()) => None,
            ExprKind::Name(name) => match self.compiler.component_kind(name)? {
                HandleKind::Component => Some(name.to_string()),
                _ => None,
            },
            ExprKind::Index { of, .. } => match &of.kind {
                ExprKind::Name(family) if !self.variables.contains_key(family.as_str()) => {
                    self.declared(family).map(|_| family.to_string())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn check_metric(&mut self, component: &str, field: &Ident) {
        let Some(observed) = self.compiler.registry.observed() else {
            return;
        };
        let mut known: Vec<String> = fields::names(&fields::COMPONENT)
            .map(str::to_owned)
            .collect();
        let own = match component {
            SYSTEM => &observed.of_system,
            _ => &observed.of_process,
        };
        let declared = self
            .compiler
            .environment
            .and_then(|environment| environment.components.get(component));
        if let Some(declared) = declared {
            if declared.has_open_probe() {
                return;
            }
            known.extend(declared.attrs.keys().cloned());
            known.extend(declared.metrics().map(|metric| metric.name.to_owned()));
        }
        known.extend(own.iter().cloned());
        if known.iter().any(|known| *known == field.name) {
            return;
        }
        let meant = scn_grammar::diagnostic::meant(&field.name, known.iter().map(String::as_str));
        // A plug-in may report what nobody has declared.
        if self.compiler.has_plugins() && meant.is_none() {
            return;
        }
        let message = format!(
            "nothing reports `{}` of `{component}`, so it is `none`",
            field.name
        );
        let found = Diagnostic::new(&codes::UNKNOWN_FIELD, field.span, message);
        let mut seen = std::collections::HashSet::new();
        let listed = known.iter().filter(|name| seen.insert(name.as_str()));
        let listed: Vec<&str> = listed.map(String::as_str).collect();
        self.report(match meant {
            Some(meant) => found
                .help(format!("did you mean `{component}.{meant}`?"))
                .replace(meant.to_owned()),
            None => found.help(format!(
                "it has {}; a log's `parse` or a `probe` in the environment gives it others",
                listed.join(", ")
            )),
        });
    }

    /// `COMPONENT.METRIC.FIELD`: percentiles, of a metric that a log gives.
    fn check_metrics_field(&mut self, component: &str, metric: &str, field: &Ident) {
        let environment = self.compiler.environment;
        let declared = environment.and_then(|environment| environment.components.get(component));
        let Some(declared) = declared.filter(|_| self.compiler.registry.observed().is_some())
        else {
            return;
        };
        let of_name = declared.metrics().filter(|known| known.name == metric);
        let from: Vec<MetricFrom> = of_name.map(|known| known.from).collect();
        let kept = from.contains(&MetricFrom::Log { percentiles: true });
        let other = from.contains(&MetricFrom::Probe) || declared.has_open_probe();
        if from.is_empty() || other || (kept && PERCENTILES.contains(&field.name.as_str())) {
            return;
        }
        let message = format!(
            "nothing reports `{}` of `{component}.{metric}`, so it is `none`",
            field.name
        );
        let found = Diagnostic::new(&codes::UNKNOWN_FIELD, field.span, message);
        let listed = PERCENTILES.join(", ");
        self.report(found.help(match kept {
            true => format!("it has: {listed}"),
            false => format!(
                "its rule in the environment keeps the last value alone; with `keep = \"percentiles\"` there are: {listed}"
            ),
        }));
    }
}
