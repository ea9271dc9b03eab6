//! Turns logs, processes, the system and probes into observations and events.
//!
//! A [`Watcher`] is told which components there are and calls back with each
//! [`Report`](scn_protocol::Report). What the kernel tells is waited for and never polled: that
//! a log grew, was rotated or removed, that a pid file changed, that a process ended. Only what
//! nobody tells is sampled: the numbers of processes and of the system, each second while they
//! are wanted; probes, as often as their environment says; and files on network file systems.
//!
//! All of it belongs to one thread, since a run does: nothing here is `Send`, and reports come
//! from the thread that started the watcher, in the order of their times.

mod log;
mod notify;
mod outbox;
mod percentiles;
mod pidfile;
mod probe;
mod process;
mod ready;
mod running;
mod system;
mod tasks;
mod watcher;

pub use log::{LogText, MAX_LINE, Marks, Shown, Stood};
pub use percentiles::Percentiles;
pub use probe::{Answer, Prober};
pub use process::{PROCESS_METRICS, find_process};
pub use system::SYSTEM_METRICS;
pub use tasks::{process_answer, process_question};
pub use watcher::{LogWait, Watcher};
