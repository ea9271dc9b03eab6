//! Logs: followed wherever they go, cut into lines, and read by rules.

mod follow;
mod lines;
mod parse;
mod reading;
mod segment;
mod set;
mod summary;
mod text;

pub use lines::MAX_LINE;
pub use text::LogText;

use follow::Follower;
use parse::{Parser, Summaries};
use segment::Found;
pub(crate) use set::Logs;
