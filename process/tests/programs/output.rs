//! Output is whole, in order and never held; a step ends with its process.

use std::io;
use std::time::{Duration, Instant};

use crate::support::{block_on, run, sh, start};
use scn_process::{Collect, Discard, Sink, Spec, Stream};

/// Counts, and keeps nothing.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn output(&mut self, _: Stream, chunk: &[u8]) -> io::Result<()> {
        self.0 += chunk.len() as u64;
        Ok(())
    }
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn both_streams_are_kept_apart_and_whole() {
    let (exit, output) = block_on(run(&sh("echo out; echo err >&2; printf 'no end'; exit 3")));
    assert_eq!(exit.code, Some(3));
    assert_eq!(exit.signal, None);
    assert_eq!(output.stdout, b"out\nno end");
    assert_eq!(output.stderr, b"err\n");
}

#[test]
fn any_bytes_pass() {
    let text = "import os; os.write(1, bytes(range(256)) * 1000)";
    let (_, output) = block_on(run(&Spec::new(["python3", "-c", text])));
    let expected: Vec<u8> = (0..256_000).map(|number| number as u8).collect();
    assert!(output.stdout == expected);
}

#[test]
fn a_gigabyte_is_not_held_in_memory() {
    block_on(async {
        let before = resident_kib();
        let mut count = Count::default();
        let mut child = start(&sh("head -c 1000000000 /dev/zero"));
        child.wait(&mut count).await.unwrap();
        assert_eq!(count.0, 1_000_000_000);
        assert!(resident_kib() - before < 16 * 1024);
    });
}

#[test]
fn what_is_in_the_pipe_at_the_exit_is_kept() {
    block_on(async {
        for _ in 0..50 {
            let (_, output) = run(&sh("head -c 60000 /dev/zero; echo last >&2")).await;
            assert_eq!((output.stdout.len(), output.stderr.len()), (60_000, 5));
        }
    });
}

#[test]
fn a_step_does_not_wait_for_who_holds_its_output() {
    block_on(async {
        let start_time = Instant::now();
        let mut child = start(&sh("(sleep 0.3; echo late; echo late >&2) & echo early"));
        let mut output = Collect::default();
        let exit = child.wait(&mut output).await.unwrap();
        assert!(exit.success());
        assert!(start_time.elapsed() < Duration::from_millis(250));
        assert_eq!(output.stdout, b"early\n");
        // The rest neither dies of it nor is it lost.
        let mut leftover = child.leftover().unwrap();
        assert!(child.leftover().is_none());
        leftover.pump(&mut output).await.unwrap();
        assert_eq!(output.stdout, b"early\nlate\n");
        assert_eq!(output.stderr, b"late\n");
    });
}

#[test]
fn who_writes_without_end_does_not_hold_up_the_exit() {
    block_on(async {
        let mut child = start(&sh("yes & sleep 0.1; echo $!"));
        let exit = child.wait(&mut Discard).await.unwrap();
        assert!(exit.duration < Duration::from_secs(2), "{exit:?}");
        let leftover = child.leftover().unwrap();
        // Nobody reads any more: that ends it.
        drop(leftover);
    });
}

#[test]
fn nothing_is_left_over_if_nobody_holds_the_output() {
    block_on(async {
        let elsewhere = sh("exec >/dev/null 2>&1; sleep 5 &");
        for spec in [Spec::new(["true"]), sh("echo x"), elsewhere] {
            let mut child = start(&spec);
            child.wait(&mut Discard).await.unwrap();
            // Another test's child, between its fork and its exec, holds for a moment all that
            // this process does: so `None`, or soon at its end.
            if let Some(mut leftover) = child.leftover() {
                let mut sink = Discard;
                let pump = leftover.pump(&mut sink);
                let ended = tokio::time::timeout(Duration::from_secs(2), pump).await;
                assert!(ended.is_ok(), "{spec:?}");
            }
        }
    });
}

#[test]
fn output_that_is_closed_early_is_no_end() {
    block_on(async {
        let (exit, output) = run(&sh("exec >&-; sleep 0.1; echo still >&2; exit 4")).await;
        assert_eq!(exit.code, Some(4));
        assert_eq!(output.stderr, b"still\n");
        assert!(exit.duration >= Duration::from_millis(100));
    });
}

#[test]
fn a_sink_that_fails_is_heard_and_the_rest_can_still_be_had() {
    struct Full(bool, Vec<u8>);
    impl Sink for Full {
        fn output(&mut self, _: Stream, chunk: &[u8]) -> io::Result<()> {
            if self.0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.1.extend_from_slice(chunk);
            Ok(())
        }
    }
    block_on(async {
        let mut child = start(&sh("echo one; sleep 0.2; echo two"));
        let mut sink = Full(true, Vec::new());
        let error = child.wait(&mut sink).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(child.exit(), None);
        sink.0 = false;
        assert!(child.wait(&mut sink).await.unwrap().success());
        assert_eq!(sink.1, b"two\n");
    });
}

#[test]
fn waiting_can_be_given_up_and_taken_up_again() {
    block_on(async {
        let mut child = start(&sh(
            "for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.02; done",
        ));
        let mut output = Collect::default();
        let exit = loop {
            let wait = child.wait(&mut output);
            match tokio::time::timeout(Duration::from_millis(7), wait).await {
                Ok(exit) => break exit.unwrap(),
                Err(_) => continue,
            }
        };
        assert!(exit.success());
        assert_eq!(output.stdout, b"1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        assert_eq!(child.wait(&mut Discard).await.unwrap(), exit);
    });
}

#[test]
fn two_hundred_run_at_once() {
    block_on(async {
        let tasks = tokio::task::LocalSet::new();
        let started = Instant::now();
        tasks
            .run_until(async {
                let all: Vec<_> = (0..200)
                    .map(|number| {
                        tokio::task::spawn_local(async move {
                            run(&sh(&format!(
                                "sleep 0.3; echo {number}; exit {}",
                                number % 100
                            )))
                            .await
                        })
                    })
                    .collect();
                for (number, task) in all.into_iter().enumerate() {
                    let (exit, output) = task.await.unwrap();
                    assert_eq!(exit.code, Some(number as i32 % 100));
                    assert_eq!(output.stdout, format!("{number}\n").into_bytes());
                }
            })
            .await;
        assert!(started.elapsed() < Duration::from_secs(10));
    });
}
