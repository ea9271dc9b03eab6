//! The children of this process that this crate started, so that a child that it did not start is
//! known to be an orphan that was adopted.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::procfs;

/// The tree that a child was started in; 0 for none.
pub(crate) type TreeId = u64;

#[derive(Default)]
struct Registry {
    children: HashMap<u32, TreeId>,
    /// Killed when their owner dropped them, and not seen dead yet.
    abandoned: Vec<Pid>,
    trees: HashSet<TreeId>,
    last_tree: TreeId,
}

static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);

fn with<T>(use_it: impl FnOnce(&mut Registry) -> T) -> T {
    let mut guard: MutexGuard<'_, Option<Registry>> =
        REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    use_it(guard.get_or_insert_default())
}

fn number(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}

/// Starts a child and notes it, in one: between the two it would be taken for an orphan. Takes
/// leave of those that were abandoned.
pub(crate) fn start<E>(tree: TreeId, start: impl FnOnce() -> Result<Pid, E>) -> Result<Pid, E> {
    with(|registry| {
        let pid = start()?;
        registry.children.insert(number(pid), tree);
        let children = &mut registry.children;
        registry.abandoned.retain(|abandoned| {
            let waits = !reaped(*abandoned);
            if !waits {
                children.remove(&number(*abandoned));
            }
            waits
        });
        Ok(pid)
    })
}

/// Reaps a child, and forgets it: in one, since its number may be the next one's at once.
pub(crate) fn reap<T>(pid: Pid, reap: impl FnOnce() -> T) -> T {
    with(|registry| {
        let result = reap();
        registry.children.remove(&number(pid));
        result
    })
}

/// Nobody waits for this child any more, which was killed: it is reaped here, now or later.
pub(crate) fn abandon(pid: Pid) {
    with(|registry| {
        if reaped(pid) {
            registry.children.remove(&number(pid));
        } else {
            registry.abandoned.push(pid);
        }
    });
}

/// The tree that a child was started in; `None` if it is no child, or was not started here.
pub(crate) fn tree_of(pid: u32) -> Option<TreeId> {
    with(|registry| registry.children.get(&pid).copied())
}

/// Leaves those of these children of this process that were not started here.
pub(crate) fn keep_orphans(children: &mut Vec<u32>) {
    with(|registry| children.retain(|child| !registry.children.contains_key(child)));
}

/// A tree that is none yet.
pub(crate) fn new_tree() -> TreeId {
    with(|registry| {
        registry.last_tree += 1;
        registry.trees.insert(registry.last_tree);
        registry.last_tree
    })
}

/// The tree is no more; what was started in it belongs to none.
pub(crate) fn end_tree(tree: TreeId) {
    with(|registry| registry.trees.remove(&tree));
}

/// Whether there is no tree but this.
pub(crate) fn only_tree(tree: TreeId) -> bool {
    with(|registry| registry.trees.len() == 1 && registry.trees.contains(&tree))
}

/// Reaps the dead among the children that were not started here. Only for a process that adopts
/// orphans: there they are nobody else's.
pub(crate) fn reap_orphans() {
    if !crate::containment::adopts() {
        return;
    }
    let children = procfs::children(std::process::id()).unwrap_or_default();
    with(|registry| {
        for child in children {
            if !registry.children.contains_key(&child)
                && let Some(pid) = i32::try_from(child).ok().and_then(Pid::from_raw)
            {
                reaped(pid);
            }
        }
    });
}

fn reaped(pid: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    loop {
        match waitid(WaitId::Pid(pid), options) {
            Err(Errno::INTR) => {}
            Ok(None) => return false,
            _ => return true,
        }
    }
}
