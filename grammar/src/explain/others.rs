//! What other languages write, and what is written here.

use crate::read::Reader;

/// What to write for a word of another language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Other {
    /// What to do about it.
    pub help: &'static str,
    /// What to put in its place, where that is all.
    pub replacement: Option<&'static str>,
}

/// First words of lines that other languages have, and what is written here; a list of words is one
/// meaning. They are commands all the same where an environment has them.
const WORDS: &[(&[&str], &str, Option<&str>)] = &[
    (
        &["elif", "elsif", "elseif"],
        "here it is written `else if`",
        Some("else if"),
    ),
    (
        &[
            "endif",
            "fi",
            "done",
            "esac",
            "endwhile",
            "endfor",
            "end_if",
            "wend",
            "enddo",
            "endcase",
            "endstep",
            "endparallel",
            "end_for",
            "end_while",
            "end_do",
            "end_case",
            "end_step",
            "end_parallel",
        ],
        "a block ends with `end`",
        Some("end"),
    ),
    (
        &["foreach"],
        "here it is written `for NAME in LIST … end`",
        Some("for"),
    ),
    (&["begin"], "here it is written `do … end`", Some("do")),
    (
        &["loop", "until", "forever"],
        "here it is written `while CONDITION … end` or `repeat … end`",
        None,
    ),
    (
        &[
            "function",
            "def",
            "func",
            "fn",
            "sub",
            "proc",
            "procedure",
            "macro",
        ],
        "a step of the scenario's own is written `step NAME PARAM… … end`",
        Some("step"),
    ),
    (
        &["print", "println", "puts", "printf", "say"],
        "here it is written `echo TEXT`",
        Some("echo"),
    ),
    (
        &["let", "var", "const", "local", "declare", "my", "export"],
        "here it is written `set NAME = VALUE`",
        Some("set"),
    ),
    (
        &["import", "include", "source"],
        "steps of another file are taken with `use 'file.scn'`",
        Some("use"),
    ),
    (
        &["unless"],
        "here it is written `if not CONDITION`",
        Some("if not"),
    ),
    (
        &["switch", "select", "match"],
        "here it is written `if … else if … else … end`",
        None,
    ),
    (
        &["catch", "except", "rescue", "ensure"],
        "what may fail stands after `try`: `try COMMAND`; what runs however it ends stands in `finally … end`",
        None,
    ),
    (
        &["throw", "raise", "die", "abort"],
        "here it is written `fail TEXT`",
        Some("fail"),
    ),
    (&["quit"], "here it is written `exit`", Some("exit")),
    (
        &[
            "assertEquals",
            "assert_equals",
            "assertEqual",
            "assertTrue",
            "assertThat",
            "assert_equal",
            "assert_eq",
            "assert_true",
            "expect",
            "Should",
            "should",
            "verify_that",
        ],
        "here it is written `assert CONDITION`, such as `assert status == 'PASS'`",
        None,
    ),
    (
        &["exec", "execute"],
        "to start a program, write: run PROGRAM WORD…",
        Some("run"),
    ),
    (
        &["system", "shell"],
        "to ask a shell, write: sh 'TEXT'",
        Some("sh"),
    ),
    (
        &["spawn", "fork", "async"],
        "here it is written `background NAME COMMAND`",
        None,
    ),
    (
        &["delay", "wait_for"],
        "to let time pass, write: sleep 5s",
        None,
    ),
    (
        &["cd", "pushd", "popd", "chdir"],
        "each step begins in the project's folder: ask the shell, sh 'cd FOLDER && …'; a command of the environment has `cwd`",
        None,
    ),
    (
        &["sudo", "su"],
        "a command of the environment has `user`; to start the program all the same, write: run sudo …",
        None,
    ),
    (
        &["killall", "pkill"],
        "what the environment describes is ended by: kill COMPONENT; a job by: cancel NAME",
        None,
    ),
    (
        &["Given", "When", "Then", "And", "But"],
        "leave it out: a line is a command and its words",
        None,
    ),
    (
        &["pass_if", "fail_if", "skip_if"],
        "write: if CONDITION then pass",
        None,
    ),
    (&["rem", "REM"], "a comment begins with `#`", Some("#")),
    (&["times"], "leave it out: `retry 3 COMMAND`", None),
];

/// What is written here for a word of another language with which a line begins.
pub fn other_word(word: &str) -> Option<Other> {
    let of = WORDS.iter().find(|(words, ..)| words.contains(&word));
    of.map(|&(_, help, replacement)| Other { help, replacement })
}

/// Names of values in other languages, and what they are called here.
pub fn other_value(name: &str) -> Option<&'static str> {
    Some(match name {
        "null" | "NULL" | "Null" | "nil" | "None" | "undefined" => "none",
        "True" | "TRUE" => "true",
        "False" | "FALSE" => "false",
        _ => return None,
    })
}

/// An operator of another language: its bytes in the text, what to do about it, and what is written here.
pub(super) struct Sign {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) help: String,
    pub(super) replacement: Option<String>,
}

/// The operator of another language that is at the token at `start`, or around it.
pub(super) fn other_sign(reader: Reader<'_>, start: usize, end: usize) -> Option<Sign> {
    let text = reader.text;
    let (before, token, rest) = (&text[..start], &text[start..end], &text[start..]);
    let sign = |start, end, here: &str| Sign {
        start,
        end,
        help: format!("type {}", here.trim_end()),
        replacement: Some(here.to_owned()),
    };
    let found = match token {
        "&" | "|" => {
            let here = if token == "&" { "and" } else { "or" };
            let double = rest[1..].starts_with(token);
            sign(start, end + usize::from(double), here)
        }
        "!" => sign(start, end, "not "),
        ">" if before.ends_with('<') => sign(start - 1, end, "!="),
        "=" if before.ends_with("==") => sign(start - 2, end, "=="),
        "=" if before.ends_with("!=") => sign(start - 2, end, "!="),
        "is" | "equals" | "eq" => sign(start, end, "=="),
        "ne" => sign(start, end, "!="),
        "." if rest.starts_with("..") => Sign {
            start,
            end: end + 1,
            help: "a range is written range(FROM, BEYOND): range(1, 4) is [1, 2, 3]".to_owned(),
            replacement: None,
        },
        "." if before.trim_end().ends_with(['\'', '"']) => Sign {
            help: "texts are joined with +".to_owned(),
            ..sign(start, end, "+")
        },
        "$" => {
            let name = rest[1..].trim_start_matches('{');
            let length = name.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let name = &name[..length.unwrap_or(name.len())];
            let braces = rest[1..].starts_with('{');
            let closed = braces && rest[2 + name.len()..].starts_with('}');
            if name.is_empty() || braces != closed {
                return None;
            }
            Sign {
                help: format!("a variable is named without a sign: {name}"),
                ..sign(
                    start,
                    start + 1 + name.len() + 2 * usize::from(braces),
                    name,
                )
            }
        }
        _ => return None,
    };
    Some(found)
}

/// Functions and methods of other languages, and what is written here; VALUE is what they are of.
const FUNCTIONS: &[(&[&str], &str)] = &[
    (&["length", "size", "strlen", "count"], "len(VALUE)"),
    (
        &[
            "str",
            "string",
            "tostring",
            "toString",
            "to_s",
            "to_string",
            "repr",
        ],
        "text(VALUE)",
    ),
    (
        &["float", "number", "num", "parseFloat", "to_f"],
        "decimal(VALUE)",
    ),
    (&["integer", "parseInt", "toInt", "to_i"], "int(VALUE)"),
    (
        &["toUpperCase", "uppercase", "upcase", "toupper"],
        "upper(VALUE)",
    ),
    (
        &["toLowerCase", "lowercase", "downcase", "tolower"],
        "lower(VALUE)",
    ),
    (&["strip", "lstrip", "rstrip", "chomp"], "trim(VALUE)"),
    (
        &["startswith", "starts_with", "startsWith", "hasPrefix"],
        "VALUE matches '^…'",
    ),
    (
        &["endswith", "ends_with", "endsWith", "hasSuffix"],
        "VALUE matches '…$'",
    ),
    (
        &["contains", "includes", "indexOf", "find", "has"],
        "VALUE contains '…'",
    ),
    (
        &["test", "search", "fullmatch", "matches"],
        "VALUE matches 'REGEX'",
    ),
    (
        &["substr", "substring", "slice"],
        "match(VALUE, 'REGEX'), whose groups are its parts",
    ),
    (
        &["format", "sprintf", "printf", "concat"],
        "\"… #{VALUE} …\"",
    ),
    (&["append", "push", "add"], "VALUE + [ELEMENT]"),
    (&["filter", "select"], "VALUE where it …"),
    (&["loads", "parse", "fromjson"], "json(TEXT)"),
    (&["splitlines"], "lines(VALUE)"),
    (&["items", "entries"], "pairs(VALUE)"),
    (&["time", "date", "today", "timestamp"], "now()"),
    (&["getenv", "environ"], "env('NAME')"),
    (&["isfile", "file_exists", "exist"], "exists('FILE')"),
    (&["open", "readfile", "read_file"], "file('FILE')"),
    (&["rand", "randint", "randrange"], "random()"),
    (&["mean", "average"], "avg(VALUE)"),
    (
        &["input", "prompt"],
        "@param NAME at the top of the file, given by `--set NAME=VALUE`",
    ),
];

/// What is written here for a function of another language; `VALUE` in it stands for what it is of.
pub fn other_function(name: &str) -> Option<&'static str> {
    let of = FUNCTIONS.iter().find(|(names, _)| names.contains(&name));
    of.map(|(_, here)| *here)
}

/// The unit of a time, as a word after its number.
pub(super) fn unit(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "ms" | "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => "ms",
        "us" | "usec" | "usecs" | "microsecond" | "microseconds" => "us",
        "ns" | "nsec" | "nsecs" | "nanosecond" | "nanoseconds" => "ns",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        _ => return None,
    })
}

/// The unit of a size, as a word after its number.
pub(super) fn unit_of_size(word: &str) -> Option<&'static str> {
    let units = [
        "B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB",
    ];
    units.into_iter().find(|unit| *unit == word).or(match word {
        "mb" | "Mb" => Some("MB"),
        "gb" | "Gb" => Some("GB"),
        "kb" | "Kb" => Some("KB"),
        "bytes" | "byte" => Some("B"),
        _ => None,
    })
}

/// A time as it is written here, of one with a unit in words: `1sec`, `5S`, `2 minutes`.
pub fn other_time(text: &str) -> Option<String> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, word) = text.split_at(digits);
    if number.is_empty() || number.parse::<f64>().is_err() {
        return None;
    }
    let written = format!("{number}{}", unit(word.trim())?);
    (written != text).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A keyword needs no translation, and what is put in a place begins with one or with a command.
    #[test]
    fn words_of_others_are_no_keywords() {
        for (words, ..) in WORDS {
            for word in *words {
                assert!(crate::keyword::keyword_of(word).is_none(), "{word}");
                assert!(!crate::is_reserved(word), "{word}");
            }
        }
    }

    #[test]
    fn units_of_times() {
        assert_eq!(unit("seconds"), Some("s"));
        assert_eq!(unit("ms"), Some("ms"));
        assert_eq!(unit("mins"), Some("m"));
        assert_eq!(unit("S"), Some("s"));
        assert_eq!(unit("month"), None);
        assert_eq!(other_time("1sec").as_deref(), Some("1s"));
        assert_eq!(other_time("1.5 minutes").as_deref(), Some("1.5m"));
        assert_eq!(other_time("1s"), None);
        assert_eq!(other_time("soon"), None);
    }
}
