//! What is said about a fault: the words for a person, made in one place.

use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pair;

use crate::codes;
use crate::diagnostic::{Diagnostic, meant};
use crate::keyword::{KEYWORDS, Keyword, KeywordKind, keyword_of};
use crate::limits::{MAX_BLOCKS, MAX_LEVELS, MAX_NESTING};
use crate::lines::{braces_end, is_blank, quote_end};
use crate::read::{Read, Reader, Rule};
use crate::tree::{Header, HeaderKind, Ident, Span};

/// Words that cannot be names.
const RESERVED: [&str; 18] = [
    "or", "and", "not", "in", "contains", "matches", "where", "true", "false", "none", "it",
    "then", "else", "within", "every", "for", "since", "as",
];

/// Whether a word is reserved, so that it cannot be a name.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

fn boxed(diagnostic: Diagnostic) -> Box<Diagnostic> {
    Box::new(diagnostic)
}

/// What a rule is called by people; `None` for what is never said to be missing.
fn human(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::name => "a name",
        Rule::label_name => "a label",
        Rule::long_name => "a name",
        Rule::word | Rule::from => "a word",
        Rule::tag => "a name",
        Rule::command | Rule::step_line => "a command",
        Rule::called => "`call`",
        Rule::on => "`on`",
        Rule::expr => "an expression",
        Rule::operand => "a value",
        Rule::within => "`within`",
        Rule::every => "`every`",
        Rule::since => "`since`",
        Rule::assign => "`=`",
        Rule::branch => "a statement",
        Rule::else_if => "`if`",
        Rule::event | Rule::regex => "a pattern",
        Rule::param => "a parameter",
        Rule::date => "a date such as 2027-01-31",
        Rule::digits => "a number",
        Rule::interpolation => "`#{…}`",
        Rule::EOI => "the end of the line",
        _ => return None,
    })
}

/// What pest did not find, said for people.
pub(crate) fn pest_error(reader: Reader<'_>, error: &Error<Rule>) -> Diagnostic {
    let place = match error.location {
        // What failed is no rule but a keyword: the first that can is the line's second word.
        InputLocation::Pos(0) => crate::read::first_word(reader.text).len(),
        InputLocation::Pos(place) | InputLocation::Span((place, _)) => place,
    };
    let mut expected: Vec<&'static str> = Vec::new();
    if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
        for name in positives.iter().filter_map(|&rule| human(rule)) {
            if !expected.contains(&name) {
                expected.push(name);
            }
        }
    }
    let (span, found) = found_at(reader, place);
    let message = if expected.is_empty() && span.start == span.end {
        "this line is not finished".to_owned()
    } else if expected.is_empty() {
        format!("{found} cannot stand here")
    } else {
        format!("expected {}, found {found}", listed(&expected))
    };
    Diagnostic::new(&codes::E001, span, message)
}

/// `a, b or c`
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} or {last}", some.join(", ")),
    }
}

/// What stands at a byte, after blanks: its span, and what to call it.
fn found_at(reader: Reader<'_>, place: usize) -> (Span, String) {
    let text = reader.text;
    let rest = text[place..].trim_start_matches(is_blank);
    let parted = text[..place].ends_with(is_blank) || rest.len() < text.len() - place;
    let place = text.len() - rest.len();
    if rest.is_empty() || (parted && crate::read::is_comment(rest)) {
        let end = text[..place].trim_end_matches(is_blank).len();
        return (reader.span(end, end), "the end of the line".to_owned());
    }
    let length = token_length(rest);
    let span = reader.span(place, place + length);
    (span, format!("`{}`", shortened(&rest[..length])))
}

/// How long the word or sign at the start of a text is.
fn token_length(rest: &str) -> usize {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let length = rest.find(|c: char| !word(c)).unwrap_or(rest.len());
    if length > 0 {
        length
    } else {
        rest.chars().next().map_or(0, char::len_utf8)
    }
}

/// A text of which a message can hold all.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Of two faults, the one that is further on in the line: its rule got further.
pub(crate) fn further(
    one: Option<Box<Diagnostic>>,
    other: Box<Diagnostic>,
) -> Option<Box<Diagnostic>> {
    match one {
        Some(one) if one.span.start >= other.span.start => Some(one),
        _ => Some(other),
    }
}

/// What is wrong with a line that its rule does not read.
pub(crate) fn statement_fault(
    reader: Reader<'_>,
    keyword: Option<&'static Keyword>,
    fault: Option<Box<Diagnostic>>,
) -> Box<Diagnostic> {
    if let Err(fault) = check_words(reader) {
        return fault;
    }
    let mut fault = fault.unwrap_or_else(|| {
        boxed(Diagnostic::new(
            &codes::E001,
            reader.span(0, reader.text.len()),
            "this line cannot be read",
        ))
    });
    let Some(keyword) = keyword else {
        return first_word_fault(reader, fault);
    };
    let place = (fault.span.start as usize).saturating_sub(reader.base);
    let word = crate::read::first_word(&reader.text[place.min(reader.text.len())..]);
    if keyword.word == "set"
        && let Some((name, value)) = word.split_once('=')
        && !name.is_empty()
    {
        fault.span = reader.span(place, place + word.len());
        fault.help = Some(format!("put blanks around `=`: set {name} = {value}"));
        return fault;
    }
    if is_reserved(word) && fault.message.contains("name") {
        return boxed(reserved(fault.span, word));
    }
    if let Some(fault) = unparenthesised(reader, place) {
        return fault;
    }
    let mut help = format!("expected: {}", keyword.usage.join("\n      or: "));
    if keyword.kind != KeywordKind::Header && keyword.word != "call" {
        help.push_str(&format!(
            "\nto run a command named `{0}`, write: call {0}",
            keyword.word
        ));
    }
    fault.help = Some(help);
    fault
}

/// An operator at byte `place`, after a duration or a count that could only be a value.
fn unparenthesised(reader: Reader<'_>, place: usize) -> Option<Box<Diagnostic>> {
    let rest = reader.text.get(place..)?;
    let operator = ["+", "-", "*", "/", "%", "or", "and"]
        .into_iter()
        .find(|operator| rest.starts_with(operator))?;
    let before = reader.text[..place].trim_end_matches(is_blank);
    let words: Vec<&str> = before
        .split(is_blank)
        .filter(|word| !word.is_empty())
        .collect();
    let [
        ..,
        clause @ ("within" | "every" | "for" | "timeout" | "retry"),
        value,
    ] = words[..]
    else {
        return None;
    };
    Some(boxed(
        Diagnostic::new(
            &codes::E024,
            reader.span(place, place + operator.len()),
            format!("what stands after `{clause}` has an operator, so it stands in parentheses"),
        )
        .help(format!("write: {clause} ({value} {operator} …)")),
    ))
}

/// A reserved word where a name has to stand.
pub(crate) fn reserved(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::E017,
        span,
        format!("`{word}` is a word of the language and cannot be a name"),
    )
    .help(format!("take another name, such as `{word}_`"))
}

/// A line whose first word is neither a keyword nor the name of a command.
pub(crate) fn first_word_fault(reader: Reader<'_>, fault: Box<Diagnostic>) -> Box<Diagnostic> {
    let first = crate::read::first_word(reader.text);
    let span = reader.span(0, first.len());
    if let Some((label, _)) = first.split_once(':')
        && !label.is_empty()
        && label.chars().all(|c| c.is_alphanumeric() || c == '_')
    {
        if is_reserved(label) {
            return boxed(reserved(reader.span(0, label.len()), label));
        }
        return boxed(
            Diagnostic::new(&codes::E035, fault.span, "a label stands alone on its line")
                .help(format!("write `{label}:` on a line of its own")),
        );
    }
    if is_reserved(first) {
        return boxed(
            Diagnostic::new(&codes::E001, span, format!("`{first}` cannot begin a line"))
                .help("a line begins with a keyword or with the name of a command"),
        );
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if first.chars().all(plain) && first.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return fault;
    }
    boxed(no_command(span, first))
}

/// A word that goes on where a blank has to be.
pub(crate) fn no_blank(reader: Reader<'_>, at: usize) -> Box<Diagnostic> {
    let start = reader.text[..at]
        .rfind(|c| is_blank(c) || c == '\n')
        .map_or(0, |place| {
            place
                + reader.text[place..]
                    .chars()
                    .next()
                    .map_or(1, char::len_utf8)
        });
    let word = crate::read::first_word(&reader.text[start..]);
    if start == 0 {
        let fault = Diagnostic::new(
            &codes::E001,
            reader.span(0, word.len()),
            "this line cannot be read",
        );
        return check_words(reader)
            .err()
            .unwrap_or_else(|| first_word_fault(reader, boxed(fault)));
    }
    check_words(reader)
        .err()
        .unwrap_or_else(|| boxed(no_command(reader.span(start, start + word.len()), word)))
}

/// A keyword after which a text has to stand.
pub(crate) fn no_text(reader: Reader<'_>) -> Box<Diagnostic> {
    let first = crate::read::first_word(reader.text);
    let usage = keyword_of(first).map_or("", |keyword| keyword.usage[0]);
    boxed(
        Diagnostic::new(
            &codes::E001,
            reader.span(first.len(), first.len()),
            format!("expected a text after `{first}`"),
        )
        .help(format!("expected: {usage}")),
    )
}

/// A first word that cannot be a command's name.
fn no_command(span: Span, first: &str) -> Diagnostic {
    let name: String = first
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let help = if first.starts_with("#{") {
        format!("to run a command named by a value, write: call {first}")
    } else if first.contains('/') {
        format!("to start a program, write: run {first}")
    } else if let Some(keyword) = keyword_of(&name) {
        format!("put a blank after `{}`: {}", keyword.word, keyword.usage[0])
    } else if first.contains('=') && !name.is_empty() {
        format!("to keep a value, write: set {name} = …")
    } else {
        "a command's name is letters, digits, `_`, `-` and `.`, without quotes".to_owned()
    };
    Diagnostic::new(
        &codes::E015,
        span,
        format!("`{}` is not the name of a command", shortened(first)),
    )
    .help(help)
}

/// Looks along a line's words for quotes, interpolations and dashes that are wrong.
pub(crate) fn check_words(reader: Reader<'_>) -> Read<()> {
    let text = reader.text;
    let mut at = 0;
    let mut before = ' ';
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let opens = !(before.is_alphanumeric() || before == '}');
        if is_blank(before) && crate::read::is_comment(rest) {
            return Ok(());
        }
        match c {
            '"' if opens && rest.starts_with("\"\"\"") => {
                at = text_end(reader, at)?;
                before = '"';
                continue;
            }
            '\'' | '"' | '‘' | '“' => {
                check_opening(reader, at)?;
                let end =
                    quote_end(text, at, text.len()).filter(|&end| !text[at..end].contains('\n'));
                let Some(end) = end else {
                    return Err(not_closed_quote(reader, at, c));
                };
                before = text[..end].chars().next_back().unwrap_or('"');
                at = end;
                continue;
            }
            '’' | '”' => check_closing(reader, at, c)?,
            '#' if rest.starts_with("#{") => {
                let end = braces_end(text, at).ok_or_else(|| not_closed_value(reader, at))?;
                before = '}';
                at = end;
                continue;
            }
            _ => {}
        }
        before = if c == '\n' || c == '\r' { ' ' } else { c };
        at += c.len_utf8();
    }
    Ok(())
}

/// The byte after the `"""` that closes the one at `open`.
fn text_end(reader: Reader<'_>, open: usize) -> Read<usize> {
    let text = reader.text;
    let body = &text[open + 3..];
    let line = body.split('\n').next().unwrap_or(body);
    let rest = line.trim_matches(|c| is_blank(c) || c == '\r');
    if !rest.is_empty() || line.len() == body.len() {
        let length = 3 + line.trim_end().len();
        return Err(boxed(
            Diagnostic::new(
                &codes::E010,
                reader.span(open, open + length),
                "the opening `\"\"\"` is the last thing on its line",
            )
            .help("begin the text on the next line, or use \"…\" for a text of one line"),
        ));
    }
    let mut at = open + 3;
    while at < text.len() {
        match text.as_bytes()[at] {
            b'\\' => at += 2,
            b'"' if text[at..].starts_with("\"\"\"") => return Ok(at + 3),
            _ => at += 1,
        }
    }
    Err(boxed(unfinished_text(reader.span(open, open + 3))))
}

/// A text that the rule took for an empty one and another may be a wrong `"""`, or hold a line end.
pub(crate) fn check_text_opening(reader: Reader<'_>, pair: &Pair<'_, Rule>) -> Read<()> {
    let span = pair.as_span();
    if pair.as_str() == "\"\"" && reader.text[span.end()..].starts_with('"') {
        text_end(reader, span.start())?;
    }
    if pair.as_str().contains('\n') {
        let open = pair.as_str().chars().next().unwrap_or('"');
        return Err(not_closed_quote(reader, span.start(), open));
    }
    Ok(())
}

/// A `"""` that nothing closes.
pub(crate) fn unfinished_text(span: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&codes::E011, span, "this `\"\"\"` is not closed")
        .help("write `\"\"\"` after the last line of the text");
    diagnostic.incomplete = true;
    diagnostic
}

/// A `\` at the end of the file.
pub(crate) fn unfinished_line(span: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        &codes::E037,
        span,
        "this `\\` joins the next line, and there is none",
    )
    .help("leave the `\\` out, or write the rest of the statement on the next line");
    diagnostic.incomplete = true;
    diagnostic
}

/// A quote at byte `at` may open: it is at the start of a word or after a sign.
pub(crate) fn check_opening(reader: Reader<'_>, at: usize) -> Read<()> {
    let before = reader.text[..at].chars().next_back().unwrap_or(' ');
    if !(before.is_alphanumeric() || before == '}') {
        return Ok(());
    }
    Err(stray_quote(reader, at))
}

/// A quote in the middle of a word, and the word as it should be quoted.
fn stray_quote(reader: Reader<'_>, at: usize) -> Box<Diagnostic> {
    let text = reader.text;
    let c = text[at..].chars().next().unwrap_or('\'');
    let start = text[..at]
        .rfind(|c: char| is_blank(c) || c == '\n')
        .map_or(0, |place| {
            place + text[place..].chars().next().map_or(1, char::len_utf8)
        });
    let end = at
        + text[at..]
            .find(|c: char| is_blank(c) || c == '\n' || c == '\r')
            .unwrap_or(text.len() - at);
    let word = &text[start..end];
    let quoted = if word.contains('"') && !word.contains('\'') {
        format!("'{word}'")
    } else {
        format!("\"{}\"", word.replace('"', "\\\""))
    };
    boxed(
        Diagnostic::new(
            &codes::E006,
            reader.span(at, at + c.len_utf8()),
            format!("a quote cannot open after `{}`", &text[start..at]),
        )
        .help(format!("put the whole word into quotes: {quoted}"))
        .related(reader.span(start, end), "this word"),
    )
}

/// `’` and `”` outside a text: an apostrophe between letters, and else a fault.
pub(crate) fn check_closing(reader: Reader<'_>, at: usize, c: char) -> Read<()> {
    let text = reader.text;
    let before = text[..at].chars().next_back();
    let after = text[at + c.len_utf8()..].chars().next();
    let letters = before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic);
    if c == '’' && letters {
        return Ok(());
    }
    let opens = before.is_none_or(|c| !(c.is_alphanumeric() || c == '}'));
    if !opens {
        return Err(stray_quote(reader, at));
    }
    let (left, plain) = if c == '’' {
        ('‘', '\'')
    } else {
        ('“', '"')
    };
    let rest = &text[at + c.len_utf8()..];
    let content = rest.find(c).map_or("…", |end| &rest[..end]);
    Err(boxed(
        Diagnostic::new(
            &codes::E005,
            reader.span(at, at + c.len_utf8()),
            format!("`{c}` ends a text, and none has begun"),
        )
        .help(format!(
            "type {plain}{content}{plain} or {left}{content}{c}"
        )),
    ))
}

/// A quote that is never closed on its line, or is closed by one of another kind.
fn not_closed_quote(reader: Reader<'_>, at: usize, open: char) -> Box<Diagnostic> {
    let text = reader.text;
    let rest = &text[at + open.len_utf8()..];
    let line = rest.split('\n').next().unwrap_or(rest);
    let close = match open {
        '‘' => '’',
        '“' => '”',
        other => other,
    };
    if line.trim_end_matches('\r').ends_with('\\') && rest.len() > line.len() {
        return boxed(
            Diagnostic::new(
                &codes::E039,
                reader.span(at, at + open.len_utf8()),
                format!("this {open} is not closed before the `\\` at the end of the line"),
            )
            .help(
                "close the quote before the `\\`, or write the text between `\"\"\"` and `\"\"\"`",
            ),
        );
    }
    let other = line
        .char_indices()
        .find(|&(_, c)| matches!(c, '\'' | '"' | '’' | '”' | '‘' | '“'));
    if let Some((place, c)) = other {
        let content = shortened(&line[..place]);
        let start = at + open.len_utf8() + place;
        return boxed(
            Diagnostic::new(
                &codes::E005,
                reader.span(start, start + c.len_utf8()),
                format!("the text that begins with {open} cannot end with {c}"),
            )
            .help(format!("type {open}{content}{close}"))
            .replace(close.to_string())
            .related(reader.span(at, at + open.len_utf8()), "it begins here"),
        );
    }
    let content = shortened(line.trim_end());
    boxed(
        Diagnostic::new(
            &codes::E004,
            reader.span(at, at + open.len_utf8()),
            format!("this {open} is not closed"),
        )
        .help(format!(
            "type {open}{content}{close}; for the sign itself, type {}",
            if open == '\'' {
                "\"'\""
            } else {
                "it inside '…'"
            }
        )),
    )
}

fn not_closed_value(reader: Reader<'_>, at: usize) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E008,
            reader.span(at, at + 2),
            "this `#{` is not closed on its line",
        )
        .help("write `}` after the expression; for the signs themselves, type '#{'"),
    )
}

/// What a bare part of a word may not have: dashes and quotes from a word processor.
pub(crate) fn check_bare(reader: Reader<'_>, start: usize, text: &str, first: bool) -> Read<()> {
    let mut letters = text.chars();
    if let (true, Some(dash @ ('–' | '—' | '−')), Some(next)) =
        (first, letters.next(), letters.next())
        && (next.is_alphanumeric() || matches!(next, '–' | '—' | '-'))
    {
        let plain = if dash == '—' { "--" } else { "-" };
        let length = dash.len_utf8();
        return Err(boxed(
            Diagnostic::new(
                &codes::E007,
                reader.span(start, start + length),
                format!("`{dash}` is no `{plain}`: a word processor put it here"),
            )
            .help(format!("type {plain}{}", &text[length..]))
            .replace(plain),
        ));
    }
    Ok(())
}

/// Counts the brackets and texts that are open at once, before a rule has to follow them.
///
/// Outside quotes and interpolations a bracket counts only where an expression may stand.
pub(crate) fn check_nesting(reader: Reader<'_>) -> Read<()> {
    let text = reader.text;
    if text.len() <= MAX_NESTING {
        return Ok(());
    }
    let opens = |byte: &&u8| matches!(byte, b'(' | b'[' | b'{');
    if text.as_bytes().iter().filter(opens).count() <= MAX_NESTING {
        return Ok(());
    }
    let first = crate::read::first_word(text);
    let words = match keyword_of(first) {
        Some(keyword) => keyword.usage.iter().any(|usage| usage.contains("TEXT")),
        None => true,
    };
    match deepest(text, words) {
        Some(place) => Err(too_deep(reader.span(place, place + 1))),
        None => Ok(()),
    }
}

/// The first byte at which more is open than may be.
fn deepest(text: &str, words: bool) -> Option<usize> {
    let mut open: Vec<char> = Vec::new();
    let mut before = ' ';
    for (place, c) in text.char_indices() {
        let after = std::mem::replace(&mut before, c);
        match open.last().copied() {
            // In a text: only its end, and interpolations in those that have them.
            Some(close @ ('\'' | '’')) => {
                if c == close {
                    open.pop();
                }
            }
            Some(close @ ('"' | '”')) => match c {
                _ if after == '\\' => before = ' ',
                '{' if after == '#' => open.push('}'),
                _ if c == close => _ = open.pop(),
                _ => {}
            },
            inside => match c {
                '#' if inside.is_none() && is_blank(after) && !text[place..].starts_with("#{") => {
                    return None;
                }
                '\'' | '"' if !after.is_alphanumeric() => open.push(c),
                '‘' => open.push('’'),
                '“' => open.push('”'),
                '{' if after == '#' || inside.is_some() || !words => open.push('}'),
                '(' | '[' if inside.is_some() || !words => open.push(')'),
                ')' | ']' | '}' => _ = open.pop(),
                _ => {}
            },
        }
        if open.len() > 2 * MAX_NESTING {
            return Some(place);
        }
    }
    None
}

/// Brackets nest too deep.
pub(crate) fn too_deep(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E030,
            span,
            format!("this expression is nested more than {MAX_NESTING} deep"),
        )
        .help("keep a part of it in a variable with `set`"),
    )
}

/// Blocks nest too deep.
pub(crate) fn blocks_too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::E030,
        span,
        format!("blocks are nested more than {MAX_BLOCKS} deep"),
    )
    .help("move a part into a `step`")
}

/// Operators follow one another too often.
pub(crate) fn too_long(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E031,
            span,
            format!("this expression has more than {MAX_LEVELS} operators in a row"),
        )
        .help("keep a part of it in a variable with `set`"),
    )
}

/// A value was expected.
pub(crate) fn no_value(
    reader: Reader<'_>,
    found: Option<&Pair<'_, Rule>>,
    end: usize,
) -> Box<Diagnostic> {
    let Some(pair) = found else {
        let (span, found) = found_at(reader, end);
        return boxed(Diagnostic::new(
            &codes::E021,
            span,
            format!("expected a value, found {found}"),
        ));
    };
    if let Err(fault) = check_words(reader) {
        return fault;
    }
    let span = reader.span_of(pair);
    let text = pair.as_str();
    let code = match text {
        ")" | "]" | "}" => &codes::E022,
        "=" => &codes::E023,
        _ => &codes::E021,
    };
    boxed(Diagnostic::new(
        code,
        span,
        format!("expected a value, found `{}`", shortened(text)),
    ))
}

/// Something stands where an expression could only go on with an operator, or end.
pub(crate) fn no_operator(
    reader: Reader<'_>,
    pair: &Pair<'_, Rule>,
    after: usize,
    open: &str,
) -> Box<Diagnostic> {
    if let Err(fault) = check_words(reader) {
        return fault;
    }
    let span = reader.span_of(pair);
    let text = pair.as_str();
    let before = crate::read::last_name(&reader.text[..after]);
    match text {
        ")" | "]" | "}" => {
            return boxed(Diagnostic::new(
                &codes::E022,
                span,
                format!("this `{text}` closes no bracket"),
            ));
        }
        "(" if !before.is_empty() => {
            return boxed(
                Diagnostic::new(&codes::E021, span, "expected an operator, found `(`").help(
                    format!("the arguments of a function follow it without a blank: {before}(…)"),
                ),
            );
        }
        _ => {}
    }
    let mut diagnostic = Diagnostic::new(
        &codes::E021,
        span,
        format!(
            "expected an operator or the end, found `{}`",
            shortened(text)
        ),
    );
    let known = [
        "or", "and", "not", "in", "contains", "matches", "where", "then", "else", "within",
        "every", "for", "since", "as",
    ];
    if reader.text[..after].ends_with('%') {
        diagnostic = diagnostic.help(
            "`%` directly after a number is percent; for the remainder put a blank before it",
        );
    } else if let Some(word) = meant(text, known) {
        diagnostic = diagnostic.help(format!("did you mean `{word}`?"));
    } else if text == "&" || text == "|" || text == "!" {
        diagnostic = diagnostic.help("the words are `and`, `or` and `not`");
    } else if open.is_empty() && text.starts_with(char::is_alphabetic) {
        diagnostic = diagnostic.help("text stands in quotes: 'like this'");
    }
    boxed(diagnostic)
}

/// A point without a name after it.
pub(crate) fn no_field(span: Span) -> Box<Diagnostic> {
    boxed(Diagnostic::new(
        &codes::E021,
        span,
        "expected a name directly after the point",
    ))
}

/// A bracket is not closed where it should be.
pub(crate) fn not_closed(
    reader: Reader<'_>,
    open: Span,
    found: Option<&Pair<'_, Rule>>,
    after: usize,
    end: usize,
) -> Box<Diagnostic> {
    let bracket = &reader.text[open.start as usize - reader.base..open.end as usize - reader.base];
    if let Some(pair) = found
        && !matches!(
            pair.as_rule(),
            Rule::close_round | Rule::close_square | Rule::close_curly
        )
    {
        return no_operator(reader, pair, after, bracket);
    }
    if let Err(fault) = check_words(reader) {
        return fault;
    }
    let (span, found) = match found {
        Some(pair) => (reader.span_of(pair), format!("`{}`", pair.as_str())),
        None => {
            let (span, found) = found_at(reader, end);
            (span, found)
        }
    };
    let close = match bracket {
        "(" => ")",
        "[" => "]",
        _ => "}",
    };
    let code = if bracket == "#{" {
        &codes::E008
    } else {
        &codes::E022
    };
    boxed(
        Diagnostic::new(code, open, format!("this `{bracket}` is not closed"))
            .label("opened here")
            .related(span, format!("found {found}"))
            .help(format!("write `{close}` where it ends")),
    )
}

/// A key of a map that cannot be one.
pub(crate) fn no_key(span: Span, why: &str) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E021, span, format!("this key {why}"))
            .help("a map is written {name: 1, 'other name': 2}"),
    )
}

/// A key of a map without its colon.
pub(crate) fn no_colon(span: Span, name: &str) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E021,
            span,
            format!("expected `:` after the key `{name}`"),
        )
        .help("a map is written {name: 1, 'other name': 2}"),
    )
}

/// Two comparisons in a row.
pub(crate) fn chained(reader: Reader<'_>, first: Span, second: Span) -> Box<Diagnostic> {
    let _ = reader;
    boxed(
        Diagnostic::new(&codes::E020, second, "comparisons do not chain")
            .related(first, "the first comparison")
            .help("join two comparisons with `and`: `1 < x and x < 3`"),
    )
}

/// `=` in an expression.
pub(crate) fn single_equals(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E023, span, "`=` does not compare")
            .help("type == to compare")
            .replace("=="),
    )
}

/// `not` after a value, without `in`.
pub(crate) fn not_without_in(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E021,
            span,
            "`not` after a value goes with `in`: `x not in list`",
        )
        .help("to say the opposite put `not` first: `not x contains y`"),
    )
}

/// A keyword stands where a command has to.
pub(crate) fn keyword_as_command(
    reader: Reader<'_>,
    name: &str,
    span: Span,
    line: bool,
) -> Box<Diagnostic> {
    let _ = reader;
    let mut diagnostic = Diagnostic::new(
        &codes::E016,
        span,
        format!("`{name}` begins a statement; here stands a command"),
    )
    .help(format!(
        "to run a command named `{name}`, write: call {name}"
    ));
    if line && matches!(name, "set" | "background" | "defer") {
        diagnostic = diagnostic.help(format!(
            "what stands before a command stands after `{name} …`: {}",
            keyword_of(name).map_or("", |keyword| keyword.usage[keyword.usage.len() - 1])
        ));
    }
    boxed(diagnostic)
}

/// `call #{*LIST}`
pub(crate) fn splat_as_command(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E033,
            span,
            "a command's name is one word, and `#{*…}` is many",
        )
        .help("name the command by its element: `call #{list[0]}`"),
    )
}

/// Something that can be said once is said again.
pub(crate) fn twice(span: Span, before: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E028, span, "this is said twice")
            .related(before, "the first time")
            .help("leave one of them out"),
    )
}

/// An earlier header of a kind that stands once.
pub(crate) fn once(headers: &[Header], header: &Header) -> Option<Span> {
    use HeaderKind::{Each, Language, Timeout, Title};
    if !matches!(
        header.kind,
        Title(_) | Timeout(_) | Language(_) | Each { .. }
    ) {
        return None;
    }
    headers
        .iter()
        .find(|before| std::mem::discriminant(&before.kind) == std::mem::discriminant(&header.kind))
        .map(|before| before.span)
}

/// `must` before a command that `set` does not keep.
pub(crate) fn must_without_set(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E034, span, "`must` stands after `set NAME`")
            .help("leave it out: a step that fails ends the scenario anyway"),
    )
}

/// A block or an `if` after `then` or `else`.
pub(crate) fn block_in_line(reader: Reader<'_>, keyword: &Keyword) -> Box<Diagnostic> {
    let word = keyword.word;
    boxed(
        Diagnostic::new(
            &codes::E032,
            reader.span(0, word.len()),
            format!("`{word}` cannot stand after `then` or `else` on one line"),
        )
        .help("leave `then` out, and write the statements below, up to `end`"),
    )
}

/// A label after `then` or `else`.
pub(crate) fn label_in_line(label: &Ident) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E035, label.span, "a label stands alone on its line")
            .help(format!("to go there, write: goto {}", label.name)),
    )
}

/// A default that has to be computed.
pub(crate) fn no_literal(part: &crate::tree::Expr) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E025, part.span, "a default is written out").help(
            "a default is a number, a quantity, text in quotes, true, false, none, or a list or map of these",
        ),
    )
}

/// The file of a `use` has to be known before anything runs.
pub(crate) fn use_not_literal(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E025, span, "the file of a `use` is written out")
            .help("write: use 'file.scn'"),
    )
}

/// A line that begins with `@` and is no header.
pub(crate) fn unknown_header(reader: Reader<'_>, first: &str) -> Box<Diagnostic> {
    let known = KEYWORDS
        .iter()
        .filter(|keyword| keyword.kind == KeywordKind::Header)
        .map(|keyword| keyword.word);
    let help = match meant(first, known.clone()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("known are {}", known.collect::<Vec<_>>().join(" ")),
    };
    boxed(
        Diagnostic::new(
            &codes::E027,
            reader.span(0, first.len()),
            format!("there is no `{}`", shortened(first)),
        )
        .help(help),
    )
}

/// A header after the first statement.
pub(crate) fn late_header(span: Span, before: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::E026,
        span,
        "a header stands before the first statement",
    )
    .related(before, "the first statement")
    .help("move it to the top of the file")
}

/// A date that is not in the calendar.
pub(crate) fn no_date(date: &Ident) -> Box<Diagnostic> {
    boxed(Diagnostic::new(
        &codes::E036,
        date.span,
        format!("there is no day `{}`", date.name),
    ))
}

/// A version of the language that is not known.
pub(crate) fn unknown_language(span: Span, newest: u64) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(
            &codes::E029,
            span,
            "this program does not know that language",
        )
        .help(format!("the newest that it knows is {newest}")),
    )
}

/// A block that is still open at the end of the file.
pub(crate) fn no_end(word: &str, head: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&codes::E012, head, format!("this `{word}` has no `end`"))
        .help("write `end` on a line of its own after the last statement of the block");
    diagnostic.incomplete = true;
    diagnostic
}

/// An `else` outside an `if`.
pub(crate) fn stray_else(span: Span, around: Option<(&str, Span)>) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::E014, span, "this `else` belongs to no `if` block")
        .help("the `else` of an `if … then …` stands on the same line; otherwise leave `then` out");
    match around {
        Some((word, place)) => diagnostic.related(
            place,
            format!("this `{word}` is still open, it needs its `end`"),
        ),
        None => diagnostic,
    }
}

/// A second `else` in one `if`.
pub(crate) fn second_else(span: Span, before: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::E014,
        span,
        "nothing follows the `else` of an `if` but its `end`",
    )
    .related(before, "its `else`")
}

/// An `end` that closes nothing.
pub(crate) fn stray_end(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::E013, span, "this `end` closes nothing")
        .help("leave it out; an `if … then …` on one line has no `end`")
}
