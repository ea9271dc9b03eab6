//! A prompt that gives what a list says, and runs that are stopped at it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use scn_interpreter::Clock;
use scn_interpreter::debug::{Answer, Came, Debugger, Pause, Prompt, Why};
use scn_interpreter::embed::{
    Engine, Outcome, Ran, Recall, Signature, SystemClock, Type, block_on,
};
use scn_protocol::Line;

use crate::journal::Journal;

type Done = Rc<RefCell<Vec<String>>>;

/// Gives the answers of a list, and goes on after them.
#[derive(Default)]
struct Listed {
    answers: RefCell<VecDeque<Answer>>,
    /// What it saw at each pause.
    seen: RefCell<Vec<String>>,
}

fn seen(pause: &Pause<'_>) -> String {
    let variables = pause.variables(0).into_iter();
    let variables: Vec<String> = variables
        .map(|(name, value)| format!("{name}={}", pause.shown(&value)))
        .collect();
    let line = pause.place.line;
    match (&pause.came, &pause.why) {
        (Some(Came::Done(_)), _) => format!("done [{}]", variables.join(" ")),
        (Some(Came::Value(value)), _) => format!("= {}", pause.shown(value)),
        (Some(Came::Wrong(found)), _) => format!("wrong: {}", found[0].message),
        (Some(Came::Failed { reason, line, .. }), _) => format!("failed {line}: {reason}"),
        (Some(Came::Interrupted), _) => "interrupted".to_owned(),
        (Some(Came::Undone(words)), _) => format!("undone: {words}"),
        (Some(Came::Nothing(why)), _) => (*why).to_owned(),
        (None, Why::Failure(reason)) => format!("failure at {line}: {reason}"),
        (None, why) => format!(
            "{why:?} at {}:{line} `{}` [{}]",
            pause.place.name,
            pause.words,
            variables.join(" ")
        ),
    }
}

struct Prompted(Rc<Listed>);

impl Prompt for Prompted {
    fn ask<'a>(&'a self, pause: &'a Pause<'a>) -> LocalBoxFuture<'a, Answer> {
        self.0.seen.borrow_mut().push(seen(pause));
        let answer = self.0.answers.borrow_mut().pop_front();
        std::future::ready(answer.unwrap_or(Answer::Continue)).boxed_local()
    }

    fn notice(&self, message: &str) {
        self.0.seen.borrow_mut().push(format!("notice: {message}"));
    }
}

fn engine(done: &Done, journal: &Journal) -> Engine {
    let (acts, opens, closes, times) = (
        Rc::clone(done),
        Rc::clone(done),
        Rc::clone(done),
        Rc::clone(done),
    );
    let clock: Rc<dyn Clock> = Rc::new(SystemClock::new());
    let mut opening = Signature::new("open").param("what", Type::Text);
    opening.undo = Some("close".to_owned());
    Engine::new()
        .on_event(journal.clone())
        .clock(clock)
        .command(
            Signature::new("act").param("what", Type::Text),
            move |call| {
                let what = call.value("what").to_string();
                acts.borrow_mut().push(what.clone());
                what
            },
        )
        .command(opening, move |call| {
            opens
                .borrow_mut()
                .push(format!("open {}", call.value("what")));
        })
        .command(
            Signature::new("close").param("what", Type::Text),
            move |call| {
                closes
                    .borrow_mut()
                    .push(format!("close {}", call.value("what")));
            },
        )
        .command(Signature::new("fails"), move |_| Outcome::fail("it failed"))
        .command(Signature::new("second"), move |_| {
            let mut times = times.borrow_mut();
            times.push("second".to_owned());
            let before = times.iter().filter(|done| *done == "second").count();
            match before {
                1 => Outcome::fail("not yet"),
                _ => Outcome::pass(0),
            }
        })
}

pub struct Run {
    pub ran: Ran,
    pub done: Vec<String>,
    pub seen: Vec<String>,
    pub lines: Vec<Line>,
}

pub fn say(text: &str) -> Answer {
    Answer::Run {
        text: text.to_owned(),
        frame: 0,
    }
}

pub fn show(text: &str) -> Answer {
    Answer::Show {
        text: text.to_owned(),
        frame: 0,
    }
}

pub fn run(
    source: &str,
    answers: Vec<Answer>,
    recall: Option<Recall>,
    set: impl FnOnce(Debugger) -> Debugger,
) -> Run {
    let (done, journal) = (Done::default(), Journal::default());
    if let Some(recall) = &recall {
        *journal.0.borrow_mut() = recall.lines.clone();
    }
    let engine = engine(&done, &journal);
    let (scenario, workbench) = engine
        .check_live("scenario", source)
        .unwrap_or_else(|found| {
            panic!("{found}\n{source}");
        });
    let listed = Rc::new(Listed {
        answers: RefCell::new(answers.into()),
        seen: RefCell::default(),
    });
    let debugger = Debugger::new(Rc::new(Prompted(Rc::clone(&listed))), workbench);
    let mut scenario = scenario.debugged(set(debugger));
    if let Some(recall) = recall {
        scenario = scenario.recall(recall);
    }
    let ran = block_on(scenario.start());
    let (done, seen) = (done.borrow().clone(), listed.seen.borrow().clone());
    let lines = journal.0.borrow().clone();
    Run {
        ran,
        done,
        seen,
        lines,
    }
}

pub fn session(answers: Vec<Answer>) -> Run {
    run("", answers, None, Debugger::session)
}

pub fn entries(texts: &[&str]) -> Vec<Answer> {
    texts.iter().map(|text| say(text)).collect()
}
