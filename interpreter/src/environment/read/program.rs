//! Programs: `run` or `sh`, `cwd`, `env`, `user`.

use scn_grammar::Diagnostic;
use scn_protocol::component::Output;

use super::super::toml::{Table, locate};
use super::super::{Place, ProgramDeclaration, RunOrShell, Template, codes};
use super::{Literal, Reader, inner, literal, literals};
use scn_grammar::Span;

impl Reader<'_> {
    /// The program that a table declares, if it has `run` or `sh`.
    pub(super) fn program(&mut self, table: &Table, place: Place) -> Option<ProgramDeclaration> {
        // Both are read even where there should be one, so that one pass finds every mistake.
        let argv = self.argv(table, "run");
        let shell = literal(table, "sh").map(|shell| self.shell(shell));
        let mut env = Vec::new();
        for (name, _, node) in inner(table, "env").into_iter().flat_map(Table::iter) {
            if let Some(value) = self.scalar(node) {
                env.push((name.to_owned(), value));
            }
        }
        let cwd = self.template_at(table, "cwd");
        let user = self.template_at(table, "user");
        let what = match shell {
            Some(shell) => RunOrShell::Shell(shell?),
            None => RunOrShell::Run(argv?),
        };
        Some(ProgramDeclaration {
            what,
            cwd,
            env,
            user,
            place,
        })
    }

    /// A program and its arguments: the first is there, and is no empty text.
    fn argv(&mut self, table: &Table, key: &str) -> Option<Vec<Template>> {
        let words = literals(table, key);
        if let Some(first) = words.first()
            && first.text.is_empty()
        {
            self.error(&codes::EMPTY, first.span, "the program's name is empty");
            return None;
        }
        let all: Vec<Option<Template>> = words.iter().map(|word| self.argument(*word)).collect();
        let all: Option<Vec<Template>> = all.into_iter().collect();
        all.filter(|all| !all.is_empty())
    }

    /// An argument; nothing can hand a NUL byte to a program.
    fn argument(&mut self, word: Literal<'_>) -> Option<Template> {
        if let Some(at) = word.text.find('\0') {
            let span = locate(self.text, word.span, Span::new(at, at + 1));
            self.error(&codes::EMPTY, span, "no argument can hold a NUL byte");
            return None;
        }
        self.words(word)
    }

    /// A shell's text. `#{` means nothing in it, which is easily forgotten.
    fn shell(&mut self, found: Literal<'_>) -> Option<String> {
        if found.text.trim().is_empty() {
            self.error(&codes::EMPTY, found.span, "the shell's text is empty");
            return None;
        }
        if let Some(at) = found.text.find("#{") {
            let span = locate(self.text, found.span, Span::new(at, at + 2));
            self.report(
                Diagnostic::new(
                    &codes::SHELL_INTERPOLATION,
                    span,
                    "`#{…}` is not replaced in a shell's text",
                )
                .help("hand the value over in `env`, or use the words: \"$1\" \"$2\" …"),
            );
        }
        Some(found.text.to_owned())
    }
}

/// The way to read a program's output that `key` names; text unless said.
pub(super) fn output(table: &Table, key: &str) -> Output {
    match literal(table, key).map(|found| found.text) {
        Some("int") => Output::Int,
        Some("decimal") => Output::Decimal,
        Some("json") => Output::Json,
        Some("lines") => Output::Lines,
        _ => Output::Text,
    }
}
