//! The line protocol between clients and an engine. `README.md` is its description for users.
//!
//! A request is one line of words. An answer is any number of detail lines (`FILL`, `LEVEL`)
//! and one last line, whose first word is none of those; see [`is_last`].

use std::fmt;

use crate::book::Quantity;
use crate::price::Price;

/// The longest request, in bytes, its line end included.
pub const MAX_LINE: usize = 512;
/// The longest client name and the longest symbol.
const MAX_NAME: usize = 40;
/// The largest quantity of one order.
pub const MAX_QUANTITY: Quantity = 1_000_000_000;

/// Which way an order trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// It buys.
    Buy,
    /// It sells.
    Sell,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        })
    }
}

/// A new order, as its client wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Who sends it.
    pub client: String,
    /// The client's own number for it; with `client` it names the order for ever.
    pub id: u64,
    /// What is traded.
    pub symbol: String,
    /// Which way.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
    /// The worst price that is acceptable; `None` for a market order.
    pub limit: Option<Price>,
}

/// What changes the market, and is therefore sequenced, replicated and journalled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A new order.
    New(NewOrder),
    /// Take what is still open of an order out of the book.
    Cancel {
        /// Who sent the order.
        client: String,
        /// The client's number for the order.
        id: u64,
    },
}

impl Command {
    /// The client and its number for the order.
    pub fn name(&self) -> (&str, u64) {
        match self {
            Command::New(order) => (&order.client, order.id),
            Command::Cancel { client, id } => (client, *id),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::New(NewOrder {
                client,
                id,
                symbol,
                side,
                quantity,
                limit,
            }) => {
                write!(f, "NEW {client} {id} {symbol} {side} {quantity} ")?;
                match limit {
                    Some(price) => write!(f, "LIMIT {price}"),
                    None => f.write_str("MARKET"),
                }
            }
            Command::Cancel { client, id } => write!(f, "CANCEL {client} {id}"),
        }
    }
}

/// One line from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A command to the market.
    Command(Command),
    /// What rests in the book of a symbol.
    Book(String),
    /// What has become of an order.
    Order(String, u64),
    /// What the engine is and how it fares.
    Status,
    /// Is anybody there?
    Ping,
    /// Delay each write to the journal by so many milliseconds.
    Slow(u64),
    /// Close the connection.
    Quit,
}

/// Reads a request, or says in one word why it is none.
pub fn parse(line: &str) -> Result<Request, &'static str> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let (&verb, words) = words.split_first().ok_or("empty-line")?;
    match (verb, words) {
        ("NEW", [client, id, symbol, side, quantity, kind @ ..]) => {
            Ok(Request::Command(Command::New(NewOrder {
                client: name(client, "bad-client")?,
                id: number(id)?,
                symbol: name(symbol, "bad-symbol")?,
                side: side_named(side)?,
                quantity: quantity_of(quantity)?,
                limit: match kind {
                    ["MARKET"] => None,
                    ["LIMIT", price] => Some(price.parse()?),
                    _ => return Err("bad-order-type"),
                },
            })))
        }
        ("CANCEL", [client, id]) => Ok(Request::Command(Command::Cancel {
            client: name(client, "bad-client")?,
            id: number(id)?,
        })),
        ("BOOK", [symbol]) => Ok(Request::Book(name(symbol, "bad-symbol")?)),
        ("ORDER", [client, id]) => Ok(Request::Order(name(client, "bad-client")?, number(id)?)),
        ("STATUS", []) => Ok(Request::Status),
        ("PING", []) => Ok(Request::Ping),
        ("SLOW", [delay]) => Ok(Request::Slow(milliseconds(delay)?)),
        ("QUIT", []) => Ok(Request::Quit),
        ("NEW" | "CANCEL" | "BOOK" | "ORDER" | "STATUS" | "PING" | "SLOW" | "QUIT", _) => {
            Err("wrong-number-of-words")
        }
        _ => Err("unknown-request"),
    }
}

/// Is this line the last one of an answer?
pub fn is_last(line: &str) -> bool {
    !line.starts_with("FILL ") && !line.starts_with("LEVEL ")
}

/// The value of `key=…` in a line of an answer.
pub fn field<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.split_ascii_whitespace()
        .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

fn name(text: &str, wrong: &'static str) -> Result<String, &'static str> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if plain && !text.is_empty() && text.len() <= MAX_NAME {
        Ok(text.to_owned())
    } else {
        Err(wrong)
    }
}

fn number(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "bad-id")
}

fn side_named(text: &str) -> Result<Side, &'static str> {
    match text {
        "BUY" => Ok(Side::Buy),
        "SELL" => Ok(Side::Sell),
        _ => Err("bad-side"),
    }
}

fn quantity_of(text: &str) -> Result<Quantity, &'static str> {
    match text.parse() {
        Ok(quantity) if (1..=MAX_QUANTITY).contains(&quantity) => Ok(quantity),
        _ => Err("bad-quantity"),
    }
}

fn milliseconds(text: &str) -> Result<u64, &'static str> {
    match text.parse() {
        Ok(delay) if delay <= 60_000 => Ok(delay),
        _ => Err("bad-delay"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_command_reads_back_as_it_was_written() {
        for line in [
            "NEW ann 7 ACME BUY 100 LIMIT 10.25",
            "NEW ann 8 ACME SELL 1 MARKET",
            "CANCEL ann 7",
        ] {
            let Request::Command(command) = parse(line).unwrap() else {
                panic!("{line} is a command")
            };
            assert_eq!(command.to_string(), line);
        }
    }

    #[test]
    fn says_what_is_wrong_in_one_word() {
        for (line, reason) in [
            ("", "empty-line"),
            ("BUY 3", "unknown-request"),
            ("NEW ann 7", "wrong-number-of-words"),
            ("NEW a/b 7 ACME BUY 1 MARKET", "bad-client"),
            ("NEW ann x ACME BUY 1 MARKET", "bad-id"),
            ("NEW ann 7 ACME HOLD 1 MARKET", "bad-side"),
            ("NEW ann 7 ACME BUY 0 MARKET", "bad-quantity"),
            ("NEW ann 7 ACME BUY 1 LIMIT -2", "bad-price"),
            ("NEW ann 7 ACME BUY 1", "bad-order-type"),
            ("SLOW soon", "bad-delay"),
        ] {
            assert_eq!(parse(line), Err(reason), "{line}");
        }
    }

    #[test]
    fn finds_a_field() {
        assert_eq!(
            field("ACK ann 7 order=1 filled=0 open=5", "filled"),
            Some("0")
        );
        assert_eq!(field("ACK ann 7 refilled=1", "filled"), None);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "\\PC{0,80}") {
            let _ = parse(&line);
        }
    }
}
