//! The way in: text to a checked program.

use std::path::Path;
use std::rc::Rc;

use scn_grammar::Diagnostic;

use crate::compile::Compiler;
use crate::environment::Environment;
use crate::platform::{Files, Registry};
use crate::program::{Program, SourceFile};

/// A scenario that was checked.
pub struct Checked {
    /// The program, where nothing stops it from being run (or where the scenario would be
    /// skipped, because the environment lacks what it needs).
    pub program: Option<Rc<Program>>,
    /// What was found, in the order of files and places. A finding's file is empty where it
    /// is the scenario's own.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that findings are in, the scenario's own first.
    pub files: Vec<SourceFile>,
}

impl Checked {
    /// Whether something stops it from being run.
    pub fn is_wrong(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Checks a scenario: everything that can be found before anything is touched.
///
/// `shown` is its name for people, `path` where it lies (`use` is relative to it).
pub fn check(
    shown: &str,
    path: &Path,
    source: &[u8],
    environment: Option<&Environment>,
    registry: &Registry,
    files: &dyn Files,
) -> Checked {
    let parsed = scn_grammar::parse_bytes(source);
    let text = String::from_utf8_lossy(source);
    let mut compiler = Compiler::new(path, environment, registry, files);
    compiler.scenario(shown, &text, &parsed.file);
    judge(parsed.diagnostics, &text, compiler)
}

/// What came of a scenario that was read with these findings, and compiled.
pub(crate) fn judge(found: Vec<Diagnostic>, text: &str, compiler: Compiler<'_>) -> Checked {
    let skipped = !compiler.program.headers.missing.is_empty();
    let mut diagnostics = found;
    let syntax = !diagnostics.is_empty() && diagnostics.iter().any(Diagnostic::is_error);
    // What could not be read is not to be complained of a second time, as unknown.
    if !syntax && !skipped {
        diagnostics.extend(compiler.diagnostics);
    } else if syntax && !skipped {
        let broken = broken_lines(text, &diagnostics);
        let mut read: Vec<_> = diagnostics.iter().map(|known| known.span).collect();
        read.sort_by_key(|span| span.start);
        let apart = |found: &Diagnostic| {
            let before = read.partition_point(|span| span.start < found.span.end);
            let last = before.checked_sub(1).map(|at| read[at]);
            !found.file.is_empty() || last.is_none_or(|last| last.end <= found.span.start)
        };
        let found = compiler
            .diagnostics
            .into_iter()
            .filter(|found| found.is_error() && apart(found));
        diagnostics.extend(found.filter(|found| !follows_from_syntax(found, &broken)));
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.file.clone(), diagnostic.span.start));
    diagnostics.dedup();
    let wrong = diagnostics.iter().any(Diagnostic::is_error);
    let program = compiler.program;
    let files = program.files.clone();
    Checked {
        program: (!wrong).then(|| Rc::new(program)),
        diagnostics,
        files,
    }
}

/// Whether a finding may only follow from a line that could not be read: the label, the step
/// or the variable that it would have made is missed elsewhere.
fn follows_from_syntax(found: &Diagnostic, broken: &[&str]) -> bool {
    let any = |words: &[&str]| broken.iter().any(|word| words.contains(word));
    match found.code.name {
        "E103" => any(&["step", "use"]),
        "E101" | "E102" | "E120" => any(&[
            "set",
            "for",
            "background",
            "mark",
            "wait",
            "step",
            "@param",
            "@each",
        ]),
        "E104" => broken.iter().any(|word| word.ends_with(':')),
        "E107" | "E122" | "E123" | "E124" => any(&[
            "while", "for", "repeat", "if", "step", "end", "case", "do", "parallel", "retry",
            "finally",
        ]),
        _ => false,
    }
}

/// The first words of the lines that could not be read.
fn broken_lines<'t>(text: &'t str, findings: &[Diagnostic]) -> Vec<&'t str> {
    let first_word = |found: &Diagnostic| {
        let at = (found.span.start as usize).min(text.len());
        let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        text.get(start..)?.split_whitespace().next()
    };
    findings
        .iter()
        .filter(|found| found.file.is_empty())
        .filter_map(first_word)
        .collect()
}
