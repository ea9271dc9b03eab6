//! Whether something of a process group is left.

use std::io;

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::{containment, procfs, registry};

/// Whether anything of the group is alive, its leader being a child of this process that is dead, and not reaped.
///
/// To ask each process of the machine takes as long as there are processes, and a run that ends a thousand
/// jobs, one after the other, has them: so where orphans become children of this process, only those are asked that can be in it.
pub(crate) fn lives(leader: Pid) -> io::Result<bool> {
    let group = leader.as_raw_nonzero().get().unsigned_abs();
    if containment::adopts()
        && let Some(lives) = lives_among_ours(leader, group)
    {
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
