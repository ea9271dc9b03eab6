//! What is wrong with a scenario's text, for whoever embeds the interpreter.

use std::error::Error;
use std::fmt;

use scn_grammar::diagnostic::Severity;

use crate::engine::Checked;

/// Everything that was found in a scenario, in the order of files and places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

/// Something that was found in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its stable code, such as `E103`.
    pub code: &'static str,
    /// It does not keep the scenario from being run.
    pub is_warning: bool,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, in characters from 1.
    pub column: u32,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

impl Findings {
    pub(super) fn new(checked: &Checked) -> Self {
        let of = |found: &scn_grammar::Diagnostic| {
            let file = checked.files.iter().find(|file| file.path == found.file);
            let file = file.or(checked.files.first())?;
            let line = file.line(found.span.start);
            let start = file.lines.get(line as usize - 1).copied().unwrap_or(0);
            let before = file.text.get(start as usize..found.span.start as usize);
            Some(Finding {
                code: found.code.name,
                is_warning: found.code.severity == Severity::Warning,
                file: file.path.clone(),
                line,
                column: before.map_or(0, |text| text.chars().count() as u32) + 1,
                message: found.message.clone(),
                help: found.help.clone(),
            })
        };
        Self(checked.diagnostics.iter().filter_map(of).collect())
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'f> IntoIterator for &'f Findings {
    type Item = &'f Finding;
    type IntoIter = std::slice::Iter<'f, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            file,
            line,
            column,
            message,
            ..
        } = self;
        let kind = if self.is_warning { "warning" } else { "error" };
        write!(f, "{file}:{line}:{column}: {kind} {code}: {message}")?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// A line for each.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, found) in self.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            found.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for Findings {}
