//! Events that are looked for, beside those that the environment's rules can tell of.

use scn_grammar::tree::{EventMatch, Part, Pattern, PatternKind};
use scn_grammar::{Diagnostic, Span};

use crate::codes;
use crate::compile::scope::Scope;
use crate::environment::ComponentDeclaration;
use crate::ops::{self, Wild};

impl Scope<'_, '_> {
    /// Whether an event can come that is looked for. Gives why none ever can, whatever its message, of the component.
    pub fn check_event(&mut self, event: &EventMatch, span: Span) -> Option<String> {
        self.compiler.registry.observed()?;
        let environment = self.compiler.environment?;
        if self.compiler.has_plugins() {
            return None;
        }
        let from = event.from.as_ref().map(|word| word.literal());
        let told: Vec<&str> = match &from {
            Some(None) => return None,
            Some(Some(name)) => {
                // That there is no such component is told already.
                self.compiler.component_kind(name)?;
                let family = name.split('[').next().unwrap_or(name);
                let declared = environment.components.get(family);
                declared
                    .map(|declared| declared.events().collect())
                    .unwrap_or_default()
            }
            None => {
                let all = environment.components.values();
                all.flat_map(ComponentDeclaration::events).collect()
            }
        };
        let of = match &from {
            Some(Some(name)) => format!("of `{name}`"),
            _ => "of any component".to_owned(),
        };
        if told.is_empty() {
            let message = format!("no event {of} can ever come");
            let place = event.from.as_ref().map_or(span, |word| word.span);
            self.report(Diagnostic::new(&codes::UNHEARD, place, message).help(
                "an event comes from a rule of a component's `log` that has `event = \"…\"`, or from a plug-in; this environment has neither",
            ));
            return Some(format!("the environment reads no event {of}"));
        }
        for pattern in &event.patterns {
            let Some(wanted) = glob(pattern) else {
                continue;
            };
            if told
                .iter()
                .any(|message| ops::meet(&template(message), &wanted))
            {
                continue;
            }
            let message = format!("no event {of} has such a message");
            let found = Diagnostic::new(&codes::UNHEARD, pattern.span, message);
            let told: Vec<String> = told.iter().map(|text| format!("`{text}`")).collect();
            self.report(found.help(format!(
                "the whole message must match, `*` stands for anything; the environment's rules give: {}",
                told.join(", ")
            )));
        }
        None
    }
}

/// The groups of an event's regular expressions.
pub(super) fn groups_of(event: &EventMatch) -> Option<Vec<String>> {
    let mut groups = Vec::new();
    for pattern in &event.patterns {
        if let PatternKind::Regex(text) = &pattern.kind {
            let regex = ops::compile_regex(text).ok()?;
            groups.extend(regex.capture_names().flatten().map(str::to_owned));
        }
    }
    Some(groups)
}

/// What a pattern's message looks like; none of a regular expression.
fn glob(pattern: &Pattern) -> Option<Wild> {
    let PatternKind::Glob(word) = &pattern.kind else {
        return None;
    };
    let mut wild = Wild::new();
    for part in &word.parts {
        match part {
            Part::Bare(text) | Part::Quoted(text) => {
                wild.extend(text.chars().map(|sign| (sign != '*').then_some(sign)))
            }
            _ => wild.push(None),
        }
    }
    Some(wild)
}

/// What an event's message looks like by its rule.
fn template(message: &str) -> Wild {
    if message.is_empty() {
        return vec![None];
    }
    let mut wild = Wild::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once("#{") {
        wild.extend(before.chars().map(Some));
        wild.push(None);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    wild.extend(rest.chars().map(Some));
    wild
}

#[cfg(test)]
mod tests {
    use super::template;

    #[test]
    fn what_a_rule_reads_may_be_anything() {
        let anything = None;
        assert_eq!(template("a#{x}b"), [Some('a'), anything, Some('b')]);
        assert_eq!(template("#{a}#{b}"), [anything, anything]);
        assert_eq!(template(""), [anything]);
        assert_eq!(template("up"), [Some('u'), Some('p')]);
    }
}
