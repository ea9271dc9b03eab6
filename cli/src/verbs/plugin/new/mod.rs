//! `scn plugin new`
//!
//! A project is the files of its language's folder here, with the plug-in's name put in, and what
//! its language needs to speak with scn beside them: so that it builds where there is no registry.

mod c;
mod python;
mod rust;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::exit::Exit;
use crate::terminal;
use crate::verbs::shown;

/// A file of a project: where it goes, and what stands in it.
type File = (&'static str, &'static str);

/// The language of a plug-in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Language {
    /// A shared library, with the crate `scn-plugin`
    Rust,
    /// A shared library, with the header `scn_plugin.h`
    C,
    /// A program, with the package `scn_plugin`
    Python,
}

impl Language {
    fn files(self) -> Vec<File> {
        match self {
            Self::Rust => rust::FILES.concat(),
            Self::C => c::FILES.to_vec(),
            Self::Python => python::FILES.concat(),
        }
    }

    /// What is to be typed next, in the project.
    fn next(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &[
                "cargo test                     # tries its commands without scn",
                "cargo build",
                "scn run hello.scn              # a scenario that uses it",
                "scn plugin check --examples target/debug/IDENT",
            ],
            Self::C => &[
                "make",
                "scn run hello.scn              # a scenario that uses it",
                "make test                      # that, and scn plugin check",
            ],
            Self::Python => &[
                "python3 -m unittest            # tries its commands without scn",
                "scn run hello.scn              # a scenario that uses it",
                "scn plugin check --examples python3 IDENT.py",
            ],
        }
    }

    /// What an environment says of it, where its folder is one of a larger project.
    fn named(self) -> &'static str {
        match self {
            Self::Rust => "path = \"FOLDER/target/debug/IDENT\"",
            Self::C => "path = \"FOLDER/IDENT\"",
            Self::Python => "program = [\"python3\", \"FOLDER/IDENT.py\"]",
        }
    }
}

/// Makes the project, in a folder of its name.
pub(super) fn new(folder: &Path, language: Language) -> Exit {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    if let Err(why) = fits(&name) {
        terminal::complain(why);
        return Exit::Wrong;
    }
    match make(folder, &name, language) {
        Ok(()) => {}
        Err((path, error)) if error.kind() == ErrorKind::AlreadyExists => {
            terminal::complain(format!("{} is there already", path.display()));
            return Exit::Wrong;
        }
        Err((path, error)) => {
            let reason = terminal::reason(&error);
            terminal::complain(format!("{} cannot be made: {reason}", path.display()));
            return Exit::Error;
        }
    }
    let within = match folder.is_absolute() {
        false if folder.components().count() > 1 => folder.display().to_string(),
        _ => format!("plugins/{name}"),
    };
    let folder = folder.display();
    let mut text = format!("{folder}/ is a plug-in that works. Next:\n\n    cd {folder}\n");
    for line in language.next() {
        text.push_str(&format!("    {}\n", filled(line, &name)));
    }
    text.push_str(&format!(
        "\nAs a part of another project, in its folder {within}, an environment there names it:\n\n    [plugins.{name}]\n    {}\n",
        filled(language.named(), &name).replace("FOLDER", &within)
    ));
    shown(&text)
}

/// Whether a plug-in, a file, a crate and a module can have that name.
fn fits(name: &str) -> Result<(), String> {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    match first && name.chars().all(rest) && !matches!(name, "test" | "scn" | "scn-plugin") {
        true => Ok(()),
        false => Err(format!(
            "`{name}` is no name for a plug-in: lower-case letters, digits, `_` and `-`, a letter first, and not `test` or `scn`"
        )),
    }
}

fn make(folder: &Path, name: &str, language: Language) -> Result<(), (PathBuf, std::io::Error)> {
    let at = |path: &Path| {
        let path = path.to_owned();
        |error| (path, error)
    };
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(at(parent))?;
    }
    fs::create_dir(folder).map_err(at(folder))?;
    for (path, text) in language.files() {
        let path = folder.join(filled(path, name));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        fs::write(&path, filled(text, name)).map_err(at(&path))?;
    }
    Ok(())
}

/// `__NAME__` is the plug-in's name, and `IDENT` that as an identifier.
fn filled(text: &str, name: &str) -> String {
    text.replace("__NAME__", name)
        .replace("IDENT", &name.replace('-', "_"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_a_project_needs_beside_it_is_all_there_and_has_nothing_to_fill_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let all = [
            (Language::Rust, "plugins/sdk/src", "vendor/scn-plugin/src/"),
            (
                Language::Rust,
                "plugins/sdk/src/shim",
                "vendor/scn-plugin/src/shim/",
            ),
            (
                Language::Rust,
                "plugins/abi/src",
                "vendor/scn-plugin-abi/src/",
            ),
            (Language::Python, "plugins/python/scn_plugin", "scn_plugin/"),
        ];
        for (language, folder, to) in all {
            let files = language.files();
            for entry in fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if path.is_dir() {
                    assert!(["__pycache__", "shim"].contains(&name.as_str()), "{name}");
                    continue;
                }
                let of = |(there, _): &&File| *there == format!("{to}{name}");
                let Some((there, text)) = files.iter().find(of) else {
                    panic!("{folder}/{name} is not taken along");
                };
                assert_eq!(filled(text, "a-b"), *text, "{there}");
            }
        }
    }

    #[test]
    fn names_are_such_that_all_can_have_them() {
        for good in ["greeter", "fix44", "my-plugin", "my_plugin"] {
            assert_eq!(fits(good), Ok(()));
        }
        for bad in ["", "4fix", "Fix", "a b", "a.b", "-a", "é", "test", "scn"] {
            assert!(fits(bad).is_err(), "{bad}");
        }
    }
}
