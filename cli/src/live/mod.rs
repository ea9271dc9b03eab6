//! Runs that a person has a hand in: sessions, and scenarios in the debugger.

pub mod session;
pub mod stops;
pub mod taken_up;
