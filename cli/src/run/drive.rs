//! Drives a run to its end, listening for what interrupts it.

use std::cell::RefCell;
use std::io;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use rustix::process::Signal;
use scn_interpreter::{Clock, Flag, Ran};
use scn_report::console::Console;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{self, SignalKind, signal};
use tokio::task::LocalSet;

use super::again::again;
use super::interrupts::{Interrupt, Interrupts};
use crate::terminal;

/// How often what is drawn on a terminal is drawn again.
const TICK: Duration = Duration::from_millis(100);

/// Sees to it that there are descriptors enough for a runtime that hears signals: without them tokio
/// crashes.
fn spare() -> io::Result<()> {
    let input = io::stdin();
    let taken: io::Result<Vec<_>> = (0..8).map(|_| input.as_fd().try_clone_to_owned()).collect();
    taken.map(drop)
}

/// What drives runs, one after the other: made for the first, and used again by the next.
#[derive(Debug, Default)]
pub struct Driver(Option<Made>);

#[derive(Debug)]
struct Made {
    runtime: Runtime,
    interrupts: Interrupts,
    /// Who stopped it by Ctrl-Z has had the terminal in the meantime.
    continued: unix::Signal,
}

impl Made {
    fn new() -> io::Result<Self> {
        // Without it, what daemonises is found by its environment and group alone.
        let _ = scn_process::adopt_orphans();
        spare()?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let within = runtime.enter();
        let interrupts = Interrupts::new()?;
        let continued = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
        drop(within);
        Ok(Self {
            runtime,
            interrupts,
            continued,
        })
    }
}

impl Driver {
    fn made(&mut self) -> io::Result<&mut Made> {
        Ok(match &mut self.0 {
            Some(made) => made,
            none => none.insert(Made::new()?),
        })
    }

    /// Waits for what is no run.
    ///
    /// # Errors
    /// If the system refuses what driving takes.
    pub fn wait<T>(&mut self, what: impl Future<Output = T>) -> io::Result<T> {
        Ok(LocalSet::new().block_on(&self.made()?.runtime, what))
    }
}

/// Runs to the end, unless `heeds` takes a Ctrl-C for itself; none if it was stopped at once by a second interrupt, and `stopped` was awaited then.
///
/// # Errors
/// If the system refuses what driving takes.
pub fn drive(
    driver: &mut Driver,
    mut run: LocalBoxFuture<'_, Ran>,
    stopped: impl Future<Output = ()>,
    interrupt: &Flag,
    console: &Rc<RefCell<Console>>,
    clock: &Rc<dyn Clock>,
    heeds: impl Fn() -> bool,
) -> io::Result<Option<Ran>> {
    let Made {
        runtime,
        interrupts,
        continued,
    } = driver.made()?;
    let live = terminal::is_animated();
    let driven = async {
        let mut ticks = tokio::time::interval(TICK);
        let mut interrupted = false;
        loop {
            tokio::select! {
                biased;
                asked = interrupts.next() => {
                    if asked == Interrupt::ByKey && heeds() {
                        continue;
                    }
                    if asked == Interrupt::AtOnce || std::mem::replace(&mut interrupted, true) {
                        drop(run);
                        stopped.await;
                        return Ok(None);
                    }
                    console.borrow_mut().interrupted();
                    interrupt.set();
                }
                _ = continued.recv(), if live => console.borrow_mut().resumed(),
                ran = &mut run => return Ok(Some(ran)),
                _ = ticks.tick(), if live => {
                    let mut console = console.borrow_mut();
                    let (columns, rows) = terminal::size();
                    console.resize(columns, rows);
                    console.tick(clock.now());
                }
            }
        }
    };
    let modes = terminal::Modes::now();
    let driven = LocalSet::new().block_on(runtime, again(driven));
    modes.put_back();
    driven
}
