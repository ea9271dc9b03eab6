//! `scn cleanup`

use clap::Args;
use scn_interpreter::Flag;
use scn_interpreter::driver::Assume;
use scn_protocol::Purpose;

use crate::exit::Exit;
use crate::run::recover::Which;

/// Do the `finally` of a run whose runner was killed, and what it owes
///
/// What still runs of its steps is ended; then its `finally` is done, and what is owed, newest first,
/// each once; then what else it started is ended. All comes from the record alone: it does not matter what has become of
/// the scenario since. An undo that was cut in the middle is run again. The run is then an ERROR, as it was not
/// judged, unless it had its verdict before; the exit status is that of `scn run`.
///
/// Examples:
///
///     scn cleanup
///     scn cleanup 20261121-0712
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Cleanup {
    #[command(flatten)]
    which: Which,
}

impl Cleanup {
    /// Does it.
    pub fn run(self) -> Exit {
        self.which
            .take_up(Purpose::Cleanup, &Assume::NotDone, &Flag::new())
    }
}
