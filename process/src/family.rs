//! Who is whose child, at one moment.

use std::collections::HashMap;
use std::io;

use crate::procfs::{self, Stat};

/// The processes of the machine, as far as they are asked for.
pub(crate) enum Family {
    /// Asked one by one, from a parent to its children: costs no more than there are.
    Lists,
    /// All were looked at: where the kernel lists no children, or others than descendants matter.
    Whole {
        all: HashMap<u32, Stat>,
        children: HashMap<u32, Vec<u32>>,
    },
}

impl Family {
    /// Looks at all processes if `whole` asks for it, or else only if there is no other way.
    pub(crate) fn look(whole: bool) -> io::Result<Self> {
        if !whole && procfs::children(std::process::id()).is_some() {
            return Ok(Self::Lists);
        }
        let all: HashMap<u32, Stat> = procfs::pids()?
            .filter_map(procfs::stat)
            .map(|stat| (stat.pid, stat))
            .collect();
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for stat in all.values() {
            children.entry(stat.parent).or_default().push(stat.pid);
        }
        Ok(Self::Whole { all, children })
    }

    /// As far as they were read by the time that so many are enough.
    pub(crate) fn children(&self, pid: u32, is_enough: impl Fn(usize) -> bool) -> Vec<u32> {
        match self {
            Self::Lists => procfs::children_until(pid, is_enough).unwrap_or_default(),
            Self::Whole { children, .. } => children.get(&pid).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn stat(&self, pid: u32) -> Option<Stat> {
        match self {
            Self::Lists => procfs::stat(pid),
            Self::Whole { all, .. } => all.get(&pid).copied(),
        }
    }

    /// All that were looked at, beyond descendants.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Stat> {
        match self {
            Self::Lists => None,
            Self::Whole { all, .. } => Some(all.values()),
        }
        .into_iter()
        .flatten()
    }
}
