//! A plug-in under test, spoken with line by line: nothing here trusts what it says.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use scn_process::{Exit, InputPipe, Sink, Stream, Tree};
use scn_protocol::plugin::{Ask, Failed, MAX_LINE, Tell, VERSION};
use serde_json::Value as Json;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use crate::declare::FLUSHED;
use crate::launch::{Launch, Variables};
use crate::lines::{Cut, Lines};
use crate::session::{Over, PATIENCE, shown};

/// How long an answer may take that needs nothing done.
pub(super) const SOON: Duration = Duration::from_secs(5);

/// How long a plug-in may leave a message unread.
const READS: Duration = Duration::from_secs(20);

/// What is asked of a plug-in, and by none of `scn`.
const ASKED: [&str; 3] = ["initialize", "call", "shutdown"];

/// So many lines of its log are shown.
const TAIL: usize = 3;

/// What came of a request.
pub(super) type Answer = Result<Json, Failed>;

/// A plug-in that runs.
pub(super) struct Peer {
    input: Option<InputPipe>,
    heard: mpsc::UnboundedReceiver<Option<Vec<u8>>>,
    life: Rc<Life>,
    next: u64,
    /// It has answered something.
    spoke: bool,
}

#[derive(Default)]
struct Life {
    exit: Cell<Option<Exit>>,
    ended: Notify,
    stop: Notify,
    log: RefCell<VecDeque<String>>,
}

struct Ears {
    messages: Lines,
    log: Lines,
    said: mpsc::UnboundedSender<Option<Vec<u8>>>,
    life: Rc<Life>,
}

impl Sink for Ears {
    fn output(&mut self, stream: Stream, chunk: &[u8]) -> io::Result<()> {
        let (said, life) = (&self.said, &self.life);
        match stream {
            // Whoever listened may have gone.
            Stream::Stdout => self.messages.push(chunk, |line| {
                let _ = said.send(match line {
                    Cut::Line(line) => Some(line.to_vec()),
                    Cut::TooLong => None,
                });
            }),
            Stream::Stderr => self.log.push(chunk, |line| {
                if let Cut::Line(line) = line {
                    life.remember(line);
                }
            }),
        }
        Ok(())
    }
}

impl Life {
    fn remember(&self, line: &[u8]) {
        let mut log = self.log.borrow_mut();
        if log.len() == TAIL {
            log.pop_front();
        }
        log.push_back(String::from_utf8_lossy(line).trim().to_owned());
    }
}

impl Peer {
    /// Starts a plug-in, and says nothing yet.
    ///
    /// # Errors
    /// Why it could not be started.
    pub(super) fn start(launch: &Launch, tree: &Tree) -> Result<Self, String> {
        let mut child = tree
            .spawn(&launch.spec(&Variables::default()))
            .map_err(|error| format!("it {}", launch.not_started(&error)))?;
        let input = child.take_input();
        let life = Rc::new(Life::default());
        let (said, heard) = mpsc::unbounded_channel();
        let mut ears = Ears {
            messages: Lines::new(MAX_LINE),
            log: Lines::new(MAX_LINE),
            said,
            life: Rc::clone(&life),
        };
        let own = Rc::clone(&life);
        tokio::task::spawn_local(async move {
            let exit = tokio::select! {
                exit = child.wait(&mut ears) => exit,
                () = own.stop.notified() => child.terminate(Duration::from_secs(1), &mut ears).await,
            };
            if let Some(line) = ears.log.finish() {
                own.remember(&line);
            }
            if let Some(line) = ears.messages.finish() {
                let _ = ears.said.send(Some(line));
            }
            own.exit.set(exit.ok().or_else(|| child.exit()));
            own.ended.notify_waiters();
        });
        Ok(Self {
            input,
            heard,
            life,
            next: 1,
            spoke: false,
        })
    }

    /// Asks what it can do, as scn does first of all.
    ///
    /// # Errors
    /// Why nothing came of it.
    pub(super) async fn initialize(
        &mut self,
        launch: &Launch,
        protocol: i64,
    ) -> Result<Answer, String> {
        let ask = |id| Ask::Initialize {
            id,
            protocol,
            plugin: launch.plugin.clone(),
            config: launch.config.clone(),
            environment: launch.environment.clone(),
        };
        let patience = if protocol == VERSION { PATIENCE } else { SOON };
        self.ask(ask, patience).await
    }

    /// The number of the next request.
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Asks something, and waits for the answer.
    ///
    /// # Errors
    /// Why none came, with what was asked.
    pub(super) async fn ask(
        &mut self,
        ask: impl FnOnce(u64) -> Ask,
        within: Duration,
    ) -> Result<Answer, String> {
        let id = self.number();
        let line = ask(id).to_line();
        self.asked(&line, id, within).await
    }

    /// Sends a line that is a request of that number, and waits for its answer.
    ///
    /// # Errors
    /// Likewise.
    pub(super) async fn asked(
        &mut self,
        line: &[u8],
        id: u64,
        within: Duration,
    ) -> Result<Answer, String> {
        let sent = |why: String| {
            format!(
                "{why}\n          it was sent {}",
                shown(line.trim_ascii_end())
            )
        };
        self.send(line).await.map_err(sent)?;
        let (answered, answer) = self.answer(within).await.map_err(sent)?;
        if answered != Some(id) {
            let what = answered.map_or("no `id`".to_owned(), |id| format!("the `id` {id}"));
            return Err(sent(format!("it answered with {what}, and not with {id}")));
        }
        Ok(answer)
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// If it does not read them.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Some(input) = &self.input else {
            return Err("its input has ended".to_owned());
        };
        match timeout(READS, input.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.silence(SOON).await),
            Err(_) => Err(format!(
                "it did not read its standard input for {}s",
                READS.as_secs()
            )),
        }
    }

    /// The next answer; notifications before it are looked at and passed over.
    ///
    /// # Errors
    /// Why none came, or what came instead.
    pub(super) async fn answer(
        &mut self,
        within: Duration,
    ) -> Result<(Option<u64>, Answer), String> {
        loop {
            let line = match timeout(within, self.heard.recv()).await {
                Ok(Some(Some(line))) if line.is_empty() => continue,
                Ok(Some(Some(line))) => line,
                Ok(Some(None)) => return Err("it wrote a line of more than 64 MiB".to_owned()),
                Ok(None) => return Err(self.silence(SOON).await),
                Err(_) => return Err(self.silence(within).await),
            };
            let told = Tell::parse(&line).map_err(|why| {
                // One that is JSON was meant as a message, and has a mistake in it.
                let is_meant = serde_json::from_slice::<serde_json::Map<String, Json>>(&line).is_ok();
                let hint = match is_meant {
                    true => "",
                    false => "\n          its standard output is for messages alone; a log goes to standard error",
                };
                format!("it wrote a line that is no message: {why}\n          it wrote {}{hint}", shown(&line))
            })?;
            self.spoke = true;
            match told {
                Tell::Answer { id, result } => {
                    return Ok((
                        id,
                        match result {
                            Ok(given) => Ok(given.json()?),
                            Err(failed) => Err(failed),
                        },
                    ));
                }
                Tell::Unknown {
                    id: Some(_),
                    method,
                } if ASKED.contains(&&*method) => {
                    return Err(format!(
                        "it sent the request `{method}` back: it writes what it reads, and answers nothing"
                    ));
                }
                Tell::Unknown {
                    id: Some(_),
                    method,
                } => {
                    return Err(format!(
                        "it sent the request `{method}` itself; a plug-in answers requests, and says the rest without an `id`\n          it wrote {}",
                        shown(&line)
                    ));
                }
                _ => {}
            }
        }
    }

    /// Why it says nothing: it has gone, or does not answer.
    async fn silence(&mut self, waited: Duration) -> String {
        // Who does not read any more has gone, most likely, but that may take a moment to be seen.
        let _ = timeout(Duration::from_millis(200), self.until_ended()).await;
        if self.has_ended() {
            return format!("it {}", self.end());
        }
        let hint = match self.spoke {
            true => "",
            false => &format!("\n          {FLUSHED}"),
        };
        let log = self.last();
        format!("no answer within {}s{log}{hint}", waited.as_secs())
    }

    /// Its input ends.
    pub(super) fn hang_up(&mut self) {
        self.input = None;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.life.exit.get().is_some()
    }

    /// How it ended by itself.
    pub(super) fn exit(&self) -> Option<Exit> {
        self.life.exit.get()
    }

    pub(super) async fn until_ended(&self) {
        loop {
            let ended = self.life.ended.notified();
            if self.has_ended() {
                return;
            }
            ended.await;
        }
    }

    /// Ends it, if it has not ended.
    pub(super) async fn stop(&mut self) {
        self.hang_up();
        self.life.stop.notify_one();
        self.until_ended().await;
    }

    /// How it ended, in words, with the end of its log.
    pub(super) fn end(&self) -> String {
        let log = self.life.log.borrow().iter().cloned().collect();
        Over::of(None, self.exit(), log).to_string()
    }

    /// The end of its log, in words.
    pub(super) fn last(&self) -> String {
        match self.life.log.borrow().back() {
            Some(line) => format!("; its log ends with: {line}"),
            None => String::new(),
        }
    }
}
