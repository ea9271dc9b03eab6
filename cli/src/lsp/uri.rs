//! Addresses of files.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;

/// The file that an address is of; none if it is no file's.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let start = rest.find('/')?;
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest[start..].bytes();
    while let Some(byte) = left.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [left.next()?, left.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    Some(PathBuf::from(OsStr::from_bytes(&bytes)))
}

/// The address of a file; none if its path is not absolute.
pub fn uri(path: &Path) -> Option<Uri> {
    let mut text = String::from("file://");
    if !path.is_absolute() {
        return None;
    }
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            byte => _ = write!(text, "%{byte:02X}"),
        }
    }
    Uri::from_str(&text).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_there_and_back() {
        for shown in ["/a/b.scn", "/a b/ü%20#?.scn"] {
            assert_eq!(
                path(&uri(Path::new(shown)).unwrap()).unwrap(),
                Path::new(shown)
            );
        }
        assert_eq!(path(&Uri::from_str("untitled:Untitled-1").unwrap()), None);
        assert_eq!(uri(Path::new("a.scn")), None);
    }
}
