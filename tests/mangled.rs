//! The examples of `tests/spec/`, mangled: whatever comes of them is checked and planned against their
//! environments without a panic and in bounded time, every finding points into its file, and what can be
//! read keeps its meaning in the one style.
//!
//! The mangling is the same each time. `SCN_FUZZ_ROUNDS` says how often, for a longer search, and
//! `SCN_FUZZ_SEED` where it begins.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use scn_grammar::spanless::same;
use scn_interpreter::plan::plan;
use scn_interpreter::{Environment, Files, Registry, environment};
use scn_stdlib::{LocalWorld, registry};

#[path = "../grammar/tests/support/mangle.rs"]
mod mangle;

use mangle::{Numbers, excerpt, mangle, rounds};

/// How long a few lines may take, in a program that is not optimised, on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// A scenario of a page, with its environment and the files beside it.
struct Example {
    environment: Option<Rc<str>>,
    files: Vec<(String, String)>,
    scenario: String,
}

/// The files that an example has beside it.
struct Beside<'e>(&'e [(String, String)]);

impl Files for Beside<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let found = self.0.iter().find(|(known, _)| **known == *name);
        found
            .map(|(_, text)| text.clone().into_bytes())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/spec");
    let mut pages: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    pages
        .iter()
        .flat_map(|page| of_page(&std::fs::read_to_string(page).unwrap()))
        .collect()
}

fn of_page(text: &str) -> Vec<Example> {
    let mut found = Vec::new();
    for section in text.split("\n## ") {
        let (mut environment, mut files) = (None, Vec::new());
        for block in section.split("\n```").skip(1).step_by(2) {
            let (kind, body) = block.split_once('\n').unwrap_or((block, ""));
            match kind.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["toml", ..] => environment = Some(Rc::from(body)),
                ["file", name, ..] => files.push(((*name).to_owned(), format!("{body}\n"))),
                ["scn", ..] if !body.contains('⟪') => found.push(Example {
                    environment: environment.clone(),
                    files: files.clone(),
                    scenario: format!("{body}\n"),
                }),
                _ => {}
            }
        }
    }
    found
}

fn loaded(text: &str) -> Option<Environment> {
    let files = [("test.toml".to_owned(), text.to_owned())];
    let root = Path::new("/nowhere");
    environment::load(&Beside(&files), &root.join("test.toml"), root).environment
}

/// Checks, plans and formats a scenario.
fn holds(source: &str, environment: Option<&Environment>, registry: &Registry, files: &dyn Files) {
    let began = Instant::now();
    let path = Path::new("/nowhere/s.scn");
    let (checked, plan) = plan(
        "s.scn",
        path,
        source.as_bytes(),
        environment,
        registry,
        files,
        Path::new("/nowhere"),
    );
    assert!(plan.is_none() || !checked.is_wrong(), "{source:?}");
    assert_eq!(checked.program.is_some(), !checked.is_wrong(), "{source:?}");
    for found in &checked.diagnostics {
        assert!(!found.message.is_empty(), "{source:?}\n{found:?}");
        let file = checked.files.iter().find(|file| file.path == found.file);
        let text = match (found.file.is_empty(), file) {
            (true, _) => source,
            (false, Some(file)) => &file.text,
            // A text of the environment, which is in a file of its own.
            (false, None) => continue,
        };
        assert!(
            text.get(found.span.range()).is_some(),
            "{source:?}\n{found:?}"
        );
    }
    let parsed = scn_grammar::parse(source);
    if parsed.diagnostics.is_empty() {
        let once = scn_grammar::format(source).unwrap();
        let after = scn_grammar::parse(&once);
        assert_eq!(after.diagnostics, [], "{source:?}\n→\n{once:?}");
        assert!(same(&parsed.file, &after.file), "{source:?}\n→\n{once:?}");
        assert_eq!(scn_grammar::format(&once).unwrap(), once, "{source:?}");
    }
    assert!(
        began.elapsed() < LONG,
        "{:?} for {source:?}",
        began.elapsed()
    );
}

fn standard() -> Registry {
    registry(&LocalWorld::new("mangled", || {
        Err(io::ErrorKind::NotFound.into())
    }))
}

/// Where the mangling begins.
fn numbers() -> Numbers {
    let seed = std::env::var("SCN_FUZZ_SEED").ok();
    Numbers(seed.and_then(|seed| seed.parse().ok()).unwrap_or(1))
}

#[test]
fn the_examples_of_the_pages_hold() {
    let registry = standard();
    for example in examples() {
        let environment = example.environment.as_deref().and_then(loaded);
        holds(
            &example.scenario,
            environment.as_ref(),
            &registry,
            &Beside(&example.files),
        );
        if let Some(text) = &example.environment {
            // An environment is no scenario; it is read as one without a panic all the same.
            holds(text, None, &registry, &Beside(&[]));
        }
    }
}

#[test]
fn the_examples_of_the_pages_hold_when_mangled() {
    let (registry, examples) = (standard(), examples());
    let mut numbers = numbers();
    for round in 0..rounds(1_500) {
        let example = &examples[numbers.below(examples.len())];
        let environment = example.environment.as_deref().and_then(loaded);
        // Whole, so that blocks stay together; some lines; or lines of two that never met.
        let mut source = match round % 3 {
            0 => example.scenario.clone(),
            1 => excerpt(&example.scenario, &mut numbers),
            _ => {
                let other = &examples[numbers.below(examples.len())];
                let (one, two) = (
                    excerpt(&example.scenario, &mut numbers),
                    excerpt(&other.scenario, &mut numbers),
                );
                format!("{one}{two}{one}")
            }
        };
        for _ in 0..numbers.below(4) {
            mangle(&mut source, &mut numbers);
        }
        let mut files = example.files.clone();
        if let Some((_, text)) = files.first_mut() {
            mangle(text, &mut numbers);
        }
        holds(&source, environment.as_ref(), &registry, &Beside(&files));
    }
}

#[test]
fn bytes_that_are_no_text_are_findings() {
    let registry = standard();
    let mut numbers = numbers();
    for _ in 0..200 {
        let length = numbers.below(60);
        let bytes: Vec<u8> = (0..length)
            .map(|_| u8::try_from(numbers.below(256)).unwrap())
            .collect();
        let path = Path::new("/nowhere/s.scn");
        let _ = scn_interpreter::check("s.scn", path, &bytes, None, &registry, &Beside(&[]));
    }
}
