//! Nothing that was started stays, however it tries: with orphans adopted.
//!
//! Adopting is a setting of the whole process, and a tree takes what nobody else owns: so these
//! tests have a program to themselves, and run one after the other.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use scn_process::{
    Collect, Containment, Discard, Ended, How, Signal, Spec, Tree, adopt_orphans, containment,
};
use support::{LIMIT, LONG, block_on, lives, ready, run, sh, start};

const SHORT: Duration = Duration::from_millis(200);

/// One test at a time, with orphans adopted, and nothing left at the end.
fn alone<T>(test: impl AsyncFnOnce() -> T) -> T {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    adopt_orphans().unwrap();
    let result = block_on(test());
    assert_eq!(children(), 0, "children are left");
    result
}

/// How many children all threads of this process have, the dead ones that were not reaped included.
fn children() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    threads
        .map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap_or_default())
        .map(|list| list.split_whitespace().count())
        .sum()
}

/// Runs a shell's text in a tree until the shell exits; what it says are process ids.
async fn leave_behind(tree: &Tree, text: &str) -> Vec<String> {
    let mut output = Collect::default();
    let mut child = tree.spawn(&sh(text)).unwrap();
    let exit = child.wait(&mut output).await.unwrap();
    assert!(exit.success(), "{exit:?} {output:?}");
    // Until all have said what they had to say, and closed their output.
    if let Some(mut leftover) = child.leftover() {
        leftover.pump(&mut output).await.unwrap();
    }
    let said = String::from_utf8(output.stdout).unwrap();
    let pids: Vec<String> = said.split_whitespace().map(Into::into).collect();
    for pid in &pids {
        assert!(lives(pid), "{pid}");
    }
    pids
}

fn how(ended: &[Ended], pid: &str) -> Option<How> {
    let found = ended.iter().find(|ended| ended.pid.to_string() == pid)?;
    Some(found.how)
}

/// A daemon by all the rules, in the shell: it does what comes `before`, says its process id, closes
/// its output, and goes on with `then`.
fn daemon(before: &str, then: &str) -> String {
    let inner = format!("{before} echo $$; exec >/dev/null 2>&1; {then}");
    format!("export INNER='{inner}'; setsid sh -c 'cd /; (setsid sh -c \"$INNER\" </dev/null &)'")
}

/// Waits until something in a tree is so.
async fn until(tree: &Tree, so: impl Fn(&[(u32, String)]) -> bool) {
    while !so(&tree.alive().unwrap()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_daemon_is_ended() {
    alone(async || {
        let tree = Tree::new(None);
        let pids = leave_behind(&tree, &daemon("", "sleep 1000; :")).await;
        assert_eq!(pids.len(), 1);
        assert!(
            tree.alive()
                .unwrap()
                .iter()
                .any(|(pid, _)| pid.to_string() == pids[0])
        );
        until(&tree, |alive| {
            alive.iter().any(|(_, words)| words == "sleep 1000")
        })
        .await;
        let ended = tree.end_all(LONG).await.unwrap();
        assert_eq!(how(&ended, &pids[0]), Some(How::Terminated));
        assert!(
            ended.iter().any(|ended| ended.command == "sleep 1000"),
            "{ended:?}"
        );
        assert!(!lives(&pids[0]));
        assert_eq!(tree.end_all(SHORT).await.unwrap(), []);
    });
}

#[test]
fn what_ends_by_itself_is_waited_for_and_what_does_not_is_left() {
    alone(async || {
        let tree = Tree::new(None);
        assert!(tree.ends_by_itself(SHORT).await.unwrap());
        leave_behind(&tree, "sleep 0.05 >/dev/null 2>&1 & echo $!").await;
        assert!(tree.ends_by_itself(LONG).await.unwrap());
        assert_eq!(tree.end_all(SHORT).await.unwrap(), []);
        let pids = leave_behind(&tree, "sleep 1000 >/dev/null 2>&1 & echo $!").await;
        assert!(!tree.ends_by_itself(SHORT).await.unwrap());
        assert!(lives(&pids[0]));
        tree.end_all(LONG).await.unwrap();
    });
}

#[test]
fn a_daemon_that_hides_its_origin_is_ended() {
    alone(async || {
        let tree = Tree::new(Some(("SCN_RUN".into(), "1".into())));
        let text = "env -i setsid sleep 1000 >/dev/null 2>&1 & echo $!";
        let pids = leave_behind(&tree, text).await;
        until(&tree, |alive| {
            alive.iter().any(|(_, words)| words == "sleep 1000")
        })
        .await;
        let ended = tree.end_all(LONG).await.unwrap();
        assert_eq!(how(&ended, &pids[0]), Some(How::Terminated));
    });
}

#[test]
fn who_ignores_term_is_killed() {
    alone(async || {
        let tree = Tree::new(None);
        let text = daemon("trap \"\" TERM;", "while :; do sleep 0.05; done");
        let pids = leave_behind(&tree, &text).await;
        let asked = Instant::now();
        let ended = tree.end_all(SHORT).await.unwrap();
        assert_eq!(how(&ended, &pids[0]), Some(How::Killed));
        assert!(asked.elapsed() >= SHORT && asked.elapsed() < LONG);
        assert!(!lives(&pids[0]));
    });
}

#[test]
fn who_is_stopped_is_ended() {
    alone(async || {
        let tree = Tree::new(None);
        let pids = leave_behind(&tree, &daemon("", "kill -STOP $$; sleep 1000")).await;
        let ended = tree.end_all(LONG).await.unwrap();
        assert_eq!(how(&ended, &pids[0]), Some(How::Terminated));
    });
}

#[test]
fn a_whole_brood_is_ended() {
    alone(async || {
        let tree = Tree::new(None);
        let text = "b() { if [ $1 -gt 0 ]; then b $(($1 - 1)) & b $(($1 - 1)) & fi; sleep 1000; }
                    exec >/dev/null 2>&1; b 6 &";
        leave_behind(&tree, text).await;
        until(&tree, |alive| alive.len() >= 150).await;
        let ended = tree.end_all(LONG).await.unwrap();
        assert!(ended.len() >= 150, "{}", ended.len());
        assert_eq!(tree.alive().unwrap(), []);
    });
}

#[test]
fn who_starts_again_what_was_ended_is_ended() {
    alone(async || {
        let tree = Tree::new(None);
        let text = "trap '' TERM; echo $$; while :; do sh -c 'trap - TERM; sleep 1000'; done >/dev/null 2>&1";
        let mut child = tree.spawn(&sh(text)).unwrap();
        let pid = ready(&mut child).await;
        let ended = tree.end_all(SHORT).await.unwrap();
        assert_eq!(how(&ended, &pid), Some(How::Killed));
        // The program itself is left to who waits for it.
        assert_eq!(child.wait(&mut Discard).await.unwrap().signal, Some("KILL"));
    });
}

/// Each process starts the next, in a session of its own, and is gone: whoever looks comes late.
/// Bounded, should a test fail: it ends by itself after a minute.
#[test]
fn who_runs_ahead_is_ended() {
    let text = "
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
end = time.monotonic() + 60
while time.monotonic() < end:
    if os.fork():
        os._exit(0)
    os.setsid()
";
    alone(async || {
        let tree = Tree::new(None);
        let mut child = tree.spawn(&Spec::new(["python3", "-c", text])).unwrap();
        child.wait(&mut Discard).await.unwrap();
        // Whoever looks may come late each time.
        until(&tree, |alive| !alive.is_empty()).await;
        let ended = tree.end_all(SHORT).await.unwrap();
        assert!(!ended.is_empty());
        assert!(ended.iter().all(|ended| ended.how != How::Survived));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(tree.alive().unwrap(), []);
    });
}

#[test]
fn trees_do_not_end_each_other() {
    alone(async || {
        let marked = |run: &str| Tree::new(Some(("SCN_RUN".into(), run.into())));
        let (one, two) = (marked("1"), marked("2"));
        let spec = |run: &str, text: &str| {
            let mut spec = sh(text);
            spec.env.set("SCN_RUN", run);
            spec
        };
        let text = daemon("", "sleep 1000; :");
        let mut output = Collect::default();
        for (tree, run) in [(&one, "1"), (&two, "2")] {
            let mut child = tree.spawn(&spec(run, &text)).unwrap();
            child.wait(&mut output).await.unwrap();
            if let Some(mut leftover) = child.leftover() {
                leftover.pump(&mut output).await.unwrap();
            }
        }
        let mut running = two.spawn(&spec("2", "sleep 1000")).unwrap();
        let mut outside = start(&sh("sleep 1000 & wait"));
        let said = String::from_utf8(output.stdout).unwrap();
        let pids: Vec<&str> = said.split_whitespace().collect();

        let ended = one.end_all(LONG).await.unwrap();
        assert_eq!(how(&ended, pids[0]), Some(How::Terminated));
        assert!(!lives(pids[0]) && lives(pids[1]));
        assert!(lives(&running.pid().to_string()));

        let ended = two.end_all(LONG).await.unwrap();
        assert_eq!(how(&ended, pids[1]), Some(How::Terminated));
        assert_eq!(
            running.wait(&mut Discard).await.unwrap().signal,
            Some("TERM")
        );
        assert!(lives(&outside.pid().to_string()));
        outside.terminate(LONG, &mut Discard).await.unwrap();
    });
}

#[test]
fn a_tree_that_is_dropped_kills_what_is_in_it() {
    alone(async || {
        let tree = Tree::new(None);
        let pids = leave_behind(&tree, &daemon("", "sleep 1000; :")).await;
        drop(tree);
        let deadline = Instant::now() + LIMIT;
        while lives(&pids[0]) {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Whatever tree comes next reaps it.
        let tree = Tree::new(None);
        run_in(&tree, "sleep 0.05").await;
        tree.end_all(SHORT).await.unwrap();
    });
}

async fn run_in(tree: &Tree, text: &str) {
    let mut child = tree.spawn(&sh(text)).unwrap();
    child.wait(&mut Discard).await.unwrap();
}

#[test]
fn orphans_that_died_are_reaped_in_a_long_run() {
    alone(async || {
        let tree = Tree::new(None);
        for _ in 0..300 {
            run_in(&tree, "true & exec true").await;
        }
        assert!(children() < 200, "{}", children());
        until(&tree, <[_]>::is_empty).await;
        assert_eq!(tree.end_all(SHORT).await.unwrap(), []);
    });
}

#[test]
fn a_component_lives_beyond_its_step_and_is_ended_with_the_tree() {
    alone(async || {
        let tree = Tree::new(None);
        let mut component = tree.spawn(&sh("echo up; exec sleep 1000")).unwrap();
        ready(&mut component).await;
        run_in(&tree, "true").await;
        component.signal(Signal::STOP).unwrap();
        let ended = tree.end_all(LONG).await.unwrap();
        assert_eq!(ended.len(), 1, "{ended:?}");
        let exit = component.wait(&mut Discard).await.unwrap();
        assert_eq!(exit.signal, Some("TERM"));
    });
}

#[test]
fn an_empty_tree_ends_at_once() {
    alone(async || {
        let (exit, _) = run(&Spec::new(["true"])).await;
        assert!(exit.success());
        let tree = Tree::new(None);
        assert_eq!(tree.end_all(SHORT).await.unwrap(), []);
    });
}

#[test]
fn a_thousand_starts_leave_no_descriptor_and_no_zombie() {
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    alone(async || {
        run(&sh("true")).await;
        let before = open();
        for _ in 0..1000 {
            let (exit, _) = run(&Spec::new(["true"])).await;
            assert!(exit.success());
        }
        assert_eq!(open(), before);
    });
}

#[test]
fn what_is_in_force_can_be_told() {
    alone(async || {
        let in_force = containment();
        assert_ne!(in_force, Containment::GroupOnly);
        assert!(in_force.to_string().starts_with("subreaper"));
    });
}

/// How often this process has read anything.
fn reads() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    let reads = io.lines().find_map(|line| line.strip_prefix("syscr: "));
    reads.unwrap().parse().unwrap()
}

#[test]
fn to_end_one_of_many_asks_none_of_the_others() {
    alone(async || {
        let tree = Tree::new(None);
        let mut many: Vec<_> = (0..200)
            .map(|_| tree.spawn(&Spec::new(["sleep", "1000"])).unwrap())
            .collect();
        let mut took = Vec::new();
        for child in &mut many {
            let before = reads();
            child.terminate(LONG, &mut Discard).await.unwrap();
            // For its own outputs and for these numbers; for the first one, whether the system lists children.
            took.push(reads() - before);
        }
        assert!(took[1..].iter().all(|reads| *reads < 20), "{took:?}");
        assert_eq!(tree.end_all(LONG).await.unwrap(), []);
    });
}

#[test]
fn what_a_dead_leader_left_in_its_group_is_ended_with_it() {
    // A child of the leader; and one whose own parent lives, and has left the group.
    let child = "trap '' TERM; sleep 1000 >/dev/null 2>&1 & echo $!; trap - TERM; wait";
    let grandchild = "trap '' TERM; sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!; exec setsid sleep 1000 >/dev/null 2>&1' & trap - TERM; wait";
    for text in [child, grandchild] {
        alone(async || {
            let tree = Tree::new(None);
            let mut leader = tree.spawn(&sh(text)).unwrap();
            let left = ready(&mut leader).await;
            let group = |pid: &str| {
                let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
                stat.split(' ').nth(4).map(str::to_owned)
            };
            assert_eq!(group(&left), Some(leader.pid().to_string()));
            // The parent of the one has left the group, if it is going to.
            if text == grandchild {
                until(&tree, |alive| {
                    let apart = |pid: u32| group(&pid.to_string()) == Some(pid.to_string());
                    alive
                        .iter()
                        .any(|(pid, words)| words == "sleep 1000" && apart(*pid))
                })
                .await;
            }
            leader.terminate(SHORT, &mut Discard).await.unwrap();
            assert!(!lives(&left), "{text}");
            tree.end_all(LONG).await.unwrap();
        });
    }
}

#[test]
fn who_is_dropped_while_its_group_is_ended_kills_what_is_left_of_that() {
    alone(async || {
        let tree = Tree::new(None);
        let text = "trap '' TERM; sleep 1000 >/dev/null 2>&1 & echo $!; trap - TERM; wait";
        let mut leader = tree.spawn(&sh(text)).unwrap();
        let left = ready(&mut leader).await;
        let mut discard = Discard;
        let ending = tokio::time::timeout(SHORT, leader.terminate(LONG, &mut discard));
        ending.await.unwrap_err();
        assert!(lives(&left));
        drop(leader);
        until(&tree, |alive| alive.is_empty()).await;
        assert!(!lives(&left));
    });
}
