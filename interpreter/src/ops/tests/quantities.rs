//! What expressions of numbers and quantities give, line by line.

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
fn what_28_digits_do_not_hold_is_rounded_to_the_even_digit() {
    check(&[
        ("0.0000000000000000000000000005 * 0.1", "0"),
        (
            "0.0000000000000000000000000015 * 0.1",
            "0.0000000000000000000000000002",
        ),
        (
            "0.0000000000000000000000000025 * 0.1",
            "0.0000000000000000000000000002",
        ),
        ("0.0000000000000000000000000001 / 2", "0"),
        (
            "0.0000000000000000000000000003 / 2",
            "0.0000000000000000000000000002",
        ),
        (
            "0.0000000000000000000000000005 / 2",
            "0.0000000000000000000000000002",
        ),
        (
            "100000000000000000000000000.0 * 10 / 8 * 8 + 0.5",
            "1000000000000000000000000000",
        ),
        (
            "999999999999999999999999999.5 * 10 + 0.5",
            "9999999999999999999999999996",
        ),
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
