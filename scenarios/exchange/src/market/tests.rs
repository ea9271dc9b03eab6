#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;
use crate::snapshot;
use crate::wire::{self, Request};

fn command(line: &str) -> Command {
    let Request::Command(command) = wire::parse(line).unwrap() else {
        panic!("{line} is no command")
    };
    command
}

fn send(market: &mut Market, line: &str) -> String {
    market.apply(&command(line))
}

#[test]
fn trades_at_the_best_price_first_and_there_with_the_oldest() {
    let mut market = Market::default();
    send(&mut market, "NEW late 1 ACME SELL 5 LIMIT 11");
    send(&mut market, "NEW first 1 ACME SELL 5 LIMIT 10");
    send(&mut market, "NEW second 1 ACME SELL 5 LIMIT 10");
    assert_eq!(
        send(&mut market, "NEW bob 1 ACME BUY 12 LIMIT 11"),
        "FILL bob 1 trade=1 quantity=5 price=10\n\
         FILL bob 1 trade=2 quantity=5 price=10\n\
         FILL bob 1 trade=3 quantity=2 price=11\n\
         ACK bob 1 order=4 filled=12 open=0"
    );
    assert_eq!(
        market.describe_book("ACME"),
        "LEVEL ACME SELL price=11 quantity=3 orders=1\nBOOK ACME bids=0 asks=1"
    );
}

#[test]
fn what_does_not_cross_rests_and_what_is_partly_filled_keeps_its_place() {
    let mut market = Market::default();
    send(&mut market, "NEW ann 1 ACME BUY 10 LIMIT 9.5");
    send(&mut market, "NEW bea 1 ACME BUY 10 LIMIT 9.5");
    assert_eq!(
        send(&mut market, "NEW cy 1 ACME SELL 1 LIMIT 9.6"),
        "ACK cy 1 order=3 filled=0 open=1"
    );
    send(&mut market, "NEW cy 2 ACME SELL 4 LIMIT 9.5");
    send(&mut market, "NEW cy 3 ACME SELL 7 MARKET");
    assert!(
        market
            .describe_order("ann", 1)
            .ends_with("filled=10 open=0 cancelled=0")
    );
    assert!(
        market
            .describe_order("bea", 1)
            .ends_with("filled=1 open=9 cancelled=0")
    );
}

#[test]
fn the_rest_of_a_market_order_lapses() {
    let mut market = Market::default();
    send(&mut market, "NEW ann 1 ACME SELL 3 LIMIT 10");
    assert_eq!(
        send(&mut market, "NEW bob 1 ACME BUY 5 MARKET"),
        "FILL bob 1 trade=1 quantity=3 price=10\nACK bob 1 order=2 filled=3 open=0"
    );
    assert!(
        market
            .describe_order("bob", 1)
            .ends_with("filled=3 open=0 cancelled=2")
    );
    assert_eq!(send(&mut market, "CANCEL bob 1"), "REJECT bob 1 not-open");
}

#[test]
fn symbols_do_not_meet() {
    let mut market = Market::default();
    send(&mut market, "NEW ann 1 ACME SELL 3 LIMIT 10");
    assert_eq!(
        send(&mut market, "NEW bob 1 EMCA BUY 3 LIMIT 10"),
        "ACK bob 1 order=2 filled=0 open=3"
    );
}

#[test]
fn the_same_order_sent_again_gets_the_first_answer_and_is_not_executed() {
    let mut market = Market::default();
    send(&mut market, "NEW ann 1 ACME SELL 3 LIMIT 10");
    let first = send(&mut market, "NEW bob 1 ACME BUY 5 LIMIT 10");
    send(&mut market, "NEW ann 2 ACME SELL 1 LIMIT 10");
    assert_eq!(send(&mut market, "NEW bob 1 ACME BUY 5 LIMIT 10"), first);
    assert_eq!(market.order_count(), 3);
    assert_eq!(
        send(&mut market, "NEW bob 1 ACME BUY 6 LIMIT 10"),
        "REJECT bob 1 id-used"
    );
}

#[test]
fn a_cancel_is_answered_alike_however_often_it_comes() {
    let mut market = Market::default();
    assert_eq!(
        send(&mut market, "CANCEL ann 1"),
        "REJECT ann 1 unknown-order"
    );
    send(&mut market, "NEW ann 1 ACME SELL 3 LIMIT 10");
    send(&mut market, "NEW bob 1 ACME BUY 1 LIMIT 10");
    for _ in 0..2 {
        assert_eq!(
            send(&mut market, "CANCEL ann 1"),
            "CANCELLED ann 1 order=1 quantity=2"
        );
    }
    assert_eq!(market.describe_book("ACME"), "BOOK ACME bids=0 asks=0");
    assert_eq!(send(&mut market, "CANCEL bob 1"), "REJECT bob 1 not-open");
}

/// The rules of price–time priority, written as plainly as can be: a list that is searched.
#[derive(Default)]
struct Slow {
    /// Client id, side, price, what is open.
    resting: Vec<(u64, Side, Price, Quantity)>,
}

impl Slow {
    /// Returns what is executed: against which order, how much, at what price.
    fn apply(&mut self, command: &Command) -> Vec<(u64, Quantity, Price)> {
        let new = match command {
            Command::New(new) => new,
            Command::Cancel { id, .. } => {
                self.resting.retain(|resting| resting.0 != *id);
                return Vec::new();
            }
        };
        let mut left = new.quantity;
        let mut executed = Vec::new();
        while left > 0 {
            let acceptable = |price: Price| match (new.side, new.limit) {
                (_, None) => true,
                (Side::Buy, Some(limit)) => price <= limit,
                (Side::Sell, Some(limit)) => price >= limit,
            };
            let others = self
                .resting
                .iter_mut()
                .filter(|other| other.1 != new.side && acceptable(other.2));
            // `min_by_key` returns the first of equals, which is the oldest; so does `rev` below.
            let best = match new.side {
                Side::Buy => others.min_by_key(|other| other.2),
                Side::Sell => others.rev().max_by_key(|other| other.2),
            };
            let Some(best) = best else { break };
            let quantity = left.min(best.3);
            executed.push((best.0, quantity, best.2));
            left -= quantity;
            best.3 -= quantity;
            self.resting.retain(|resting| resting.3 > 0);
        }
        if let (Some(price), 1..) = (new.limit, left) {
            self.resting.push((new.id, new.side, price, left));
        }
        executed
    }
}

/// Orders and cancels, close enough in price to meet often.
fn commands() -> impl Strategy<Value = Vec<Command>> {
    let step = (
        0..10u8,
        any::<bool>(),
        1..20u64,
        1..8u64,
        any::<prop::sample::Index>(),
    );
    prop::collection::vec(step, 1..120).prop_map(|steps| {
        let mut commands = Vec::new();
        for (id, (kind, buys, quantity, price, pick)) in steps.into_iter().enumerate() {
            let client = "c".to_owned();
            commands.push(if kind < 2 && id > 0 {
                Command::Cancel {
                    client,
                    id: pick.index(id) as u64,
                }
            } else {
                Command::New(NewOrder {
                    client,
                    id: id as u64,
                    symbol: "ACME".to_owned(),
                    side: if buys { Side::Buy } else { Side::Sell },
                    quantity,
                    limit: (kind > 2).then(|| Price::from_ticks(price * 5_000).unwrap()),
                })
            });
        }
        commands
    })
}

proptest! {
    #[test]
    fn matches_as_the_slow_model_does(commands in commands()) {
        let (mut market, mut slow) = (Market::default(), Slow::default());
        for command in &commands {
            let before: HashMap<u64, Quantity> =
                market.orders().iter().map(|order| (order.new.id, order.filled())).collect();
            let orders = market.order_count();
            market.apply(command);
            let expected = slow.apply(command);
            if market.order_count() > orders {
                let fills: Vec<_> = market.orders()[orders].fills.iter().map(|f| (f.quantity, f.price)).collect();
                let plain: Vec<_> = expected.iter().map(|&(_, quantity, price)| (quantity, price)).collect();
                prop_assert_eq!(fills, plain);
            }
            for order in &market.orders()[..orders] {
                let made: Quantity =
                    expected.iter().filter(|met| met.0 == order.new.id).map(|met| met.1).sum();
                prop_assert_eq!(order.filled() - before[&order.new.id], made, "maker {}", order.new.id);
            }
        }
        let open: Vec<_> = market.orders().iter().filter(|o| o.open > 0).map(|o| (o.new.id, o.open)).collect();
        let plain: Vec<_> = slow.resting.iter().map(|r| (r.0, r.3)).collect();
        prop_assert_eq!(open, plain);
    }

    #[test]
    fn what_is_bought_is_sold_and_nothing_is_lost(commands in commands()) {
        let mut market = Market::default();
        for command in &commands {
            market.apply(command);
        }
        let filled = |side| -> Quantity {
            market.orders().iter().filter(|o| o.new.side == side).map(Order::filled).sum()
        };
        prop_assert_eq!(filled(Side::Buy), filled(Side::Sell));
        for order in market.orders() {
            prop_assert!(order.fills.iter().map(|f| f.quantity).sum::<Quantity>() <= order.filled());
        }
        let book = |side| market.books.get("ACME").map(|book| book.levels(side)).unwrap_or_default();
        for side in [Side::Buy, Side::Sell] {
            let open: Quantity = market.orders().iter().filter(|o| o.new.side == side).map(|o| o.open).sum();
            prop_assert_eq!(book(side).iter().map(|l| l.quantity).sum::<Quantity>(), open);
        }
        if let (Some(bid), Some(ask)) = (book(Side::Buy).first(), book(Side::Sell).first()) {
            prop_assert!(bid.price < ask.price, "a crossed book");
        }
    }

    /// An engine that joins half way through answers everything as the other one does.
    #[test]
    fn a_snapshot_goes_on_alike(commands in commands(), half in any::<prop::sample::Index>()) {
        let half = half.index(commands.len());
        let mut market = Market::default();
        for command in &commands[..half] {
            market.apply(command);
        }
        let mut joined = snapshot::read(snapshot::write(&market).lines()).unwrap();
        for command in &commands[half..] {
            prop_assert_eq!(market.apply(command), joined.apply(command));
        }
        for command in &commands {
            prop_assert_eq!(market.apply(command), joined.apply(command), "sent again");
        }
        prop_assert_eq!(market.orders(), joined.orders());
        prop_assert_eq!(market.describe_book("ACME"), joined.describe_book("ACME"));
        prop_assert_eq!(market.trade_count(), joined.trade_count());
    }
}
