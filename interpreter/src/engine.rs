//! The way in: text to a checked program.

use std::borrow::Cow;
use std::path::Path;
use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_protocol::Value;

use crate::check::consequences::without_consequences;
use crate::compile::Compiler;
use crate::compile::names::SYSTEM;
use crate::compile::typed::Workbench;
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
    let text = text_of(source);
    let mut compiler = Compiler::new(path, environment, registry, files);
    compiler.scenario(shown, &text, &parsed.file);
    judge(parsed.diagnostics, compiler)
}

/// Checks a scenario that a debugger is to drive, or that is to grow by what is typed; where it can be
/// run, with what it takes to add to it.
pub fn check_live(
    shown: &str,
    path: &Path,
    source: &[u8],
    environment: Option<Rc<Environment>>,
    registry: Registry,
    files: Rc<dyn Files>,
) -> (Checked, Option<Rc<Workbench>>) {
    let parsed = scn_grammar::parse_bytes(source);
    let text = text_of(source);
    let mut compiler = Compiler::new(path, environment.as_deref(), &registry, &*files);
    compiler.stops = true;
    compiler.scenario(shown, &text, &parsed.file);
    // What is typed may name it.
    compiler.constant(Value::component(SYSTEM));
    let found = std::mem::take(&mut compiler.diagnostics);
    let memory = compiler.into_memory();
    let (memory, program) = memory;
    let checked = judged(parsed.diagnostics, found, program);
    let workbench = Workbench::new(memory, environment, registry, files);
    let live = checked.program.is_some().then(|| Rc::new(workbench));
    (checked, live)
}

/// A file's text. What is UTF-8, as it should be, is found to be so faster than what is not.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// What came of a scenario that was read with these findings, and compiled.
pub(crate) fn judge(found: Vec<Diagnostic>, compiler: Compiler<'_>) -> Checked {
    judged(found, compiler.diagnostics, compiler.program)
}

fn judged(read: Vec<Diagnostic>, compiled: Vec<Diagnostic>, program: Program) -> Checked {
    let skipped = !program.headers.missing.is_empty();
    let more = match skipped {
        true => Vec::new(),
        false => compiled,
    };
    let mut diagnostics = without_consequences(read, more, &program.files);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.file.clone(), diagnostic.span.start));
    diagnostics.dedup();
    let wrong = diagnostics.iter().any(Diagnostic::is_error);
    let files = program.files.clone();
    Checked {
        program: (!wrong).then(|| Rc::new(program)),
        diagnostics,
        files,
    }
}
