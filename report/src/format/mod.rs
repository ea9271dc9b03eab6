//! The formats of reports, one file each, and the one list of them.
//!
//! To add one, write its file after the pattern of a short one such as `ctrf.rs`: a [`Format`] that
//! says what it is, and one function from records to bytes; then name it in [`FORMATS`]. Help,
//! completion and the manual come from the list.

mod allure;
mod console;
mod ctrf;
mod html;
mod json;
mod junit;
mod otlp;
mod tap;
mod tests;

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use crate::recorded::Recorded;

/// A format of reports.
#[derive(Debug)]
pub struct Format {
    /// Its name, as it is asked for.
    pub name: &'static str,
    /// What it is and who reads it, in a line.
    pub help: &'static str,
    /// The endings of files that are taken for it where no format is named, without the point.
    pub endings: &'static [&'static str],
    /// What it is written as.
    pub form: Form,
}

/// What a report is written as.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// One file, or the terminal.
    File(fn(&[&dyn Recorded], Look, &mut dyn Write) -> io::Result<()>),
    /// Files in a folder, which may have those of other runs.
    Folder(fn(&[&dyn Recorded], Put<'_>) -> io::Result<()>),
}

/// Puts a file of that name and these bytes into a folder.
pub type Put<'p> = &'p dyn Fn(&str, &[u8]) -> io::Result<()>;

/// How a report looks that is for a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// In colour.
    pub color: bool,
    /// It is shown on a terminal: what would act upon it is written out.
    pub is_terminal: bool,
    /// The columns of a line.
    pub columns: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            color: false,
            is_terminal: false,
            columns: 100,
        }
    }
}

/// All formats, in the order in which they are shown.
pub static FORMATS: &[&Format] = &[
    &console::CONSOLE,
    &html::HTML,
    &junit::JUNIT,
    &tap::TAP,
    &json::JSON,
    &ctrf::CTRF,
    &allure::ALLURE,
    &otlp::OTLP,
];

/// JSON for programs, on lines that a person can look at on a terminal, too.
fn write_json(whole: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(whole)?;
    scn_protocol::json::make_harmless(&mut text, 0);
    text.push(b'\n');
    out.write_all(&text)
}

/// Milliseconds since 1970, of nanoseconds.
fn millis(nanos: i64) -> i64 {
    nanos / 1_000_000
}

/// So many bytes in hexadecimal that stand for these parts, the same for the same and for no others.
fn id(parts: &[&str], bytes: usize) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let digits = digest.iter().take(bytes).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.name == name)
}

/// The format that a file of that name is taken to have.
pub fn by_ending(file: &str) -> Option<&'static Format> {
    let (_, ending) = file.rsplit_once('.')?;
    let has = |format: &&Format| {
        format
            .endings
            .iter()
            .any(|own| own.eq_ignore_ascii_case(ending))
    };
    FORMATS.iter().copied().find(|format| has(format))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod list {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/format");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| {
                let name = entry.unwrap().file_name().into_string().unwrap();
                name.strip_suffix(".rs").map(str::to_owned)
            })
            .filter(|name| name != "mod" && name != "tests")
            .collect();
        let mut names: Vec<String> = FORMATS
            .iter()
            .map(|format| format.name.to_owned())
            .collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
    }

    #[test]
    fn every_format_is_found_by_its_name_and_by_its_endings_alone() {
        for format in FORMATS {
            assert_eq!(by_name(format.name).unwrap().name, format.name);
            assert!(!format.help.is_empty() && !format.help.ends_with('.'));
            for ending in format.endings {
                assert_eq!(
                    by_ending(&format!("a/b.c.{ending}")).unwrap().name,
                    format.name
                );
            }
        }
        assert!(by_ending("report").is_none());
        assert!(by_name("HTML").is_none());
    }
}
