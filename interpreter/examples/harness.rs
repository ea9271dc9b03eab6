//! A test harness: what a library does, said in scenarios.
//!
//! The system under test is a Rust type; its methods are the commands. The harness prints what was
//! tested in the Test Anything Protocol, from the events of each run.
//!
//! ```text
//! cargo run -p scn-interpreter --example harness
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use scn_interpreter::embed::{
    Engine, Event, Findings, Outcome, Signature, Type, Verdict, to_value,
};
use serde::Serialize;

const SCENARIOS: &[(&str, &str)] = &[
    (
        "transfer.scn",
        "\
@title What is transferred is in one account, and not in two
@param amount = 30
open alice 100
open bob 0
case 'within the balance'
  transfer alice bob #{amount}
  set a account alice
  set b account bob
  assert a.balance == 100 - amount and b.balance == amount
end
case 'beyond it'
  not transfer alice bob 1000
  set a account alice
  assert a.balance == 100 - amount, 'nothing was taken'
end
",
    ),
    (
        "names.scn",
        "\
@title An account is opened once
open carol 5
set again try open carol 5
assert again.error contains 'carol'
",
    ),
];

/// The system under test.
#[derive(Default)]
struct Bank(BTreeMap<String, i64>);

#[derive(Serialize)]
struct Account<'b> {
    owner: &'b str,
    balance: i64,
}

impl Bank {
    fn open(&mut self, owner: String, balance: i64) -> Result<(), String> {
        if self.0.contains_key(&owner) {
            return Err(format!("{owner} has an account"));
        }
        self.0.insert(owner, balance);
        Ok(())
    }

    fn transfer(&mut self, from: &str, to: &str, amount: i64) -> Result<(), String> {
        let has = *self.0.get(from).ok_or("no such account")?;
        if has < amount {
            return Err(format!("{from} has {has}"));
        }
        *self.0.get_mut(to).ok_or("no such account")? += amount;
        self.0.insert(from.to_owned(), has - amount);
        Ok(())
    }
}

/// What the library refuses is a FAIL: it was the library that did not do as it was told.
fn judged(result: Result<(), String>) -> Outcome {
    match result {
        Ok(()) => Outcome::pass(scn_protocol::Value::None),
        Err(reason) => Outcome::fail(reason),
    }
}

fn engine() -> Engine {
    let bank = Rc::new(RefCell::new(Bank::default()));
    let (opened, transferred) = (Rc::clone(&bank), Rc::clone(&bank));
    Engine::new()
        .command(
            Signature::new("open")
                .param("owner", Type::Text)
                .param("balance", Type::Int),
            move |call| {
                let mut bank = opened.borrow_mut();
                Ok(judged(bank.open(call.get("owner")?, call.get("balance")?)))
            },
        )
        .command(
            Signature::new("transfer")
                .param("from", Type::Text)
                .param("to", Type::Text)
                .param("amount", Type::Int),
            move |call| {
                let (from, to): (String, String) = (call.get("from")?, call.get("to")?);
                let mut bank = transferred.borrow_mut();
                Ok(judged(bank.transfer(&from, &to, call.get("amount")?)))
            },
        )
        .command(
            Signature::new("account").param("owner", Type::Text),
            move |call| {
                let owner: String = call.get("owner")?;
                match bank.borrow().0.get(&owner) {
                    Some(&balance) => to_value(&Account {
                        owner: &owner,
                        balance,
                    }),
                    None => Err(format!("{owner} has no account")),
                }
            },
        )
}

/// Runs all scenarios.
pub fn main() -> Result<(), Findings> {
    println!("1..{}", SCENARIOS.len());
    for (at, (name, source)) in SCENARIOS.iter().enumerate() {
        let title = Rc::new(RefCell::new(String::new()));
        let seen = Rc::clone(&title);
        let engine = engine().on_event(move |event: &Event| match event {
            Event::RunStarted { scenario, .. } => seen.replace(scenario.clone()).clear(),
            Event::CaseFinished { case, verdict, .. } => println!("# {verdict} {case}"),
            _ => {}
        });
        let ran = engine.check(name, source)?.set("amount", "40").run();
        let not = if ran.verdict == Verdict::Pass {
            ""
        } else {
            "not "
        };
        println!("{not}ok {} - {}", at + 1, title.borrow());
        if let Some(reason) = &ran.reason {
            println!("# {name}: {reason}");
        }
        assert_eq!(ran.verdict, Verdict::Pass);
    }
    Ok(())
}
