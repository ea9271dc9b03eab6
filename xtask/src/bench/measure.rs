//! What a command takes.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

/// What is compared.
#[derive(Clone, Copy, PartialEq)]
pub enum Time {
    /// CPU time, of the program and of all children that it waited for.
    Cpu,
    /// Elapsed time.
    Elapsed,
}

/// A command, and where its standard output goes.
#[derive(Clone)]
pub struct Job {
    words: Vec<String>,
    /// A file for its output; else nobody reads it.
    output: Option<String>,
    /// The same without what is compared, which is taken off.
    without: Option<Vec<String>>,
}

impl Job {
    /// A command.
    pub fn new(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            words: words.into_iter().map(Into::into).collect(),
            output: None,
            without: None,
        }
    }

    /// More of its words.
    pub fn with(mut self, words: &[&str]) -> Self {
        self.words
            .extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// Its output goes into a file of the bench's folder.
    pub fn into_file(mut self, name: &str) -> Self {
        self.output = Some(name.to_owned());
        self
    }

    /// What another command takes is taken off.
    pub fn without(mut self, other: &Job) -> Self {
        self.without = Some(other.words.clone());
        self
    }

    /// The program that it needs.
    pub fn program(&self) -> &str {
        &self.words[0]
    }

    /// Runs it once in the folder.
    ///
    /// # Errors
    /// If it cannot be run, or fails.
    pub fn take(&self, time: Time, folder: &Path) -> Result<Duration, String> {
        let output = match &self.output {
            Some(name) => std::fs::File::create(folder.join(name))
                .map_err(|error| format!("{name}: {error}"))?
                .into(),
            None => Stdio::null(),
        };
        let all = take(&self.words, output, time, folder)?;
        let off = match &self.without {
            Some(words) => take(words, Stdio::null(), time, folder)?,
            None => Duration::ZERO,
        };
        Ok(all.saturating_sub(off))
    }

    /// Runs it once, and gives the two numbers that it prints: its own time and its peer's.
    ///
    /// # Errors
    /// If it cannot be run, fails, or prints something else.
    pub fn tells(&self, folder: &Path) -> Result<(f64, f64), String> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).current_dir(folder);
        let said = crate::shell::output(command.stdin(Stdio::null()))?;
        let said = String::from_utf8_lossy(&said);
        let numbers: Vec<f64> = said
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        match numbers[..] {
            [ours, peer] => Ok((ours, peer)),
            _ => Err(format!("{}: not two numbers: {said}", self.program())),
        }
    }
}

fn take(words: &[String], output: Stdio, time: Time, folder: &Path) -> Result<Duration, String> {
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null());
    let (cpu, began) = (children()?, Instant::now());
    let status = command.status();
    let elapsed = began.elapsed();
    let status = status.map_err(|error| format!("{}: {error}", words[0]))?;
    if !status.success() {
        return Err(format!("{}: {status}", words.join(" ")));
    }
    match time {
        Time::Elapsed => Ok(elapsed),
        Time::Cpu => Ok(children()?.saturating_sub(cpu)),
    }
}

/// The CPU time of all children that were waited for, and of theirs.
fn children() -> Result<Duration, String> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let of = |time: nix::sys::time::TimeVal| {
        Duration::from_micros(
            u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap_or(0),
        )
    };
    Ok(of(usage.user_time()) + of(usage.system_time()))
}
