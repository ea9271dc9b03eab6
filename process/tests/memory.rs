//! Output is never held: in a program of its own, since what its other threads take is in the same figure.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io;

use scn_process::{Sink, Stream};

use support::{block_on, sh, start};

/// Counts, and keeps nothing.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn output(&mut self, _: Stream, chunk: &[u8]) -> io::Result<()> {
        self.0 += chunk.len() as u64;
        Ok(())
    }
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_gigabyte_is_not_held_in_memory() {
    block_on(async {
        let before = resident_kib();
        let mut count = Count::default();
        let mut child = start(&sh("head -c 1000000000 /dev/zero"));
        child.wait(&mut count).await.unwrap();
        assert_eq!(count.0, 1_000_000_000);
        assert!(resident_kib() - before < 16 * 1024);
    });
}
