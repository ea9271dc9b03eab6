//! The one style: what it looks like, and that it changes no meaning.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use scn_grammar::spanless::same;
use scn_grammar::{format, parse};

/// Formats, and holds that the tree and the comments stay and that once is enough.
#[track_caller]
fn formatted(source: &str) -> String {
    let once = format(source).unwrap();
    let before = parse(source);
    let after = parse(&once);
    assert_eq!(after.diagnostics, [], "{once}");
    assert!(same(&before.file, &after.file), "{source}\n→\n{once}");
    let comments = |text: &str, file: &scn_grammar::tree::File| -> Vec<String> {
        file.comments
            .iter()
            .map(|span| text[span.range()].to_owned())
            .collect()
    };
    assert_eq!(comments(source, &before.file), comments(&once, &after.file));
    assert_eq!(format(&once).unwrap(), once, "a second time");
    once
}

#[test]
fn a_file_with_every_statement_keeps_its_tree() {
    formatted(include_str!("corpus/every.scn"));
}

#[test]
fn blocks_are_indented_by_two_and_words_parted_by_one_blank() {
    assert_eq!(
        formatted("if   x\n      echo   a\n\telse\necho b # c\nwhile y\nbreak\n  end\n end"),
        "if x\n  echo a\nelse\n  echo b # c\n  while y\n    break\n  end\nend\n"
    );
}

#[test]
fn at_most_one_empty_line_stays_and_none_at_the_ends() {
    assert_eq!(
        formatted("\n\necho a\n\n\n\n# b\necho c\n\n\n"),
        "echo a\n\n# b\necho c\n"
    );
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("  \n\t\n"), "");
}

#[test]
fn expressions_have_blanks_around_operators_and_none_in_brackets() {
    assert_eq!(
        formatted(
            "set x=1\n"
                .replace("x=1", "x = ( 1+2 )*len( [1 ,2, ] )- -y%  2")
                .as_str()
        ),
        "set x = (1 + 2) * len([1, 2]) - -y % 2\n"
    );
    assert_eq!(
        formatted("assert not  x  not   in {a:1,'b' :2}.a,'m'\n"),
        "assert not x not in {a: 1, 'b': 2}.a, 'm'\n"
    );
    assert_eq!(
        formatted("step f a  = 1 b=-2s\nend\n"),
        "step f a=1 b=-2s\nend\n"
    );
}

#[test]
fn a_value_keeps_its_spelling() {
    let source = "set x = 1m30s + 007 - 1.50 * “a” + ‘b’ + \"\\u{41}\"\n";
    assert_eq!(formatted(source), source);
}

#[test]
fn a_line_that_goes_on_goes_on_at_the_same_words() {
    assert_eq!(
        formatted("  run a \\\n b   c \\  \n\td # e\n"),
        "run a \\\n    b c \\\n    d # e\n"
    );
    assert_eq!(
        formatted("do\nassert x and \\\ny\nend\n"),
        "do\n  assert x and \\\n      y\nend\n"
    );
}

#[test]
fn a_backslash_before_the_one_at_the_end_of_a_line_is_a_word() {
    for after in ["# c", "b", " \\\n\\ \\\n# c"] {
        let once = formatted(&std::format!("echo a \\ \\\n{after}"));
        assert!(once.starts_with("echo a \\"), "{once}");
    }
}

#[test]
fn a_text_of_many_lines_moves_with_its_statement() {
    assert_eq!(
        formatted("do\nwrite f \"\"\"   \n a\n   b #{x}\n\n c\"\"\" g\nend\n"),
        "do\n  write f \"\"\"\n    a\n      b #{x}\n\n    c\"\"\" g\nend\n"
    );
    assert_eq!(
        formatted("set t = \"\"\"\n\tone\n\t  two\n\t\"\"\" + 'x'\n"),
        "set t = \"\"\"\n  one\n    two\n\"\"\" + 'x'\n"
    );
    formatted("echo \"\"\"\n   \n \n\"\"\"\n");
    formatted("echo \"\"\"\n\"\"\"\n");
}

#[test]
fn a_file_with_faults_is_left_alone() {
    assert_eq!(format("if x\n").unwrap_err().len(), 1);
}
