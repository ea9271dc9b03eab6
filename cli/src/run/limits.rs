//! How far a run may go where the environment does not say.

use std::path::Path;
use std::sync::LazyLock;

use rustix::process::{Resource, getrlimit};
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
        memory: declared.memory.or_else(|| *MEMORY),
        ..Limits::default()
    }
}

/// What may be written there: where less is free than is to be left so, half of it.
fn room(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    Some(free.saturating_sub(LEFT_FREE).max(free / 2))
}

/// Where the system says how much memory a container may take: cgroups of version 2 and 1. What is no number is no limit.
const CONTAINER: [&str; 2] = [
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
];

/// Looked for once: it stays while this program runs.
static MEMORY: LazyLock<Option<u64>> = LazyLock::new(memory);

/// What all values may take: half of what the machine has, or of the least that this process may have. Beyond, the system
/// would end the program instead of the scenario.
fn memory() -> Option<u64> {
    let machine = rustix::system::sysinfo();
    let machine = (machine.totalram as u64).saturating_mul(machine.mem_unit.into());
    let container = CONTAINER.iter().filter_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        text.trim().parse().ok()
    });
    let own = [Resource::As, Resource::Data];
    let own = own.iter().filter_map(|of| getrlimit(*of).current);
    let least = container.chain(own).chain([machine]).min();
    least.filter(|least| *least > 0).map(|least| least / 2)
}
