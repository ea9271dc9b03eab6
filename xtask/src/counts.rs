//! What the program costs in counts that do not depend on how busy the machine is: instructions and allocations, by
//! callgrind, and system calls but those that wait, by strace. A step that has become dearer fails here, whatever the weather.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::bench::compiled;
use crate::shell;

/// A bound is so much over what was counted when it was written down, for other compilers and libraries.
const SLACK: f64 = 1.05;

/// So often is counted what is over its bound; the least is what it takes.
const TURNS: usize = 3;

/// Something that is counted, and what it was last.
struct Count {
    name: &'static str,
    way: Way,
    /// What is read, for so many of it.
    text: fn(usize) -> String,
    /// What is counted is one of so many, beyond half as many; or all that a scenario takes.
    of: usize,
    /// None where it cannot be counted: valgrind cannot wait for programs as `scn` does.
    instructions: Option<f64>,
    allocations: Option<f64>,
    calls: Option<f64>,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// `scn run` of a scenario.
    Run,
    /// `scn check` of a scenario.
    Check,
    /// `scn run` of a scenario in an environment that says this of a plug-in, and what is started for that.
    Plugin(&'static str),
    /// The process that a library is loaded into, which reads these messages.
    Host,
}

const COUNTS: &[Count] = &[
    Count {
        name: "an empty scenario",
        way: Way::Run,
        text: |_| String::new(),
        of: 0,
        instructions: Some(795_900.0),
        allocations: Some(741.0),
        calls: Some(196.0),
    },
    Count {
        name: "a step that runs a program",
        way: Way::Run,
        // So long that it is waited for in the same way on every machine: for what is over at once less is done (33).
        text: |times| format!("repeat {times}\n  run sleep 0.03\nend\n"),
        of: 200,
        instructions: None,
        allocations: None,
        // 40.7 where the machine has nothing else to do, 43.2 where it has far more than it can: its folder of processes is
        // looked at by the clock.
        calls: Some(42.0),
    },
    Count {
        name: "a step that says something",
        way: Way::Run,
        text: |times| format!("repeat {times}\n  echo done\nend\n"),
        of: 2000,
        instructions: Some(21_800.0),
        allocations: Some(35.0),
        calls: Some(4.0),
    },
    Count {
        name: "a round of a loop that counts",
        way: Way::Run,
        text: |times| format!("set i = 0\nwhile i < {times}\n  set i = i + 1\nend\n"),
        of: 200_000,
        instructions: Some(85.2),
        allocations: Some(0.0),
        calls: Some(0.0),
    },
    Count {
        name: "a call of a step of its own, in a loop",
        way: Way::Run,
        text: |times| {
            format!(
                "step next n\n  return n + 1\nend\nset i = 0\nwhile i < {times}\n  set i next #{{i}}\nend\n"
            )
        },
        of: 20_000,
        instructions: Some(292.4),
        allocations: Some(0.0),
        calls: Some(0.0),
    },
    Count {
        name: "a line that is checked",
        way: Way::Check,
        text: |times| "echo step of \"#{1 + 2} orders\"\n".repeat(times),
        of: 2000,
        instructions: Some(15_640.0),
        allocations: Some(22.0),
        calls: Some(0.0),
    },
    Count {
        name: "a call of a library in a process of its own",
        way: Way::Plugin("path = './reply'"),
        text: calling,
        of: 2000,
        instructions: None,
        allocations: None,
        // Of scn alone: two lines of the journal, the call and the answer.
        calls: Some(4.0),
    },
    Count {
        name: "a call in JSON-RPC",
        way: Way::Plugin("program = ['./echo', 'plugin']"),
        text: calling,
        of: 2000,
        instructions: None,
        allocations: None,
        calls: Some(4.0),
    },
    Count {
        name: "a call, in the process that has the library",
        way: Way::Host,
        text: messages,
        // So many that the first do not matter: they wait for the thread that makes the library's instance.
        of: 10_000,
        instructions: Some(12_550.0),
        allocations: None,
        // It reads many at once here.
        calls: None,
    },
];

/// A scenario of so many calls of a plug-in.
fn calling(times: usize) -> String {
    format!(
        "set order = {{id: 7, side: 'buy', price: 10.5}}\nset n = 0\nwhile n < {times}\n  reply #{{order}} '{TEXT}'\n  set n = n + 1\nend\n"
    )
}

/// What goes there and comes back.
const TEXT: &str = "sixty-four bytes of text, which go there and come back at once..";

/// What the process that has the library is sent for so many calls.
fn messages(times: usize) -> String {
    let mut lines = String::from(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocol\":1,\"plugin\":\"reply\",\"config\":{},\"environment\":\"e\"}}\n",
    );
    for step in 1..=times {
        lines.push_str(&format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"call\",\"params\":{{\"command\":\"reply\",\"args\":{{\"order\":{{\"id\":7,\"side\":\"buy\",\"price\":10.5}},\"text\":\"{TEXT}\"}},\"rest\":[],\"run\":\"20261121-071500.123-x7kd\",\"step\":{step},\"time_left\":3599966745205}}}}\n",
            step + 1
        ));
    }
    lines
}

/// Counts all of them, and says which are over their bounds.
pub fn run() -> Result<(), String> {
    shell::cargo(&[
        "build",
        "--release",
        "--quiet",
        "--locked",
        "--package",
        "scn",
    ])?;
    let folder = std::env::temp_dir().join(format!("scn-counts-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    compiled(&folder, "echo", &[])?;
    let library = compiled(&folder, "reply", &["-shared", "-fPIC"])?;
    fs::rename(library, folder.join("libreply.so")).map_err(|error| error.to_string())?;
    let over = counted(&folder);
    let _ = fs::remove_dir_all(&folder);
    let over = over?;
    match over.is_empty() {
        true => Ok(()),
        false => Err(format!("dearer than it was: {}", over.join("; "))),
    }
}

/// What Rust calls its allocator by, to ask for memory.
const ALLOCATING: &[&str] = &[
    "__rustc::__rust_alloc",
    "__rustc::__rust_alloc_zeroed",
    "__rustc::__rust_realloc",
];

/// Counts so many of it.
type CountOf = fn(&Count, usize, &Path) -> Result<f64, String>;

/// What is counted, the program that it takes, how it is counted, and what it was.
type Counter = (
    &'static str,
    &'static str,
    CountOf,
    fn(&Count) -> Option<f64>,
);

const COUNTERS: &[Counter] = &[
    ("instructions", "valgrind", instructions, |count| {
        count.instructions
    }),
    ("allocations", "valgrind", allocations, |count| {
        count.allocations
    }),
    ("system calls", "strace", calls, |count| count.calls),
];

fn counted(folder: &Path) -> Result<Vec<String>, String> {
    let mut over = Vec::new();
    for (what, program, counter, known) in COUNTERS {
        let there = Command::new(program).arg("--version").output();
        if !there.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: {program} is not installed; {what} were not counted");
            continue;
        }
        for count in COUNTS {
            let Some(known) = known(count) else {
                continue;
            };
            let bound = known * SLACK;
            let mut found = one(count, *counter, folder)?;
            // Threads that wait for each other count more where they are run in another order: what is too much by itself is
            // too much each time.
            for _ in 1..TURNS {
                if is_over(found, bound) {
                    found = found.min(one(count, *counter, folder)?);
                }
            }
            println!("{}: {found:.1} {what}, at most {bound:.1}", count.name);
            if is_over(found, bound) {
                over.push(format!("{}: {found:.1} {what}", count.name));
            }
        }
    }
    Ok(over)
}

/// What one takes: of so many, those beyond half as many, so that the start is not in it.
fn one(count: &Count, counter: CountOf, folder: &Path) -> Result<f64, String> {
    match count.of {
        0 => counter(count, 0, folder),
        of => {
            let (all, half) = (counter(count, of, folder)?, counter(count, of / 2, folder)?);
            Ok((all - half) / (of - of / 2) as f64)
        }
    }
}

/// A tenth of a call is the clock's: what is done now and then.
fn is_over(found: f64, bound: f64) -> bool {
    found > bound + 0.1
}

/// The words that run, check or serve so many.
fn words(count: &Count, times: usize, folder: &Path) -> Result<Vec<String>, String> {
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).map_err(|error| error.to_string())
    };
    write(COUNTED, &(count.text)(times))?;
    let scn = shell::built().join("scn").display().to_string();
    let words: &[&str] = match count.way {
        Way::Check => &["check", COUNTED],
        Way::Run => &["run", "-q", "--runs", "runs", COUNTED],
        Way::Plugin(what) => {
            write("env.toml", &format!("[plugins.reply]\n{what}\n"))?;
            &[
                "run",
                "-q",
                "--runs",
                "runs",
                "--env",
                "./env.toml",
                COUNTED,
            ]
        }
        Way::Host => &["plugin-host", "./libreply.so"],
    };
    let words = words.iter().map(|word| (*word).to_owned());
    Ok(std::iter::once(scn).chain(words).collect())
}

/// The file that is read.
const COUNTED: &str = "counted.scn";

/// What it reads from its standard input.
fn input(count: &Count, folder: &Path) -> Result<Stdio, String> {
    if count.way != Way::Host {
        return Ok(Stdio::null());
    }
    let file = fs::File::open(folder.join(COUNTED)).map_err(|error| error.to_string())?;
    Ok(file.into())
}

/// A command, with nothing of this program's environment that could change what it counts.
fn closed(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// What callgrind says of it.
fn callgrind(count: &Count, times: usize, folder: &Path) -> Result<String, String> {
    let found = folder.join("callgrind.out");
    let mut command = closed("valgrind", folder);
    command.args(["--tool=callgrind", "--trace-children=no"]);
    command.arg(format!("--callgrind-out-file={}", found.display()));
    command.args(words(count, times, folder)?);
    shell::run(command.stdin(input(count, folder)?))?;
    fs::read_to_string(&found).map_err(|error| error.to_string())
}

fn instructions(count: &Count, times: usize, folder: &Path) -> Result<f64, String> {
    let text = callgrind(count, times, folder)?;
    let total = text.lines().find_map(|line| {
        line.strip_prefix("summary: ")
            .or(line.strip_prefix("totals: "))
    });
    let total = total.and_then(|total| total.trim().parse().ok());
    total.ok_or_else(|| "callgrind tells no total".to_owned())
}

/// How often memory was asked for, or more of it: the calls of what Rust calls its allocator by.
fn allocations(count: &Count, times: usize, folder: &Path) -> Result<f64, String> {
    let text = callgrind(count, times, folder)?;
    let mut numbers = HashSet::new();
    let (mut allocates, mut total) = (false, 0.0);
    for line in text.lines() {
        let called = line.strip_prefix("cfn=");
        if let Some(function) = called.or(line.strip_prefix("fn=")) {
            // A function is named once, and known by its number from there on.
            let (number, name) = function.split_once(' ').unwrap_or((function, ""));
            if ALLOCATING.contains(&name) {
                numbers.insert(number.to_owned());
            }
            allocates = called.is_some() && numbers.contains(number);
        } else if let Some(calls) = line.strip_prefix("calls=").filter(|_| allocates) {
            let calls = calls.split(' ').next().and_then(|calls| calls.parse().ok());
            total += calls.unwrap_or(0.0);
        }
    }
    match total > 0.0 {
        true => Ok(total),
        false => Err("callgrind tells of no allocation".to_owned()),
    }
}

/// How many system calls it made that are work, which no other program's work can add to.
fn calls(count: &Count, times: usize, folder: &Path) -> Result<f64, String> {
    let found = folder.join("strace.out");
    let mut command = closed("strace", folder);
    command.args(["-c", "-o"]).arg(&found);
    command.args(words(count, times, folder)?);
    shell::run(command.stdin(input(count, folder)?))?;
    let text = fs::read_to_string(&found).map_err(|error| error.to_string())?;
    let rows = text.lines().filter_map(Row::of);
    match rows.clone().next() {
        Some(_) => Ok(rows.map(|row| row.work()).sum()),
        None => Err(format!("strace tells no call: {text}")),
    }
}

/// System calls that wait, and do nothing else: how often is the machine's business.
const WAITING: &[&str] = &[
    "clock_nanosleep",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "futex",
    "nanosleep",
    "poll",
    "ppoll",
    "restart_syscall",
    "sched_yield",
];

/// What strace tells of one system call.
struct Row<'t> {
    name: &'t str,
    calls: f64,
    errors: f64,
}

impl<'t> Row<'t> {
    /// A line of the table: its share, seconds, microseconds a call, calls, errors where there are any, and its name.
    fn of(line: &'t str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (calls, errors, name) = match words[..] {
            [_, _, _, calls, errors, name] => (calls, errors.parse().ok()?, name),
            [_, _, _, calls, name] => (calls, 0.0, name),
            _ => return None,
        };
        let calls = calls.parse().ok()?;
        (name != "total").then_some(Row {
            name,
            calls,
            errors,
        })
    }

    /// How many of them did something: neither did they wait, nor read what was not there yet.
    fn work(&self) -> f64 {
        match self.name {
            name if WAITING.contains(&name) => 0.0,
            "read" => self.calls - self.errors,
            _ => self.calls,
        }
    }
}
