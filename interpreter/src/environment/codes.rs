//! Every kind of finding about an environment: `scn help CODE` shows what stands here, and a
//! test loads each example.
//!
//! To add one, add a static below and its line in [`CODES`]; a test fails on one without the
//! other. Codes are never reused.

use scn_grammar::{Code, Severity};

/// All of them, in the order of their names.
#[rustfmt::skip]
pub static CODES: &[&Code] = &[
    &SYNTAX, &READ, &UNKNOWN_KEY, &TYPE, &MISSING, &EXCLUSIVE, &DUPLICATE, &NAME, &CIRCLE, &WORD,
    &DURATION, &REGEX, &SIGNAL, &ZONE, &HOLIDAY, &PORT, &PARAM, &REFERENCE, &GROUP, &TOO_DEEP,
    &SETUP, &EMPTY, &NUMBER, &EACH, &SPLAT, &VALUE_CIRCLE, &SIZE, &NOT_KNOWN, &HIDDEN_ATTRIBUTE, &HIDDEN_NAME, &SHELL_INTERPOLATION,
    &IDLE_RULE,
];

const fn code(
    name: &'static str,
    title: &'static str,
    explanation: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Code {
    let severity = match name.as_bytes()[0] {
        b'W' => Severity::Warning,
        _ => Severity::Error,
    };
    Code {
        name,
        severity,
        title,
        explanation,
        wrong,
        right,
    }
}

/// Not TOML.
#[rustfmt::skip]
pub static SYNTAX: Code = code(
    "E301",
    "not TOML",
    "The file is not TOML at this place. Keys and values are written `key = value`, texts stand in quotes, lists in brackets, tables in braces or under a `[header]`.",
    "[vars]
load_rate 1000",
    "[vars]
load_rate = 1000",
);

/// File cannot be read.
#[rustfmt::skip]
pub static READ: Code = code(
    "E302",
    "file cannot be read",
    "The file is not there, may not be read, or is not UTF-8. `extends` is relative to its own file, every other path to the project's root.",
    r#"extends = "no-such-file.toml""#,
    r#"extends = "base.toml""#,
);

/// Unknown key.
#[rustfmt::skip]
pub static UNKNOWN_KEY: Code = code(
    "E303",
    "unknown key",
    "The table has no such key. Nothing is ignored, so that a slip of the pen is found before the run.",
    r#"[commands.smoke]
run = ["smoke"]
tiemout = "60s""#,
    r#"[commands.smoke]
run = ["smoke"]
timeout = "60s""#,
);

/// Wrong type.
#[rustfmt::skip]
pub static TYPE: Code = code(
    "E304",
    "wrong type",
    "The key takes another type of value: text stands in quotes, a list in brackets, a time is text with its unit.",
    r#"[commands.smoke]
run = ["smoke"]
timeout = 60"#,
    r#"[commands.smoke]
run = ["smoke"]
timeout = "60s""#,
);

/// Missing key.
#[rustfmt::skip]
pub static MISSING: Code = code(
    "E305",
    "missing key",
    "The table needs this key, or one of several.",
    r#"[commands.smoke]
cwd = "tools""#,
    r#"[commands.smoke]
run = ["./smoke"]
cwd = "tools""#,
);

/// Keys that exclude each other.
#[rustfmt::skip]
pub static EXCLUSIVE: Code = code(
    "E306",
    "keys that exclude each other",
    "Both keys answer the same question, so there can be only one of them; or a key stands beside others to which it does not apply.",
    r#"[commands.smoke]
run = ["smoke"]
sh = 'smoke | tail -1'"#,
    "[commands.smoke]
sh = 'smoke | tail -1'",
);

/// Key or table given twice.
#[rustfmt::skip]
pub static DUPLICATE: Code = code(
    "E307",
    "key or table given twice",
    "In TOML a key stands once in a table, and a table has one header. To put one environment over another, use `extends`.",
    "[vars]
rate = 1
rate = 2",
    "[vars]
rate = 2",
);

/// Not a name.
#[rustfmt::skip]
pub static NAME: Code = code(
    "E308",
    "not a name",
    "Names are letters, digits and `_`; hosts, commands and plug-ins may have `-` and `.` too. The words of the language (`and`, `true`, `within` …) are no names, and `System` is the machine itself.",
    r#"[components."Matching Engine"]
start = { run = ["engine"] }"#,
    r#"[components.MatchingEngine]
start = { run = ["engine"] }"#,
);

/// `extends` in a circle.
#[rustfmt::skip]
pub static CIRCLE: Code = code(
    "E309",
    "`extends` in a circle",
    "The files extend one another in a circle, or too many of them do.",
    r#"extends = "environment.toml""#,
    r#"extends = "base.toml""#,
);

/// Not one of the words.
#[rustfmt::skip]
pub static WORD: Code = code(
    "E310",
    "not one of the words",
    "The key takes one of a few words.",
    r#"[commands.orders]
run = ["orders"]
result = "jsn""#,
    r#"[commands.orders]
run = ["orders"]
result = "json""#,
);

/// Not a time.
#[rustfmt::skip]
pub static DURATION: Code = code(
    "E311",
    "not a time",
    "A time is text: numbers with units, `250us`, `250ms`, `2s`, `1m30s`, `2h`, `1d`, and longer than nothing.",
    r#"[commands.smoke]
run = ["smoke"]
timeout = "60 seconds""#,
    r#"[commands.smoke]
run = ["smoke"]
timeout = "60s""#,
);

/// Not a regular expression.
#[rustfmt::skip]
pub static REGEX: Code = code(
    "E312",
    "not a regular expression",
    "The regular expression cannot be read. In TOML it is best written in single quotes, where a backslash is itself.",
    r#"[components.Engine]
log = { path = "engine.log", parse = [{ regex = 'state=(?<STATE>\w+' }] }"#,
    r#"[components.Engine]
log = { path = "engine.log", parse = [{ regex = 'state=(?<STATE>\w+)' }] }"#,
);

/// Not a signal.
#[rustfmt::skip]
pub static SIGNAL: Code = code(
    "E313",
    "not a signal",
    "There is no such signal. They are named `TERM`, `INT`, `KILL` …, with or without `SIG`.",
    r#"[components.Engine]
stop = { signal = "TREM" }"#,
    r#"[components.Engine]
stop = { signal = "TERM" }"#,
);

/// Not a time zone.
#[rustfmt::skip]
pub static ZONE: Code = code(
    "E314",
    "not a time zone",
    "The time zone database has no such zone. Zones are named by continent and city.",
    r#"[calendar]
zone = "Europe/Lodnon""#,
    r#"[calendar]
zone = "Europe/London""#,
);

/// Not a date in the file of holidays.
#[rustfmt::skip]
pub static HOLIDAY: Code = code(
    "E315",
    "not a date in the file of holidays",
    "Each line of the file begins with a date, `YYYY-MM-DD`; what follows after a comma is for people. A first line of titles and lines that begin with `#` are passed over.",
    r#"[calendar]
holidays = "wrong-holidays.csv"   # a line says 25.12.2026"#,
    r#"[calendar]
holidays = "holidays.csv"   # the line says 2026-12-25"#,
);

/// Not a port.
#[rustfmt::skip]
pub static PORT: Code = code(
    "E316",
    "not a port",
    "A TCP port is a number from 1 to 65535, or a text whose `#{…}` gives one.",
    "[components.Engine]
ready = { port = 90010 }",
    "[components.Engine]
ready = { port = 9001 }",
);

/// Parameter declared wrongly.
#[rustfmt::skip]
pub static PARAM: Code = code(
    "E317",
    "parameter declared wrongly",
    r#"A parameter is `"NAME"`, `"NAME:TYPE"`, `"NAME=DEFAULT"` or `"NAME:TYPE=DEFAULT"`; each name stands once, those with defaults after those without, and `"NAME..."`, which takes all further words, last."#,
    r##"[commands.query]
run = ["query", "#{*words}", "#{id}"]
params = ["words...", "id:int"]"##,
    r##"[commands.query]
run = ["query", "#{id}", "#{*words}"]
params = ["id:int", "words..."]"##,
);

/// Name of nothing.
#[rustfmt::skip]
pub static REFERENCE: Code = code(
    "E318",
    "name of nothing",
    "A host, a component or a secret is named that this environment, with what it extends, does not have.",
    r#"[commands.smoke]
run = ["smoke"]
secrets = ["db_password"]"#,
    r#"[commands.smoke]
run = ["smoke"]
secrets = ["db_password"]

[secrets]
db_password = { env = "DB_PASSWORD" }"#,
);

/// Not a group of the regular expression.
#[rustfmt::skip]
pub static GROUP: Code = code(
    "E319",
    "not a group of the regular expression",
    "In the message of a log's event, `#{NAME}` is a named group of the same rule's regular expression, and nothing else.",
    r#"[components.Engine]
log = { path = "engine.log", parse = [{ regex = '^ERROR: (?<message>.*)', event = "ERROR: #{mesage}" }] }"#,
    r#"[components.Engine]
log = { path = "engine.log", parse = [{ regex = '^ERROR: (?<message>.*)', event = "ERROR: #{message}" }] }"#,
);

/// Nested too deep.
#[rustfmt::skip]
pub static TOO_DEEP: Code = code(
    "E320",
    "nested too deep",
    "Tables and lists are nested deeper than any environment needs.",
    "[vars]
deep = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    "[vars]
deep = [[1]]",
);

/// No step of a set-up.
#[rustfmt::skip]
pub static SETUP: Code = code(
    "E321",
    "no step of a set-up",
    "The set-up's lines are steps. What steers a scenario (`goto`, `pass`, `exit`, `return`, `use` …) has no place there.",
    r#"[setup]
steps = ["goto pass"]"#,
    r#"[setup]
steps = ["echo ready"]"#,
);

/// Nothing where something is needed.
#[rustfmt::skip]
pub static EMPTY: Code = code(
    "E322",
    "nothing where something is needed",
    "A program has a name, a shell a text, a list of arguments an element.",
    "[commands.smoke]
run = []",
    r#"[commands.smoke]
run = ["smoke"]"#,
);

/// Number that is not kept.
#[rustfmt::skip]
pub static NUMBER: Code = code(
    "E323",
    "number that is not kept",
    "Whole numbers have 64 bits, decimals 28 digits. There is no infinity. Nothing happens less often than never.",
    "[vars]
limit = 9223372036854775808",
    "[vars]
limit = 9223372036854775807",
);

/// Not a key of a family's member.
#[rustfmt::skip]
pub static EACH: Code = code(
    "E324",
    "not a key of a family's member",
    "A family's members have numbers or texts for keys, each once.",
    "[components.Server]
each = [0, 1, 1]",
    "[components.Server]
each = [0, 1, 2]",
);

/// `#{*LIST}` where one text stands.
#[rustfmt::skip]
pub static SPLAT: Code = code(
    "E325",
    "`#{*LIST}` where one text stands",
    "`#{*LIST}` becomes one argument for each element of the list, so it stands alone in an element of `run`, and nowhere else in an environment.",
    r##"[commands.query]
run = ["query", "#{*args}"]
cwd = "#{*args}""##,
    r##"[commands.query]
run = ["query", "#{*args}"]
cwd = "data""##,
);

/// Values in a circle.
#[rustfmt::skip]
pub static VALUE_CIRCLE: Code = code(
    "E326",
    "values in a circle",
    "The texts of `[vars]` may name one another in any order, and so may the attributes of a component, but not in a circle.",
    r##"[vars]
host = "#{address}:80"
address = "#{host}/""##,
    r##"[vars]
host = "#{address}:80"
address = "127.0.0.1""##,
);

/// Not a size.
#[rustfmt::skip]
pub static SIZE: Code = code(
    "E327",
    "not a size",
    "A size is text: a number with its unit, `500MB`, `1.5GB`, `64KiB`, and more than nothing.",
    r#"[plugins.fix]
program = ["plugins/fix"]
memory = "500 megabytes""#,
    r#"[plugins.fix]
program = ["plugins/fix"]
memory = "500MB""#,
);

/// Not known before the run.
#[rustfmt::skip]
pub static NOT_KNOWN: Code = code(
    "E328",
    "not known before the run",
    "A plug-in is asked what it can do before any run, and is given its `config` then. So a text of it names what is known without a run: `[vars]`, and attributes of components, as far as they do not look outside. What is secret is granted with `secrets`.",
    r##"[plugins.fix]
program = ["plugins/fix"]
config = { session = "#{run.id}" }"##,
    r##"[vars]
port = 9000

[plugins.fix]
program = ["plugins/fix"]
config = { gateway = "127.0.0.1:#{port}" }"##,
);

/// Attribute that is never seen.
#[rustfmt::skip]
pub static HIDDEN_ATTRIBUTE: Code = code(
    "W301",
    "attribute that is never seen",
    "Every component has `.name`, `.host`, `.pid` and `.running`; then come its attributes, then its metrics. What comes first hides what comes after of the same name.",
    "[components.Engine]
attrs = { pid = 7 }",
    "[components.Engine]
attrs = { number = 7 }",
);

/// Name that is never seen.
#[rustfmt::skip]
pub static HIDDEN_NAME: Code = code(
    "W302",
    "name that is never seen",
    "In a scenario a name means a component, else a name in `[vars]`, else a secret. What comes first hides what comes after.",
    r#"[vars]
Engine = "engine"

[components.Engine]
start = { run = ["engine"] }"#,
    r#"[vars]
program = "engine"

[components.Engine]
start = { run = ["engine"] }"#,
);

/// `#{…}` in a shell's text.
#[rustfmt::skip]
pub static SHELL_INTERPOLATION: Code = code(
    "W303",
    "`#{…}` in a shell's text",
    r#"A shell's text is taken as it is, so that no value can become part of the program. Values come in as words, `"$1" "$2" …`, or by `env`."#,
    "[commands.load]
sh = 'load --rate #{rate} | tail -1'",
    r##"[commands.load]
sh = 'load --rate "$RATE" | tail -1'
env = { RATE = "#{rate}" }"##,
);

/// Rule of which nothing comes.
#[rustfmt::skip]
pub static IDLE_RULE: Code = code(
    "W304",
    "rule of which nothing comes",
    "A rule of a log gives metrics, for which its regular expression has named groups, `(?<NAME>…)`, or an event, for which it has `event`.",
    r#"[components.Engine]
log = { path = "engine.log", parse = [{ regex = 'state=(\w+)' }] }"#,
    r#"[components.Engine]
log = { path = "engine.log", parse = [{ regex = 'state=(?<STATE>\w+)' }] }"#,
);
