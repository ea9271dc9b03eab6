//! Answers of the line protocol as values.

use scn_plugin::{Decimal, Map, Value};

/// The last line's first word, which says what it is, and the values of its other words; what has
/// no `key=` is named by `names`, one after the other.
pub(crate) fn read<'a>(line: &'a str, names: &[&str]) -> (&'a str, Map) {
    let mut words = line.split(' ');
    let verb = words.next().unwrap_or_default();
    let mut names = names.iter();
    let mut found = Map::new();
    for word in words {
        match word.split_once('=') {
            Some((key, word)) => found.insert(key, value(word)),
            None => {
                if let Some(name) = names.next() {
                    found.insert(*name, value(word));
                }
            }
        }
    }
    (verb, found)
}

/// A number is one, anything else is text.
fn value(word: &str) -> Value {
    if let Ok(number) = word.parse::<i64>() {
        return Value::Int(number);
    }
    match word.parse::<Decimal>() {
        Ok(number) => Value::Decimal(number),
        Err(_) => Value::Text(word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_named_and_numbers_are_numbers() {
        let line = "FILL ann 7 trade=3 quantity=40 price=10.5";
        let (verb, fill) = read(line, &["client", "id"]);
        assert_eq!(verb, "FILL");
        assert_eq!(fill.get("client"), Some(&Value::Text("ann".to_owned())));
        assert_eq!(fill.get("id"), Some(&Value::Int(7)));
        assert!(
            matches!(fill.get("price"), Some(Value::Decimal(price)) if price.to_string() == "10.5")
        );
    }

    #[test]
    fn words_without_a_name_are_passed_over() {
        let (verb, found) = read("PONG and more", &[]);
        assert_eq!((verb, found.len()), ("PONG", 0));
        let (verb, found) = read("", &["client"]);
        assert_eq!((verb, found.len()), ("", 0));
    }
}
