//! What expressions give, line by line.

use super::evaluate::check;

#[test]
fn whole_numbers_overflow_loudly() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("9223372036854775807 - 1", "9223372036854775806"),
        (
            "9223372036854775807 + 1",
            "ERROR 9223372036854775807 + 1: overflow: the result does not fit 64 bits",
        ),
        (
            "-9223372036854775807 - 2",
            "ERROR -9223372036854775807 - 2: overflow: the result does not fit 64 bits",
        ),
        (
            "4611686018427387904 * 2",
            "ERROR 4611686018427387904 * 2: overflow: the result does not fit 64 bits",
        ),
        ("(-9223372036854775807 - 1) % -1", "0"),
        (
            "-(-9223372036854775807 - 1)",
            "ERROR --9223372036854775808: overflow: the result does not fit 64 bits",
        ),
        ("1 / 0", "ERROR 1 / 0: division by zero"),
        ("1 % 0", "ERROR 1 % 0: division by zero"),
        ("1.5 % 0", "ERROR 1.5 % 0: division by zero"),
        ("1s / 0", "ERROR 1s / 0: division by zero"),
        ("1s % 0s", "ERROR 1s % 0s: division by zero"),
    ]);
}

#[test]
fn modulo_has_the_sign_of_its_right_side() {
    check(&[
        ("7 % 3", "1"),
        ("-7 % 3", "2"),
        ("7 % -3", "-2"),
        ("-7 % -3", "-1"),
        ("-6 % 3", "0"),
        ("7.5 % 2", "1.5"),
        ("-7.5 % 2", "0.5"),
        ("90s % 1m", "30s"),
    ]);
}

#[test]
fn decimals_are_exact() {
    check(&[
        ("6 / 2", "3"),
        ("7 / 2", "3.5"),
        ("0.1 + 0.2", "0.3"),
        ("0.1 + 0.2 == 0.3", "true"),
        ("1.50", "1.5"),
        ("1.5 + 1.5", "3"),
        ("1 / 3", "0.3333333333333333333333333333"),
        ("2 / 3", "0.6666666666666666666666666667"),
        ("10 / 3", "3.333333333333333333333333333"),
        ("-10 / 3", "-3.333333333333333333333333333"),
        ("10 / 3 * 1.1", "3.666666666666666666666666666"),
        ("0 * -1.5", "0"),
        ("-0.0", "0"),
        (
            "999999999999999999999999999.9 * 10 + 1",
            "ERROR 9999999999999999999999999999 + 1: overflow: the result has more than 28 digits before the point",
        ),
        (
            "999999999999999999999999999.9 * 10 - 1",
            "9999999999999999999999999998",
        ),
        ("1 / 0.5", "2"),
        ("3 == 3.0", "true"),
        ("3 < 3.1", "true"),
        ("2.5 * 4", "10"),
    ]);
}

#[test]
fn quantities_keep_their_kind() {
    check(&[
        ("1m + 30s", "1m30s"),
        ("1s - 3s", "-2s"),
        ("2s * 1.5", "3s"),
        ("3 * 250ms", "750ms"),
        ("1s / 3", "333.333333ms"),
        ("90s / 1m", "1.5"),
        ("1GB + 24MB", "1024MB"),
        ("64KiB * 16", "1MiB"),
        ("1GB / 500MB", "2"),
        ("10% + 5%", "15%"),
        ("50% * 50%", "25%"),
        ("30% / 10%", "3"),
        ("30% / 4", "7.5%"),
        ("-15%", "-15%"),
        ("-(1m30s)", "-1m30s"),
        (
            "1d * 200000",
            "ERROR 1d * 200000: overflow: the result does not fit 64 bits",
        ),
        ("17 % 5", "2"),
    ]);
}

#[test]
fn a_percentage_of_something_is_a_part_of_it() {
    check(&[
        ("15% * 2GB", "300MB"),
        ("2GB * 15%", "300MB"),
        ("50% * 1m", "30s"),
        ("95% * 200", "190"),
        ("200 * 95%", "190"),
        ("99.9% * 1000", "999"),
    ]);
}

#[test]
fn different_kinds_of_quantity_do_not_go_together() {
    check(&[
        (
            "5s + 10MB",
            "ERROR 5s + 10MB: a time and a size cannot be added",
        ),
        (
            "5s - 10%",
            "ERROR 5s - 10%: a percentage cannot be subtracted from a time",
        ),
        (
            "5s * 5s",
            "ERROR 5s * 5s: a time and a time cannot be multiplied",
        ),
        (
            "5s / 1MB",
            "ERROR 5s / 1MB: a time cannot be divided by a size",
        ),
        (
            "5 / 1s",
            "ERROR 5 / 1s: a whole number cannot be divided by a time",
        ),
        (
            "5s + 1",
            "ERROR 5s + 1: a time and a whole number cannot be added",
        ),
        (
            "5s < 10MB",
            "ERROR 5s < 10MB: a time and a size have no order between them",
        ),
        (
            "10% >= 5",
            "ERROR 10% >= 5: a percentage and a whole number have no order between them",
        ),
        ("5s == 10MB", "false"),
        ("5s != 5", "true"),
        ("1000ms == 1s", "true"),
        ("1MB == 1000KB", "true"),
        ("1MiB > 1MB", "true"),
        (
            "true < false",
            "ERROR true < false: true/false has no order",
        ),
        (
            "none < 1",
            "ERROR none < 1: none and a whole number have no order between them",
        ),
        ("[1] < [2]", "ERROR [1] < [2]: a list has no order"),
        (
            "none + 1",
            "ERROR none + 1: none and a whole number cannot be added",
        ),
        (
            "true + 1",
            "ERROR true + 1: true/false and a whole number cannot be added",
        ),
    ]);
}

#[test]
fn moments() {
    check(&[
        ("now()", "1970-01-01T00:00:00Z"),
        ("now() + 1m", "1970-01-01T00:01:00Z"),
        ("1m + now()", "1970-01-01T00:01:00Z"),
        ("(now() + 1500ms) - now()", "1.5s"),
        ("now() < now() + 1s", "true"),
        ("now() == '1970-01-01T00:00:00Z'", "true"),
        ("now() < '2026-11-21T00:00:00Z'", "true"),
        ("now() - '1s'", "1969-12-31T23:59:59Z"),
        (
            "now() + now()",
            "ERROR 1970-01-01T00:00:00Z + 1970-01-01T00:00:00Z: a moment and a moment cannot be added",
        ),
        (
            "now() < 'soon'",
            "ERROR 1970-01-01T00:00:00Z < 'soon': the text cannot be read as a moment or a time",
        ),
    ]);
}

#[test]
fn text_beside_a_number_is_read_as_one() {
    check(&[
        ("'12' == 12", "true"),
        ("12 == ' 12 '", "true"),
        ("'12' == 12.0", "true"),
        ("'abc' == 12", "false"),
        ("'abc' != 12", "true"),
        ("'' == 0", "false"),
        ("'90s' == 1m30s", "true"),
        ("'1.5' < 2", "true"),
        ("2 > '1.5'", "true"),
        ("'15%' == 15%", "true"),
        ("'64KiB' >= 64KiB", "true"),
        ("'true' == true", "true"),
        ("false == 'false'", "true"),
        ("'yes' == true", "false"),
        ("'12' == 12s", "false"),
        ("'5' + 1", "6"),
        ("10 - '2.5'", "7.5"),
        ("'2s' * 2", "4s"),
        ("-'3'", "-3"),
        (
            "'abc' < 12",
            "ERROR 'abc' < 12: the text cannot be read as a number or a quantity",
        ),
        (
            "12 < 'abc'",
            "ERROR 12 < 'abc': the text cannot be read as a number or a quantity",
        ),
        (
            "'abc' + 1",
            "ERROR 'abc' + 1: the text cannot be read as a number or a quantity",
        ),
        (
            "'5' < 1s",
            "ERROR '5' < 1s: a whole number and a time have no order between them",
        ),
        (
            "'a' < none",
            "ERROR 'a' < none: text and none have no order between them",
        ),
        (
            "[] > 'a'",
            "ERROR [] > 'a': a list and text have no order between them",
        ),
        (
            "true < 'true'",
            "ERROR true < 'true': true/false and text have no order between them",
        ),
        (
            "'a' + true",
            "ERROR 'a' + true: text and true/false cannot be added",
        ),
        (
            "'a' + [1]",
            "ERROR 'a' + [1]: text and a list cannot be added",
        ),
        (
            "none + 'a'",
            "ERROR none + 'a': none and text cannot be added",
        ),
    ]);
}

#[test]
fn text_beside_text_is_text() {
    check(&[
        ("'9' > '10'", "true"),
        ("'12' == '12.0'", "false"),
        ("'1' + '2'", "12"),
        ("'a' < 'b'", "true"),
        ("'B' < 'a'", "true"),
        ("'6' * '7'", "42"),
        (
            "'a' * '2'",
            "ERROR 'a' * '2': the text cannot be read as a number or a quantity",
        ),
    ]);
}

#[test]
fn lists_and_maps() {
    check(&[
        ("[1, 2] + [3]", "[1,2,3]"),
        ("[1, '2'] == ['1', 2.0]", "true"),
        ("[1] == [1, 2]", "false"),
        ("{a: 1, b: 2} == {b: '2', a: 1}", "true"),
        ("{a: 1} == {a: 1, b: 2}", "false"),
        ("{a: none} == {b: none}", "false"),
        ("none == none", "true"),
        ("none == 'none'", "false"),
        ("none == false", "false"),
        ("[] == {}", "false"),
        (
            "[1] - [1]",
            "ERROR [1] - [1]: a list cannot be subtracted from a list",
        ),
    ]);
}

#[test]
fn membership() {
    check(&[
        ("2 in [1, 2]", "true"),
        ("'2' in [1, 2]", "true"),
        ("3 not in [1, 2]", "true"),
        ("[1, 2] contains 2.0", "true"),
        ("'a' in {a: 1}", "true"),
        ("{a: 1} contains 'b'", "false"),
        ("'ell' in 'hello'", "true"),
        ("'a1' contains 1", "true"),
        ("'abc' contains ''", "true"),
        ("none in [none]", "true"),
        (
            "1 in 5",
            "ERROR 1 in 5: only text, a list or a map can hold something, and this is a whole number",
        ),
        (
            "none contains 'x'",
            "ERROR none contains 'x': only text, a list or a map can hold something, and this is none",
        ),
        (
            "'text' contains none",
            "ERROR 'text' contains none: text cannot hold none",
        ),
    ]);
}

#[test]
fn conditions_are_true_or_false() {
    check(&[
        ("not false", "true"),
        ("true and not false", "true"),
        ("false or false", "false"),
        (
            "not 1",
            "ERROR a condition must be true or false, and 1 is a whole number",
        ),
        (
            "not 'true'",
            "ERROR a condition must be true or false, and 'true' is text",
        ),
        (
            "true and none",
            "ERROR a condition must be true or false, and none is none",
        ),
    ]);
}

#[test]
fn regular_expressions() {
    check(&[
        ("'PASS: 12' matches '^PASS'", "true"),
        ("'x PASS' matches '^PASS'", "false"),
        ("12 matches '\\d\\d'", "true"),
        (
            "none matches 'x'",
            "ERROR none matches 'x': none is no text",
        ),
        (
            "'a' matches '('",
            "ERROR '(' is no regular expression: unclosed group",
        ),
    ]);
}

#[test]
fn parts_of_values() {
    check(&[
        ("[10, 20, 30][0]", "10"),
        ("[10, 20, 30][-1]", "30"),
        ("[10, 20, 30][6 / 3]", "30"),
        ("[10, 20, 30]['1']", "20"),
        (
            "[10][1]",
            "ERROR index 1 is out of range: the list has 1 element",
        ),
        (
            "[][0]",
            "ERROR index 0 is out of range: the list has 0 elements",
        ),
        (
            "[1, 2][-3]",
            "ERROR index -3 is out of range: the list has 2 elements",
        ),
        (
            "[1][0.5]",
            "ERROR an index must be a whole number: 0.5 is no whole number",
        ),
        ("'naïve'[2]", "ï"),
        ("'naïve'[-1]", "e"),
        (
            "'ab'[2]",
            "ERROR index 2 is out of range: the text has 2 characters",
        ),
        ("{a: 1}['a']", "1"),
        ("{'1': 'x'}[1]", "x"),
        (
            "{a: 1, b: 2}['c']",
            "ERROR there is no key 'c' in the map: it has a, b",
        ),
        (
            "{}['c']",
            "ERROR there is no key 'c' in the map: it is empty",
        ),
        ("{a: {b: 2}}.a.b", "2"),
        ("{a: 1}.b", "none"),
        ("5[0]", "ERROR 5[0]: a whole number has no elements"),
        ("none.x", "ERROR none.x: none has no fields"),
        ("'text'.size", "ERROR 'text'.size: text has no fields"),
    ]);
}

#[test]
fn what_is_computed_from_a_secret_is_secret() {
    const MASK: &str = scn_protocol::value::MASK;
    check(&[
        ("secret + '!'", MASK),
        ("'a' + secret", MASK),
        ("secret[0]", MASK),
        ("[secret]", MASK),
        ("[1, secret][0]", "1"),
        ("[1, secret][1]", MASK),
        ("[1] + [secret]", MASK),
        ("([1] + [secret])[0]", "1"),
        ("secret == 'hunter2'", "true"),
        ("'hunter' in secret", "true"),
        (
            "secret + 1",
            "ERROR ******** + 1: the text cannot be read as a number or a quantity",
        ),
        (
            "secret < 1",
            "ERROR ******** < 1: the text cannot be read as a number or a quantity",
        ),
        (
            "[1][secret]",
            "ERROR an index must be a whole number: ******** is no whole number",
        ),
    ]);
}

#[test]
fn long_values_are_cut_in_errors() {
    let long = "x".repeat(100);
    let shown = "x".repeat(60);
    check(&[(
        &format!("'{long}' + 1"),
        &format!("ERROR '{shown}…' + 1: the text cannot be read as a number or a quantity"),
    )]);
}
