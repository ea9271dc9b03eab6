//! `--tags EXPR`: which scenarios are meant, `smoke and not (slow or manual)`.

use std::fmt;

/// How deep parentheses and `not` may nest.
const DEPTH: usize = 100;

/// An expression over tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// This tag is there.
    Tag(String),
    /// It does not hold.
    Not(Box<Tags>),
    /// Both hold.
    And(Box<Tags>, Box<Tags>),
    /// One holds.
    Or(Box<Tags>, Box<Tags>),
}

/// Why a text is no expression over tags.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; such an expression is `smoke and not (slow or manual)`",
            self.0
        )
    }
}

impl std::error::Error for Wrong {}

impl Tags {
    /// Whether it holds for a scenario that has these tags.
    pub fn select(&self, tags: &[String]) -> bool {
        match self {
            Self::Tag(name) => tags.contains(name),
            Self::Not(inner) => !inner.select(tags),
            Self::And(left, right) => left.select(tags) && right.select(tags),
            Self::Or(left, right) => left.select(tags) || right.select(tags),
        }
    }
}

impl std::str::FromStr for Tags {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let mut reader = Reader {
            words: words(text),
            at: 0,
        };
        let tags = reader.either(0)?;
        match reader.next() {
            None => Ok(tags),
            Some(word) => Err(Wrong(format!("`{word}` cannot stand after an expression"))),
        }
    }
}

/// Names and parentheses.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        let mut rest = part;
        while let Some(at) = rest.find(['(', ')']) {
            let (name, more) = rest.split_at(at);
            let (sign, more) = more.split_at(1);
            words.extend((!name.is_empty()).then_some(name));
            words.push(sign);
            rest = more;
        }
        words.extend((!rest.is_empty()).then_some(rest));
    }
    words
}

struct Reader<'a> {
    words: Vec<&'a str>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    fn takes(&mut self, word: &str) -> bool {
        let there = self.words.get(self.at) == Some(&word);
        self.at += usize::from(there);
        there
    }

    fn either(&mut self, depth: usize) -> Result<Tags, Wrong> {
        let mut left = self.both(depth)?;
        while self.takes("or") {
            left = Tags::Or(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<Tags, Wrong> {
        let mut left = self.one(depth)?;
        while self.takes("and") {
            left = Tags::And(Box::new(left), Box::new(self.one(depth)?));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Tags, Wrong> {
        if depth > DEPTH {
            return Err(Wrong(format!("it nests deeper than {DEPTH}")));
        }
        match self.next() {
            Some("not") => Ok(Tags::Not(Box::new(self.one(depth + 1)?))),
            Some("(") => {
                let inner = self.either(depth + 1)?;
                if self.takes(")") {
                    Ok(inner)
                } else {
                    Err(Wrong("a `(` is not closed".to_owned()))
                }
            }
            Some(word @ (")" | "and" | "or")) => {
                Err(Wrong(format!("a tag is expected in front of `{word}`")))
            }
            Some(name) => Ok(Tags::Tag(name.to_owned())),
            None => Err(Wrong("a tag is expected at the end".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(text: &str, tags: &[&str]) -> Result<bool, String> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let expression: Tags = text.parse().map_err(|wrong: Wrong| wrong.0)?;
        Ok(expression.select(&tags))
    }

    #[test]
    fn and_binds_tighter_than_or_and_not_tightest() {
        assert_eq!(selects("a or b and c", &["a"]), Ok(true));
        assert_eq!(selects("(a or b) and c", &["a"]), Ok(false));
        assert_eq!(selects("not a or b", &["b"]), Ok(true));
        assert_eq!(selects("not (a or b)", &["b"]), Ok(false));
        assert_eq!(selects("smoke and not slow-one", &["smoke"]), Ok(true));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| selects(text, &[]).err().unwrap_or_default();
        assert_eq!(wrong(""), "a tag is expected at the end");
        assert_eq!(wrong("a and"), "a tag is expected at the end");
        assert_eq!(wrong("or a"), "a tag is expected in front of `or`");
        assert_eq!(wrong("(a"), "a `(` is not closed");
        assert_eq!(wrong("a b"), "`b` cannot stand after an expression");
        assert_eq!(wrong(&"(".repeat(100_000)), "it nests deeper than 100");
        assert_eq!(wrong(&"not ".repeat(100_000)), "it nests deeper than 100");
    }
}
