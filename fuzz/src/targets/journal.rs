//! Journals as bytes: read, written again, and shown.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_protocol::{Event, Line};
use scn_report::console::{Console, Detail, Options};

use super::Target;

pub const JOURNAL: Target = Target {
    name: "journal",
    help: "a journal: read up to its first fault; its lines read the same when they are written again; shown, nothing in it acts on a terminal",
    run,
    most: 8_192,
};

fn run(input: &[u8]) {
    // The reader wants a file; a line for itself is the same without.
    let mut seen: Vec<Line> = Vec::new();
    for text in input.split(|byte| *byte == b'\n') {
        if let Ok(line) = Line::parse(text) {
            again(&line);
            seen.push(line);
        }
    }
    let read = file().map(|file| reread(&file, input));
    if let Ok(Some(numbers)) = read.as_ref().map(|read| read.as_deref()) {
        assert!(numbers.iter().zip(1..).all(|(number, at)| *number == at));
    }
    for color in [false, true] {
        show(&seen, color);
    }
}

fn again(line: &Line) {
    // What is not known is not kept.
    if line.event == Event::Unknown {
        return;
    }
    let written = serde_json::to_vec(line);
    let again = written.map_err(|error| error.to_string()).and_then(|text| {
        assert!(!text.contains(&b'\n'), "an event is one line");
        Line::parse(&text).map_err(|error| error.to_string())
    });
    assert_eq!(again.as_ref(), Ok(line));
}

/// A file of this process' own, in memory where the system has such a folder.
fn file() -> io::Result<PathBuf> {
    let folder = Path::new("/dev/shm");
    let folder = if folder.is_dir() {
        folder.to_owned()
    } else {
        std::env::temp_dir()
    };
    Ok(folder.join(format!(
        "scn-fuzz-{}-{:?}.jsonl",
        std::process::id(),
        std::thread::current().id()
    )))
}

/// The numbers of the lines that the reader gives; none if the file could not be made.
fn reread(path: &Path, input: &[u8]) -> Option<Vec<u64>> {
    std::fs::write(path, input).ok()?;
    let numbers = scn_record::read(path).ok().map(|reader| {
        let lines = reader.map_while(Result::ok);
        lines.map(|line| line.seq).collect()
    });
    let _ = std::fs::remove_file(path);
    numbers
}

#[derive(Clone, Default)]
struct Screen(Rc<RefCell<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn show(lines: &[Line], color: bool) {
    let (out, err) = (Screen::default(), Screen::default());
    let options = Options {
        detail: Detail::Verbose,
        color,
        live: false,
        out_is_terminal: true,
        json: false,
        columns: 80,
        rows: 24,
    };
    let mut console = Console::new(options, Box::new(out.clone()), Box::new(err.clone()));
    let sources = [("s.scn".to_owned(), "run a\nrun b\n".to_owned())];
    console.begin(sources, "/nowhere");
    for line in lines {
        // A stranger's files are not read here.
        if !matches!(line.event, Event::Output { file: Some(_), .. }) {
            console.event(0, &line.event, b"{}\n");
        }
    }
    drop(console);
    for screen in [out, err] {
        let shown = screen.0.take();
        let shown = String::from_utf8_lossy(&shown);
        let plain = if color {
            without_colors(&shown)
        } else {
            shown.into_owned()
        };
        let acts = plain
            .chars()
            .find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(acts, None, "{plain:?}");
    }
}

/// Without the console's own colours, `ESC [ DIGITS m`.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        match end.filter(|at| part[*at..].starts_with('m')) {
            Some(at) => plain.push_str(&part[at + 1..]),
            None => {
                plain.push_str("\u{1b}[");
                plain.push_str(part);
            }
        }
    }
    plain
}
