//! What was found, in words.

use scn_grammar::{Diagnostic, Span};

use super::flow::Finding;
use crate::codes;
use crate::compile::Compiler;
use crate::program::Function;

impl Compiler<'_> {
    /// Reports what is started, and on some path never undone.
    pub fn undone_findings(&mut self, function: &Function, found: Vec<(Span, Span)>) {
        let outer = std::mem::replace(&mut self.file, function.file);
        for (start, end) in found {
            let file = &self.program.files[function.file as usize];
            let (line, what) = (
                file.line(end.start),
                file.slice(start)
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            );
            let end_place = if end == Span::default() {
                "the path to the end of the file".to_owned()
            } else {
                format!("the path that ends at line {line}")
            };
            let message = format!("`{what}` is undone on another path, but not on {end_place}");
            self.report(
                Diagnostic::new(&codes::NOT_UNDONE, start, message)
                    .help("it is undone all the same when the scenario ends; undo it on every path, or `defer` it, to say so"),
            );
        }
        self.file = outer;
    }

    /// Reports what following a function's paths has found.
    pub fn flow_findings(&mut self, function: &Function, findings: Vec<Finding>) {
        for finding in findings {
            let diagnostic = match finding {
                Finding::Never(span, variable) => {
                    let name = &function.variables[variable as usize].name;
                    Diagnostic::new(
                        &codes::NEVER_SET,
                        span,
                        format!("`{name}` is not set on any path that leads here"),
                    )
                    .help(format!("set it first: `set {name} = …`"))
                }
                Finding::Maybe(span, variable, past) => {
                    let name = &function.variables[variable as usize].name;
                    let message = format!(
                        "`{name}` is not set on every path that leads here; reached without it, this is an ERROR"
                    );
                    let mut diagnostic = Diagnostic::new(&codes::MAYBE_UNSET, span, message);
                    if let Some(past) = past {
                        let line = self.program.files[function.file as usize].line(past.start);
                        diagnostic = diagnostic
                            .related(past, "a path that does not set it goes by here")
                            .help(format!("it is not set on a path that goes by line {line}: set it there too, or before"));
                    }
                    diagnostic
                }
                Finding::Unreachable(span) => Diagnostic::new(
                    &codes::UNREACHABLE,
                    span,
                    "nothing leads here: this is never run",
                ),
            };
            let outer = std::mem::replace(&mut self.file, function.file);
            self.report(diagnostic);
            self.file = outer;
        }
    }
}
