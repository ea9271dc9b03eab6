//! Starts, bounds and ends programs, and keeps their output without loss.
//!
//! A [`Spec`] says what is to be started, [`spawn`] starts it, and the [`Child`] is waited for,
//! with its output going to a [`Sink`], or ended. What a program leaves behind belongs to a
//! [`Tree`], which is ended as a whole. Programs that something else started are signalled, waited
//! for and found by way of [`Process`].
//!
//! Three things decide how it is made:
//!
//! - **Starting costs what the program costs.** A start is a posix_spawn and a handful of system
//!   calls, whatever the memory of this process; that is why nothing here runs code between fork
//!   and exec.
//! - **A step ends with its process**, not with its output: a daemon that it started may hold the
//!   pipe for hours. So the exit is waited for, by pidfd, and what the pipe holds then is taken.
//! - **A process id is only a number.** It may mean another process by the time that it is used.
//!   Signals go through pidfds, children stay unreaped while their group is signalled, and nothing
//!   waits for just any child, which might be another's.
//!
//! Everything is made for one thread and tokio's `current_thread` runtime, with I/O and time
//! enabled. No signal handler is needed: SIGCHLD is left alone. SIGPIPE must be ignored, as it is
//! in every Rust program. What this program was started to ignore (by `nohup`, say) it goes on ignoring, but
//! by a handler, so that the programs that it starts do not.

mod born;
mod child;
mod command;
mod containment;
mod error;
mod family;
mod find;
mod group;
mod inherited;
mod input;
mod left;
mod lookup;
mod pipe;
mod process;
mod procfs;
mod ready;
mod registry;
mod signal;
mod sink;
mod spawn;
mod spec;
mod spin;
mod tree;
mod user;
mod variables;

pub use child::{Child, Ending, Exit, GRACE, Leftover};
pub use containment::{Containment, adopt_orphans, containment};
pub use error::SpawnError;
pub use find::{PidFile, find_by_match, find_by_port, find_by_variable, read_pidfile};
pub use inherited::{close_inherited, was_ignored};
pub use input::InputPipe;
pub use left::{boot, end_group};
pub use lookup::locate;
pub use process::Process;
pub use signal::{Signal, UnknownSignal};
pub use sink::{Collect, Discard, Sink, Stream};
pub use spawn::spawn;
pub use spec::{Environment, Input, Output, Spec};
pub use spin::Spin;
pub use tree::{Ended, How, Tree};
