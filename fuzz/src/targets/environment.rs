//! Environments as text.

use std::io;
use std::path::Path;

use scn_interpreter::{Environment, Files, environment};

use super::Target;

pub const ENVIRONMENT: Target = Target {
    name: "environment",
    help: "an environment, after a line of `----` the one that it extends: it loads, or a finding says where and why not",
    run,
    most: 4_096,
};

/// A file, and another that it may name.
pub struct Two<'i> {
    pub first: &'i [u8],
    pub second: &'i [u8],
}

impl<'i> Two<'i> {
    /// The first name and the second name, cut at a line of `----`.
    pub fn of(input: &'i [u8]) -> Self {
        let cut = b"\n----\n";
        let at = input.windows(cut.len()).position(|part| part == cut);
        match at {
            Some(at) => Self {
                first: &input[..at + 1],
                second: &input[at + cut.len()..],
            },
            None => Self {
                first: input,
                second: b"",
            },
        }
    }
}

impl Files for Two<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match path.file_name().and_then(|name| name.to_str()) {
            Some("first.toml") => Ok(self.first.to_vec()),
            Some("base.toml" | "steps.scn") => Ok(self.second.to_vec()),
            Some("days.csv") => Ok(b"date,name\n2026-12-25,Christmas\n".to_vec()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn run(input: &[u8]) {
    let files = Two::of(input);
    let root = Path::new("/nowhere");
    let loaded = environment::load(&files, &root.join("environments/first.toml"), root);
    let errors = loaded.diagnostics.iter().filter(|found| found.is_error());
    assert_eq!(loaded.environment.is_some(), errors.count() == 0);
    for found in &loaded.diagnostics {
        assert!(!found.message.is_empty(), "{found:?}");
        let source = loaded.sources.iter().find(|one| one.path == found.file);
        let spans = found.related.iter().map(|(span, _)| *span);
        for span in spans.chain([found.span]) {
            let inside = source.map_or(span.end == 0, |one| one.text.get(span.range()).is_some());
            assert!(inside, "{found:?}");
        }
    }
    if let Some(environment) = loaded.environment {
        reads_back(&environment, files.second, root);
        assert!(environment::diff(&environment, &environment).is_empty());
    }
}

/// What is shown of an environment is that environment.
fn reads_back(environment: &Environment, second: &[u8], root: &Path) {
    let shown = environment::show(environment);
    let files = Two {
        first: shown.as_bytes(),
        second,
    };
    let loaded = environment::load(&files, &root.join("environments/first.toml"), root);
    let wrong = loaded.diagnostics.iter().find(|found| found.is_error());
    assert_eq!(wrong, None, "{shown}");
    let again = loaded.environment.as_ref();
    let differing = again.map(|again| environment::diff(environment, again));
    assert_eq!(differing, Some(Vec::new()), "{shown}");
}
