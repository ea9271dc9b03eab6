//! Gives a record back in the order in which it came, and goes on from its end.

use std::rc::Rc;
use std::sync::Arc;

use scn_protocol::words::spelled;
use scn_protocol::{Event, Map, Origin, Phase, Purpose, Report, Seen, StepResult, Value};

use super::Recalled;
use super::record::{Effect, Input};
use crate::driver::branch::Branch;
use crate::driver::prepare::set_watching;
use crate::driver::shared::Shared;
use crate::driver::signal::{Flag, breathe};
use crate::driver::step::{self, StepEnd};
use crate::driver::undo::LIMIT;
use crate::driver::watches;
use crate::environment::secret::MASK;
use crate::machine::Word;
use crate::program::{Binding, Program};

/// So often all others have a turn before it is said that nobody takes an answer.
const PATIENCE: u32 = 64;

/// How often what was recorded may still be made after the last answer.
const ECHO: u32 = 8;

/// Gives all of it back, and goes on from there.
pub async fn conduct(shared: Rc<Shared>) {
    let Some(recall) = &shared.recall else {
        return;
    };
    let mut inputs = std::mem::take(&mut recall.recorded.borrow_mut().inputs);
    while let Some((seq, at, input)) = inputs.pop_front() {
        let_time_pass(recall, at).await;
        recall.clock.reach(at);
        if recall.judges() {
            tell(&shared, recall, seq);
        }
        match input {
            Input::Answer => {
                recall.reached(seq);
                while !taken(recall, seq).await && !recall.judges() {
                    // Clocks differ: who let time pass may have gone on before this came.
                    match recall.pauses.next() {
                        Some(over) => over.set(),
                        None => return untaken(&shared, recall, seq),
                    }
                }
            }
            Input::Report(report) => take_again(&shared, report),
            Input::Watch(branch, number, holds, message) => {
                if recall.decides(&branch, number, None) {
                    opened(&shared, (&branch, number)).await;
                    watches::ended_so(&shared, (&branch, number), holds, message);
                }
            }
            Input::Stopped(reason, limit) => {
                if limit {
                    limited(&shared, recall, reason).await;
                } else {
                    shared.interrupted(reason);
                }
            }
        }
        recall.reached(seq);
    }
    let ended = recall.recorded.borrow().ended;
    let_time_pass(recall, ended).await;
    recall.reached(u64::MAX);
    breathe().await;
    if recall.judges() {
        tell(&shared, recall, u64::MAX);
        return judged(&shared, recall).await;
    }
    go_on(&shared, recall).await;
}

/// The scenario comes to a watch before it is said what became of that: nothing that is recorded may come first.
async fn opened(shared: &Shared, watch: (&str, u64)) {
    let mut still = 0;
    while !watches::is_open(shared, watch) && still < PATIENCE {
        breathe().await;
        still += 1;
    }
}

/// That limit was reached: by what the scenario itself counts, if that is what it limits, and else now.
async fn limited(shared: &Shared, recall: &Recalled, reason: String) {
    let so_far = recall.limits_given.get();
    let mut still = 0;
    let now = || (recall.activity.get(), shared.meter.used());
    let mut before = now();
    while shared.meter.comes_again(&reason) && shared.meter.times() <= so_far && still < PATIENCE {
        breathe().await;
        still = if before == now() { still + 1 } else { 0 };
        before = now();
    }
    if shared.meter.times() <= so_far {
        shared.was_reached(reason);
    }
    recall.limits_given.set(so_far + 1);
}

/// Who let time pass goes on, each at its time, as far as it comes before that moment of the record.
async fn let_time_pass(recall: &Recalled, at: i64) {
    while let Some((then, over)) = recall.pauses.over_by(recall.clock.of_run(at)) {
        recall.clock.reach(recall.clock.recorded(then));
        over.set();
        settle(recall).await;
    }
}

/// Waits until nobody does anything more.
async fn settle(recall: &Recalled) {
    let mut still = 0;
    let mut activity = recall.activity.get();
    while still < ECHO {
        breathe().await;
        let now = recall.activity.get();
        still = if now == activity { still + 1 } else { 0 };
        activity = now;
    }
}

/// Waits for somebody to take that answer; false if everybody waits for something else.
async fn taken(recall: &Recalled, seq: u64) -> bool {
    let mut still = 0;
    let mut activity = recall.activity.get();
    while recall.untaken.borrow().contains(&seq) {
        breathe().await;
        let now = recall.activity.get();
        still = if now == activity { still + 1 } else { 0 };
        activity = now;
        if still > PATIENCE || recall.parting.is_set() {
            return false;
        }
    }
    true
}

fn untaken(shared: &Shared, recall: &Recalled, seq: u64) {
    let recorded = recall.recorded.borrow();
    let next = recorded
        .lanes
        .values()
        .flat_map(|lane| &lane.effects)
        .find(|effect| match effect {
            Effect::Step(step) => step.end.as_ref().is_some_and(|end| end.seq >= seq),
            Effect::Wait(wait) => wait.seq >= seq,
            Effect::Defer(of, _) | Effect::Begin(of) => *of >= seq,
            Effect::Entered(entered) => entered.seq >= seq,
            Effect::Look(..) => false,
        });
    let what = next.map_or_else(|| "what follows".to_owned(), super::effects::told);
    let line = shared.stands(shared.running.get());
    drop(recorded);
    recall.part(format!(
        "in the record {what}, and the scenario does not come to it: it stands at {line}"
    ));
}

/// A report is known again, and not recorded again.
fn take_again(shared: &Rc<Shared>, mut report: Report) {
    let now = crate::platform::Clock::monotonic(&*shared.platform.clock);
    if let Some(subject) = named_so(shared, &report.subject) {
        report.subject = subject;
    }
    match &mut report.what {
        Seen::Metrics { metrics, .. } => {
            for metric in metrics {
                metric.value = lacking(shared, std::mem::take(&mut metric.value));
            }
        }
        Seen::Event { data, .. } => *data = all_lacking(shared, data),
        _ => {}
    }
    shared.board.borrow_mut().take(&report, now);
    watches::reported(shared, &report);
    shared.news.ring();
}

/// A value as it is recorded, of which what was secret is not known any more: whoever uses that is told, as of what a step
/// gave.
pub fn lacking(shared: &Shared, value: Value) -> Value {
    match value {
        Value::Text(text) if text.contains(MASK) => {
            let origin = match shared.retells() {
                true => Origin::Judged,
                false => Origin::Recorded,
            };
            Value::Result(Arc::new(StepResult {
                value: Value::Text(text),
                origin,
                ..StepResult::default()
            }))
        }
        Value::Map(map) => Value::map(all_lacking(shared, &map)),
        Value::List(list) => {
            let all = list.iter().cloned();
            Value::list(all.map(|value| lacking(shared, value)).collect())
        }
        value => value,
    }
}

fn all_lacking(shared: &Shared, map: &Map) -> Map {
    let all = map.iter();
    all.map(|(name, value)| (name.clone(), lacking(shared, value.clone())))
        .collect()
}

/// The component whose name the record has so because a secret is in it.
fn named_so(shared: &Shared, recorded: &str) -> Option<String> {
    if !recorded.contains(MASK) {
        return None;
    }
    let components = shared.components.borrow();
    let mut names = components.keys();
    names
        .find(|name| shared.journal.masked(name) == recorded)
        .cloned()
}

/// Tells again what the program does not make itself, up to that event.
fn tell(shared: &Shared, recall: &Recalled, seq: u64) {
    loop {
        let next = {
            let mut recorded = recall.recorded.borrow_mut();
            let is_due = recorded.told.front().is_some_and(|(of, _)| *of <= seq);
            is_due.then(|| recorded.told.pop_front()).flatten()
        };
        match next {
            Some((_, event)) => shared.journal.event(event),
            None => return,
        }
    }
}

/// The record is at its end, and what was judged is judged: if the scenario is not at its end, neither
/// was the run.
async fn judged(shared: &Rc<Shared>, recall: &Recalled) {
    for _ in 0..PATIENCE {
        breathe().await;
    }
    let finished = recall.recorded.borrow().finished;
    let reason = match finished {
        true => "the record ends here, and the scenario goes on",
        false => "the record ends here: the run was not finished",
    };
    let line = shared.stands(shared.running.get());
    recall.part(format!("{line}: {reason}"));
}

/// The scenario is where it was: from here on things are done.
async fn go_on(shared: &Rc<Shared>, recall: &Recalled) {
    let (steps, ended) = {
        let recorded = recall.recorded.borrow();
        (recorded.steps, recorded.ended)
    };
    shared.steps.set(shared.steps.get().max(steps));
    recall.clock.reach(ended);
    recall.clock.go_on();
    recall.went_on.set(Some(shared.platform.clock.now()));
    for lost in recall.masked.borrow_mut().drain(..) {
        shared.journal.event(Event::Logged {
            step: 0,
            level: "warning".to_owned(),
            message: super::written::not_there(&lost),
        });
    }
    if recall.purpose == Purpose::Resume {
        shared
            .platform
            .world
            .stood(recall.recorded.borrow().logs.stood());
    }
    set_watching(shared);
    let debugger = shared.debugger.as_ref();
    let at_prompt = debugger.is_some_and(|debugger| debugger.undoing.get());
    let begun = matches!(shared.phase.get(), Phase::Setup | Phase::Scenario) || at_prompt;
    match recall.purpose {
        Purpose::Cleanup if begun => {
            let line = shared.stands(shared.running.get());
            let reason = format!(
                "the run was cut short at {line}: the program that ran it was gone, and it was cleaned up after"
            );
            shared.cut_short(reason);
        }
        Purpose::Resume => {
            recall.hear(shared);
            watches::interrupted(shared, recall, super::UNWATCHED);
        }
        _ => {}
    }
    recall.live.set();
    // What logs said meanwhile comes before anything is done.
    shared.platform.world.refresh();
    shared.news.ring();
    for _ in 0..ECHO {
        breathe().await;
    }
    shared.journal.forget_made();
}

/// What a command is that the scenario, or something that undoes a step of it, names.
fn binding(program: &Program, name: &str) -> Option<Binding> {
    let named = program.bindings.get(name).cloned();
    let undoes = || {
        let mut known = program.undoes.values();
        let (_, command) = known.find(|(known, _)| known == name)?;
        Some(Binding::Command(Rc::clone(command)))
    };
    let step = || {
        let mut steps = program.steps.iter();
        let step = steps.find(|step| step.name == name)?;
        Some(step.binding.clone())
    };
    named.or_else(undoes).or_else(step)
}

/// Does what the record says is owed, newest first, each once: where the scenario cannot be brought to
/// where it was.
pub async fn undo_by_record(shared: &Rc<Shared>, recall: &Recalled) -> Vec<String> {
    let (owed, steps, begun) = {
        let recorded = recall.recorded.borrow();
        let owed = recorded.owed.iter();
        let owed = owed.map(|(step, (seq, command))| (*seq, *step, command.clone()));
        let mut owed: Vec<(u64, u64, Vec<String>)> = owed.collect();
        owed.sort_unstable();
        (owed, recorded.steps, recorded.begun)
    };
    recall.clock.go_on();
    recall.live.set();
    shared.journal.forget_made();
    shared.steps.set(shared.steps.get().max(steps));
    shared.begun.set(shared.begun.get().max(begun));
    shared.phase.set(Phase::Undo);
    // Each is named by the record, and none of them settles another one.
    shared.undoing.set(true);
    let mut failed = Vec::new();
    for (_, step, command) in owed.into_iter().rev() {
        let Some((name, words)) = command.split_first() else {
            continue;
        };
        let end = match binding(&shared.program(), name) {
            None => {
                failed.push(format!(
                    "undo `{}`: there is no such command",
                    spelled(&command)
                ));
                continue;
            }
            Some(binding) => {
                let limit = shared.platform.clock.monotonic().saturating_add(LIMIT);
                let now = shared.platform.clock.now();
                let limit = Some((limit, "the 1m of an undo"));
                let ended = Flag::new();
                shared.meter.grant(&ended, None);
                let branch = Branch::new(shared, String::new(), Phase::Undo, ended, now, limit);
                let words = words.iter().map(|word| Word::plain(word)).collect();
                let end = step::perform_words(shared, &branch, name, &binding, words).await;
                let words = format!("undo `{}`", spelled(&command));
                match (shared.turn_ended(&words), end) {
                    (Some(limit), _) => Err(limit),
                    (None, StepEnd::Value(_)) => Ok(()),
                    (None, StepEnd::Failed(failure)) => Err(failure.reason),
                    (None, _) => Err("it was interrupted".to_owned()),
                }
            }
        };
        shared.journal.event(Event::UndoDone {
            step,
            command: command.clone(),
        });
        if let Err(reason) = end {
            failed.push(format!("undo `{}`: {reason}", spelled(&command)));
        }
    }
    failed
}
