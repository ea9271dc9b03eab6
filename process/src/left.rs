//! Programs that an earlier process started, and that outlived it.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::procfs::{self, Stat, short};
use crate::{Process, Signal};

/// How long the system may take to end what got KILL.
const PATIENCE: Duration = Duration::from_secs(10);

/// The name of this start of the machine: process numbers and start times of another one mean nothing.
pub fn boot() -> Option<String> {
    static BOOT: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let mut room = [0; 64];
        let text = short("/proc/sys/kernel/random/boot_id", &mut room)?;
        Some(std::str::from_utf8(text).ok()?.trim().to_owned())
    };
    BOOT.get_or_init(read).clone()
}

/// Ends a program that this process did not start, with its process group: TERM, and after `grace`
/// KILL. False if it is none any more: then nothing is signalled, whatever has its number now.
///
/// # Errors
/// If there is no `/proc`, the system has no more descriptors, or what got KILL does not end.
pub async fn end_group(pid: u32, start: u64, grace: Duration) -> io::Result<bool> {
    let Some(leader) = Process::open_started(pid, start)? else {
        return Ok(false);
    };
    let members = || -> io::Result<Vec<Stat>> {
        let leads = procfs::stat(pid).is_none_or(|stat| stat.group == pid);
        let is_of = |stat: &Stat| match leads {
            true => stat.group == pid,
            false => stat.pid == pid && stat.start == start,
        };
        let all = procfs::pids()?.filter_map(procfs::stat);
        Ok(all.filter(|stat| !stat.dead() && is_of(stat)).collect())
    };
    // Its number cannot be another's as long as its group has a member; and each of these is held
    // as it is signalled.
    for stat in members()? {
        signal(&stat, Signal::TERM)?;
        signal(&stat, Signal::CONT)?;
    }
    if gone(&members, grace, None).await? {
        return Ok(true);
    }
    if gone(&members, PATIENCE, Some(Signal::KILL)).await? {
        return Ok(true);
    }
    let text = format!("{} does not end", leader.command_line());
    Err(io::Error::new(io::ErrorKind::TimedOut, text))
}

/// Whether all are gone within that time; meanwhile those that are there get the signal.
async fn gone(
    members: &impl Fn() -> io::Result<Vec<Stat>>,
    within: Duration,
    again: Option<Signal>,
) -> io::Result<bool> {
    let deadline = Instant::now() + within;
    let mut pause = Duration::from_millis(1);
    loop {
        let left = members()?;
        if left.is_empty() {
            return Ok(true);
        }
        if Instant::now() >= deadline {
            return Ok(false);
        }
        if let Some(again) = again {
            left.iter().try_for_each(|stat| signal(stat, again))?;
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn signal(stat: &Stat, signal: Signal) -> io::Result<()> {
    if let Some(process) = Process::open_started(stat.pid, stat.start)? {
        // What may not be signalled is found to go on.
        let _ = process.signal(signal);
    }
    Ok(())
}
