//! What is found by following a function's instructions along every path: names that were
//! never set, code that is never reached, and what is started and never undone.

pub mod consequences;
pub mod flow;
pub mod graph;
mod report;
mod squeeze;
mod undone;
