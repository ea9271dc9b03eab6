//! The targets. To add one: a file here, a line in [`TARGETS`].

mod checker;
mod environment;
mod format;
mod frames;
mod grammar;
mod journal;
mod library;
mod logs;
mod plugin;
mod run;
mod tags;
mod values;

/// A boundary, and what must hold there.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// What comes in, and what must hold.
    pub help: &'static str,
    /// Tries it. Panics where what must hold does not.
    pub run: fn(&[u8]),
    /// The longest input that is tried, in bytes.
    pub most: usize,
}

/// All of them.
pub static TARGETS: &[Target] = &[
    grammar::GRAMMAR,
    format::FORMAT,
    checker::CHECKER,
    run::RUN,
    environment::ENVIRONMENT,
    journal::JOURNAL,
    plugin::TELLS,
    plugin::ASKS,
    frames::FRAMES,
    library::LIBRARY,
    logs::LOGS,
    values::VALUES,
    tags::TAGS,
];

/// The target of that name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// The input as text, where it is.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}
