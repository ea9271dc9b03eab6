//! The children of this process that this crate started, so that a child that it did not start is
//! known to be an orphan that was adopted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// The tree that a child was started in; 0 for none.
pub(crate) type TreeId = u64;

#[derive(Default)]
struct Registry {
    children: HashMap<Pid, TreeId>,
    /// Killed when their owner dropped them, and not seen dead yet.
    abandoned: Vec<Pid>,
}

static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);

fn with<T>(use_it: impl FnOnce(&mut Registry) -> T) -> T {
    let mut guard: MutexGuard<'_, Option<Registry>> =
        REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    use_it(guard.get_or_insert_default())
}

/// Notes a child that was started, and takes leave of those that were abandoned.
pub(crate) fn note(pid: Pid, tree: TreeId) {
    with(|registry| {
        registry.children.insert(pid, tree);
        let children = &mut registry.children;
        registry.abandoned.retain(|abandoned| {
            let waits = !reaped(*abandoned);
            if !waits {
                children.remove(abandoned);
            }
            waits
        });
    });
}

/// A child was reaped.
pub(crate) fn forget(pid: Pid) {
    with(|registry| registry.children.remove(&pid));
}

/// Nobody waits for this child any more, which was killed: it is reaped here, now or later.
pub(crate) fn abandon(pid: Pid) {
    if reaped(pid) {
        forget(pid);
    } else {
        with(|registry| registry.abandoned.push(pid));
    }
}

fn reaped(pid: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    !matches!(waitid(WaitId::Pid(pid), options), Ok(None))
}
