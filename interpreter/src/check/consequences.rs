//! What is not to be complained of a second time: findings that may only follow from lines that
//! could not be read.

use std::collections::{HashMap, HashSet};

use scn_grammar::{Diagnostic, Span};

use crate::program::SourceFile;

/// The lines of a file that could not be read.
#[derive(Default)]
struct Broken<'t> {
    /// What is wrong with them, in order.
    spans: Vec<Span>,
    /// A block has no `end`, so that all that follows seems to stand in it.
    unclosed: bool,
    /// Their first words.
    first: HashSet<&'t str>,
    /// Every name in those that set, define or label something: what that may have been.
    names: HashSet<&'t str>,
}

/// First words of lines that set, define and label nothing, whatever else stands in them.
const NAMES_NOTHING: [&str; 22] = [
    "always",
    "assert",
    "await",
    "cancel",
    "check",
    "echo",
    "error",
    "eventually",
    "exit",
    "fail",
    "goto",
    "hold",
    "never",
    "pass",
    "repeat",
    "require",
    "return",
    "run",
    "sh",
    "skip",
    "sleep",
    "while",
];

/// Everything that was found: all that could not be read, and of the rest what does not follow from it.
pub fn without_consequences(
    syntax: Vec<Diagnostic>,
    found: Vec<Diagnostic>,
    files: &[SourceFile],
) -> Vec<Diagnostic> {
    let is_syntax = |found: &Diagnostic| found.code.name.starts_with("E0");
    let (used, found): (Vec<_>, Vec<_>) = found.into_iter().partition(is_syntax);
    let mut all = [syntax, used].concat();
    if !all.iter().any(Diagnostic::is_error) {
        all.extend(found);
        return all;
    }
    let texts: HashMap<&str, &str> = files
        .iter()
        .enumerate()
        .map(|(at, file)| (if at == 0 { "" } else { &*file.path }, &*file.text))
        .collect();
    let broken = broken(&all, &texts);
    let kept: Vec<_> = found
        .into_iter()
        .filter(|found| found.is_error() && !follows(found, &broken, &texts))
        .collect();
    all.extend(kept);
    all
}

fn broken<'t>(
    syntax: &[Diagnostic],
    texts: &HashMap<&str, &'t str>,
) -> HashMap<String, Broken<'t>> {
    let mut broken: HashMap<String, Broken<'t>> = HashMap::new();
    for found in syntax {
        let file = broken.entry(found.file.clone()).or_default();
        file.spans.push(found.span);
        file.unclosed |= found.code.name == "E012";
    }
    for (name, file) in &mut broken {
        file.spans.sort_by_key(|span| span.start);
        let text = texts.get(name.as_str()).copied().unwrap_or_default();
        let mut spans = file.spans.iter().peekable();
        for line in scn_grammar::logical_lines(text) {
            let mut is_broken = false;
            while spans.next_if(|span| span.start <= line.end).is_some() {
                is_broken = true;
            }
            if is_broken {
                let line = &text[line.range()];
                let first = line.split_whitespace().next().unwrap_or_default();
                file.first.insert(first);
                if !NAMES_NOTHING.contains(&first) {
                    file.names.extend(names(line));
                }
            }
        }
    }
    broken
}

/// The names in a text: letters, digits and `_`, and no number.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// Whether a finding may only follow from a line that could not be read.
fn follows(
    found: &Diagnostic,
    broken: &HashMap<String, Broken<'_>>,
    texts: &HashMap<&str, &str>,
) -> bool {
    let text = texts.get(found.file.as_str()).copied().unwrap_or_default();
    let words = text.get(found.span.range()).unwrap_or_default();
    let own = broken.get(&found.file);
    // A line that could not be read is said to be so, and nothing else of it.
    let on_it = own.is_some_and(|own| {
        let before = own
            .spans
            .partition_point(|span| span.start < found.span.end);
        before
            .checked_sub(1)
            .is_some_and(|last| own.spans[last].end > found.span.start)
    });
    let named = |broken: &Broken<'_>| names(words).any(|name| broken.names.contains(name));
    let begins =
        |with: &[&str]| own.is_some_and(|own| with.iter().any(|word| own.first.contains(word)));
    on_it
        || match found.code.name {
            // A step may be another file's, whose name is not in the line that uses it.
            "E103" => begins(&["use"]) || broken.values().any(named),
            "E101" | "E102" | "E104" | "E120" => own.is_some_and(named),
            "E107" => begins(&["while", "for", "repeat"]),
            "E124" => begins(&["step"]),
            "E122" | "E123" => begins(&["if", "end"]) || own.is_some_and(|own| own.unclosed),
            _ => false,
        }
}
