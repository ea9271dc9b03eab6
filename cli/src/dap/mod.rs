//! The Debug Adapter Protocol: an editor drives a run with its own buttons.
//!
//! Before the run, requests are taken one by one: `initialize`, `launch`, breakpoints,
//! `configurationDone`. Then [`adapter`] takes them beside the run, and at its pauses.

mod adapter;
mod breakpoints;
mod evaluate;
mod output;
mod tree;
mod wire;

use std::ffi::OsStr;
use std::rc::Rc;

use futures_util::FutureExt;
use scn_interpreter::Clock;
use scn_interpreter::debug::{Debugger, Prompt};
use serde_json::{Value as Json, json};
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;

use self::adapter::{Adapter, Asked};
use self::breakpoints::Breakpoints;
use self::output::Origin;
use self::wire::{done, event, refused};
use crate::exit::Exit;
use crate::live::stops::Places;
use crate::project::{Loader, RUNS};
use crate::run::clock::SystemClock;
use crate::run::conditions::Conditions;
use crate::run::drive::Driver;
use crate::run::kept::{Following, Live};
use crate::run::perform::Shown;
use crate::run::recorder::{Sync, observer};
use crate::run::setup::{self, Setup};
use crate::run::stage::Stage;
use crate::scenario::Scenario;
use crate::source::Source;
use crate::terminal;

/// A client, and what it has asked for so far.
struct Session {
    requests: Rc<Mutex<UnboundedReceiver<Json>>>,
    breakpoints: Rc<Breakpoints>,
}

/// What becomes of a session when a run is over.
enum Then {
    /// It is over, too.
    Over,
    /// The scenario is run again, as that request says.
    Again(Json),
}

/// Serves one session.
pub fn serve() -> Exit {
    scn_process::close_inherited();
    let mut requests = wire::requests();
    let Some(launch) = until_launch(&mut requests) else {
        return Exit::Done;
    };
    let session = Session {
        requests: Rc::new(Mutex::new(requests)),
        breakpoints: Rc::default(),
    };
    let (mut request, mut arguments) = (launch.clone(), launch["arguments"].clone());
    loop {
        // That a scenario failed is told, and is no failure of the adapter.
        match session.run(&request, &arguments) {
            Ok(Then::Over) => return Exit::Done,
            Ok(Then::Again(restart)) => {
                let newer = &restart["arguments"]["arguments"];
                if newer.is_object() {
                    arguments = newer.clone();
                }
                request = restart;
            }
            Err(reason) => {
                refused(&request, &reason);
                event("terminated", json!({}));
                return Exit::Wrong;
            }
        }
    }
}

/// The request that says what is to be run.
fn until_launch(requests: &mut UnboundedReceiver<Json>) -> Option<Json> {
    while let Some(request) = requests.blocking_recv() {
        match request["command"].as_str().unwrap_or_default() {
            "initialize" => done(&request, capabilities()),
            "launch" => return Some(request),
            "disconnect" => {
                done(&request, Json::Null);
                return None;
            }
            _ => refused(&request, "nothing is launched yet"),
        }
    }
    None
}

fn capabilities() -> Json {
    json!({
        "supportsConfigurationDoneRequest": true,
        "supportsConditionalBreakpoints": true,
        "supportsHitConditionalBreakpoints": true,
        "supportsLogPoints": true,
        "supportsFunctionBreakpoints": true,
        "supportsBreakpointLocationsRequest": true,
        "supportsDelayedStackTraceLoading": true,
        "supportsEvaluateForHovers": true,
        "supportsClipboardContext": true,
        "supportsSetVariable": true,
        "supportsRestartRequest": true,
        "supportsTerminateRequest": true,
        "supportsExceptionInfoRequest": true,
        "exceptionBreakpointFilters": [{
            "filter": "failure",
            "label": "Failures",
            "description": "Stop where it fails, with everything still standing",
            "default": true,
        }],
    })
}

/// What `--set` would give.
fn settings(arguments: &Json) -> Vec<(String, String)> {
    let set = arguments["set"].as_object().into_iter().flatten();
    let set = set.map(|(name, value)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), value)
    });
    set.collect()
}

impl Session {
    /// Runs a scenario once; `request` is answered when it is about to begin.
    ///
    /// # Errors
    /// It cannot be run, for this reason.
    fn run(&self, request: &Json, arguments: &Json) -> Result<Then, String> {
        const WRONG: &str = "it cannot be run: what is wrong is on the debugger's standard error";
        let program = arguments["program"]
            .as_str()
            .ok_or("`program` names no scenario")?;
        let source = Source::read(OsStr::new(program))?;
        let wrong = |_| WRONG.to_owned();
        let set = settings(arguments);
        let mut loader = Loader::setting(&set);
        let environment = loader
            .environment(arguments["env"].as_str(), &source.folder)
            .map_err(wrong)?;
        let declared = loader.declared(environment.as_ref()).map_err(wrong)?;
        let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
        let mut stage = Stage::new(scn_record::new_id(clock.now()));
        stage.know(&declared);
        let registry = stage.registry.clone();
        let (mut scenario, workbench) = Scenario::check_live(&source, environment, registry);
        crate::scenario::tell(&scenario, false);
        let found = scenario.checked.diagnostics.iter();
        let found = found.filter(|found| found.is_error());
        let found: Vec<String> = found.map(|found| found.message.clone()).collect();
        // Nobody else is to hold it: what is typed is added to it in its place.
        let (Some(program), Some(workbench)) = (scenario.checked.program.take(), workbench) else {
            return Err(format!("{}: {}", source.name, found.join("; ")));
        };
        let unfit = setup::unfit(&set, &[&program]).into_iter();
        let lacking = setup::lacking(&set, &program);
        if let Some(reason) = unfit.chain(lacking).next() {
            return Err(reason);
        }
        let places = Places::of(&program);
        let again = request["command"] == "restart";
        if again {
            self.breakpoints.anew(&places);
        }
        let adapter = Rc::new(Adapter::new(places, Rc::clone(&self.breakpoints)));
        let prompt = Rc::new(Asked(Rc::clone(&adapter))) as Rc<dyn Prompt>;
        let debugger = Rc::new(Debugger::new(prompt, workbench));
        adapter.serves(&debugger);
        if arguments["stopOnEntry"].as_bool() == Some(true) {
            debugger.stop_on_entry();
        }
        if !again {
            event("initialized", json!({}));
            if !configured(&adapter, &mut self.requests.blocking_lock()) {
                return Ok(Then::Over);
            }
        }
        let on_fail = arguments["stopOnFail"].as_bool();
        let on_fail = on_fail.or(self.breakpoints.on_failure.get());
        debugger.stop_on_failure(on_fail.unwrap_or(true));
        let root = loader
            .root(scenario.environment.as_deref(), &source.folder)
            .map_err(wrong)?;
        let shown = Shown {
            verbose: true,
            ..Shown::default()
        };
        let origin = Origin::of(&source.name);
        let console = shown.console_to(false, origin.output("stdout"), origin.output("console"));
        let setup = Setup {
            scenario: &scenario,
            program,
            stage: &stage,
            clock: &clock,
            root: root.clone(),
            set,
            sync: Sync::default(),
            seed: None,
            following: Following::default(),
            live: Some((Live::Debugged, debugger)),
            conditions: &mut Conditions::new(),
            console: Rc::clone(&console),
        };
        let seen = origin.before(observer(&console));
        let performance = setup
            .begin(&root.join(RUNS), &loader, seen)
            .map_err(|error| terminal::reason(&error))?;
        done(request, Json::Null);
        let beside = Rc::clone(&adapter).pump(Rc::clone(&self.requests));
        let exit = performance.drive_beside(&mut Driver::default(), Some(beside.boxed_local()));
        Ok(self.after(&adapter, exit))
    }

    /// The run is over: whoever waited for that is answered, and the client goes or begins again.
    fn after(&self, adapter: &Adapter, exit: Exit) -> Then {
        let leaving = adapter.leaving.take();
        if let Some(restart) = adapter.restart.take() {
            let gone = self.requests.blocking_lock().is_closed();
            if leaving.is_empty() && !gone {
                // Nothing stands where it was any more.
                let all = json!({ "threadId": 1, "allThreadsContinued": true });
                event("continued", all);
                return Then::Again(restart);
            }
            refused(&restart, "the session is over");
        }
        event("exited", json!({ "exitCode": exit.status() }));
        event("terminated", json!({}));
        leaving.iter().for_each(|request| done(request, Json::Null));
        if !leaving.is_empty() {
            return Then::Over;
        }
        let mut requests = self.requests.blocking_lock();
        while let Some(request) = requests.blocking_recv() {
            match request["command"].as_str().unwrap_or_default() {
                "restart" => return Then::Again(request),
                "disconnect" => {
                    done(&request, Json::Null);
                    return Then::Over;
                }
                "terminate" => done(&request, Json::Null),
                _ if adapter.any_time(&request) => {}
                _ => refused(&request, "the scenario has ended"),
            }
        }
        Then::Over
    }
}

/// Takes breakpoints until the client has said all; false if it has gone.
fn configured(adapter: &Adapter, requests: &mut UnboundedReceiver<Json>) -> bool {
    while let Some(request) = requests.blocking_recv() {
        match request["command"].as_str().unwrap_or_default() {
            "configurationDone" => {
                done(&request, Json::Null);
                return true;
            }
            "disconnect" | "terminate" => {
                done(&request, Json::Null);
                event("terminated", json!({}));
                return false;
            }
            _ => {
                if !adapter.any_time(&request) {
                    refused(&request, "the scenario does not run yet");
                }
            }
        }
    }
    false
}
