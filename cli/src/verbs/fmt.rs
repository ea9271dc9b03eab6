//! `scn fmt`

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use scn_grammar::{Diagnostic, Span, codes};

use super::printed;
use crate::diagnostics::{Texts, render};
use crate::exit::Exit;
use crate::source::Source;
use crate::terminal;

/// Put scenarios into the one style
///
/// Comments and the spelling of values stay, and the meaning does. Standard input is printed,
/// files are changed in place.
///
/// Examples:
///
///     scn fmt scenarios/*.scn
///     scn fmt --check scenarios/*.scn
///     scn fmt - < failover.scn
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Fmt {
    /// The scenarios; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Change nothing, and name the files that are not in the style; the exit status is 1 if there
    /// are any.
    #[arg(long)]
    check: bool,
}

impl Fmt {
    /// Does it: what can be done is done, whatever is wrong with another file.
    pub fn run(self) -> Exit {
        let mut exit = Exit::Done;
        for name in &self.files {
            let done = match Source::read(name) {
                Ok(source) => self.one(&source),
                Err(reason) => {
                    terminal::complain(reason);
                    Exit::Wrong
                }
            };
            exit = exit.max(done);
        }
        exit
    }

    fn one(&self, source: &Source) -> Exit {
        let text = match std::str::from_utf8(&source.bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to();
                let found =
                    Diagnostic::new(&codes::E002, Span::new(at, at + 1), "this is not UTF-8");
                return wrong(source, &[found]);
            }
        };
        let formatted = match scn_grammar::format(text) {
            Ok(formatted) => formatted,
            Err(findings) => return wrong(source, &findings),
        };
        if self.check {
            if formatted == text {
                return Exit::Done;
            }
            terminal::tell(&format!("{} is not in the style\n", source.name));
            return Exit::Fail;
        }
        if source.is_stdin() {
            return printed(&formatted);
        }
        if formatted == text {
            return Exit::Done;
        }
        match replace(&source.path, &formatted) {
            Ok(()) => Exit::Done,
            Err(error) => {
                terminal::complain(format!("{} cannot be written: {error}", source.name));
                Exit::Error
            }
        }
    }
}

fn wrong(source: &Source, findings: &[Diagnostic]) -> Exit {
    let mut texts = Texts::default();
    texts.add(source.name.as_str(), source.bytes.clone());
    terminal::tell(&render(findings, &source.name, &texts, terminal::look()));
    Exit::Wrong
}

/// Puts a text in the place of a file's: the whole of it or, if that fails, none.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one.
    let path = path.canonicalize()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || {
        let mut file = fs::File::create_new(&beside)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::metadata(&path)?.permissions())?;
        fs::rename(&beside, &path)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}
