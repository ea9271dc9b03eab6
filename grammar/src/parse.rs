//! The ways in: a file, one line of it, or a text of an environment.

use crate::blocks::Blocks;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::explain;
use crate::keyword::{KeywordKind, keyword_of};
use crate::lines::{Lines, Logical, Unfinished, is_blank};
use crate::read::{self, Reader};
use crate::tree::{Block, Expr, File, Parts, Span, Statement, StatementKind, Step, Word};

/// What a file says, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// All that could be read.
    pub file: File,
    /// What is wrong, in the order of its places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a scenario.
///
/// A byte-order mark at its beginning is skipped. All faults are reported, at least one
/// for each line that has any.
pub fn parse(source: &str) -> Parsed {
    parse_beside(source, |_| {})
}

/// Reads a scenario, and shows each line that can be read.
pub(crate) fn parse_beside(source: &str, mut beside: impl FnMut(&read::Line)) -> Parsed {
    let mut blocks = Blocks::of_file(source);
    let mut faults = Vec::new();
    let hidden = control_characters(source);
    for_each_line(source, |read| match read {
        Ok(line) => {
            beside(&line);
            blocks.add(line);
        }
        Err((span, opens, fault)) => {
            if let Some(word) = opens {
                blocks.open_unread(word, span);
            } else if read::first_word(&source[span.range()]) == "end" {
                blocks.close_unread(span);
            } else if !source[span.range()].starts_with('@') {
                blocks.unread(span);
            }
            // A line with a control character cannot be read for that alone: said once.
            let first = hidden.partition_point(|hidden| hidden.span.start < span.start);
            if hidden
                .get(first)
                .is_none_or(|hidden| hidden.span.start >= span.end)
            {
                faults.push(*fault);
            }
        }
    });
    let (file, more) = blocks.finish(source.len());
    faults.extend(more);
    faults.extend(hidden);
    faults.sort_by_key(|fault| fault.span.start);
    Parsed {
        file,
        diagnostics: faults,
    }
}

/// A line that could not be read: where, the keyword if it opens a block, and why.
pub(crate) type Unread = (Span, Option<&'static str>, Box<Diagnostic>);

/// Reads each logical line of a file.
fn for_each_line(source: &str, mut each: impl FnMut(Result<read::Line, Unread>)) {
    if u32::try_from(source.len()).is_err() {
        let fault = Diagnostic::new(
            &codes::E038,
            Span::default(),
            "this file has more than 4 GiB",
        );
        each(Err((Span::default(), None, Box::new(fault))));
        return;
    }
    let start = if source.starts_with('\u{FEFF}') { 3 } else { 0 };
    for logical in Lines::new(source, start) {
        each(read_line(source, logical));
    }
}

fn read_line(source: &str, logical: Logical) -> Result<read::Line, Unread> {
    let span = logical.span;
    let reader = Reader {
        text: &source[span.range()],
        base: span.start as usize,
    };
    let result = match logical.unfinished {
        Some(Unfinished::Text(at)) => {
            let at = at as usize;
            Err(Box::new(explain::unfinished_text(Span::new(at, at + 3))))
        }
        Some(Unfinished::Continuation(at)) => {
            let at = at as usize;
            Err(Box::new(explain::unfinished_line(Span::new(at, at + 1))))
        }
        None => read::line(reader),
    };
    result.map_err(|fault| (span, opens_block(reader.text), fault))
}

/// The keyword of a line that cannot be read but looks like one that opens a block.
fn opens_block(text: &str) -> Option<&'static str> {
    let keyword = keyword_of(read::first_word(text))?;
    // `retry 3` and `timeout 5s` alone: other languages have such blocks.
    let words = text.split(is_blank).filter(|word| !word.is_empty()).count();
    let alone = match keyword.word {
        "retry" | "timeout" => words == 2,
        "try" => words == 1,
        _ => false,
    };
    if alone {
        return Some(keyword.word);
    }
    let opens = keyword.kind == KeywordKind::Block && !matches!(keyword.word, "else" | "end");
    // Where nothing follows its `then`, a block was meant.
    let one_line = keyword.word == "if"
        && text.split(is_blank).any(|word| word == "then")
        && text.split(is_blank).rfind(|word| !word.is_empty()) != Some("then");
    (opens && !one_line).then_some(keyword.word)
}

/// Control characters other than tab and line ends.
fn control_characters(source: &str) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    // A byte below a blank, DEL, or the first byte of U+0080 … U+009F: rare, so look for these first, many
    // at once, which is done without a branch for each.
    let suspect = |byte: u8| {
        (byte < b' ') & (byte != b'\n') & (byte != b'\t') | (byte == 0x7F) | (byte == 0xC2)
    };
    let mut some = source.as_bytes().chunks(1024);
    if !some.any(|some| some.iter().fold(false, |any, &byte| any | suspect(byte))) {
        return faults;
    }
    let mut characters = source.char_indices().peekable();
    while let Some((place, c)) = characters.next() {
        let line_end = c == '\r' && characters.peek().is_some_and(|&(_, next)| next == '\n');
        if !c.is_control() || c == '\t' || c == '\n' || line_end {
            continue;
        }
        let number = u32::from(c);
        faults.push(
            Diagnostic::new(
                &codes::E003,
                Span::new(place, place + c.len_utf8()),
                format!("a control character (U+{number:04X}) stands here"),
            )
            .help(format!(
                "delete it; in a text it is written \"\\u{{{number:X}}}\""
            )),
        );
    }
    faults
}

/// The logical lines of a scenario, each without its indentation and its line end: a line that goes on
/// after `\`, or in a text between `"""`, is one.
pub fn logical_lines(source: &str) -> impl Iterator<Item = Span> {
    let start = if source.starts_with('\u{FEFF}') { 3 } else { 0 };
    // A larger file is not read at all.
    let readable = u32::try_from(source.len()).is_ok();
    let lines = readable.then(|| Lines::new(source, start));
    lines.into_iter().flatten().map(|line| line.span)
}

/// Reads a scenario from bytes that may not be text.
pub fn parse_bytes(source: &[u8]) -> Parsed {
    match std::str::from_utf8(source) {
        Ok(source) => parse(source),
        Err(error) => {
            let place = error.valid_up_to();
            let found = match source {
                [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "this is UTF-16, not UTF-8".to_owned(),
                _ => format!(
                    "this is not UTF-8: byte {:#04X} at byte {place}",
                    source[place]
                ),
            };
            let fault = Diagnostic::new(&codes::E002, Span::new(place, place + 1), found)
                .help("save the file as UTF-8");
            Parsed {
                file: File::default(),
                diagnostics: vec![fault],
            }
        }
    }
}

/// What a text that stands alone has wrong with it.
type Lone<T> = Result<T, Vec<Diagnostic>>;

fn lone<T>(source: &str, read: impl FnOnce(Reader<'_>) -> read::Read<T>) -> Lone<T> {
    let faults = control_characters(source);
    if !faults.is_empty() {
        return Err(faults);
    }
    let reader = Reader {
        text: source,
        base: 0,
    };
    explain::check_nesting(reader)
        .and_then(|()| read(reader))
        .map_err(|fault| vec![*fault])
}

/// Reads one command with its words, such as the `undo` of an environment's command.
///
/// # Errors
///
/// It is no command, or more than one line.
pub fn parse_command_line(source: &str) -> Result<Step, Vec<Diagnostic>> {
    let statement = parse_statement_line(source)?;
    match statement.kind {
        StatementKind::Command(step) => Ok(*step),
        _ => Err(vec![Diagnostic::new(
            &codes::E016,
            statement.span,
            "here stands a command, and no other statement",
        )]),
    }
}

/// Reads one statement that is one line, such as a step of an environment's `[setup]`.
///
/// # Errors
///
/// It is none, or a block, or more than one line.
pub fn parse_statement_line(source: &str) -> Result<Statement, Vec<Diagnostic>> {
    let Parsed { file, diagnostics } = parse(source);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let fault = |span, message: &str| Err(vec![Diagnostic::new(&codes::E016, span, message)]);
    if let Some(header) = file.headers.first() {
        return fault(header.span, "here stands a statement, and no header");
    }
    let Block { statements, span } = file.body;
    let mut statements = statements.into_iter();
    match (statements.next(), statements.next()) {
        (Some(statement), None) if statement.span == statement.head => Ok(statement),
        (Some(statement), None) => fault(statement.span, "here stands one line, and no block"),
        (Some(_), Some(second)) => fault(second.span, "here stands one statement"),
        (None, _) => fault(span, "here stands a statement"),
    }
}

/// Reads an expression.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse_expression(source: &str) -> Result<Expr, Vec<Diagnostic>> {
    lone(source, read::lone_expression)
}

/// Reads one word as it stands in a command, quotes and all.
///
/// # Errors
///
/// It is no word, or more than one.
pub fn parse_word(source: &str) -> Result<Word, Vec<Diagnostic>> {
    lone(source, read::lone_word)
}

/// Reads a text with `#{…}` in it; everything else in it is itself, quotes and backslashes too.
///
/// This is what a string of an environment is: its own quotes and escapes are TOML's. To
/// write `#{` itself, interpolate it: `#{'#{'}`.
///
/// # Errors
///
/// What is wrong with an expression in it.
pub fn parse_text(source: &str) -> Result<Parts, Vec<Diagnostic>> {
    let reader = Reader {
        text: source,
        base: 0,
    };
    read::lone_text(reader).map_err(|fault| vec![*fault])
}
