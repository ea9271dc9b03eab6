//! Faults of lines: what a statement or a header looks like.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::{boxed, check_words, found_at, is_reserved, listed, shortened};
use crate::codes;
use crate::diagnostic::{Diagnostic, meant};
use crate::keyword::{KEYWORDS, Keyword, KeywordKind, keyword_of};
use crate::lines::is_blank;
use crate::read::{Reader, Rule};
use crate::tree::{Header, HeaderKind, Ident, Span};

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

/// Shows the whole statement with a fault that says nothing of what to do.
pub(crate) fn with_usage(mut fault: Box<Diagnostic>, keyword: &Keyword) -> Box<Diagnostic> {
    fault
        .help
        .get_or_insert_with(|| format!("expected: {}", keyword.usage.join("\n      or: ")));
    fault
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
    if let Some(said) = super::of_another_language(reader, keyword, &fault) {
        return said;
    }
    let Some(keyword) = keyword else {
        return first_word_fault(reader, fault);
    };
    let place = (fault.span.start as usize).saturating_sub(reader.base);
    let word = crate::read::first_word(&reader.text[place.min(reader.text.len())..]);
    if keyword.word == "set" && matches!(word, "+=" | "-=" | "*=" | "/=") {
        let name = reader.text[..place].trim_start_matches("set").trim();
        let sign = word.trim_end_matches('=');
        fault.span = reader.span(place, place + word.len());
        fault.help = Some(format!("write: set {name} = {name} {sign} …"));
        fault.replacement = Some(format!("= {name} {sign}"));
        return fault;
    }
    if keyword.word == "wait" && word.starts_with(|c: char| c.is_ascii_digit()) {
        // `5s`, `5`, or `5 seconds`.
        let rest = reader.text[place..].trim_end();
        let (length, time) = match super::others::other_time(rest) {
            Some(time) => (rest.len(), time),
            None if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                (word.len(), format!("{word}s"))
            }
            None => (word.len(), word.to_owned()),
        };
        fault.span = reader.span(0, place + length);
        fault.message = "`wait` waits for something that comes".to_owned();
        fault.help = Some(format!("to let time pass, write: sleep {time}"));
        fault.replacement = Some(format!("sleep {time}"));
        return fault;
    }
    if keyword.word == "defer" && reader.text.trim() == "defer" {
        fault.span = reader.span(0, reader.text.trim_end().len());
        fault.message = "`defer` stands before a command, on its line".to_owned();
        fault.help = Some(
            "write: defer COMMAND WORD…; several that run however the scenario ends: finally … end"
                .to_owned(),
        );
        return fault;
    }
    if keyword.word == "goto" && place > "goto ".len() && !word.is_empty() {
        let label = reader.text["goto".len()..].trim();
        fault.help = Some(format!(
            "a label is one word of letters, digits and `_`: goto {}",
            shortened(&label.replace(is_blank, "_"))
        ));
        return fault;
    }
    if keyword.word == "if" && word == "then" {
        fault.message = "nothing stands after `then`".to_owned();
        fault.help = Some(
            "a block begins without it, and ends with `end`; or write the one statement after it"
                .to_owned(),
        );
        fault.replacement = Some(String::new());
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

/// A statement without a clause that it cannot do without.
pub(crate) fn missing(reader: Reader<'_>, clause: &str) -> Box<Diagnostic> {
    let end = reader.text.len();
    boxed(Diagnostic::new(
        &codes::E001,
        reader.span(end, end),
        format!("expected `{clause}` and a duration"),
    ))
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
    let comment = ["//", "/*", "--", ";", "<!--"];
    let comment = comment.into_iter().find(|sign| first.starts_with(sign));
    if let Some(sign) = comment {
        let length = u32::try_from(sign.len()).unwrap_or_default();
        let fault = Diagnostic::new(
            &codes::E015,
            Span {
                end: span.start + length,
                ..span
            },
            format!("`{sign}` begins no comment"),
        );
        return fault.help("a comment begins with `#`").replace("#");
    }
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

/// A keyword stands where a command has to.
pub(crate) fn keyword_as_command(
    reader: Reader<'_>,
    name: &str,
    span: Span,
    line: bool,
) -> Box<Diagnostic> {
    // What stands before a command has lost it to a quote that is not closed.
    if let Err(fault) = check_words(reader) {
        return fault;
    }
    if let Some(fault) = nothing_but(reader, name) {
        return fault;
    }
    let mut diagnostic = Diagnostic::new(
        &codes::E016,
        span,
        format!("`{name}` begins a statement; here stands a command"),
    )
    .help(format!(
        "to run a command named `{name}`, write: call {name}"
    ));
    if let Some(help) = super::before_a_statement(&reader.text[..reader.place(span.start)], name) {
        return boxed(diagnostic.help(help));
    }
    if line && matches!(name, "set" | "background" | "defer") {
        diagnostic = diagnostic.help(format!(
            "what stands before a command stands after `{name} …`: {}",
            keyword_of(name).map_or("", |keyword| keyword.usage[keyword.usage.len() - 1])
        ));
    }
    boxed(diagnostic)
}

/// `call`, `on` or `input` on a line of its own.
fn nothing_but(reader: Reader<'_>, name: &str) -> Option<Box<Diagnostic>> {
    let rest = reader.text.strip_prefix(name)?.trim_start_matches(is_blank);
    let keyword = keyword_of(name).filter(|_| rest.is_empty() || crate::read::is_comment(rest))?;
    let fault = Diagnostic::new(
        &codes::E001,
        reader.span(0, name.len()),
        format!("nothing stands after `{name}`"),
    );
    Some(with_usage(boxed(fault), keyword))
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
pub(crate) fn no_literal(span: Span) -> Box<Diagnostic> {
    boxed(
        Diagnostic::new(&codes::E025, span, "a default is written out").help(
            "a default is a number, a quantity, text in quotes, true, false, none, or a list or map of these",
        ),
    )
}

/// A fault of a default: an operator is one outside of parentheses, too.
pub(crate) fn no_literal_sum(fault: Box<Diagnostic>) -> Box<Diagnostic> {
    match fault.code.name == codes::E024.name {
        true => no_literal(fault.span),
        false => fault,
    }
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
