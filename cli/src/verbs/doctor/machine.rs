//! This machine: what the runner leans on.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::process::{Resource, getrlimit};
use scn_process::Containment;
use scn_protocol::quantity::size_text;

use super::Line;

/// So many files open at once are needed for a few dozen programs that run beside each other.
const FILES: u64 = 256;

/// Below this, records of runs soon have no room.
const ROOM: u64 = 500_000_000;

/// A clock that is before this program was made is wrong: 2026, in seconds since 1970.
const MADE: u64 = 1_767_225_600;

/// What is found of it.
pub(super) fn lines(root: &Path) -> Vec<Line> {
    vec![
        processes(),
        shell(),
        open_files(),
        watches(),
        clock(),
        room(root),
    ]
}

fn processes() -> Line {
    let seen = fs::metadata("/proc/self/stat").is_ok();
    // What is refused is told by what is in force after.
    let _ = scn_process::adopt_orphans();
    match (seen, scn_process::containment()) {
        (true, Containment::Subreaper | Containment::Cgroup(_)) => Line::right(
            "programs are found in /proc, and what they leave running is ended with them",
        ),
        (true, Containment::GroupOnly) => Line::doubtful(
            "what a program leaves running beyond its own group is not ended with it",
            "a Linux since 3.4 can do that; in a container, allow prctl(PR_SET_CHILD_SUBREAPER)",
        ),
        (false, _) => Line::wrong(
            "/proc cannot be read: processes are neither found nor watched",
            "mount -t proc proc /proc",
        ),
    }
}

fn shell() -> Line {
    match scn_process::locate("sh".as_ref(), None, Path::new("/")) {
        Ok(file) => Line::right(format!("`sh` is {}", file.display())),
        Err(error) => Line::wrong(
            format!("`sh` cannot be started: {error}"),
            "install a shell, or mend PATH",
        ),
    }
}

fn open_files() -> Line {
    match getrlimit(Resource::Nofile).current {
        Some(most) if most < FILES => Line::doubtful(
            format!(
                "{most} files may be open at once: a program that runs takes some four of them"
            ),
            "ulimit -n 4096",
        ),
        Some(most) => Line::right(format!("{most} files may be open at once")),
        None => Line::right("any number of files may be open at once"),
    }
}

fn watches() -> Line {
    let limit = |name: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
        text.trim().parse().ok()
    };
    match (limit("max_user_instances"), limit("max_user_watches")) {
        (Some(instances), Some(watches)) if instances < 16 || watches < 1024 => Line::doubtful(
            format!(
                "logs are followed through inotify, of which this user has {instances} with {watches} watches"
            ),
            "sysctl fs.inotify.max_user_instances=128 fs.inotify.max_user_watches=65536",
        ),
        (Some(_), Some(watches)) => Line::right(format!("{watches} files can be followed")),
        _ => Line::doubtful(
            "inotify is not there: a log is looked at now and then, and what it says comes later",
            "nothing is lost by it; another kernel has it",
        ),
    }
}

fn clock() -> Line {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    match now < MADE {
        true => Line::wrong(
            "the clock is years behind: records and `@known … until` go by it",
            "date -s '2026-01-31 12:00', or let the machine ask a time server",
        ),
        false => Line::right("the clock is set"),
    }
}

fn room(root: &Path) -> Line {
    let Ok(room) = rustix::fs::statvfs(root) else {
        return Line::doubtful(
            "it cannot be told how much room there is for records",
            "df -h .",
        );
    };
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    // As many as a person reads at a glance.
    let unit = if free >= 1_000_000_000 {
        1_000_000_000
    } else {
        1_000_000
    };
    let told = size_text(i64::try_from(free / unit * unit).unwrap_or(i64::MAX));
    match free < ROOM {
        true => Line::doubtful(
            format!("{told} is left for the records of runs"),
            "scn runs prune --keep 100",
        ),
        false => Line::right(format!("{told} is left for the records of runs")),
    }
}
