//! The inputs that searches kept: a file a target, `fuzz/kept/TARGET.txt`, an input a line, written as
//! a byte string of Rust is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file of a target's kept inputs.
pub fn path(target: &str) -> PathBuf {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("kept");
    kept.join(format!("{target}.txt"))
}

/// The inputs kept for a target; none if it has no file.
///
/// # Errors
/// If the file cannot be read, or a line of it is no byte string.
pub fn kept(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let text = match fs::read_to_string(path(target)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let lines = text.lines().zip(1..);
    lines
        .map(|(line, number)| {
            decoded(line)
                .ok_or_else(|| io::Error::other(format!("{target}.txt:{number}: no byte string")))
        })
        .collect()
}

/// Keeps these inputs for a target, in place of those before.
///
/// # Errors
/// If the file cannot be written.
pub fn keep(target: &str, mut inputs: Vec<Vec<u8>>) -> io::Result<()> {
    inputs.sort();
    inputs.dedup();
    let lines: String = inputs
        .iter()
        .map(|input| format!("{}\n", input.escape_ascii()))
        .collect();
    let path = path(target);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, lines)
}

/// What `escape_ascii` wrote.
fn decoded(line: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = line.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'x' => {
                    let digits = [rest.next()?, rest.next()?];
                    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
                }
                other => other,
            },
            other => other,
        });
    }
    Some(bytes)
}
