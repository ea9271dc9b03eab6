//! The one style.

use scn_grammar::spanless::same;

use super::{Target, text};

pub const FORMAT: Target = Target {
    name: "format",
    help: "a scenario that can be read: the same tree after `scn fmt`, which does nothing the second time",
    run,
    most: 4_096,
};

fn run(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let parsed = scn_grammar::parse(text);
    let formatted = scn_grammar::format(text);
    assert_eq!(
        parsed.diagnostics.is_empty(),
        formatted.is_ok(),
        "what can be read can be formatted"
    );
    let Ok(once) = formatted else { return };
    let after = scn_grammar::parse(&once);
    assert_eq!(after.diagnostics, [], "{once:?}");
    assert!(same(&parsed.file, &after.file), "another tree: {once:?}");
    let twice = scn_grammar::format(&once);
    assert_eq!(twice.as_ref(), Ok(&once));
}
