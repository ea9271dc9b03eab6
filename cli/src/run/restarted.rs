//! A run whose machine was started anew since it was recorded: what was not synced may be lost, and nobody knows.

use scn_interpreter::driver::Assume;
use scn_protocol::words::spelled;
use scn_protocol::{Event, Line, Phase};

use super::ask::{self, Unanswered};
use super::kept::Kept;
use super::recorder::Sync;
use crate::exit::Exit;
use crate::terminal;

/// Whether steps of the scenario may have been done that the record lacks.
pub fn may_lack_steps(kept: &Kept, lines: &[Line]) -> bool {
    let Some((boot, (_, last))) = scn_process::boot().zip(kept.boots.last()) else {
        return false;
    };
    // What was cut short there is done again in any case.
    let is_ending = |line: &Line| {
        matches!(
            line.event,
            Event::StepStarted {
                phase: Phase::Finally | Phase::Undo,
                ..
            }
        )
    };
    *last != boot && kept.sync != Sync::Step && !lines.iter().any(is_ending)
}

/// Whether the run of that name is to go on from where its record ends: as `--assume` says, or whoever sits at the
/// terminal.
///
/// # Errors
/// What the program ends with, if not.
pub fn go_on(run: &str, lines: &[Line], assume: &Assume, quiet: bool) -> Result<(), Exit> {
    let last = last_step(lines);
    if !matches!(assume, Assume::Ask(_)) {
        if !quiet {
            terminal::tell(&format!(
                "the machine was started anew since the run {run}: what was done after {last}, the last step in its record, may be done a second time\n"
            ));
        }
        return Ok(());
    }
    let unknown = format!(
        "the machine was started anew since the run {run}, and what was not synced may be lost: \
         whether anything was done after {last}, the last step in its record, is not known"
    );
    if !ask::is_possible() {
        terminal::complain(format!("{unknown}, and there is no terminal to ask on"));
        terminal::tell(&format!(
            "  help: scn resume {run} --assume not-done, if it may be done a second time; or scn cleanup {run}, to end the run\n"
        ));
        return Err(Exit::Error);
    }
    terminal::tell(&format!("{unknown}.\n"));
    let goes_on = ask::ask(
        "Go on? yes: what was done after it is done a second time; stop: decide later [yes/stop] ",
        |answer| match answer {
            "y" | "yes" => Some(true),
            "n" | "no" | "s" | "stop" => Some(false),
            _ => None,
        },
    );
    match goes_on {
        Ok(true) => Ok(()),
        Ok(false) | Err(Unanswered::Ended) => Err(Exit::Error),
        Err(Unanswered::Interrupted) => Err(Exit::Interrupted),
    }
}

/// As a person finds it: `sh 'make install' (line 3)`.
fn last_step(lines: &[Line]) -> String {
    let step = lines.iter().rev().find_map(|line| match &line.event {
        Event::StepStarted { command, line, .. } => {
            Some(format!("`{}` (line {line})", spelled(command)))
        }
        _ => None,
    });
    step.unwrap_or_else(|| "its beginning".to_owned())
}
