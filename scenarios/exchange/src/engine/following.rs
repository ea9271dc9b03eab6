//! The backup's part: it applies what the primary sends, and says how far it has come.

use std::io;

use super::core::{Core, Mode};
use super::link::{LinkId, Message, Outbox};
use super::status::State;

/// What a backup keeps track of.
#[derive(Debug)]
pub(super) struct Following {
    link: LinkId,
    out: Outbox,
    /// Whether the snapshot was loaded.
    loaded: bool,
    /// Whether there is something that the primary has not been told that it was applied.
    to_acknowledge: bool,
}

impl Core {
    /// A link to the primary is open.
    pub(super) fn follow(&mut self, link: LinkId, out: Outbox) {
        if matches!(self.mode, Mode::Searching) {
            self.mode = Mode::Following(Following {
                link,
                out,
                loaded: false,
                to_acknowledge: false,
            });
            self.change(State::Joining);
        }
    }

    /// Applies what the primary sent.
    pub(super) fn apply_from_primary(&mut self, link: LinkId, message: Message) {
        let Mode::Following(following) = &mut self.mode else {
            return;
        };
        if following.link != link {
            return;
        }
        match message {
            Message::Snapshot(applied, market) => {
                self.market = market;
                self.applied = applied;
                following.loaded = true;
                following.to_acknowledge = true;
            }
            Message::Entry(number, command) if following.loaded && number == self.applied + 1 => {
                self.applied = number;
                self.market.apply(&command);
                if let Some(journal) = &mut self.journal {
                    journal.add(&format!("ENTRY {number} {command}\n"));
                }
                following.to_acknowledge = true;
            }
            Message::InSync(term) => {
                self.term = term;
                self.change(State::Ready);
            }
            // A gap cannot come over one connection; if it does, only a new snapshot helps.
            Message::Entry(number, _) => {
                self.log
                    .error(&format!("command {number} came after {}", self.applied));
                self.change(State::Joining);
                self.search(false);
            }
            Message::Acked(_) => {}
        }
    }

    /// Tells the primary how far this engine has come, after the journal has it too.
    pub(super) fn acknowledge(&mut self) {
        let Mode::Following(following) = &mut self.mode else {
            return;
        };
        if std::mem::take(&mut following.to_acknowledge) {
            let _ = following.out.send(format!("ACKED {}\n", self.applied));
        }
    }

    /// A link is gone: to the primary, or to the backup.
    pub(super) fn lose(&mut self, link: LinkId, why: &str) -> io::Result<()> {
        match &self.mode {
            Mode::Following(following) if following.link == link => {
                self.take_over_or_join_again(why)
            }
            _ => self.lose_backup(link, why),
        }
    }
}
