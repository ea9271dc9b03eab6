//! What an editor asks, while the run is paused and while it goes on.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use scn_interpreter::debug::{Answer, Debugger, FrameAt, Pause, Prompt, Step, Why};
use serde_json::{Value as Json, json};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::breakpoints::Breakpoints;
use super::evaluate::Pending;
use super::output::at_place;
use super::tree::{Tree, frames};
use super::wire::{done, event, refused};
use crate::live::stops::Places;

/// The debugger of an editor.
pub struct Adapter {
    debugger: OnceCell<Weak<Debugger>>,
    places: Places,
    breakpoints: Rc<Breakpoints>,
    /// The lines of execution that were paused, each with its number, from 1.
    threads: RefCell<Vec<String>>,
    paused: Cell<bool>,
    to_pause: UnboundedSender<Json>,
    at_pause: Mutex<UnboundedReceiver<Json>>,
    pub(super) pending: RefCell<Option<Pending>>,
    pub(super) tree: Tree,
    /// The scenario is to end: somebody asked for it, or nobody is there any more.
    ending: Cell<bool>,
    /// It is to be run again after that, as this request says.
    pub restart: RefCell<Option<Json>>,
    /// Who is answered when all is over.
    pub leaving: RefCell<Vec<Json>>,
}

impl Adapter {
    /// Of a run that can stop at these places.
    pub fn new(places: Places, breakpoints: Rc<Breakpoints>) -> Self {
        let (to_pause, at_pause) = unbounded_channel();
        Self {
            debugger: OnceCell::new(),
            places,
            breakpoints,
            threads: RefCell::new(vec![String::new()]),
            paused: Cell::default(),
            to_pause,
            at_pause: Mutex::new(at_pause),
            pending: RefCell::default(),
            tree: Tree::default(),
            ending: Cell::default(),
            restart: RefCell::default(),
            leaving: RefCell::default(),
        }
    }

    /// It serves this debugger.
    pub fn serves(&self, debugger: &Rc<Debugger>) {
        let _ = self.debugger.set(Rc::downgrade(debugger));
        self.breakpoints.give(debugger, &self.places);
    }

    fn debugger(&self) -> Option<Rc<Debugger>> {
        self.debugger.get().and_then(Weak::upgrade)
    }

    /// Takes requests as they come; what needs a pause goes there.
    pub async fn pump(self: Rc<Self>, requests: Rc<Mutex<UnboundedReceiver<Json>>>) {
        let mut requests = requests.lock().await;
        while let Some(request) = requests.recv().await {
            if !self.any_time(&request) && !self.ends(&request) {
                let sent = self.paused.get() && self.to_pause.send(request.clone()).is_ok();
                if !sent {
                    refused(&request, "the scenario is running: pause it first");
                }
            }
        }
        // Nobody is there any more.
        self.end();
    }

    /// Whether the request is one for the end, which is then on its way.
    fn ends(&self, request: &Json) -> bool {
        match request["command"].as_str().unwrap_or_default() {
            "terminate" => done(request, Json::Null),
            // Whoever is answered ends the adapter: not before `finally` and what is owed were done.
            "disconnect" => self.leaving.borrow_mut().push(request.clone()),
            "restart" if self.restart.borrow().is_some() => {
                refused(request, "it is being restarted already");
            }
            "restart" => *self.restart.borrow_mut() = Some(request.clone()),
            _ => return false,
        }
        self.end();
        true
    }

    /// The scenario ends: its `finally` and what is owed.
    fn end(&self) {
        if self.ending.replace(true) {
            return;
        }
        if let Some(debugger) = self.debugger() {
            debugger.let_go();
        }
        if self.paused.get() {
            let _ = self.to_pause.send(json!({ "command": "end" }));
        } else {
            let own = rustix::process::getpid();
            let _ = rustix::process::kill_process(own, rustix::process::Signal::TERM);
        }
    }

    /// Does what can be done whether it is paused or not.
    pub fn any_time(&self, request: &Json) -> bool {
        let arguments = &request["arguments"];
        let path = arguments["source"]["path"].as_str().unwrap_or_default();
        match request["command"].as_str().unwrap_or_default() {
            "setBreakpoints" => done(request, self.set(path, &arguments["breakpoints"])),
            "setFunctionBreakpoints" => done(request, self.set("", &arguments["breakpoints"])),
            "breakpointLocations" => {
                let first = arguments["line"].as_u64().unwrap_or_default();
                let last = arguments["endLine"].as_u64().unwrap_or(first);
                let lines = self.places.lines_of(path);
                let lines = lines.filter(|line| (first..=last).contains(&u64::from(*line)));
                let lines: Vec<Json> = lines.map(|line| json!({ "line": line })).collect();
                done(request, json!({ "breakpoints": lines }));
            }
            "setExceptionBreakpoints" => {
                let filters = arguments["filters"].as_array();
                let stops = filters.is_some_and(|filters| !filters.is_empty());
                self.breakpoints.on_failure.set(Some(stops));
                if let Some(debugger) = self.debugger() {
                    debugger.stop_on_failure(stops);
                }
                done(request, Json::Null);
            }
            "threads" => {
                let threads = self.threads.borrow();
                let threads = threads.iter().zip(1..).map(|(name, id): (_, u64)| {
                    let name = if name.is_empty() { "scenario" } else { name };
                    json!({ "id": id, "name": name })
                });
                done(request, json!({ "threads": threads.collect::<Vec<_>>() }));
            }
            "pause" => {
                if let Some(debugger) = self.debugger().filter(|_| !self.paused.get()) {
                    debugger.stop();
                }
                done(request, Json::Null);
            }
            _ => return false,
        }
        true
    }

    fn set(&self, source: &str, wanted: &Json) -> Json {
        let told = self.breakpoints.set(source, wanted, &self.places);
        if let Some(debugger) = self.debugger().filter(|_| !self.ending.get()) {
            self.breakpoints.give(&debugger, &self.places);
        }
        told
    }

    fn thread(&self, branch: &str) -> usize {
        let mut threads = self.threads.borrow_mut();
        match threads.iter().position(|known| known == branch) {
            Some(at) => at + 1,
            None => {
                threads.push(branch.to_owned());
                let id = threads.len();
                event("thread", json!({ "reason": "started", "threadId": id }));
                id
            }
        }
    }

    fn stopped(&self, pause: &Pause<'_>) {
        let (reason, text) = match &pause.why {
            Why::Entry => ("entry", None),
            Why::Step | Why::End => ("step", None),
            Why::Breakpoint(_) => ("breakpoint", None),
            Why::Asked => ("pause", None),
            Why::Failure(reason) => ("exception", Some(reason.clone())),
        };
        let hit = match &pause.why {
            Why::Breakpoint(id) => vec![*id],
            _ => Vec::new(),
        };
        let mut told = json!({
            "reason": reason,
            "threadId": self.thread(&pause.branch),
            "allThreadsStopped": true,
            "hitBreakpointIds": hit,
        });
        if let Some(text) = text {
            told["description"] = text.into();
            told["text"] = told["description"].clone();
        }
        event("stopped", told);
    }

    async fn answer(&self, pause: &Pause<'_>) -> Answer {
        if let Some(came) = &pause.came {
            if let Some(answer) = self.came(pause, came) {
                return answer;
            }
        } else if self.ending.get() {
            return Answer::End;
        } else {
            self.paused.set(true);
            self.stopped(pause);
        }
        let mut requests = self.at_pause.lock().await;
        while let Some(request) = requests.recv().await {
            if let Some(answer) = self.request(pause, &request) {
                let goes = matches!(answer, Answer::Continue | Answer::Step(_) | Answer::End)
                    || matches!(answer, Answer::Retry | Answer::Skip);
                if goes {
                    self.paused.set(false);
                    self.tree.clear();
                }
                return answer;
            }
        }
        Answer::End
    }

    fn request(&self, pause: &Pause<'_>, request: &Json) -> Option<Answer> {
        let arguments = &request["arguments"];
        let number =
            |name: &str| usize::try_from(arguments[name].as_u64().unwrap_or(0)).unwrap_or(0);
        let goes = |answer: Answer, body: Json| {
            done(request, body);
            Some(answer)
        };
        match request["command"].as_str().unwrap_or_default() {
            "end" => return Some(Answer::End),
            "continue" => {
                return goes(Answer::Continue, json!({ "allThreadsContinued": true }));
            }
            "next" => return goes(Answer::Step(Step::Over), Json::Null),
            "stepIn" => return goes(Answer::Step(Step::Into), Json::Null),
            "stepOut" => return goes(Answer::Step(Step::Out), Json::Null),
            "stackTrace" => {
                let all = match number("threadId") == self.thread(&pause.branch) {
                    true => pause.frames(),
                    false => Vec::new(),
                };
                let total = all.len();
                let shown = frames(all, number("startFrame"), number("levels"));
                done(
                    request,
                    json!({ "stackFrames": shown, "totalFrames": total }),
                );
            }
            "scopes" => {
                let scopes = self.tree.scopes(pause, number("frameId"));
                done(request, json!({ "scopes": scopes }));
            }
            "variables" => match self.tree.find(&arguments["variablesReference"]) {
                Some(node) => {
                    let children = self.tree.children(pause, node, arguments);
                    done(request, json!({ "variables": children }));
                }
                None => refused(request, "this is not there any more"),
            },
            "exceptionInfo" => match &pause.why {
                Why::Failure(reason) => done(
                    request,
                    json!({
                        "exceptionId": "failure",
                        "description": reason,
                        "breakMode": "unhandled",
                    }),
                ),
                _ => refused(request, "nothing failed here"),
            },
            "evaluate" => return self.evaluate(request, number("frameId")),
            "setVariable" => return self.set_variable(request),
            other => refused(request, &format!("`{other}` is not supported")),
        }
        None
    }
}

/// The adapter, as the interpreter asks it.
pub struct Asked(pub Rc<Adapter>);

impl Prompt for Asked {
    fn ask<'a>(&'a self, pause: &'a Pause<'a>) -> LocalBoxFuture<'a, Answer> {
        self.0.answer(pause).boxed_local()
    }

    fn told(&self, at: &FrameAt, message: &str) {
        let output = json!({ "category": "console", "output": format!("{message}\n") });
        event("output", at_place(output, &at.file, at.line));
    }

    fn notice(&self, message: &str) {
        let output = format!("{message}\n");
        event(
            "output",
            json!({ "category": "important", "output": output }),
        );
    }
}
