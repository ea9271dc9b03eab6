//! What was typed and worked, as a scenario.

use std::io::{self, Write};
use std::path::Path;

use scn_grammar::tree::StatementKind;

/// What was typed and worked, in its order.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    entries: Vec<String>,
}

impl Typed {
    /// One more.
    pub fn add(&mut self, text: &str) {
        self.entries.push(text.trim_end().to_owned());
    }

    /// All of it, each step only as it was defined last.
    pub fn text(&self) -> String {
        let whole = self.entries.join("\n");
        let statements = scn_grammar::parse(&whole).file.body.statements;
        let mut defined = std::collections::HashSet::new();
        let mut earlier = Vec::new();
        for statement in statements.iter().rev() {
            if let StatementKind::StepDefinition { name, .. } = &statement.kind
                && !defined.insert(name.name.clone())
            {
                earlier.push(statement.span.range());
            }
        }
        let mut text = whole;
        for range in earlier {
            text.replace_range(range, "");
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }

    /// Writes it as a file that is not there yet, in the one style.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let text = self.text();
        let text = scn_grammar::format(&text).unwrap_or(text);
        let mut file = std::fs::File::options()
            .write(true)
            .create_new(true)
            .open(path)?;
        file.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_saved_as_it_was_defined_last() {
        let mut typed = Typed::default();
        for text in [
            "step a\n  echo 1\nend",
            "a",
            "step a\n  echo 2\nend",
            "set   x = 1\n",
        ] {
            typed.add(text);
        }
        assert_eq!(
            typed.text().trim_start(),
            "a\nstep a\n  echo 2\nend\nset   x = 1\n"
        );
    }
}
