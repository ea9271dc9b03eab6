//! Faults, made to happen: to the runner, to what it writes to, and by what it starts. After each one the
//! record can be read, what is owed was done, and nothing is left running.
//!
//! What a machine cannot do is skipped by name, on standard error. `SCN_FAULT_INSTANTS=1000` kills the
//! runner at so many instants, `SCN_FAULT_SEED` chooses others.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod between;
mod children;
mod crowding;
mod disk;
mod gap;
mod jobs;
mod kills;
mod limits;
mod older;
mod plugged;
mod plugin_killed;
mod power;
mod signals;
mod support;
