//! Stopping a component, and ending what is left at the end of a run.

use std::time::Duration;

use scn_interpreter::{Context, Outcome};
use scn_process::{Ended, GRACE, How, Signal};
use scn_protocol::component::{Component, Program, Stop, StopHow};
use tokio::time::{Instant, timeout_at};

use super::LocalWorld;
use super::own::Own;
use super::program::{self, ToContext};
use crate::effect::{reason, time_text};
use crate::target::Target;

/// How long a component may take unless its `stop` says.
const WITHIN: Duration = Duration::from_secs(10);

/// How long what is left at the end of a run may take to end by itself, as what a killed program had
/// started often does, before it is ended and told of.
const ENDS_BY_ITSELF: Duration = Duration::from_millis(100);

impl LocalWorld {
    /// Stops a component, a job or a process, and waits until its process has ended.
    pub(crate) async fn stop(&self, target: &Target, context: &dyn Context) -> Result<(), Outcome> {
        let component = match target {
            Target::Component(component) => Some(component),
            _ => None,
        };
        if let Some(own) = self.find(target, context, true).await? {
            let stop = component.and_then(|component| component.stop.as_ref());
            self.stop_process(&own, stop, context).await?;
        }
        match component {
            Some(component) => self.stop_starter(component, context).await,
            None => Ok(()),
        }
    }

    async fn stop_process(
        &self,
        own: &Own,
        stop: Option<&Stop>,
        context: &dyn Context,
    ) -> Result<(), Outcome> {
        let within = stop.map_or(WITHIN, |stop| {
            Duration::from_nanos(stop.within.try_into().unwrap_or(0))
        });
        let deadline = Instant::now() + within;
        if own.is_paused() {
            own.send(Signal::CONT).await?;
        }
        let asked = match stop.map(|stop| &stop.how) {
            None => ask(own, Signal::TERM),
            Some(StopHow::Signal(name)) => match name.parse() {
                Ok(signal) => ask(own, signal),
                Err(unknown) => Err(Outcome::error(format!("{unknown}"))),
            },
            Some(StopHow::Run(program)) => self.run_stop(program.clone(), deadline, context).await,
        };
        // A stop program that says that it failed may be wrong.
        let in_time = asked.is_ok()
            && own
                .gone_within(deadline.saturating_duration_since(Instant::now()))
                .await;
        if in_time || own.gone_within(Duration::ZERO).await {
            return Ok(());
        }
        own.send(Signal::KILL).await?;
        let how = asked.map(|how| format!("did not end within {} after {how}", time_text(within)));
        match how {
            Ok(how) => {
                let text = format!("{} {how}, and was killed", own.what());
                context.log("warning", &text);
                Ok(())
            }
            Err(failed) => Err(failed),
        }
    }

    /// Runs the program that is to stop a component, until the time is up at the latest.
    async fn run_stop(
        &self,
        declared: Program,
        deadline: Instant,
        context: &dyn Context,
    ) -> Result<String, Outcome> {
        let spec = program::spec(declared, context);
        let cannot = |why: String| Outcome::error(format!("its `stop` program: {why}"));
        let mut child = self
            .tree()
            .spawn(&spec)
            .map_err(|error| cannot(error.to_string()))?;
        context.started(child.pid(), child.start_time());
        let mut sink = ToContext(context);
        let exit = match timeout_at(deadline, child.wait(&mut sink)).await {
            Ok(exit) => exit,
            Err(_) => child.terminate(GRACE, &mut sink).await,
        };
        let exit = exit.map_err(|error| cannot(reason(&error)))?;
        match program::why(&exit) {
            None => Ok("its `stop` program".to_owned()),
            Some(why) => Err(Outcome::fail(format!("its `stop` program failed: {why}"))),
        }
    }

    /// Ends the program that `start` started, where that has started the component's own
    /// process and lives on: it might start another one.
    async fn stop_starter(
        &self,
        component: &Component,
        context: &dyn Context,
    ) -> Result<(), Outcome> {
        let Some(started) = self.components.running(&component.name) else {
            return Ok(());
        };
        let Some(own) = Own::open(started.pid, Some(&component.name))? else {
            return Ok(());
        };
        // Most end by themselves once what they wait for has ended.
        if !own.gone_within(Duration::from_millis(200)).await {
            self.stop_process(&own, None, context).await?;
        }
        Ok(())
    }

    /// Ends all that was started and still runs; gives a line for each.
    pub(super) async fn end_all(&self) -> Vec<String> {
        let mut lines = self.end_components().await;
        let ended = async {
            match self.tree().ends_by_itself(ENDS_BY_ITSELF).await? {
                true => Ok(Vec::new()),
                false => self.tree().end_all(GRACE).await,
            }
        };
        match ended.await {
            Ok(ended) => lines.extend(ended.iter().map(ended_text)),
            Err(error) => lines.push(format!(
                "what the steps left running cannot be ended: {}",
                reason(&error)
            )),
        }
        lines
    }

    /// Ends the components that were started and still run.
    async fn end_components(&self) -> Vec<String> {
        let started = std::mem::take(&mut *self.components.started.borrow_mut());
        let mut lines = Vec::new();
        for started in started.values().rev() {
            let component = &started.component;
            let own = self.own(component).await.ok().flatten();
            let starter = Own::open(started.pid, Some(&component.name)).ok().flatten();
            let starter = starter.filter(|_| started.runs());
            let other = own.filter(|own| own.pid() != started.pid);
            for own in other.iter().chain(&starter) {
                lines.push(format!("{} {}", own.what(), end(own, component).await));
            }
        }
        lines
    }
}

/// Ends a component's process; gives what that took, in words.
async fn end(own: &Own, component: &Component) -> String {
    let signal = match component.stop.as_ref().map(|stop| &stop.how) {
        Some(StopHow::Signal(name)) => name.parse().unwrap_or(Signal::TERM),
        _ => Signal::TERM,
    };
    // What cannot be signalled is found to survive.
    let _ = own.signal(signal);
    let _ = own.signal(Signal::CONT);
    if own.gone_within(GRACE).await {
        return format!("still ran: ended by {signal}");
    }
    match own.send(Signal::KILL).await {
        Ok(()) => "still ran, and was killed".to_owned(),
        Err(outcome) => format!("still runs: {}", outcome.error.unwrap_or_default()),
    }
}

fn ended_text(ended: &Ended) -> String {
    let how = match ended.how {
        How::Terminated => "still ran: ended by TERM",
        How::Killed => "still ran, and was killed",
        How::Survived => "still runs: it cannot be ended",
    };
    format!("process {} ({}) {how}", ended.pid, ended.command)
}

/// Sends the signal that asks it to end.
fn ask(own: &Own, signal: Signal) -> Result<String, Outcome> {
    own.signal(signal).map(|()| signal.name().to_owned())
}
