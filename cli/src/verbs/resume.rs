//! `scn resume`

use std::rc::Rc;

use clap::{Args, ValueEnum};
use scn_interpreter::Flag;
use scn_interpreter::driver::{self, Done, Torn};
use scn_protocol::Purpose;
use scn_protocol::words::spelled;

use crate::exit::Exit;
use crate::run::ask::{self, Unanswered};
use crate::run::recover::Which;
use crate::terminal;

/// Go on with a run whose runner was killed, or whose machine was
///
/// The run goes on from the exact step, with its variables, loops, branches and watches, from its record
/// alone: it does not matter what has become of the scenario since. A step that was begun and of which the end was
/// not seen is repeated if its command may be; otherwise you are asked, or --assume says what became
/// of it. Programs that still run and belong to such a step are ended first; a background job that
/// still runs is waited for again. Where the machine was started anew since, steps that were done may be
/// missing from the record, unless each was synced: then you are asked, too. The exit status is that of `scn run`.
///
/// Examples:
///
///     scn resume
///     scn resume 20261121-0712 --assume not-done
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Resume {
    #[command(flatten)]
    which: Which,
    /// What became of a step that was begun and of which the end was not seen.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    assume: Assume,
}

/// What became of a step that was caught in the middle.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Assume {
    /// It was done, and passed.
    Done,
    /// It was not done, and is done now.
    NotDone,
    /// Ask for each, on the terminal.
    #[default]
    Ask,
}

impl Resume {
    /// Does it.
    pub fn run(self) -> Exit {
        let interrupted = Flag::new();
        let asked = Rc::clone(&interrupted);
        let assume = match self.assume {
            Assume::Done => driver::Assume::Done,
            Assume::NotDone => driver::Assume::NotDone,
            Assume::Ask => driver::Assume::Ask(Rc::new(move |torn| was_done(torn, &asked))),
        };
        self.which.take_up(Purpose::Resume, &assume, &interrupted)
    }
}

/// Asks on the terminal; none if there is no terminal, or no answer, or somebody interrupts, which is noted.
fn was_done(torn: &Torn, interrupted: &Flag) -> Option<Done> {
    let words = spelled(&torn.words);
    let line = torn.line;
    if !ask::is_possible() {
        terminal::complain(format!(
            "whether `{words}` (line {line}) was done is not known, and there is no terminal to ask on: \
             say it with {}",
            match torn.keeps {
                true => "--assume not-done, as its result is kept, and is not known",
                false => "--assume done or --assume not-done",
            }
        ));
        return None;
    }
    terminal::tell(&format!(
        "`{words}` (line {line}) was begun, and its end was not seen.\n"
    ));
    let question = match torn.keeps {
        true => "Its result is kept, and not known. no: do it now; stop: decide later [no/stop] ",
        false => "Was it done? yes: it passed; no: do it now; stop: decide later [yes/no/stop] ",
    };
    let done = ask::ask(question, |answer| match answer {
        "y" | "yes" if !torn.keeps => Some(Some(Done::Yes)),
        "n" | "no" => Some(Some(Done::No)),
        "s" | "stop" => Some(None),
        _ => None,
    });
    match done {
        Ok(done) => done,
        Err(Unanswered::Ended) => None,
        Err(Unanswered::Interrupted) => {
            interrupted.set();
            None
        }
    }
}
