//! The thread that decides: it holds the market, applies commands to it, and knows whether this
//! engine serves, follows or has been superseded.

use std::io;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;

use super::clients::Reply;
use super::following::Following;
use super::journal::Journal;
use super::link;
use super::serving::Serving;
use super::status::{Board, State, Status};
use super::{Event, Options, Role};
use crate::logfile::Log;
use crate::market::{Market, reject};
use crate::wire::Request;
use crate::witness::{Term, Witness};

/// The most events that are handled before what came of them is written and sent.
const BATCH: usize = 512;

/// What this engine is at the moment.
#[derive(Debug)]
pub(super) enum Mode {
    /// It looks for a primary to follow.
    Searching,
    /// It follows the primary.
    Following(Following),
    /// It is the primary.
    Serving(Serving),
    /// It was superseded.
    Fenced,
}

/// Everything that one engine knows.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) options: Options,
    pub(super) log: Log,
    pub(super) market: Market,
    /// How many commands were applied: the number of the last one.
    pub(super) applied: u64,
    pub(super) mode: Mode,
    pub(super) state: State,
    /// The newest term that this engine took part in.
    pub(super) term: u64,
    pub(super) instance: String,
    pub(super) witness: Option<Witness>,
    pub(super) journal: Option<Journal>,
    board: Board,
    events: Sender<Event>,
}

impl Core {
    /// Opens the journal and the witness.
    ///
    /// # Errors
    /// If either cannot be opened.
    pub(super) fn new(
        options: &Options,
        log: Log,
        board: Board,
        events: Sender<Event>,
    ) -> io::Result<Core> {
        Ok(Core {
            market: Market::default(),
            applied: 0,
            mode: Mode::Searching,
            state: State::Starting,
            term: 0,
            instance: board.read().instance,
            witness: options.witness.as_deref().map(Witness::open).transpose()?,
            journal: options.journal.as_deref().map(Journal::open).transpose()?,
            options: options.clone(),
            log,
            board,
            events,
        })
    }

    /// Handles events until one of them is to stop.
    ///
    /// # Errors
    /// If the journal or the witness fails.
    pub(super) fn run(&mut self, inbox: &Receiver<Event>) -> io::Result<()> {
        match (self.options.peer, self.options.role) {
            (Some(_), role) => self.search(role == Role::Primary),
            (None, Role::Primary) => self.serve(State::Ready),
            (None, Role::Backup) => {
                return Err(io::Error::other(
                    "a backup needs --peer, the engine to follow",
                ));
            }
        }
        while let Ok(first) = inbox.recv() {
            for event in std::iter::once(first).chain(inbox.try_iter().take(BATCH)) {
                if matches!(event, Event::Stop) {
                    self.log.info("state=STOPPED");
                    return Ok(());
                }
                self.handle(event)?;
            }
            self.finish_batch()?;
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Request {
                request,
                reply,
                received,
            } => match request {
                Request::Command(command) => self.order(command, &reply, received),
                request => {
                    let answer = self.describe_or_set(&request);
                    self.hold(answer, &reply);
                }
            },
            Event::Refused { answer, reply } => self.hold(answer, &reply),
            Event::Joined {
                link,
                instance,
                out,
            } => self.admit(link, instance, out),
            Event::Followed { link, out } => self.follow(link, out),
            Event::Said { link, message } => return self.hear(link, message),
            Event::Lost { link, why } => return self.lose(link, &why),
            Event::NobodyServes => return self.begin(),
            Event::Stop => {}
        }
        Ok(())
    }

    /// Answers what does not change the market.
    fn describe_or_set(&mut self, request: &Request) -> String {
        match request {
            Request::Book(symbol) => self.market.describe_book(symbol),
            Request::Order(client, id) => self.market.describe_order(client, *id),
            Request::Ping => "PONG".to_owned(),
            Request::Slow(delay) => match &mut self.journal {
                Some(journal) => {
                    journal.set_delay(std::time::Duration::from_millis(*delay));
                    format!("OK slow={delay}")
                }
                None => "REJECT - - no-journal".to_owned(),
            },
            _ => self.status().line(),
        }
    }

    /// Writes what this batch applied, tells the other engine and the clients, and the board.
    fn finish_batch(&mut self) -> io::Result<()> {
        self.send_entries();
        if let Some(journal) = &mut self.journal {
            journal
                .flush()
                .map_err(|error| io::Error::other(format!("the journal: {error}")))?;
        }
        self.acknowledge();
        self.release();
        self.board.write(self.status());
        Ok(())
    }

    /// Looks for a primary, in a thread of its own.
    pub(super) fn search(&mut self, may_begin: bool) {
        let Some(peer) = self.options.peer else {
            return;
        };
        self.mode = Mode::Searching;
        let (instance, timeout) = (self.instance.clone(), self.options.timeout);
        let (events, log) = (self.events.clone(), self.log.clone());
        thread::spawn(move || {
            link::find_primary(peer, &instance, may_begin, timeout, &events, &log)
        });
    }

    /// The peer does not serve: this engine does, unless somebody else was quicker.
    fn begin(&mut self) -> io::Result<()> {
        if !matches!(self.mode, Mode::Searching) {
            return Ok(());
        }
        let newest = self.newest_term()?;
        if newest.is_some() {
            self.log
                .info("neither engine was running: the day begins anew");
        }
        if self.begin_term(newest.map_or(0, |term| term.number), None)? {
            self.serve(State::Ready);
        } else {
            self.search(true);
        }
        Ok(())
    }

    fn newest_term(&self) -> io::Result<Option<Term>> {
        self.witness
            .as_ref()
            .map_or(Ok(None), Witness::newest)
            .map_err(witness_failed)
    }

    /// Tries to make the term after `last` this engine's own, with or without a backup.
    pub(super) fn begin_term(&mut self, last: u64, backup: Option<&str>) -> io::Result<bool> {
        let Some(witness) = &self.witness else {
            return Ok(true);
        };
        let term = Term {
            number: last + 1,
            primary: self.instance.clone(),
            backup: backup.map(str::to_owned),
        };
        let ours = witness.begin(&term).map_err(witness_failed)?;
        if ours {
            self.term = term.number;
        }
        Ok(ours)
    }

    /// The link to the primary is gone: take over, if the witness says that this engine has all.
    pub(super) fn take_over_or_join_again(&mut self, why: &str) -> io::Result<()> {
        self.log.error(&format!("lost the primary: {why}"));
        let newest = self.newest_term()?;
        let entitled = newest.filter(|term| term.backup.as_ref() == Some(&self.instance));
        match entitled {
            Some(term) if self.begin_term(term.number, None)? => self.serve(State::Primary),
            _ => {
                self.log
                    .info("this engine may not take over: it joins again");
                self.change(State::Joining);
                self.search(false);
            }
        }
        Ok(())
    }

    fn serve(&mut self, state: State) {
        self.mode = Mode::Serving(Serving::new(state));
        self.change(state);
    }

    /// Enters a state, and says so in the log, on the board, and nowhere before that.
    pub(super) fn change(&mut self, state: State) {
        if self.state == state {
            return;
        }
        self.state = state;
        let status = self.status();
        self.board.write(status.clone());
        let Status {
            term,
            applied,
            orders,
            ..
        } = status;
        self.log.info(&format!(
            "state={state} role={} term={term} applied={applied} orders={orders}",
            status.role()
        ));
    }

    fn status(&self) -> Status {
        let serving = match &self.mode {
            Mode::Serving(serving) => Some(serving),
            _ => None,
        };
        Status {
            serving: serving.is_some(),
            state: self.state,
            term: self.term,
            applied: self.applied,
            lag: serving.and_then(|serving| serving.lag(self.applied)),
            orders: self.market.order_count(),
            trades: self.market.trade_count(),
            instance: self.instance.clone(),
        }
    }

    /// Gives an answer once everything that it tells of is safe.
    fn hold(&mut self, answer: String, reply: &Reply) {
        match &mut self.mode {
            Mode::Serving(serving) => serving.hold(self.applied, answer, reply.clone(), None),
            _ => reply.send(answer),
        }
    }

    /// Refuses an order where this engine does not serve.
    pub(super) fn refuse(&self, name: (&str, u64), reply: &Reply) {
        let reason = if matches!(self.mode, Mode::Fenced) {
            "fenced"
        } else {
            "not-primary"
        };
        reply.send(reject(name.0, name.1, reason));
    }
}

fn witness_failed(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("the witness: {error}"))
}
