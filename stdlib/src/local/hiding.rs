//! Keeps secrets out of the files that components write beside the record.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use scn_interpreter::environment::MaskStream;

use super::LocalWorld;
use crate::effect::reason;

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

impl LocalWorld {
    /// What masks a text that comes in pieces; nothing is masked where there are no secrets.
    pub(super) fn mask_stream(&self) -> MaskStream {
        let masker = self.masker.borrow();
        masker
            .as_ref()
            .map(|masker| masker.borrow().stream())
            .unwrap_or_default()
    }

    /// Masks what components wrote. They write to their files themselves, so that they outlive the
    /// runner unharmed; this comes after they have ended. Gives a line for each that cannot be
    /// masked, and is removed.
    pub(super) fn hide_outputs(&self) -> Vec<String> {
        let outputs = std::mem::take(&mut *self.components.outputs.borrow_mut());
        let known = self.masker.borrow().is_some();
        let mut lines = Vec::new();
        for path in outputs.into_iter().filter(|_| known) {
            if let Err(error) = self.hide_in(&path) {
                let removed = fs::remove_file(&path).is_ok();
                let what = if removed {
                    "was removed"
                } else {
                    "may hold secrets"
                };
                let why = reason(&error);
                lines.push(format!(
                    "{} {what}: it cannot be masked: {why}",
                    path.display()
                ));
            }
        }
        lines
    }

    fn hide_in(&self, path: &Path) -> io::Result<()> {
        let mut copy = path.as_os_str().to_owned();
        copy.push(".masked");
        let copy = PathBuf::from(copy);
        let mut stream = self.mask_stream();
        let mut made = File::options();
        let made = made.create(true).write(true).truncate(true).mode(0o600);
        let (mut from, mut to) = (File::open(path)?, made.open(&copy)?);
        let mut piece = vec![0; PIECE];
        loop {
            match from.read(&mut piece)? {
                0 => break,
                read => to.write_all(&stream.push(&piece[..read]))?,
            }
        }
        to.write_all(&stream.finish())?;
        fs::rename(copy, path)
    }
}
