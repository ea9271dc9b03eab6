//! The lines between `scn` and a plug-in, both ways.

use scn_protocol::json;
use scn_protocol::plugin::{Ask, Declaration, Refused, Tell};

use super::Target;

pub const TELLS: Target = Target {
    name: "plugin-tells",
    help: "a line from a plug-in: refused with a reason, or a message that reads the same when it is written again",
    run: tells,
    most: 4_096,
};

pub const ASKS: Target = Target {
    name: "plugin-asks",
    help: "a line to the process that a shared library runs in: likewise",
    run: asks,
    most: 4_096,
};

/// A line is what stands before its end.
fn first_line(input: &[u8]) -> &[u8] {
    input.split(|byte| *byte == b'\n').next().unwrap_or(input)
}

fn tells(input: &[u8]) {
    let input = first_line(input);
    let told = match Tell::parse(input) {
        Ok(told) => told,
        Err(reason) => return assert!(!reason.is_empty()),
    };
    let line = told.to_line();
    assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
    let again = Tell::parse(first_line(&line));
    assert_eq!(again.as_ref(), Ok(&told));
    let Tell::Answer {
        result: Ok(given), ..
    } = &told
    else {
        return;
    };
    let value = given.value();
    let Ok(tree) = given.json() else { return };
    // A value is read straight from the text; by way of a tree it is the same.
    let fields = tree.as_object().and_then(|fields| fields.get("value"));
    if let Some(slowly) = fields.map(json::untagged) {
        assert_eq!(value.ok(), slowly.ok(), "{tree}");
    }
    let _ = Declaration::protocol_of(&tree);
    if let Ok(declared) = Declaration::read(&tree) {
        assert_eq!(Declaration::read(&declared.to_json()), Ok(declared));
    }
}

fn asks(input: &[u8]) {
    let input = first_line(input);
    let asked = match Ask::parse(input) {
        Ok(asked) => asked,
        Err(Refused { message, .. }) => return assert!(!message.is_empty()),
    };
    let line = asked.to_line();
    assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
    let again = Ask::parse(first_line(&line));
    assert_eq!(again.as_ref(), Ok(&asked));
}
