//! What the tests of this crate share.

use std::future::Future;
use std::time::Duration;

use scn_process::{Child, Collect, Exit, Spec, spawn};

/// Runs a future as the program does: on one thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .unwrap()
        .block_on(async {
            tokio::time::timeout(Duration::from_secs(25), future)
                .await
                .unwrap()
        })
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
