//! Where a run is to stop.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

/// Where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// At a line.
    Line {
        /// Of which file, as it was named; the scenario's own unless given.
        file: Option<String>,
        /// The line, from 1.
        line: u32,
    },
    /// Before each step of that command, and at the first statement of the scenario's own step of that name.
    Step(String),
}

/// At which of its passes, counted from 1, a breakpoint stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// At that one.
    Only(u64),
    /// At that one and those after it.
    From(u64),
    /// At that one and those before it.
    UpTo(u64),
    /// At every one of so many.
    Every(u64),
}

impl Passes {
    fn has(self, pass: u64) -> bool {
        match self {
            Self::Only(number) => pass == number,
            Self::From(number) => pass >= number,
            Self::UpTo(number) => pass <= number,
            Self::Every(number) => pass.is_multiple_of(number),
        }
    }
}

impl std::str::FromStr for Passes {
    type Err = String;

    /// `N` or `>= N`, `> N`, `== N`, `<= N`, `< N`, `% N`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let number = text.trim_start_matches(['<', '>', '=', '%']);
        let (sign, read) = (&text[..text.len() - number.len()], number.trim().parse());
        let wrong =
            || format!("`{text}` counts nothing: N, == N, > N, >= N, < N, <= N or % N is expected");
        let number: u64 = read.map_err(|_| wrong())?;
        match (sign, number) {
            ("" | ">=", _) => Ok(Self::From(number)),
            (">", _) => Ok(Self::From(number.saturating_add(1))),
            ("=" | "==", _) => Ok(Self::Only(number)),
            ("<=", _) => Ok(Self::UpTo(number)),
            ("<", 1..) => Ok(Self::UpTo(number - 1)),
            ("%", 1..) => Ok(Self::Every(number)),
            _ => Err(wrong()),
        }
    }
}

/// A place at which a run is to stop.
#[derive(Clone, Debug)]
pub struct Breakpoint {
    /// Its number, for whoever set it.
    pub id: u32,
    /// Where.
    pub at: At,
    /// An expression that must hold there.
    pub condition: Option<String>,
    /// Of the times that it is passed and its condition holds, those at which it stops; all unless given.
    pub passes: Option<Passes>,
    /// An expression whose value is told there; it does not stop then.
    pub tells: Option<String>,
    /// Both expressions in each function that they were needed in.
    pub(crate) compiled: Rc<RefCell<Compiled>>,
    /// How often it was passed while its condition held.
    pub hits: Rc<Cell<u64>>,
}

/// The function that an expression became, by the function that it was needed in; none if it means nothing there.
type Compiled = HashMap<(u32, Asks), Option<u32>>;

/// What an expression of a breakpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Asks {
    /// Whether it stops.
    Condition,
    /// What is told.
    Tells,
}

impl Breakpoint {
    /// One without a condition.
    pub fn new(id: u32, at: At) -> Self {
        Self {
            id,
            at,
            condition: None,
            passes: None,
            tells: None,
            compiled: Rc::default(),
            hits: Rc::default(),
        }
    }

    /// It stops only where that holds.
    #[must_use]
    pub fn when(self, condition: Option<String>) -> Self {
        Self { condition, ..self }
    }

    /// It stops at those of its passes alone.
    #[must_use]
    pub fn at_passes(self, passes: Option<Passes>) -> Self {
        Self { passes, ..self }
    }

    /// It does not stop, and tells the value of that expression.
    #[must_use]
    pub fn telling(self, tells: Option<String>) -> Self {
        Self { tells, ..self }
    }

    /// Counts a pass; whether it stops there.
    pub(crate) fn passed(&self) -> bool {
        let pass = self.hits.get() + 1;
        self.hits.set(pass);
        self.passes.is_none_or(|passes| passes.has(pass))
    }

    /// The same, elsewhere.
    #[must_use]
    pub fn moved(self, at: At) -> Self {
        Self { at, ..self }
    }

    /// The same, with that number.
    #[must_use]
    pub fn numbered(self, id: u32) -> Self {
        Self { id, ..self }
    }

    /// Whether it is at that line of that file, of which it is known whether it is the scenario's own.
    pub(crate) fn is_at(&self, path: &str, own: bool, at: u32) -> bool {
        match &self.at {
            At::Line { file: None, line } => own && *line == at,
            At::Line {
                file: Some(file),
                line,
            } => *line == at && same_file(file, path),
            At::Step(_) => false,
        }
    }
}

/// Whether two names are of one file, as far as their texts tell.
pub fn same_file(one: &str, other: &str) -> bool {
    let clean = |name: &str| Path::new(name).components().collect::<std::path::PathBuf>();
    let (one, other) = (clean(one), clean(other));
    one == other || one.ends_with(&other) || other.ends_with(&one)
}

impl std::fmt::Display for Breakpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.at {
            At::Line { file: None, line } => write!(out, "{line}")?,
            At::Line {
                file: Some(file),
                line,
            } => write!(out, "{file}:{line}")?,
            At::Step(name) => out.write_str(name)?,
        }
        match &self.condition {
            Some(condition) => write!(out, " if {condition}"),
            None => Ok(()),
        }
    }
}

impl std::str::FromStr for Breakpoint {
    type Err = String;

    /// `LINE`, `STEP` or `FILE:LINE`, and ` if EXPR` after it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (place, condition) = match text.split_once(" if ") {
            Some((place, condition)) => (place.trim(), Some(condition.trim().to_owned())),
            None => (text.trim(), None),
        };
        if let Some(condition) = &condition
            && let Err(found) = scn_grammar::parse_expression(condition)
        {
            let why = found.first().map_or("", |found| found.message.as_str());
            return Err(format!("its condition `{condition}` cannot be read: {why}"));
        }
        let line = |text: &str| text.parse::<u32>().ok().filter(|line| *line > 0);
        let at = match (line(place), place.rsplit_once(':')) {
            (Some(line), _) => At::Line { file: None, line },
            (None, Some((file, number))) if !file.is_empty() => match line(number) {
                Some(line) => At::Line {
                    file: Some(file.to_owned()),
                    line,
                },
                None => return Err(format!("`{number}` is no line: FILE:LINE is expected")),
            },
            _ if place.is_empty() || place.contains(char::is_whitespace) => {
                return Err(format!(
                    "`{place}` is no place: LINE, STEP or FILE:LINE is expected, and `if EXPR` after it"
                ));
            }
            _ if place.chars().all(|c| c.is_ascii_digit()) => {
                return Err("lines are counted from 1".to_owned());
            }
            _ => At::Step(place.to_owned()),
        };
        Ok(Self::new(0, at).when(condition))
    }
}

#[cfg(test)]
mod tests {
    use super::Passes;

    fn stops(text: &str) -> Option<Vec<u64>> {
        let passes: Passes = text.parse().ok()?;
        Some((1..=6).filter(|pass| passes.has(*pass)).collect())
    }

    #[test]
    fn passes_are_counted_from_one() {
        let all = |passes: &[u64]| Some(passes.to_vec());
        assert_eq!(stops("4"), all(&[4, 5, 6]));
        assert_eq!(stops(">= 4"), all(&[4, 5, 6]));
        assert_eq!(stops("> 4"), all(&[5, 6]));
        assert_eq!(stops("== 4"), all(&[4]));
        assert_eq!(stops("=4"), all(&[4]));
        assert_eq!(stops("< 3"), all(&[1, 2]));
        assert_eq!(stops("<= 3"), all(&[1, 2, 3]));
        assert_eq!(stops("% 3"), all(&[3, 6]));
        for wrong in [
            "",
            "x",
            "% 0",
            "< 0",
            "=> 2",
            "-1",
            "> 99999999999999999999",
        ] {
            assert_eq!(stops(wrong), None, "{wrong}");
        }
    }
}
