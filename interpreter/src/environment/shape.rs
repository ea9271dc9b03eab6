//! What a table may hold: plain data from which checking (`check`), the JSON Schema
//! ([`super::schema()`]) and the manual are made. The tables themselves are in
//! [`super::keys`].

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// It must be there.
    pub required: bool,
    /// What it is for, in a sentence or two (Markdown).
    pub doc: &'static str,
}

/// A table with known keys.
#[derive(Debug)]
pub struct Fields {
    /// What it is called, for the schema and for errors: "a command".
    pub title: &'static str,
    /// Its keys, in groups so that tables can share some.
    pub keys: &'static [&'static [Key]],
    /// Keys of which there may be one at most.
    pub choices: &'static [Choice],
}

/// Keys that exclude one another.
#[derive(Debug)]
pub struct Choice {
    /// The keys.
    pub keys: &'static [&'static str],
    /// One of them must be there.
    pub required: bool,
}

/// What a value may be.
#[derive(Debug)]
pub enum Shape {
    /// Text that is taken as it is.
    Text,
    /// Text in which `#{…}` is replaced.
    Template,
    /// A whole number.
    Whole,
    /// `true` or `false`.
    Flag,
    /// A time such as `"10s"`.
    Duration,
    /// A size such as `"500MB"`.
    Size,
    /// A regular expression.
    Regex,
    /// A TCP port, or text in which `#{…}` gives one.
    Port,
    /// A signal's name.
    Signal,
    /// Text, a number or true/false; as text.
    Scalar,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Anything.
    Any,
    /// A list.
    List(&'static Shape),
    /// A list with at least one element.
    Filled(&'static Shape),
    /// A table with known keys.
    Table(&'static Fields),
    /// A table whose keys are names of the user's.
    Named(NameKind, &'static Shape),
    /// One of several.
    Either(&'static [Shape]),
}

/// What a name may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// Letters, digits and `_`, as in expressions.
    Name,
    /// `-` and `.` too: hosts and commands.
    LongName,
    /// A variable of a program's environment.
    Variable,
    /// An exit status, or `else`.
    Status,
    /// Whatever it is.
    Any,
}

impl Fields {
    /// All keys.
    pub fn all(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.keys.iter().flat_map(|group| group.iter())
    }

    /// The key of that name.
    pub fn find(&self, name: &str) -> Option<&'static Key> {
        self.all().find(|key| key.name == name)
    }
}

impl Shape {
    /// What is expected, in the words of errors.
    pub fn expected(&self) -> String {
        match self {
            Self::Text | Self::Template => "text".to_owned(),
            Self::Whole => "a whole number".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Duration => "a time in quotes such as \"10s\"".to_owned(),
            Self::Size => "a size in quotes such as \"500MB\"".to_owned(),
            Self::Regex => "a regular expression in quotes".to_owned(),
            Self::Port => "a port, 1 to 65535, or a text that gives one".to_owned(),
            Self::Signal => "a signal's name such as \"TERM\"".to_owned(),
            Self::Scalar => "text, a number or true/false".to_owned(),
            Self::Word(words) => one_of(words),
            Self::Any => "a value".to_owned(),
            Self::List(of) | Self::Filled(of) => match of {
                Shape::Table(fields) => format!("a list of tables ({} each)", fields.title),
                Shape::Text | Shape::Template => "a list of texts".to_owned(),
                _ => "a list".to_owned(),
            },
            Self::Table(fields) => {
                let keys: Vec<&str> = fields.all().map(|key| key.name).collect();
                format!("a table with {}", keys.join(", "))
            }
            Self::Named(..) => "a table".to_owned(),
            Self::Either(shapes) => {
                let all: Vec<String> = shapes.iter().map(Self::expected).collect();
                all.join(", or ")
            }
        }
    }
}

/// `"a", "b" or "c"`.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The words of the language that no name may be.
pub const RESERVED: [&str; 18] = [
    "or", "and", "not", "in", "contains", "matches", "where", "true", "false", "none", "it",
    "then", "else", "within", "every", "for", "since", "as",
];

impl NameKind {
    /// Why `name` cannot be such a name; nothing if it can.
    pub fn fault(self, name: &str) -> Option<String> {
        let letter = |c: char| c.is_alphanumeric() || c == '_';
        match self {
            Self::Name | Self::LongName if RESERVED.contains(&name) => {
                Some(format!("`{name}` is a word of the language, and no name"))
            }
            Self::Name if !name.chars().all(letter) || starts_wrong(name) => Some(format!(
                "`{name}` is no name: letters, digits and `_`, and no digit first"
            )),
            Self::LongName
                if !name.starts_with(letter)
                    || !name.chars().all(|c| letter(c) || c == '-' || c == '.') =>
            {
                Some(format!(
                    "`{name}` is no name: letters, digits, `_`, `-` and `.`, a letter first"
                ))
            }
            Self::Variable if name.is_empty() || name.contains(['=', '\0']) => {
                Some("a variable's name is not empty, and has no `=` in it".to_owned())
            }
            Self::Status if name != "else" && status(name).is_none() => Some(format!(
                "`{name}` is no exit status: a number from 0 to 255, or `else`"
            )),
            _ => None,
        }
    }
}

fn starts_wrong(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The exit status that a key is.
pub fn status(key: &str) -> Option<i64> {
    let plain = key == "0" || !key.starts_with(['0', '+']);
    key.parse::<u8>().ok().filter(|_| plain).map(i64::from)
}
