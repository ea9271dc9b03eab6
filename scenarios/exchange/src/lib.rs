//! A small exchange that needs nothing installed: what scenarios are demonstrated on.
//!
//! A primary and a backup matching engine are separate processes, each with its own book. The
//! primary puts orders into one sequence, and acknowledges an order only when the backup has it.
//! When the primary dies or falls silent, the backup takes over. `README.md` beside this crate
//! has the line protocol and the rules of fail-over.
//!
//! The matching itself ([`market`]) is a deterministic state machine without input or output:
//! two engines that apply the same sequence hold the same book, which is what makes replication
//! by commands possible, and what makes the properties testable without a network.

pub mod answer;
pub mod book;
pub mod client;
pub mod engine;
pub mod histogram;
pub mod load;
pub mod logfile;
pub mod market;
pub mod pidfile;
pub mod price;
pub mod smoke;
pub mod snapshot;
pub mod wire;
pub mod witness;
