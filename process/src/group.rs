//! Whether something of a process group is left.

use std::io;

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, test_kill_process_group, waitid};

use crate::{containment, procfs, registry};

/// Whether a group is looked for among the descendants of this process alone. Then its leader need not be kept
/// unreaped, so that the group's number stays its own: a stranger that is given the number next is never seen.
pub(crate) fn is_known_by_descent() -> bool {
    containment::adopts() && procfs::lists_children()
}

/// Whether anything of the group is alive, its leader being dead; what is dead in it is reaped.
///
/// A dead leader that was reaped is in its group no more, so that mostly nobody is, and the system says so at once.
/// To ask each child, or each process of the machine, takes as long as there are such, and a run that ends a thousand jobs,
/// one after the other, has them: so that is done for what is left of a group alone.
pub(crate) fn lives(leader: Pid) -> io::Result<bool> {
    if test_kill_process_group(leader) == Err(Errno::SRCH) {
        return Ok(false);
    }
    let group = leader.as_raw_nonzero().get().unsigned_abs();
    if is_known_by_descent()
        && let Some(lives) = lives_among_ours(leader, group)
    {
        if !lives {
            registry::reap_orphans();
        }
        return Ok(lives);
    }
    procfs::group_lives(group)
}

/// None where the system does not tell.
fn lives_among_ours(leader: Pid, group: u32) -> Option<bool> {
    // Dead children have no state to wait for but their end: without that they count for nothing.
    let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::Pgid(Some(leader)), options) {
            Ok(_) => return Some(true),
            Err(Errno::CHILD) => break,
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
    // What is in it and has a parent that is alive, and has left it, comes from an orphan.
    let mut orphans = procfs::children(std::process::id())?;
    registry::keep_orphans(&mut orphans);
    while let Some(pid) = orphans.pop() {
        let stat = procfs::stat(pid);
        if stat.is_some_and(|stat| stat.group == group && !stat.dead()) {
            return Some(true);
        }
        orphans.extend(procfs::children(pid)?);
    }
    Some(false)
}
