//! `scn fmt`

use std::ffi::OsString;

use clap::Args;

use super::printed;
use crate::diagnostics::{Texts, render};
use crate::exit::Exit;
use crate::source::Source;
use crate::terminal;

/// Write scenarios in the one style
///
/// The meaning stays: comments and the spelling of every value are kept. Standard input is
/// written to standard output.
///
/// Examples:
///
///     scn fmt *.scn
///     scn fmt --check *.scn
///     scn fmt - < failover.scn
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Fmt {
    /// The scenarios; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// Change nothing; say which files are not in the style. The exit status is 1 if there are any.
    #[arg(long)]
    check: bool,
}

impl Fmt {
    /// Does it.
    pub fn run(self) -> Exit {
        let sources = Source::read_all(&self.files);
        let lacking = match sources.lacking {
            true => Exit::Wrong,
            false => Exit::Done,
        };
        let exits = sources.read.iter().map(|source| self.one(source));
        exits.fold(lacking, Exit::max)
    }

    fn one(&self, source: &Source) -> Exit {
        let text = match std::str::from_utf8(&source.bytes) {
            Ok(text) => scn_grammar::format(text),
            Err(_) => Err(scn_grammar::parse_bytes(&source.bytes).diagnostics),
        };
        let formatted = match text {
            Ok(formatted) => formatted,
            Err(findings) => {
                let mut texts = Texts::default();
                texts.add(source.name.clone(), source.bytes.to_vec());
                terminal::tell(&render(&findings, &source.name, &texts, terminal::look()));
                return Exit::Wrong;
            }
        };
        let same = formatted.as_bytes() == *source.bytes;
        match (self.check, source.is_stdin) {
            (true, _) if same => Exit::Done,
            (true, _) => {
                terminal::complain(format!(
                    "{} is not in the style: `scn fmt {}` writes it so",
                    source.name, source.name
                ));
                Exit::Fail
            }
            (false, true) => printed(&formatted),
            (false, false) if same => Exit::Done,
            (false, false) => write(source, &formatted),
        }
    }
}

/// Replaces the file as a whole, so that no reader and no crash meets half of it.
fn write(source: &Source, text: &str) -> Exit {
    let path = std::fs::canonicalize(&source.path).unwrap_or_else(|_| source.path.clone());
    let mut beside = path.clone().into_os_string();
    beside.push(".scn-fmt");
    let beside = std::path::PathBuf::from(beside);
    let written = std::fs::write(&beside, text).and_then(|()| {
        let permissions = std::fs::metadata(&path)?.permissions();
        std::fs::set_permissions(&beside, permissions)?;
        std::fs::rename(&beside, &path)
    });
    match written {
        Ok(()) => Exit::Done,
        Err(error) => {
            let _ = std::fs::remove_file(&beside);
            terminal::complain(format!(
                "{} cannot be written: {}",
                source.name,
                terminal::reason(&error)
            ));
            Exit::Wrong
        }
    }
}
