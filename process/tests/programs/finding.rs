//! Processes are found, held and told apart, whoever started them.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::time::Duration;

use scn_process::{
    Discard, Input, Process, Signal, Tree, find_by_match, find_by_port, find_by_variable,
};

use crate::support::{LIMIT, LONG, block_on, lives, ready, sh, start};

const SHORT: Duration = Duration::from_millis(200);

#[test]
fn a_process_is_signalled_and_waited_for() {
    block_on(async {
        let mut child = start(&sh("echo up; exec sleep 1000"));
        ready(&mut child).await;
        let process = Process::open(child.pid()).unwrap().unwrap();
        assert_eq!(process.pid(), child.pid());
        // The shell has spoken, and becomes `sleep` when it comes to it.
        while process.command_line() != "sleep 1000" {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(process.alive() && !process.stopped());
        assert!(!process.wait_gone(Duration::from_millis(20)).await.unwrap());
        assert!(process.signal(Signal::STOP).unwrap());
        while !process.stopped() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(process.signal(Signal::KILL).unwrap());
        assert!(process.wait_gone(LIMIT).await.unwrap());
        // Dead, and not yet reaped.
        assert!(!process.alive());
        assert!(Process::open(child.pid()).unwrap().is_none());
        let exit = child.wait(&mut Discard).await.unwrap();
        assert_eq!(exit.signal, Some("KILL"));
        assert!(!process.signal(Signal::KILL).unwrap());
        assert!(process.wait_gone(SHORT).await.unwrap());
        assert_eq!(process.command_line(), "");
    });
}

#[test]
fn a_number_alone_does_not_make_it_the_same_process() {
    let own = Process::open(std::process::id()).unwrap().unwrap();
    let again = Process::open_started(own.pid(), own.start_time()).unwrap();
    assert_eq!(again.unwrap().start_time(), own.start_time());
    assert!(
        Process::open_started(own.pid(), own.start_time() + 1)
            .unwrap()
            .is_none()
    );
    for pid in [0, u32::MAX, i32::MAX.unsigned_abs()] {
        assert!(Process::open(pid).unwrap().is_none(), "{pid}");
    }
}

#[test]
fn processes_are_found_by_their_words_and_their_variables() {
    block_on(async {
        let unique = format!("unique-{}", std::process::id());
        // It starts nothing itself, which would have its words until it is another program.
        let mut spec = sh("echo up; read never");
        spec.argv.push(unique.clone().into());
        spec.env.set("SCN_TEST_MARK", &unique);
        spec.input = Input::Piped;
        let mut child = start(&spec);
        let _held = child.take_input();
        ready(&mut child).await;
        let found = find_by_match(|words| words.ends_with(&unique)).unwrap();
        let pids: Vec<u32> = found.iter().map(Process::pid).collect();
        assert_eq!(pids, [child.pid()]);
        let found = find_by_variable("SCN_TEST_MARK".as_ref(), unique.as_ref()).unwrap();
        assert_eq!(found[0].pid(), child.pid());
        child.terminate(LONG, &mut Discard).await.unwrap();
        assert!(
            find_by_match(|words| words.ends_with(&unique))
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn a_server_is_found_by_its_port() {
    let text = "
import socket, sys, time
family = socket.AF_INET6 if sys.argv[1] == '6' else socket.AF_INET
listener = socket.create_server(('::1' if sys.argv[1] == '6' else '127.0.0.1', 0), family=family)
print(listener.getsockname()[1], flush=True)
time.sleep(1000)
";
    let mut families = vec!["4"];
    families.extend(
        TcpListener::bind((Ipv6Addr::LOCALHOST, 0))
            .is_ok()
            .then_some("6"),
    );
    for family in families {
        block_on(async {
            let mut server = start(&scn_process::Spec::new(["python3", "-c", text, family]));
            let port: u16 = ready(&mut server).await.parse().unwrap();
            let found = find_by_port(port).unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].pid(), server.pid());
            server.terminate(LONG, &mut Discard).await.unwrap();
            let found = find_by_port(port).unwrap();
            assert!(found.iter().all(|process| process.pid() != server.pid()));
        });
    }
    // This process itself is never found. (Another test's child, between its fork and its exec, can
    // be: it holds for a moment all that this process does.)
    let own = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let found = find_by_port(own.local_addr().unwrap().port()).unwrap();
    assert!(
        found
            .iter()
            .all(|process| process.pid() != std::process::id())
    );
}

/// In this program nobody adopts orphans: they are known by their group, or by their variable.
#[test]
fn without_adoption_a_tree_still_knows_its_own() {
    block_on(async {
        let mark = format!("tree-{}", std::process::id());
        let tree = Tree::new(Some(("SCN_TEST_TREE".into(), mark.clone().into())));
        let mut spec = sh(
            "sleep 1000 >/dev/null 2>&1 & echo $!; (setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' &)",
        );
        spec.env.set("SCN_TEST_TREE", mark);
        let mut output = scn_process::Collect::default();
        let mut child = tree.spawn(&spec).unwrap();
        assert!(child.wait(&mut output).await.unwrap().success());
        if let Some(mut leftover) = child.leftover() {
            leftover.pump(&mut output).await.unwrap();
        }
        let said = String::from_utf8(output.stdout).unwrap();
        let pids: Vec<&str> = said.split_whitespace().collect();
        assert!(
            pids.len() == 2 && pids.iter().all(|pid| lives(pid)),
            "{pids:?}"
        );
        let ended = tree.end_all(LONG).await.unwrap();
        assert_eq!(ended.len(), 2, "{ended:?}");
        assert!(!pids.iter().any(|pid| lives(pid)));
    });
}
