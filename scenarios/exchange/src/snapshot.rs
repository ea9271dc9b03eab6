//! The whole state of a [`Market`] as lines of text, for an engine that joins.
//!
//! One line holds one order, oldest first. The books are not written: an order that is open
//! rests in its book, and the age of orders is their place in their queue.

use std::fmt::Write as _;

use crate::book::Quantity;
use crate::market::{Fill, Market, Order};
use crate::wire::{self, Command, Request};

/// Writes every order as one line, the number of trades before them.
pub fn write(market: &Market) -> String {
    let mut text = format!("TRADES {}\n", market.trade_count());
    for order in market.orders() {
        let Order {
            new,
            fills,
            rested,
            open,
            cancelled,
        } = order;
        let _ = write!(text, "{rested} {open} {cancelled} ");
        for Fill {
            trade,
            quantity,
            price,
        } in fills
        {
            let _ = write!(text, "{trade}:{quantity}:{price},");
        }
        let _ = writeln!(text, "; {}", Command::New(new.clone()));
    }
    text
}

/// Builds a market from the lines of a snapshot; `None` if they are none.
pub fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<Market> {
    let mut lines = lines.into_iter();
    let mut market = Market::default();
    market.set_trade_count(lines.next()?.strip_prefix("TRADES ")?.parse().ok()?);
    for line in lines {
        market.restore(order(line)?);
    }
    Some(market)
}

fn order(line: &str) -> Option<Order> {
    let (state, new) = line.split_once("; ")?;
    let Ok(Request::Command(Command::New(new))) = wire::parse(new) else {
        return None;
    };
    let mut words = state.split(' ');
    let mut quantity = || words.next()?.parse::<Quantity>().ok();
    let (rested, open, cancelled) = (quantity()?, quantity()?, quantity()?);
    let fills = words
        .next()?
        .split_terminator(',')
        .map(fill)
        .collect::<Option<_>>()?;
    Some(Order {
        new,
        fills,
        rested,
        open,
        cancelled,
    })
}

fn fill(text: &str) -> Option<Fill> {
    let mut parts = text.split(':');
    let fill = Fill {
        trade: parts.next()?.parse().ok()?,
        quantity: parts.next()?.parse().ok()?,
        price: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(fill)
}
