//! A program that is to end does, with its group, however it resists.

use std::io;
use std::time::{Duration, Instant};

use crate::support::{LIMIT, LONG, block_on, lives, ready, run, sh, start};
use scn_process::{Collect, Discard, Ending, GRACE, Signal, Sink, Stream};

const SHORT: Duration = Duration::from_millis(200);

#[test]
fn death_by_a_signal_has_its_name() {
    for name in ["KILL", "TERM", "SEGV", "USR1", "PIPE"] {
        let (exit, _) = block_on(run(&sh(&format!("kill -{name} $$"))));
        assert_eq!((exit.code, exit.signal), (None, Some(name)));
        assert_eq!(exit.ending, Ending::Own);
    }
    let (exit, _) = block_on(run(&sh("kill -36 $$")));
    assert_eq!(exit.signal, Some("RTMIN+2"));
}

#[test]
fn term_is_enough_for_most_and_output_is_kept_to_the_end() {
    block_on(async {
        let mut child = start(&sh(
            "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.02; done",
        ));
        ready(&mut child).await;
        let mut output = Collect::default();
        let asked = Instant::now();
        let exit = child.terminate(LONG, &mut output).await.unwrap();
        assert_eq!((exit.code, exit.ending), (Some(7), Ending::Terminated));
        assert_eq!(output.stdout, b"bye\n");
        // The grace period is not waited for.
        assert!(asked.elapsed() < LONG / 2);
    });
}

#[test]
fn who_ignores_term_is_killed_after_the_grace_period() {
    block_on(async {
        let mut child = start(&sh(
            "trap '' TERM; echo ready; while :; do sleep 0.05; done",
        ));
        ready(&mut child).await;
        let asked = Instant::now();
        let exit = child.terminate(SHORT, &mut Discard).await.unwrap();
        assert_eq!((exit.signal, exit.ending), (Some("KILL"), Ending::Killed));
        assert!(asked.elapsed() >= SHORT);
        assert!(asked.elapsed() < GRACE * 4);
        assert_eq!(child.terminate(SHORT, &mut Discard).await.unwrap(), exit);
    });
}

#[test]
fn the_whole_group_ends_and_not_its_leader_alone() {
    block_on(async {
        let text = "trap 'exit 0' TERM; \
                    (trap '' TERM; echo $(exec sh -c 'echo $PPID'); while :; do sleep 0.05; done) & \
                    while :; do sleep 0.05; done";
        let mut child = start(&sh(text));
        let stubborn = ready(&mut child).await;
        assert!(lives(&stubborn));
        // Enough for the leader, which heeds TERM, on a machine that is busy.
        let grace = Duration::from_secs(3);
        let exit = child.terminate(grace, &mut Discard).await.unwrap();
        assert_eq!((exit.code, exit.ending), (Some(0), Ending::Killed));
        assert!(!lives(&stubborn));
    });
}

#[test]
fn a_stopped_program_ends_too() {
    block_on(async {
        let mut child = start(&sh(
            "trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done",
        ));
        ready(&mut child).await;
        child.signal_group(Signal::STOP).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let exit = child.terminate(LONG, &mut Discard).await.unwrap();
        assert_eq!((exit.code, exit.ending), (Some(5), Ending::Terminated));
    });
}

#[test]
fn who_fills_its_output_while_it_is_ended_is_not_stuck() {
    block_on(async {
        let text = "trap 'head -c 3000000 /dev/zero; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
        let mut child = start(&sh(text));
        ready(&mut child).await;
        let mut output = Collect::default();
        let exit = child.terminate(LONG, &mut output).await.unwrap();
        assert_eq!((exit.code, exit.ending), (Some(0), Ending::Terminated));
        assert_eq!(output.stdout.len(), 3_000_000);
    });
}

#[test]
fn a_full_disk_does_not_save_a_program() {
    struct Full;
    impl Sink for Full {
        fn output(&mut self, _: Stream, _: &[u8]) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }
    block_on(async {
        let text = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.02; done";
        let mut child = start(&sh(text));
        child.wait(&mut Full).await.unwrap_err();
        let error = child.terminate(GRACE, &mut Full).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(child.exit().unwrap().code, Some(7));
    });
}

#[test]
fn who_is_dropped_is_killed_with_its_group() {
    block_on(async {
        let mut child = start(&sh("sleep 100 & echo $!; wait"));
        let sleeper = ready(&mut child).await;
        let leader = child.pid().to_string();
        drop(child);
        let deadline = Instant::now() + LIMIT;
        while lives(&sleeper) || lives(&leader) {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

#[test]
fn nothing_is_signalled_after_the_exit() {
    block_on(async {
        let mut child = start(&sh("exit 0"));
        child.wait(&mut Discard).await.unwrap();
        child.signal(Signal::KILL).unwrap();
        child.signal_group(Signal::KILL).unwrap();
    });
}
