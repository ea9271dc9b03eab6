//! What holds for every scenario, whatever it says: it is read without a panic, and the
//! one style keeps its tree, its comments, and itself.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::prelude::*;
use scn_grammar::spanless::same;
use scn_grammar::{format, parse, parse_bytes};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_][a-z0-9_]{0,6}".prop_filter("no keyword", |name| {
            !scn_grammar::is_reserved(name) && scn_grammar::keyword::keyword_of(name).is_none()
        }),
        Just("größe".to_owned()),
        Just("x".to_owned()),
    ]
}

fn blanks() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(" ".to_owned()),
        1 => Just("   ".to_owned()),
        1 => Just("\t".to_owned()),
        1 => Just("\u{A0} ".to_owned()),
        1 => Just(" \\\n  ".to_owned()),
        1 => Just(" \\ \r\n\t".to_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "'[a-z #\"{}*\\\\]{0,8}'",
        "‘[a-z '#\"]{0,8}’",
        "\"[a-z '#*]{0,4}(\\\\n|\\\\\\\\|\\\\\"|\\\\#\\{|\\\\u\\{41\\})?[a-z]{0,3}\"",
        "“[a-z '\"]{0,8}”",
        (name(), number()).prop_map(|(name, number)| format!("\"a #{{{name}+{number}}} b\"")),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,9}",
        "[0-9]{1,3}\\.[0-9]{1,4}",
        "[0-9]{1,3}(us|ms|s|m|h|d|MB|KiB|B|%)",
        Just("1h30m".to_owned()),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        number(),
        text(),
        name(),
        Just("true".to_owned()),
        Just("none".to_owned()),
        Just("it.a.b".to_owned()),
        Just("-9223372036854775808".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let operator = prop_oneof![
            Just("+"),
            Just("-"),
            Just("*"),
            Just("/"),
            Just(" %"),
            Just(" or "),
            Just(" and "),
            Just(" where "),
            Just("+ -"),
        ];
        let comparison = prop_oneof![
            Just("=="),
            Just("!="),
            Just("<"),
            Just(">="),
            Just(" in "),
            Just(" not  in "),
            Just(" contains "),
            Just(" matches "),
        ];
        prop_oneof![
            (inner.clone(), blanks(), operator, blanks(), inner.clone())
                .prop_map(|(a, b, o, c, d)| format!("({a}{b}{o}{c}{d})")),
            (inner.clone(), comparison, blanks(), inner.clone())
                .prop_map(|(a, o, b, c)| format!("({a} {o}{b}{c})")),
            inner.clone().prop_map(|a| format!("-  {a}")),
            inner.clone().prop_map(|a| format!("(not {a})")),
            inner.clone().prop_map(|a| format!("#{{ {a}}}")),
            (name(), inner.clone()).prop_map(|(f, a)| format!("{f}( {a},{f} )")),
            (name(), inner.clone()).prop_map(|(f, a)| format!("{f}[{a}].b")),
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(" ,"))),
            (name(), inner).prop_map(|(key, a)| format!("{{{key} :{a}, 'k k':1,}}")),
        ]
    })
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9/:.=+*-]{1,8}".prop_filter("no else", |word| word != "else"),
        1 => text(),
        1 => expression().prop_filter("one line", |e| !e.contains('\n')).prop_map(|e| format!("#{{{e}}}")),
        1 => name().prop_map(|name| format!("#{{*{name}}}")),
        1 => (name(), text()).prop_map(|(name, text)| format!("--{name}={text}")),
        1 => Just("it’s".to_owned()),
        1 => Just("a#b".to_owned()),
        1 => Just("\"\"\"\n   a\n     b #{x}\n \n   c\n  \"\"\"".to_owned()),
        1 => Just("\"\"\" \n\ta\"\"\"".to_owned()),
    ]
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec((blanks(), word()), 0..4).prop_map(|words| {
        words
            .into_iter()
            .map(|(blank, word)| blank + &word)
            .collect()
    })
}

fn operand() -> impl Strategy<Value = String> {
    prop_oneof![
        number(),
        name(),
        expression().prop_map(|e| format!("( {e} )"))
    ]
}

fn step() -> impl Strategy<Value = String> {
    let modifier = prop_oneof![
        4 => Just(String::new()),
        1 => (blanks(), operand()).prop_map(|(b, d)| format!("timeout{b}{d} ")),
        1 => (operand(), operand()).prop_map(|(n, d)| format!("retry {n} every {d} ")),
        1 => operand().prop_map(|d| format!("retry within {d} ")),
        1 => Just("not   soft try ".to_owned()),
        1 => word().prop_map(|w| format!("on {w} input   'x' ")),
    ];
    (
        modifier,
        prop_oneof![name(), name().prop_map(|n| format!("call {n}"))],
        words(),
    )
        .prop_map(|(modifier, command, words)| format!("{modifier}{command}{words}"))
}

fn simple() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => step(),
        1 => (name(), step()).prop_map(|(n, s)| format!("set {n}  {s}")),
        1 => (name(), blanks(), expression()).prop_map(|(n, b, e)| format!("set {n} ={b}{e}")),
        1 => (name(), step()).prop_map(|(n, s)| format!("background {n} {s}")),
        1 => step().prop_map(|s| format!("defer {s}")),
        1 => (expression(), expression()).prop_map(|(c, m)| format!("check {c} ,{m}")),
        1 => words().prop_map(|w| format!("fail{w}")),
        1 => (expression(), operand()).prop_map(|(c, d)| format!("wait until {c} within {d}  every 1s")),
        1 => (text(), expression()).prop_map(|(p, c)| format!("wait event {p} or  /a b\\/c/ from X where {c} as e")),
        1 => (expression(), operand()).prop_map(|(c, d)| format!("hold {c} for {d}")),
        1 => expression().prop_map(|c| format!("never {c}")),
        1 => name().prop_map(|n| format!("goto   {n}")),
        1 => name().prop_map(|n| format!("{n}:")),
        1 => Just("try timeout 5s await  a b".to_owned()),
        1 => Just("return".to_owned()),
    ]
}

fn statement() -> impl Strategy<Value = String> {
    let one_line = (expression(), step(), step()).prop_filter_map("no label", |(c, a, b)| {
        (!a.contains('\n')).then(|| format!("if {c} then {a} else {b}"))
    });
    let line = prop_oneof![8 => simple(), 1 => one_line];
    let comment = prop_oneof![3 => Just(String::new()), 1 => "  +# [a-z'\"(]{0,6}"];
    let line = (line, comment).prop_map(|(line, comment)| format!("{line}{comment}\n"));
    let line = prop_oneof![8 => line, 1 => Just("\n \n".to_owned()), 1 => Just("  # alone '\n".to_owned())];
    line.prop_recursive(4, 24, 4, |inner| {
        let block = prop::collection::vec(inner, 0..3).prop_map(|lines| lines.concat());
        let open = prop_oneof![
            Just("do".to_owned()),
            Just("parallel".to_owned()),
            words().prop_map(|w| format!("case a{w}")),
            expression().prop_map(|e| format!("while {e}")),
            (name(), expression()).prop_map(|(n, e)| format!("for {n} , y in {e}")),
            Just("retry within  5s every 1s".to_owned()),
            Just("step f-g a  b = [1 ,'x'] c=-2s".to_owned()),
        ];
        prop_oneof![
            (open, block.clone()).prop_map(|(open, body)| format!("   {open}\n{body}end\n")),
            (expression(), block.clone(), block).prop_map(|(c, a, b)| format!(
                "if {c}\n{a}else   if x\n\t else # c\n{b} end # d\n"
            )),
        ]
    })
}

fn file() -> impl Strategy<Value = String> {
    prop::collection::vec(statement(), 0..6).prop_map(|lines| lines.concat())
}

/// Holds that the one style keeps the tree and the comments, and itself.
fn holds_style(source: &str) -> Result<(), TestCaseError> {
    let before = parse(source);
    if !before.diagnostics.is_empty() {
        return Ok(());
    }
    let once = format(source).unwrap();
    let after = parse(&once);
    prop_assert_eq!(&after.diagnostics, &[], "{}\n→\n{}", source, once);
    prop_assert!(same(&before.file, &after.file), "{}\n→\n{}", source, once);
    let comments = |text: &str, spans: &[scn_grammar::Span]| -> Vec<String> {
        spans
            .iter()
            .map(|span| text[span.range()].to_owned())
            .collect()
    };
    prop_assert_eq!(
        comments(source, &before.file.comments),
        comments(&once, &after.file.comments)
    );
    prop_assert_eq!(format(&once).unwrap(), once);
    Ok(())
}

/// The generator of arbitrary scenarios nests deep when it is not optimised.
fn on_a_large_stack(property: fn()) {
    let thread = std::thread::Builder::new().stack_size(256 << 20);
    if let Err(panic) = thread.spawn(property).unwrap().join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn what_is_made_by_the_rules_is_read() {
    on_a_large_stack(what_is_made_by_the_rules_is_read_);
}

#[test]
fn the_one_style_keeps_what_it_says() {
    on_a_large_stack(the_one_style_keeps_what_it_says_);
}

#[test]
fn any_text_is_read_without_a_panic() {
    on_a_large_stack(any_text_is_read_without_a_panic_);
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    on_a_large_stack(any_bytes_are_read_without_a_panic_);
}

#[test]
fn spans_are_in_the_text() {
    on_a_large_stack(spans_are_in_the_text_);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    fn what_is_made_by_the_rules_is_read_(source in file()) {
        let parsed = parse(&source);
        prop_assert_eq!(parsed.diagnostics, [], "{}", source);
    }

    fn the_one_style_keeps_what_it_says_(source in file()) {
        holds_style(&source)?;
    }

    fn any_text_is_read_without_a_panic_(source in "[a-z'\"‘’“”#{}()\\[\\]\\\\ \n\r\t.,:=@%/*+-]{0,60}") {
        let _ = parse(&source);
        holds_style(&source)?;
    }

    fn any_bytes_are_read_without_a_panic_(source in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = parse_bytes(&source);
    }

    fn spans_are_in_the_text_(source in "(if|set|echo|wait until|end|else|@tags|x:)[a-zé'\"‘’#{}( \n\r=]{0,30}") {
        for fault in parse(&source).diagnostics {
            prop_assert!(source.get(fault.span.range()).is_some(), "{:?}", fault);
        }
    }
}
