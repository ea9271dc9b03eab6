//! The file of a shared library: where it is, and whether this machine can load it.

use std::env::consts;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file that an environment's `path` means: the library of that name in that folder.
///
/// # Errors
/// Why there is none that could be loaded, after the plug-in's name.
pub fn find(root: &Path, path: &str) -> Result<PathBuf, String> {
    if path.is_empty() {
        return Err(format!(
            "cannot be loaded: its `path` is empty; that of `{}` is `plugins/exchange`",
            usual("plugins/", "exchange")
        ));
    }
    if path.ends_with('/') {
        return Err(format!(
            "cannot be loaded: `{path}` is a folder; `{path}exchange` is the library `{}` in it",
            usual(path, "exchange")
        ));
    }
    let whole = root.join(path);
    let tried = candidates(&whole);
    match tried.iter().find(|file| file.is_file()) {
        Some(file) => {
            look(file)
                .map_err(|wrong| format!("cannot be loaded: `{}` {wrong}", shown(root, file)))?;
            Ok(file.clone())
        }
        None => {
            let usual = shown(root, &tried[0]);
            Err(format!("is not there: there is no file `{usual}`"))
        }
    }
}

/// Whether there is a file that such a `path` means, whatever it is.
pub fn is_there(root: &Path, path: &str) -> bool {
    candidates(&root.join(path))
        .iter()
        .any(|file| file.is_file())
}

/// The file of the library of that name in that folder, as this system calls it.
fn usual(folder: &str, name: &str) -> String {
    format!("{folder}{}{name}{}", consts::DLL_PREFIX, consts::DLL_SUFFIX)
}

/// The files that may be meant, the usual one of this system first.
fn candidates(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(consts::DLL_SUFFIX) {
        return vec![path.to_owned()];
    }
    let beside = |name: String| path.with_file_name(name);
    vec![
        beside(usual("", &name)),
        beside(format!("lib{name}.so")),
        beside(format!("lib{name}.dylib")),
        beside(format!("{name}.dll")),
        path.to_owned(),
    ]
}

/// A path as the environment would write it.
fn shown(root: &Path, file: &Path) -> String {
    file.strip_prefix(root)
        .unwrap_or(file)
        .display()
        .to_string()
}

/// Looks at the file's head, and at how long it is.
fn look(file: &Path) -> Result<(), String> {
    let unread = |error: std::io::Error| format!("cannot be read: {error}");
    let mut head = Vec::new();
    let opened = File::open(file).map_err(unread)?;
    let length = opened.metadata().map_err(unread)?.len();
    opened.take(HEAD).read_to_end(&mut head).map_err(unread)?;
    match consts::OS {
        "linux" => {
            elf(&head)?;
            match needed(&head) {
                Some(needed) if needed > length => Err(format!(
                    "is cut short: it has {length} bytes, and what is to be loaded of it ends at {needed}; build or copy it again"
                )),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// So much of a file is looked at: the tables of what is to be loaded stand near its begin.
const HEAD: u64 = 64 * 1024;

/// How long a library must be for all to be there that is loaded of it: whoever reads beyond the end of a file that
/// is mapped is ended by the signal BUS. None if its head does not tell, or is none of this machine.
fn needed(head: &[u8]) -> Option<u64> {
    const LOADED: u64 = 1;
    let wide = *head.get(4)? == 2;
    let big = *head.get(5)? == 2;
    let number = |at: usize, size: usize| -> Option<u64> {
        let bytes = head.get(at..at.checked_add(size)?)?;
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(match big {
            true => bytes.iter().fold(0, add),
            false => bytes.iter().rev().fold(0, add),
        })
    };
    // The table of segments; of each, where it is in the file, and how long. As in the ELF specification.
    let word = if wide { 8 } else { 4 };
    let (table, each, count) = match wide {
        true => (number(32, 8)?, number(54, 2)?, number(56, 2)?),
        false => (number(28, 4)?, number(42, 2)?, number(44, 2)?),
    };
    let (offset, size) = if wide { (8, 32) } else { (4, 16) };
    let mut needed = table.checked_add(each * count)?;
    for index in 0..count {
        let at = table.checked_add(index * each)?;
        let at = usize::try_from(at).ok()?;
        let Some(kind) = number(at, 4) else {
            break;
        };
        if kind == LOADED {
            let end = number(at + offset, word)?.checked_add(number(at + size, word)?)?;
            needed = needed.max(end);
        }
    }
    Some(needed)
}

/// What is wrong with a library whose file begins so.
fn elf(head: &[u8]) -> Result<(), String> {
    let Some([class, order]) = head
        .strip_prefix(b"\x7fELF")
        .and_then(|rest| rest.first_chunk())
    else {
        let what = match head {
            [] => "is empty",
            [b'M', b'Z', ..] => "is a library for Windows",
            [0xcf, 0xfa, 0xed, 0xfe, ..] => "is a library for macOS",
            _ => "is no shared library",
        };
        return Err(what.to_owned());
    };
    let number = |at: usize| {
        let bytes = head.get(at..at + 2).and_then(|two| two.first_chunk());
        let bytes = *bytes.unwrap_or(&[0, 0]);
        match order {
            2 => u16::from_be_bytes(bytes),
            _ => u16::from_le_bytes(bytes),
        }
    };
    let built = machine(number(18), *class, *order);
    if built != consts::ARCH {
        let here = consts::ARCH;
        return Err(format!("is built for {built}, and this machine is {here}"));
    }
    match number(16) {
        3 => Ok(()),
        1 => Err("is an object file, and no shared library: link it with -shared".to_owned()),
        2 => Err("is a program, and no shared library".to_owned()),
        _ => Err("is no shared library".to_owned()),
    }
}

/// The machine's name as Rust has it; the numbers are those of the ELF specification.
fn machine(number: u16, class: u8, order: u8) -> String {
    let wide = class == 2;
    let little = order == 1;
    let name = match number {
        3 => "x86",
        62 if wide => "x86_64",
        62 => "x86_64 (x32)",
        40 => "arm",
        183 if little => "aarch64",
        183 => "aarch64 (big-endian)",
        243 if wide => "riscv64",
        243 => "riscv32",
        20 => "powerpc",
        21 => "powerpc64",
        22 => "s390x",
        8 if wide => "mips64",
        8 => "mips",
        258 => "loongarch64",
        other => return format!("another machine (ELF machine {other})"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(class: u8, order: u8, kind: u16, machine: u16) -> Vec<u8> {
        let mut head = b"\x7fELF".to_vec();
        head.extend([class, order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let number = |number: u16| match order {
            2 => number.to_be_bytes(),
            _ => number.to_le_bytes(),
        };
        head.extend(number(kind));
        head.extend(number(machine));
        head
    }

    fn said(head: &[u8]) -> String {
        elf(head).err().unwrap_or_default()
    }

    #[test]
    fn a_file_that_cannot_be_loaded_is_told_from_its_head() {
        assert_eq!(said(b""), "is empty");
        assert_eq!(said(b"#!/bin/sh\n"), "is no shared library");
        assert_eq!(said(b"\x7fELF"), "is no shared library");
        assert_eq!(said(b"MZ\x90"), "is a library for Windows");
        let foreign = if cfg!(target_arch = "aarch64") {
            62
        } else {
            183
        };
        let told = said(&head(2, 1, 3, foreign));
        assert!(told.starts_with("is built for "), "{told}");
        assert!(told.ends_with(&format!(", and this machine is {}", consts::ARCH)));
        assert!(said(&head(2, 2, 3, 22)).starts_with("is built for s390x"));
        assert!(said(&head(2, 1, 3, 999)).contains("ELF machine 999"));
    }

    #[test]
    fn how_long_a_library_must_be_stands_in_its_head() {
        for (class, order) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let mut head = head(class, order, 3, 62);
            head.resize(64, 0);
            let mut put = |at: usize, size: usize, number: u64| {
                let bytes = match order {
                    2 => number.to_be_bytes()[8 - size..].to_vec(),
                    _ => number.to_le_bytes()[..size].to_vec(),
                };
                if head.len() < at + size {
                    head.resize(at + size, 0);
                }
                head[at..at + size].copy_from_slice(&bytes);
            };
            let (word, table, each, count, offset, size) = match class {
                2 => (8, 32, 54, 56, 8, 32),
                _ => (4, 28, 42, 44, 4, 16),
            };
            put(table, word, 64);
            put(each, 2, 56);
            put(count, 2, 2);
            // What is not loaded counts for nothing.
            put(64, 4, 1);
            put(64 + offset, word, 4096);
            put(64 + size, word, 904);
            put(120, 4, 2);
            put(120 + offset, word, 90_000);
            put(120 + size, word, 1);
            assert_eq!(needed(&head), Some(5000), "{class} {order}");
            // Cut within the table, that itself is lacking.
            assert_eq!(needed(&head[..64]), Some(176), "{class} {order}");
        }
        assert_eq!(needed(b"\x7fELF"), None);
    }

    #[test]
    fn a_library_has_the_name_that_the_system_gives_it() {
        let names = candidates(Path::new("plugins/exchange"));
        let usual = format!(
            "plugins/{}exchange{}",
            consts::DLL_PREFIX,
            consts::DLL_SUFFIX
        );
        assert_eq!(names[0], Path::new(&usual));
        assert!(names.contains(&PathBuf::from("plugins/exchange.dll")));
        assert!(names.contains(&PathBuf::from("plugins/exchange")));
    }
}
