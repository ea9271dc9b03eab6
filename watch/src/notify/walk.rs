//! Which folders decide where a path leads.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

/// As many links as Linux follows in one path.
const MAX_LINKS: usize = 40;

/// A folder on the way along a path, and what in it the way depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    /// The folder, without links.
    pub folder: PathBuf,
    /// The entry that the way takes.
    pub name: OsString,
    /// What that entry is.
    pub kind: HopKind,
}

/// What an entry on the way along a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HopKind {
    /// A folder, that is passed through.
    Folder,
    /// A link, or the first part of the path that cannot be found.
    Turn,
    /// The path's end, which may not exist.
    End,
}

/// The folders that decide where a path leads, links followed: each that holds a link, each
/// that is passed through, and the one that holds the end of the path, or the first part of it
/// that does not exist.
pub(crate) fn walk(path: &Path) -> Vec<Hop> {
    let mut hops = Vec::new();
    let mut here = PathBuf::from("/");
    let mut ahead: VecDeque<OsString> = names(path).collect();
    let mut links = 0;
    while let Some(name) = ahead.pop_front() {
        if name == ".." {
            here.pop();
            continue;
        }
        let entry = here.join(&name);
        let found = entry.symlink_metadata().map(|found| found.file_type());
        let kind = match &found {
            Ok(kind) if kind.is_symlink() => HopKind::Turn,
            Ok(kind) if kind.is_dir() && !ahead.is_empty() => HopKind::Folder,
            Err(error) if error.kind() != io::ErrorKind::NotFound => HopKind::Turn,
            _ if ahead.is_empty() => HopKind::End,
            _ => HopKind::Turn,
        };
        let folder = here.clone();
        hops.push(Hop { folder, name, kind });
        if kind == HopKind::Folder {
            here = entry;
            continue;
        }
        links += 1;
        let (true, Ok(target)) = (links <= MAX_LINKS, entry.read_link()) else {
            break;
        };
        if target.is_absolute() {
            here = PathBuf::from("/");
        }
        for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
            ahead.push_front(name);
        }
    }
    hops
}

fn names(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// The hops below a folder.
    fn hops(root: &Path, path: &str) -> Vec<(String, String, HopKind)> {
        let all = walk(&root.join(path)).into_iter();
        all.filter_map(|hop| {
            let folder = hop.folder.strip_prefix(root).ok()?.to_str()?.to_owned();
            Some((folder, hop.name.into_string().ok()?, hop.kind))
        })
        .collect()
    }

    fn hop(folder: &str, name: &str, kind: HopKind) -> (String, String, HopKind) {
        (folder.to_owned(), name.to_owned(), kind)
    }

    #[test]
    fn the_way_ends_at_the_file_or_at_what_is_missing() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        assert_eq!(hops(&root, "logs/a.log"), [hop("", "logs", HopKind::Turn)]);
        fs::create_dir(root.join("logs")).unwrap();
        let found = [
            hop("", "logs", HopKind::Folder),
            hop("logs", "a.log", HopKind::End),
        ];
        assert_eq!(hops(&root, "logs/a.log"), found);
        assert_eq!(hops(&root, "logs/../logs/./a.log")[1..], found);
        fs::write(root.join("logs/a.log"), "").unwrap();
        assert_eq!(hops(&root, "logs/a.log"), found);
        let through_a_file = hop("logs", "a.log", HopKind::Turn);
        assert_eq!(hops(&root, "logs/a.log/b")[1..], [through_a_file]);
    }

    #[test]
    fn links_are_followed() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir(root.join("v1")).unwrap();
        symlink("v1", root.join("logs")).unwrap();
        symlink(root.join("v1/b.log"), root.join("v1/a.log")).unwrap();
        assert_eq!(
            hops(&root, "logs/a.log"),
            [
                hop("", "logs", HopKind::Turn),
                hop("", "v1", HopKind::Folder),
                hop("v1", "a.log", HopKind::Turn),
                hop("", "v1", HopKind::Folder),
                hop("v1", "b.log", HopKind::End),
            ]
        );
        symlink("loop", root.join("loop")).unwrap();
        assert_eq!(hops(&root, "loop").len(), MAX_LINKS + 1);
    }
}
