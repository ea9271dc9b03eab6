//! The way in: text to a checked program.

use std::path::Path;
use std::rc::Rc;

use scn_grammar::Diagnostic;

use crate::check::consequences::without_consequences;
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
    judge(parsed.diagnostics, compiler)
}

/// What came of a scenario that was read with these findings, and compiled.
pub(crate) fn judge(found: Vec<Diagnostic>, compiler: Compiler<'_>) -> Checked {
    let skipped = !compiler.program.headers.missing.is_empty();
    let more = match skipped {
        true => Vec::new(),
        false => compiler.diagnostics,
    };
    let mut diagnostics = without_consequences(found, more, &compiler.program.files);
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
