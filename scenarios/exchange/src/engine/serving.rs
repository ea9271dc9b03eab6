//! The primary's part: orders are numbered, applied, sent to the backup, and acknowledged to
//! their clients when the backup has them.
//!
//! A backup goes through three phases. While it loads the snapshot the primary acknowledges
//! alone. When it has that, answers wait for it, and when it has all that was acknowledged
//! alone too, the witness is told that there is a backup again, and only then may it take over.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io;
use std::time::{Duration, Instant};

use super::clients::Reply;
use super::core::{Core, Mode};
use super::link::{LinkId, Message, Outbox};
use super::status::State;
use crate::snapshot;
use crate::wire::Command;

/// At most one latency in so much time is logged, so that a fast load does not fill the disk.
const SAMPLE_EVERY: Duration = Duration::from_millis(20);

/// How far a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It loads the snapshot.
    Loading,
    /// It has the snapshot, but not yet all that was acknowledged without it.
    CatchingUp,
    /// It has all that was acknowledged, and may take over.
    InSync,
}

/// The engine that follows this one.
#[derive(Debug)]
struct Backup {
    link: LinkId,
    instance: String,
    out: Outbox,
    phase: Phase,
    /// It has all commands up to this number.
    acked: u64,
}

/// An answer that waits until the command with this number is safe.
#[derive(Debug)]
struct Held {
    number: u64,
    answer: String,
    reply: Reply,
    /// When the order came, for an order.
    received: Option<Instant>,
}

/// What a primary keeps track of.
#[derive(Debug)]
pub(super) struct Serving {
    /// The state to be in while nothing is wrong.
    healthy: State,
    backup: Option<Backup>,
    held: VecDeque<Held>,
    /// All commands up to this number may be acknowledged.
    safe: u64,
    /// What the backup has not been sent yet.
    unsent: String,
    sampled: Option<Instant>,
}

impl Serving {
    pub(super) fn new(healthy: State) -> Serving {
        Serving {
            healthy,
            backup: None,
            held: VecDeque::new(),
            safe: 0,
            unsent: String::new(),
            sampled: None,
        }
    }

    /// How many commands the backup has still to acknowledge.
    pub(super) fn lag(&self, applied: u64) -> Option<u64> {
        self.backup
            .as_ref()
            .map(|backup| applied.saturating_sub(backup.acked))
    }

    pub(super) fn hold(
        &mut self,
        number: u64,
        answer: String,
        reply: Reply,
        received: Option<Instant>,
    ) {
        self.held.push_back(Held {
            number,
            answer,
            reply,
            received,
        });
    }

    /// The answers that may be given now.
    fn release(&mut self, applied: u64) -> Vec<Held> {
        self.safe = match &self.backup {
            None
            | Some(Backup {
                phase: Phase::Loading,
                ..
            }) => applied,
            Some(backup) => self.safe.max(backup.acked),
        };
        let count = self
            .held
            .iter()
            .take_while(|held| held.number <= self.safe)
            .count();
        self.held.drain(..count).collect()
    }
}

impl Core {
    /// Takes an order or a cancel from a client.
    pub(super) fn order(&mut self, command: Command, reply: &Reply, received: Instant) {
        let Mode::Serving(serving) = &mut self.mode else {
            return self.refuse(command.name(), reply);
        };
        let answer = self.market.known_answer(&command).unwrap_or_else(|| {
            self.applied += 1;
            let entry = format!("ENTRY {} {command}\n", self.applied);
            if serving.backup.is_some() {
                serving.unsent.push_str(&entry);
            }
            if let Some(journal) = &mut self.journal {
                journal.add(&entry);
            }
            self.market.apply(&command)
        });
        serving.hold(self.applied, answer, reply.clone(), Some(received));
    }

    /// Lets the peer follow: it gets a snapshot, and after that every command.
    pub(super) fn admit(&mut self, link: LinkId, instance: String, out: Outbox) {
        let Mode::Serving(serving) = &mut self.mode else {
            return;
        };
        // The peer has one process: a new link means that the old one is dead, and its loss is
        // seen to first. Until then the newcomer is turned away, and asks again.
        if serving.backup.is_some() {
            return;
        }
        let lines = snapshot::write(&self.market);
        let _ = out.send(format!(
            "SNAPSHOT {} {}\n{lines}",
            self.applied,
            lines.lines().count()
        ));
        self.log.info(&format!(
            "a backup joins, with a snapshot of {} orders",
            self.market.order_count()
        ));
        serving.unsent.clear();
        serving.backup = Some(Backup {
            link,
            instance,
            out,
            phase: Phase::Loading,
            acked: 0,
        });
    }

    /// Sends the backup what this batch applied.
    pub(super) fn send_entries(&mut self) {
        let Mode::Serving(serving) = &mut self.mode else {
            return;
        };
        let entries = std::mem::take(&mut serving.unsent);
        if let (Some(backup), false) = (&serving.backup, entries.is_empty()) {
            // If the link is gone, its loss is on its way.
            let _ = backup.out.send(entries);
        }
    }

    /// The backup has all commands up to this number.
    pub(super) fn backup_has(&mut self, link: LinkId, number: u64) -> io::Result<()> {
        let Mode::Serving(serving) = &mut self.mode else {
            return Ok(());
        };
        let Some(backup) = serving.backup.as_mut().filter(|backup| backup.link == link) else {
            return Ok(());
        };
        backup.acked = number;
        if backup.phase == Phase::Loading {
            backup.phase = Phase::CatchingUp;
        }
        if backup.phase != Phase::CatchingUp || backup.acked < serving.safe {
            return Ok(());
        }
        backup.phase = Phase::InSync;
        let (instance, out, healthy) =
            (backup.instance.clone(), backup.out.clone(), serving.healthy);
        if self.begin_term(self.term, Some(&instance))? {
            let _ = out.send(format!("INSYNC {}\n", self.term));
            self.log.info("the backup is in sync");
            self.change(healthy);
        } else {
            self.fence();
        }
        Ok(())
    }

    /// The backup is gone. If it might have taken over, the witness decides who goes on.
    pub(super) fn lose_backup(&mut self, link: LinkId, why: &str) -> io::Result<()> {
        let Mode::Serving(serving) = &mut self.mode else {
            return Ok(());
        };
        let Some(backup) = serving.backup.take_if(|backup| backup.link == link) else {
            return Ok(());
        };
        serving.unsent.clear();
        self.log.error(&format!("lost the backup: {why}"));
        if backup.phase == Phase::InSync && !self.begin_term(self.term, None)? {
            self.fence();
        } else {
            self.change(State::Solo);
        }
        Ok(())
    }

    /// Another engine serves: whatever was not acknowledged yet never will be by this one.
    fn fence(&mut self) {
        self.log
            .error("superseded: another engine serves in a newer term");
        if let Mode::Serving(serving) = std::mem::replace(&mut self.mode, Mode::Fenced) {
            // Neither yes nor no: the backup may have the order. Its client asks the new primary.
            serving.held.iter().for_each(|held| held.reply.close());
        }
        self.change(State::Fenced);
    }

    /// Answers those whose orders are safe, and samples how long they waited.
    pub(super) fn release(&mut self) {
        let Mode::Serving(serving) = &mut self.mode else {
            return;
        };
        for held in serving.release(self.applied) {
            held.reply.send(held.answer);
            let Some(received) = held.received else {
                continue;
            };
            let now = Instant::now();
            if serving
                .sampled
                .is_none_or(|last| now - last >= SAMPLE_EVERY)
            {
                serving.sampled = Some(now);
                let mut line = String::new();
                let _ = write!(
                    line,
                    "latency_us={} applied={}",
                    (now - received).as_micros(),
                    held.number
                );
                self.log.info(&line);
            }
        }
    }

    /// Something was said over a link.
    pub(super) fn hear(&mut self, link: LinkId, message: Message) -> io::Result<()> {
        match message {
            Message::Acked(number) => self.backup_has(link, number),
            other => {
                self.apply_from_primary(link, other);
                Ok(())
            }
        }
    }
}
