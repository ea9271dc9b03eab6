//! Where the console writes: whole lines, and on a terminal a few lines at the bottom that are
//! drawn again and again.

use std::borrow::Cow;
use std::io::{self, Write};

use super::live::Line;
use crate::text::harmless;

/// The colours, each with what it means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Good,
    Bad,
    Doubtful,
    Quiet,
    Strong,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "1;31",
            Self::Doubtful => "33",
            Self::Quiet => "2",
            Self::Strong => "1",
        }
    }
}

/// The two streams.
pub(crate) struct Screen {
    pub(crate) out: Box<dyn Write>,
    pub(crate) err: Box<dyn Write>,
    pub(crate) color: bool,
    pub(crate) out_is_terminal: bool,
    /// What is drawn at the bottom; nothing if that was erased.
    drawn: Vec<Line>,
    /// The columns of a line of the terminal.
    pub(crate) columns: usize,
    out_closed: bool,
    /// Why standard output could not be written.
    pub(crate) unsaid: Option<String>,
}

impl Screen {
    pub(crate) fn new(
        (out, err): (Box<dyn Write>, Box<dyn Write>),
        color: bool,
        out_is_terminal: bool,
        columns: usize,
    ) -> Self {
        Self {
            out,
            err,
            color,
            out_is_terminal,
            drawn: Vec::new(),
            columns,
            out_closed: false,
            unsaid: None,
        }
    }

    /// The text in that colour, where there is colour.
    pub(crate) fn paint<'a>(&self, paint: Paint, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let text = text.into();
        if self.color && !text.is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", paint.code()).into()
        } else {
            text
        }
    }

    /// A line on standard error. Whoever read it and has gone is not missed.
    pub(crate) fn line(&mut self, line: &str) {
        let erase = self.to_top();
        let erase = match self.drawn.is_empty() {
            true => erase,
            false => format!("{erase}\x1b[J"),
        };
        self.drawn.clear();
        let _ = self.err.write_all(format!("{erase}{line}\n").as_bytes());
    }

    /// Whether nothing is drawn at the bottom.
    pub(crate) fn is_bare(&self) -> bool {
        self.drawn.is_empty()
    }

    /// What takes the cursor to the beginning of what is drawn. A terminal that was made narrower has
    /// broken its lines.
    fn to_top(&self) -> String {
        let rows = |line: &Line| line.width.div_ceil(self.columns.max(1)).max(1);
        match self.drawn.iter().map(rows).sum::<usize>() {
            0 => String::new(),
            1 => "\r".to_owned(),
            rows => format!("\r\x1b[{}A", rows - 1),
        }
    }

    /// What the scenario says, on standard output; harmless where that is a terminal.
    pub(crate) fn say(&mut self, text: &str) {
        let text = if self.out_is_terminal {
            harmless(text, true)
        } else {
            text.into()
        };
        let line = format!("{text}\n");
        self.say_raw(line.as_bytes());
    }

    /// The same, as it is, line end included.
    pub(crate) fn say_raw(&mut self, line: &[u8]) {
        if self.out_closed {
            return;
        }
        self.erase();
        if let Err(error) = self.out.write_all(line).and_then(|()| self.out.flush()) {
            self.out_closed = true;
            // `scn run … | head` has seen enough; anything else is to be known.
            if error.kind() != io::ErrorKind::BrokenPipe {
                let reason = format!("standard output cannot be written: {error}");
                self.line(&format!("error: {reason}"));
                self.unsaid = Some(reason);
            }
        }
    }

    /// Draws these lines at the bottom, in place of those before. Each is written over the one that
    /// was there, so that nothing flickers.
    pub(crate) fn draw(&mut self, lines: Vec<Line>) {
        if lines.is_empty() {
            return self.erase();
        }
        if lines == self.drawn {
            return;
        }
        let mut text = self.to_top();
        for (index, line) in lines.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { "\x1b[K\n" });
            text.push_str(&line.text);
        }
        text.push_str("\x1b[J");
        self.drawn = lines;
        let _ = self.err.write_all(text.as_bytes());
        let _ = self.err.flush();
    }

    /// Takes what is drawn at the bottom away.
    pub(crate) fn erase(&mut self) {
        if !self.drawn.is_empty() {
            let erase = format!("{}\x1b[J", self.to_top());
            self.drawn.clear();
            let _ = self.err.write_all(erase.as_bytes());
            let _ = self.err.flush();
        }
    }

    /// What was drawn stands where it is: somebody else has written below it.
    pub(crate) fn leave(&mut self) {
        self.drawn.clear();
    }
}
