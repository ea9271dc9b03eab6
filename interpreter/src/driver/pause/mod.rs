//! Pauses: at a statement, at a failure, at the end of a session.
//!
//! Each place at which a line of execution could stop has a number in it, so that what was done there is
//! done there again when the record is given back ([`super::recall`]).

mod stops;
mod turn;
mod typed;
mod view;

use std::pin::pin;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use scn_protocol::words::spelled;
use scn_protocol::{Event, Phase};

use self::typed::{Became, Entry};
use super::branch::Branch;
use super::cut::is_ended;
use super::drive::FiberEnd;
use super::recall::Entered;
use super::shared::Shared;
use super::undo;
use crate::debug::{Answer, Came, Debugger, FrameAt, Here, Pause, Step, Stepping, Why};
use crate::machine::{Failure, Fiber};

pub use self::stops::lines;
pub use self::turn::Turn;
pub use self::view::PausedAt;

/// How a pause is left.
pub enum Leave {
    /// Goes on as if nothing had been.
    On,
    /// Goes on elsewhere: a statement is done again, or passed over, or a case is over.
    Moved,
    /// The line of execution has ended so.
    End(FiberEnd),
}

/// A pause that is to begin: why, and the number of its place.
struct Place {
    why: Why,
    number: u64,
    /// What is about to be raised.
    failure: Option<Failure>,
}

/// A statement begins.
pub async fn statement(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
) -> Option<FiberEnd> {
    let debugger = shared.debugger.clone()?;
    let number = shared.next_stop(&branch.name);
    let why = match shared.recalling() {
        Some(recall) => recall
            .has_entered(&branch.recorded, number)
            .then_some(Why::Step),
        None => stops::why(shared, &debugger, branch, fiber, number == 0),
    };
    let place = Place {
        why: why?,
        number,
        failure: None,
    };
    match boxed(shared, &debugger, branch, fiber, place).await {
        Leave::On | Leave::Moved => None,
        Leave::End(end) => Some(end),
    }
}

/// Something failed, and is about to be raised.
pub async fn failing(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    failure: &Failure,
) -> Leave {
    let Some(debugger) = shared.debugger.clone() else {
        return Leave::On;
    };
    let typed = debugger.running.borrow().is_some();
    let now = shared.platform.clock.monotonic();
    let caught = branch.inside().judged && !branch.inside().case;
    if typed
        || branch.phase == Phase::Undo
        || caught
        || fiber.would_catch(&shared.program(), failure, now)
    {
        return Leave::On;
    }
    let number = shared.next_stop(&branch.name);
    let stops = match shared.recalling() {
        Some(recall) => recall.has_entered(&branch.recorded, number),
        None => debugger.stops_on_failure(),
    };
    if !stops {
        return Leave::On;
    }
    let why = Why::Failure(shared.journal.masked(&failure.reason));
    let place = Place {
        why,
        number,
        failure: Some(failure.clone()),
    };
    boxed(shared, &debugger, branch, fiber, place).await
}

/// A session has come to its end: it goes on for as long as something is typed.
pub async fn session(
    shared: &Rc<Shared>,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
) -> Option<FiberEnd> {
    let debugger = shared.debugger.clone().filter(|known| known.is_session())?;
    let number = shared.next_stop(&branch.name);
    let place = Place {
        why: Why::End,
        number,
        failure: None,
    };
    match boxed(shared, &debugger, branch, fiber, place).await {
        Leave::On | Leave::Moved => None,
        Leave::End(end) => Some(end),
    }
}

/// What is typed may come to a pause itself.
fn boxed<'a>(
    shared: &'a Rc<Shared>,
    debugger: &'a Rc<Debugger>,
    branch: &'a Rc<Branch>,
    fiber: &'a mut Fiber,
    place: Place,
) -> LocalBoxFuture<'a, Leave> {
    async move {
        let began = shared.platform.clock.monotonic();
        let left = pause(shared, debugger, branch, fiber, place).await;
        let stood = shared.platform.clock.monotonic().saturating_sub(began);
        fiber.stood_still(stood);
        branch.stood_still(stood);
        left
    }
    .boxed_local()
}

async fn pause(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    branch: &Rc<Branch>,
    fiber: &mut Fiber,
    place: Place,
) -> Leave {
    let mut turn = Some(debugger.turn.take().await);
    if shared.recalling().is_none() {
        *debugger.stepping.borrow_mut() = Stepping::No;
    }
    let mut came = None;
    loop {
        let asked = ask(shared, debugger, branch, fiber, &place, came.take()).await;
        let Some((answer, line)) = asked else {
            let _ = is_ended(shared, branch).await;
            return Leave::End(FiberEnd::Ended);
        };
        let is_new = line.is_none();
        let before = line.map_or(debugger.typed.get(), |line| line.saturating_sub(1));
        match answer {
            Answer::Continue => {
                if place.why == Why::End && is_new {
                    entered(shared, branch, &place, (":quit", 0), before);
                }
                return Leave::On;
            }
            Answer::End if place.why == Why::End => {
                if is_new {
                    entered(shared, branch, &place, (":quit", 0), before);
                }
                return Leave::On;
            }
            Answer::End => {
                if let Some(failure) = &place.failure {
                    if is_new {
                        entered(shared, branch, &place, (":quit", 0), before);
                    }
                    return Leave::End(FiberEnd::Failed(failure.clone()));
                }
                shared.stopped("it was ended at the debugger's prompt".to_owned());
                let _ = is_ended(shared, branch).await;
                return Leave::End(FiberEnd::Ended);
            }
            Answer::Step(how) => {
                step(debugger, branch, fiber, how);
                return Leave::On;
            }
            Answer::Retry | Answer::Skip => {
                let program = shared.program();
                let Some(statement) = fiber.statement(&program).filter(|_| place.why != Why::End)
                else {
                    came = Some(Came::Nothing("no statement is under way here"));
                    continue;
                };
                let (words, at) = match answer {
                    Answer::Retry => (":retry", statement.0 + 1),
                    _ => (":skip", statement.1),
                };
                if is_new {
                    entered(shared, branch, &place, (words, 0), before);
                }
                fiber.go_to(&program, statement, at);
                return Leave::Moved;
            }
            Answer::Undo => {
                if is_new {
                    entered(shared, branch, &place, (":undo", 0), before);
                }
                came = Some(undone(shared, debugger).await);
            }
            Answer::Peek { text, frame } => {
                let entry = Entry {
                    text: &text,
                    expression: true,
                    frame,
                    before: 0,
                };
                came = Some(typed::peek(shared, debugger, branch, fiber, &entry));
            }
            Answer::Run { text, frame } | Answer::Show { text, frame }
                if text.trim().is_empty() =>
            {
                let _ = frame;
                came = Some(Came::Done(Vec::new()));
            }
            answer @ (Answer::Run { .. } | Answer::Show { .. }) => {
                let expression = matches!(answer, Answer::Show { .. });
                let (Answer::Run { text, frame } | Answer::Show { text, frame }) = answer else {
                    continue;
                };
                debugger
                    .typed
                    .set(before + u32::try_from(text.lines().count().max(1)).unwrap_or(1));
                let entry = Entry {
                    text: &text,
                    expression,
                    frame,
                    before,
                };
                let compiled = match typed::compile(shared, debugger, fiber, &entry) {
                    Ok(compiled) => compiled,
                    Err(found) => {
                        came = Some(Came::Wrong(found));
                        continue;
                    }
                };
                if is_new {
                    let recorded = match expression {
                        true => format!("= {text}"),
                        false => text.clone(),
                    };
                    entered(shared, branch, &place, (&recorded, frame), before);
                }
                // It may come to a stop itself.
                drop(turn.take());
                let became = typed::run(shared, debugger, branch, fiber, compiled).await;
                turn = Some(debugger.turn.take().await);
                match became {
                    Became::Came(what) => came = Some(what),
                    Became::Left(None) => return Leave::Moved,
                    Became::Left(Some(end)) => return Leave::End(end),
                }
            }
        }
    }
}

/// The answer of the prompt, or that of the record with its line; none if the line of execution is to end.
async fn ask(
    shared: &Rc<Shared>,
    debugger: &Debugger,
    branch: &Rc<Branch>,
    fiber: &Fiber,
    place: &Place,
    came: Option<Came>,
) -> Option<(Answer, Option<u32>)> {
    if let Some(recall) = shared.recalling() {
        if let Some(entered) = recall.entered(&branch.recorded, place.number).await {
            if shared.retells() {
                shared.journal.event(entered.told(branch));
            }
            return Some((answer_of(&entered), Some(entered.line)));
        }
        if place.why != Why::End {
            return Some((Answer::Continue, Some(0)));
        }
        let live = pin!(recall.live());
        let ended = pin!(Rc::clone(&branch.ended).wait());
        if let Either::Left(_) = select(ended, live).await {
            return None;
        }
    }
    if branch.ended.is_set() {
        return None;
    }
    let paused = paused(shared, debugger, branch, fiber, place, came);
    let ended = pin!(Rc::clone(&branch.ended).wait());
    match select(ended, debugger.prompt().ask(&paused)).await {
        Either::Left(_) => None,
        Either::Right((answer, _)) => Some((answer, None)),
    }
}

fn answer_of(entered: &Entered) -> Answer {
    let frame = usize::try_from(entered.frame).unwrap_or_default();
    let text = entered.text.clone();
    match entered.text.as_str() {
        ":quit" => Answer::End,
        ":retry" => Answer::Retry,
        ":skip" => Answer::Skip,
        ":undo" => Answer::Undo,
        shown => match shown.strip_prefix("= ") {
            Some(expression) => Answer::Show {
                text: expression.to_owned(),
                frame,
            },
            None => Answer::Run { text, frame },
        },
    }
}

fn paused<'p>(
    shared: &'p Rc<Shared>,
    debugger: &Debugger,
    branch: &Branch,
    fiber: &'p Fiber,
    place: &Place,
    came: Option<Came>,
) -> Pause<'p> {
    let program = shared.program();
    let at = PausedAt { shared, fiber };
    let here = at.frames().into_iter().next();
    Pause {
        at,
        why: place.why.clone(),
        came,
        place: here.unwrap_or_else(|| FrameAt {
            name: String::new(),
            file: String::new(),
            line: 0,
        }),
        branch: branch.name.clone(),
        words: shared.journal.masked(program.text(fiber.place(&program))),
        does: stops::resolved(&program, fiber),
        typed: debugger.typed.get(),
    }
}

/// What is typed is recorded before it is done.
fn entered(
    shared: &Shared,
    branch: &Branch,
    place: &Place,
    (text, frame): (&str, usize),
    before: u32,
) {
    shared.journal.event(Event::Entered {
        text: text.to_owned(),
        line: before + 1,
        branch: branch.name.clone(),
        stop: place.number,
        frame: frame as u64,
    });
}

fn step(debugger: &Debugger, branch: &Branch, fiber: &Fiber, how: Step) {
    let here = Here {
        branch: branch.name.clone(),
        depth: (branch.depth(), fiber.frames.len()),
    };
    *debugger.stepping.borrow_mut() = match how {
        Step::Into => Stepping::Into,
        Step::Over => Stepping::Over(here),
        Step::Out => Stepping::Out(here),
    };
}

async fn undone(shared: &Rc<Shared>, debugger: &Debugger) -> Came {
    let phase = shared.phase.get();
    debugger.undoing.set(true);
    let done = undo::newest(shared).await;
    debugger.undoing.set(false);
    shared.undoing.set(false);
    shared.phase.set(phase);
    match done {
        None => Came::Nothing("nothing is owed"),
        Some((words, None)) => Came::Undone(shared.journal.masked(&spelled(&words))),
        Some((_, Some(failure))) => {
            let came = Came::Failed {
                blame: failure.blame,
                reason: shared.journal.masked(&failure.reason),
                line: debugger.typed.get(),
            };
            shared.undo_failures.borrow_mut().push(failure);
            came
        }
    }
}
