//! `echo`, `log` and `sleep`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::cell::Cell;
use std::time::{Duration, Instant};

use scn_protocol::{Status, Value};
use support::{Bench, on_one_thread};

#[test]
fn echo_says_its_words_joined_by_blanks() {
    on_one_thread(async {
        let bench = Bench::new();
        let outcome = bench.run(words!["echo", "a  b", 3, true]).await;
        assert_eq!(outcome.value, Some(Value::from("a  b 3 true")));
        bench.run(words!["echo"]).await;
        assert_eq!(*bench.context.said.borrow(), ["a  b 3 true", ""]);
    });
}

#[test]
fn what_echo_makes_of_a_secret_is_secret() {
    on_one_thread(async {
        let bench = Bench::new();
        let secret = Value::from("hunter2").into_secret();
        let outcome = bench.run(&["echo".into(), "it is".into(), secret]).await;
        let value = outcome.value.unwrap();
        assert!(value.is_secret());
        assert_eq!(value.to_text(), "it is hunter2");
    });
}

#[test]
fn log_takes_four_levels() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.run(words!["log", "on we go"]).await;
        bench.run(words!["log", "hm", "level=warning"]).await;
        assert_eq!(
            *bench.context.logged.borrow(),
            ["info: on we go", "warning: hm"]
        );
        let outcome = bench.run(words!["log", "hm", "level=loud"]).await;
        assert_eq!(outcome.status, Status::Error);
        assert!(outcome.error.unwrap().contains("not `loud`"));
    });
}

#[test]
fn sleep_takes_its_time_and_others_go_on_meanwhile() {
    on_one_thread(async {
        let bench = Bench::new();
        let started = Instant::now();
        let meanwhile = Cell::new(false);
        let words = words!["sleep", "200ms"];
        let (outcome, ()) = tokio::join!(
            async {
                let outcome = bench.run(words).await;
                assert!(meanwhile.get());
                outcome
            },
            async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                meanwhile.set(true);
            }
        );
        assert_eq!(outcome.status, Status::Pass);
        assert!(started.elapsed() >= Duration::from_millis(200));
        let outcome = bench.run(words!["sleep", "-1s"]).await;
        assert_eq!(outcome.status, Status::Error);
    });
}
