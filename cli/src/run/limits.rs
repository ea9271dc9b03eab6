//! How far a run may go where the environment does not say.

use std::path::Path;

use scn_interpreter::driver::Limits;
use scn_interpreter::environment::LimitsDeclaration;

/// So many processes are more than a system under test has on one machine, and fewer than make that machine useless.
const PROCESSES: u64 = 20_000;

/// So many bytes are left free where the record is.
const LEFT_FREE: u64 = 1_000_000_000;

/// The limits of a run that is recorded below that folder.
pub fn limits(declared: &LimitsDeclaration, runs: &Path) -> Limits {
    Limits {
        processes: Some(declared.processes.unwrap_or(PROCESSES)),
        output: declared.output.or_else(|| room(runs)),
        ..Limits::default()
    }
}

/// What may be written there: where less is free than is to be left so, half of it.
fn room(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    Some(free.saturating_sub(LEFT_FREE).max(free / 2))
}
