//! The matching engine: one process of a pair.
//!
//! Everything that decides runs in one thread, the core (`core.rs`), on events that other
//! threads send it: requests from clients, orders from the primary, acknowledgements from the
//! backup, links that were lost. So no order of locks can go wrong, and what happened is one
//! sequence.

mod clients;
mod core;
mod following;
mod http;
mod journal;
mod link;
mod serving;
mod status;

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use self::clients::Reply;
use self::core::Core;
use self::link::{LinkId, Message, Outbox};
use self::status::{Board, State, Status};
use crate::logfile::Log;
use crate::pidfile::PidFile;
use crate::wire::Request;

/// What an engine is started as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// It serves, unless its peer does already; then it becomes the backup of that.
    Primary,
    /// It follows its peer, and takes over when that fails.
    Backup,
}

/// A matching engine: limit and market orders over a line protocol on loopback, with a backup
/// that takes over.
#[derive(Clone, Debug, Parser)]
#[command(name = "matching-engine", version)]
pub struct Options {
    /// What to start as; a primary whose peer serves already becomes the backup
    #[arg(long, value_enum)]
    pub role: Role,
    /// The port for clients
    #[arg(long)]
    pub port: u16,
    /// The port at which this engine's peer finds it
    #[arg(long, requires = "peer")]
    pub peer_port: Option<u16>,
    /// The peer's --peer-port; without it this engine is alone
    #[arg(long, requires_all = ["peer_port", "witness"], value_name = "PORT")]
    pub peer: Option<u16>,
    /// A folder that both engines see, where the terms of the exchange are kept
    #[arg(long, value_name = "FOLDER")]
    pub witness: Option<PathBuf>,
    /// A peer that is silent for so long is taken for dead
    #[arg(long, default_value = "500ms", value_parser = humantime::parse_duration, value_name = "DURATION")]
    pub timeout: Duration,
    /// Write the process id there while the process lives
    #[arg(long, value_name = "FILE")]
    pub pid_file: Option<PathBuf>,
    /// Append the log there instead of writing it to standard error
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Append every command that changes the book there before it is acknowledged
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Answer GET /status on this port
    #[arg(long)]
    pub http_port: Option<u16>,
}

/// What the core learns from the other threads.
#[derive(Debug)]
pub(crate) enum Event {
    /// A client asks for something.
    Request {
        request: Request,
        reply: Reply,
        received: Instant,
    },
    /// A client sent what is no request; its answer waits for those before it.
    Refused { answer: String, reply: Reply },
    /// The peer wants to follow this engine.
    Joined {
        link: LinkId,
        instance: String,
        out: Outbox,
    },
    /// This engine follows its peer from here on.
    Followed { link: LinkId, out: Outbox },
    /// The other end of a link said something.
    Said { link: LinkId, message: Message },
    /// A link is gone.
    Lost { link: LinkId, why: String },
    /// The peer was asked, and does not serve: a primary may begin.
    NobodyServes,
    /// The process is to end.
    Stop,
}

/// Runs an engine until it is told to end.
///
/// # Errors
/// If a port cannot be bound, a file cannot be written, or the journal or the witness fails
/// later on: an engine that cannot keep its promises ends, and its peer takes over.
pub fn run(options: &Options) -> io::Result<()> {
    let log = Log::open(options.log.as_deref())?;
    let outcome = start(options, &log);
    if let Err(error) = &outcome {
        log.error(&error.to_string());
    }
    outcome
}

fn start(options: &Options, log: &Log) -> io::Result<()> {
    let (events, inbox) = channel();
    let started = if options.role == Role::Primary {
        "primary"
    } else {
        "backup"
    };
    let nanos = std::time::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .as_nanos();
    let board = Board::new(Status {
        serving: false,
        state: State::Starting,
        term: 0,
        applied: 0,
        lag: None,
        orders: 0,
        trades: 0,
        instance: format!("{started}-{}-{nanos}", std::process::id()),
    });

    let clients = bind(options.port)?;
    let peers = options.peer_port.map(bind).transpose()?;
    let http = options.http_port.map(bind).transpose()?;
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let mut core = Core::new(options, log.clone(), board.clone(), events.clone())?;
    // The last thing before the work: who sees the file finds the ports open.
    let _pid_file = options
        .pid_file
        .as_deref()
        .map(PidFile::create)
        .transpose()?;

    let to_core = events.clone();
    thread::spawn(move || clients::serve(&clients, &to_core));
    if let Some(peers) = peers {
        let (to_core, board, timeout) = (events.clone(), board.clone(), options.timeout);
        thread::spawn(move || link::serve(&peers, &to_core, &board, timeout));
    }
    if let Some(http) = http {
        thread::spawn(move || http::serve(&http, &board));
    }
    thread::spawn(move || stop_on_signal(&mut signals, &events));

    log.info(&format!(
        "state=STARTING role={started} pid={} port={}",
        std::process::id(),
        options.port
    ));
    core.run(&inbox)
}

fn stop_on_signal(signals: &mut Signals, core: &Sender<Event>) {
    if signals.forever().next().is_some() {
        let _ = core.send(Event::Stop);
    }
}

/// Takes connections for ever, each in a thread of its own.
fn each_connection(listener: &TcpListener, handle: impl Fn(TcpStream) + Clone + Send + 'static) {
    /// Out of descriptors: it takes a while until one is free.
    const PAUSE: Duration = Duration::from_millis(20);
    loop {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(PAUSE);
            continue;
        };
        let handle = handle.clone();
        // Without a thread to spare the connection is closed, and its client tries again.
        let _ = thread::Builder::new().spawn(move || handle(stream));
    }
}

/// Listens on a port of loopback. On a busy machine somebody else's connection may have the
/// number for a moment while this engine is down, so it is tried for a while.
fn bind(port: u16) -> io::Result<TcpListener> {
    const PATIENCE: Duration = Duration::from_secs(3);
    const PAUSE: Duration = Duration::from_millis(20);
    let end = Instant::now() + PATIENCE;
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < end => {
                thread::sleep(PAUSE)
            }
            Err(error) => {
                return Err(io::Error::new(
                    error.kind(),
                    format!("port {port}: {error}"),
                ));
            }
        }
    }
}
