//! Every key that an environment may have, with what it takes and what it is for.
//!
//! This is the one list: the loader refuses what is not in it, the JSON Schema and the
//! suggestions are made from it. To add a key, add it here, and read it in `read/`.

use super::shape::Shape::{
    Any, Duration, Either, Filled, Flag, List, Named, Port, Regex, Scalar, Signal, Size, Template,
    Text, Whole, Word,
};
use super::shape::{Choice, Fields, Key, NameKind, Shape};

const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key {
        name,
        shape,
        required: false,
        doc,
    }
}

const fn must(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key {
        name,
        shape,
        required: true,
        doc,
    }
}

const fn one_of(keys: &'static [&'static str]) -> Choice {
    Choice {
        keys,
        required: true,
    }
}

const fn at_most_one(keys: &'static [&'static str]) -> Choice {
    Choice {
        keys,
        required: false,
    }
}

/// How a program's standard output can be read.
pub const OUTPUTS: &[&str] = &["text", "int", "decimal", "json", "lines"];

/// `scn.toml`, at the project's root.
pub static PROJECT: Fields = Fields {
    title: "a project",
    keys: &[&[key(
        "environment",
        Text,
        "The environment that is used unless `--env` names one: a name (of `environments/NAME.toml`) or a path.",
    )]],
    choices: &[],
};

/// The environment's file.
#[rustfmt::skip]
pub static ENVIRONMENT: Fields = Fields {
    title: "an environment",
    keys: &[&[
        key("extends", Text, "Another environment's file, relative to this one, whose tables hold here too. `[vars]` is merged key by key; every other named table replaces the one of that name."),
        key("vars", Named(NameKind::Name, &Any), "Names with values, for scenarios and for `#{…}` in this file. `scn run --set NAME=VALUE` overrides one."),
        key("calendar", Shape::Table(&CALENDAR), "The time zone and the holidays, for `@on schedule`, moments and business dates."),
        key("setup", Shape::Table(&SETUP), "What is done before each scenario, and undone after it."),
        key("limits", Shape::Table(&LIMITS), "How far a run may go: beyond, it is an ERROR that names the limit."),
        key("hosts", Named(NameKind::LongName, &Shape::Table(&HOST)), "The machines of the system. Without any, everything is on this machine."),
        key("components", Named(NameKind::Name, &Shape::Table(&COMPONENT)), "The parts of the system, as testers call them."),
        key("commands", Named(NameKind::LongName, &Shape::Table(&COMMAND)), "Aliases: what a scenario's word runs on this system."),
        key("plugins", Named(NameKind::LongName, &Shape::Table(&PLUGIN)), "Plug-ins, which bring commands of their own."),
        key("secrets", Named(NameKind::Name, &Shape::Table(&SECRET)), "Values that are masked wherever text leaves, and where each comes from."),
    ]],
    choices: &[],
};

#[rustfmt::skip]
static CALENDAR: Fields = Fields {
    title: "a calendar",
    keys: &[&[
        key("zone", Text, "The time zone's name, such as `Europe/London`; `UTC` unless said."),
        key("holidays", Text, "A CSV file, relative to the root: the first column is a date, `YYYY-MM-DD`, that is no business day; a first line of titles and lines that begin with `#` are passed over."),
    ]],
    choices: &[],
};

#[rustfmt::skip]
static LIMITS: Fields = Fields {
    title: "limits",
    keys: &[&[
        key("instructions", Whole, "About how many instructions of the interpreter: a round of a loop is some ten. No limit unless said."),
        key("memory", Size, "About how much all values may take. Unless said, half of the memory that there is for scn; a single value always has a limit."),
        key("steps", Whole, "How many steps, each attempt counted. No limit unless said."),
        key("output", Size, "How much the steps may write, all together, and the record keeps. Unless said, as much as leaves 1GB free where the record is."),
        key("step_output", Size, "How much one step may write. As `output` unless said."),
        key("processes", Whole, "How many processes of the run there may be at a time, whatever started them. They are counted ten times a second; beyond it all are killed. 20000 unless said."),
    ]],
    choices: &[],
};

static SETUP: Fields = Fields {
    title: "a set-up",
    keys: &[&[must(
        "steps",
        List(&Text),
        "Statements of the language, one a text: `start MatchingEnginePrimary`. What they start is undone after the scenario.",
    )]],
    choices: &[],
};

#[rustfmt::skip]
static HOST: Fields = Fields {
    title: "a host",
    keys: &[&[
        key("agent", Text, "The name under which its agent has joined."),
        key("ssh", Text, "`user@host`, where no daemon may be installed: commands and log reading go over SSH."),
    ]],
    choices: &[at_most_one(&["agent", "ssh"])],
};

/// How a program is given, wherever one can be.
#[rustfmt::skip]
static PROGRAM: &[Key] = &[
    key("run", Filled(&Template), "The program and its arguments, never read by a shell. A program's path is relative to its working folder, or else to the root. `#{*LIST}` alone is one argument an element, `#{args}` alone the words of the scenario."),
    key("sh", Text, "A shell's text, taken as it is; words are `\"$1\" \"$2\" …`."),
    key("cwd", Template, "The working folder, relative to the root; the root unless said."),
    key("env", Named(NameKind::Variable, &Scalar), "Variables set in the program's environment, beside those it inherits."),
    key("user", Template, "The user it runs as; the one who runs `scn` unless said."),
];

const RUN_OR_SH: Choice = one_of(&["run", "sh"]);

#[rustfmt::skip]
static COMPONENT: Fields = Fields {
    title: "a component",
    keys: &[&[
        key("host", Text, "The host it is on, of `[hosts]`; this machine unless said."),
        key("each", List(&Any), "Makes it a family with a member for each of these keys, numbers or texts: `Server[0]`. In its other texts `#{each}` is the key."),
        key("attrs", Named(NameKind::Name, &Any), "Attributes: `NAME.port` in a scenario, `#{port}` in the other texts of the component. A text with `#{…}` is evaluated once a run."),
        key("process", Shape::Table(&PROCESS), "How its process is found. Unless said, it is the one that `start` started."),
        key("start", Shape::Table(&START), "How `start` starts it."),
        key("stop", Shape::Table(&STOP), "How `stop` stops it; the signal TERM, within 10 s, unless said."),
        key("ready", Shape::Table(&READY), "What must be so before `start` passes."),
        key("probe", Either(&[Shape::Table(&PROBE), List(&Shape::Table(&PROBE))]), "What is asked of it now and then; the fields of the answers are its metrics."),
        key("log", Either(&[Shape::Table(&LOG), List(&Shape::Table(&LOG))]), "The logs that it writes, and what is read out of them."),
    ]],
    choices: &[],
};

#[rustfmt::skip]
static PROCESS: Fields = Fields {
    title: "a way to find a process",
    keys: &[&[
        key("pidfile", Template, "A file whose first line is its process id."),
        key("match", Regex, "A regular expression that its command line matches."),
        key("unit", Template, "A systemd unit."),
        key("port", Port, "The TCP port that it listens on."),
        key("container", Template, "A container's name."),
    ]],
    choices: &[one_of(&["pidfile", "match", "unit", "port", "container"])],
};

static START: Fields = Fields {
    title: "a program",
    keys: &[PROGRAM],
    choices: &[RUN_OR_SH],
};

#[rustfmt::skip]
static STOP: Fields = Fields {
    title: "a way to stop",
    keys: &[
        &[
            key("signal", Signal, "The signal it is sent; `TERM` unless said."),
            key("within", Duration, "How long it may take before it is killed; `10s` unless said."),
        ],
        PROGRAM,
    ],
    choices: &[at_most_one(&["signal", "run", "sh"])],
};

#[rustfmt::skip]
static READY: Fields = Fields {
    title: "a sign of readiness",
    keys: &[
        &[
            key("port", Port, "This TCP port of its host accepts a connection."),
            key("log", Regex, "A line of one of its logs, or where it has none of its output, written since the start, matches this regular expression."),
            key("http", Template, "This URL answers with a status of 200 to 299."),
            key("within", Duration, "How long that may take; `30s` unless said."),
        ],
        PROGRAM,
    ],
    choices: &[one_of(&["port", "log", "http", "run", "sh"])],
};

#[rustfmt::skip]
static PROBE: Fields = Fields {
    title: "a probe",
    keys: &[
        &[
            key("http", Template, "A URL that answers with a JSON object."),
            key("every", Duration, "The time between two answers; `1s` unless said. Metrics are stale after three times that."),
            key("fields", Filled(&Text), "The fields that are kept, dots leading into maps; all unless said."),
            key("result", Word(OUTPUTS), "How the program's output is read; `text` unless said."),
        ],
        PROGRAM,
    ],
    choices: &[one_of(&["http", "run", "sh"])],
};

#[rustfmt::skip]
static LOG: Fields = Fields {
    title: "a log",
    keys: &[&[
        must("path", Template, "The file, relative to the root. It is followed through rotation, and need not be there yet."),
        key("parse", List(&Shape::Table(&RULE)), "What is read out of its lines; each rule is tried on each line."),
    ]],
    choices: &[],
};

#[rustfmt::skip]
static RULE: Fields = Fields {
    title: "a rule",
    keys: &[&[
        must("regex", Regex, "A regular expression. Its named groups, `(?<NAME>…)`, are metrics; with `event`, the event's data."),
        key("unit", Word(UNITS), "The unit of the numbers."),
        key("keep", Word(&["percentiles"]), "`percentiles`: `.p50 .p90 .p95 .p99 .p999 .min .max .avg .count` are kept too."),
        key("event", Text, "The line is an event with this message, in which `#{GROUP}` is a group of the regular expression; the whole line for an empty text."),
    ]],
    choices: &[at_most_one(&["keep", "event"])],
};

/// The units that a log's numbers can have.
pub const UNITS: &[&str] = &[
    "ns", "us", "µs", "ms", "s", "m", "h", "d", "B", "kB", "KB", "MB", "GB", "TB", "PB", "kiB",
    "KiB", "MiB", "GiB", "TiB", "PiB", "%",
];

#[rustfmt::skip]
static COMMAND: Fields = Fields {
    title: "a command",
    keys: &[
        PROGRAM,
        &[
            key("params", List(&Text), "Its parameters: `\"id:int\"`, with a default `\"rate:int=1000\"`, and as the last one that takes all further words `\"words...\"`. Without `params` it takes any words."),
            key("background", Flag, "It runs as a background job, named after the command."),
            key("undo", Text, "The command line that undoes it, run once when the scenario ends, unless it was run by then. `#{args}`, the parameters and `#{result}` can be used."),
            key("result", Either(&[Word(OUTPUTS), Named(NameKind::Status, &Any)]), "How its output is read (`text` unless said), or a value for each exit status and `else`."),
            key("on", Text, "The host, or the component on whose host it runs; this machine unless said."),
            key("timeout", Duration, "How long one attempt may take."),
            key("secrets", List(&Text), "The secrets that it gets, each in its environment under its name in capitals."),
            key("help", Text, "What it does, for `scn help` and editors; the first line stands in lists."),
        ],
    ],
    choices: &[RUN_OR_SH],
};

#[rustfmt::skip]
static PLUGIN: Fields = Fields {
    title: "a plug-in",
    keys: &[&[
        key("path", Text, "A shared library, relative to the root, without `lib` and ending."),
        key("program", Filled(&Text), "A program that speaks JSON-RPC on its standard streams, and its arguments."),
        key("isolate", Flag, "`true` (unless said): the library runs in a process of its own; `false`: in the interpreter's."),
        key("life", Word(&["run", "environment"]), "`run` (unless said): it lives as long as a run; `environment`: as long as `scn serve`."),
        key("config", Named(NameKind::Any, &Any), "What it is given as it starts. A text's `#{…}` names what is known before the run: `[vars]`, attributes."),
        key("secrets", List(&Text), "The secrets that it may read."),
        key("timeout", Duration, "How long one call may take; as long as the scenario unless said."),
        key("memory", Size, "How much memory each of its processes may take; any unless said."),
        key("restarts", Whole, "How often in a row it is started again after a crash, unless said 1,000 times."),
    ]],
    choices: &[one_of(&["path", "program"])],
};

#[rustfmt::skip]
static SECRET: Fields = Fields {
    title: "a secret's source",
    keys: &[&[
        key("env", Text, "The environment variable that holds it."),
        key("file", Text, "The file that holds it, relative to the root; the last line end is no part of it."),
        key("command", Filled(&Text), "A program that prints it, and its arguments; the last line end is no part of it."),
    ]],
    choices: &[one_of(&["env", "file", "command"])],
};
