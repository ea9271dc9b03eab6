//! Under what conditions a run took place.

use std::ffi::CStr;
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use scn_interpreter::Environment;

/// How many programs wanted to run in the last minute, in five, and in fifteen; none where the system
/// does not tell.
fn load() -> Option<[f64; 3]> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    let mut numbers = text.split(' ').map_while(|word| word.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}

/// So old is what is told of the load at most: the system itself looks every five seconds.
const AGE: Duration = Duration::from_secs(1);

/// The conditions of runs that this program makes, one after the other: what cannot change between them is
/// looked at once.
#[derive(Debug)]
pub struct Conditions {
    host: String,
    system: String,
    cpus: Option<usize>,
    load: Option<[f64; 3]>,
    looked: Instant,
}

impl Conditions {
    /// As they are now.
    pub fn new() -> Self {
        let names = rustix::system::uname();
        let text = |name: &CStr| name.to_string_lossy().into_owned();
        Self {
            host: text(names.nodename()),
            system: format!("{} {}", text(names.sysname()), text(names.release())),
            cpus: available_parallelism().ok().map(NonZero::get),
            load: load(),
            looked: Instant::now(),
        }
    }

    /// Builds, versions, hosts: what a later run is compared by.
    pub fn of(&mut self, environment: Option<&Environment>) -> serde_json::Value {
        if self.looked.elapsed() >= AGE {
            (self.load, self.looked) = (load(), Instant::now());
        }
        serde_json::json!({
            "host": self.host,
            "system": self.system,
            "cpus": self.cpus,
            "load": self.load,
            "environment": environment.map(|environment| environment.file.display().to_string()),
        })
    }
}

/// The conditions of one run.
pub fn conditions(environment: Option<&Environment>) -> serde_json::Value {
    Conditions::new().of(environment)
}
