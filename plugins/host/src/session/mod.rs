//! One process of a plug-in, from its start to its end: requests go in, answers come back in any
//! order, and what it says meanwhile goes to the steps that it is said for.
//!
//! Whatever goes wrong ends the session, and every call that is open with it: a plug-in that broke
//! the protocol once cannot be trusted to answer the right call. The next call starts another.

mod attend;
mod calls;
mod hear;
mod hurry;
mod over;
mod turn;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::time::{Duration, Instant};

use scn_interpreter::Context;
use scn_process::{GRACE, InputPipe};
use scn_protocol::plugin::{Ask, Declaration, Failed, Given, MAX_LINE, VERSION};
use serde_json::Value as Json;
use tokio::sync::Notify;
use tokio::time::timeout;

pub use over::Over;
pub(crate) use over::shown;

use crate::launch::{Launch, Start, Variables};
use crate::metric::Metrics;
use calls::{Calls, Slot};
use hurry::{Hurry, PATIENCE as SOON};
use turn::Turns;

/// How long a plug-in may take to say what it is.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What came of a request.
pub type Answer = Result<Result<Given, Failed>, Rc<Over>>;

/// A plug-in that runs.
pub struct Session {
    plugin: String,
    calls: RefCell<Calls>,
    /// None once its input has ended.
    input: RefCell<Option<Rc<InputPipe>>>,
    /// What did not fit into the pipe yet.
    unsent: RefCell<Vec<u8>>,
    writing: Cell<bool>,
    /// Why it is to end; what is found first counts.
    doom: RefCell<Option<Doom>>,
    doomed: Notify,
    over: RefCell<Option<Rc<Over>>>,
    /// No call was open as it ended.
    unseen: Cell<bool>,
    ended: Notify,
    /// The metrics that it tells.
    metrics: Metrics,
    /// What takes all that the plug-in says.
    turns: Turns,
    /// What is asked of it at this moment.
    hurry: Cell<Hurry>,
    /// It was answered soon, last time.
    is_quick: Cell<bool>,
}

/// Why a session is ended from this side.
#[derive(Clone, Debug)]
pub(crate) enum Doom {
    /// The plug-in broke the protocol.
    Fault(String),
    /// It was asked something that it did not do in time; it gets no time more.
    Unheeded(String),
    /// It cannot be written to: it has gone, most likely, and then its exit says more.
    Deaf,
    /// The run is over.
    Shutdown,
}

impl Session {
    /// Starts a plug-in, and asks what it can do. Must be called within a tokio `LocalSet`.
    ///
    /// # Errors
    /// Why it could not be started, or is none of which anything could be made.
    pub async fn open(
        launch: &Launch,
        variables: &Variables,
        start: Start<'_>,
        context: Option<Rc<dyn Context>>,
    ) -> Result<(Rc<Self>, Json), Rc<Over>> {
        let mut child = start(&launch.spec(variables))
            .map_err(|error| Rc::new(Over::refused(launch.not_started(&error))))?;
        let session = Rc::new(Self {
            plugin: launch.plugin.clone(),
            calls: RefCell::new(Calls::new(context.clone())),
            input: RefCell::new(child.take_input().map(Rc::new)),
            unsent: RefCell::default(),
            writing: Cell::new(false),
            doom: RefCell::default(),
            doomed: Notify::new(),
            over: RefCell::default(),
            unseen: Cell::new(false),
            ended: Notify::new(),
            metrics: Metrics::of(&launch.plugin),
            turns: Turns::new(),
            hurry: Cell::new(Hurry::Not),
            is_quick: Cell::new(false),
        });
        // Whoever waits for it may go away: then it goes too.
        let guard = Guard(Some(Rc::clone(&session)));
        let attending = attend::attend(Rc::clone(&session), child);
        session.turns.give(Box::pin(attending));
        let attended = Rc::clone(&session);
        tokio::task::spawn_local(async move { attended.turns.task().await });
        let initialize = |id| Ask::Initialize {
            id,
            protocol: VERSION,
            plugin: launch.plugin.clone(),
            config: launch.config.clone(),
            environment: launch.environment.clone(),
        };
        let answer = session.request("initialize", context, initialize);
        let answer = match timeout(PATIENCE, answer).await {
            // It was gone before it could be asked: its end says more.
            Ok(Err(over)) if !over.started && session.is_ending() => {
                return Err(session.until_over().await);
            }
            Ok(answer) => answer?,
            Err(_) => {
                let text = format!("did not answer `initialize` within {}s", PATIENCE.as_secs());
                return Err(session.end(Doom::Unheeded(text)).await);
            }
        };
        let said = match answer {
            Ok(said) => said,
            Err(failed) => {
                let why = format!("refused `initialize`: {}", failed.message);
                return Err(session.end(Doom::Fault(why)).await);
            }
        };
        let said = match understood(&said) {
            Ok(said) => said,
            Err(why) => return Err(session.end(Doom::Fault(why)).await),
        };
        guard.keep();
        session.calls.borrow_mut().is_up();
        Ok((session, said))
    }

    /// Asks something, and waits for the answer. `what` is what it is called in a reason.
    ///
    /// # Errors
    /// Why the session ended before it was answered.
    pub async fn request(
        self: &Rc<Self>,
        what: &str,
        context: Option<Rc<dyn Context>>,
        ask: impl FnOnce(u64) -> Ask,
    ) -> Answer {
        let line = |id| ask(id).to_line();
        self.begin(what, context, line)?.answer().await
    }

    /// Asks something: a line with the request of that number.
    ///
    /// # Errors
    /// Why the session is over.
    pub fn begin(
        self: &Rc<Self>,
        what: &str,
        context: Option<Rc<dyn Context>>,
        ask: impl FnOnce(u64) -> Vec<u8>,
    ) -> Result<Pending, Rc<Over>> {
        if let Some(over) = self.over() {
            return Err(over);
        }
        let (id, answer) = self.calls.borrow_mut().open(context);
        let line = ask(id);
        if line.len() > MAX_LINE {
            self.calls.borrow_mut().withdraw(id);
            let text = format!("{what}: its arguments are larger than the 64 MiB of a message");
            return Err(Rc::new(Over::refused(text)));
        }
        if !self.send(line) {
            self.calls.borrow_mut().withdraw(id);
            return Err(Rc::new(Over::refused("has gone".to_owned())));
        }
        Ok(Pending {
            session: Rc::clone(self),
            id,
            answer,
        })
    }

    /// Why it is over; none while it runs.
    pub fn over(&self) -> Option<Rc<Over>> {
        self.over.borrow().clone()
    }

    /// The run is over: it is asked to end, and ended if it does not. What it starts with is gone
    /// then too. Gives how it ended, where that was not as it should.
    pub async fn shutdown(self: &Rc<Self>) -> Option<Rc<Over>> {
        let runs = self.over().is_none();
        if runs {
            let ask = |id| Ask::Shutdown { id }.to_line();
            let asked = self.begin("shutdown", None, ask);
            self.calls.borrow_mut().leave();
            if asked.is_ok() {
                self.close_input();
                let _ = timeout(GRACE, self.until_over()).await;
            }
            self.end(Doom::Shutdown).await;
        }
        self.calls.borrow_mut().forget();
        self.over().filter(|over| runs && over.is_bad())
    }

    /// Ends it for that reason, if it is not over already.
    pub(crate) async fn end(&self, doom: Doom) -> Rc<Over> {
        self.condemn(doom);
        self.until_over().await
    }

    /// Its end is near; what was found first is why, unless that says little.
    fn condemn(&self, doom: Doom) {
        let mut known = self.doom.borrow_mut();
        if matches!(&*known, None | Some(Doom::Deaf)) {
            *known = Some(doom);
        }
        drop(known);
        self.doomed.notify_one();
    }

    /// Whether it answered any call.
    pub(crate) fn has_answered(&self) -> bool {
        self.calls.borrow().has_answered()
    }

    /// It ended while it was up and asked nothing, so that no step was told of it as its own failure.
    pub(crate) fn ended_unseen(&self) -> bool {
        self.unseen.get()
    }

    /// It is over, or will be soon.
    pub(crate) fn is_ending(&self) -> bool {
        self.over().is_some() || self.doom.borrow().is_some()
    }

    pub(crate) async fn until_over(&self) -> Rc<Over> {
        loop {
            let ended = self.ended.notified();
            if let Some(over) = self.over() {
                return over;
            }
            ended.await;
        }
    }

    /// Sends a line: at once if it can be taken, and else as the plug-in reads. False if nobody
    /// is there to read any of it.
    fn send(self: &Rc<Self>, line: Vec<u8>) -> bool {
        let Some(input) = self.input.borrow().clone() else {
            return false;
        };
        let mut unsent = self.unsent.borrow_mut();
        if self.writing.get() {
            unsent.extend_from_slice(&line);
            return true;
        }
        match input.try_write(&line) {
            Ok(written) if written == line.len() => return true,
            Ok(written) => unsent.extend_from_slice(&line[written..]),
            Err(_) => {
                self.condemn(Doom::Deaf);
                return false;
            }
        }
        self.writing.set(true);
        tokio::task::spawn_local(Rc::clone(self).write(input));
        true
    }

    /// Writes what could not be written at once.
    async fn write(self: Rc<Self>, input: Rc<InputPipe>) {
        loop {
            let bytes = std::mem::take(&mut *self.unsent.borrow_mut());
            if bytes.is_empty() {
                break;
            }
            let written = tokio::select! {
                written = input.write_all(&bytes) => written,
                _ = self.until_over() => return,
            };
            if written.is_err() {
                self.condemn(Doom::Deaf);
                break;
            }
        }
        self.writing.set(false);
    }

    /// Nothing more will be asked.
    fn close_input(&self) {
        *self.input.borrow_mut() = None;
    }
}

/// What a plug-in that can be spoken with says of itself.
///
/// # Errors
/// Why it cannot be spoken with.
fn understood(said: &Given) -> Result<Json, String> {
    let answered = |reason: String| format!("answered `initialize` with what is none: {reason}");
    let said = said.json().map_err(answered)?;
    let protocol = Declaration::protocol_of(&said).map_err(answered)?;
    if protocol != VERSION {
        return Err(format!(
            "speaks version {protocol} of the plug-in protocol, and this scn speaks version {VERSION}"
        ));
    }
    Declaration::read(&said).map_err(answered)?;
    Ok(said)
}

/// A request that is open.
pub struct Pending {
    session: Rc<Session>,
    id: u64,
    answer: Rc<Slot>,
}

impl Pending {
    /// The answer, if it comes so soon that this thread may be kept waiting for it.
    pub fn soon(&self) -> Option<Answer> {
        self.session.soon(&self.answer)
    }

    /// Waits for the answer. Can be dropped and called again.
    ///
    /// # Errors
    /// Why the session ended before it was answered.
    pub async fn answer(&mut self) -> Answer {
        let asked = Instant::now();
        let turn = self.session.turns.wait(self.id);
        let answer = poll_fn(|context| self.answer.poll(context, || turn.take(context))).await;
        self.session.is_quick.set(asked.elapsed() < SOON);
        answer
    }

    /// Whether an earlier call is not answered yet, which this one may be waiting for.
    pub fn is_behind(&self) -> bool {
        self.session.calls.borrow().is_behind(self.id)
    }

    /// Its result is no longer wanted: the plug-in is told, and has the grace period to answer all
    /// the same; one that does not is ended.
    ///
    /// # Errors
    /// Why the session ended before it was answered.
    pub async fn cancel(&mut self, what: &str) -> Answer {
        self.session.send(Ask::Cancel { call: self.id }.to_line());
        match timeout(GRACE, self.answer()).await {
            Ok(answer) => answer,
            Err(_) => {
                let text = format!(
                    "did not heed `cancel` of `{what}` within {}s",
                    GRACE.as_secs()
                );
                Err(self.session.end(Doom::Unheeded(text)).await)
            }
        }
    }
}

/// Ends a session that was begun for nobody.
struct Guard(Option<Rc<Session>>);

impl Guard {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            session.condemn(Doom::Unheeded("was no longer waited for".to_owned()));
        }
    }
}
