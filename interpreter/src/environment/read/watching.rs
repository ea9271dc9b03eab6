//! `probe` and `log` of a component.

use scn_grammar::Diagnostic;
use scn_grammar::tree::{ExprKind, Part};
use scn_protocol::component::LogRule;
use scn_protocol::quantity::SECOND;

use super::super::shape::NameKind;
use super::super::toml::{Item, Table, locate};
use super::super::{LogDeclaration, ProbeAskDeclaration, ProbeDeclaration, codes, pattern};
use super::program::output;
use super::{Literal, Reader, literal, literals, nodes, one_or_more, plain};
use scn_grammar::Span;
use scn_grammar::diagnostic::meant;

impl Reader<'_> {
    pub(super) fn probes(&mut self, table: &Table) -> Vec<ProbeDeclaration> {
        one_or_more(table, "probe")
            .into_iter()
            .filter_map(|(table, span)| self.probe(table, span))
            .collect()
    }

    fn probe(&mut self, table: &Table, span: Span) -> Option<ProbeDeclaration> {
        let place = self.place(span);
        let ask = if let Some(url) = literal(table, "http") {
            self.only_with_program(table);
            self.json_only(table);
            ProbeAskDeclaration::Http(self.template(url)?)
        } else {
            let program = self.program(table, place)?;
            ProbeAskDeclaration::Run(program, output(table, "result"))
        };
        let every = self.duration(table, "every").unwrap_or(SECOND);
        let fields = literals(table, "fields");
        Some(ProbeDeclaration {
            ask,
            every,
            fields: fields.iter().map(|field| field.text.to_owned()).collect(),
        })
    }

    /// What a URL answers is JSON, and cannot be said to be anything else.
    fn json_only(&mut self, table: &Table) {
        if let Some(result) = literal(table, "result")
            && result.text != "json"
        {
            let message = "`result` is how a program's output is read; a URL answers with JSON";
            self.error(&codes::EXCLUSIVE, result.span, message);
        }
    }

    pub(super) fn logs(&mut self, table: &Table) -> Vec<LogDeclaration> {
        one_or_more(table, "log")
            .into_iter()
            .filter_map(|(table, _)| self.log(table))
            .collect()
    }

    fn log(&mut self, table: &Table) -> Option<LogDeclaration> {
        let rules = nodes(table, "parse")
            .iter()
            .filter_map(|node| match &node.item {
                Item::Table(table) => self.rule(table),
                _ => None,
            })
            .collect();
        Some(LogDeclaration {
            path: self.template_at(table, "path")?,
            rules,
        })
    }

    /// The names of the metrics that its probes and logs give, as far as they are declared,
    /// and where.
    pub(super) fn metrics(&self, table: &Table) -> Vec<(String, Span)> {
        let mut all = Vec::new();
        for (probe, _) in one_or_more(table, "probe") {
            let fields = literals(probe, "fields");
            all.extend(fields.iter().map(|field| {
                let first = field.text.split('.').next().unwrap_or_default();
                (first.to_owned(), field.span)
            }));
        }
        for (log, _) in one_or_more(table, "log") {
            for node in nodes(log, "parse") {
                if let Item::Table(rule) = &node.item
                    && !rule.has("event")
                    && let Some(regex) = literal(rule, "regex")
                    && let Ok(groups) = pattern::groups(regex.text)
                {
                    all.extend(groups.into_iter().map(|group| (group, regex.span)));
                }
            }
        }
        all
    }

    fn rule(&mut self, table: &Table) -> Option<LogRule> {
        let regex = literal(table, "regex")?;
        let groups = self.regex(regex)?;
        for group in &groups {
            if let Some(fault) = NameKind::Name.fault(group) {
                self.error(&codes::NAME, regex.span, fault);
            }
        }
        let event = match literal(table, "event") {
            Some(event) => Some(self.event(event, &groups)?),
            None => None,
        };
        if event.is_none() && groups.is_empty() {
            self.report(
                Diagnostic::new(
                    &codes::IDLE_RULE,
                    regex.span,
                    "nothing comes of this rule: no named group, and no `event`",
                )
                .help("name a group, (?<NAME>…), or add event = \"…\""),
            );
        }
        Some(LogRule {
            regex: regex.text.to_owned(),
            unit: plain(table, "unit"),
            percentiles: plain(table, "keep").is_some(),
            event,
        })
    }

    /// The message of an event: its `#{GROUP}` are groups of the rule's regular expression.
    /// Given back with each written in the same way.
    fn event(&mut self, event: Literal<'_>, groups: &[String]) -> Option<String> {
        let template = self.template(event)?;
        let mut message = String::new();
        let mut complete = true;
        for part in &template.parts {
            match part {
                Part::Bare(text) | Part::Quoted(text) => message.push_str(text),
                Part::Value { expr, .. } | Part::Splat(expr) => match &expr.kind {
                    ExprKind::Name(name) if groups.iter().any(|group| group == name) => {
                        message.push_str(&format!("#{{{name}}}"));
                    }
                    kind => {
                        let span = locate(self.text, event.span, expr.span);
                        self.report(unknown_group(kind, span, groups));
                        complete = false;
                    }
                },
            }
        }
        complete.then_some(message)
    }
}

fn unknown_group(kind: &ExprKind, span: Span, groups: &[String]) -> Diagnostic {
    let ExprKind::Name(name) = kind else {
        let message = "only the groups of the rule's `regex` can stand in an event's message";
        return Diagnostic::new(&codes::GROUP, span, message);
    };
    let message = format!("the rule's `regex` has no group `{name}`");
    let found = Diagnostic::new(&codes::GROUP, span, message);
    let known = groups.iter().map(String::as_str);
    match meant(name, known) {
        Some(close) => found
            .help(format!("`{close}` was probably meant"))
            .replace(close),
        None if groups.is_empty() => found.help(format!("name a group: (?<{name}>…)")),
        None => found.help(format!("its groups are {}", groups.join(", "))),
    }
}
