//! Drives a run to its end, listening for what interrupts it.

use std::cell::RefCell;
use std::io;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use scn_interpreter::{Clock, Flag, Ran};
use scn_report::console::Console;

use super::interrupts::{Interrupt, Interrupts};
use crate::terminal;

/// How often what is drawn on a terminal is drawn again.
const TICK: Duration = Duration::from_millis(100);

/// Sees to it that there are descriptors enough for a runtime that hears signals: without them tokio
/// crashes.
fn spare() -> io::Result<()> {
    let taken: io::Result<Vec<_>> = (0..4).map(|_| UnixStream::pair()).collect();
    taken.map(drop)
}

/// Runs to the end; none if it was stopped at once by a second interrupt, and `stopped` was awaited then.
///
/// # Errors
/// If the system refuses what driving takes.
pub fn drive(
    run: impl Future<Output = Ran>,
    stopped: impl Future<Output = ()>,
    interrupt: &Flag,
    console: &Rc<RefCell<Console>>,
    clock: &Rc<dyn Clock>,
) -> io::Result<Option<Ran>> {
    // Without it, what daemonises is found by its environment and group alone.
    let _ = scn_process::adopt_orphans();
    spare()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let live = terminal::is_live();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let mut interrupts = Interrupts::new()?;
        let mut ticks = tokio::time::interval(TICK);
        let mut run = Box::pin(run);
        let mut interrupted = false;
        loop {
            tokio::select! {
                biased;
                asked = interrupts.next() => {
                    if asked == Interrupt::AtOnce || std::mem::replace(&mut interrupted, true) {
                        drop(run);
                        stopped.await;
                        return Ok(None);
                    }
                    console.borrow_mut().interrupted();
                    interrupt.set();
                }
                ran = &mut run => return Ok(Some(ran)),
                _ = ticks.tick(), if live => {
                    let mut console = console.borrow_mut();
                    console.resize(terminal::columns());
                    console.tick(clock.now());
                }
            }
        }
    })
}
