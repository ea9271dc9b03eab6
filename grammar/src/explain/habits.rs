//! Lines as another language has them: what is written here instead.

use super::{boxed, shortened};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::keyword::{Keyword, KeywordKind};
use crate::lines::is_blank;
use crate::read::Reader;

/// What a line was meant to be, if another language would have understood it where `fault` stands.
///
/// `keyword` is that of the line.
pub(crate) fn of_another_language(
    reader: Reader<'_>,
    keyword: Option<&'static Keyword>,
    fault: &Diagnostic,
) -> Option<Box<Diagnostic>> {
    // A quote that is not closed comes before all else.
    super::check_words(reader).ok()?;
    let place = (fault.span.start as usize).checked_sub(reader.base)?;
    let rest = reader.text.get(place..)?;
    let line = Line {
        reader,
        place,
        rest,
        word: crate::read::first_word(rest),
        code: fault.code,
    };
    let Some(keyword) = keyword else {
        return line.command();
    };
    line.sign(keyword)
        .or_else(|| line.nothing_after(keyword))
        .or_else(|| line.out_of_order(keyword))
        .or_else(|| line.before_nothing(keyword))
        .or_else(|| match keyword.word {
            "set" => line.set(),
            "wait" | "hold" | "eventually" => line.wait(keyword.word),
            "assert" | "check" | "require" => line.message(),
            "step" => line.step(),
            "background" => line.background(),
            "for" => line.each(),
            "goto" => line.goto(),
            "end" => line.mends(
                line.rest.trim_end_matches(is_blank).len(),
                "`end` stands alone on its line: it closes the block that was opened last",
                "leave the rest out",
                "",
            ),
            "always" | "never" if matches!(line.word, "within" | "for") => line.says(
                line.word.len(),
                format!("`{}` has no `{}`: it holds to the end of its block", keyword.word, line.word),
                "for a time, write: hold CONDITION for 5s; until it comes: eventually CONDITION within 5s",
            ),
            _ => None,
        })
}

/// Whether a word can be a name.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// What a clause of a statement begins with.
const CLAUSES: [&str; 8] = [
    "within", "every", "for", "from", "or", "where", "since", "as",
];

/// A line, and where it stopped making sense.
struct Line<'s> {
    reader: Reader<'s>,
    /// The byte of the line.
    place: usize,
    /// From there on.
    rest: &'s str,
    /// The word there.
    word: &'s str,
    /// The kind of fault.
    code: &'static crate::diagnostic::Code,
}

type Said = Option<Box<Diagnostic>>;

impl<'s> Line<'s> {
    fn before(&self) -> &'s str {
        &self.reader.text[..self.place]
    }

    /// The words before the place.
    fn words(&self) -> Vec<&'s str> {
        let words = self.before().split(is_blank);
        words.filter(|word| !word.is_empty()).collect()
    }

    /// What stands after the `length` bytes at the place, without its comment.
    fn after(&self, length: usize) -> &'s str {
        let after = &self.rest[length.min(self.rest.len())..];
        match after.find(" #") {
            Some(at) if !after[at..].starts_with(" #{") => after[..at].trim_matches(is_blank),
            _ => after.trim_matches(is_blank),
        }
    }

    /// The forms of the statement in which the word at the place stands.
    fn usage(&self, keyword: &Keyword) -> Vec<&'static str> {
        let has = |form: &str, word: &str| {
            form.split(|c: char| !c.is_alphabetic())
                .any(|part| part == word)
        };
        // `wait until` and `wait event` have clauses of the same names.
        let second = self.words().get(1).copied();
        let second = second.filter(|word| matches!(*word, "until" | "event"));
        let forms = keyword.usage.iter().copied();
        forms
            .filter(|form| has(form, self.word) && second.is_none_or(|word| has(form, word)))
            .collect()
    }

    /// A finding at the `length` bytes at the place.
    fn says(&self, length: usize, message: impl Into<String>, help: impl Into<String>) -> Said {
        let span = self.reader.span(self.place, self.place + length);
        Some(boxed(Diagnostic::new(self.code, span, message).help(help)))
    }

    /// The same, where it is mended by other words in that place.
    fn mends(
        &self,
        length: usize,
        message: impl Into<String>,
        help: impl Into<String>,
        replacement: impl Into<String>,
    ) -> Said {
        let found = self.says(length, message, help)?;
        Some(boxed(found.replace(replacement)))
    }

    /// A finding at the whole line.
    fn whole(&self, message: impl Into<String>, help: impl Into<String>) -> Said {
        let span = self
            .reader
            .span(0, self.reader.text.trim_end_matches(is_blank).len());
        Some(boxed(Diagnostic::new(self.code, span, message).help(help)))
    }

    /// `:`, `{`, `;`, `$(` and others, in any line.
    fn sign(&self, keyword: &Keyword) -> Said {
        let block = matches!(keyword.kind, KeywordKind::Block);
        let first = self.rest.chars().next()?;
        match first {
            ':' | '{' if block && self.after(1).is_empty() => self.mends(
                1,
                format!("a block begins without `{first}`"),
                "leave it out; the block goes to its `end`, on a line of its own",
                "",
            ),
            ';' if self.after(1).is_empty() => {
                self.mends(1, "a statement ends with its line", "leave `;` out", "")
            }
            ';' if self.after(1).starts_with("then") => self.mends(
                1,
                "`;` means nothing here",
                "leave it out: if CONDITION then STATEMENT; or a block that goes to its `end`",
                "",
            ),
            ';' => self.says(
                1,
                "one statement a line",
                format!(
                    "write what follows `;` on the next line: {}",
                    shortened(self.after(1))
                ),
            ),
            '$' if self.rest.starts_with("$(") => self.printed(),
            '`' => self.printed(),
            '?' => self.says(
                1,
                "there is no `? :`",
                "write two lines: set x = A, and then: if not CONDITION then set x = B",
            ),
            '/' if self.words().last() == Some(&"matches") => {
                let regex = self.rest.trim_end_matches(is_blank).trim_matches('/');
                self.says(
                    self.rest.trim_end_matches(is_blank).len(),
                    "a regular expression is text here",
                    format!("write: matches '{}'", shortened(regex)),
                )
            }
            '.' if self.rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let number = format!("0{}", self.word);
                self.mends(
                    self.word.len(),
                    format!("`{}` is not a number", shortened(self.word)),
                    format!("type {}", shortened(&number)),
                    number.clone(),
                )
            }
            _ => self.operator(),
        }
    }

    /// `$(date)`
    fn printed(&self) -> Said {
        let length = self.rest.trim_end_matches(is_blank).len();
        let text = self.rest.trim_matches(is_blank);
        let inner = text
            .trim_start_matches("$(")
            .trim_matches('`')
            .trim_end_matches(')');
        let name = match self.words().as_slice() {
            ["set", name, ..] => (*name).to_owned(),
            _ => "NAME".to_owned(),
        };
        let quoted = match inner.contains('\'') {
            true => "'TEXT'".to_owned(),
            false => format!("'{}'", shortened(inner)),
        };
        self.says(
            length,
            "nothing is run in the middle of a line",
            format!("what a command prints is kept by a line of its own, without `=`: set {name} sh {quoted}"),
        )
    }

    /// Operators that are words elsewhere.
    fn operator(&self) -> Said {
        let length = self.word.len();
        let help = match self.word {
            "startswith" | "starts_with" | "startsWith" => "write: TEXT matches '^…'",
            "endswith" | "ends_with" | "endsWith" => "write: TEXT matches '…$'",
            "like" | "~" | "=~" => "a pattern is a regular expression: TEXT matches 'REGEX'",
            "includes" | "has" => "type contains",
            "xor" => "write: A != B",
            "mod" => "type %, with a blank before it",
            "div" => "write: int(A / B)",
            "is" if self.after(2) == "running" => {
                let name = *self.words().last()?;
                return self.says(
                    self.rest.trim_end_matches(is_blank).len(),
                    "expected an operator or the end, found `is`",
                    format!("whether a component runs is {name}.running"),
                );
            }
            "times" if self.words().first() == Some(&"repeat") => {
                return self.mends(
                    length,
                    "nothing stands after the number of rounds",
                    "leave it out: repeat 3",
                    "",
                );
            }
            "if" if self.words().first() == Some(&"set") => {
                "write two lines: set x = B, and then: if CONDITION then set x = A"
            }
            _ => return self.comma_in_a_number(),
        };
        self.says(
            length,
            format!(
                "expected an operator or the end, found `{}`",
                shortened(self.word)
            ),
            help,
        )
    }

    /// `1,5`
    fn comma_in_a_number(&self) -> Said {
        let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let whole = self.words().last().copied().filter(|word| digits(word))?;
        let part = self.word.strip_prefix(',').filter(|part| digits(part))?;
        let number = format!("{whole}.{part}");
        self.says(
            self.word.len(),
            format!("`{whole},{part}` is not a number"),
            format!("a decimal has a point: {number}"),
        )
    }

    /// `within` and others at a line's end.
    fn nothing_after(&self, keyword: &Keyword) -> Said {
        let clause = CLAUSES.contains(&self.word) || matches!(self.word, "until" | "event");
        let usage = self.usage(keyword);
        if !clause || usage.is_empty() || !self.after(self.word.len()).is_empty() {
            return None;
        }
        self.says(
            self.word.len(),
            format!("nothing stands after `{}`", self.word),
            format!("expected: {}", usage.join("\n      or: ")),
        )
    }

    /// `as e within 1s` for `within 1s as e`
    fn out_of_order(&self, keyword: &Keyword) -> Said {
        let usage = self.usage(keyword);
        let [usage] = usage.as_slice() else {
            return None;
        };
        let written = self.words();
        let mut order = usage.split(|c: char| !c.is_alphabetic());
        order.find(|word| *word == self.word && CLAUSES.contains(word))?;
        let late = order.find(|word| CLAUSES.contains(word) && written.contains(word))?;
        self.says(
            self.word.len(),
            format!("`{}` stands before `{late}`", self.word),
            format!("expected: {usage}"),
        )
    }

    /// `retry 3` or `try` on a line of its own.
    fn before_nothing(&self, keyword: &Keyword) -> Said {
        let words: Vec<&str> = self
            .reader
            .text
            .split(is_blank)
            .filter(|word| !word.is_empty())
            .collect();
        let message = |written: &str| format!("`{written}` stands before a command, on its line");
        let [first, rest @ ..] = words.as_slice() else {
            return None;
        };
        match (keyword.word, rest) {
            ("retry", [count]) => self.whole(
                message(&format!("retry {count}")),
                "write: retry 3 COMMAND WORD…; a block that is done until nothing in it fails: retry within 30s … end",
            ),
            ("on", [host]) => self.whole(
                message(&format!("on {host}")),
                format!("write: on {host} COMMAND WORD…, at each that it is for"),
            ),
            ("timeout", [time]) => self.whole(
                message(&format!("timeout {time}")),
                format!(
                    "write: timeout {time} COMMAND WORD…; for several statements make a `step NAME … end` of them, and write: timeout {time} NAME"
                ),
            ),
            ("input", [text]) => self.whole(
                message(&format!("input {text}")),
                format!("write: input {text} COMMAND WORD…"),
            ),
            ("try" | "soft" | "not", []) => self.whole(message(first), format!("write: {first} COMMAND WORD…, at each that it is for")),
            ("timeout", [second, ..]) if self.no_time(second) => {
                let at = self.reader.text.find(second)?;
                let span = self.reader.span(at, at + second.len());
                let found = Diagnostic::new(
                    &codes::E001,
                    span,
                    format!("expected a duration after `timeout`, found `{}`", shortened(second)),
                );
                Some(boxed(found.help(format!("write: timeout 5s {}", shortened(rest.join(" ").as_str())))))
            }
            ("retry", [.., clause @ ("every" | "within"), second, _]) if self.no_time(second) => {
                let at = self.reader.text.find(&format!(" {second}"))? + 1;
                let span = self.reader.span(at, at + second.len());
                let message = format!("expected a duration after `{clause}`, found `{}`", shortened(second));
                let found = Diagnostic::new(&codes::E001, span, message);
                Some(boxed(found.help(format!("write: {clause} 5s {}", shortened(second)))))
            }
            ("retry", [second, ..]) if self.no_time(second) => {
                let at = self.reader.text.find(second)?;
                let span = self.reader.span(at, at + second.len());
                let message = format!("expected after `retry` how many times, found `{}`", shortened(second));
                let found = Diagnostic::new(&codes::E001, span, message);
                Some(boxed(found.help(format!("write: retry 3 {}", shortened(rest.join(" ").as_str())))))
            }
            _ => None,
        }
    }

    /// A word after `timeout` that is a command's name, surely.
    fn no_time(&self, word: &str) -> bool {
        matches!(
            word,
            "run" | "sh" | "http" | "tcp" | "start" | "stop" | "restart" | "await" | "wait"
        )
    }

    fn set(&self) -> Said {
        let words = self.words();
        let name = *words.get(1).unwrap_or(&self.word);
        let length = self.word.len();
        match words.as_slice() {
            ["set"] if self.word.starts_with('-') => self.whole(
                "`set` keeps a value here",
                "leave this line out: a step that fails ends the scenario anyway",
            ),
            ["set"] if self.word.ends_with("++") || self.word.ends_with("--") => {
                let (name, sign) = self.word.split_at(self.word.len() - 2);
                let sign = &sign[..1];
                let written = format!("{name} = {name} {sign} 1");
                self.mends(length, format!("`{sign}{sign}` is no operator"), format!("write: set {written}"), written)
            }
            ["set"] if self.word.split_once('=').is_some_and(|(name, _)| is_plain(name)) => {
                let (name, _) = self.word.split_once('=')?;
                self.blanks_around(name, self.after(name.len()))
            }
            ["set", name] if self.word.starts_with('=') && is_plain(name) && !self.word.starts_with("==") && length > 1 => {
                self.blanks_around(name, self.after(0))
            }
            ["set"] if self.word.ends_with(',') => self.says(
                length,
                "one line sets one name",
                "keep the whole, and then its parts: set both = …, set a = both[0], set b = both[1]",
            ),
            ["set"] if self.after(length).is_empty() && !self.word.is_empty() && !self.word.contains('=') => self.says(
                length,
                format!("nothing is said of what `{}` is to be", shortened(self.word)),
                format!("write: set {0} = VALUE; or, for a command's result: set {0} COMMAND WORD…", shortened(self.word)),
            ),
            ["set", _] if self.rest.starts_with(['\'', '"', '‘', '“', '[', '{', '(']) => self.says(
                self.rest.trim_end_matches(is_blank).len(),
                "a value stands after `=`",
                format!("write: set {name} = {}", shortened(self.rest.trim_matches(is_blank))),
            ),
            ["set", _] if self.word == "=" && self.after(length).trim_matches(is_blank).is_empty() => self.says(
                length,
                "nothing stands after `=`",
                format!("write: set {name} = VALUE; text stands in quotes, and '' is one of nothing"),
            ),
            ["set", _] if matches!(self.word, ":=" | ":" | "==" | "to" | "as" | "<-") => {
                self.mends(length, format!("expected `=`, found `{}`", self.word), "type =", "=")
            }
            _ => None,
        }
    }

    /// `x=5`, `x =5` or `x= 5`
    fn blanks_around(&self, name: &str, value: &str) -> Said {
        let value = match value.trim_start_matches('=').trim_start_matches(is_blank) {
            "" => "VALUE",
            value => value,
        };
        self.says(
            self.word.len(),
            "blanks stand around the `=`",
            format!("write: set {name} = {}", shortened(value)),
        )
    }

    fn wait(&self, keyword: &str) -> Said {
        let length = self.word.len();
        let clause = if keyword == "hold" { "for" } else { "within" };
        if keyword == "hold" && self.word == "within" {
            return self.mends(
                length,
                "the time for which it has to be so stands after `for`",
                "type for",
                "for",
            );
        }
        if keyword == "wait"
            && self.before().trim_end_matches(is_blank) == "wait"
            && matches!(self.word, "for" | "till" | "that")
        {
            let time = self.after(length);
            if time.starts_with(|c: char| c.is_ascii_digit()) {
                return self.says(
                    length,
                    "`wait` waits for something that comes",
                    format!("to let time pass, write: sleep {}", shortened(time)),
                );
            }
            return self.mends(
                length,
                format!("expected `until` or `event`, found `{}`", self.word),
                "write: wait until CONDITION within 5s; or: wait event 'PATTERN' within 5s",
                "until",
            );
        }
        if matches!(self.word, "timeout" | "for" | "before" | "in" | "max") && self.word != clause {
            return self.mends(
                length,
                format!("the time that it has stands after `{clause}`"),
                format!("write: {clause} {}", shortened(self.after(length))),
                clause,
            );
        }
        let time = self.word.starts_with(|c: char| c.is_ascii_digit());
        let clause_missing =
            time && !self.before().contains(" within ") && !self.before().contains(" for ");
        (clause_missing && self.words().len() > 1)
            .then(|| {
                let written = format!("{clause} {}", self.word);
                self.mends(
                    length,
                    format!("the time that it has stands after `{clause}`"),
                    format!("write: {written}"),
                    written,
                )
            })
            .flatten()
    }

    /// `assert CONDITION 'message'`
    fn message(&self) -> Said {
        let text = self.rest.starts_with(['\'', '"', '‘', '“']);
        let value =
            self.words().len() > 1 && !self.before().trim_end_matches(is_blank).ends_with(',');
        (text && value)
            .then(|| {
                self.says(
                    self.rest.trim_end_matches(is_blank).len(),
                    "a message stands after a comma",
                    format!("write: , {}", shortened(self.rest.trim_matches(is_blank))),
                )
            })
            .flatten()
    }

    /// `step login(user, password)`
    fn step(&self) -> Said {
        let words: Vec<String> = self.reader.text["step".len()..]
            .split(|c: char| is_blank(c) || "(),:".contains(c))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let first = self.rest.chars().next()?;
        let default = self.code.name == codes::E025.name;
        (matches!(first, '(' | ',' | ')' | ':') && !default)
            .then(|| {
                self.says(
                    1,
                    "parameters stand after the step's name, with blanks between them",
                    format!("write: step {}", shortened(&words.join(" "))),
                )
            })
            .flatten()
    }

    fn background(&self) -> Said {
        match self.words().as_slice() {
            ["background"] if self.word.is_empty() => self.says(
                0,
                "what runs in the background has a name, by which it is awaited",
                "write: background NAME COMMAND WORD…",
            ),
            ["background"] if self.after(self.word.len()).is_empty() => self.says(
                self.word.len(),
                "what runs in the background has a name, by which it is awaited",
                format!(
                    "write: background NAME {0}; or, if that is the name: background {0} COMMAND WORD…",
                    shortened(self.word)
                ),
            ),
            ["background", name] if self.word == "=" => self.mends(
                1,
                "no sign stands between the name and the command",
                format!("write: background {name} {}", shortened(self.after(1))),
                "",
            ),
            _ => None,
        }
    }

    /// `for x in a b c`, `for (x in …)`
    fn each(&self) -> Said {
        if self.words().as_slice() == ["for"] && self.rest.starts_with('(') {
            return self.says(1, "no brackets stand around it", "write: for NAME in LIST");
        }
        let [_, name, "in", first] = self.words()[..] else {
            return None;
        };
        let plain = |word: &str| word.chars().all(|c| c.is_alphanumeric() || c == '_');
        let words: Vec<&str> = [first]
            .into_iter()
            .chain(self.rest.split(is_blank))
            .filter(|word| !word.is_empty())
            .collect();
        words
            .iter()
            .all(|word| plain(word))
            .then(|| {
                let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
                self.says(
                    self.rest.trim_end_matches(is_blank).len(),
                    "a list has brackets and commas",
                    format!("write: for {name} in [{}]", shortened(&quoted.join(", "))),
                )
            })
            .flatten()
    }

    /// `goto end:`, `goto my-label`
    fn goto(&self) -> Said {
        let label = self.reader.text["goto".len()..].trim_matches(is_blank);
        if label.is_empty() || label.contains(is_blank) {
            return None;
        }
        let name = label.trim_matches(':').replace('-', "_");
        let name = name.trim_matches(['\'', '"']);
        let (message, help) = match label.strip_suffix(':') {
            Some(_) => (
                "a label has its `:` where it stands, and not in the jump".to_owned(),
                format!("write: goto {name}"),
            ),
            None => (
                format!("`{}` is no label", shortened(label)),
                format!(
                    "a label is one word of letters, digits and `_`: goto {}",
                    shortened(name)
                ),
            ),
        };
        self.says(self.rest.trim_end_matches(is_blank).len(), message, help)
    }

    /// A line that begins with no keyword.
    fn command(&self) -> Said {
        let first = crate::read::first_word(self.reader.text);
        let at_first = |message: String, help: String, replacement: Option<&str>| {
            let span = self.reader.span(0, first.len());
            let mut found = Diagnostic::new(&codes::E015, span, message).help(help);
            found.replacement = replacement.map(str::to_owned);
            Some(boxed(found))
        };
        if first == "}" {
            return at_first(
                "a block ends with `end`".to_owned(),
                "type end".to_owned(),
                Some("end"),
            );
        }
        let name_ends = first.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))?;
        let (name, sign) = first.split_at(name_ends);
        if name.is_empty() || crate::keyword::keyword_of(name).is_some() {
            return None;
        }
        if sign.starts_with('(') {
            let words = self.reader.text[name_ends..].trim_matches(is_blank);
            let words = words.trim_start_matches('(').trim_end_matches(')');
            let words: Vec<&str> = words
                .split(',')
                .map(|word| word.trim_matches(is_blank))
                .collect();
            let written = format!("{name} {}", words.join(" "));
            return at_first(
                format!("the words of `{name}` stand after it, with blanks between them"),
                format!(
                    "write: {}; for the value of a function: set NAME = {name}(…)",
                    shortened(written.trim_end())
                ),
                None,
            );
        }
        if sign == ":" && name.contains('-') {
            return at_first(
                format!("`{name}` is no label"),
                format!(
                    "a label is one word of letters, digits and `_`: {}:",
                    name.replace(['-', '.'], "_")
                ),
                None,
            );
        }
        None
    }
}

/// What stands where a command has to, and what is written here for the two of them.
pub(crate) fn before_a_statement(before: &str, keyword: &str) -> Option<String> {
    let modifier = before.split(is_blank).find(|word| !word.is_empty())?;
    Some(match (modifier, keyword) {
        ("soft", "assert" | "check") => "`check CONDITION` notes a failure, and goes on".to_owned(),
        ("not", "assert" | "check" | "require") => format!("write: {keyword} not CONDITION"),
        ("retry", "assert" | "check") => {
            "write: wait until CONDITION within 10s; or put it into a block: retry within 10s … end"
                .to_owned()
        }
        ("timeout", "wait") => "a wait has its own time: wait until CONDITION within 5s".to_owned(),
        ("timeout" | "retry" | "try", "do" | "parallel" | "case" | "while" | "for" | "repeat") => {
            format!(
                "`{modifier}` stands before a command: make a `step NAME … end` of the block, and write: {} NAME",
                before.trim_matches(is_blank)
            )
        }
        _ => return None,
    })
}
