//! A pair of real engine processes in a folder of their own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(dead_code, reason = "each test file uses a part of this")]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use exchange::client::Connection;
use exchange::wire;
use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take that is expected to happen; a busy machine is slow.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The silence after which an engine takes its peer for dead, where a test pauses one.
pub const SHORT: &str = "400ms";
/// The same where none is paused, so that a machine that is slow is not taken for a dead peer.
pub const LONG: &str = "10s";

/// Two engines; `0` is started as the primary, `1` as the backup.
pub struct Pair {
    folder: tempfile::TempDir,
    ports: [[u16; 3]; 2],
    engines: [Option<Child>; 2],
    timeout: &'static str,
    _reserved: UdpSocket,
}

impl Pair {
    /// Ports and a folder, and no process yet.
    pub fn new(timeout: &'static str) -> Pair {
        let (reserved, first) = reserve_ports();
        let ports = [
            [first, first + 1, first + 2],
            [first + 3, first + 4, first + 5],
        ];
        Pair {
            folder: tempfile::tempdir().unwrap(),
            ports,
            _reserved: reserved,
            engines: [None, None],
            timeout,
        }
    }

    /// A pair in which the backup has everything.
    pub fn in_sync(timeout: &'static str) -> Pair {
        let mut pair = Pair::new(timeout);
        pair.start(0);
        pair.wait_for(0, "READY");
        pair.start(1);
        pair.wait_for(1, "READY");
        pair
    }

    pub fn start(&mut self, engine: usize) {
        let [client, peer, http] = self.ports[engine].map(|port| port.to_string());
        let other = self.ports[1 - engine][1].to_string();
        let role = ["primary", "backup"][engine];
        let child = Command::new(env!("CARGO_BIN_EXE_matching-engine"))
            .args([
                "--role",
                role,
                "--port",
                &client,
                "--peer-port",
                &peer,
                "--peer",
                &other,
            ])
            .args(["--http-port", &http, "--timeout", self.timeout])
            .arg("--witness")
            .arg(self.path("witness"))
            .arg("--pid-file")
            .arg(self.path(&format!("{role}.pid")))
            .arg("--log")
            .arg(self.log(engine))
            .arg("--journal")
            .arg(self.path(&format!("{role}.journal")))
            .spawn()
            .unwrap();
        self.engines[engine] = Some(child);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self, engine: usize) -> PathBuf {
        self.path(["primary.log", "backup.log"][engine])
    }

    pub fn address(&self, engine: usize) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[engine][0]))
    }

    pub fn http(&self, engine: usize) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[engine][2]))
    }

    pub fn targets(&self) -> Vec<SocketAddr> {
        vec![self.address(0), self.address(1)]
    }

    pub fn peer(&self, engine: usize) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[engine][1]))
    }

    /// The targets as the programs take them.
    pub fn targets_option(&self) -> String {
        format!("{},{}", self.address(0), self.address(1))
    }

    pub fn signal(&self, engine: usize, signal: Signal) {
        let child = self.engines[engine].as_ref().unwrap();
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    /// `kill -9`, and the process is gone.
    pub fn kill(&mut self, engine: usize) {
        let mut child = self.engines[engine].take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Waits until a process that was told to end has ended; returns its exit status.
    pub fn wait_for_end(&mut self, engine: usize) -> Option<i32> {
        self.engines[engine].take().unwrap().wait().unwrap().code()
    }

    /// Asks one engine, whether it serves or not.
    pub fn ask(&self, engine: usize, request: &str) -> std::io::Result<Vec<String>> {
        Connection::open(self.address(engine), Duration::from_secs(10))?.ask(request)
    }

    /// A field of an engine's `STATUS`; `None` if it does not answer.
    pub fn status(&self, engine: usize, key: &str) -> Option<String> {
        let answer = self.ask(engine, "STATUS").ok()?;
        wire::field(answer.last()?, key).map(str::to_owned)
    }

    pub fn wait_for(&self, engine: usize, state: &str) {
        let reached = eventually(|| self.status(engine, "state").as_deref() == Some(state));
        assert!(reached, "engine {engine} is not {state}:\n{}", self.logs());
    }

    /// Whether a line of an engine's log has this text.
    pub fn has_logged(&self, engine: usize, text: &str) -> bool {
        fs::read_to_string(self.log(engine))
            .is_ok_and(|log| log.lines().any(|line| line.contains(text)))
    }

    /// Both logs, less the samples.
    pub fn logs(&self) -> String {
        let read = |engine| fs::read_to_string(self.log(engine)).unwrap_or_default();
        let lines = |engine: usize| {
            let text = read(engine);
            let plain: Vec<_> = text
                .lines()
                .filter(|line| !line.contains("latency_us="))
                .collect();
            format!("-- engine {engine}\n{}\n", plain.join("\n"))
        };
        lines(0) + &lines(1)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for child in self.engines.iter_mut().flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Six ports in a row that no other test has, for as long as the socket lives.
///
/// They lie below those that the kernel gives to outgoing connections, which could take one
/// while its engine is down. The socket, of a kind that nobody else here uses, is the claim.
fn reserve_ports() -> (UdpSocket, u16) {
    loop {
        let first = 10_000 + 8 * fastrand::u16(0..2_700);
        let Ok(claim) = UdpSocket::bind((Ipv4Addr::LOCALHOST, first)) else {
            continue;
        };
        if (first..first + 6).all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return (claim, first);
        }
    }
}

/// A load generator.
pub struct Load {
    child: Child,
    pub acked: PathBuf,
    pub client: &'static str,
}

impl Load {
    pub fn start(pair: &Pair, rate: u32) -> Load {
        let (acked, client) = (pair.path("acked"), "load");
        let child = Command::new(env!("CARGO_BIN_EXE_exchange-load"))
            .args([
                "--rate",
                &rate.to_string(),
                "--targets",
                &pair.targets_option(),
                "--client",
                client,
            ])
            .arg("--acked")
            .arg(&acked)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Load {
            child,
            acked,
            client,
        }
    }

    /// Waits for so many lines of what it says, and gives those. What follows is what [`stop`](Self::stop) gives.
    pub fn first_lines(&mut self, count: usize) -> String {
        let said = self.child.stdout.as_mut().unwrap();
        let mut lines = String::new();
        // Byte by byte, so that nothing after it is taken.
        while lines.matches('\n').count() < count {
            let mut byte = [0];
            std::io::Read::read_exact(said, &mut byte).unwrap();
            lines.push(byte[0].into());
        }
        lines
    }

    /// Ends it with TERM. Returns its exit status and what it said since.
    pub fn stop(mut self) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.child.stdout.take().unwrap(), &mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Does this become true in time?
pub fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if holds() {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}
