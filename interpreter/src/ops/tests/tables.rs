//! What expressions of text, lists, maps and conditions give, line by line.

use super::evaluate::check;

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
            "ERROR true and none: a condition must be true or false, and none is none",
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
