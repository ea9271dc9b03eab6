//! Tests of the functions: their own examples, tables in the language, and laws.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use scn_protocol::value::MASK;
use scn_protocol::{Value, json};

use super::{FUNCTIONS, Kind, call, find};
use crate::ops::tests::evaluate::{Still, check, check_in};
use crate::ops::{equal, order};

#[test]
fn the_list_is_the_languages() {
    let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    assert_eq!(
        names.join(" "),
        "len upper lower trim lines split join replace match int decimal text json csv keys values pairs range \
         first last min max sum avg sort abs round percentile now random uuid env file exists free_port"
    );
    let outside: Vec<&str> = FUNCTIONS
        .iter()
        .filter(|f| f.outside)
        .map(|f| f.name)
        .collect();
    assert_eq!(
        outside.join(" "),
        "csv now random uuid env file exists free_port"
    );
}

#[test]
fn every_function_that_is_written_is_in_the_list() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/function");
    let mut written = 0;
    for entry in fs::read_dir(folder)? {
        let source = fs::read_to_string(entry?.path())?;
        written += source
            .matches(concat!(": Function", " = Function {"))
            .count();
    }
    assert_eq!(written, FUNCTIONS.len());
    Ok(())
}

#[test]
fn the_examples_give_what_they_say() {
    for function in FUNCTIONS {
        check(function.examples);
        let named = |(source, _): &(&str, &str)| source.contains(&format!("{}(", function.name));
        assert!(function.examples.iter().all(named), "{}", function.name);
        assert!(
            function
                .signature
                .starts_with(&format!("{}(", function.name))
        );
        assert!(function.help.ends_with('.'), "{}", function.name);
    }
}

#[test]
fn arguments_are_counted() {
    check(&[
        (
            "upper()",
            "ERROR upper takes one argument, not none: upper(TEXT)",
        ),
        ("now(1)", "ERROR now takes no argument, not 1: now()"),
        (
            "replace('a', 'b')",
            "ERROR replace takes 3 arguments, not 2: replace(TEXT, OLD, NEW)",
        ),
        (
            "range()",
            "ERROR range takes 1 to 3 arguments, not none: range([FIRST,] END [, STEP])",
        ),
        (
            "min()",
            "ERROR min takes one argument or more, not none: min(LIST) or min(VALUE, VALUE…)",
        ),
    ]);
    let range = find("range").map(|f| (f.param(0), f.param(2), f.param(3)));
    assert_eq!(range, Some((Some(Kind::Int), Some(Kind::Int), None)));
    assert_eq!(find("min").and_then(|f| f.param(9)), Some(Kind::Any));
    assert_eq!(find("now").map(|f| f.param(0)), Some(None));
    assert!(find("lenght").is_none());
}

#[test]
fn kinds_for_the_checker() {
    assert!(Kind::Number.admits(Kind::Int));
    assert!(Kind::Number.admits(Kind::Text), "text may read as a number");
    assert!(!Kind::Number.admits(Kind::Duration));
    assert!(!Kind::List.admits(Kind::Text));
    assert!(Kind::List.admits(Kind::Any));
    assert!(Kind::Any.admits(Kind::None));
    assert!(Kind::Map.admits(Kind::MapOrNone));
    assert!(!Kind::Word.admits(Kind::None));
    assert!(Kind::Text.admits(Kind::Handle));
    assert_eq!(Kind::of(&Value::Int(1).into_secret()), Kind::Int);
}

#[test]
fn text_functions() {
    check(&[
        ("upper(none)", "ERROR upper(none): none is no text"),
        ("lower([1])", "ERROR lower([1]): a list is no text"),
        ("upper(1.50)", "1.5"),
        ("lines(\"a\\u{d}\\nb\\u{d}\\n\")", r#"["a","b"]"#),
        ("split('a--b', '--')", r#"["a","b"]"#),
        ("split('', ',')", r#"[""]"#),
        ("split('')", "[]"),
        (
            "split('ab', '')",
            "ERROR split('ab', ''): the separator is empty",
        ),
        ("join('ab')", "ERROR join('ab'): text is no list"),
        ("join([[1], none], '-')", "[1]-none"),
        ("replace('aaa', 'a', 'b')", "bbb"),
        (
            "replace('a', '', 'b')",
            "ERROR replace('a', '', 'b'): the text to replace is empty",
        ),
        (
            "match('k=v', '(?<key>\\w)=(\\d)?')",
            r#"{"0":"k=","key":"k","1":"k","2":null}"#,
        ),
        (
            "match('a', '(')",
            "ERROR match('a', '('): '(' is no regular expression: unclosed group",
        ),
    ]);
}

#[test]
fn conversions() {
    check(&[
        ("int('abc')", "ERROR int('abc'): 'abc' is no whole number"),
        ("int('2.7')", "ERROR int('2.7'): '2.7' is no whole number"),
        ("int(none)", "ERROR int(none): none is no whole number"),
        ("int(true)", "ERROR int(true): true is no whole number"),
        (
            "int(5s)",
            "ERROR int(5s): a time is no number; divided by a unit, as in `x / 1ms`, it is one",
        ),
        (
            "int(decimal('99999999999999999999'))",
            "ERROR int(99999999999999999999): 99999999999999999999 does not fit a whole number of 64 bits",
        ),
        ("decimal('x')", "ERROR decimal('x'): 'x' is no decimal"),
        ("text(none)", "none"),
        ("text({a: [1.50, 64KiB]})", r#"{"a":[1.5,"64KiB"]}"#),
        (
            "json('{')",
            "ERROR json('{'): the text is no JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            "json([1])",
            "ERROR json([1]): a list is no JSON text; text(…) makes JSON of a list or a map",
        ),
        ("json('1e3') + 0", "1000"),
        (
            "json('0.1234567890123456789012345678901234') > 0.12",
            "true",
        ),
        ("json('{\"$duration\": \"1s\"}')", r#"{"$duration":"1s"}"#),
    ]);
}

#[test]
fn lists_and_maps() {
    check(&[
        ("len(5)", "ERROR len(5): a whole number has no length"),
        ("keys([1])", "ERROR keys([1]): a list is no map"),
        ("first([])", "ERROR first([]): the list is empty"),
        ("last('ab')", "ERROR last('ab'): text is no list"),
        ("range(5, 2)", "[]"),
        ("range(0, 10, 3)", "[0,3,6,9]"),
        ("range(0, 9, 3)", "[0,3,6]"),
        ("range(1, 5, 0)", "ERROR range(1, 5, 0): the step is 0"),
        ("range(4 / 2)", "[0,1]"),
        (
            "range(9223372036854775805, 9223372036854775807)",
            "[9223372036854775805,9223372036854775806]",
        ),
        (
            "range(-9223372036854775807, 9223372036854775807)",
            "ERROR range(-9223372036854775807, 9223372036854775807): 18446744073709551614 elements are too many for a list \
             (at most 10000000); `repeat` and `while` need no list",
        ),
        (
            "sort([3, '1'])",
            "ERROR sort([3,\"1\"]): 3 and '1' have no order between them: all elements must be of one kind",
        ),
        ("sort([none])", "ERROR sort([null]): none has no order"),
        ("sort([])", "[]"),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("min([])", "ERROR min([]): the list is empty"),
        (
            "min(none)",
            "ERROR min(none): cannot order none and none: none has no order",
        ),
        ("max(1, 2.5, '3')", "3"),
        (
            "max(1s, 1MB)",
            "ERROR max(1s, 1MB): cannot order 1MB and 1s: a size and a time have no order between them",
        ),
        ("sum(['1', '2'])", "3"),
        ("sum([1, 'x'])", "ERROR sum([1,\"x\"]): 'x' is no number"),
        (
            "sum([9223372036854775807, 1])",
            "ERROR sum([9223372036854775807,1]): 9223372036854775807 + 1: overflow: the result does not fit 64 bits",
        ),
        ("avg([])", "ERROR avg([]): the list is empty"),
        ("avg([1, 2])", "1.5"),
        ("avg(['10', '20'])", "15"),
        ("abs('-3')", "3"),
        ("abs(-5%)", "5%"),
        ("round(2.5)", "2"),
        ("round(3.5)", "4"),
        ("round(-2.5)", "-2"),
        ("round(7)", "7"),
        ("round(1250, -2)", "1200"),
        ("round(1350, -2)", "1400"),
        ("round(1250.1, -2)", "1300"),
        ("round(-1251, -2)", "-1300"),
        ("round(2.345, 2)", "2.34"),
        (
            "round(1.5, 99)",
            "ERROR round(1.5, 99): the digits must be -28 to 28",
        ),
        (
            "round(1.5s)",
            "ERROR round(1.5s): a time is no number; divided by a unit, as in `x / 1ms`, it is one",
        ),
        ("percentile([1, 2, 3, 4], 50)", "2"),
        ("percentile([1, 2, 3, 4], 0)", "1"),
        ("percentile([1, 2, 3, 4], 100)", "4"),
        ("percentile([1, 2, 3, 4], 50.1%)", "3"),
        ("percentile(['10', '9'], 100)", "10"),
        (
            "percentile([], 50)",
            "ERROR percentile([], 50): the list is empty",
        ),
        (
            "percentile([1], 101)",
            "ERROR percentile([1], 101): the percentage must be 0 to 100",
        ),
        (
            "percentile([1, 1s], 50)",
            "ERROR percentile([1,\"1s\"], 50): cannot order 1 and 1s: a whole number and a time have no order between them",
        ),
    ]);
}

#[test]
fn chance_stays_within_its_bounds() {
    for bits in [0, 1, u64::MAX / 2, u64::MAX] {
        let mut world = Still {
            bits: vec![bits],
            ..Still::default()
        };
        check_in(
            &mut world,
            &[
                ("random() >= 0 and random() < 1", "true"),
                ("random(3, 5) in [3, 4, 5]", "true"),
                (
                    "random(-9223372036854775807, 9223372036854775807) != none",
                    "true",
                ),
                ("random(['a', 'b']) in 'ab'", "true"),
                ("random([])", "ERROR random([]): the list is empty"),
                (
                    "random(5)",
                    "ERROR random(5): a whole number is no list: give no argument, a list, or two whole numbers",
                ),
                (
                    "random(2, 1)",
                    "ERROR random(2, 1): the first is greater than the second",
                ),
            ],
        );
    }
    let mut ends = Still {
        bits: vec![0, u64::MAX],
        ..Still::default()
    };
    check_in(&mut ends, &[("[random(3, 5), random(3, 5)]", "[3,5]")]);
}

#[test]
fn a_uuid_is_of_version_4() {
    let mut world = Still {
        bits: vec![u64::MAX, u64::MAX, 0, 0],
        ..Still::default()
    };
    check_in(
        &mut world,
        &[
            ("uuid()", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
            ("uuid()", "00000000-0000-4000-8000-000000000000"),
        ],
    );
}

#[test]
fn files_and_variables() {
    let mut world = Still {
        files: vec![("a.txt", b"one\ntwo\n".to_vec()), ("raw", vec![b'a', 0xff])],
        ..Still::default()
    };
    check_in(
        &mut world,
        &[
            ("len(file('a.txt'))", "8"),
            ("lines(file('a.txt'))[1]", "two"),
            ("file('raw')", "a\u{fffd}"),
            (
                "file('none')",
                "ERROR file('none'): cannot read the file: no such file",
            ),
            ("exists('a.txt')", "true"),
            ("env('HOME')", "/home/tester"),
            ("env('DB_PASSWORD')", MASK),
            ("free_port() == free_port()", "false"),
        ],
    );
}

#[test]
fn tables_of_comma_separated_values() {
    let files: &[(&'static str, &[u8])] = &[
        ("plain", b"id,side\n1,buy\n2,sell\n"),
        (
            "windows",
            b"\xef\xbb\xbfid, side\r\n1,\"a, \"\"b\"\"\"\r\n\r\n2,\"two\r\nlines\"",
        ),
        ("header", b"id,side\n"),
        ("empty", b""),
        ("short", b"id,side\n1,buy\n2\n"),
        ("long", b"id\n\"a\nb\"\n1,2\n"),
        ("open", b"id,side\n1,buy\n2,\"sell\n3,buy\n"),
        ("open_end", b"id,side\n1,\"buy"),
        ("twice", b"id,id\n1,2\n"),
        ("latin", b"name\nJos\xe9\n"),
        ("inch", b"size\n5\" disk\n"),
    ];
    let mut world = Still {
        files: files
            .iter()
            .map(|(name, text)| (*name, text.to_vec()))
            .collect(),
        ..Still::default()
    };
    check_in(
        &mut world,
        &[
            (
                "csv('plain')",
                r#"[{"id":"1","side":"buy"},{"id":"2","side":"sell"}]"#,
            ),
            ("csv('windows')[0].side", "a, \"b\""),
            ("csv('windows')[1].side == \"two\\u{d}\\nlines\"", "true"),
            ("len(csv('windows'))", "2"),
            ("csv('header')", "[]"),
            (
                "csv('empty')",
                "ERROR csv('empty'): the file is empty: its first line must name the columns",
            ),
            (
                "csv('short')",
                "ERROR csv('short'): line 3 has 1 field, and the first line names 2 columns",
            ),
            (
                "csv('long')",
                "ERROR csv('long'): line 4 has 2 fields, and the first line names 1 column",
            ),
            (
                "csv('open')",
                "ERROR csv('open'): line 3: a quote opens here and is never closed",
            ),
            (
                "csv('open_end')",
                "ERROR csv('open_end'): line 2: a quote opens here and is never closed",
            ),
            (
                "csv('twice')",
                "ERROR csv('twice'): line 1: two columns are named 'id'",
            ),
            ("csv('latin')[0].name", "Jos\u{fffd}"),
            ("csv('inch')[0].size", "5\" disk"),
            (
                "csv('gone')",
                "ERROR csv('gone'): cannot read the file: no such file",
            ),
        ],
    );
}

#[test]
fn secrets_stay_secret() {
    check(&[
        ("upper(secret)", MASK),
        ("split(secret, 'n')[0]", MASK),
        ("text([secret])", MASK),
        ("join(['a', secret])", MASK),
        ("len(secret)", MASK),
        ("len([secret])", "1"),
        ("first([1, secret])", "1"),
        ("last([1, secret])", MASK),
        ("keys({a: secret})", r#"["a"]"#),
        ("values({a: 1, b: secret})[1]", MASK),
        ("first(values({a: 1, b: secret}))", "1"),
        ("pairs({a: secret})[0][0]", "a"),
        (
            "split([secret])",
            "ERROR split(********): a list is no text",
        ),
        (
            "int(secret)",
            "ERROR int(********): an argument is not what is needed, and a secret among them forbids to say why",
        ),
        ("max('a', secret)", MASK),
    ]);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<String>().prop_map(Value::text),
        (any::<i64>(), 1..20_u32)
            .prop_filter("with a fraction", |(digits, _)| digits % 10 != 0)
            .prop_map(|(digits, scale)| Value::decimal(scn_protocol::Decimal::new(digits, scale))),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::list),
            vec((any::<String>(), inner), 0..4)
                .prop_map(|entries| Value::map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_goes_there_and_back(value in any_json()) {
        let text = json::to_plain_json(&value);
        let read = find("json").map(|json| call(json, &[Value::text(text)], &mut Still::default()));
        prop_assert_eq!(read, Some(Ok(value)));
    }

    #[test]
    fn sorting_orders_and_loses_nothing(numbers in vec(any::<i8>(), 0..20), texts in vec("[a-d]{0,3}", 0..20)) {
        let numbers = numbers.into_iter().map(|n| {
            if n % 2 == 0 { Value::Int(n.into()) } else { Value::decimal(scn_protocol::Decimal::new(n.into(), 1)) }
        });
        let texts = texts.into_iter().map(Value::text);
        for list in [numbers.collect::<Vec<_>>(), texts.collect()] {
            let sort = find("sort").map(|sort| call(sort, &[Value::list(list.clone())], &mut Still::default()));
            let Some(Ok(Value::List(sorted))) = sort else { panic!("{sort:?}") };
            prop_assert!(sorted.windows(2).all(|pair| order(&pair[0], &pair[1]).is_ok_and(|o| o.is_le())));
            let mut left = sorted.to_vec();
            for value in &list {
                let at = left.iter().position(|other| equal(other, value));
                prop_assert!(at.is_some());
                left.swap_remove(at.unwrap_or_default());
            }
            prop_assert!(left.is_empty());
        }
    }

    #[test]
    fn times_and_sizes_read_back_as_they_are_written(units in any::<i64>()) {
        for value in [Value::Duration(units), Value::Size(units)] {
            let read = crate::ops::number_from_text(&value.to_text());
            prop_assert_eq!(read, Some(value));
        }
    }
}
