//! What is shown at a prompt: values, what came of an entry, where the run is paused.

use std::fmt::Write as _;

use scn_grammar::{Diagnostic, Span};
use scn_interpreter::debug::{Came, Pause, Why};
use scn_interpreter::machine::Blame;
use scn_protocol::Value;
use scn_report::text::harmless;

use crate::diagnostics::{Texts, render};
use crate::terminal;

/// The findings in something that was typed after so many lines, as a person reads them.
pub fn findings(found: &[Diagnostic], name: &str, text: &str, before: u32) -> String {
    let mut texts = Texts::default();
    // Its lines are counted in all that was typed.
    let padding = usize::try_from(before).unwrap_or_default();
    let padded = format!("{}{text}", "\n".repeat(padding));
    texts.add(name, padded);
    let moved: Vec<Diagnostic> = found
        .iter()
        .cloned()
        .map(|mut found| {
            let by =
                |span: Span| Span::new(span.start as usize + padding, span.end as usize + padding);
            found.span = by(found.span);
            for (span, _) in &mut found.related {
                *span = by(*span);
            }
            found
        })
        .collect();
    render(&moved, name, &texts, terminal::look())
}

/// A line that says how something failed.
pub fn failed(blame: Blame, reason: &str, line: u32) -> String {
    let word = match blame {
        Blame::Error => "ERROR",
        Blame::System | Blame::Deadline(_) => "FAIL",
    };
    let word = match terminal::is_live() {
        true => format!("\x1b[1;31m{word}\x1b[0m"),
        false => word.to_owned(),
    };
    format!("{word} line {line}: {}\n", harmless(reason, true))
}

/// The variables, those of a name alone if one is given.
pub fn variables(pause: &Pause<'_>, name: &str) -> String {
    let all = pause.variables(0);
    let widest = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (known, value) in all
        .iter()
        .filter(|(known, _)| name.is_empty() || **known == *name)
    {
        let shown = shown(pause, value);
        let _ = writeln!(text, "  {known:<widest$} = {shown}");
    }
    if !name.is_empty() && text.is_empty() {
        let globals = pause.globals();
        let found = globals.iter().find(|(known, _)| known == name);
        return match found {
            Some((known, value)) => format!("  {known} = {}\n", shown(pause, value)),
            None => format!("  `{name}` is not set here\n"),
        };
    }
    if text.is_empty() {
        text.push_str("  no variable is set\n");
    }
    text
}

/// A value, on as many lines as it has.
pub fn shown(pause: &Pause<'_>, value: &Value) -> String {
    harmless(&pause.shown(value), true).into_owned()
}

/// What is owed, background jobs that are to be ended among it.
pub fn owed(pause: &Pause<'_>) -> String {
    let mut text = String::new();
    for words in pause.owed() {
        let _ = writeln!(text, "  {}", harmless(&words, false));
    }
    if text.is_empty() {
        text.push_str("  nothing is owed\n");
    }
    text
}

/// Where the run is paused, why, and the lines around.
pub fn paused(pause: &Pause<'_>) -> String {
    let why = match &pause.why {
        Why::Entry => "before the first statement".to_owned(),
        Why::Step => String::new(),
        Why::Breakpoint(id) => format!("breakpoint {id}"),
        Why::Asked => "as you asked".to_owned(),
        Why::Failure(reason) => format!("it failed: {}", harmless(reason, true)),
        Why::End => String::new(),
    };
    let place = &pause.place;
    let mut text = format!("paused at {}:{}", harmless(&place.file, false), place.line);
    if place.name != "scenario" {
        let _ = write!(text, " in {}", place.name);
    }
    if !pause.branch.is_empty() {
        let _ = write!(text, ", branch {}", pause.branch);
    }
    if !why.is_empty() {
        let _ = write!(text, ": {why}");
    }
    text.push('\n');
    text.push_str(&around(pause));
    if let Some(does) = &pause.does {
        let _ = writeln!(text, "       does {}", harmless(&pause.masked(does), false));
    }
    text
}

fn around(pause: &Pause<'_>) -> String {
    let mut text = String::new();
    let Some(source) = pause.text(&pause.place.file) else {
        return text;
    };
    let at = pause.place.line as usize;
    for (number, line) in (1..).zip(source.lines()) {
        if number + 2 < at || number > at + 2 {
            continue;
        }
        let mark = if number == at { "→" } else { " " };
        let line = pause.masked(line);
        let _ = writeln!(
            text,
            "{mark} {number:>4}  {}",
            harmless(line.trim_end(), false)
        );
    }
    text
}

/// The steps around, innermost first.
pub fn frames(pause: &Pause<'_>) -> String {
    let mut text = String::new();
    for frame in pause.frames() {
        let _ = writeln!(
            text,
            "  {}:{} {}",
            harmless(&frame.file, false),
            frame.line,
            frame.name
        );
    }
    text
}

/// The environment, as it is now.
pub fn environment(pause: &Pause<'_>, name: Option<&str>, commands: &[String]) -> String {
    let mut text = match name {
        Some(name) => format!("environment {name}\n"),
        None => "no environment was chosen: scn repl --env NAME\n".to_owned(),
    };
    for (component, fields) in pause.components() {
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", shown(pause, value)))
            .collect();
        let _ = writeln!(text, "  {component}  {}", fields.join("  "));
    }
    if !commands.is_empty() {
        let _ = writeln!(text, "commands: {}", commands.join(" "));
    }
    text
}

/// What came of an entry that has no findings and is no value.
pub fn came(came: &Came) -> String {
    match came {
        Came::Failed {
            blame,
            reason,
            line,
        } => failed(*blame, reason, *line),
        Came::Interrupted => "interrupted\n".to_owned(),
        Came::Undone(words) => format!("undone: {}\n", harmless(words, false)),
        Came::Nothing(why) => format!("{why}\n"),
        Came::Done(_) | Came::Value(_) | Came::Wrong(_) => String::new(),
    }
}
