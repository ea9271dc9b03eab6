//! Output is whole, in order and never held; a step ends with its process.

use std::io;
use std::time::{Duration, Instant};

use crate::support::{LIMIT, LONG, block_on, run, sh, start};
use scn_process::{Child, Collect, Discard, Input, Process, Sink, Spec, Stream};

#[test]
fn both_streams_are_kept_apart_and_whole() {
    let (exit, output) = block_on(run(&sh("echo out; echo err >&2; printf 'no end'; exit 3")));
    assert_eq!(exit.code, Some(3));
    assert_eq!(exit.signal, None);
    assert_eq!(output.stdout, b"out\nno end");
    assert_eq!(output.stderr, b"err\n");
}

#[test]
fn what_comes_soon_can_be_waited_for_and_what_follows_is_whole() {
    block_on(async {
        let long = Duration::from_secs(10);
        let mut child = start(&sh("echo one; echo two >&2; sleep 0.2; echo three; exit 3"));
        let mut output = Collect::default();
        assert!(child.look(long, &mut output).unwrap());
        // What comes with its end is for whoever waits for that.
        while !output.stdout.ends_with(b"three\n") && child.look(long, &mut output).unwrap() {}
        let exit = child.wait(&mut output).await.unwrap();
        assert_eq!(exit.code, Some(3));
        assert_eq!(output.stdout, b"one\nthree\n");
        assert_eq!(output.stderr, b"two\n");
        assert!(!child.look(long, &mut output).unwrap());
    });
}

#[test]
fn nothing_is_waited_for_longer_than_asked() {
    block_on(async {
        let mut child = start(&sh("exec sleep 20"));
        let began = Instant::now();
        let patience = Duration::from_millis(50);
        assert!(!child.look(patience, &mut Discard).unwrap());
        let took = began.elapsed();
        assert!(
            took >= patience && took < Duration::from_secs(10),
            "{took:?}"
        );
        child.terminate(Duration::ZERO, &mut Discard).await.unwrap();
    });
}

#[test]
fn any_bytes_pass() {
    let text = "import os; os.write(1, bytes(range(256)) * 1000)";
    let (_, output) = block_on(run(&Spec::new(["python3", "-c", text])));
    let expected: Vec<u8> = (0..256_000).map(|number| number as u8).collect();
    assert!(output.stdout == expected);
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
fn a_pipe_that_is_full_at_the_exit_has_ended_too() {
    block_on(async {
        // As below, another test's child may hold the pipe for a moment, but not each time.
        let mut ended = false;
        for _ in 0..20 {
            let mut child = start(&Spec::new(["head", "-c", "65536", "/dev/zero"]));
            while Process::open(child.pid()).unwrap().is_some() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let mut output = Collect::default();
            child.wait(&mut output).await.unwrap();
            assert_eq!(output.stdout.len(), 65_536);
            ended |= child.leftover().is_none();
        }
        assert!(ended);
    });
}

#[test]
fn what_does_not_fit_into_a_pipe_is_whole_and_in_order() {
    block_on(async {
        let text = "import os; os.write(1, bytes(range(200)) * 20000); os.write(2, b'e' * 300000)";
        for _ in 0..5 {
            let (exit, output) = run(&Spec::new(["python3", "-c", text])).await;
            assert!(exit.success());
            let expected = (0..4_000_000).map(|number| (number % 200) as u8);
            assert!(output.stdout.iter().copied().eq(expected));
            assert_eq!(output.stderr, [b'e'; 300_000]);
        }
    });
}

#[test]
fn a_wait_that_was_given_up_at_once_loses_nothing() {
    block_on(async {
        let mut child = start(&sh("echo one; sleep 0.05; echo two >&2; echo three"));
        let mut output = Collect::default();
        let exit = loop {
            let waiting = child.wait(&mut output);
            match tokio::time::timeout(Duration::from_micros(100), waiting).await {
                Ok(exit) => break exit.unwrap(),
                Err(_) => continue,
            }
        };
        assert!(exit.success());
        assert_eq!(output.stdout, b"one\nthree\n");
        assert_eq!(output.stderr, b"two\n");
    });
}

#[test]
fn a_step_does_not_wait_for_who_holds_its_output() {
    block_on(async {
        let mut spec = sh("exec 3<&0; (read go <&3; echo late; echo late >&2) & echo early");
        spec.input = Input::Piped;
        let mut child = start(&spec);
        let input = child.take_input().unwrap();
        let mut output = Collect::default();
        let exit = child.wait(&mut output).await.unwrap();
        assert!(exit.success());
        assert_eq!(output.stdout, b"early\n");
        // The rest neither dies of it nor is it lost.
        let mut leftover = child.leftover().unwrap();
        assert!(child.leftover().is_none());
        input.write_all(b"go\n").await.unwrap();
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
        assert!(exit.duration < LONG, "{exit:?}");
        let leftover = child.leftover().unwrap();
        // Nobody reads any more: that ends it.
        drop(leftover);
    });
}

/// After its exit, nobody else writes to its output.
async fn assert_ends_soon(child: &mut Child) {
    // Another test's child, between its fork and its exec, holds for a moment all that
    // this process does: so `None`, or soon at its end.
    let Some(mut leftover) = child.leftover() else {
        return;
    };
    let mut sink = Discard;
    let pump = leftover.pump(&mut sink);
    let ended = tokio::time::timeout(LONG, pump).await;
    assert!(ended.is_ok());
}

#[test]
fn nothing_is_left_over_if_nobody_holds_the_output() {
    block_on(async {
        let elsewhere = sh("exec >/dev/null 2>&1; sleep 40 &");
        for spec in [Spec::new(["true"]), sh("echo x"), elsewhere] {
            let mut child = start(&spec);
            child.wait(&mut Discard).await.unwrap();
            assert_ends_soon(&mut child).await;
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
        let mut spec = sh("echo one; read go; echo two");
        spec.input = Input::Piped;
        let mut child = start(&spec);
        let input = child.take_input().unwrap();
        let mut sink = Full(true, Vec::new());
        let error = child.wait(&mut sink).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(child.exit(), None);
        sink.0 = false;
        input.write_all(b"go\n").await.unwrap();
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
                                "sleep 1; echo {number}; exit {}",
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
        // One after the other they would take 200 seconds.
        assert!(started.elapsed() < LIMIT);
    });
}
