//! How a session ended, and what is said of it.

use std::fmt;

use rustix::process::{Resource, getrlimit};
use scn_process::{Ending, Exit, GRACE};

use super::Doom;

/// So much of a line that makes no sense is shown.
const SHOWN: usize = 120;

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// What the plug-in did, after its name: `was ended by the signal SEGV`.
    pub what: String,
    /// Its exit status, where it ended by itself.
    pub exit: Option<i64>,
    /// The signal that ended it.
    pub signal: Option<String>,
    /// The last lines of its log.
    pub last: Vec<String>,
    /// Where its memory is to be found after a crash, or what to do so that it is kept.
    pub core: Option<String>,
    /// It was started: what a call asked for may have been begun.
    pub started: bool,
}

impl Over {
    /// Nothing was asked of it.
    pub(crate) fn refused(what: String) -> Self {
        Self {
            what,
            exit: None,
            signal: None,
            last: Vec::new(),
            core: None,
            started: false,
        }
    }

    /// It crashed, told of a failure, or had to be ended.
    pub(crate) fn is_bad(&self) -> bool {
        self.signal.is_some() || self.exit.is_some_and(|status| status != 0)
    }

    /// After the exit of the process.
    pub(crate) fn of(doom: Option<Doom>, exit: Option<Exit>, last: Vec<String>) -> Self {
        let ours = |exit: &Exit| {
            exit.ending != Ending::Own && matches!(exit.signal, Some("TERM" | "KILL"))
        };
        let own = exit.filter(|exit| !ours(exit)).map(|exit| own_end(&exit));
        let crashed = exit.filter(|exit| !ours(exit)).and_then(|exit| exit.signal);
        let what = match (doom, own) {
            (Some(Doom::Fault(what) | Doom::Unheeded(what)), _) => what,
            (Some(Doom::Shutdown), None) => {
                format!(
                    "had not ended {}s after the run, and was ended",
                    GRACE.as_secs()
                )
            }
            (Some(Doom::Shutdown), Some(_)) => "has ended with the run".to_owned(),
            (_, Some(own)) => own,
            (Some(Doom::Deaf), None) => "does not read its standard input any more".to_owned(),
            (None, None) => "closed its standard output".to_owned(),
        };
        Self {
            what,
            exit: exit.and_then(|exit| exit.code).map(i64::from),
            signal: exit.and_then(|exit| exit.signal).map(str::to_owned),
            last,
            core: crashed.and_then(core_of),
            started: true,
        }
    }
}

/// How it ended by itself.
fn own_end(exit: &Exit) -> String {
    match (exit.signal, exit.code) {
        (Some(signal), _) => format!("crashed: it was ended by the signal {signal}"),
        (None, Some(code)) => format!("ended by itself, with exit status {code}"),
        (None, None) => "ended in an unknown way".to_owned(),
    }
}

/// After a signal for which the system keeps a program's memory: where that is, or what to do so
/// that it is kept.
fn core_of(signal: &str) -> Option<String> {
    const KEPT: [&str; 8] = ["SEGV", "ABRT", "BUS", "FPE", "ILL", "QUIT", "SYS", "TRAP"];
    if !KEPT.contains(&signal) {
        return None;
    }
    if getrlimit(Resource::Core).current == Some(0) {
        return Some("`ulimit -c unlimited` before scn makes it leave a core".to_owned());
    }
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").ok()?;
    let pattern = pattern.trim();
    let core = || format!("its core is where core_pattern says: {pattern}");
    (!pattern.is_empty()).then(core)
}

impl Over {
    /// What stands beside the reason where there is room for it: the last lines of its log, and
    /// where its memory is to be found.
    pub(crate) fn more(&self) -> Vec<u8> {
        let mut text = String::new();
        let lines = self.log();
        if !lines.is_empty() {
            text.push_str("its log ends with:\n");
        }
        for line in lines {
            text.push_str(&format!("  {line}\n"));
        }
        if let Some(core) = &self.core {
            text.push_str(&format!("{core}\n"));
        }
        text.into_bytes()
    }

    fn log(&self) -> Vec<&str> {
        let lines = self.last.iter().map(|line| line.trim());
        lines.filter(|line| !line.is_empty()).collect()
    }
}

/// All in one line, for where there is but one.
impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let lines = self.log();
        if !lines.is_empty() {
            write!(f, "; its log ends with: {}", lines.join(" | "))?;
        }
        match &self.core {
            Some(core) => write!(f, "; {core}"),
            None => Ok(()),
        }
    }
}

/// A line that makes no sense, as far as it is shown.
pub(crate) fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let short: String = text.chars().take(SHOWN).collect();
    let short = short.replace(|c: char| c.is_control(), " ");
    match short.chars().count() < text.chars().count() {
        true => format!("`{short}…`"),
        false => format!("`{short}`"),
    }
}
