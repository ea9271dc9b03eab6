//! What people type who come from a shell or from another language, and which means something else here. It is
//! legal, so it is a warning; what is meant as it stands is put into quotes.

use std::borrow::Cow;

use scn_grammar::tree::{ModifierKind, Part, Step, Word};
use scn_grammar::{Diagnostic, Span};

use super::scope::Scope;
use crate::codes;

/// Words that a shell knows itself, so that there is no program of the name.
const OF_SHELLS: &[&str] = &[
    "cd", "export", "source", "alias", "unset", "ulimit", "umask", "set", "eval", ".",
];

/// Programs whose words are files: to them `*` is a shell's work.
const OF_FILES: &[&str] = &[
    "cat", "chmod", "chown", "cp", "du", "gzip", "head", "ls", "mv", "rm", "tail", "tar", "touch",
    "wc",
];

/// A finding in a command line: where, what it says, what to type.
struct Habit {
    span: Span,
    message: String,
    help: String,
    replacement: Option<String>,
}

impl Scope<'_, '_> {
    /// Says of a command line what only a shell would understand: once, at the first place.
    pub(super) fn habits(&mut self, step: &Step, name: &str) {
        // Nothing of this is written without one of these.
        if step.words.is_empty() {
            return;
        }
        let found = self
            .pause_after(step, name)
            .or_else(|| self.of_a_program(step, name))
            .or_else(|| (0..step.words.len()).find_map(|at| self.habit(step, name, at)));
        if let Some(habit) = found {
            let mut found =
                Diagnostic::new(&codes::SHELL, habit.span, habit.message).help(habit.help);
            found.replacement = habit.replacement;
            self.report(found);
        }
    }

    /// `every` behind the command that is tried again, whose words it goes to there.
    fn pause_after(&self, step: &Step, name: &str) -> Option<Habit> {
        let [.., every, time] = step.words.as_slice() else {
            return None;
        };
        let modifiers = step.modifiers.iter();
        let mut tried = modifiers.filter_map(|modifier| match &modifier.kind {
            ModifierKind::Retry { every, .. } | ModifierKind::RetryWithin { every, .. } => {
                Some(every)
            }
            _ => None,
        });
        let without = tried.next()?.is_none();
        let bare = |word: &Word| match word.parts.as_slice() {
            [Part::Bare(text)] => Some(text.clone()),
            _ => None,
        };
        let time =
            bare(time).filter(|time| scn_protocol::quantity::parse_duration(time).is_some())?;
        let is_it = without && bare(every).as_deref() == Some("every");
        is_it.then(|| Habit {
            span: Span {
                start: every.span.start,
                end: step.words[step.words.len() - 1].span.end,
            },
            message: format!("`every {time}` goes to `{name}` as words"),
            help: format!("the pause stands before the command: retry … every {time} {name} …"),
            replacement: None,
        })
    }

    /// What `run` and `sh` are given.
    fn of_a_program(&self, step: &Step, name: &str) -> Option<Habit> {
        let first = step.words.first()?;
        let text = first.literal()?;
        let bare = matches!(first.parts.as_slice(), [Part::Bare(_)]);
        match name {
            "run" if OF_SHELLS.contains(&&*text) => Some(Habit {
                span: first.span,
                message: format!("`{text}` is a shell's own word, and no program"),
                help: format!(
                    "ask the shell, all in one text: {}; a command of the environment has `cwd` and `env`",
                    self.asked(step, 0)
                ),
                replacement: None,
            }),
            "run" if !bare && step.words.len() == 1 => {
                let program = text.split_whitespace().next()?;
                let blanks = text.trim().contains(char::is_whitespace);
                let shell = text.contains(['|', '<', '>', ';', '&', '$', '*', '`']);
                let help = match shell && !text.contains('\'') {
                    true => format!("ask the shell: sh '{}'", text.trim()),
                    false => format!("write each word by itself: run {}", text.trim()),
                };
                (blanks && !program.contains('/')).then(|| Habit {
                    span: first.span,
                    message: "this names one program, with blanks in its name".to_owned(),
                    help,
                    replacement: plain(&text).then(|| text.trim().to_owned()),
                })
            }
            "sh" if step.words.len() > 1 && bare && !text.contains('$') => Some(Habit {
                span: step.words[1].span,
                message: format!(
                    "the shell's text is `{text}` alone; the words after it are its `$1`, `$2` …, which it does not use"
                ),
                help: format!("put the whole text into quotes: {}", self.asked(step, 0)),
                replacement: None,
            }),
            _ => None,
        }
    }

    fn habit(&self, step: &Step, name: &str, at: usize) -> Option<Habit> {
        let word = &step.words[at];
        let mut found = match word.parts.as_slice() {
            [Part::Bare(text)] if !text.starts_with(|c: char| c.is_alphanumeric() || c == '-') => {
                self.sign(step, name, at, text)
            }
            _ => None,
        };
        found = found.or_else(|| self.ends_in_a_sign(step, name, at));
        found.or_else(|| self.variable(word, name))
    }

    /// A word that is a sign of a shell's.
    fn sign(&self, step: &Step, name: &str, at: usize, text: &str) -> Option<Habit> {
        let told = matches!(name, "echo" | "log");
        let next = step.words.get(at + 1);
        let named = next.is_some_and(|next| {
            let begins = |text: &str| text.starts_with(|c: char| c.is_alphabetic() || "/.~".contains(c));
            matches!(next.parts.first(), Some(Part::Bare(text) | Part::Quoted(text)) if begins(text))
        });
        let asked = |name: &str| match name {
            "run" | "sh" => format!("ask the shell: {}", self.asked(step, 0)),
            _ => "a shell's work is asked of the shell, by a text in quotes: sh 'TEXT'".to_owned(),
        };
        let rest = || self.between(step, at + 1, step.words.len());
        let help = match text {
            "|" if named => match name {
                "run" | "sh" => asked(name),
                _ => format!("keep the result, `set NAME {name} …`, and use it: #{{NAME}}"),
            },
            "&&" if named => format!(
                "one statement a line: what fails ends the scenario, so `{}` can stand on the next line; or {}",
                rest(),
                asked(name)
            ),
            "||" if named => format!(
                "`try` before a command goes on whatever it does, and `set NAME COMMAND` keeps how it ended; or {}",
                asked(name)
            ),
            ";" if named && !self.source(step.span).contains("-exec") => {
                format!("one statement a line: write `{}` on the next line", rest())
            }
            "&" if next.is_none() && !told => {
                format!(
                    "to let it run on, write: background NAME {}",
                    self.until(step, at)
                )
            }
            ">" | ">>" | "2>" | "&>" | "<" if named => redirected(name, &asked(name)),
            "2>&1" | ">/dev/null" | "2>/dev/null" | "&>/dev/null" => {
                format!(
                    "the output of a step is kept by itself: leave it out; or {}",
                    asked(name)
                )
            }
            _ => return self.file(step, name, at, text),
        };
        Some(Habit {
            span: step.words[at].span,
            message: format!(
                "`{text}` is a word like any other here, and goes to `{name}` as it is"
            ),
            help,
            replacement: None,
        })
    }

    /// `*` and `~` in the name of a file.
    fn file(&self, step: &Step, name: &str, at: usize, text: &str) -> Option<Habit> {
        let home = text == "~" || text.starts_with("~/");
        let program = match name {
            "run" if at > 0 => step.words[0].literal().unwrap_or_default(),
            _ => Cow::default(),
        };
        let files =
            OF_FILES.contains(&&*program) || matches!(name, "read" | "remove" | "copy" | "attach");
        let glob = files && text.contains('*') && !text.starts_with('-');
        let (message, help, replacement) = if home {
            let written = format!("#{{env('HOME')}}{}", &text[1..]);
            let message = "`~` is no folder here: only shells know it".to_owned();
            (message, format!("write {written}"), Some(written))
        } else if glob {
            let help = match name {
                "run" => format!("ask the shell: {}", self.asked(step, 0)),
                _ => {
                    "name the file, or ask a shell which there are: set NAMES sh 'ls …'".to_owned()
                }
            };
            let message = format!(
                "`{text}` is not replaced by the files that match it: `*` means nothing here"
            );
            (message, help, None)
        } else {
            return None;
        };
        Some(Habit {
            span: step.words[at].span,
            message,
            help,
            replacement,
        })
    }

    /// `server&`, `#{x};`
    fn ends_in_a_sign(&self, step: &Step, name: &str, at: usize) -> Option<Habit> {
        let word = &step.words[at];
        let Some(Part::Bare(text)) = word.parts.last() else {
            return None;
        };
        let last = at + 1 == step.words.len();
        let (sign, help) = if let Some(before) = text.strip_suffix(';') {
            let empty = before.is_empty() && word.parts.len() == 1;
            let next = step.words.get(at + 1).and_then(Word::literal);
            let follows = next.is_some_and(|next| {
                let known = self.compiler.command_names();
                known.iter().any(|name| *name == next)
            });
            if empty
                || matches!(name, "echo" | "log") && !last && !follows
                || before.starts_with('&')
            {
                return None;
            }
            let help = match last {
                true => "leave it out: a statement ends with its line".to_owned(),
                false => format!(
                    "one statement a line: write `{}` on the next line",
                    self.between(step, at + 1, step.words.len())
                ),
            };
            (";", help)
        } else if last
            && name != "echo"
            && text.len() > 1
            && text.ends_with('&')
            && !text.contains('=')
        {
            let before = self.until(step, at + 1);
            let help = format!(
                "to let it run on, write: background NAME {}",
                before.trim_end_matches('&')
            );
            ("&", help)
        } else if matches!(word.parts.as_slice(), [Part::Bare(_)]) && text.contains('*') {
            return self.file(step, name, at, text);
        } else {
            return None;
        };
        Some(Habit {
            span: word.span,
            message: format!("`{sign}` is a part of this word, and goes to `{name}` with it"),
            help,
            replacement: None,
        })
    }

    /// `$x`, `${x}`, `$(…)`, `{x}` and backticks.
    fn variable(&self, word: &Word, name: &str) -> Option<Habit> {
        let source = self.source(word.span);
        let (before, after) = (source.chars().next()?, source.chars().last()?);
        let literal = matches!(before, '\'' | '‘') && matches!(after, '\'' | '’');
        for part in &word.parts {
            let (text, quoted) = match part {
                Part::Bare(text) => (text.as_str(), false),
                Part::Quoted(text) => (text.as_str(), true),
                _ => continue,
            };
            // A shell's text in quotes is a shell's.
            if quoted && name == "sh" {
                continue;
            }
            if let Some(habit) = self.named(word, name, text, quoted, literal) {
                return Some(habit);
            }
        }
        None
    }

    fn named(
        &self,
        word: &Word,
        name: &str,
        text: &str,
        quoted: bool,
        literal: bool,
    ) -> Option<Habit> {
        let habit = |message: String, help: String, replacement: Option<String>| Habit {
            span: word.span,
            message,
            help,
            replacement,
        };
        let source = self.source(word.span);
        if !quoted && (text.contains("$(") || text.starts_with('`')) {
            let message = format!(
                "nothing is run in the middle of a line here: this goes to `{name}` as it is"
            );
            let help = "keep what a command prints with a line before, `set NAME sh 'TEXT'`, and write #{NAME}";
            return Some(habit(message, help.to_owned(), None));
        }
        let (written, variable) = of_another(text, quoted)?;
        let known = self.knows(variable);
        if quoted && (!known || written.starts_with("#{") != literal) {
            return None;
        }
        let here = format!("#{{{variable}}}");
        if written == here {
            let inner = source
                .trim_start_matches(['\'', '‘'])
                .trim_end_matches(['\'', '’']);
            let message = format!("in '…' all is as it stands, `{written}` too");
            let written = format!("\"{inner}\"");
            let replacement = plain(inner).then(|| written.clone());
            return Some(habit(
                message,
                format!("for the variable's value write: {written}"),
                replacement,
            ));
        }
        let message = format!("`{written}` is text here, and goes to `{name}` as it is");
        if !known && written.starts_with('{') {
            return None;
        }
        let help = if known {
            format!(
                "the variable's value is {here}; for the signs themselves, put them into quotes: '{written}'"
            )
        } else if variable
            .chars()
            .all(|c| c.is_uppercase() || c == '_' || c.is_ascii_digit())
        {
            format!(
                "a variable of the environment is #{{env('{variable}')}}; for the signs themselves: '{written}'"
            )
        } else {
            format!(
                "a variable that `set {variable}` made is written {here}; for the signs themselves: '{written}'"
            )
        };
        let replacement = known.then(|| source.replacen(written, &here, 1));
        Some(habit(message, help, replacement))
    }

    /// Whether a variable or a name of the environment is called so.
    fn knows(&self, name: &str) -> bool {
        self.variables.contains_key(name) || self.compiler.globals.contains_key(name)
    }

    /// `sh '…'` with the words from the one at `from` on.
    fn asked(&self, step: &Step, from: usize) -> String {
        let text = self.between(step, from, step.words.len());
        let inner = step.words[from]
            .literal()
            .is_none_or(|word| !text.starts_with(&*word));
        if inner || text.contains("#{") || (text.contains('\'') && text.contains(['"', '\\', '$']))
        {
            return "sh 'TEXT'".to_owned();
        }
        match text.contains('\'') {
            true => format!("sh \"{text}\""),
            false => format!("sh '{text}'"),
        }
    }

    /// The words from one to another as they are written.
    fn between(&self, step: &Step, from: usize, to: usize) -> String {
        let words = &step.words[from.min(to)..to];
        match words {
            [] => String::new(),
            [first, .., last] | [first @ last] => {
                let span = Span {
                    start: first.span.start,
                    end: last.span.end,
                };
                self.source(span).to_owned()
            }
        }
    }

    /// The command line up to the word at `to`.
    fn until(&self, step: &Step, to: usize) -> String {
        let end = step.words[..to]
            .last()
            .map_or(step.command.span.end, |word| word.span.end);
        let span = Span {
            start: step.command.span.start,
            end,
        };
        self.source(span).to_owned()
    }
}

/// The variable as another language writes it, and its name. In quotes also `#{x}`, which `'…'` leaves as it is.
fn of_another(text: &str, quoted: bool) -> Option<(&str, &str)> {
    let mut from = 0;
    while let Some(found) = text[from..].find(['$', '{']) {
        let at = from + found;
        let rest = &text[at..];
        let interpolated = quoted && text[..at].ends_with('#');
        let opening = match rest.as_bytes() {
            [b'$', b'{', ..] => 2,
            _ => 1,
        };
        let length = rest[opening..].find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let name = &rest[opening..opening + length.unwrap_or(rest.len() - opening)];
        let braces = rest[..opening].ends_with('{');
        let closed = rest[opening + name.len()..].starts_with('}');
        let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if begins && braces == closed {
            let end = opening + name.len() + usize::from(closed);
            let start = at - usize::from(interpolated);
            return Some((&text[start..at + end], name));
        }
        from = at + opening;
    }
    None
}

/// What to do instead of `>` and `<`.
fn redirected(name: &str, asked: &str) -> String {
    match name {
        "run" | "sh" => format!(
            "`set NAME {name} …` keeps the output, and `write FILE #{{NAME}}` writes it; `input` stands before a command; or {asked}"
        ),
        _ => "to write a file: write FILE TEXT; to write what a command prints: set NAME COMMAND, then write FILE #{NAME}"
            .to_owned(),
    }
}

/// Whether a text needs no thought where it is put without quotes, or into others.
fn plain(text: &str) -> bool {
    !text.contains(['\'', '"', '\\', '‘', '’', '“', '”'])
}
