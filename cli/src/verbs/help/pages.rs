//! The page of each kind of topic.

use std::fmt::Write as _;

use scn_grammar::Code;
use scn_grammar::Severity;
use scn_grammar::keyword::{Keyword, KeywordKind};
use scn_interpreter::Command;
use scn_interpreter::environment::{self, Alias, RunOrShell};
use scn_interpreter::function::Function;
use scn_protocol::{Param, Signature, Type, Value};

use super::keywords;

/// The columns of a page.
const COLUMNS: usize = 80;

/// Every finding's code.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    let grammar = scn_grammar::CODES.iter();
    let checker = scn_interpreter::codes::CODES.iter();
    grammar
        .chain(checker)
        .chain(environment::codes::CODES)
        .chain(scn_plugin_host::codes::CODES)
        .copied()
}

/// Text in lines of bounded length, each behind `margin`; empty lines stay, and so do lines that are
/// indented already.
pub fn wrapped(text: &str, margin: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.starts_with(' ') {
            let _ = writeln!(out, "{margin}{line}");
            continue;
        }
        let mut width = margin.chars().count();
        out.push_str(margin);
        for (index, word) in line.split_whitespace().enumerate() {
            let length = word.chars().count();
            if index > 0 && width + 1 + length > COLUMNS {
                let _ = write!(out, "\n{margin}");
                width = margin.chars().count();
            } else if index > 0 {
                out.push(' ');
                width += 1;
            }
            out.push_str(word);
            width += length;
        }
        out.push('\n');
    }
    out
}

/// How something is written: what has no room goes on below it, further in.
fn hanging(usage: &str) -> String {
    format!("    {}", wrapped(usage, "      ").trim_start())
}

/// The widest name that others stand beside in a list.
const WIDE: usize = 26;

/// Names, each with what it is beside it; a name that is too long has that below itself.
pub fn columns(rows: &[(String, String)], margin: &str) -> String {
    let widths = rows.iter().map(|(name, _)| name.chars().count());
    let width = widths.filter(|width| *width <= WIDE).max().unwrap_or(0);
    let below = " ".repeat(margin.chars().count() + width + 2);
    let mut out = String::new();
    for (name, says) in rows {
        let says = wrapped(says, &below);
        match name.chars().count() <= width {
            true => {
                let _ = write!(out, "{margin}{name:width$}  {}", says.trim_start());
            }
            false => {
                let _ = write!(out, "{margin}{name}\n{says}");
            }
        }
        if says.trim().is_empty() {
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
    }
    out
}

fn indented(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| format!("    {line}").trim_end().to_owned() + "\n");
    lines.collect()
}

/// A finding's code.
pub fn code(code: &Code) -> String {
    let severity = match code.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let explanation = wrapped(code.explanation, "");
    let mut page = format!(
        "{} ({severity}): {}\n\n{explanation}",
        code.name, code.title
    );
    // What no text of a reasonable size shows has no examples.
    for (title, example) in [("Wrong", code.wrong), ("Right", code.right)] {
        if !example.is_empty() {
            let _ = write!(page, "\n{title}:\n\n{}", indented(&visible(example)));
        }
    }
    page
}

/// Control characters as the pictures that stand for them, so that they can be seen and do nothing;
/// a NUL stands in examples for a byte that is no UTF-8.
fn visible(example: &str) -> String {
    let picture = |c: char| match u32::from(c) {
        0 => char::REPLACEMENT_CHARACTER,
        0x7f => '\u{2421}',
        code if c.is_ascii_control() && !matches!(c, '\n' | '\t') => {
            char::from_u32(0x2400 + code).unwrap_or(c)
        }
        _ => c,
    };
    example.chars().map(picture).collect()
}

/// A statement, a modifier or a header.
pub fn keyword(keyword: &Keyword) -> String {
    let kind = match keyword.kind {
        KeywordKind::Statement | KeywordKind::Block => "statement",
        KeywordKind::Modifier => "before a command",
        KeywordKind::Header => "at the top of a file",
    };
    let text = keywords::text(keyword.word).unwrap_or_default();
    let usage: String = keyword.usage.iter().map(|usage| hanging(usage)).collect();
    format!(
        "{} ({kind})\n\n{usage}\n{}",
        keyword.word,
        wrapped(text, "")
    )
}

/// A function of expressions.
pub fn function(function: &Function) -> String {
    let mut page = format!(
        "{} (function)\n\n    {}\n\n{}",
        function.name,
        function.signature,
        wrapped(function.help, "")
    );
    if !function.examples.is_empty() {
        page.push_str("\nExamples:\n\n");
        for (expression, value) in function.examples {
            let _ = writeln!(page, "    {expression}  gives  {value}");
        }
    }
    page
}

/// A command.
pub fn command(command: &dyn Command) -> String {
    let signature = command.signature();
    let of = match command.full_name() {
        full if full == signature.name => "command".to_owned(),
        full => format!("command of a plug-in: {full}"),
    };
    let usage = usage(
        &signature.name,
        &signature.params,
        signature.rest.as_ref(),
        signature.rest_least,
    );
    let mut page = format!(
        "{} ({of})\n\n{}\n{}",
        signature.name,
        hanging(&usage),
        wrapped(&signature.help, "")
    );
    page.push_str(&parameters(&signature.params, signature.rest.as_ref()));
    if !signature.returns_help.is_empty() {
        let returns = format!("Returns {}", signature.returns_help);
        let _ = write!(page, "\n{}", wrapped(&returns, ""));
    } else if signature.returns != Type::Any {
        let _ = write!(page, "\nReturns {}\n", signature.returns.name());
    }
    if let Some(undo) = &signature.undo {
        let _ = write!(page, "\nWhat undoes it: {undo}\n");
    }
    for example in &signature.examples {
        let _ = write!(page, "\nExample:\n\n{}", indented(&example.scenario));
        if let Some(output) = &example.output {
            let _ = write!(page, "\n  says\n\n{}", indented(output));
        }
    }
    page
}

/// A step of a scenario's own, or of the `file` that it uses.
pub fn step(signature: &Signature, file: Option<&str>) -> String {
    let of = match file {
        None => "step of this file".to_owned(),
        Some(file) => format!("step of {file}"),
    };
    let usage = usage(&signature.name, &signature.params, None, 0);
    let help = wrapped(&signature.help, "");
    let parameters = parameters(&signature.params, None);
    let between = if help.is_empty() { "" } else { "\n" };
    format!(
        "{} ({of})\n\n    {usage}\n{between}{help}{parameters}",
        signature.name
    )
}

/// A command of an environment.
pub fn alias(name: &str, environment: &str, alias: &Alias) -> String {
    let (params, rest) = match &alias.params {
        Some(params) => (params.params.as_slice(), params.rest.as_ref()),
        None => (&[][..], None),
    };
    let mut usage = usage(name, params, rest, 0);
    if alias.params.is_none() {
        usage.push_str(" [WORD]…");
    }
    let how = match alias.program.what {
        RunOrShell::Run(_) => "a program",
        RunOrShell::Shell(_) => "a shell's text",
    };
    let mut page =
        format!("{name} (command of the environment {environment}: {how})\n\n    {usage}\n");
    if !alias.help.is_empty() {
        let _ = write!(page, "\n{}", wrapped(&alias.help, ""));
    }
    page.push_str(&parameters(params, rest));
    if let Some(undo) = &alias.undo {
        let _ = write!(page, "\nWhat undoes it: {}\n", undo.text);
    }
    page
}

/// `copy FROM TO [RECURSIVE]`, `kill COMPONENTS…`: at least so many of the rest.
fn usage(name: &str, params: &[Param], rest: Option<&Param>, least: usize) -> String {
    let mut usage = name.to_owned();
    for param in params {
        let name = param.name.to_uppercase();
        match &param.default {
            None => usage.push_str(&format!(" {name}")),
            Some(_) => usage.push_str(&format!(" [{name}]")),
        }
    }
    if let Some(rest) = rest {
        let rest = rest.name.to_uppercase();
        usage.push_str(&match least {
            0 => format!(" [{rest}]…"),
            _ => format!(" {rest}…"),
        });
    }
    usage
}

fn parameters(params: &[Param], rest: Option<&Param>) -> String {
    let all: Vec<&Param> = params.iter().chain(rest).collect();
    let mut text = String::new();
    let widest = all.iter().map(|param| param.name.chars().count()).max();
    for param in &all {
        let mut help = param.help.clone();
        if let Some(default) = &param.default {
            match default {
                Value::None => {}
                default => help.push_str(&format!(" ({default} unless given)")),
            }
        }
        let name = format!("{:<1$}", param.name, widest.unwrap_or(0));
        let line = format!("    {name}  {:<9}  ", param.kind.name());
        let help = wrapped(&help, &" ".repeat(line.chars().count()));
        let _ = writeln!(
            text,
            "{}",
            format!("{line}{}", help.trim_start()).trim_end()
        );
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}
