//! Plain data that crosses a boundary: values, events, signatures.
//!
//! Nothing here does any I/O, and nothing here knows another crate of the project:
//! the interpreter, the journal, plug-ins and agents all speak in these terms.

pub mod collection;
pub mod component;
pub mod event;
pub mod json;
pub mod line;
pub mod number;
pub mod observation;
pub mod plugin;
pub mod quantity;
pub mod result;
pub mod signature;
pub mod value;
pub mod words;

pub use collection::{Extent, List, Map};
pub use event::{Event, Phase, Purpose, Status, Stream, Verdict, Why};
pub use line::Line;
pub use observation::{LogFile, LogPlace, Metric, Report, Seen};
pub use result::{Origin, StepResult};
pub use rust_decimal::Decimal;
pub use signature::{Example, Param, Signature, Type};
pub use value::{Handle, HandleKind, Text, Value};
