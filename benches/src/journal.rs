//! The journal beside bare writes of the same bytes.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use scn_protocol::Event;
use scn_record::{JOURNAL, Journal, new_id};

type Measured = Result<(f64, f64), Box<dyn Error>>;

/// The journal of a run, and a file to which the lines of that are written.
struct Both {
    journal: Journal,
    file: File,
    event: Event,
    line: Vec<u8>,
}

impl Both {
    fn in_folder(folder: &Path) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(folder)?;
        let id = new_id(now());
        let mut journal = Journal::create(folder, id.clone(), Box::new(|_, _, _| {}))?;
        let event = Event::Said {
            text: "sixty-four bytes of text, as much as a step says of itself here.".into(),
        };
        journal.event(now(), &event)?;
        let line = fs::read(folder.join(&id).join(JOURNAL))?;
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(folder.join(id).join("bare"))?;
        Ok(Self {
            journal,
            file,
            event,
            line,
        })
    }

    fn ours(&mut self, times: usize) -> Result<(), Box<dyn Error>> {
        for _ in 0..times {
            self.journal.event(now(), &self.event)?;
        }
        Ok(())
    }

    fn bare(&mut self, times: usize) -> Result<(), Box<dyn Error>> {
        for _ in 0..times {
            self.file.write_all(&self.line)?;
        }
        Ok(())
    }
}

/// Seconds for events that are written and not synced, and for bare writes.
pub fn events(folder: &Path) -> Measured {
    let mut both = Both::in_folder(folder)?;
    let (mut ours, mut bare) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..40 {
        ours += timed(|| both.ours(1000))?;
        bare += timed(|| both.bare(1000))?;
    }
    fs::remove_dir_all(folder)?;
    Ok((ours.as_secs_f64(), bare.as_secs_f64()))
}

/// Seconds for 64 events and a sync, and for as many bare writes and a sync.
pub fn commits(folder: &Path) -> Measured {
    let mut both = Both::in_folder(folder)?;
    both.journal.sync()?;
    both.file.sync_data()?;
    let (mut ours, mut bare) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..40 {
        ours += timed(|| {
            both.ours(64)?;
            Ok(both.journal.sync()?)
        })?;
        bare += timed(|| {
            both.bare(64)?;
            Ok(both.file.sync_data()?)
        })?;
    }
    fs::remove_dir_all(folder)?;
    Ok((ours.as_secs_f64(), bare.as_secs_f64()))
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    })
}
