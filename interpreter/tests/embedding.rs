//! The interpreter inside other programs: the three examples, and what an embedding program relies on.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails where what it needs is not there"
)]

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use scn_interpreter::embed::{
    Cancel, Engine, Event, Limits, Outcome, Ran, Signature, Sink, Type, Verdict, block_on,
    from_value, to_value,
};
use scn_protocol::{Stream, Value};
use serde::{Deserialize, Serialize};

#[path = "../examples/game.rs"]
mod game;
#[path = "../examples/harness.rs"]
mod harness;
#[path = "../examples/service.rs"]
mod service;

#[test]
fn the_examples_do_what_they_say() {
    game::main().unwrap();
    harness::main().unwrap();
    service::main();
}

/// An engine with `say`, and what was said.
fn saying() -> (Engine, Rc<RefCell<Vec<String>>>) {
    let said = Rc::<RefCell<Vec<String>>>::default();
    let told = Rc::clone(&said);
    let engine = Engine::new().command(
        Signature::new("say").param("words", Type::Any),
        move |call| told.borrow_mut().push(call.value("words").to_string()),
    );
    (engine, said)
}

fn limited(limits: Limits, source: &str) -> (Ran, Vec<String>) {
    let (engine, said) = saying();
    let ran = engine.limits(limits).run(source).unwrap();
    let said = said.take();
    (ran, said)
}

fn reason(ran: &Ran) -> &str {
    ran.reason.as_deref().unwrap_or_default()
}

#[test]
fn what_commands_give_is_how_their_steps_end() {
    let engine = Engine::new()
        .command(Signature::new("nothing"), |_| ())
        .command(Signature::new("refuse"), |_| Outcome::fail("it refused"))
        .command(Signature::new("break"), |_| {
            Err::<(), _>("it broke".to_owned())
        })
        .command(Signature::new("sum").rest("numbers", Type::Int), |call| {
            Ok(call
                .rest()
                .iter()
                .map(|n| from_value::<i64>(n).unwrap())
                .sum::<i64>())
        });
    let verdict = |source| engine.run(source).unwrap();
    assert_eq!(
        verdict("set n nothing\nassert n == none").verdict,
        Verdict::Pass
    );
    assert_eq!(
        verdict("set n sum 1 2 39\nassert n == 42").verdict,
        Verdict::Pass
    );
    let refused = verdict("refuse");
    assert_eq!((refused.verdict, refused.line), (Verdict::Fail, Some(1)));
    assert!(reason(&refused).contains("it refused"), "{refused:?}");
    let broke = verdict("call break");
    assert_eq!(broke.verdict, Verdict::Error);
    assert!(reason(&broke).contains("it broke"), "{broke:?}");
}

#[test]
fn what_is_wrong_is_found_before_anything_is_done() {
    let (engine, said) = saying();
    let findings = engine
        .check("orders", "say a\nsya b\nsay #{totl}\n")
        .err()
        .unwrap();
    assert_eq!(
        findings.to_string(),
        "orders:2:1: error E103: there is no command `sya` (did you mean `say`?)\n\
         orders:3:7: error E101: nothing is called `totl` here (set it first, `set totl = …`; \
         for text, put it in quotes: 'totl')"
    );
    assert!(said.borrow().is_empty());
    let scenario = engine.check("orders", "exit\nsay late").unwrap();
    let warnings: Vec<&str> = scenario.warnings().iter().map(|found| found.code).collect();
    assert_eq!(warnings, ["W102"]);
}

#[test]
fn names_parameters_and_functions_are_the_embedding_programs() {
    let (engine, said) = saying();
    let engine = engine
        .value("limit", 7)
        .value("book", to_value(&[("bid", 1), ("ask", 2)]).unwrap())
        .function("now", 0..=0, |_| Ok(Value::from("noon")))
        .function("join", 1.., |args| Ok((args.len() as i64).into()));
    let scenario = engine
        .check(
            "names",
            "@param side = 'buy'\nsay #{side}\nsay #{limit + 1}\nsay #{book[1][0]}\nsay #{now()}\nsay #{join(1, 2, 3)}",
        )
        .unwrap();
    let ran = scenario.clone().set("side", "sell").set("limit", "9").run();
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
    assert_eq!(*said.borrow(), ["sell", "10", "ask", "noon", "3"]);
    said.borrow_mut().clear();
    assert_eq!(scenario.run().verdict, Verdict::Pass);
    assert_eq!(
        said.borrow()[..2],
        ["buy", "8"],
        "a run leaves nothing to the next"
    );
    let unknown = engine
        .check("names", "say #{noww() + join()}")
        .err()
        .unwrap();
    let codes: Vec<&str> = unknown.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["E113", "E114"]);
    assert!(unknown.to_string().contains("did you mean `now`?"));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    id: u64,
    price: f64,
    tags: Vec<String>,
    parent: Option<Box<Order>>,
}

#[test]
fn values_come_from_serde_and_go_back() {
    let order = Order {
        id: 7,
        price: 10.25,
        tags: vec!["a".into()],
        parent: Some(Box::new(Order {
            id: 1,
            price: 3.0,
            tags: Vec::new(),
            parent: None,
        })),
    };
    let value = to_value(&order).unwrap();
    assert_eq!(from_value::<Order>(&value).unwrap(), order);
    let engine = Engine::new().value("order", value).command(
        Signature::new("send").param("order", Type::Map),
        |call| {
            let order: Order = call.get("order")?;
            Ok(order.id as i64)
        },
    );
    let ran = engine
        .run("assert order.parent.price == 3\nset id send #{order}\nassert id == 7\nset id try send #{ {id: 'x'} }\nassert id.error contains 'order:'")
        .unwrap();
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
    assert_eq!(
        from_value::<String>(&Value::Duration(250_000_000)).unwrap(),
        "250ms"
    );
    assert_eq!(to_value(&u64::MAX).unwrap().kind(), "a decimal");
    let deep = (0..200).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
    assert!(to_value(&deep).is_err());
}

#[test]
fn a_loop_ends_at_the_limit_of_instructions_and_finally_still_runs() {
    let limits = Limits {
        instructions: Some(1_000_000),
        ..Limits::default()
    };
    let (ran, said) = limited(limits, "while true\nend\nfinally\n  say done\nend");
    assert_eq!(ran.verdict, Verdict::Error);
    assert_eq!(
        reason(&ran),
        "the limit of 1000000 instructions was reached"
    );
    assert_eq!(said, ["done"]);
    let (ran, _) = limited(
        limits,
        "set n = 0\nrepeat 1000\n  set n = n + 1\nend\nassert n == 1000",
    );
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
    // A step in each round: no round is long enough to be counted by itself.
    let (ran, said) = limited(
        limits,
        "set n = 0\nwhile true\n  set n = n + 1\n  if n % 10000 == 0 then say #{n}\nend",
    );
    assert_eq!(ran.verdict, Verdict::Error);
    assert!((1..100).contains(&said.len()), "{said:?}");
    // In the condition of a filter, and by calls alone.
    for source in [
        "set a = range(1000)\nset b = a where len(a where it > 1) > 1",
        "step down n\n  if n > 0 then down #{n - 1}\nend\nwhile true\n  down 100\nend",
    ] {
        let (ran, _) = limited(
            Limits {
                instructions: Some(10_000),
                ..limits
            },
            source,
        );
        assert_eq!(ran.verdict, Verdict::Error, "{source}: {ran:?}");
        assert!(reason(&ran).contains("instructions"), "{ran:?}");
    }
}

#[test]
fn what_its_values_take_is_limited() {
    let limits = Limits {
        memory: Some(1 << 20),
        ..Limits::default()
    };
    for source in [
        "set t = 'x'\nwhile true\n  set t = t + t\nend",
        "set l = [1]\nwhile true\n  set l = l + l\nend",
        "set l = []\nwhile true\n  set l = l + [[]]\nend",
        "set l = range(1000000)",
        "set t = join(range(50000), 'a long text between')",
        "set m = {a: 1}\nwhile true\n  set m = {a: m, b: m}\nend",
        "step keep\n  set t = join(range(5000), '--')\n  keep\nend\nkeep",
        "set t = replace(join(range(10000), ','), ',', join(range(100), '-'))",
    ] {
        let (ran, _) = limited(limits, source);
        assert_eq!(ran.verdict, Verdict::Error, "{source}: {ran:?}");
        let named = ["memory", "bytes", "elements", "nested"];
        assert!(
            named.iter().any(|word| reason(&ran).contains(word)),
            "{source}: {ran:?}"
        );
    }
    let (ran, said) = limited(
        limits,
        "set t = join(range(5000), '--')\nsay #{len(t)}\nfinally\n  say end\nend",
    );
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
    assert_eq!(said, ["28888", "end"]);
    // What another run on this thread may take is not touched.
    let (ran, _) = limited(
        Limits::default(),
        "set l = range(1000000)\nassert len(l) == 1000000",
    );
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
}

#[test]
fn time_is_limited_whatever_the_scenario_does() {
    let limits = Limits {
        time: Some(Duration::from_millis(500)),
        ..Limits::default()
    };
    for source in ["while true\nend", "wait until false within 1h"] {
        let began = Instant::now();
        let (ran, said) = limited(limits, &format!("{source}\nfinally\n  say done\nend"));
        assert!(began.elapsed() >= Duration::from_millis(500));
        assert!(began.elapsed() < Duration::from_secs(60));
        assert_eq!(ran.verdict, Verdict::Error, "{source}");
        assert_eq!(reason(&ran), "the limit of 500ms was reached");
        assert_eq!(said, ["done"]);
    }
    let (ran, _) = limited(
        limits,
        "wait until false within 1h\nfinally\n  wait until false within 1h\nend",
    );
    assert!(reason(&ran).contains("again before `finally`"), "{ran:?}");
    let (ran, _) = limited(limits, "assert true");
    assert_eq!(ran.verdict, Verdict::Pass);
}

#[test]
fn steps_call_each_other_only_so_deep() {
    let limits = Limits {
        depth: Some(10),
        ..Limits::default()
    };
    let down = |n| format!("step down n\n  if n > 1 then down #{{n - 1}}\nend\ndown {n}");
    assert_eq!(limited(limits, &down(9)).0.verdict, Verdict::Pass);
    let (ran, _) = limited(limits, &down(10));
    assert_eq!(ran.verdict, Verdict::Error);
    assert!(reason(&ran).contains("more than 10 deep"), "{ran:?}");
}

#[test]
fn a_run_is_cancelled_from_another_thread() {
    let (engine, said) = saying();
    for source in ["while true\nend", "wait until false within 1h"] {
        said.borrow_mut().clear();
        let cancel = Cancel::new();
        let from_there = cancel.clone();
        let canceller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            from_there.cancel();
        });
        let scenario = engine.check("endless", &format!("{source}\nfinally\n  say done\nend"));
        let ran = scenario.unwrap().cancelled_by(&cancel).run();
        assert_eq!(ran.verdict, Verdict::Error);
        assert!(ran.interrupted);
        assert_eq!(*said.borrow(), ["done"]);
        canceller.join().unwrap();
    }
}

#[test]
fn a_dropped_run_goes_no_further() {
    let (engine, said) = saying();
    let scenario = engine.check(
        "dropped",
        "say a\nwait until false within 1h\nfinally\n  say b\nend",
    );
    let mut run = scenario.unwrap().start();
    assert!(run.advance().is_none());
    drop(run);
    assert_eq!(*said.borrow(), ["a"]);
}

#[test]
fn asynchronous_commands_wait_beside_each_other() {
    let turns = Rc::new(RefCell::new(String::new()));
    let log = Rc::clone(&turns);
    let engine = Engine::new().command_async(
        Signature::new("turns").param("name", Type::Text),
        async move |call| {
            let name: String = call.get("name")?;
            for _ in 0..3 {
                log.borrow_mut().push_str(&name);
                let mut yielded = false;
                std::future::poll_fn(|context| {
                    if std::mem::replace(&mut yielded, true) {
                        return std::task::Poll::Ready(());
                    }
                    context.waker().wake_by_ref();
                    std::task::Poll::Pending
                })
                .await;
            }
            Ok(name)
        },
    );
    let source = "parallel\n  turns a\n  turns b\nend";
    let ran = block_on(engine.run_async(source)).unwrap();
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
    assert_eq!(turns.borrow().len(), 6);
    assert!(
        turns.borrow().contains("ab") && turns.borrow().contains("ba"),
        "{turns:?}"
    );
    // One that hangs is cut by the step's own limit.
    let hanging = Engine::new().command_async(Signature::new("hang"), async |_| {
        std::future::pending::<()>().await;
    });
    let ran = hanging.run("timeout 50ms hang").unwrap();
    assert_eq!(ran.verdict, Verdict::Fail, "{ran:?}");
}

/// Keeps what it is told until it is full.
struct Small(Rc<RefCell<Vec<String>>>);

impl Sink for Small {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let mut kept = self.0.borrow_mut();
        if kept.len() >= 8 {
            return Err(io::Error::other("the sink is full"));
        }
        kept.push(
            format!("{event:?}")
                .split([' ', '{'])
                .next()
                .unwrap()
                .to_owned(),
        );
        Ok(())
    }

    fn output(&mut self, _: u64, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(bytes);
        self.0.borrow_mut().push(format!("{stream:?} {text}"));
        Ok(())
    }
}

#[test]
fn events_go_to_the_sink_and_its_failure_ends_the_run() {
    let kept = Rc::<RefCell<Vec<String>>>::default();
    let engine =
        Engine::new()
            .on_event(Small(Rc::clone(&kept)))
            .command(Signature::new("print"), |call| {
                let written = call.context().output(Stream::Stdout, b"hello");
                written.map_err(|error| error.to_string())
            });
    let ran = engine.run("print\nassert 1 < 2").unwrap();
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
    assert_eq!(
        *kept.borrow(),
        [
            "RunStarted",
            "StepStarted",
            "Stdout hello",
            "StepFinished",
            "Checked",
            "Verdict",
            "RunFinished"
        ]
    );
    kept.borrow_mut().clear();
    let ran = engine.run("while true\n  print\nend").unwrap();
    assert_eq!(ran.verdict, Verdict::Error);
    assert!(ran.unrecorded.unwrap().contains("the sink is full"));
}

#[test]
fn engines_do_not_know_of_each_other() {
    let threads: Vec<_> = (0..4)
        .map(|number: i64| {
            std::thread::spawn(move || {
                let engine = Engine::new()
                    .value("number", number)
                    .limits(Limits {
                        memory: Some(1 << (16 + 4 * number)),
                        ..Limits::default()
                    })
                    .function("own", 0..=0, move |_| Ok(number.into()));
                let ran = engine.run(
                    "set t = 'x'\nwhile len(t) < 100000\n  set t = t + t\nend\nassert own() == number",
                );
                (number, ran.unwrap().verdict)
            })
        })
        .collect();
    for thread in threads {
        let (number, verdict) = thread.join().unwrap();
        let expected = if number == 0 {
            Verdict::Error
        } else {
            Verdict::Pass
        };
        assert_eq!(verdict, expected, "{number}");
    }
    // One inside of another's command.
    let inner = Rc::new(Engine::new().limits(Limits {
        memory: Some(1 << 16),
        ..Limits::default()
    }));
    let outer = Engine::new().command(
        Signature::new("inner").param("source", Type::Text),
        move |call| {
            let source: String = call.get("source")?;
            let ran = inner
                .run(&source)
                .map_err(|findings| findings.to_string())?;
            Ok(ran.verdict.to_string())
        },
    );
    let ran = outer
        .run("set v inner \"set t = range(100000)\"\nassert v == 'ERROR'\nset t = range(100000)\nassert len(t) == 100000")
        .unwrap();
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
}

#[test]
fn nothing_of_this_machine_is_there_unless_it_is_given() {
    let (engine, _) = saying();
    for source in [
        "set a = file('/etc/hostname')",
        "set a = free_port()",
        "set a = csv('/etc/passwd')",
    ] {
        let ran = engine.run(source).unwrap();
        assert_eq!(ran.verdict, Verdict::Error, "{source}");
    }
    let ran = engine
        .run("assert env('PATH') == none and not exists('/')")
        .unwrap();
    assert_eq!(ran.verdict, Verdict::Pass, "{ran:?}");
    let used = engine.check("a.scn", "use 'b.scn'\nsay a").err().unwrap();
    assert!(used.to_string().contains("no files"), "{used}");
}
