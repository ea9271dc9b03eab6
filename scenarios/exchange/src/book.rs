//! The order book of one symbol: price–time priority.
//!
//! Each side is a map from price to a queue. Orders are numbered as they arrive, so a queue is
//! sorted by number, and a cancel finds its order by binary search.

use std::collections::{BTreeMap, VecDeque};

use crate::price::Price;
use crate::wire::Side;

/// The number of an order on this exchange: its place in the sequence of all orders.
pub type OrderNo = u32;
/// How much of something is bought or sold.
pub type Quantity = u64;

/// What rests in the book: an order, and how much of it is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Resting {
    order: OrderNo,
    open: Quantity,
}

type Queue = VecDeque<Resting>;

/// A resting order met an incoming one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The order that was resting.
    pub maker: OrderNo,
    /// How much changed hands.
    pub quantity: Quantity,
    /// At the resting order's price.
    pub price: Price,
}

/// One price of one side: what is open there altogether.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The price.
    pub price: Price,
    /// The sum of what is open.
    pub quantity: Quantity,
    /// Of how many orders.
    pub orders: usize,
}

/// The resting orders of one symbol.
#[derive(Debug, Default)]
pub struct Book {
    bids: BTreeMap<Price, Queue>,
    asks: BTreeMap<Price, Queue>,
}

impl Book {
    /// Matches an incoming order against the other side, best price first and, at one price, the
    /// oldest first. Returns the matches and what is left of the quantity.
    pub fn take(
        &mut self,
        side: Side,
        quantity: Quantity,
        limit: Option<Price>,
    ) -> (Vec<Match>, Quantity) {
        let mut matches = Vec::new();
        let mut left = quantity;
        while left > 0 {
            let best = match side {
                Side::Buy => self.asks.first_entry(),
                Side::Sell => self.bids.last_entry(),
            };
            let Some(mut level) = best else { break };
            let price = *level.key();
            let crosses = limit.is_none_or(|limit| match side {
                Side::Buy => price <= limit,
                Side::Sell => price >= limit,
            });
            if !crosses {
                break;
            }
            left = drain(level.get_mut(), price, left, &mut matches);
            if level.get().is_empty() {
                level.remove();
            }
        }
        (matches, left)
    }

    /// Puts the rest of an order behind all others at its price.
    pub fn rest(&mut self, side: Side, price: Price, order: OrderNo, open: Quantity) {
        self.side_mut(side)
            .entry(price)
            .or_default()
            .push_back(Resting { order, open });
    }

    /// Takes an order out of the book. `None` if it does not rest there.
    pub fn cancel(&mut self, side: Side, price: Price, order: OrderNo) -> Option<Quantity> {
        let levels = self.side_mut(side);
        let queue = levels.get_mut(&price)?;
        let place = queue
            .binary_search_by_key(&order, |resting| resting.order)
            .ok()?;
        let open = queue.remove(place)?.open;
        if queue.is_empty() {
            levels.remove(&price);
        }
        Some(open)
    }

    /// The levels of one side, best price first.
    pub fn levels(&self, side: Side) -> Vec<Level> {
        let level = |(price, queue): (&Price, &Queue)| Level {
            price: *price,
            quantity: queue.iter().map(|resting| resting.open).sum(),
            orders: queue.len(),
        };
        match side {
            Side::Buy => self.bids.iter().rev().map(level).collect(),
            Side::Sell => self.asks.iter().map(level).collect(),
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Price, Queue> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

/// Matches up to `left` against one queue, oldest first, and returns what is left after it.
fn drain(
    queue: &mut Queue,
    price: Price,
    mut left: Quantity,
    matches: &mut Vec<Match>,
) -> Quantity {
    while let Some(oldest) = queue.front_mut() {
        let quantity = left.min(oldest.open);
        if quantity == 0 {
            break;
        }
        matches.push(Match {
            maker: oldest.order,
            quantity,
            price,
        });
        left -= quantity;
        oldest.open -= quantity;
        if oldest.open == 0 {
            queue.pop_front();
        }
    }
    left
}
