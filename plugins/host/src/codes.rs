//! The kinds of finding about plug-ins: `scn help CODE`.

use scn_grammar::{Code, Severity};

/// All of them, in the order of their names.
pub static CODES: &[&Code] = &[&UNUSABLE, &UNDO_WORDS, &HIDES, &VAIN, &WORD];

/// A plug-in of which nothing can be made.
pub static UNUSABLE: Code = Code {
    name: "E350",
    severity: Severity::Error,
    title: "plug-in that cannot be used",
    explanation: "What a plug-in can do is asked of it before anything runs: it is started, answers `initialize`, and ends. It may be missing, speak another version of the protocol, or be no plug-in at all. `scn plugin check PROGRAM` tells more.",
    wrong: "[plugins.fix]\nprogram = [\"python3\", \"plugins/fxi.py\"]",
    right: "[plugins.fix]\nprogram = [\"python3\", \"plugins/fix.py\"]",
};

/// An undo that cannot take the words of what it undoes.
pub static UNDO_WORDS: Code = Code {
    name: "W351",
    severity: Severity::Warning,
    title: "plug-in whose command is undone by one that cannot take its words",
    explanation: "Where a plug-in's command is undone by a name alone, that is given the words of the call that it undoes, all of them, unless it takes none. One that takes fewer, or needs more, fails as the scenario ends, and a PASS becomes an ERROR. Let the plug-in say the whole command line, as `close #{name}`.",
    wrong: "[plugins.bank]\nprogram = [\"plugins/bank\"]  # its `open NAME BALANCE` is undone by `close NAME`",
    right: "[plugins.bank]\nprogram = [\"plugins/bank\"]  # its `open NAME BALANCE` is undone by `close #{name}`",
};

/// A command that is found before a built-in one.
pub static HIDES: Code = Code {
    name: "W352",
    severity: Severity::Warning,
    title: "plug-in whose command hides a built-in one",
    explanation: "A plug-in's commands are found before those that are there everywhere, so a scenario that was written for those does something else where the plug-in is. Give the command another name.",
    wrong: "[plugins.fix]\nprogram = [\"plugins/fix\"]  # it has a command `log`",
    right: "[plugins.fix]\nprogram = [\"plugins/fix\"]  # it has a command `log_session`",
};

/// A key of what a plug-in says of itself that means nothing.
pub static VAIN: Code = Code {
    name: "W353",
    severity: Severity::Warning,
    title: "plug-in that says of itself what means nothing",
    explanation: "A plug-in's answer to `initialize` has a key that is not known there, so it is passed over: `parms` makes no parameters. It is written wrong, or is for a newer scn.",
    wrong: "[plugins.fix]\nprogram = [\"plugins/fix\"]  # it says {\"name\": \"send\", \"parms\": []}",
    right: "[plugins.fix]\nprogram = [\"plugins/fix\"]  # it says {\"name\": \"send\", \"params\": []}",
};

/// A command that is called like a word of the language.
pub static WORD: Code = Code {
    name: "W354",
    severity: Severity::Warning,
    title: "plug-in whose command is named like a word of the language",
    explanation: "A line that begins with a word of the language is that statement, and never a call of a command of that name. It can be called as `call NAME` or `PLUGIN.NAME` alone, which nobody who reads its help would think of. Give the command another name.",
    wrong: "[plugins.gate]\nprogram = [\"plugins/gate\"]  # it has a command `wait`",
    right: "[plugins.gate]\nprogram = [\"plugins/gate\"]  # it has a command `wait_open`",
};
