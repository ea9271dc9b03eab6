//! `run` and `sh`, and how this machine runs programs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::{Duration, Instant};

use scn_interpreter::{Context, World};
use scn_protocol::{Status, Value};
use support::{Bench, alive, on_one_thread, until, until_sleeps};

#[test]
fn a_program_gets_its_words_as_they_are() {
    on_one_thread(async {
        let bench = Bench::new();
        let outcome = bench
            .run(words!["run", "printf", "%s|", "a b", "$HOME", "*", ""])
            .await;
        assert_eq!(outcome.status, Status::Pass);
        assert_eq!(
            (outcome.exit, outcome.value, outcome.error),
            (Some(0), None, None)
        );
        assert_eq!(bench.context.stdout_text(), "a b|$HOME|*||");
        assert_eq!(bench.context.pids.borrow().len(), 1);
    });
}

#[test]
fn the_words_of_sh_are_never_part_of_its_text() {
    on_one_thread(async {
        let bench = Bench::new();
        let text = r#"printf '%s-%s' "$1" "$2" >&2; printf %s "$0" "$#""#;
        bench.run(words!["sh", text, "'; exit 9; '", "b"]).await;
        assert_eq!(bench.context.stderr.borrow().as_slice(), b"'; exit 9; '-b");
        assert_eq!(bench.context.stdout_text(), "sh2");
    });
}

#[test]
fn a_step_has_the_run_in_its_environment_and_no_secrets_of_others() {
    on_one_thread(async {
        let mut bench = Bench::new();
        // Cargo sets it for every test.
        bench.context.hidden = vec!["CARGO_PKG_NAME".to_owned()];
        bench
            .run(words![
                "sh",
                "echo $SCN_RUN/$SCN_STEP/${CARGO_PKG_NAME-hidden}/${PATH:+path}; pwd"
            ])
            .await;
        let root = bench.folder.path().canonicalize().unwrap();
        let expected = format!(
            "{}/7/hidden/path\n{}\n",
            bench.context.run(),
            root.display()
        );
        assert_eq!(bench.context.stdout_text(), expected);
    });
}

#[test]
fn a_status_other_than_0_is_a_failure() {
    on_one_thread(async {
        let outcome = Bench::new().run(words!["sh", "exit 3"]).await;
        assert_eq!((outcome.status, outcome.exit), (Status::Fail, Some(3)));
        assert_eq!(outcome.error.as_deref(), Some("exit status 3"));
        let outcome = Bench::new().run(words!["sh", "kill -9 $$"]).await;
        assert_eq!((outcome.status, outcome.exit), (Status::Fail, None));
        assert_eq!(outcome.signal.as_deref(), Some("KILL"));
        assert_eq!(outcome.error.as_deref(), Some("killed by signal KILL"));
    });
}

#[test]
fn what_cannot_be_started_is_an_error_and_says_why() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.write("plain", "text");
        for (words, why) in [
            (
                words!["run", "no-such-program"].as_slice(),
                "there is no program `no-such-program` (searched /",
            ),
            (words!["run", "./missing"], "there is no program `"),
            (words!["run", "./plain"], "may not be executed"),
            (words!["run", "true", "a\0b"], "holds a NUL byte"),
        ] {
            let outcome = bench.run(words).await;
            assert_eq!(outcome.status, Status::Error, "{words:?}");
            let error = outcome.error.unwrap();
            assert!(error.contains(why), "{error}");
        }
        assert!(bench.context.pids.borrow().is_empty());
    });
}

#[test]
fn input_is_what_is_given_and_else_empty() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.run(words!["run", "cat"]).await;
        assert_eq!(bench.context.stdout_text(), "");
        let raw: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
        *bench.context.input.borrow_mut() = Some(Value::bytes(raw.clone()));
        bench.run(words!["run", "cat"]).await;
        assert!(*bench.context.stdout.borrow() == raw);
    });
}

#[test]
fn cancelled_it_is_ended_with_its_group_and_waited_for() {
    on_one_thread(async {
        let bench = Bench::new();
        let text = "trap 'echo bye; exit 4' TERM; sleep 1000 & echo $!; wait";
        let words = words!["sh", text];
        let (outcome, asked) = tokio::join!(bench.run(words), async {
            until("it runs", || bench.context.stdout.borrow().ends_with(b"\n")).await;
            let sleeper = bench.context.stdout_text().trim().parse().unwrap();
            until_sleeps(sleeper).await;
            bench.context.cancel.send(true).unwrap();
            Instant::now()
        });
        assert_eq!((outcome.status, outcome.exit), (Status::Cancelled, Some(4)));
        let stdout = bench.context.stdout_text();
        let (sleeper, said) = stdout.split_once('\n').unwrap();
        assert_eq!(said, "bye\n");
        assert!(!alive(sleeper.parse().unwrap()));
        // The grace period of five seconds was not needed.
        assert!(asked.elapsed() < Duration::from_secs(4));
    });
}

#[test]
fn one_that_ignores_term_is_killed_after_the_grace_period() {
    on_one_thread(async {
        let bench = Bench::new();
        let text = "trap '' TERM; echo $$; while :; do sleep 0.1; done";
        let started = Instant::now();
        let words = words!["sh", text];
        let (outcome, ()) = tokio::join!(bench.run(words), async {
            until("it runs", || !bench.context.stdout.borrow().is_empty()).await;
            bench.context.cancel.send(true).unwrap();
        });
        assert_eq!(outcome.status, Status::Cancelled);
        assert_eq!(outcome.signal.as_deref(), Some("KILL"));
        assert!(started.elapsed() >= Duration::from_secs(5));
        assert!(!alive(bench.context.stdout_text().trim().parse().unwrap()));
    });
}

#[test]
fn a_step_is_over_when_its_process_is_and_later_output_is_kept_beside() {
    on_one_thread(async {
        let bench = Bench::new();
        let text = "(while [ ! -e go ]; do sleep 0.02; done; echo late) & echo early";
        let outcome = bench.run(words!["sh", text]).await;
        assert_eq!(outcome.status, Status::Pass);
        assert_eq!(bench.context.stdout_text(), "early\n");
        bench.write("go", "");
        let kept = bench.path("outputs/step-7.stdout");
        until("the late output is kept", || {
            std::fs::read(&kept).is_ok_and(|text| text == b"late\n")
        })
        .await;
    });
}

#[test]
fn output_that_cannot_be_recorded_ends_the_program() {
    on_one_thread(async {
        let bench = Bench::new();
        bench.context.full.set(true);
        let outcome = bench.run(words!["sh", "echo x; sleep 1000"]).await;
        assert_eq!(outcome.status, Status::Error);
        let why = "its output cannot be recorded: the disk is full";
        assert_eq!(outcome.error.as_deref(), Some(why));
        assert!(!alive(bench.context.pids.borrow()[0]));
    });
}

#[test]
fn a_variable_of_this_program_can_be_asked_for() {
    let world = scn_stdlib::LocalWorld::without_a_run();
    assert_eq!(world.env("CARGO_PKG_NAME").as_deref(), Some("scn-stdlib"));
    for name in ["", "A=B", "A\0", "SCN_NO_SUCH_VARIABLE"] {
        assert_eq!(world.env(name), None);
    }
}
