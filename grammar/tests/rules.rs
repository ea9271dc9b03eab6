//! Rule by rule: what is read, and what is said where it is not.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use scn_grammar::tree::{
    Expr, ExprKind, HeaderKind, ModifierKind, Operator, Part, PatternKind, StatementKind, Step,
    Trigger, Word,
};
use scn_grammar::{
    line_col, parse, parse_bytes, parse_command_line, parse_expression, parse_statement_line,
    parse_text, parse_word,
};

#[track_caller]
fn statement(source: &str) -> StatementKind {
    let parsed = parse(source);
    assert_eq!(parsed.diagnostics, [], "{source}");
    assert_eq!(parsed.file.body.statements.len(), 1, "{source}");
    parsed.file.body.statements.into_iter().next().unwrap().kind
}

#[track_caller]
fn step(source: &str) -> Step {
    match statement(source) {
        StatementKind::Command(step) => *step,
        other => panic!("{other:?}"),
    }
}

/// The words of a command, each as its text; interpolations as `<…>`.
#[track_caller]
fn words(source: &str) -> Vec<String> {
    step(source).words.iter().map(shown).collect()
}

fn shown(word: &Word) -> String {
    let part = |part: &Part| match part {
        Part::Bare(text) => text.to_string(),
        Part::Quoted(text) => format!("'{text}'"),
        Part::Value { expr, quoted } => {
            format!("<{}{}>", if *quoted { "q " } else { "" }, tree(expr))
        }
        Part::Splat(expr) => format!("<*{}>", tree(expr)),
    };
    word.parts.iter().map(part).collect()
}

/// An expression in full brackets.
fn tree(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(tree).collect::<Vec<_>>().join(" ");
    match &expr.kind {
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Decimal(digits) => digits.clone(),
        ExprKind::Duration(nanos) => format!("{nanos}ns"),
        ExprKind::Size(bytes) => format!("{bytes}B"),
        ExprKind::Percent(digits) => format!("{digits}%"),
        ExprKind::Text(parts) => shown(&Word {
            parts: parts.clone(),
            span: expr.span,
        }),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::None => "none".to_owned(),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Map(entries) => {
            let entry = |(key, value): &(scn_grammar::tree::Ident, Expr)| {
                format!("{}:{}", key.name, tree(value))
            };
            format!(
                "{{{}}}",
                entries.iter().map(entry).collect::<Vec<_>>().join(" ")
            )
        }
        ExprKind::Call {
            function,
            arguments,
        } => format!("{}({})", function.name, list(arguments)),
        ExprKind::Field { of, name } => format!("{}.{}", tree(of), name.name),
        ExprKind::Index { of, index } => format!("{}[{}]", tree(of), tree(index)),
        ExprKind::Interpolation(inner) => format!("#{}", tree(inner)),
        ExprKind::Group(inner) => tree(inner),
        ExprKind::Negate(inner) => format!("(-{})", tree(inner)),
        ExprKind::Not(inner) => format!("(not {})", tree(inner)),
        ExprKind::Binary {
            operator,
            left,
            right,
            ..
        } => {
            format!("({} {operator:?} {})", tree(left), tree(right))
        }
        ExprKind::Matches { text, regex } => format!("({} ~ {})", tree(text), tree(regex)),
        ExprKind::Where { list, condition } => {
            format!("({} where {})", tree(list), tree(condition))
        }
    }
}

#[track_caller]
fn expression(source: &str) -> String {
    tree(&parse_expression(source).unwrap())
}

/// The faults of a text: code, the words they point at, and what is said.
#[track_caller]
fn faults(source: &str) -> Vec<(&'static str, String, String)> {
    let found = parse(source).diagnostics;
    assert!(!found.is_empty(), "{source:?} has no fault");
    found
        .into_iter()
        .map(|fault| {
            let help = fault.help.unwrap_or_default();
            (
                fault.code.name,
                source[fault.span.range()].to_owned(),
                format!("{} | {help}", fault.message),
            )
        })
        .collect()
}

/// The one fault of a text: its code, the words, and that what is said has `part` in it.
#[track_caller]
fn fault(source: &str, code: &str, at: &str, part: &str) {
    let found = faults(source);
    assert_eq!(found.len(), 1, "{source:?}: {found:?}");
    assert_eq!(
        (found[0].0, found[0].1.as_str()),
        (code, at),
        "{source:?}: {}",
        found[0].2
    );
    assert!(found[0].2.contains(part), "{source:?}: {}", found[0].2);
}

#[test]
fn words_are_parted_by_blanks_of_any_kind() {
    assert_eq!(words("a b\tc\u{A0}d  \u{202F} e"), ["b", "c", "d", "e"]);
    assert_eq!(
        words("a $x | y > z & * ~ ;"),
        ["$x", "|", "y", ">", "z", "&", "*", "~", ";"]
    );
    assert_eq!(words("a 'b\u{A0}c'"), ["'b\u{A0}c'"]);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_harmless() {
    let parsed = parse("\u{FEFF}echo a\r\necho 'b' # c\r\nif x\r\nend\r\n");
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.file.body.statements.len(), 3);
    assert_eq!(parsed.file.body.statements[0].span.start, 3);
}

#[test]
fn a_comment_begins_at_the_start_of_a_word() {
    assert_eq!(words("a b#c #d 'e"), ["b#c"]);
    assert_eq!(words("a '# b' #{x} # c"), ["'# b'", "<x>"]);
    assert_eq!(parse("# only 'this\n").file.comments.len(), 1);
    assert_eq!(expression("x"), "x");
    fault("assert x#y\n", "E021", "#", "after a blank");
}

#[test]
fn a_line_goes_on_after_a_backslash_that_follows_a_blank() {
    assert_eq!(words("a b \\\n c \\ \t\r\n  d"), ["b", "c", "d"]);
    assert_eq!(words("a b\\"), ["b\\"]);
    assert_eq!(parse("a # b \\\nc\n").file.body.statements.len(), 2);
    assert_eq!(words("a 'b' \\\n'c'"), ["'b'", "'c'"]);
    let open = parse("a \\").diagnostics;
    assert!(open[0].incomplete);
    fault("sh 'a \\\nb'\n", "E039", "'", "not closed before");
}

#[test]
fn quotes_are_straight_or_typographic_and_mean_the_same() {
    assert_eq!(words("a 'b c' ‘b c’ \"b c\" “b c”"), ["'b c'"; 4]);
    assert_eq!(
        words(r#"a 'x\n#{y}' "x\n#{y}" “\"\#{\u{41}\\\t”"#),
        ["'x\\n#{y}'", "'x\n'<q y>", "'\"#{A\\\t'"]
    );
    assert_eq!(words("a '' \"\" x=''"), ["''", "''", "x=''"]);
    assert_eq!(
        words("a ‘it’s so’ it’s “say \"x\"”"),
        ["'it’s so'", "it’s", "'say \"x\"'"]
    );
    assert_eq!(
        words("a --file=\"a b\" 'a''b' x:'y'z"),
        ["--file='a b'", "'ab'", "x:'y'z"]
    );
}

#[test]
fn a_quote_that_may_not_open_shows_the_quoted_form() {
    fault("echo it's\n", "E006", "'", "\"it's\"");
    fault("echo a\"b\n", "E006", "\"", "'a\"b'");
    fault("echo #{x}'y'\n", "E006", "'", "quotes");
    fault("echo x'y'\n", "E006", "'", "\"x'y'\"");
}

#[test]
fn a_pair_of_quotes_that_does_not_match_is_shown_right() {
    fault("echo ‘a'\n", "E005", "'", "‘a’");
    fault("echo 'a’\n", "E005", "’", "'a'");
    fault("echo “a\"\n", "E005", "\"", "“a”");
    fault("echo \"a”\n", "E005", "”", "\"a\"");
    fault("echo 'a b\n", "E004", "'", "'a b'");
    fault("echo ’a’\n", "E005", "’", "'a'");
    fault("assert x == ‘a'\n", "E005", "'", "‘a’");
    fault("assert 'a\n", "E004", "'", "'a'");
}

#[test]
fn a_dash_from_a_word_processor_is_shown_as_a_flag() {
    fault("run ls –l\n", "E007", "–", "-l");
    fault("run ls —all\n", "E007", "—", "--all");
    assert_eq!(words("echo a – b"), ["a", "–", "b"]);
}

#[test]
fn a_text_of_many_lines_loses_its_common_indentation() {
    assert_eq!(
        words("a \"\"\"\n    b\n      c\n\n    d\n    \"\"\" e"),
        ["'b\n  c\n\nd'", "e"]
    );
    assert_eq!(words("a \"\"\"\n  b\"\"\""), ["'b'"]);
    assert_eq!(words("a \"\"\"\n\"\"\""), ["''"]);
    assert_eq!(words("a \"\"\"\n  \n  \"\"\""), ["'  '"]);
    assert_eq!(
        words("a \"\"\"\r\n\tb \\t#{x} 'q' \"r\"\r\n\tc\r\n\"\"\""),
        ["'b \t'<q x>' 'q' \"r\"\nc'"]
    );
    assert_eq!(expression("\"\"\"\n  b\n  \"\"\" + 'c'"), "('b' Add 'c')");
    fault("a \"\"\"b\"\"\"\n", "E010", "\"\"\"b\"\"\"", "next line");
    let open = parse("a\nb \"\"\"\n c\n").diagnostics;
    assert_eq!(
        (open.len(), open[0].code.name, open[0].incomplete),
        (1, "E011", true)
    );
    fault("a \"\"\"\n \\d\n\"\"\"\n", "E009", "\\d", "backslash");
}

#[test]
fn escapes_are_known_or_an_error() {
    fault("echo \"a\\d\"\n", "E009", "\\d", "'…'");
    fault("echo \"\\u{110000}\"\n", "E009", "\\u", "hexadecimal");
    fault("assert \"\\#\" == x\n", "E009", "\\#", "backslash");
}

#[test]
fn an_interpolation_is_an_expression_with_quotes_of_its_own() {
    assert_eq!(
        words("a #{f('x', \"y\")}z \"#{m[\"k\"]}\" #{{a: 1}.a}"),
        ["<f('x' 'y')>z", "<q m['k']>", "<{a:1}.a>"]
    );
    assert_eq!(words("a #{*l} \"#{\"#{x}\"}\""), ["<*l>", "<q <q x>>"]);
    fault("a b#{*l}\n", "E033", "l", "alone");
    fault("a \"#{*l}\"\n", "E033", "l", "alone");
    fault("a #{x\n", "E008", "#{", "closed");
    fault("a #{}\n", "E021", "}", "value");
    fault("set y = #{x\n", "E008", "#{", "closed");
}

#[test]
fn numbers_and_quantities_are_read_with_their_units() {
    assert_eq!(
        expression("[1, 1.50, 250us, 1m30s, 1.5s, 2h, 1d]"),
        "[1 1.50 250000ns 90000000000ns 1500000000ns 7200000000000ns 86400000000000ns]"
    );
    assert_eq!(
        expression("[500MB, 64KiB, 1B, 1.5kB, 15%, 7.5%]"),
        "[500000000B 65536B 1B 1500B 15% 7.5%]"
    );
    assert_eq!(
        expression("7 % 3 - x % 2 - (7)%3"),
        "(((7 Modulo 3) Subtract (x Modulo 2)) Subtract (7 Modulo 3))"
    );
    assert_eq!(expression("2s%3"), "(2000000000ns Modulo 3)");
    assert_eq!(expression("-9223372036854775808"), "-9223372036854775808");
    fault("set x = 7%3\n", "E021", "3", "percent");
    fault("set x = 5sec\n", "E018", "5sec", "`5s`");
    fault("set x = 5Mb\n", "E018", "5Mb", "`5MB`");
    fault("set x = 30s1m\n", "E018", "30s1m", "largest first");
    fault(
        "set x = 9223372036854775808\n",
        "E019",
        "9223372036854775808",
        "64 bits",
    );
    fault(
        "set x = 0.12345678901234567890123456789\n",
        "E019",
        "0.12345678901234567890123456789",
        "28 digits",
    );
    fault("set x = 9999999999h\n", "E019", "9999999999h", "large");
    fault("set x = 1e5\n", "E018", "1e5", "no unit");
}

#[test]
fn operators_bind_as_the_table_says() {
    assert_eq!(
        expression("a or b and not c == d + e * -f"),
        "(a Or (b And (not (c Equal (d Add (e Multiply (-f)))))))"
    );
    assert_eq!(
        expression("a - b - c / d % e"),
        "((a Subtract b) Subtract ((c Divide d) Modulo e))"
    );
    assert_eq!(
        expression("a not in b and c matches 'x' or d contains e"),
        "(((a NotIn b) And (c ~ 'x')) Or (d Contains e))"
    );
    assert_eq!(
        expression("rows where it.a > 1 or it.b where x"),
        "(rows where (((it.a Greater 1) Or it.b) where x))"
    );
    assert_eq!(
        expression("len(rows where it) + 1"),
        "(len((rows where it)) Add 1)"
    );
    assert_eq!(expression("-a.b[0].c"), "(-a.b[0].c)");
    assert_eq!(expression("- -a"), "(-(-a))");
    assert_eq!(expression("a == -1"), "(a Equal (-1))");
}

#[test]
fn comparisons_do_not_chain() {
    for operator in ["==", "<", "in", "not in", "contains", "matches"] {
        let found = faults(&format!("assert a < b {operator} c\n"));
        assert_eq!((found[0].0, found[0].1.as_str()), ("E020", operator));
    }
    fault("assert a = b\n", "E023", "=", "==");
}

#[test]
fn fields_and_functions_stand_directly_after() {
    assert_eq!(
        expression("a.in.for[1].b + fix.parse(x, )"),
        "(a.in.for[1].b Add fix.parse(x))"
    );
    fault("assert len (x)\n", "E021", "(", "without a blank");
    fault("assert a.\n", "E021", ".", "point");
    fault("assert (a\n", "E022", "(", "closed");
    fault("assert a)\n", "E022", ")", "closes no");
    fault("assert [1, 2\n", "E022", "[", "closed");
    fault("assert {a 1}\n", "E021", "a", "`:`");
}

#[test]
fn reserved_words_are_no_names_and_keywords_are() {
    fault("set then = 1\n", "E017", "then", "then_");
    fault("for in in x\nend\n", "E017", "in", "name");
    fault("mark every\n", "E017", "every", "name");
    fault("then x\n", "E017", "then", "name");
    statement("set wait = wait + pass\n");
    statement("pass:\n");
    statement("goto end\n");
}

#[test]
fn a_keyword_line_that_cannot_be_shows_the_statement() {
    fault(
        "wait around 5s\n",
        "E001",
        "around",
        "expected: wait until CONDITION",
    );
    fault("wait around 5s\n", "E001", "around", "call wait");
    fault("goto\n", "E001", "", "goto LABEL");
    fault("repeat\n", "E021", "", "repeat NUMBER");
    fault("eventually x\n", "E001", "", "`within`");
    fault("end if\n", "E001", "if", "leave the rest out");
    fault("use\n", "E001", "", "use 'file.scn'");
    fault("case\nend\n", "E001", "", "case TEXT");
    fault("if(x) then echo\n", "E015", "if(x)", "if CONDITION");
    fault("assert x wihin 5s\n", "E021", "wihin", "`within`");
}

#[test]
fn a_command_is_a_bare_name() {
    assert_eq!(
        step("start-load.v2 --now").command.bare(),
        Some("start-load.v2")
    );
    fault("./x.sh a\n", "E015", "./x.sh", "run ./x.sh");
    fault("'x' a\n", "E015", "'x'", "without quotes");
    fault("#{x} a\n", "E015", "#{x}", "call #{x}");
    fault("x=1\n", "E015", "x=1", "set x =");
    fault("set x=1\n", "E001", "x=1", "set x = 1");
    let call = step("call if #{x} y");
    assert!(call.call && call.command.bare() == Some("if"));
    assert_eq!(call.words.len(), 2);
}

#[test]
fn modifiers_stand_in_any_order() {
    let step = step("retry 3 every 1s on #{h} timeout (t * 2) input 'a b' not soft try run x --y");
    assert_eq!(step.modifiers.len(), 7);
    assert_eq!(step.command.bare(), Some("run"));
    let StatementKind::SetStep { step, .. } = statement("set r must retry within 5s run x") else {
        panic!();
    };
    assert!(matches!(step.modifiers[0].kind, ModifierKind::Must));
    assert!(matches!(
        step.modifiers[1].kind,
        ModifierKind::RetryWithin { every: None, .. }
    ));
    assert!(matches!(
        statement("retry within 5s every 1s\nend"),
        StatementKind::Retry { .. }
    ));
    assert!(matches!(
        statement("retry within x run y"),
        StatementKind::Command(_)
    ));
    fault("timeout t * 2 run x\n", "E024", "*", "(t * …)");
    fault(
        "timeout 5s timeout 6s run x\n",
        "E028",
        "timeout 6s",
        "twice",
    );
    fault("must run x\n", "E034", "must", "set");
    fault("timeout 5s set x run y\n", "E016", "set", "after");
    fault("defer goto x\n", "E016", "goto", "call goto");
    fault("background b wait until x\n", "E016", "wait", "call wait");
}

#[test]
fn await_takes_timeout_and_try() {
    let StatementKind::Await {
        names,
        timeout,
        attempt,
    } = statement("try timeout 5s await a start-load")
    else {
        panic!();
    };
    assert_eq!((names.len(), timeout.is_some(), attempt), (2, true, true));
    assert!(matches!(statement("cancel a b"), StatementKind::Cancel(names) if names.len() == 2));
}

#[test]
fn set_keeps_a_value_or_a_result() {
    assert!(matches!(
        statement("set x = 1 + 2"),
        StatementKind::Set { .. }
    ));
    assert!(matches!(
        statement("set x run =1"),
        StatementKind::SetStep { .. }
    ));
}

#[test]
fn one_line_ifs_have_one_statement_a_side() {
    let StatementKind::If {
        arms,
        otherwise,
        one_line,
    } = statement("if a then echo \"else\" b else set x = [1, 'else']")
    else {
        panic!();
    };
    assert!(one_line && otherwise.is_some());
    assert!(
        matches!(&arms[0].1.statements[0].kind, StatementKind::Command(step) if step.words.len() == 2)
    );
    fault("if a then if b then c\n", "E032", "if", "then");
    fault("if a then do\n", "E032", "do", "end");
    fault(
        "if a then x else retry within 5s\n",
        "E032",
        "retry",
        "then",
    );
    fault("if a then b:\n", "E035", "b", "goto b");
    fault(
        "if a then b else c else d\n",
        "E001",
        "else",
        "if CONDITION",
    );
}

#[test]
fn blocks_close_and_what_is_stray_is_said() {
    let found = parse("if a\n while b\n").diagnostics;
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|fault| fault.code.name == "E012" && fault.incomplete)
    );
    fault("end\n", "E013", "end", "closes nothing");
    fault("while x\nelse\nend\n", "E014", "else", "no `if`");
    fault(
        "if x\nelse\nelse if y\nend\n",
        "E014",
        "else if y",
        "but its `end`",
    );
    fault("if x then y\nelse z\n", "E001", "z", "else");
    // A first line that cannot be read opens its block all the same.
    fault("while x +\n echo a\nend\n", "E021", "", "value");
}

#[test]
fn one_pass_reports_every_fault() {
    let found = faults("echo 'a\nset x = 1 +\nwait\necho fine\nx=1\n");
    let codes: Vec<_> = found.iter().map(|fault| fault.0).collect();
    assert_eq!(codes, ["E004", "E021", "E001", "E015"]);
}

#[test]
fn labels_stand_alone_with_their_colon() {
    assert!(matches!(statement("again:"), StatementKind::Label(label) if label.name == "again"));
    assert!(matches!(statement("10:"), StatementKind::Label(_)));
    fault("again: run x\n", "E035", "run", "alone");
    fault("then:\n", "E017", "then", "name");
    assert_eq!(parse("again :\n").diagnostics, []);
}

#[test]
fn waits_have_their_clauses_in_their_order() {
    let StatementKind::WaitEvent {
        event,
        since,
        within,
        name,
    } = statement(
        "wait event 'A *' or /b c\\/\\d+ #x/ or z from Server[1] where it.n > 3 since m within (2 * t) as e # c",
    )
    else {
        panic!();
    };
    assert_eq!(event.patterns.len(), 3);
    assert_eq!(
        event.patterns[1].kind,
        PatternKind::Regex("b c/\\d+ #x".to_owned())
    );
    assert_eq!(event.from.unwrap().bare(), Some("Server[1]"));
    assert!(event.filter.is_some() && since.is_some() && within.is_some());
    assert_eq!(name.unwrap().name, "e");
    assert!(matches!(
        statement("never event 'x' from y"),
        StatementKind::NeverEvent(_)
    ));
    assert!(matches!(
        statement("never event.level > 3"),
        StatementKind::Always { negated: true, .. }
    ));
    assert!(matches!(
        statement("eventually x within 5s every 1s"),
        StatementKind::Eventually { .. }
    ));
    assert!(matches!(
        statement("hold x == 1 for 5s"),
        StatementKind::Hold { .. }
    ));
    fault("wait until x within 2s * 2\n", "E024", "*", "(2s * …)");
    fault("wait event /a/b/\n", "E001", "/a/b/", "PATTERN");
}

#[test]
fn messages_follow_a_comma() {
    let StatementKind::Assert {
        condition, message, ..
    } = statement("check f(a, b) == 1, 'no ' + x")
    else {
        panic!();
    };
    assert_eq!(tree(&condition), "(f(a b) Equal 1)");
    assert_eq!(tree(&message.unwrap()), "('no ' Add x)");
    fault("require x, y, z\n", "E021", ",", "operator");
}

#[test]
fn headers_stand_first_and_are_known() {
    let parsed = parse(
        "# c\n@timeout 5m # d\n\n@on event X.STATE == 'Y'\n@on schedule '* * * * *' in Europe/London\necho\n",
    );
    assert_eq!(parsed.diagnostics, []);
    assert!(matches!(
        &parsed.file.headers[1].kind,
        HeaderKind::On(Trigger::State { .. })
    ));
    assert_eq!(parsed.file.comments.len(), 2);
    fault(
        "echo a\n@timeout 5m\n",
        "E026",
        "@timeout 5m",
        "first statement",
    );
    fault("@titel x\n", "E027", "@titel", "@title");
    fault("@title a\n@title b\n", "E028", "@title b", "twice");
    fault(
        "@known X until 2027-02-30\n",
        "E036",
        "2027-02-30",
        "no day",
    );
    fault("@language 2\n", "E029", "2", "1");
    fault("@param x = y\n", "E025", "y", "written out");
    fault("step f a=g()\nend\n", "E025", "g()", "written out");
    fault("step f a=b\nend\n", "E025", "b", "quotes");
}

#[test]
fn what_is_no_text_is_an_error_at_its_place() {
    let parsed = parse_bytes(b"echo a\necho \xFFb\n");
    assert_eq!(
        (
            parsed.diagnostics[0].code.name,
            parsed.diagnostics[0].span.start
        ),
        ("E002", 12)
    );
    fault("echo a\u{0}b\n", "E003", "\u{0}", "U+0000");
    fault("echo 'a\u{7F}'\n", "E003", "\u{7F}", "\\u{7F}");
    fault("echo a\rb\n", "E003", "\r", "U+000D");
    fault("# a\u{85}\n", "E003", "\u{85}", "U+0085");
    for unclosed in [
        "echo \"a\\",
        "echo \"a\\\n",
        "echo “a\\\r\n",
        "echo \"\"\"\na\\",
    ] {
        let parsed = parse(unclosed);
        let span = parsed.diagnostics[0].span;
        assert!(
            span.end as usize <= unclosed.len(),
            "{unclosed:?}: {span:?}"
        );
    }
}

#[test]
fn lines_of_environments_are_read_alone() {
    assert_eq!(
        parse_command_line("stop_load #{args}").unwrap().words.len(),
        1
    );
    assert!(parse_command_line("goto x").is_err());
    assert!(parse_command_line("a\nb").is_err());
    assert!(parse_command_line("").is_err());
    assert!(matches!(
        parse_statement_line("set x = 1").unwrap().kind,
        StatementKind::Set { .. }
    ));
    assert!(parse_statement_line("while x\nend").is_err());
    assert_eq!(shown(&parse_word("a='b'").unwrap()), "a='b'");
    assert!(parse_word("a b").is_err());
    assert!(parse_expression("a +").is_err());
    assert!(parse_expression("").is_err());
    assert!(parse_expression("1\nsh x").is_err());
    assert!(parse_expression("1 # one\n").is_ok());
    assert!(parse_expression("(1\n) + 2").is_err());
    assert_eq!(
        tree(&parse_expression("  30000 + id ").unwrap()),
        "(30000 Add id)"
    );
}

#[test]
fn texts_of_environments_know_interpolations_alone() {
    let text = |source: &str| {
        parse_text(source).map(|parts| {
            parts
                .iter()
                .map(|part| match part {
                    Part::Quoted(text) => text.to_string(),
                    Part::Value { expr, .. } => format!("<{}>", tree(expr)),
                    other => format!("{other:?}"),
                })
                .collect::<String>()
        })
    };
    assert_eq!(
        text("it's \"#{free_port()}\" \\d #{'#{'}").unwrap(),
        "it's \"<free_port()>\" \\d <'#{'>"
    );
    assert_eq!(text("").unwrap(), "");
    assert!(matches!(
        parse_text("#{*words}").unwrap()[..],
        [Part::Splat(_)]
    ));
    assert!(parse_text("#{x").is_err());
    assert!(parse_text("a#{*x}").is_err());
}

#[test]
fn places_count_lines_and_characters_from_one() {
    assert_eq!(line_col("é\nab", 0), (1, 1));
    assert_eq!(line_col("é\nab", 1), (1, 1));
    assert_eq!(line_col("é\nab", 2), (1, 2));
    assert_eq!(line_col("é\nab", 4), (2, 2));
    assert_eq!(line_col("é\nab", 99), (2, 3));
}

#[test]
fn operators_know_where_they_stand() {
    let parsed = parse_expression("a not   in b").unwrap();
    let ExprKind::Binary {
        operator,
        operator_span,
        ..
    } = parsed.kind
    else {
        panic!();
    };
    assert_eq!((operator, operator_span.range()), (Operator::NotIn, 2..10));
}
