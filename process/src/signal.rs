//! Signals and their names.

use std::fmt;
use std::str::FromStr;

use rustix::process::Signal as Raw;

/// A signal that can be sent.
///
/// It is read from the spellings of `kill`: `9`, `KILL`, `SIGKILL`, each also with a dash before
/// it, in either case; and is written as its bare name, `KILL`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signal(Raw);

/// Every signal that has a name of its own, with that name.
const NAMED: [(Raw, &str); 31] = [
    (Raw::HUP, "HUP"),
    (Raw::INT, "INT"),
    (Raw::QUIT, "QUIT"),
    (Raw::ILL, "ILL"),
    (Raw::TRAP, "TRAP"),
    (Raw::ABORT, "ABRT"),
    (Raw::BUS, "BUS"),
    (Raw::FPE, "FPE"),
    (Raw::KILL, "KILL"),
    (Raw::USR1, "USR1"),
    (Raw::SEGV, "SEGV"),
    (Raw::USR2, "USR2"),
    (Raw::PIPE, "PIPE"),
    (Raw::ALARM, "ALRM"),
    (Raw::TERM, "TERM"),
    (Raw::STKFLT, "STKFLT"),
    (Raw::CHILD, "CHLD"),
    (Raw::CONT, "CONT"),
    (Raw::STOP, "STOP"),
    (Raw::TSTP, "TSTP"),
    (Raw::TTIN, "TTIN"),
    (Raw::TTOU, "TTOU"),
    (Raw::URG, "URG"),
    (Raw::XCPU, "XCPU"),
    (Raw::XFSZ, "XFSZ"),
    (Raw::VTALARM, "VTALRM"),
    (Raw::PROF, "PROF"),
    (Raw::WINCH, "WINCH"),
    (Raw::IO, "IO"),
    (Raw::POWER, "PWR"),
    (Raw::SYS, "SYS"),
];

/// Second names of signals, as `kill` knows them.
const ALIASES: [(&str, &str); 3] = [("IOT", "ABRT"), ("CLD", "CHLD"), ("POLL", "IO")];

/// The names of the real-time signals, from 34 on, as bash lists them. A program can be ended by
/// one; none can be sent here.
const REAL_TIME: [&str; 31] = [
    "RTMIN", "RTMIN+1", "RTMIN+2", "RTMIN+3", "RTMIN+4", "RTMIN+5", "RTMIN+6", "RTMIN+7",
    "RTMIN+8", "RTMIN+9", "RTMIN+10", "RTMIN+11", "RTMIN+12", "RTMIN+13", "RTMIN+14", "RTMIN+15",
    "RTMAX-14", "RTMAX-13", "RTMAX-12", "RTMAX-11", "RTMAX-10", "RTMAX-9", "RTMAX-8", "RTMAX-7",
    "RTMAX-6", "RTMAX-5", "RTMAX-4", "RTMAX-3", "RTMAX-2", "RTMAX-1", "RTMAX",
];

impl Signal {
    /// Ask to end.
    pub const TERM: Self = Self(Raw::TERM);
    /// End, without being asked.
    pub const KILL: Self = Self(Raw::KILL);
    /// Stop until [`CONT`](Self::CONT).
    pub const STOP: Self = Self(Raw::STOP);
    /// Go on.
    pub const CONT: Self = Self(Raw::CONT);
    /// Interrupt, as Ctrl-C does.
    pub const INT: Self = Self(Raw::INT);
    /// Hang up.
    pub const HUP: Self = Self(Raw::HUP);

    /// The name, without `SIG`.
    pub fn name(self) -> &'static str {
        name_of(self.0.as_raw())
    }

    /// The names of all that can be sent, without `SIG`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(_, name)| *name)
    }

    /// The number.
    pub fn number(self) -> i32 {
        self.0.as_raw()
    }

    pub(crate) fn raw(self) -> Raw {
        self.0
    }
}

/// The name of any signal that can end a program.
pub(crate) fn name_of(number: i32) -> &'static str {
    if let Some((_, name)) = NAMED.iter().find(|(raw, _)| raw.as_raw() == number) {
        return name;
    }
    usize::try_from(number - 34)
        .ok()
        .and_then(|index| REAL_TIME.get(index).copied())
        .unwrap_or("unknown")
}

impl FromStr for Signal {
    type Err = UnknownSignal;

    fn from_str(text: &str) -> Result<Self, UnknownSignal> {
        let unknown = || UnknownSignal(text.to_owned());
        let bare = text.strip_prefix('-').unwrap_or(text);
        if !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = bare.parse().map_err(|_| unknown())?;
            return Raw::from_named_raw(number).map(Self).ok_or_else(unknown);
        }
        let upper = bare.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let name = ALIASES
            .iter()
            .find(|(alias, _)| *alias == name)
            .map_or(name, |(_, name)| name);
        NAMED
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(raw, _)| Self(*raw))
            .ok_or_else(unknown)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no signal that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSignal(pub String);

impl fmt::Display for UnknownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no signal: a name such as KILL, TERM or HUP, or a number from 1 to 31",
            self.0
        )
    }
}

impl std::error::Error for UnknownSignal {}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_kill_is_read() {
        for text in [
            "9", "-9", "KILL", "-KILL", "SIGKILL", "-SIGKILL", "kill", "sigkill",
        ] {
            assert_eq!(text.parse::<Signal>().unwrap(), Signal::KILL, "{text}");
        }
        assert_eq!("IOT".parse::<Signal>().unwrap().name(), "ABRT");
    }

    #[test]
    fn every_number_has_a_name_that_reads_as_the_number() {
        for number in 1..=31 {
            let signal: Signal = number.to_string().parse().unwrap();
            assert_eq!(signal.number(), number);
            assert_eq!(signal.name().parse::<Signal>().unwrap(), signal);
        }
        assert_eq!(name_of(34), "RTMIN");
        assert_eq!(name_of(64), "RTMAX");
        assert_eq!(name_of(65), "unknown");
        assert_eq!(name_of(-5), "unknown");
    }

    #[test]
    fn what_is_no_signal_is_refused() {
        for text in [
            "",
            "-",
            "0",
            "32",
            "34",
            "--9",
            "FOO",
            "SIG",
            "9x",
            "99999999999",
        ] {
            assert_eq!(
                text.parse::<Signal>(),
                Err(UnknownSignal(text.into())),
                "{text}"
            );
        }
    }
}
