//! Where lines come from: a thread that reads them, so that the run goes on meanwhile.

use std::io::{self, BufRead};
use std::sync::mpsc;
use std::thread;

use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What came of asking for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// These lines: one, or as many as what was begun takes.
    Entry(String),
    /// Ctrl-C: what was typed is dropped.
    Interrupted,
    /// There is no more.
    End,
}

/// What the reading thread is asked for.
#[derive(Clone, Debug)]
pub enum Ask {
    /// An entry.
    Entry {
        /// What stands before it.
        prompt: String,
        /// What was typed before: its variables and steps can be completed.
        before: String,
    },
    /// Yes or no.
    Question(String),
    /// An entry that holds no secret, for the history.
    Remember(String),
}

/// Entries, in their order.
pub struct Input {
    asks: mpsc::Sender<Ask>,
    reads: Mutex<UnboundedReceiver<Read>>,
    /// A person sits at it.
    pub is_terminal: bool,
}

/// The reading thread's end.
pub struct Reader {
    /// What it is asked for.
    pub asks: mpsc::Receiver<Ask>,
    /// What it has read.
    pub reads: UnboundedSender<Read>,
}

impl Input {
    /// One that is read by a thread of its own, which does that until it is asked no more.
    pub fn new(is_terminal: bool, read: impl FnOnce(Reader) + Send + 'static) -> Self {
        let (asks, asked) = mpsc::channel();
        let (read_to, reads) = unbounded_channel();
        thread::spawn(move || {
            read(Reader {
                asks: asked,
                reads: read_to,
            });
        });
        Self {
            asks,
            reads: Mutex::new(reads),
            is_terminal,
        }
    }

    /// Standard input that is no terminal: nothing is shown of it.
    pub fn piped() -> Self {
        Self::new(false, |reader| {
            let mut lines = io::stdin().lock().lines();
            while let Ok(ask) = reader.asks.recv() {
                let read = match ask {
                    Ask::Entry { .. } => entry(&mut lines),
                    Ask::Question(_) => Read::Entry("y".to_owned()),
                    Ask::Remember(_) => continue,
                };
                if reader.reads.send(read).is_err() {
                    return;
                }
            }
        })
    }

    /// The next one.
    pub async fn read(&self, ask: Ask) -> Read {
        let mut reads = self.reads.lock().await;
        if self.asks.send(ask).is_err() {
            return Read::End;
        }
        reads.recv().await.unwrap_or(Read::End)
    }

    /// Says something to the thread that it does not answer.
    pub fn tell(&self, ask: Ask) {
        // If it is gone nothing is to be remembered.
        let _ = self.asks.send(ask);
    }
}

/// Lines until what they begin is finished, or nothing more comes.
fn entry(lines: &mut impl Iterator<Item = io::Result<String>>) -> Read {
    let mut text = String::new();
    loop {
        match lines.next() {
            Some(Ok(line)) => text.push_str(&line),
            // What cannot be read is the end of it.
            None | Some(Err(_)) if text.is_empty() => return Read::End,
            None | Some(Err(_)) => return Read::Entry(text),
        }
        if !super::entry::is_open(&text) {
            return Read::Entry(text);
        }
        text.push('\n');
    }
}
