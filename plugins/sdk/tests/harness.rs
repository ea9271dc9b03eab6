//! A plug-in's commands, tried as its author would try them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use scn_plugin::testing::Harness;
use scn_plugin::{
    Blame, Bytes, Command, Context, Decimal, Error, Faults, Map, Percent, Plugin, Rest, Result,
    Size, Stream, Value,
};

struct Counter {
    from: i64,
    calls: AtomicI64,
}

fn open(config: &Map, context: &Context) -> Result<Counter> {
    let from = config.get_as("from").map_err(Error::environment)?;
    context.info("opened");
    let calls = AtomicI64::new(0);
    Ok(Counter { from, calls })
}

fn count(counter: &Counter, _: &Context) -> Result<i64> {
    Ok(counter.from + counter.calls.fetch_add(1, Ordering::Relaxed))
}

#[expect(clippy::too_many_arguments, reason = "each is of another type")]
fn all(
    _: &Counter,
    context: &Context,
    text: String,
    price: Decimal,
    limit: Duration,
    size: Size,
    part: Percent,
    ids: Vec<u8>,
    prices: BTreeMap<String, f64>,
    words: Rest<Value>,
) -> Result<Map> {
    context.metric("System", "LATENCY", limit);
    context.event("System", "FILL", Map::new().with("id", "A1"));
    context.output(Stream::Stdout, "written")?;
    Ok(Map::new()
        .with("text", text)
        .with("price", price)
        .with("limit", limit)
        .with("size", size)
        .with("part", part)
        .with("ids", ids)
        .with("prices", prices)
        .with("words", words.0)
        .with("input", context.input().cloned()))
}

fn secret(_: &Counter, context: &Context, name: String, side: Option<bool>) -> Result<String> {
    let secret = context.secret(&name)?;
    Ok(format!("{secret} {side:?} {}", context.is_cancelled()))
}

fn fails(_: &Counter, _: &Context, how: i64) -> Result<Bytes> {
    match how {
        0 => Err(Error::system("rejected")),
        1 => Ok(Bytes(
            std::fs::read("/nowhere/at/all").environments_fault()?,
        )),
        2 => Ok(Bytes(std::fs::read("/nowhere/at/all")?)),
        how => panic!("what is {how}?"),
    }
}

fn plugin() -> Plugin<Counter> {
    Plugin::new("counter", "1.0", open)
        .command(Command::new("count", count))
        .command(
            Command::new("all", all)
                .param("text", "")
                .optional("price", Decimal::from(1), "")
                .optional("limit", Duration::from_millis(250), "")
                .optional("size", Size(500), "")
                .optional("part", Percent(Decimal::from(15)), "")
                .optional("ids", vec![1, 2], "")
                .optional("prices", Map::new().with("a", 1.5), "")
                .rest("words", "")
                .at_least(1),
        )
        .command(
            Command::new("secret", secret)
                .param("name", "")
                .param("side", ""),
        )
        .command(Command::new("fails", fails).param("how", ""))
}

fn harness() -> Harness {
    Harness::new(plugin()).config("from", 5)
}

#[test]
fn it_is_opened_once_and_keeps_what_it_keeps() {
    let counter = harness();
    let first = counter.call("count").run();
    assert_eq!(*first.value(), Value::Int(5));
    assert!(first.said("opened"));
    let second = counter.call("count").run();
    assert_eq!(*second.value(), Value::Int(6));
    assert!(!second.said("opened"));
    let wrong = Harness::new(plugin()).call("count").run();
    assert_eq!(wrong.error().message, "`from` is lacking");
    assert_eq!(wrong.error().blame, Blame::Environment);
}

#[test]
fn values_are_of_the_functions_types_and_defaults_are_filled_in() {
    let called = harness()
        .call("all")
        .with("text", "a")
        .word(1)
        .word("b")
        .input("in")
        .run();
    let expected = Map::new()
        .with("text", "a")
        .with("price", Decimal::from(1))
        .with("limit", Duration::from_millis(250))
        .with("size", Size(500))
        .with("part", Percent(Decimal::from(15)))
        .with("ids", vec![1, 2])
        .with("prices", Map::new().with("a", 1.5))
        .with("words", Value::List(vec![1.into(), "b".into()]))
        .with("input", "in");
    assert_eq!(*called.value(), Value::Map(expected));
    assert_eq!(called.said.metrics[0].2, Value::Duration(250_000_000));
    assert_eq!(called.said.events[0].1, "FILL");
    assert_eq!(called.said.stdout, b"written");
    // 300 is no `u8`, which only the function's type says.
    let wrong = harness()
        .call("all")
        .with("text", "a")
        .with("ids", vec![300])
        .word(1)
        .run();
    assert_eq!(wrong.error().blame, Blame::Scenario);
    assert_eq!(wrong.error().message, "300 is not from 0 to 255");
}

#[test]
fn an_error_says_whose_fault_it_was_and_a_panic_is_one() {
    let fails = |how: i64| {
        harness()
            .call("fails")
            .with("how", how)
            .run()
            .error()
            .clone()
    };
    assert_eq!(fails(0), Error::system("rejected"));
    assert_eq!(fails(1).blame, Blame::Environment);
    assert_eq!(fails(2).blame, Blame::Plugin);
    assert_eq!(fails(7), Error::plugin("the plug-in panicked: what is 7?"));
}

#[test]
fn secrets_are_those_that_were_granted() {
    let granted = harness().secret("token", "t");
    let called = granted
        .call("secret")
        .with("name", "token")
        .cancelled()
        .run();
    assert_eq!(*called.value(), "t None true".into());
    let called = granted
        .call("secret")
        .with("name", "other")
        .with("side", true)
        .run();
    assert_eq!(called.error().blame, Blame::Environment);
}

/// What a test says that calls it as scn never would.
fn panics(does: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(does).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_call_that_scn_would_not_make_and_a_wrong_declaration_are_noticed() {
    let call = |made: fn(Harness)| panics(move || made(harness()));
    assert_eq!(call(|h| drop(h.call("none"))), "there is no command `none`");
    assert_eq!(
        call(|h| drop(h.call("fails").run())),
        "fails: `how` is lacking"
    );
    let typed = call(|h| drop(h.call("fails").with("how", "x").run()));
    assert_eq!(typed, "fails: `how` is Int, and this is text");
    let unknown = call(|h| drop(h.call("count").with("n", 1).run()));
    assert_eq!(unknown, "count: there is no parameter `n`");
    let least = call(|h| drop(h.call("all").with("text", "a").run()));
    assert_eq!(least, "all: at least 1 words");
    let unnamed = panics(|| drop(plugin().command(Command::new("more", fails))));
    assert_eq!(
        unnamed,
        "more: the function has 1 parameters, and 0 of them are named"
    );
    let many = panics(|| drop(Command::new("more", count).param("n", "")));
    assert_eq!(many, "more: the function has no parameter for `n`");
    let twice = panics(|| drop(plugin().command(Command::new("count", count))));
    assert_eq!(twice, "the command `count` is there twice");
}
