//! What plug-ins said of themselves, kept: so that checking does not start each of them each time.
//!
//! An entry holds for the very files that were there: it has a digest of all that the declaration
//! can depend on. One that cannot be read, or is of other files, is as good as none.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use scn_protocol::json;
use scn_protocol::plugin::VERSION;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::launch::Launch;

/// A file of the project that is larger than this is known by its time and size too.
const READ_WHOLE: u64 = 16 * 1024 * 1024;

/// So many files beside a plug-in's are looked at.
const BESIDE: usize = 1000;

/// Where one plug-in's declaration is kept.
#[derive(Clone, Debug)]
pub struct Entry {
    file: PathBuf,
    key: String,
}

impl Entry {
    /// The entry of a plug-in in a project's `.scn` folder, for its files as they are now.
    pub fn of(launch: &Launch) -> Self {
        let name = format!("{}.{}.json", launch.environment, launch.plugin);
        let name: String = name
            .chars()
            .map(|c| match c {
                '/' | '\\' | '\0' => '_',
                c => c,
            })
            .collect();
        Self {
            file: launch.root.join(".scn/plugins").join(name),
            key: key(launch),
        }
    }

    /// What was kept, if it is of these very files.
    pub fn read(&self) -> Option<Json> {
        let text = fs::read(&self.file).ok()?;
        let mut kept: Json = serde_json::from_slice(&text).ok()?;
        let same = kept.get("key").and_then(Json::as_str) == Some(&self.key);
        same.then(|| kept.get_mut("declaration").map(Json::take))
            .flatten()
    }

    /// Keeps a declaration. Whoever cannot keep it asks again next time.
    pub fn write(&self, declaration: &Json) {
        let _ = self.try_write(declaration);
    }

    /// It no longer holds.
    pub fn drop_it(&self) {
        let _ = fs::remove_file(&self.file);
    }

    fn try_write(&self, declaration: &Json) -> io::Result<()> {
        let Some(folder) = self.file.parent() else {
            return Ok(());
        };
        fs::create_dir_all(folder)?;
        let kept = serde_json::json!({ "key": self.key, "declaration": declaration });
        // Written beside it and renamed, so that nobody ever reads half of one.
        let own = self.file.with_extension(format!("{}", std::process::id()));
        let mut file = fs::File::create(&own)?;
        file.write_all(kept.to_string().as_bytes())?;
        fs::rename(&own, &self.file).inspect_err(|_| {
            let _ = fs::remove_file(&own);
        })
    }
}

/// A digest of all that a declaration can depend on, as far as that can be known from outside.
fn key(launch: &Launch) -> String {
    let mut digest = Sha256::new();
    let mut part = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    part(env!("CARGO_PKG_VERSION").as_bytes());
    part(&VERSION.to_le_bytes());
    part(launch.plugin.as_bytes());
    part(launch.environment.as_bytes());
    part(launch.root.as_os_str().as_bytes());
    part(json::tagged(&launch.config, true).to_string().as_bytes());
    for (at, word) in launch.argv.iter().enumerate() {
        part(word.as_bytes());
        match file_of(launch, word, at == 0) {
            Some(path) => {
                part(&known_by(&path, &launch.root));
                beside(&path, &mut part);
            }
            None => part(b"-"),
        }
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The file that a word of the command line names.
fn file_of(launch: &Launch, word: &OsStr, program: bool) -> Option<PathBuf> {
    let found = launch.root.join(word);
    if program && !word.as_bytes().contains(&b'/') {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::env::split_paths(&path).map(|folder| folder.join(word));
        return all.into_iter().find(|path| path.is_file());
    }
    found.is_file().then_some(found)
}

/// A file of the project by its content, so that a fresh clone knows it; what is installed, such as an
/// interpreter, by its time and size, so that not every check reads megabytes.
fn known_by(path: &Path, root: &Path) -> Vec<u8> {
    let Ok(meta) = fs::metadata(path) else {
        return Vec::new();
    };
    if meta.len() > READ_WHOLE || !path.starts_with(root) {
        return stamp(&meta);
    }
    match fs::read(path) {
        Ok(bytes) => Sha256::digest(&bytes).to_vec(),
        Err(_) => stamp(&meta),
    }
}

fn stamp(meta: &fs::Metadata) -> Vec<u8> {
    let parts = [
        meta.size() as i64,
        meta.ino() as i64,
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
    ];
    parts.iter().flat_map(|part| part.to_le_bytes()).collect()
}

/// What a script imports lies beside it, most likely: files of its kind in its folder count too.
fn beside(path: &Path, part: &mut impl FnMut(&[u8])) {
    let (Some(folder), Some(kind)) = (path.parent(), path.extension()) else {
        return;
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file != path && file.extension() == Some(kind))
        .collect();
    files.sort();
    for file in files.iter().take(BESIDE) {
        if let Ok(meta) = fs::metadata(file) {
            part(file.as_os_str().as_bytes());
            part(&stamp(&meta));
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use scn_protocol::{Map, Value};

    use super::*;

    fn key_of(root: &Path, program: &Path) -> String {
        let launch = Launch {
            plugin: "p".to_owned(),
            argv: vec![program.into()],
            root: root.to_owned(),
            config: Value::map(Map::new()),
            environment: "local".to_owned(),
            timeout: None,
            memory: None,
            restarts: crate::launch::RESTARTS,
            inside: false,
        };
        key(&launch)
    }

    #[test]
    fn a_file_that_has_changed_is_another_one() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [root.path(), elsewhere.path()] {
            let program = folder.join("program");
            fs::write(&program, "one").unwrap();
            let before = key_of(root.path(), &program);
            assert_eq!(key_of(root.path(), &program), before);
            fs::write(&program, "other").unwrap();
            assert_ne!(key_of(root.path(), &program), before);
        }
    }

    #[test]
    fn a_file_of_the_project_that_is_written_again_is_the_same() {
        let root = tempfile::tempdir().unwrap();
        let program = root.path().join("program");
        fs::write(&program, "one").unwrap();
        let before = key_of(root.path(), &program);
        fs::remove_file(&program).unwrap();
        fs::write(&program, "one").unwrap();
        assert_eq!(key_of(root.path(), &program), before);
    }
}
