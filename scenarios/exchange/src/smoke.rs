//! The smoke test: does the exchange trade, whoever serves it?

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::client::Trader;
use crate::wire;

/// Trades in a symbol of its own and compares every answer with what it must be. Tells each
/// step to `tell`.
///
/// # Errors
/// A text that says what was wrong.
pub fn run(
    targets: Vec<SocketAddr>,
    within: Duration,
    tell: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let start = Instant::now();
    let nanos = std::time::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .as_nanos();
    let name = format!("smoke-{}-{nanos}", std::process::id());
    let mut smoke = Smoke {
        trader: Trader::new(targets, start + within),
        symbol: name.clone(),
        client: name,
        tell,
    };
    smoke.trade().map_err(|reason| {
        let passed = start.elapsed();
        if passed >= within.saturating_sub(Duration::from_millis(100)) {
            format!("{reason}, for {within:?}")
        } else {
            reason
        }
    })
}

struct Smoke<'a> {
    trader: Trader,
    client: String,
    symbol: String,
    tell: &'a mut dyn FnMut(&str),
}

impl Smoke<'_> {
    fn trade(&mut self) -> Result<(), String> {
        let (client, symbol) = (self.client.clone(), self.symbol.clone());
        let sold = self.ask(&format!("NEW {client} 1 {symbol} SELL 100 LIMIT 10.5"))?;
        expect(&sold, &[("filled", "0"), ("open", "100")])?;

        let bought = self.ask(&format!("NEW {client} 2 {symbol} BUY 40 LIMIT 11"))?;
        expect(
            &bought,
            &[
                ("quantity", "40"),
                ("price", "10.5"),
                ("filled", "40"),
                ("open", "0"),
            ],
        )?;

        let again = self.ask(&format!("NEW {client} 2 {symbol} BUY 40 LIMIT 11"))?;
        if again != bought {
            return Err(format!(
                "an order sent twice was answered {bought:?}, then {again:?}"
            ));
        }
        let book = self.ask(&format!("BOOK {symbol}"))?;
        expect(
            &book,
            &[
                ("price", "10.5"),
                ("quantity", "60"),
                ("orders", "1"),
                ("bids", "0"),
                ("asks", "1"),
            ],
        )?;

        let cancelled = self.ask(&format!("CANCEL {client} 1"))?;
        expect(&cancelled, &[("quantity", "60")])?;

        let empty = self.ask(&format!("BOOK {symbol}"))?;
        expect(&empty, &[("bids", "0"), ("asks", "0")])
    }

    fn ask(&mut self, request: &str) -> Result<Vec<String>, String> {
        let answer = self.trader.ask(request)?;
        (self.tell)(&format!("{request} -> {}", answer.join(" | ")));
        Ok(answer)
    }
}

/// Are all these fields in the answer, with these values?
fn expect(answer: &[String], fields: &[(&str, &str)]) -> Result<(), String> {
    let text = answer.join(" | ");
    for (key, value) in fields {
        let found = wire::field(&text, key);
        if found != Some(*value) {
            return Err(format!(
                "expected {key}={value}, found {} in {text:?}",
                found.unwrap_or("none")
            ));
        }
    }
    Ok(())
}
