//! What the tests of this crate share.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test program uses another part"
)]

use std::future::Future;
use std::time::Duration;

use scn_process::{Child, Collect, Exit, Spec, spawn};

/// Nothing that is expected to happen takes longer, on the slowest machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The time of those that must end by what they are asked for, and not because it is up.
pub const LONG: Duration = Duration::from_secs(30);

/// Runs a future as the program does: on one thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .unwrap()
        .block_on(async { tokio::time::timeout(LIMIT * 2, future).await.unwrap() })
}

/// A shell's text as a program.
pub fn sh(text: &str) -> Spec {
    Spec::new(["sh", "-c", text])
}

/// Runs a program to its end.
pub async fn run(spec: &Spec) -> (Exit, Collect) {
    let mut output = Collect::default();
    let exit = start(spec).wait(&mut output).await.unwrap();
    (exit, output)
}

/// Starts a program that is there.
pub fn start(spec: &Spec) -> Child {
    spawn(spec).unwrap()
}

/// Waits until the program has said a line on standard output, and gives that.
pub async fn ready(child: &mut Child) -> String {
    let mut output = Collect::default();
    while !output.stdout.ends_with(b"\n") {
        let wait = child.wait(&mut output);
        if let Ok(exit) = tokio::time::timeout(Duration::from_millis(5), wait).await {
            panic!("{exit:?}");
        }
    }
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Whether there is such a process, and it is not dead.
pub fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}
