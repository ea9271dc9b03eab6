//! Faults made to happen in real processes: no acknowledged order is lost, none is executed
//! twice, and no two engines acknowledge at the same time.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use exchange::client::Trader;
use exchange::market::Market;
use exchange::wire::{self, Request};
use rustix::process::Signal;

use support::{LONG, Load, PATIENCE, Pair, SHORT, eventually, lines};

/// Trades alone in a symbol until told to stop, beside a market of its own that no fault can
/// touch: every answer must be what that market gives. An order that was lost, or executed
/// twice, would change what is in the book for those after it. Returns how many were compared.
fn trade_beside_model(targets: Vec<SocketAddr>, name: &str, stop: &AtomicBool) -> usize {
    let (mut trader, mut model) = (
        Trader::new(targets, Instant::now() + Duration::from_mins(10)),
        Market::default(),
    );
    let mut random = fastrand::Rng::new();
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        count += 1;
        let side = if random.bool() { "BUY" } else { "SELL" };
        let request = match random.u8(0..10) {
            0 => format!("CANCEL {name} {}", random.usize(0..count)),
            1 => format!(
                "NEW {name} {count} {name} {side} {} MARKET",
                random.u8(1..20)
            ),
            _ => format!(
                "NEW {name} {count} {name} {side} {} LIMIT {}",
                random.u8(1..20),
                random.u8(8..14)
            ),
        };
        let answer = trader.ask(&request).unwrap();
        let Ok(Request::Command(command)) = wire::parse(&request) else {
            panic!("{request}")
        };
        let expected = model.apply(&command);
        assert_eq!(
            plain(&answer.join("\n")),
            plain(&expected),
            "the answer to {request}"
        );
    }
    let book = trader.ask(&format!("BOOK {name}")).unwrap();
    assert_eq!(book.join("\n"), model.describe_book(name));
    count
}

/// An answer without the numbers that count what others did as well.
fn plain(answer: &str) -> String {
    let own = |word: &&str| !word.starts_with("order=") && !word.starts_with("trade=");
    answer
        .lines()
        .map(|line| line.split(' ').filter(own).collect::<Vec<_>>().join(" ") + "\n")
        .collect()
}

/// Every order that the load was told was accepted is known to this engine.
fn assert_holds_all(pair: &Pair, engine: usize, acked: &[String]) {
    let stream = TcpStream::connect(pair.address(engine)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
    for some in acked.chunks(500) {
        let requests: String = some.iter().map(|id| format!("ORDER load {id}\n")).collect();
        (&stream).write_all(requests.as_bytes()).unwrap();
        for id in some {
            let answer = answers.next().unwrap().unwrap();
            assert!(
                answer.starts_with(&format!("ORDER load {id} ")),
                "order {id} is lost: {answer}\n{}",
                pair.logs()
            );
        }
    }
}

/// Runs faults under load, and checks every order that was acknowledged meanwhile.
fn under_load(
    rounds: usize,
    timeout: &'static str,
    mut fault: impl FnMut(&mut Pair, usize, &mut fastrand::Rng),
) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut pair = Pair::in_sync(timeout);
    let load = Load::start(&pair, 1500);
    let stop = AtomicBool::new(false);
    let targets = pair.targets();
    thread::scope(|scope| {
        let traders: Vec<_> = ["ann", "bob", "cyd"]
            .map(|name| {
                let (targets, stop) = (targets.clone(), &stop);
                scope.spawn(move || trade_beside_model(targets, name, stop))
            })
            .into();
        let end = StopWhenDropped(&stop);
        let mut primary = 0;
        for _ in 0..rounds {
            thread::sleep(Duration::from_millis(random.u64(20..250)));
            fault(&mut pair, primary, &mut random);
            primary = if pair.status(0, "serving").as_deref() == Some("yes") {
                0
            } else {
                1
            };
        }
        thread::sleep(Duration::from_millis(200));
        drop(end);
        for trader in traders {
            assert!(trader.join().unwrap() > rounds, "a trader hardly traded");
        }
    });
    let acked_file = load.acked.clone();
    let (status, said) = load.stop();
    assert_eq!(status, Some(0), "{said}");
    let summary = said.lines().last().unwrap();
    assert_eq!(wire::field(summary, "rejected"), Some("0"), "{said}");
    settle(&mut pair);
    let acked = lines(&acked_file);
    assert!(acked.len() > rounds * 20, "{said}");
    assert_holds_all(&pair, 0, &acked);
    assert_holds_all(&pair, 1, &acked);
    assert_eq!(pair.status(0, "trades"), pair.status(1, "trades"));
    assert_eq!(pair.status(0, "applied"), pair.status(1, "applied"));
}

/// Waits until one engine serves and the other one has everything. One that was superseded is
/// started again, as its operator would do.
fn settle(pair: &mut Pair) {
    let is = |pair: &Pair, engine, key, value| pair.status(engine, key).as_deref() == Some(value);
    let settled = eventually(|| {
        if let Some(fenced) = [0, 1]
            .into_iter()
            .find(|engine| is(pair, *engine, "state", "FENCED"))
        {
            pair.signal(fenced, Signal::TERM);
            assert_eq!(pair.wait_for_end(fenced), Some(0));
            pair.start(fenced);
        }
        [0, 1].into_iter().any(|primary| {
            is(pair, primary, "serving", "yes")
                && is(pair, 1 - primary, "serving", "no")
                && is(pair, 1 - primary, "state", "READY")
        })
    });
    assert!(settled, "{}", pair.logs());
}

/// Ends the traders even if the rounds panic, or the scope would wait for ever.
struct StopWhenDropped<'a>(&'a AtomicBool);

impl Drop for StopWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn no_acknowledged_order_is_lost_or_executed_twice_whoever_is_killed() {
    under_load(14, LONG, |pair, primary, random| {
        let backup = 1 - primary;
        if random.u8(0..4) == 0 {
            pair.kill(backup);
            pair.wait_for(primary, "SOLO");
            pair.start(backup);
            pair.wait_for(backup, "READY");
        } else {
            pair.kill(primary);
            pair.wait_for(backup, "PRIMARY");
            pair.start(primary);
            pair.wait_for(primary, "READY");
        }
    });
}

#[test]
fn no_acknowledged_order_is_lost_or_executed_twice_whoever_is_paused() {
    under_load(6, SHORT, |pair, primary, random| {
        let backup = 1 - primary;
        // Around the timeout, so that sometimes the peer has given it up and sometimes not.
        let pause = Duration::from_millis(random.u64(250..700));
        let paused = if random.u8(0..3) == 0 {
            backup
        } else {
            primary
        };
        pair.signal(paused, Signal::STOP);
        thread::sleep(pause);
        pair.signal(paused, Signal::CONT);
        settle(pair);
    });
}

#[test]
fn a_paused_primary_that_wakes_acknowledges_nothing_more() {
    let mut pair = Pair::in_sync(SHORT);
    let stream = TcpStream::connect(pair.address(0)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let send = |ids: std::ops::Range<u32>| {
        let text: String = ids
            .map(|id| format!("NEW load {id} ACME BUY 1 LIMIT 5\n"))
            .collect();
        (&stream).write_all(text.as_bytes()).unwrap();
    };
    send(0..200);
    pair.signal(0, Signal::STOP);
    send(200..400);
    pair.wait_for(1, "PRIMARY");
    send(400..600);
    let mut elsewhere = Trader::new(vec![pair.address(1)], Instant::now() + PATIENCE);
    for id in 400..500 {
        elsewhere
            .ask(&format!("NEW load {id} ACME BUY 2 LIMIT 5"))
            .unwrap();
    }
    pair.signal(0, Signal::CONT);
    pair.wait_for(0, "FENCED");
    // It cut the connection, or it refuses what it had not yet read, to the last order.
    let mut acked = Vec::new();
    for line in BufReader::new(&stream).lines().map_while(Result::ok) {
        if line.starts_with("ACK ") {
            acked.push(line.split(' ').nth(2).unwrap().to_owned());
        }
        if line.contains(" 599 ") {
            break;
        }
    }
    assert!(
        acked.iter().all(|id| id.parse::<u32>().unwrap() < 400),
        "acknowledged by both: {acked:?}"
    );
    assert_holds_all(&pair, 1, &acked);
    assert_eq!(
        pair.ask(0, "NEW load 900 ACME BUY 1 LIMIT 5").unwrap(),
        ["REJECT load 900 fenced"]
    );
    assert!(
        pair.has_logged(0, "state=FENCED") && pair.has_logged(0, "ERROR: superseded"),
        "{}",
        pair.logs()
    );

    pair.signal(0, Signal::TERM);
    assert_eq!(pair.wait_for_end(0), Some(0));
    pair.start(0);
    pair.wait_for(0, "READY");
    assert_eq!(pair.status(0, "role").as_deref(), Some("backup"));
    assert_holds_all(&pair, 0, &acked);
}

#[test]
fn a_paused_backup_that_wakes_joins_again_and_never_serves() {
    let mut pair = Pair::in_sync(SHORT);
    pair.signal(1, Signal::STOP);
    let mut trader = Trader::new(vec![pair.address(0)], Instant::now() + PATIENCE);
    trader.ask("NEW load 1 ACME BUY 1 LIMIT 5").unwrap();
    pair.wait_for(0, "SOLO");
    pair.signal(1, Signal::CONT);
    pair.wait_for(0, "READY");
    pair.wait_for(1, "READY");
    assert!(!pair.has_logged(1, "state=PRIMARY"), "{}", pair.logs());
    pair.kill(0);
    pair.wait_for(1, "PRIMARY");
    assert_holds_all(&pair, 1, &["1".to_owned()]);
}

#[test]
fn a_backup_that_is_not_in_sync_does_not_take_over() {
    let mut pair = Pair::new(SHORT);
    pair.start(1);
    pair.wait_for(1, "STARTING");
    assert_eq!(
        pair.ask(1, "NEW ann 1 ACME BUY 1 MARKET").unwrap(),
        ["REJECT ann 1 not-primary"]
    );
    thread::sleep(Duration::from_millis(600));
    assert_eq!(pair.status(1, "state").as_deref(), Some("STARTING"));
    pair.start(0);
    pair.wait_for(1, "READY");
    assert_eq!(pair.status(0, "serving").as_deref(), Some("yes"));
}
