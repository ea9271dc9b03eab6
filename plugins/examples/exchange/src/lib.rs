//! Orders and books of the demonstration exchange, over its own line protocol.
//!
//! The connection is kept between steps, and made again, with the same request asked again, when
//! another engine takes over: so a scenario trades on while it kills the one that served.

mod answer;
mod gateway;

use std::time::Instant;

use exchange::price::Price;
use scn_plugin::{Command, Context, Decimal, Error, Map, Plugin, Rest, Result, Value};

use gateway::Gateway;

/// What an order is named by.
const NAMED: [&str; 2] = ["client", "id"];

fn connect(gateway: &Gateway, context: &Context, targets: Rest<String>) -> Result<Map> {
    gateway.connect(&targets.0)?;
    engine_status(gateway, context)
}

#[expect(clippy::too_many_arguments, reason = "an order has as many")]
fn send_order(
    gateway: &Gateway,
    context: &Context,
    client: String,
    id: i64,
    symbol: String,
    side: String,
    quantity: i64,
    price: Option<Decimal>,
) -> Result<Map> {
    let side = side.to_uppercase();
    if side != "BUY" && side != "SELL" {
        return Err(Error::scenario(format!(
            "a side is `buy` or `sell`, and not `{side}`"
        )));
    }
    let kind = match price {
        Some(price) => format!("LIMIT {}", whole(price)?),
        None => "MARKET".to_owned(),
    };
    let request = format!("NEW {client} {id} {symbol} {side} {quantity} {kind}");
    let began = Instant::now();
    let mut lines = gateway.ask(context, &request)?;
    context.metric(gateway.component(), "order_latency", began.elapsed());
    let last = lines.pop().unwrap_or_default();
    let mut order = accepted(&last, "ACK")?;
    let mut fills = Vec::new();
    for line in &lines {
        let (_, fill) = answer::read(line, &NAMED);
        let quantity = fill.get_as::<i64>("quantity").unwrap_or_default();
        let message = format!("FILL {quantity} {client} {id}");
        context.event(gateway.component(), &message, fill.clone());
        fills.push(Value::Map(fill));
    }
    order.insert("fills", Value::List(fills));
    Ok(order)
}

/// The exchange's prices have four digits after the point at most, which it checks itself.
fn whole(price: Decimal) -> Result<String> {
    let text = price.to_string();
    let _: Price = text
        .parse()
        .map_err(|_| Error::scenario(format!("`{text}` is no price")))?;
    Ok(text)
}

fn withdraw_order(
    gateway: &Gateway,
    context: &Context,
    client: String,
    id: i64,
    _: Rest<Value>,
) -> Result<i64> {
    let lines = gateway.ask(context, &format!("CANCEL {client} {id}"))?;
    let last = lines.last().map(String::as_str).unwrap_or_default();
    // What is filled, or was never taken, has nothing open.
    if last.ends_with(" not-open") || last.ends_with(" unknown-order") {
        return Ok(0);
    }
    let withdrawn = accepted(last, "CANCELLED")?;
    withdrawn.get_as("quantity").map_err(Error::plugin)
}

fn order_state(gateway: &Gateway, context: &Context, client: String, id: i64) -> Result<Map> {
    let lines = gateway.ask(context, &format!("ORDER {client} {id}"))?;
    accepted(
        lines.last().map(String::as_str).unwrap_or_default(),
        "ORDER",
    )
}

fn depth(gateway: &Gateway, context: &Context, symbol: String) -> Result<Map> {
    let mut lines = gateway.ask(context, &format!("BOOK {symbol}"))?;
    accepted(&lines.pop().unwrap_or_default(), "BOOK")?;
    let side = |wanted: &str| {
        let levels = lines
            .iter()
            .map(|line| answer::read(line, &["symbol", "side"]).1);
        let of_it = |level: &Map| {
            level
                .get_as::<String>("side")
                .is_ok_and(|side| side == wanted)
        };
        let levels = levels.filter(of_it).map(|level| {
            let part = |name: &str| level.get(name).cloned().unwrap_or_default();
            let known = ["price", "quantity", "orders"].map(|name| (name, part(name)));
            Value::Map(known.into_iter().collect())
        });
        Value::List(levels.collect())
    };
    Ok(Map::new()
        .with("bids", side("BUY"))
        .with("asks", side("SELL")))
}

fn engine_status(gateway: &Gateway, context: &Context) -> Result<Map> {
    let lines = gateway.ask(context, "STATUS")?;
    accepted(
        lines.last().map(String::as_str).unwrap_or_default(),
        "STATUS",
    )
}

/// The values of an answer of that kind; a refusal is the system's.
fn accepted(line: &str, expected: &str) -> Result<Map> {
    match answer::read(line, &NAMED) {
        (verb, values) if verb == expected => Ok(values),
        ("REJECT", _) => {
            let reason = line.rsplit(' ').next().unwrap_or_default();
            Err(Error::system(format!("rejected: {reason}")))
        }
        _ => Err(Error::system(format!(
            "an answer that makes no sense: {line}"
        ))),
    }
}

fn plugin() -> Plugin<Gateway> {
    Plugin::new("exchange", env!("CARGO_PKG_VERSION"), Gateway::open)
        .command(
            Command::new("connect", connect)
                .help("Trades with whichever of these engines serves.")
                .rest("targets", "HOST:PORT of each engine")
                .returns("the status of the one that serves")
                .repeatable(),
        )
        .command(
            Command::new("send_order", send_order)
                .help("Sends an order, which stays in the book as far as it finds nobody to trade with.\nSending the same one again changes nothing.")
                .param("client", "who sends it")
                .param("id", "the client's number for it")
                .param("symbol", "what is traded")
                .param("side", "`buy` or `sell`")
                .param("quantity", "how much")
                .param("price", "the limit; any price without")
                .returns("`order`, `filled`, `open`, and the list `fills`")
                .undo("withdraw_order")
                .repeatable(),
        )
        .command(
            Command::new("withdraw_order", withdraw_order)
                .help("Takes what is open of an order out of the book; fine if nothing is. More words are passed over.")
                .param("client", "who sent it")
                .param("id", "the client's number for it")
                .rest("words", "passed over, so that it undoes send_order")
                .returns("how much was still open")
                .repeatable(),
        )
        .command(
            Command::new("order_state", order_state)
                .help("How an order stands.")
                .param("client", "who sent it")
                .param("id", "the client's number for it")
                .returns("`symbol`, `side`, `quantity`, `filled`, `open`, `cancelled`")
                .repeatable(),
        )
        .command(
            Command::new("depth", depth)
                .help("What rests in the book of a symbol, the best price first.")
                .param("symbol", "what is traded")
                .returns("the lists `bids` and `asks`, each of maps of `price`, `quantity`, `orders`")
                .repeatable(),
        )
        .command(
            Command::new("engine_status", engine_status)
                .help("The status of the engine that serves.")
                .returns("`role`, `state`, `term`, `applied`, `lag`, `orders`, `trades`")
                .repeatable(),
        )
}

scn_plugin::export!(plugin);

#[cfg(test)]
mod tests {
    use scn_plugin::Blame;
    use scn_plugin::testing::Harness;

    use super::*;

    fn harness() -> Harness {
        Harness::new(plugin()).config("within", "100ms")
    }

    #[test]
    fn what_is_wrong_says_whose_fault_it_is() {
        let harness = harness();
        let order = |side: &str| {
            let call = harness
                .call("send_order")
                .with("client", "ann")
                .with("id", 1);
            let call = call.with("symbol", "ACME").with("side", side);
            call.with("quantity", 1).run().error().clone()
        };
        assert_eq!(order("hold").blame, Blame::Scenario);
        let nowhere = order("buy");
        assert_eq!(nowhere.blame, Blame::Environment);
        assert!(
            nowhere.message.contains("connect HOST:PORT"),
            "{}",
            nowhere.message
        );
        let called = harness.call("connect").word("127.0.0.1").run();
        assert_eq!(called.error().blame, Blame::Scenario);
        // Nobody listens there.
        let called = harness.call("connect").word("127.0.0.1:1").run();
        assert_eq!(called.error().blame, Blame::System);
        assert!(called.error().message.contains("no engine serves"));
    }

    #[test]
    fn a_refusal_is_the_systems_and_a_price_is_one() {
        let refused = accepted("REJECT ann 1 unknown-order", "ORDER");
        assert!(refused.is_err_and(|error| error.blame == Blame::System));
        assert!(whole(Decimal::from(10)).is_ok());
        assert!("1.23456".parse().is_ok_and(|price| whole(price).is_err()));
    }
}
