//! An answer of the line protocol as JSON, for those who would rather not take lines apart.

use std::fmt::Write as _;

/// One object: `answer` is the last line's first word, its other words stand under their names,
/// and the lines before it are the list `fills` or `levels`.
///
/// Names and symbols have no character that JSON would have to escape; a reason has none
/// either, but a word that a client made up may be in a refusal, so texts are escaped anyway.
pub fn to_json(lines: &[String]) -> String {
    let Some((last, details)) = lines.split_last() else {
        return "{}".to_owned();
    };
    let words: Vec<&str> = last.split(' ').collect();
    let (verb, rest) = words
        .split_first()
        .map_or(("", &[][..]), |(verb, rest)| (*verb, rest));
    let mut fields = vec![format!("\"answer\": {}", text(verb))];
    // What has no `key=` stands in this order.
    let names: &[&str] = match verb {
        "BOOK" => &["symbol"],
        "REJECT" => &["client", "id", "reason"],
        _ => &["client", "id"],
    };
    fields.extend(objects(rest, names));
    match verb {
        "ACK" => fields.push(format!("\"fills\": {}", list(details, &["client", "id"]))),
        "BOOK" => fields.push(format!(
            "\"levels\": {}",
            list(details, &["symbol", "side"])
        )),
        _ => {}
    }
    format!("{{{}}}", fields.join(", "))
}

fn list(lines: &[String], names: &[&str]) -> String {
    let object = |line: &String| {
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        format!("{{{}}}", objects(&words, names).join(", "))
    };
    format!(
        "[{}]",
        lines.iter().map(object).collect::<Vec<_>>().join(", ")
    )
}

/// `key=value` words under their keys, the others under `names`, one after the other.
fn objects(words: &[&str], names: &[&str]) -> Vec<String> {
    let mut names = names.iter();
    words
        .iter()
        .filter_map(|word| match word.split_once('=') {
            Some((key, word)) => Some(format!("{}: {}", text(key), value(word))),
            None => names
                .next()
                .map(|name| format!("{}: {}", text(name), value(word))),
        })
        .collect()
}

/// A number as it is, anything else as text.
fn value(word: &str) -> String {
    let digits = word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    // JSON has no leading zeros and no bare point.
    let plain = digits && word.parse::<f64>().is_ok_and(f64::is_finite) && !word.ends_with('.');
    let leading = word.starts_with('.')
        || (word.starts_with('0') && word.len() > 1 && !word.starts_with("0."));
    if plain && !leading {
        word.to_owned()
    } else {
        text(word)
    }
}

fn text(word: &str) -> String {
    let mut quoted = String::from('"');
    for letter in word.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(answer: &str) -> String {
        to_json(&answer.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn an_acknowledgement_has_its_fills() {
        assert_eq!(
            json("FILL bob 2 trade=1 quantity=40 price=10.5\nACK bob 2 order=2 filled=40 open=0"),
            r#"{"answer": "ACK", "client": "bob", "id": 2, "order": 2, "filled": 40, "open": 0, "fills": [{"client": "bob", "id": 2, "trade": 1, "quantity": 40, "price": 10.5}]}"#
        );
    }

    #[test]
    fn a_book_has_its_levels() {
        assert_eq!(
            json("LEVEL ACME SELL price=11 quantity=3 orders=1\nBOOK ACME bids=0 asks=1"),
            r#"{"answer": "BOOK", "symbol": "ACME", "bids": 0, "asks": 1, "levels": [{"symbol": "ACME", "side": "SELL", "price": 11, "quantity": 3, "orders": 1}]}"#
        );
    }

    #[test]
    fn a_refusal_has_its_reason_and_nothing_breaks_the_json() {
        assert_eq!(
            json("REJECT a\"b 07 bad-id"),
            r#"{"answer": "REJECT", "client": "a\"b", "id": "07", "reason": "bad-id"}"#
        );
        assert_eq!(json("PONG"), r#"{"answer": "PONG"}"#);
    }
}
