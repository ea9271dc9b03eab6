//! What an engine tells of itself, kept where every thread can read it at once.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What an engine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It looks for its peer, to learn what to be.
    Starting,
    /// It gets the orders from the primary, and has not all of them yet.
    Joining,
    /// It does what it was started for: it serves, or it has every order and could.
    Ready,
    /// It took over and serves.
    Primary,
    /// It serves, and has lost its backup.
    Solo,
    /// It served, and was superseded; it acknowledges nothing any more.
    Fenced,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Starting => "STARTING",
            State::Joining => "JOINING",
            State::Ready => "READY",
            State::Primary => "PRIMARY",
            State::Solo => "SOLO",
            State::Fenced => "FENCED",
        })
    }
}

/// An engine at one moment.
#[derive(Clone, Debug)]
pub struct Status {
    /// Whether it takes orders.
    pub serving: bool,
    /// What it is doing.
    pub state: State,
    /// The term that it knows of.
    pub term: u64,
    /// How many commands it has applied.
    pub applied: u64,
    /// How many of those its backup has not acknowledged; `None` without a backup.
    pub lag: Option<u64>,
    /// How many orders it holds.
    pub orders: usize,
    /// How many trades were made.
    pub trades: u64,
    /// Its name for the peer.
    pub instance: String,
}

impl Status {
    /// `primary` or `backup`: what it is now, whatever it was started as.
    pub fn role(&self) -> &'static str {
        if self.serving || self.state == State::Fenced {
            "primary"
        } else {
            "backup"
        }
    }

    /// The answer to `STATUS`.
    pub fn line(&self) -> String {
        let lag = self.lag.map_or("none".to_owned(), |lag| lag.to_string());
        format!(
            "STATUS role={} state={} serving={} term={} applied={} lag={lag} orders={} trades={}",
            self.role(),
            self.state,
            if self.serving { "yes" } else { "no" },
            self.term,
            self.applied,
            self.orders,
            self.trades
        )
    }

    /// The body of `GET /status`. Nothing in it needs to be escaped.
    pub fn json(&self) -> String {
        let lag = self.lag.map_or("null".to_owned(), |lag| lag.to_string());
        format!(
            "{{\"role\": \"{}\", \"state\": \"{}\", \"serving\": {}, \"term\": {}, \"applied\": {}, \"lag\": {lag}, \"orders\": {}, \"trades\": {}}}\n",
            self.role(),
            self.state,
            self.serving,
            self.term,
            self.applied,
            self.orders,
            self.trades
        )
    }
}

/// The newest status, written by the core and read by everybody.
#[derive(Clone, Debug)]
pub struct Board(Arc<Mutex<Status>>);

impl Board {
    /// A board with a first status.
    pub fn new(status: Status) -> Board {
        Board(Arc::new(Mutex::new(status)))
    }

    /// The newest status.
    pub fn read(&self) -> Status {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces it.
    pub fn write(&self, status: Status) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}
