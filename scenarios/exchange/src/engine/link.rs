//! The link between two engines, and how it comes about.
//!
//! Whoever does not serve asks the other one, `HELLO`; the answer, `IAM`, says how that stands.
//! If it serves, `JOIN` follows, and from there on the serving engine sends a snapshot and every
//! command after it, and the other one acknowledges. Both ends send `BEAT` when they have nothing
//! else to say, from threads of their own, so that a slow disk does not look like a death.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::status::{Board, State};
use super::{Event, each_connection};
use crate::logfile::Log;
use crate::market::Market;
use crate::snapshot;
use crate::wire::{self, Command, Request};

/// Tells links apart, so that what an old one still says is not taken for the new one's.
pub type LinkId = u64;
/// What is to be sent over a link; dropping it closes the link.
pub type Outbox = Sender<String>;

/// A pause between two questions to a peer that does not serve.
const ASK_EVERY: Duration = Duration::from_millis(50);

static NEXT_LINK: AtomicU64 = AtomicU64::new(1);

/// What one engine tells the other one over a link.
#[derive(Debug)]
pub(crate) enum Message {
    /// The state of the exchange after so many commands.
    Snapshot(u64, Market),
    /// The command with this number.
    Entry(u64, Command),
    /// You have all that is acknowledged: from this term on you may take over.
    InSync(u64),
    /// I have all commands up to this number.
    Acked(u64),
}

/// How the peer stands, as far as it can be told.
#[derive(Debug)]
enum Standing {
    /// It serves: here is the connection.
    Serves(BufReader<TcpStream>),
    /// It has every order and will take over, or it does not answer: wait.
    MayServe(&'static str),
    /// It is not there, or has nothing: begin without it.
    Nothing,
}

/// Takes connections of the peer for ever.
pub fn serve(listener: &TcpListener, core: &Sender<Event>, board: &Board, timeout: Duration) {
    let (core, board) = (core.clone(), board.clone());
    // A peer that breaks off asks again.
    each_connection(listener, move |stream| {
        drop(welcome(stream, &core, &board, timeout))
    });
}

fn welcome(
    stream: TcpStream,
    core: &Sender<Event>,
    board: &Board,
    timeout: Duration,
) -> io::Result<()> {
    prepare(&stream, timeout)?;
    let mut reader = BufReader::new(stream);
    if read_line(&mut reader)? != "HELLO" {
        return Ok(());
    }
    let status = board.read();
    let standing = match status.state {
        _ if status.serving => "serving",
        State::Ready => "in-sync",
        _ => "nothing",
    };
    writeln!(reader.get_ref(), "IAM {standing}")?;
    let join = read_line(&mut reader)?;
    let Some(instance) = join.strip_prefix("JOIN ") else {
        return Ok(());
    };
    let link = NEXT_LINK.fetch_add(1, Ordering::Relaxed);
    let out = open_outbox(reader.get_ref(), timeout)?;
    let joined = Event::Joined {
        link,
        instance: instance.to_owned(),
        out,
    };
    if core.send(joined).is_ok() {
        listen(&mut reader, link, core);
    }
    Ok(())
}

/// Asks the peer until it serves, and follows it then. With `may_begin`, a peer that has nothing
/// ends the search: this engine is to serve.
pub fn find_primary(
    peer: u16,
    instance: &str,
    may_begin: bool,
    timeout: Duration,
    core: &Sender<Event>,
    log: &Log,
) {
    let mut told = "";
    loop {
        match ask(peer, timeout) {
            Standing::Serves(mut reader) => {
                let followed = follow(&mut reader, instance, timeout, core);
                if followed.is_ok() {
                    return;
                }
            }
            Standing::Nothing if may_begin => {
                let _ = core.send(Event::NobodyServes);
                return;
            }
            Standing::MayServe(how) if may_begin && how != told => {
                log.info(&format!("waiting for the peer, which {how}"));
                told = how;
            }
            _ => {}
        }
        thread::sleep(ASK_EVERY);
    }
}

fn follow(
    reader: &mut BufReader<TcpStream>,
    instance: &str,
    timeout: Duration,
    core: &Sender<Event>,
) -> io::Result<()> {
    writeln!(reader.get_ref(), "JOIN {instance}")?;
    let link = NEXT_LINK.fetch_add(1, Ordering::Relaxed);
    let out = open_outbox(reader.get_ref(), timeout)?;
    if core.send(Event::Followed { link, out }).is_ok() {
        listen(reader, link, core);
    }
    Ok(())
}

fn ask(peer: u16, timeout: Duration) -> Standing {
    const SILENT: Standing = Standing::MayServe("does not answer");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, peer));
    let stream = match TcpStream::connect_timeout(&address, timeout) {
        Ok(stream) => stream,
        // On one machine that means that no process has the port.
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return Standing::Nothing,
        Err(_) => return SILENT,
    };
    if prepare(&stream, timeout).is_err() || writeln!(&stream, "HELLO").is_err() {
        return SILENT;
    }
    let mut reader = BufReader::new(stream);
    match read_line(&mut reader).as_deref() {
        Ok("IAM serving") => Standing::Serves(reader),
        Ok("IAM in-sync") => Standing::MayServe("has every order and is about to take over"),
        Ok("IAM nothing") => Standing::Nothing,
        _ => SILENT,
    }
}

fn prepare(stream: &TcpStream, timeout: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))
}

/// Hands on what comes over a link until it ends; a silence longer than the timeout ends it.
fn listen(reader: &mut BufReader<TcpStream>, link: LinkId, core: &Sender<Event>) {
    let why = loop {
        match read_message(reader) {
            Ok(None) => {}
            Ok(Some(message)) => {
                if core.send(Event::Said { link, message }).is_err() {
                    return;
                }
            }
            Err(error) => break reason(&error),
        }
    };
    let _ = reader.get_ref().shutdown(Shutdown::Both);
    let _ = core.send(Event::Lost { link, why });
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "it fell silent".to_owned(),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => "the connection broke".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads one message; `None` is a heartbeat.
fn read_message(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Message>> {
    let line = read_line(reader)?;
    let wrong = || io::Error::new(ErrorKind::InvalidData, format!("the peer said {line:?}"));
    let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
    let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
    let message = match verb {
        "BEAT" => return Ok(None),
        "ACKED" => Message::Acked(number(rest)?),
        "INSYNC" => Message::InSync(number(rest)?),
        "ENTRY" => {
            let (sequence, command) = rest.split_once(' ').ok_or_else(wrong)?;
            let Ok(Request::Command(command)) = wire::parse(command) else {
                return Err(wrong());
            };
            Message::Entry(number(sequence)?, command)
        }
        "SNAPSHOT" => {
            let (applied, count) = rest.split_once(' ').ok_or_else(wrong)?;
            let lines = (0..number(count)?)
                .map(|_| read_line(reader))
                .collect::<io::Result<Vec<_>>>()?;
            let market = snapshot::read(lines.iter().map(String::as_str)).ok_or_else(wrong)?;
            Message::Snapshot(number(applied)?, market)
        }
        _ => return Err(wrong()),
    };
    Ok(Some(message))
}

fn read_line(reader: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    // A line without its end was cut off by the death of the peer: it must not be believed.
    if line.pop() != Some('\n') {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line)
}

/// Starts the thread that sends, with heartbeats in between.
fn open_outbox(stream: &TcpStream, timeout: Duration) -> io::Result<Outbox> {
    let stream = stream.try_clone()?;
    let (out, messages) = channel();
    thread::Builder::new().spawn(move || {
        let _ = send(&stream, &messages, timeout / 5);
        let _ = stream.shutdown(Shutdown::Both);
    })?;
    Ok(out)
}

fn send(mut stream: &TcpStream, messages: &Receiver<String>, beat: Duration) -> io::Result<()> {
    loop {
        match messages.recv_timeout(beat) {
            Ok(text) => stream.write_all(text.as_bytes())?,
            Err(RecvTimeoutError::Timeout) => stream.write_all(b"BEAT\n")?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
