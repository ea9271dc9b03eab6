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

/// The files that may be meant, the usual one of this system first.
fn candidates(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(consts::DLL_SUFFIX) {
        return vec![path.to_owned()];
    }
    let usual = format!("{}{name}{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    let beside = |name: String| path.with_file_name(name);
    vec![
        beside(usual),
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

/// Looks at the file's head.
fn look(file: &Path) -> Result<(), String> {
    let mut head = Vec::new();
    File::open(file)
        .and_then(|file| file.take(20).read_to_end(&mut head))
        .map_err(|error| format!("cannot be read: {error}"))?;
    match consts::OS {
        "linux" => elf(&head),
        _ => Ok(()),
    }
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
