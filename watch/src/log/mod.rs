//! Logs: followed wherever they go, cut into lines, and read by rules.

mod follow;
mod lines;
mod parse;
mod reader;
mod reading;
mod segment;
mod set;
mod stood;
mod summary;
mod text;

pub use lines::MAX_LINE;
pub use stood::{Marks, Shown, Stood};
pub use text::LogText;

use follow::Follower;
use parse::{Of, Parser, Summaries};
pub(crate) use reader::Tale;
use segment::Found;
pub(crate) use set::Logs;
