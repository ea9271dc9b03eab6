//! Ten thousand values that are watched, and a hundred thousand updates of them a second.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{self, Poll, Wake, Waker};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use scn_interpreter::command::{Context, Outcome};
use scn_interpreter::embed::{Engine, Nowhere, Ran, Running, Verdict};
use scn_interpreter::environment::load;
use scn_interpreter::{Files, World};
use scn_protocol::component::{Component, Program};
use scn_protocol::{Metric, Report, Seen, Value};

/// So many components, with so many metrics each.
const COMPONENTS: usize = 100;
const METRICS: usize = 100;

/// So many updates come at once, and so often a second.
const AT_ONCE: usize = 100;
const A_SECOND: u32 = 1000;

/// So many seconds are measured.
const SECONDS: u32 = 2;

/// What was measured.
pub struct Watched {
    /// CPU seconds for the updates of a second.
    pub cpu: f64,
    /// Seconds from an update to who waits for it; one in a hundred takes longer.
    pub waking: f64,
}

/// Who is told of what is seen.
type Reports = Rc<dyn Fn(Report)>;

/// A system of which nothing is seen but what is put there.
#[derive(Default)]
struct Seeing {
    reports: RefCell<Option<Reports>>,
}

impl World for Seeing {
    fn begin(&self, _: &Path, _: &[Rc<Component>], reports: Reports) {
        *self.reports.borrow_mut() = Some(reports);
    }

    fn run_program<'a>(
        &'a self,
        program: Program,
        context: &'a dyn Context,
    ) -> futures_util::future::LocalBoxFuture<'a, Outcome> {
        Nowhere.run_program(program, context)
    }

    fn refresh(&self) {}

    fn end(&self) -> futures_util::future::LocalBoxFuture<'_, Vec<String>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        World::read(&Nowhere, path)
    }

    fn exists(&self, _: &Path) -> bool {
        false
    }

    fn free_port(&self) -> io::Result<u16> {
        World::free_port(&Nowhere)
    }

    fn random(&self) -> u64 {
        World::random(&Nowhere)
    }
}

/// The one file that there is.
struct Only(String);

impl Files for Only {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.clone().into_bytes())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

fn environment() -> String {
    let fields: Vec<String> = (0..METRICS)
        .map(|metric| format!("\"m{metric}\""))
        .collect();
    let fields = fields.join(", ");
    let mut text = String::new();
    for component in 0..COMPONENTS {
        let _ = writeln!(
            text,
            "[components.C{component}]\nprobe = [{{ run = [\"true\"], every = \"10s\", fields = [{fields}] }}]"
        );
    }
    text
}

/// A watch for each value, and a wait for each time that the first of them grows.
fn scenario() -> String {
    let mut text = String::new();
    for component in 0..COMPONENTS {
        for metric in 0..METRICS {
            let _ = writeln!(text, "always C{component}.m{metric} < 1000000000");
        }
    }
    text.push_str("set seen = 0\nwhile seen < last()\n  wait until C0.m0 > seen\n  set seen = woken(C0.m0)\nend\n");
    text
}

fn update(component: usize, metric: usize, value: i64) -> Report {
    let metric = Metric {
        name: format!("m{metric}"),
        value: Value::Int(value),
        summary: None,
    };
    Report {
        subject: format!("C{component}"),
        host: String::new(),
        at: 0,
        read: None,
        what: Seen::Metrics {
            metrics: vec![metric],
            interval: Some(10_000_000_000),
        },
    }
}

/// Whether a run has woken itself.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// Goes on until it waits for something.
fn as_far_as_it_goes(running: &mut Running) -> Option<Ran> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    while woken.0.swap(false, SeqCst) {
        if let Poll::Ready(ran) =
            Pin::new(&mut *running).poll(&mut task::Context::from_waker(&waker))
        {
            return Some(ran);
        }
    }
    None
}

/// Measures it.
pub fn measure() -> Result<Watched, Box<dyn Error>> {
    let world = Rc::new(Seeing::default());
    let sent: Rc<Cell<Option<Instant>>> = Rc::default();
    let took: Rc<RefCell<Vec<Duration>>> = Rc::default();
    let (at, times) = (Rc::clone(&sent), Rc::clone(&took));
    let environment = load(&Only(environment()), Path::new("/e.toml"), Path::new("/"));
    let environment = environment.environment.ok_or("the environment is wrong")?;
    let last = i64::from(SECONDS * A_SECOND / 10);
    let engine = Engine::new()
        .environment(environment)
        .world(Rc::clone(&world) as Rc<dyn World>)
        .function("last", 0..=0, move |_| Ok(Value::Int(last)))
        .function("woken", 1..=1, move |arguments| {
            if let Some(sent) = at.take() {
                times.borrow_mut().push(sent.elapsed());
            }
            Ok(arguments[0].clone())
        });
    let scenario = engine
        .check("watched.scn", &scenario())
        .map_err(|findings| format!("{findings}"))?;
    let mut running = scenario.start();
    if running.advance().is_some() {
        return Err("the run ended before it began".into());
    }
    let reports = world.reports.borrow().clone().ok_or("nobody is told")?;
    for component in 0..COMPONENTS {
        for metric in 0..METRICS {
            reports(update(component, metric, 0));
        }
    }
    let _ = running.advance();
    let (began, cpu) = (Instant::now(), used()?);
    let mut next = 0;
    for round in 0..SECONDS * A_SECOND {
        for which in 0..AT_ONCE {
            // The one that is waited for comes among the others.
            if round % 10 == 0 && which == AT_ONCE / 2 {
                sent.set(Some(Instant::now()));
                reports(update(0, 0, i64::from(round / 10) + 1));
                continue;
            }
            next = next % (COMPONENTS * METRICS - 1) + 1;
            reports(update(next / METRICS, next % METRICS, i64::from(round)));
        }
        if let Some(ran) = as_far_as_it_goes(&mut running) {
            if ran.verdict != Verdict::Pass {
                return Err(format!("the run ended: {ran:?}").into());
            }
            break;
        }
        let due = Duration::from_secs(1) / A_SECOND * (round + 1);
        sleep(due.saturating_sub(began.elapsed()));
    }
    let cpu = used()?.saturating_sub(cpu);
    let mut took = took.take();
    took.sort();
    let late = took.get(took.len() * 99 / 100).ok_or("nobody was woken")?;
    Ok(Watched {
        cpu: cpu.as_secs_f64() / f64::from(SECONDS),
        waking: late.as_secs_f64(),
    })
}

/// The CPU time of this program so far.
fn used() -> Result<Duration, Box<dyn Error>> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let of = |time: nix::sys::time::TimeVal| {
        u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).map(Duration::from_micros)
    };
    Ok(of(usage.user_time())? + of(usage.system_time())?)
}
