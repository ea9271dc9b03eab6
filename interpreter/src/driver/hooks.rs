//! What the machine asks for and has at once.

use std::rc::Rc;

use scn_grammar::tree::AssertKind;
use scn_protocol::{Event, Handle, HandleKind, Value, Verdict};

use super::board::Read;
use super::branch::Branch;
use super::look::{World, in_time, looked_again, looked_up};
use super::recall::UNWATCHED;
use super::shared::Shared;
use super::{journal, making};
use crate::function::Outside;
use crate::machine::{Blame, Bounds, Checked, Failure, Hooks, WatchAsked};
use crate::program::{AssertSite, GlobalKind, Place};

/// The hooks of one line of execution.
pub struct FiberHooks {
    shared: Rc<Shared>,
    branch: Rc<Branch>,
    outside: World,
    /// What is read is recorded: not so for conditions, of which only the outcome is.
    recorded: bool,
    /// What was known before a time in which nobody watched does not count.
    pub strict: bool,
    /// A metric was read of which nothing is known (or no longer): the first, but rather one that is stale.
    pub unobserved: Option<Unobserved>,
    /// The last such metric.
    unknown: Option<Unobserved>,
}

/// A metric that was read, and of which nothing is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Unobserved {
    what: String,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Why {
    /// It was known, and has not been reported for too long.
    Stale,
    /// It was reported of a process that has ended since.
    Ended,
    /// It was never reported.
    Never,
    /// It was logged before a time in which nobody read the log.
    Unread,
}

impl Unobserved {
    /// Whether it was known, and may be something else by now; else nothing of it is to be known now.
    pub fn is_stale(&self) -> bool {
        matches!(self.why, Why::Stale | Why::Unread)
    }
}

impl std::fmt::Display for Unobserved {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = match self.why {
            Why::Stale => "is stale: nothing was reported for three times its interval",
            Why::Ended => "is none: the process that it was reported of has ended",
            Why::Never => "was not reported",
            Why::Unread => {
                return write!(out, "{} was not logged again since {UNWATCHED}", self.what);
            }
        };
        write!(out, "{} {why}", self.what)
    }
}

impl FiberHooks {
    /// Hooks of that branch.
    pub fn new(shared: &Rc<Shared>, branch: &Rc<Branch>, recorded: bool) -> Self {
        let outside = World {
            shared: Rc::clone(shared),
        };
        Self {
            shared: Rc::clone(shared),
            branch: Rc::clone(branch),
            outside,
            recorded,
            strict: false,
            unobserved: None,
            unknown: None,
        }
    }

    /// An expression's error, with why a metric in it is none.
    pub fn explained(&mut self, reason: String) -> String {
        match self.unknown.take().filter(|_| reason.contains("none")) {
            Some(unknown) => format!("{reason} ({unknown})"),
            None => reason,
        }
    }

    fn record(&self, what: String, value: &Value) {
        if self.recorded {
            looked_up(&self.shared, &self.branch, what, &Ok(value.clone()));
        }
    }

    /// The recorded answer, where the record is given back.
    fn again(&self, what: impl FnOnce() -> String) -> Option<Result<Value, String>> {
        let recall = self.shared.recalling().filter(|_| self.recorded)?;
        looked_again(&self.shared, recall, &self.branch, &what())
    }

    fn component(&mut self, name: &str, field: &str) -> Value {
        if let Some(Ok(value)) = self.again(|| format!("{name}.{field}")) {
            return value;
        }
        let known = self.shared.component(name);
        let value = match (field, &known) {
            ("name", _) => Value::from(name),
            ("host", Some(component)) => Value::from(component.host.as_str()),
            ("host", None) => Value::from(""),
            ("pid", _) => self
                .shared
                .board
                .borrow()
                .pid(name)
                .map_or(Value::None, |pid| Value::Int(i64::from(pid))),
            ("running", _) => Value::Bool(self.shared.board.borrow().pid(name).is_some()),
            (field, Some(component)) if component.attrs.contains_key(field) => {
                return component.attrs.get(field).cloned().unwrap_or_default();
            }
            (field, _) => match making::attribute(&self.shared, name, field) {
                Some(value) => return value,
                None => self.metric(name, field),
            },
        };
        if !matches!(field, "name" | "host") {
            self.record(format!("{name}.{field}"), &value);
        }
        value
    }

    fn metric(&mut self, name: &str, field: &str) -> Value {
        let now = self.shared.platform.clock.monotonic();
        let read = self.shared.board.borrow().metric(name, field, now);
        match read {
            Read::Value(value) => {
                if self.strict && self.shared.board.borrow().is_old(name, field) {
                    self.unobserved(name, field, Why::Unread);
                }
                value
            }
            Read::Stale => self.unobserved(name, field, Why::Stale),
            Read::Ended => self.unobserved(name, field, Why::Ended),
            Read::Unknown => self.unobserved(name, field, Why::Never),
        }
    }

    fn unobserved(&mut self, name: &str, field: &str, why: Why) -> Value {
        let what = format!("{name}.{field}");
        let unknown = Unobserved { what, why };
        if unknown.is_stale() {
            self.unobserved = Some(unknown.clone());
        } else {
            self.unobserved.get_or_insert_with(|| unknown.clone());
        }
        self.unknown = Some(unknown);
        Value::None
    }

    fn job(&mut self, name: &str, field: &str) -> Value {
        if let Some(Ok(value)) = self.again(|| format!("{name}.{field}")) {
            return value;
        }
        let jobs = self.shared.jobs.borrow();
        let Some(job) = jobs.named(name) else {
            return Value::None;
        };
        let value = job.field(field);
        drop(jobs);
        self.record(format!("{name}.{field}"), &value);
        value
    }
}

impl Hooks for FiberHooks {
    fn bounds(&self) -> Bounds {
        self.shared.meter.bounds()
    }

    fn stops_at_failure(&self) -> bool {
        self.shared.debugger.is_some() && self.recorded
    }

    fn spent(&mut self, instructions: u64) {
        self.shared.meter.spend(instructions);
    }

    fn read(&mut self, handle: &Handle, field: &str) -> Result<Value, String> {
        match handle.kind {
            HandleKind::Component => Ok(self.component(&handle.name, field)),
            HandleKind::Job => Ok(self.job(&handle.name, field)),
            HandleKind::Family => Err(format!(
                "{} is a family: {field} is a field of its members, such as {}[0].{field}",
                handle.name, handle.name
            )),
        }
    }

    fn read_path(&mut self, handle: &Handle, field: &str, part: &str) -> Result<Value, String> {
        if let Some(answer) = self.again(|| format!("{}.{field}.{part}", handle.name)) {
            return answer;
        }
        let now = self.shared.platform.clock.monotonic();
        let summary = self
            .shared
            .board
            .borrow()
            .summary(&handle.name, field, part, now);
        if let Some(value) = summary {
            self.record(format!("{}.{field}.{part}", handle.name), &value);
            return Ok(value);
        }
        match self.read(handle, field)? {
            Value::None => Ok(Value::None),
            value => crate::ops::field(&value, part),
        }
    }

    fn member(&mut self, family: &Handle, key: &Value) -> Result<Value, String> {
        let name = format!("{}[{}]", family.name, key.to_text());
        match self.shared.component(&name) {
            Some(_) => Ok(Value::component(name)),
            None => Err(format!("there is no {name}")),
        }
    }

    fn members(&mut self, family: &Handle) -> Vec<Value> {
        self.shared
            .family(&family.name)
            .iter()
            .map(|member| Value::component(member.name.clone()))
            .collect()
    }

    fn global(&mut self, index: u32) -> Value {
        making::var(&self.shared, index);
        let value = self.shared.globals.borrow().get(index as usize).cloned();
        let program = self.shared.program();
        let kind = program.globals.get(index as usize);
        match (value, kind.map(|global| &global.kind)) {
            (None | Some(Value::None), Some(GlobalKind::RunDir)) => self.run_dir(index),
            (Some(value), _) => value,
            // Of a file whose use was typed: the run began without it.
            (None, Some(GlobalKind::Param { default, .. })) => default.clone().unwrap_or_default(),
            (None, _) => Value::None,
        }
    }

    fn outside(&mut self) -> &mut dyn Outside {
        &mut self.outside
    }

    fn look(
        &mut self,
        function: &str,
        find: &dyn Fn(&mut dyn Outside) -> Result<Value, String>,
    ) -> Result<Value, String> {
        if let Some(answer) = self.again(|| function.to_owned()) {
            // What is drawn next depends on how often it was drawn.
            if self.shared.seed.get().is_some() && matches!(function, "random" | "uuid") {
                let _ = find(&mut self.outside);
            }
            return answer;
        }
        let answer = find(&mut self.outside);
        if self.recorded {
            looked_up(&self.shared, &self.branch, function.to_owned(), &answer);
        }
        answer
    }

    fn in_time(&mut self, next: i64, until: i64) -> bool {
        in_time(&self.shared, &self.branch, next, until)
    }

    fn assigned(&mut self, frame: u64, variable: u32, value: &Value, place: Place) {
        self.shared.running.set(place);
        super::watches::assigned(&self.shared, frame, variable, value);
    }

    fn checked(&mut self, site: &AssertSite, place: Place, holds: bool, told: Checked<'_>) {
        let (line, file) = self.shared.line(place);
        let blame = match site.kind {
            AssertKind::Require => Blame::Error,
            AssertKind::Assert | AssertKind::Check => Blame::System,
        };
        let caught = !holds && {
            let catches = told.catches.or(self.branch.inside().catches);
            catches.takes(blame, self.monotonic())
        };
        self.shared.journal.event(Event::Checked {
            kind: crate::machine::assert_name(site.kind).to_owned(),
            line,
            file,
            expression: site.text.clone(),
            holds: Some(holds),
            values: journal::values(&told.names),
            message: told.message.map(str::to_owned),
            during: None,
            watch: None,
            branch: self.branch.name.clone(),
            caught,
        });
    }

    fn noted(&mut self, failure: Failure) {
        self.branch.note(&self.shared, failure);
    }

    fn marked(&mut self, name: &str, place: Place) -> i64 {
        let line = self.shared.program().line(place);
        self.shared.journal.event(Event::Marked {
            name: name.to_owned(),
            line,
        });
        if let Some(Ok(Value::Moment(at))) = self.again(|| format!("mark {name}")) {
            return at;
        }
        let now = self.shared.platform.clock.now();
        self.record(format!("mark {name}"), &Value::Moment(now));
        now
    }

    fn watch(&mut self, watch: WatchAsked) {
        super::watches::begin(&self.shared, &self.branch, watch);
    }

    fn open_scope(&mut self) -> u64 {
        self.shared.watches.borrow_mut().open_scope()
    }

    fn close_scope(&mut self, scope: u64) -> Vec<Failure> {
        super::watches::close(&self.shared, Some(scope), false)
    }

    fn case_started(&mut self, title: &str, place: Place) {
        let line = self.shared.program().line(place);
        self.shared.journal.event(Event::CaseStarted {
            case: title.to_owned(),
            line,
            branch: self.branch.name.clone(),
        });
    }

    fn case_finished(&mut self, title: &str, place: Place, verdict: Verdict, reason: Option<&str>) {
        let line = self.shared.program().line(place);
        let reason = reason.map(str::to_owned);
        self.shared.journal.event(Event::CaseFinished {
            case: title.to_owned(),
            line,
            verdict,
            reason,
            branch: self.branch.name.clone(),
        });
    }

    fn monotonic(&mut self) -> i64 {
        self.shared.platform.clock.monotonic()
    }
}

impl FiberHooks {
    /// The scratch folder, made when it is first named.
    fn run_dir(&mut self, index: u32) -> Value {
        let Ok(folder) = self.shared.journal.scratch() else {
            return Value::None;
        };
        let value = Value::from(folder.to_string_lossy().into_owned());
        if let Some(global) = self.shared.globals.borrow_mut().get_mut(index as usize) {
            *global = value.clone();
        }
        value
    }
}
