//! What a scenario's file declares and names, each at its place, from its syntax tree.
//!
//! Definitions, references, renaming, symbols and completion are questions about this list. It holds
//! what is written: whether `x` is a variable or a component is decided by who asks, with
//! [`Outline::defines`] and an environment.

mod walk;

use std::collections::HashSet;

use scn_grammar::Span;
use scn_grammar::tree::{File, Ident, Part};
use scn_protocol::Signature;

use walk::Walk;

/// What a name at its place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A variable, or in an expression any name.
    Name,
    /// An `@param`.
    Parameter,
    /// A label.
    Label,
    /// A command, or a step that is defined.
    Command,
    /// A function of expressions.
    Function,
    /// The prefix of a used file.
    Prefix,
    /// A plain word of a command, which may name a job or a component.
    Word,
}

/// A name at its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub what: What,
    /// It is given here: set, defined, or stood at.
    pub defines: bool,
    /// In which of [`Outline::scopes`].
    pub scope: usize,
}

/// What has variables and labels of its own: the scenario, and each of its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The step's name; none for the scenario itself.
    pub step: Option<String>,
    /// From its first line to its last.
    pub span: Span,
}

/// A step that is defined.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnStep {
    /// Where its name stands.
    pub name: Ident,
    /// Its parameters; its help is the comment above it.
    pub signature: Signature,
    /// The whole.
    pub span: Span,
}

/// A file that is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// Its path, as it is written.
    pub path: Ident,
    /// The prefix of its steps.
    pub prefix: Option<Ident>,
}

/// What a file declares and names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// Every name, in the order in which they were met.
    pub occurrences: Vec<Occurrence>,
    /// The scenario's scope first, then that of each step.
    pub scopes: Vec<Scope>,
    /// Its steps.
    pub steps: Vec<OwnStep>,
    /// The files that it uses.
    pub uses: Vec<Used>,
    /// Names of background jobs.
    pub jobs: HashSet<String>,
}

impl Outline {
    /// The outline of a file that was parsed.
    pub fn of(source: &str, file: &File) -> Self {
        let mut walk = Walk {
            source,
            outline: Self::default(),
            scope: 0,
        };
        walk.outline.scopes.push(Scope {
            step: None,
            span: Span::new(0, source.len()),
        });
        for header in &file.headers {
            walk.header(&header.kind);
        }
        walk.block(&file.body);
        walk.outline
    }

    /// What a text with `#{…}` names.
    pub fn of_text(source: &str, parts: &[Part]) -> Self {
        let mut walk = Walk {
            source,
            outline: Self::default(),
            scope: 0,
        };
        walk.parts(parts);
        walk.outline
    }

    /// The scope that a place is in. Steps stand one after the other, and in none other.
    pub fn scope_at(&self, offset: usize) -> usize {
        let before = |scope: &Scope| scope.span.start as usize <= offset;
        let last = self.scopes.partition_point(before).saturating_sub(1);
        let within = self.scopes.get(last);
        match within.is_some_and(|scope| offset <= scope.span.end as usize) {
            true => last,
            false => 0,
        }
    }

    /// Where a name of that kind is given, as that scope sees it.
    pub fn defines<'a>(
        &'a self,
        name: &'a str,
        what: What,
        scope: usize,
    ) -> impl Iterator<Item = &'a Occurrence> {
        self.occurrences.iter().filter(move |one| {
            one.defines && one.what == what && one.scope == scope && one.name == name
        })
    }

    /// Each name of that kind that is given in a scope, once, with the place where it first is.
    pub fn names(&self, what: What, scope: usize) -> Vec<&Occurrence> {
        let mut seen = HashSet::new();
        let given = self.occurrences.iter();
        given
            .filter(|one| one.defines && one.what == what && one.scope == scope)
            .filter(|one| seen.insert(one.name.as_str()))
            .collect()
    }

    /// The name that stands at a place.
    pub fn at(&self, offset: usize) -> Option<&Occurrence> {
        let holds =
            |one: &&Occurrence| (one.span.start as usize..=one.span.end as usize).contains(&offset);
        let mut found = self.occurrences.iter().filter(holds);
        // Where two touch, the one that begins here; and a word is the last thing that it could be.
        let first = found.next()?;
        let better = found.find(|one| one.what != What::Word);
        Some(match better {
            Some(better) if first.what == What::Word || better.span.start as usize == offset => {
                better
            }
            _ => first,
        })
    }
}

#[cfg(test)]
mod tests {
    use scn_protocol::Type;

    use super::*;

    fn outline(source: &str) -> Outline {
        Outline::of(source, &scn_grammar::parse(source).file)
    }

    #[test]
    fn names_belong_to_the_scope_that_they_stand_in() {
        let source = "set x = 1\n# Says it.\nstep say what='hi'\n  set x = what\nend\necho #{x}\n";
        let outline = outline(source);
        let of = |scope| -> Vec<&str> {
            let names = outline.names(What::Name, scope);
            names.iter().map(|one| one.name.as_str()).collect()
        };
        assert_eq!((of(0), of(1)), (vec!["x"], vec!["what", "x"]));
        assert_eq!(outline.scope_at(source.find("what\nend").unwrap_or(0)), 1);
        let step = &outline.steps[0].signature;
        assert_eq!(
            (step.help.as_str(), step.params[0].kind),
            ("Says it.", Type::Text)
        );
    }

    #[test]
    fn a_name_is_found_at_its_place() {
        let outline = outline("set x = 1\necho \"a #{x + y}\"\n");
        let found = outline.at(20).map(|one| (one.name.as_str(), one.what));
        assert_eq!(found, Some(("x", What::Name)));
    }
}
