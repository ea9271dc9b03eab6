//! What is found by following a function's instructions along every path: names that were
//! never set, and code that is never reached.

pub mod flow;
pub mod graph;
mod report;
mod squeeze;
