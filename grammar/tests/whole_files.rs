//! Whole files: what is right is read without a word.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use scn_grammar::parse;
use scn_grammar::tree::{ExprKind, Operator, Part, StatementKind};

#[test]
fn a_file_with_every_statement_has_no_fault() {
    let parsed = parse(include_str!("corpus/every.scn"));
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.file.headers.len(), 20);
}

#[test]
fn the_scenario_that_started_it_reads_as_it_stands() {
    let parsed = parse(include_str!("corpus/seed.scn"));
    assert_eq!(parsed.diagnostics, []);
    let statements = &parsed.file.body.statements;
    assert_eq!(statements.len(), 7);
    let StatementKind::If {
        arms,
        otherwise,
        one_line,
    } = &statements[3].kind
    else {
        panic!("{:?}", statements[3]);
    };
    assert!(one_line);
    assert!(otherwise.is_none());
    let ExprKind::Binary {
        operator,
        left,
        right,
        ..
    } = &arms[0].0.kind
    else {
        panic!("{:?}", arms[0].0);
    };
    assert_eq!(*operator, Operator::Equal);
    assert_eq!(
        left.kind,
        ExprKind::Text([Part::Quoted("PASS".into())].into())
    );
    let ExprKind::Interpolation(inner) = &right.kind else {
        panic!("{right:?}");
    };
    assert_eq!(inner.kind, ExprKind::Name("smoke_status".into()));
    let then = arms[0].1.statements.first().unwrap();
    assert!(matches!(&then.kind, StatementKind::Goto(label) if label.name == "pass"));
}
