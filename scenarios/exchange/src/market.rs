//! All books and all orders: the deterministic state machine that both engines run.
//!
//! Every order is kept with the answer it got, so that a client which lost its connection may
//! send it again and is given the same answer, and so that the other engine, which applies the
//! same commands, gives that answer too. That costs about a hundred bytes an order, for a day.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use crate::book::{Book, OrderNo, Quantity};
use crate::price::Price;
use crate::wire::{Command, NewOrder, Side};

/// One execution of an order as it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The number of the trade on this exchange.
    pub trade: u64,
    /// How much changed hands.
    pub quantity: Quantity,
    /// At what price.
    pub price: Price,
}

/// An order and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// As the client wrote it.
    pub new: NewOrder,
    /// What was executed at once.
    pub fills: Vec<Fill>,
    /// What went into the book when the order came.
    pub rested: Quantity,
    /// What rests in the book now.
    pub open: Quantity,
    /// What was cancelled, or lapsed because a market order found nobody to trade with.
    pub cancelled: Quantity,
}

impl Order {
    /// What was executed so far.
    pub fn filled(&self) -> Quantity {
        self.new.quantity - self.open - self.cancelled
    }

    /// Was it taken out of the book by its client?
    fn is_withdrawn(&self) -> bool {
        self.cancelled > 0 && self.new.limit.is_some()
    }
}

/// The state of the exchange.
#[derive(Debug, Default)]
pub struct Market {
    orders: Vec<Order>,
    /// The numbers of each client's orders.
    clients: HashMap<String, HashMap<u64, OrderNo>>,
    books: BTreeMap<String, Book>,
    trades: u64,
}

impl Market {
    /// How many orders were accepted.
    pub fn order_count(&self) -> usize {
        self.orders.len()
    }

    /// How many trades were made.
    pub fn trade_count(&self) -> u64 {
        self.trades
    }

    /// All orders, oldest first.
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// The answer to a command that changes nothing: one that was executed before (the original
    /// answer), or one that is refused. `None` for a command that is to be sequenced and applied.
    pub fn known_answer(&self, command: &Command) -> Option<String> {
        let (client, id) = command.name();
        let order = self.find(client, id);
        match command {
            Command::New(new) => order.map(|number| {
                if self.order(number).new == *new {
                    self.acknowledgement(number)
                } else {
                    reject(client, id, "id-used")
                }
            }),
            Command::Cancel { .. } => {
                let Some(number) = order else {
                    return Some(reject(client, id, "unknown-order"));
                };
                match self.order(number) {
                    order if order.open > 0 => None,
                    order if order.is_withdrawn() => Some(self.cancellation(number)),
                    _ => Some(reject(client, id, "not-open")),
                }
            }
        }
    }

    /// Executes a command for which there is no [`known_answer`](Self::known_answer), and
    /// returns the answer to it. A command that has one changes nothing here either.
    pub fn apply(&mut self, command: &Command) -> String {
        if let Some(answer) = self.known_answer(command) {
            return answer;
        }
        match command {
            Command::New(new) => {
                let number = self.execute(new);
                self.acknowledgement(number)
            }
            Command::Cancel { client, id } => match self.find(client, *id) {
                Some(number) => {
                    self.withdraw(number);
                    self.cancellation(number)
                }
                None => reject(client, *id, "unknown-order"),
            },
        }
    }

    /// The lines that describe a book: `LEVEL` for each price, best first, then `BOOK`.
    pub fn describe_book(&self, symbol: &str) -> String {
        let mut text = String::new();
        let mut counts = [0, 0];
        for (side, count) in [Side::Buy, Side::Sell].into_iter().zip(&mut counts) {
            for level in self
                .books
                .get(symbol)
                .map(|book| book.levels(side))
                .unwrap_or_default()
            {
                *count += 1;
                let (price, quantity, orders) = (level.price, level.quantity, level.orders);
                let _ = writeln!(
                    text,
                    "LEVEL {symbol} {side} price={price} quantity={quantity} orders={orders}"
                );
            }
        }
        let _ = write!(text, "BOOK {symbol} bids={} asks={}", counts[0], counts[1]);
        text
    }

    /// The line that says what became of an order.
    pub fn describe_order(&self, client: &str, id: u64) -> String {
        let Some(number) = self.find(client, id) else {
            return reject(client, id, "unknown-order");
        };
        let order = self.order(number);
        let NewOrder {
            symbol,
            side,
            quantity,
            ..
        } = &order.new;
        format!(
            "ORDER {client} {id} order={} symbol={symbol} side={side} quantity={quantity} filled={} open={} cancelled={}",
            u64::from(number) + 1,
            order.filled(),
            order.open,
            order.cancelled
        )
    }

    /// Puts back an order of a snapshot; they come oldest first, so that queues keep their order.
    pub(crate) fn restore(&mut self, order: Order) {
        let number = self.next_number();
        let NewOrder {
            client,
            id,
            symbol,
            side,
            limit,
            ..
        } = &order.new;
        self.clients
            .entry(client.clone())
            .or_default()
            .insert(*id, number);
        if let (Some(price), 1..) = (limit, order.open) {
            self.books
                .entry(symbol.clone())
                .or_default()
                .rest(*side, *price, number, order.open);
        }
        self.orders.push(order);
    }

    /// Continues the numbering of trades after a snapshot.
    pub(crate) fn set_trade_count(&mut self, trades: u64) {
        self.trades = trades;
    }

    fn execute(&mut self, new: &NewOrder) -> OrderNo {
        let number = self.next_number();
        let book = self.books.entry(new.symbol.clone()).or_default();
        let (matches, left) = book.take(new.side, new.quantity, new.limit);
        let mut fills = Vec::with_capacity(matches.len());
        for met in matches {
            self.trades += 1;
            fills.push(Fill {
                trade: self.trades,
                quantity: met.quantity,
                price: met.price,
            });
            if let Some(maker) = self.orders.get_mut(met.maker as usize) {
                maker.open -= met.quantity;
            }
        }
        let rested = match new.limit {
            Some(price) if left > 0 => {
                book.rest(new.side, price, number, left);
                left
            }
            _ => 0,
        };
        self.clients
            .entry(new.client.clone())
            .or_default()
            .insert(new.id, number);
        self.orders.push(Order {
            new: new.clone(),
            fills,
            rested,
            open: rested,
            cancelled: left - rested,
        });
        number
    }

    fn withdraw(&mut self, number: OrderNo) {
        let Some(order) = self.orders.get_mut(number as usize) else {
            return;
        };
        let (Some(price), Some(book)) = (order.new.limit, self.books.get_mut(&order.new.symbol))
        else {
            return;
        };
        if let Some(open) = book.cancel(order.new.side, price, number) {
            order.open -= open;
            order.cancelled += open;
        }
    }

    fn find(&self, client: &str, id: u64) -> Option<OrderNo> {
        self.clients.get(client)?.get(&id).copied()
    }

    fn order(&self, number: OrderNo) -> &Order {
        &self.orders[number as usize]
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "memory ends long before four thousand million orders"
    )]
    fn next_number(&self) -> OrderNo {
        self.orders.len() as OrderNo
    }

    fn acknowledgement(&self, number: OrderNo) -> String {
        let order = self.order(number);
        let NewOrder { client, id, .. } = &order.new;
        let mut text = String::new();
        for Fill {
            trade,
            quantity,
            price,
        } in &order.fills
        {
            let _ = writeln!(
                text,
                "FILL {client} {id} trade={trade} quantity={quantity} price={price}"
            );
        }
        let filled: Quantity = order.fills.iter().map(|fill| fill.quantity).sum();
        let _ = write!(
            text,
            "ACK {client} {id} order={} filled={filled} open={}",
            u64::from(number) + 1,
            order.rested
        );
        text
    }

    fn cancellation(&self, number: OrderNo) -> String {
        let order = self.order(number);
        let NewOrder { client, id, .. } = &order.new;
        format!(
            "CANCELLED {client} {id} order={} quantity={}",
            u64::from(number) + 1,
            order.cancelled
        )
    }
}

/// The answer to what is refused.
pub fn reject(client: &str, id: u64, reason: &str) -> String {
    format!("REJECT {client} {id} {reason}")
}

#[cfg(test)]
mod tests;
