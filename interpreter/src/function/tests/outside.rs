//! What functions that look outside give, in a world made for it.

use scn_protocol::value::MASK;

use crate::ops::tests::evaluate::{Still, check_in};

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
