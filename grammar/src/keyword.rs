//! Every word that can begin a line with a meaning of its own, and what it looks like.

use crate::read::Rule;

/// A statement, a modifier or a header: its first word, its rules, and its form.
#[derive(Debug)]
pub struct Keyword {
    /// The word itself.
    pub word: &'static str,
    /// What the whole looks like, as the reference shows it; one line for each form.
    pub usage: &'static [&'static str],
    /// The rules that read such a line, tried in this order.
    pub(crate) rules: &'static [Rule],
    /// What kind of line it begins.
    pub kind: KeywordKind,
}

/// What kind of line a keyword begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeywordKind {
    /// A statement on one line.
    Statement,
    /// A statement that may hold a block up to its `end`.
    Block,
    /// What stands before a command.
    Modifier,
    /// A line at the top of a file.
    Header,
}

use KeywordKind::{Block, Header, Modifier, Statement};

const fn keyword(
    word: &'static str,
    kind: KeywordKind,
    rules: &'static [Rule],
    usage: &'static [&'static str],
) -> Keyword {
    Keyword {
        word,
        usage,
        rules,
        kind,
    }
}

/// All of them, in the order of the reference.
#[rustfmt::skip]
pub static KEYWORDS: &[Keyword] = &[
    keyword("set", Statement, &[Rule::set_line], &["set NAME = EXPRESSION", "set NAME COMMAND WORD…"]),
    keyword("if", Block, &[Rule::if_block, Rule::if_line], &["if CONDITION then STATEMENT [else STATEMENT]", "if CONDITION … [else if CONDITION …] [else …] end"]),
    keyword("else", Block, &[Rule::else_line], &["else", "else if CONDITION"]),
    keyword("end", Block, &[Rule::end_line], &["end"]),
    keyword("while", Block, &[Rule::while_line], &["while CONDITION … end"]),
    keyword("for", Block, &[Rule::for_line], &["for NAME[, NAME] in LIST … end"]),
    keyword("repeat", Block, &[Rule::repeat_line], &["repeat NUMBER … end"]),
    keyword("break", Statement, &[Rule::break_line], &["break"]),
    keyword("continue", Statement, &[Rule::continue_line], &["continue"]),
    keyword("goto", Statement, &[Rule::goto_line], &["goto LABEL"]),
    keyword("step", Block, &[Rule::step_definition], &["step NAME [PARAMETER[=DEFAULT]]… … end"]),
    keyword("return", Statement, &[Rule::return_line], &["return [EXPRESSION]"]),
    keyword("use", Statement, &[Rule::use_line], &["use 'file.scn' [as NAME]"]),
    keyword("case", Block, &[Rule::case_line], &["case TEXT … end"]),
    keyword("do", Block, &[Rule::do_line], &["do … end"]),
    keyword("parallel", Block, &[Rule::parallel_line], &["parallel … end"]),
    keyword("background", Statement, &[Rule::background_line], &["background NAME COMMAND WORD…"]),
    keyword("await", Statement, &[Rule::await_line], &["[timeout DURATION] [try] await NAME…"]),
    keyword("cancel", Statement, &[Rule::cancel_line], &["cancel NAME…"]),
    keyword("wait", Statement, &[Rule::wait_until, Rule::wait_event], &[
        "wait until CONDITION [within DURATION] [every DURATION]",
        "wait event PATTERN [or PATTERN]… [from COMPONENT] [where CONDITION] [since MARK] [within DURATION] [as NAME]",
    ]),
    keyword("hold", Statement, &[Rule::hold_line], &["hold CONDITION for DURATION [every DURATION]"]),
    keyword("always", Statement, &[Rule::always_line], &["always CONDITION [every DURATION]"]),
    keyword("never", Statement, &[Rule::never_event, Rule::never_line], &[
        "never CONDITION [every DURATION]",
        "never event PATTERN [or PATTERN]… [from COMPONENT] [where CONDITION]",
    ]),
    keyword("eventually", Statement, &[Rule::eventually_line], &["eventually CONDITION within DURATION [every DURATION]"]),
    keyword("defer", Statement, &[Rule::defer_line], &["defer COMMAND WORD…"]),
    keyword("mark", Statement, &[Rule::mark_line], &["mark NAME"]),
    keyword("require", Statement, &[Rule::require_line], &["require CONDITION [, MESSAGE]"]),
    keyword("assert", Statement, &[Rule::assert_line], &["assert CONDITION [, MESSAGE]"]),
    keyword("check", Statement, &[Rule::check_line], &["check CONDITION [, MESSAGE]"]),
    keyword("pass", Statement, &[Rule::pass_line], &["pass [TEXT]"]),
    keyword("fail", Statement, &[Rule::fail_line], &["fail [TEXT]"]),
    keyword("skip", Statement, &[Rule::skip_line], &["skip [TEXT]"]),
    keyword("error", Statement, &[Rule::error_line], &["error [TEXT]"]),
    keyword("exit", Statement, &[Rule::exit_line], &["exit [STATUS]"]),
    keyword("finally", Block, &[Rule::finally_line], &["finally … end"]),
    keyword("call", Statement, &[Rule::step_line], &["call NAME WORD…"]),
    keyword("on", Modifier, &[Rule::step_line], &["on HOST COMMAND WORD…"]),
    keyword("timeout", Modifier, &[Rule::await_line, Rule::step_line], &["timeout DURATION COMMAND WORD…", "timeout DURATION await NAME…"]),
    keyword("input", Modifier, &[Rule::step_line], &["input TEXT COMMAND WORD…"]),
    keyword("retry", Modifier, &[Rule::retry_line, Rule::step_line], &[
        "retry TIMES [every DURATION] COMMAND WORD…",
        "retry within DURATION [every DURATION] COMMAND WORD…",
        "retry within DURATION [every DURATION] … end",
    ]),
    keyword("not", Modifier, &[Rule::step_line], &["not COMMAND WORD…"]),
    keyword("soft", Modifier, &[Rule::step_line], &["soft COMMAND WORD…"]),
    keyword("try", Modifier, &[Rule::await_line, Rule::step_line], &["try COMMAND WORD…", "try await NAME…"]),
    keyword("must", Modifier, &[Rule::step_line], &["set NAME must COMMAND WORD…"]),
    keyword("@title", Header, &[Rule::title_header], &["@title TEXT"]),
    keyword("@tags", Header, &[Rule::tags_header], &["@tags NAME…"]),
    keyword("@covers", Header, &[Rule::covers_header], &["@covers ID…"]),
    keyword("@known", Header, &[Rule::known_header], &["@known ID [until YYYY-MM-DD]"]),
    keyword("@timeout", Header, &[Rule::timeout_header], &["@timeout DURATION"]),
    keyword("@param", Header, &[Rule::param_header], &["@param NAME [= DEFAULT]"]),
    keyword("@needs", Header, &[Rule::needs_header], &["@needs NAME, NAME…"]),
    keyword("@each", Header, &[Rule::each_header], &["@each NAME[, NAME] in LIST"]),
    keyword("@on", Header, &[Rule::on_header], &[
        "@on schedule 'CRON' [in ZONE]",
        "@on event PATTERN [or PATTERN]… [from COMPONENT] [where CONDITION]",
        "@on CONDITION [for DURATION]",
        "@on webhook NAME",
        "@on file GLOB",
        "@on git URL [branch NAME]",
        "@on run SCENARIO failed",
    ]),
    keyword("@language", Header, &[Rule::language_header], &["@language NUMBER"]),
];

/// The keyword that `word` is.
pub fn keyword_of(word: &str) -> Option<&'static Keyword> {
    // Most first words are no keyword: their first letters say so.
    let first = word.as_bytes().first()?;
    KEYWORDS
        .iter()
        .find(|keyword| keyword.word.as_bytes().first() == Some(first) && keyword.word == word)
}
