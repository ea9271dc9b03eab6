//! What a plug-in leaves behind: an example that may be run again is run again and again in one run,
//! and what the plug-in's process has then is compared with what it had.

use std::cell::{Cell, RefCell};
use std::fs;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_plugin_host::Declared;
use scn_plugin_host::conform::{Found, Point};
use scn_protocol::{Signature, Value};

use super::check::Subject;
use super::examples::play;
use crate::plugins;

/// So often it is run before it is looked at: what is made once is made then.
const BEFORE: u64 = 5;

/// So often it is run between two looks.
const TIMES: u64 = 20;

/// Memory that grows by less than this each time is not told: allocators take it in large pieces.
const LITTLE: u64 = 64 * 1024;

/// Looks at what one example leaves behind. None if it cannot be run as a part of another scenario,
/// as one that has headers or a `finally` cannot.
pub(super) fn look(
    subject: &Subject,
    declared: &Declared,
    name: &str,
    example: &str,
) -> Option<Point> {
    let scenario = format!(
        "step scn_example\n{example}\nend\n\
         repeat {BEFORE}\n  scn_example\nend\nscn_look\n\
         repeat {TIMES}\n  scn_example\nend\nscn_look\n\
         repeat {TIMES}\n  scn_example\nend\nscn_look\n"
    );
    let looks: Rc<RefCell<Vec<Option<Has>>>> = Rc::default();
    let pid = Rc::new(Cell::new(0));
    let played = play(subject, &scenario, |world| {
        let started = Rc::clone(&pid);
        let mut registry = plugins::of_run_seen(world, declared, move |pid| started.set(pid));
        registry.add(Rc::new(Look {
            signature: Signature {
                name: "scn_look".to_owned(),
                ..Signature::default()
            },
            pid,
            looks: Rc::clone(&looks),
        }));
        registry
    });
    played.ok()?;
    let looks = looks.borrow();
    let [Some(before), Some(between), Some(after)] = looks.as_slice() else {
        return None;
    };
    Some(Point {
        expected: "leaves nothing behind",
        found: grown(name, [*before, *between, *after]),
    })
}

/// What a process has.
#[derive(Clone, Copy, Debug)]
struct Has {
    descriptors: u64,
    threads: u64,
    /// Memory of its own, in bytes.
    memory: u64,
}

impl Has {
    /// What that process has now.
    fn now(pid: u32) -> Option<Self> {
        let entries =
            |of: &str| Some(fs::read_dir(format!("/proc/{pid}/{of}")).ok()?.count() as u64);
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let own = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))?;
        let own: u64 = own.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(Self {
            descriptors: entries("fd")?,
            threads: entries("task")?,
            memory: own * 1024,
        })
    }
}

/// What grows both times is left behind; what grows once may be kept for later.
fn grown(name: &str, [before, between, after]: [Has; 3]) -> Found {
    let times =
        |what: &str, by: u64| format!("{name}: {by} {what} more after it was run {TIMES} times");
    let by = |of: fn(&Has) -> u64| {
        let first = of(&between).saturating_sub(of(&before));
        first.min(of(&after).saturating_sub(of(&between)))
    };
    let descriptors = by(|has| has.descriptors);
    let threads = by(|has| has.threads);
    let memory = by(|has| has.memory);
    if descriptors >= TIMES {
        return Found::Broken(times("open descriptors", descriptors));
    }
    if threads >= TIMES {
        return Found::Broken(times("threads", threads));
    }
    if memory >= TIMES * LITTLE {
        return Found::Broken(times("kilobytes of memory", memory / 1000));
    }
    Found::Kept(name.to_owned())
}

/// Looks at the plug-in's process.
struct Look {
    signature: Signature,
    pid: Rc<Cell<u32>>,
    looks: Rc<RefCell<Vec<Option<Has>>>>,
}

impl Command for Look {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call<'a>(&'a self, _: Call, _: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async {
            self.looks.borrow_mut().push(Has::now(self.pid.get()));
            Outcome::pass(Value::None)
        })
    }
}
