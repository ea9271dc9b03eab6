//! The load generator: so many orders a second, whatever the exchange does.
//!
//! It is an open loop: each order has a moment at which it is due, and its latency counts from
//! then, so that an exchange which stands still cannot hide that by slowing the load down.
//! Orders that were not answered are sent again to whichever engine serves next.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{find_primary, is_elsewhere};
use crate::histogram::Histogram;
use crate::logfile::make_folder_of;

/// Silence that makes the generator look whether another engine serves.
const STALLED: Duration = Duration::from_millis(500);
/// How long it waits for the last answers before it ends.
const FAREWELL: Duration = Duration::from_millis(500);
/// With so many orders unanswered it sends no new ones: nobody is there.
const MAX_UNANSWERED: usize = 100_000;
/// The step of the pace.
const TICK: Duration = Duration::from_millis(1);

/// What to send, where, and where to write about it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Orders a second.
    pub rate: u32,
    /// The engines' ports for clients.
    pub targets: Vec<SocketAddr>,
    /// The client's name in each order.
    pub client: String,
    /// Where the line of each second goes besides standard output.
    pub report: Option<PathBuf>,
    /// Where the number of each acknowledged order goes, a line each.
    pub acked: Option<PathBuf>,
}

/// What the thread that sends and those that read answers share.
#[derive(Debug)]
struct Tally {
    /// Orders without an answer, and when each was due.
    unanswered: BTreeMap<u64, Instant>,
    acked: u64,
    rejected: u64,
    this_second: Histogram,
    altogether: Histogram,
    heard: Instant,
    acked_file: Option<BufWriter<File>>,
}

type Shared = Arc<Mutex<Tally>>;

/// A connection that a thread reads answers from.
#[derive(Debug)]
struct Line {
    stream: TcpStream,
    broken: Arc<AtomicBool>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// Sends until `stop` is set, and tells each second, and at the end, how it went.
///
/// # Errors
/// If a file cannot be written.
pub fn run(plan: &Plan, stop: &AtomicBool) -> io::Result<()> {
    let create = |path: &PathBuf| make_folder_of(path).and_then(|()| File::create(path));
    let mut report = plan.report.as_ref().map(create).transpose()?;
    let start = Instant::now();
    let tally = Arc::new(Mutex::new(Tally {
        unanswered: BTreeMap::new(),
        acked: 0,
        rejected: 0,
        this_second: Histogram::default(),
        altogether: Histogram::default(),
        heard: start,
        acked_file: plan
            .acked
            .as_ref()
            .map(create)
            .transpose()?
            .map(BufWriter::new),
    }));
    let mut generator = Generator {
        plan,
        tally,
        start,
        sent: 0,
        line: None,
    };
    let mut seconds = 0;
    while !stop.load(Ordering::Relaxed) {
        generator.keep_connected();
        generator.send_due();
        if start.elapsed().as_secs() > seconds {
            seconds = start.elapsed().as_secs();
            tell(&generator.second()?, report.as_mut())?;
        }
        thread::sleep(TICK);
    }
    let end = Instant::now() + FAREWELL;
    while !generator.tally().unanswered.is_empty()
        && generator.line.is_some()
        && Instant::now() < end
    {
        thread::sleep(TICK);
    }
    tell(&generator.summary()?, report.as_mut())
}

fn tell(line: &str, report: Option<&mut File>) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")?;
    report.map_or(Ok(()), |file| writeln!(file, "{line}"))
}

struct Generator<'a> {
    plan: &'a Plan,
    tally: Shared,
    start: Instant,
    sent: u64,
    line: Option<Line>,
}

impl Generator<'_> {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        lock(&self.tally)
    }

    /// Connects anew if the connection broke, or if there is silence and another engine serves.
    fn keep_connected(&mut self) {
        if self
            .line
            .as_ref()
            .is_some_and(|line| line.broken.load(Ordering::Relaxed))
        {
            self.line = None;
        }
        let (idle, silent) = {
            let tally = self.tally();
            (tally.unanswered.is_empty(), tally.heard.elapsed() > STALLED)
        };
        if self.line.is_some() && (idle || !silent) {
            return;
        }
        let Ok(connection) = find_primary(&self.plan.targets) else {
            return;
        };
        let stream = connection.into_stream();
        let broken = Arc::new(AtomicBool::new(false));
        let Ok(reading) = stream
            .set_read_timeout(None)
            .and_then(|()| stream.try_clone())
        else {
            return;
        };
        let (tally, flag) = (self.tally.clone(), broken.clone());
        thread::spawn(move || {
            listen(&reading, &tally);
            flag.store(true, Ordering::Relaxed);
        });
        self.line = Some(Line { stream, broken });
        let again: Vec<u64> = {
            let mut tally = self.tally();
            tally.heard = Instant::now();
            tally.unanswered.keys().copied().collect()
        };
        self.send(again);
    }

    /// Sends the orders that are due by now.
    fn send_due(&mut self) {
        let due = self.start.elapsed().as_nanos() * u128::from(self.plan.rate) / 1_000_000_000;
        let due = u64::try_from(due).unwrap_or(u64::MAX);
        let mut tally = lock(&self.tally);
        let room = MAX_UNANSWERED.saturating_sub(tally.unanswered.len()) as u64;
        let new: Vec<u64> = (self.sent + 1..=due.min(self.sent + room)).collect();
        for id in &new {
            tally
                .unanswered
                .insert(*id, self.start + self.due_after(*id));
        }
        drop(tally);
        self.sent += new.len() as u64;
        self.send(new);
    }

    /// When the order with this number is due.
    fn due_after(&self, id: u64) -> Duration {
        let nanos = u128::from(id) * 1_000_000_000 / u128::from(self.plan.rate);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn send(&mut self, ids: Vec<u64>) {
        let Some(line) = &mut self.line else { return };
        if ids.is_empty() {
            return;
        }
        let text: String = ids.iter().map(|id| order(&self.plan.client, *id)).collect();
        if line.stream.write_all(text.as_bytes()).is_err() {
            self.line = None;
        }
    }

    fn second(&mut self) -> io::Result<String> {
        let mut tally = self.tally();
        let second = std::mem::take(&mut tally.this_second);
        tally.altogether.add(&second);
        if let Some(file) = &mut tally.acked_file {
            file.flush()?;
        }
        Ok(format!(
            "{} {}",
            counts(self.sent, &tally),
            latencies(&second)
        ))
    }

    fn summary(&mut self) -> io::Result<String> {
        self.second()?;
        let tally = self.tally();
        Ok(format!(
            "summary: {} {}",
            counts(self.sent, &tally),
            latencies(&tally.altogether)
        ))
    }
}

fn counts(sent: u64, tally: &Tally) -> String {
    let Tally {
        acked,
        rejected,
        unanswered,
        ..
    } = tally;
    format!(
        "sent={sent} acked={acked} rejected={rejected} unanswered={}",
        unanswered.len()
    )
}

fn latencies(histogram: &Histogram) -> String {
    let (p50, p99, max) = (
        histogram.percentile(50),
        histogram.percentile(99),
        histogram.max(),
    );
    format!("p50_us={p50} p99_us={p99} max_us={max}")
}

/// The order with this number. Sellers and buyers alternate at prices that cross, so that the
/// book stays small however long the load lasts; every tenth pair ends with a market order.
fn order(client: &str, id: u64) -> String {
    let pair = (id - 1) / 2;
    let symbol = ["ACME", "BOLT", "CORE", "DELTA"][usize::try_from(pair % 4).unwrap_or(0)];
    let cents = 10_000 + pair * 7_919 % 201 - 100;
    let quantity = 1 + pair * 104_729 % 100;
    let price = format!("{}.{:02}", cents / 100, cents % 100);
    match (id % 2, pair % 10) {
        (1, _) => format!("NEW {client} {id} {symbol} SELL {quantity} LIMIT {price}\n"),
        (_, 9) => format!("NEW {client} {id} {symbol} BUY {quantity} MARKET\n"),
        _ => format!("NEW {client} {id} {symbol} BUY {quantity} LIMIT {price}\n"),
    }
}

/// Counts the answers of one connection until it ends, or says that another engine serves.
fn listen(stream: &TcpStream, tally: &Shared) {
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { return };
        let mut words = line.split(' ');
        let (verb, id) = (
            words.next(),
            words.nth(1).and_then(|id| id.parse::<u64>().ok()),
        );
        let Some(id) = id else { continue };
        if is_elsewhere(&line) {
            return;
        }
        let mut tally = lock(tally);
        match verb {
            Some("ACK") => {
                tally.heard = Instant::now();
                let Some(due) = tally.unanswered.remove(&id) else {
                    continue;
                };
                tally.acked += 1;
                tally.this_second.record(due.elapsed());
                if let Some(file) = &mut tally.acked_file {
                    // The next flush tells whether the disk takes it.
                    let _ = writeln!(file, "{id}");
                }
            }
            Some("REJECT") => {
                tally.heard = Instant::now();
                tally.rejected += u64::from(tally.unanswered.remove(&id).is_some());
            }
            _ => {}
        }
    }
}

fn lock(tally: &Shared) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn every_order_of_the_load_is_a_request() {
        for id in 1..1000 {
            assert!(
                wire::parse(order("load", id).trim_end()).is_ok(),
                "{}",
                order("load", id)
            );
        }
    }
}
