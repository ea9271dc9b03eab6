//! The signals that a component can be sent, by name and number (Linux on x86-64 and ARM).

/// Each name without `SIG`, with its number.
const SIGNALS: [(&str, i64); 31] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("STKFLT", 16),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("XCPU", 24),
    ("XFSZ", 25),
    ("VTALRM", 26),
    ("PROF", 27),
    ("WINCH", 28),
    ("IO", 29),
    ("PWR", 30),
    ("SYS", 31),
];

/// The names of all signals.
pub fn names() -> impl Iterator<Item = &'static str> {
    SIGNALS.iter().map(|&(name, _)| name)
}

/// The signal that `text` names: `TERM`, `SIGTERM`, or a number in quotes.
pub fn by_name(text: &str) -> Option<&'static str> {
    let bare = text.strip_prefix("SIG").unwrap_or(text);
    names()
        .find(|name| *name == bare)
        .or_else(|| by_number(text.parse().ok()?))
}

/// The signal of that number.
pub fn by_number(number: i64) -> Option<&'static str> {
    SIGNALS
        .iter()
        .find(|&&(_, known)| known == number)
        .map(|&(name, _)| name)
}
