//! Under what conditions a run took place.

use scn_interpreter::Environment;

/// How many programs wanted to run in the last minute, in five, and in fifteen; none where the system
/// does not tell.
fn load() -> Option<[f64; 3]> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    let mut numbers = text.split(' ').map_while(|word| word.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}

/// Builds, versions, hosts: what a later run is compared by.
pub fn conditions(environment: Option<&Environment>) -> serde_json::Value {
    let hostname = rustix::system::uname();
    serde_json::json!({
        "host": hostname.nodename().to_string_lossy(),
        "system": format!("{} {}", hostname.sysname().to_string_lossy(), hostname.release().to_string_lossy()),
        "cpus": std::thread::available_parallelism().ok().map(std::num::NonZero::get),
        "load": load(),
        "environment": environment.map(|environment| environment.file.display().to_string()),
    })
}
