//! What is done again and again beside everything else.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use scn_protocol::Seen;
use scn_protocol::component::{Process as Selector, Program};
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use crate::probe;
use crate::process::SAMPLED;
use crate::watcher::Inner;

/// How often processes are looked for whose start nobody tells.
const SEARCH: Duration = Duration::from_millis(250);

/// How often a program is asked for the process of a unit or a container.
const ASK: Duration = Duration::from_secs(1);

/// Spawns those that these components need.
pub(crate) fn spawn_all(inner: &Rc<Inner>) -> Vec<AbortHandle> {
    let mut tasks = vec![spawn_local(sample(Rc::clone(inner)))];
    let selectors = inner
        .components
        .iter()
        .filter_map(|known| known.process.as_ref());
    let mut selectors = selectors.clone();
    if selectors.any(|known| matches!(known, Selector::Match(_) | Selector::Port(_))) {
        tasks.push(spawn_local(search(Rc::clone(inner))));
    }
    for (at, component) in inner.components.iter().enumerate() {
        if let Some(Selector::Unit(_) | Selector::Container(_)) = component.process {
            tasks.push(spawn_local(ask_for_process(Rc::clone(inner), at)));
        }
        for probe in 0..component.probes.len() {
            tasks.push(spawn_local(ask_probe(Rc::clone(inner), at, probe)));
        }
    }
    tasks.iter().map(|task| task.abort_handle()).collect()
}

/// Samples what processes and the system use.
async fn sample(inner: Rc<Inner>) {
    let mut ticks = interval(SAMPLED);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first samples come with the processes.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        inner.sample_processes();
        inner.sample_system();
    }
}

/// The second sample of the system, for what is a difference of two.
pub(crate) async fn first_system(inner: Rc<Inner>) {
    sleep(SAMPLED / 10).await;
    inner.sample_system();
}

/// Looks for the processes that are found by their command lines or ports.
async fn search(inner: Rc<Inner>) {
    loop {
        inner.check_processes();
        sleep(SEARCH).await;
        // A port may be opened, and a program take another's place, without a new process.
        let searched: Vec<_> = (0..inner.components.len())
            .filter(|&at| {
                let selector = &inner.components[at].process;
                matches!(selector, Some(Selector::Match(_) | Selector::Port(_)))
            })
            .collect();
        searched.into_iter().for_each(|at| inner.look(at));
    }
}

/// Asks systemd or the container engine for a component's process as long as it has none.
async fn ask_for_process(inner: Rc<Inner>, at: usize) {
    let component = Rc::clone(&inner.components[at]);
    let program = component.process.as_ref().and_then(process_question);
    let Some(program) = program.filter(|argv| is_installed(&argv[0])) else {
        let programs = match component.process {
            Some(Selector::Unit(_)) => "`systemctl`",
            _ => "`docker` or `podman`",
        };
        let reason = format!("its process cannot be found: there is no {programs} on this host");
        inner.put(at, Seen::Gap { reason });
        return inner.outbox.deliver();
    };
    let program = Program {
        argv: program.into_iter().map(String::into_bytes).collect(),
        cwd: PathBuf::from("/"),
        ..Program::default()
    };
    loop {
        let known = inner.state.borrow().running[at].pid();
        if known.is_none()
            && let Ok(answer) = inner.prober.run(&program).await
            && let Ok(Some(pid)) = process_answer(&answer)
        {
            inner.begun(at, pid, false);
        }
        sleep(ASK).await;
    }
}

/// The program, with its arguments, that tells the process of a unit or a container; none for what
/// is found otherwise. Of several that would do it is the first that is installed, else the first.
pub fn process_question(selector: &Selector) -> Option<Vec<String>> {
    let (programs, arguments): (&[&str], [&str; 4]) = match selector {
        Selector::Unit(unit) => (
            &["systemctl"],
            ["show", "--property=MainPID", "--value", unit],
        ),
        Selector::Container(name) => (
            &["docker", "podman"],
            ["inspect", "--format", "{{.State.Pid}}", name],
        ),
        _ => return None,
    };
    let installed = programs.iter().find(|program| is_installed(program));
    let program = installed.or(programs.first())?;
    let argv = std::iter::once(*program).chain(arguments);
    Some(argv.map(str::to_owned).collect())
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        let found = folder.join(program).metadata();
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}

/// The process of an answer to [`process_question`]: 0, and none, of what does not run.
///
/// # Errors
/// The answer, if it names no process.
pub fn process_answer(answer: &[u8]) -> Result<Option<u32>, String> {
    let text = String::from_utf8_lossy(answer);
    let text = text.trim();
    let number = text.strip_prefix("MainPID=").unwrap_or(text);
    match number.parse::<u32>() {
        Ok(pid) => Ok(Some(pid).filter(|&pid| pid > 0)),
        Err(_) => Err(text.to_owned()),
    }
}

/// Asks a probe again and again, and at once when the component has a new process. It is asked
/// whether or not a process is known, since not every component has one here. An answer that was
/// asked for before the process ended says nothing of the one that is there now.
async fn ask_probe(inner: Rc<Inner>, at: usize, which: usize) {
    let component = Rc::clone(&inner.components[at]);
    let probe = &component.probes[which];
    let every = probe::every(probe);
    let started = Rc::clone(&inner.state.borrow().running[at].started);
    let changes = || inner.state.borrow().running[at].changes;
    loop {
        let (begun, before) = (Instant::now(), changes());
        let news = started.notified();
        let seen = probe::ask(&*inner.prober, probe).await;
        if let Some(seen) = seen.filter(|_| changes() == before) {
            inner.put(at, seen);
            inner.outbox.deliver();
        }
        tokio::select! {
            () = sleep_until(begun + every) => {}
            () = news => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_run_has_no_process() {
        assert_eq!(process_answer(b"0\n"), Ok(None));
        assert_eq!(process_answer(b"4242\n"), Ok(Some(4242)));
        assert_eq!(process_answer(b"MainPID=4242\n"), Ok(Some(4242)));
        assert_eq!(process_answer(b"-1\n"), Err("-1".to_owned()));
        assert_eq!(process_answer(b"\n"), Err(String::new()));
    }
}
