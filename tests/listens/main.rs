//! `scn` listens nowhere: no port, no socket in the file system, no datagrams, whatever it is told to do.
//!
//! While it runs, every socket that it has is looked for among those of the system that somebody may speak to
//! (`sockets.rs`); and each verb of `verbs.rs` is run from its begin to its end with every `listen` that it or
//! what it starts asks the system for being noted. A verb that is not there fails the test.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod project;
mod sockets;
mod verbs;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use project::Project;
use sockets::listening;
use verbs::VERBS;

/// Nothing here takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program and what it started of itself: plug-ins run in processes of its own, too.
fn own_processes(of: u32) -> Vec<u32> {
    let binary = fs::read_link(format!("/proc/{of}/exe")).unwrap();
    let mut all = vec![of];
    let mut at = 0;
    while let Some(pid) = all.get(at) {
        let tasks = fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .flatten();
        let children =
            tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
        let children: Vec<u32> = children
            .flat_map(|list| {
                list.split_whitespace()
                    .map(|pid| pid.parse().unwrap())
                    .collect::<Vec<_>>()
            })
            .collect();
        all.extend(children);
        at += 1;
    }
    all.retain(|pid| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == binary));
    all
}

/// Nothing of it listens.
fn is_silent(what: &str, child: &Child) {
    let own = own_processes(child.id());
    assert!(!own.is_empty(), "{what}");
    for pid in own {
        let found = listening(pid);
        assert!(found.is_empty(), "{what}: {found:?}");
    }
}

/// Whether that socket of this process is found to listen.
fn is_found(socket: &impl AsRawFd) -> bool {
    let target = fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
    let target = target.to_string_lossy().into_owned();
    let inode = target.trim_start_matches("socket:[").trim_end_matches(']');
    let found = listening(std::process::id());
    let mut fields = found.iter().flat_map(|line| line.split_whitespace());
    fields.any(|field| field == inode)
}

#[test]
fn what_listens_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(is_found(&tcp));
    assert!(!is_found(
        &TcpStream::connect(tcp.local_addr().unwrap()).unwrap()
    ));
    if let Ok(tcp6) = TcpListener::bind("[::1]:0") {
        assert!(is_found(&tcp6));
    }
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    assert!(is_found(&udp));
    assert!(is_found(&UnixListener::bind(path("stream")).unwrap()));
    assert!(is_found(&UnixDatagram::bind(path("datagrams")).unwrap()));
    // A pair is nobody else's.
    let (one, other) = UnixDatagram::pair().unwrap();
    assert!(!is_found(&one) && !is_found(&other));
}

#[test]
fn nothing_listens_while_a_scenario_runs() {
    let project = Project::new();
    let mut run = project
        .scn(&["run", "--env", "e", "held.scn"])
        .spawn()
        .unwrap();
    project.until("held", &mut run);
    is_silent("scn run", &run);
    project.write("go", "");
    let output = run.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn nothing_listens_while_somebody_types() {
    let project = Project::new();
    let mut repl = project
        .scn(&["repl", "--env", "e"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = repl.stdin.take().unwrap();
    input
        .write_all(b"start Engine\nask\nsh 'touch held'\n")
        .unwrap();
    project.until("held", &mut repl);
    is_silent("scn repl", &repl);
    drop(input);
    repl.wait().unwrap();
}

#[test]
fn nothing_listens_while_an_editor_asks() {
    for (verb, first) in [("lsp", verbs::LSP), ("dap", verbs::DAP)] {
        let project = Project::new();
        let mut server = project.scn(&[verb]).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = server.stdin.take().unwrap();
        input
            .write_all(verbs::message(first[0]).as_bytes())
            .unwrap();
        // It has answered, and waits for more.
        let mut answer = [0];
        server
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut answer)
            .unwrap();
        is_silent(verb, &server);
        drop(input);
        server.wait().unwrap();
    }
}

/// The verbs that there are.
fn verbs_of(help: &str) -> Vec<&str> {
    let verbs = help.lines().skip_while(|line| *line != "Verbs:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
    let verbs = verbs.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    verbs
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

#[test]
fn no_verb_asks_to_listen() {
    let project = Project::new();
    let help = project.scn(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let there = verbs_of(&help);
    assert!(there.contains(&"run"), "{help}");
    for verb in &there {
        let is_tried = VERBS.iter().any(|tried| tried.words[0] == *verb);
        assert!(is_tried, "`scn {verb}` is not in tests/listens/verbs.rs");
    }
    if !notes_listening(&project) {
        eprintln!("skipped: no_verb_asks_to_listen: this machine cannot `strace -f`");
        return;
    }
    for tried in VERBS {
        if tried.status.is_none() {
            // Who notes what it asks for would wait for all that it leaves running.
            let killed = project.scn(tried.words).output().unwrap();
            assert_eq!(killed.status.code(), None, "{:?}", tried.words);
            continue;
        }
        let (asked, status, said) = asked_for(&project, tried.words, &tried.input());
        assert_eq!(status, tried.status, "{:?}: {said}", tried.words);
        assert_eq!(asked, [""; 0], "{:?}", tried.words);
    }
}

/// Whether what is noted has a `listen`, of one that surely listens.
fn notes_listening(project: &Project) -> bool {
    let listen = "import socket; socket.socket().listen()";
    let noted = project.path("noted");
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=listen", "-o"])
        .arg(&noted)
        .args(["python3", "-c", listen])
        .stderr(Stdio::null())
        .status();
    traced.is_ok_and(|status| status.success())
        && fs::read_to_string(noted)
            .unwrap_or_default()
            .contains("listen(")
}

/// The requests to listen of a verb and all that it starts; how it ended, and what it said.
fn asked_for(project: &Project, words: &[&str], input: &str) -> (Vec<String>, Option<i32>, String) {
    let noted = project.path("noted");
    let mut traced = project.program("strace");
    traced.args(["-f", "-qq", "-e", "trace=listen", "-e", "signal=none", "-o"]);
    traced
        .arg(&noted)
        .arg(env!("CARGO_BIN_EXE_scn"))
        .args(words);
    let mut traced = traced.stdin(Stdio::piped()).spawn().unwrap();
    // Who does not read what it is given has ended by then.
    let _ = traced.stdin.take().unwrap().write_all(input.as_bytes());
    let output = traced.wait_with_output().unwrap();
    let asked = fs::read_to_string(noted).unwrap();
    let asked = asked.lines().filter(|line| line.contains("listen("));
    let said = [output.stdout, output.stderr].concat();
    (
        asked.map(str::to_owned).collect(),
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

impl Project {
    /// Waits until there is such a file.
    fn until(&self, name: &str, child: &mut Child) {
        let began = Instant::now();
        while !self.path(name).exists() {
            assert!(began.elapsed() < PATIENCE, "{name} does not come");
            assert_eq!(child.try_wait().unwrap(), None, "it ended before {name}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}
