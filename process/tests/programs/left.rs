//! What an earlier process started is ended, and nothing else.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use scn_process::{
    Collect, GRACE, How, Leftover, Output, Process, Spec, Tree, boot, end_group, spawn,
};

use crate::support::{LONG, block_on, lives};

const SHORT: Duration = Duration::from_millis(200);

fn marker(test: &str) -> (OsString, OsString) {
    let value = format!("{test}-{}", std::process::id());
    ("SCN_LEFT".into(), value.into())
}

/// Starts a shell's text as another process would, marked; gives it, and what it says: process ids.
fn begun(marker: &(OsString, OsString), text: &str) -> (Child, Vec<String>) {
    let mut child = Command::new("sh")
        .args(["-c", text])
        .env(&marker.0, &marker.1)
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines
        .map(Result::unwrap)
        .take_while(|line| !line.is_empty());
    let said = said.collect();
    (child, said)
}

fn number(child: &Child) -> (u32, u64) {
    let process = Process::open(child.id()).unwrap().unwrap();
    (child.id(), process.start_time())
}

#[test]
fn all_that_an_earlier_process_started_is_ended() {
    block_on(async {
        let marker = marker("all");
        // A descendant that hides its origin; and one that has lost its parent, but not its mark.
        let text = "exec 2>&1; env -i setsid sleep 1001 >/dev/null & echo $!
            sh -c 'setsid sleep 1002 >/dev/null & echo $!'; echo; wait";
        let (mut child, pids) = begun(&marker, text);
        let tree = Tree::new(Some(marker));
        tree.take_over([number(&child)]).unwrap();
        let ended = tree.end_all(LONG).await.unwrap();
        assert_eq!(ended.len(), 3, "{ended:?}");
        assert!(ended.iter().all(|ended| ended.how == How::Terminated));
        assert!(pids.iter().all(|pid| !lives(pid)));
        child.wait().unwrap();
        assert_eq!(tree.end_all(SHORT).await.unwrap(), []);
    });
}

#[test]
fn a_group_is_known_by_one_that_is_marked_in_it() {
    block_on(async {
        let marker = marker("group");
        let text = "env -i sleep 1003 >/dev/null 2>&1 & echo $!
            sleep 1004 >/dev/null 2>&1 & echo $!; echo; wait";
        let (mut child, pids) = begun(&marker, text);
        let left = number(&child);
        child.kill().unwrap();
        child.wait().unwrap();
        let tree = Tree::new(Some(marker));
        tree.take_over([left]).unwrap();
        tree.end_all(LONG).await.unwrap();
        assert!(pids.iter().all(|pid| !lives(pid)));
    });
}

#[test]
fn another_process_of_the_same_number_is_left_alone() {
    block_on(async {
        let (mut child, _) = begun(&marker("other"), "echo; exec sleep 1005");
        let (pid, start) = number(&child);
        let tree = Tree::new(Some(marker("mine")));
        tree.take_over([(pid, start + 1)]).unwrap();
        assert_eq!(tree.end_all(SHORT).await.unwrap(), []);
        assert!(!end_group(pid, start + 1, SHORT).await.unwrap());
        assert!(lives(&pid.to_string()));
        child.kill().unwrap();
        child.wait().unwrap();
    });
}

#[test]
fn a_group_is_ended_even_if_it_ignores_term() {
    block_on(async {
        let text = "trap '' TERM; sleep 1006 >/dev/null 2>&1 & echo $!; echo; wait";
        let (mut child, pids) = begun(&marker("deaf"), text);
        let (pid, start) = number(&child);
        assert!(end_group(pid, start, SHORT).await.unwrap());
        assert!(!lives(&pids[0]));
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert!(!end_group(pid, start, SHORT).await.unwrap());
    });
}

#[test]
fn who_started_this_process_is_not_ended_by_it() {
    let tree = Tree::new(None);
    let parent = std::os::unix::process::parent_id();
    let parent = Process::open(parent).unwrap().unwrap();
    tree.take_over([(parent.pid(), parent.start_time())])
        .unwrap();
    let alive = tree.alive().unwrap();
    assert!(alive.iter().all(|(pid, _)| *pid != parent.pid()));
    assert!(alive.iter().all(|(pid, _)| *pid != std::process::id()));
    // Dropped, it kills what is in it.
    std::mem::forget(tree);
    assert!(boot().is_some_and(|boot| boot.len() == 36));
}

/// What can be had of a program's outputs by who did not start it, once it has said all.
async fn heard_again(output: Output) -> Collect {
    let text = "echo one; echo two >&2; exec sleep 1000";
    let spec = Spec {
        output,
        ..Spec::new(["sh", "-c", text])
    };
    let mut child = spawn(&spec).unwrap();
    let process = Process::open(child.pid()).unwrap().unwrap();
    while !process.command_line().starts_with("sleep") {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut heard = Collect::default();
    let mut again = Leftover::of(&process).unwrap();
    again.drain(&mut heard).unwrap();
    let all = child.terminate(GRACE, &mut Collect::default()).await;
    assert_eq!(all.unwrap().signal, Some("TERM"));
    heard
}

#[test]
fn an_output_that_lasts_is_had_by_who_did_not_start_the_program() {
    block_on(async {
        let heard = heard_again(Output::Lasting).await;
        assert_eq!(
            (&*heard.stdout, &*heard.stderr),
            (&b"one\n"[..], &b"two\n"[..])
        );
        // Of any other it is left where it is.
        assert_eq!(heard_again(Output::Piped).await, Collect::default());
    });
}

#[test]
fn what_waits_for_a_reader_is_had_whole_by_who_comes_later() {
    block_on(async {
        let spec = Spec {
            output: Output::Lasting,
            ..Spec::new([
                "sh",
                "-c",
                "echo x; head -c 200000 /dev/zero; echo never >&2",
            ])
        };
        let mut child = spawn(&spec).unwrap();
        let process = Process::open(child.pid()).unwrap().unwrap();
        assert!(!process.wait_gone(SHORT).await.unwrap());
        let mut heard = Collect::default();
        let mut again = Leftover::of(&process).unwrap();
        tokio::select! {
            _ = again.pump(&mut heard) => {}
            gone = process.wait_gone(Duration::from_secs(60)) => assert!(gone.unwrap()),
        }
        again.drain(&mut heard).unwrap();
        assert_eq!(heard.stdout.len(), 200_002);
        assert_eq!(heard.stderr, b"never\n");
        assert!(child.wait(&mut Collect::default()).await.unwrap().success());
    });
}
