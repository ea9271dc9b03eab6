//! What functions of their arguments alone give, line by line.

use scn_protocol::value::MASK;

use crate::ops::tests::evaluate::check;

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
            "replace(join(range(100000), 'x'), 'x', join(range(100000), 'x'))",
            "ERROR replace('0x1x2x3x4x5x6x7x8x9x10x11x12x13x14x15x16x17x18x19x20x21x22x2…', 'x', \
             '0x1x2x3x4x5x6x7x8x9x10x11x12x13x14x15x16x17x18x19x20x21x22x2…'): the text would have 58888800001 bytes, and 268435456 are the most",
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
            "json(replace('[[[[[[[[[[', '[', '[[[[[[[[[[[') + replace(']]]]]]]]]]', ']', ']]]]]]]]]]]'))",
            "ERROR json('[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…'): lists and maps are nested deeper than 100",
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
            "ERROR range(-9223372036854775807, 9223372036854775807): the list would have more than 10000000 elements, which are the most",
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
