//! What was typed: whether it is finished, and what it is.

/// What an entry asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'t> {
    /// Nothing: it is empty, or a comment.
    Nothing,
    /// A `:` command and what stands after it.
    Command(&'t str, &'t str),
    /// `= EXPR`
    Show(&'t str),
    /// Statements.
    Run(&'t str),
}

/// What it is.
pub fn of(text: &str) -> Entry<'_> {
    let trimmed = text.trim();
    if trimmed.lines().all(|line| {
        let line = line.trim();
        line.is_empty() || (line.starts_with('#') && !line.starts_with("#{"))
    }) {
        return Entry::Nothing;
    }
    if let Some(command) = trimmed.strip_prefix(':') {
        let (name, rest) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        return Entry::Command(name, rest.trim());
    }
    if let Some(expression) = trimmed.strip_prefix('=')
        && !expression.starts_with('=')
    {
        return Entry::Show(expression.trim());
    }
    Entry::Run(text)
}

/// Whether more lines are needed: a block, a text or a line is open, and nothing in it is wrong.
pub fn is_open(text: &str) -> bool {
    if !matches!(of(text), Entry::Run(_)) {
        return false;
    }
    let found = scn_grammar::parse(text).diagnostics;
    !found.is_empty() && found.iter().all(|found| found.incomplete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_known_by_its_first_character() {
        assert_eq!(of("  "), Entry::Nothing);
        assert_eq!(of("# a thought"), Entry::Nothing);
        assert_eq!(of(":vars"), Entry::Command("vars", ""));
        assert_eq!(of(" :save a b.scn "), Entry::Command("save", "a b.scn"));
        assert_eq!(of("= 1 + 2"), Entry::Show("1 + 2"));
        assert_eq!(of("=x"), Entry::Show("x"));
        assert_eq!(of("set x = 1"), Entry::Run("set x = 1"));
    }

    #[test]
    fn what_is_open_goes_on_and_what_is_wrong_does_not() {
        for open in [
            "if 1 == 1",
            "if 1 == 1\n  echo a",
            "for x in [1]\n  if x == 1\n    echo a\n  end",
            "step book what",
            "echo \\",
            "echo \"\"\"\n  many",
            "parallel",
        ] {
            assert!(is_open(open), "{open}");
        }
        for closed in [
            "echo a",
            "if 1 == 1 then echo a",
            "if 1 == 1\n  echo a\nend",
            "if 1 == 1\n  echo 'a",
            "end",
            ":vars",
            "= [1,",
            "set x =",
        ] {
            assert!(!is_open(closed), "{closed}");
        }
    }
}
