//! How processes that left their parents are kept in reach.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

static ADOPTS: AtomicBool = AtomicBool::new(false);

/// What keeps the processes of a [`Tree`](crate::Tree) in reach once they have left their parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Containment {
    /// Orphans become children of this process; and what forks faster than it can be killed one by
    /// one is moved into a control group, below this one, that is killed as a whole.
    Cgroup(PathBuf),
    /// Orphans become children of this process.
    Subreaper,
    /// Orphans are found as far as they stayed in their process group, or still carry the variable
    /// that marks the tree.
    GroupOnly,
}

impl fmt::Display for Containment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cgroup(path) => write!(f, "subreaper, and cgroup.kill in {}", path.display()),
            Self::Subreaper => f.write_str("subreaper"),
            Self::GroupOnly => f.write_str("process groups and marked environments"),
        }
    }
}

/// Makes orphans children of this process (a "child subreaper"), for all that it starts from here
/// on. It is one setting for the whole process: so it is for a program to call, as it begins, and
/// not for a library; and from then on every child of the process must be started by this crate,
/// since any other is taken for an orphan.
///
/// # Errors
/// If the kernel knows no such thing. All goes on with [`Containment::GroupOnly`].
pub fn adopt_orphans() -> io::Result<()> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    ADOPTS.store(true, Ordering::Relaxed);
    Ok(())
}

/// What is in force.
pub fn containment() -> Containment {
    if !adopts() {
        return Containment::GroupOnly;
    }
    match Cgroup::create() {
        Some(cgroup) => Containment::Cgroup(cgroup.parent()),
        None => Containment::Subreaper,
    }
}

pub(crate) fn adopts() -> bool {
    ADOPTS.load(Ordering::Relaxed)
}

/// A control group of version 2, to kill in. Removed when dropped, if it is empty by then.
#[derive(Debug)]
pub(crate) struct Cgroup(PathBuf);

impl Cgroup {
    /// A new one below this process's own, if there is such a hierarchy and it may be written to.
    pub(crate) fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let own = own_group()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = own.join(format!("scn-{}-{number}", std::process::id()));
        fs::create_dir(&path).ok()?;
        let cgroup = Self(path);
        cgroup.0.join("cgroup.kill").exists().then_some(cgroup)
    }

    fn parent(&self) -> PathBuf {
        self.0.parent().unwrap_or(&self.0).to_owned()
    }

    /// Moves a process in, with all that it starts from then on. It may be gone already.
    pub(crate) fn take(&self, pid: u32) {
        let _ = fs::write(self.0.join("cgroup.procs"), pid.to_string());
    }

    /// Kills all that is in it, at once.
    pub(crate) fn kill(&self) {
        let _ = fs::write(self.0.join("cgroup.kill"), "1");
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// The folder of this process's own group in the hierarchy of version 2, wherever that is mounted.
fn own_group() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts.lines().find_map(|line| in_mount(line, group))
}

/// Where a line of `mountinfo` shows `group`, if it is a mount of version 2 that does.
fn in_mount(line: &str, group: &str) -> Option<PathBuf> {
    let (mount, filesystem) = line.split_once(" - ")?;
    filesystem.starts_with("cgroup2 ").then_some(())?;
    let mut fields = mount.split(' ').skip(3);
    let (root, point) = (fields.next()?, fields.next()?);
    let below = Path::new(group).strip_prefix(root).ok()?;
    Some(Path::new(point).join(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_group_is_found_wherever_it_is_mounted() {
        let whole = "35 25 0:30 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw";
        let part = "35 25 0:30 /pod /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
        let other = "36 25 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu";
        let path = |line, group| in_mount(line, group).map(|path| path.display().to_string());
        assert_eq!(
            path(whole, "/a/b").as_deref(),
            Some("/sys/fs/cgroup/unified/a/b")
        );
        assert_eq!(path(part, "/pod/x").as_deref(), Some("/sys/fs/cgroup/x"));
        assert_eq!(path(part, "/other"), None);
        assert_eq!(path(other, "/"), None);
        assert_eq!(path("nonsense", "/"), None);
    }
}
