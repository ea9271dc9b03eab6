//! How a value of a type is written as a word: what to type where one is not.

use scn_grammar::Diagnostic;
use scn_protocol::{Type, quantity};

/// With what to type in its place, unless the message says it.
pub fn instead(found: Diagnostic, kind: Type, literal: &str) -> Diagnostic {
    if found.message.contains("unit") {
        return found;
    }
    match kind {
        Type::Duration => match scn_grammar::other_time(literal) {
            Some(time) => found.help(format!("type {time}")).replace(time),
            None => found
                .help("a time is a number with its unit, without a blank: 250ms, 5s, 1m30s, 2h"),
        },
        Type::Size => match other_size(literal) {
            Some(size) => found.help(format!("type {size}")).replace(size),
            None => {
                found.help("a size is a number with its unit, without a blank: 512B, 4KiB, 500MB")
            }
        },
        Type::Percent => found.help("a percentage is a number with its sign, without a blank: 15%"),
        Type::Bool => found.help("type true or false"),
        Type::List => found.help("a list is written as a value, #{[1, 2]}, or as JSON, '[1,2]'"),
        Type::Map => found.help("a map is written as a value, #{{a: 1}}, or as JSON, '{\"a\":1}'"),
        _ => found,
    }
}

/// A size whose unit is written otherwise, or stands apart.
fn other_size(literal: &str) -> Option<String> {
    let close = literal.replace(char::is_whitespace, "");
    let upper = close.to_uppercase();
    let binary = upper.replace("IB", "iB");
    [close, upper, binary]
        .into_iter()
        .find(|size| quantity::parse_size(size).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_known_however_its_unit_is_written() {
        let typed = |literal| other_size(literal);
        assert_eq!(typed("5mb").as_deref(), Some("5MB"));
        assert_eq!(typed("4kib").as_deref(), Some("4KiB"));
        assert_eq!(typed("4 KiB").as_deref(), Some("4KiB"));
        assert_eq!(typed("5 parsecs"), None);
    }
}
