//! `--tags EXPR`.

use super::{Target, text};
use crate::tags::Tags;

pub const TAGS: Target = Target {
    name: "tags",
    help: "an expression over tags: `not (…)` of it selects what it does not",
    run,
    most: 1_024,
};

fn run(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let Ok(tags) = text.parse::<Tags>() else {
        return;
    };
    let names: Vec<String> = text.split([' ', '(', ')']).map(str::to_owned).collect();
    let selected = tags.select(&names);
    // Unless that nests too deep.
    if let Ok(not) = format!("not ({text})").parse::<Tags>() {
        assert_ne!(not.select(&names), selected);
    }
}
