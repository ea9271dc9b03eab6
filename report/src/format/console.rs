//! The console's lines, from a record.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use scn_protocol::Event;

use super::{Form, Format, Look};
use crate::console::{Console, Detail, Options};
use crate::recorded::Recorded;
use crate::run::read;

pub(super) static CONSOLE: Format = Format {
    name: "console",
    help: "Text for a person: the steps, what failed and where, and the verdict as its last line",
    endings: &["txt", "log"],
    form: Form::File(write),
};

/// Where the console's two streams come together.
#[derive(Clone, Default)]
struct Both(Rc<RefCell<Vec<u8>>>);

impl Write for Both {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(records: &[&dyn Recorded], look: Look, out: &mut dyn Write) -> io::Result<()> {
    for (number, record) in records.iter().enumerate() {
        if number > 0 {
            out.write_all(b"\n")?;
        }
        one(*record, look, out)?;
    }
    Ok(())
}

fn one(record: &dyn Recorded, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let both = Both::default();
    let options = Options {
        detail: Detail::Normal,
        color: look.color,
        live: false,
        out_is_terminal: look.is_terminal,
        json: false,
        columns: look.columns,
        rows: 0,
    };
    let mut console = Console::new(options, Box::new(both.clone()), Box::new(both.clone()));
    let mut last = 0;
    let mut written = Ok(());
    let read_all = record.read(&mut |at, event| {
        last = at;
        if let Event::RunStarted { .. } = event {
            console.begin(sources(record, event), record.folder());
        }
        // There is no line of the journal to show: `json` is off.
        console.event(at, event, b"");
        let mut lines = both.0.borrow_mut();
        if written.is_ok() {
            written = out.write_all(&lines);
        }
        lines.clear();
    });
    written?;
    if !console.is_over() {
        let run = read(record);
        console.unfinished(last, &run.file, run.outcome(), &run.because());
    } else if let Err(reason) = read_all {
        let reason = format!("the record cannot be read on: {reason}");
        console.unfinished(last, "", "UNFINISHED", &reason);
    }
    out.write_all(&both.0.borrow())
}

/// The scenario's text. Those of the files that it uses are not known before events name them, and
/// the lines around a failure are shown where they are to be had.
fn sources(record: &dyn Recorded, started: &Event) -> Vec<(String, String)> {
    let mut names = Vec::new();
    if let Event::RunStarted { file, .. } = started {
        names.push(file.clone());
    }
    let _ = record.read(&mut |_, event| {
        let file = match event {
            Event::StepStarted { file, .. }
            | Event::Checked { file, .. }
            | Event::Waited { file, .. }
            | Event::Verdict { file, .. } => file,
            _ => return,
        };
        if let Some(file) = file
            && !names.contains(file)
        {
            names.push(file.clone());
        }
    });
    let texts = names.into_iter();
    texts
        .filter_map(|name| record.source(&name).map(|text| (name, text)))
        .collect()
}
