//! The client's side: finding the engine that serves, and asking until there is an answer.
//!
//! Asking again is safe, because an engine executes an order with the same client and id once.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::wire;

/// How long an engine may take to say whether it serves; a paused one never does.
const PROBE: Duration = Duration::from_millis(250);
/// How long one answer may take before it is asked for again, perhaps elsewhere.
const ANSWER: Duration = Duration::from_secs(1);
/// A pause between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// A connection to one engine.
#[derive(Debug)]
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects; answers may take as long as `timeout`.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn open(address: SocketAddr, timeout: Duration) -> io::Result<Connection> {
        let stream = TcpStream::connect_timeout(&address, timeout)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(Connection(BufReader::new(stream)))
    }

    /// Sends one request and returns the lines of its answer; there is at least one.
    ///
    /// # Errors
    /// If the connection breaks, there is no answer in time, or the request is not one line.
    pub fn ask(&mut self, request: &str) -> io::Result<Vec<String>> {
        if request.contains(['\n', '\r']) {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "a request is one line",
            ));
        }
        self.0
            .get_ref()
            .write_all(format!("{request}\n").as_bytes())?;
        let mut lines = Vec::new();
        loop {
            let line = self.read()?;
            let done = wire::is_last(&line);
            lines.push(line);
            if done {
                return Ok(lines);
            }
        }
    }

    /// The stream itself, to send on while another thread reads.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.0.into_inner()
    }

    fn read(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        match line.pop() {
            Some('\n') => Ok(line),
            _ => Err(io::Error::new(
                ErrorKind::UnexpectedEof,
                "the connection broke",
            )),
        }
    }
}

/// Connects to the engine that serves; of several, to that of the newest term.
///
/// # Errors
/// A text that says how each target answered.
pub fn find_primary(targets: &[SocketAddr]) -> Result<Connection, String> {
    let mut best: Option<(u64, Connection)> = None;
    let mut reasons = Vec::new();
    for target in targets {
        match probe(*target) {
            Ok((status, connection)) if wire::field(&status, "serving") == Some("yes") => {
                let term = wire::field(&status, "term")
                    .and_then(|term| term.parse().ok())
                    .unwrap_or(0);
                if best.as_ref().is_none_or(|(newest, _)| term > *newest) {
                    best = Some((term, connection));
                }
            }
            Ok((status, _)) => {
                let state = wire::field(&status, "state").unwrap_or("unknown");
                reasons.push(format!("{target}: does not serve, it is {state}"));
            }
            Err(error) => reasons.push(format!("{target}: {}", plain(&error))),
        }
    }
    match best {
        Some((_, connection)) => Ok(connection),
        None => Err(format!("no engine serves ({})", reasons.join("; "))),
    }
}

fn probe(target: SocketAddr) -> io::Result<(String, Connection)> {
    let mut connection = Connection::open(target, PROBE)?;
    let status = connection.ask("STATUS")?.swap_remove(0);
    Ok((status, connection))
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "no answer".to_owned(),
        _ => error.to_string(),
    }
}

/// Asks whichever engine serves, until there is an answer or the time is over.
#[derive(Debug)]
pub struct Trader {
    targets: Vec<SocketAddr>,
    deadline: Instant,
    connection: Option<Connection>,
}

impl Trader {
    /// A trader who gives up at `deadline`.
    pub fn new(targets: Vec<SocketAddr>, deadline: Instant) -> Trader {
        Trader {
            targets,
            deadline,
            connection: None,
        }
    }

    /// From here on it gives up at another moment; the connection stays.
    pub fn give_up_at(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Sends a request and returns the lines of its answer, a `REJECT` among the possible ones.
    ///
    /// # Errors
    /// A text that says why there was none in time.
    pub fn ask(&mut self, request: &str) -> Result<Vec<String>, String> {
        loop {
            let reason = match self.attempt(request) {
                Ok(answer) => return Ok(answer),
                Err(reason) => reason,
            };
            self.connection = None;
            if Instant::now() + PAUSE >= self.deadline {
                return Err(reason);
            }
            thread::sleep(PAUSE);
        }
    }

    fn attempt(&mut self, request: &str) -> Result<Vec<String>, String> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(find_primary(&self.targets)?),
        };
        let patience = ANSWER
            .min(self.deadline.saturating_duration_since(Instant::now()))
            .max(PAUSE);
        let answer = connection
            .0
            .get_ref()
            .set_read_timeout(Some(patience))
            .and_then(|()| connection.ask(request));
        let answer =
            answer.map_err(|error| format!("no answer to {request:?}: {}", plain(&error)))?;
        match answer.last() {
            Some(last) if is_elsewhere(last) => Err(format!("the engine no longer serves: {last}")),
            _ => Ok(answer),
        }
    }
}

/// Does this answer say that another engine is to be asked?
pub fn is_elsewhere(answer: &str) -> bool {
    answer.starts_with("REJECT ")
        && (answer.ends_with(" not-primary") || answer.ends_with(" fenced"))
}
