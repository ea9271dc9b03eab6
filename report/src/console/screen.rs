//! Where the console writes: whole lines, and on a terminal one line at the bottom that is
//! drawn again and again.

use std::borrow::Cow;
use std::io::{self, Write};

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
    drawn: bool,
    out_closed: bool,
    /// Why standard output could not be written.
    pub(crate) unsaid: Option<String>,
}

impl Screen {
    pub(crate) fn new(
        out: Box<dyn Write>,
        err: Box<dyn Write>,
        color: bool,
        out_is_terminal: bool,
    ) -> Self {
        Self {
            out,
            err,
            color,
            out_is_terminal,
            drawn: false,
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
        let erase = if self.drawn { "\r\x1b[2K" } else { "" };
        self.drawn = false;
        let _ = self.err.write_all(format!("{erase}{line}\n").as_bytes());
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

    /// Draws the line at the bottom, in place of the one before.
    pub(crate) fn draw(&mut self, line: &str) {
        self.drawn = true;
        let _ = self.err.write_all(format!("\r\x1b[2K{line}").as_bytes());
        let _ = self.err.flush();
    }

    /// Takes the line at the bottom away.
    pub(crate) fn erase(&mut self) {
        if self.drawn {
            self.drawn = false;
            let _ = self.err.write_all(b"\r\x1b[2K");
            let _ = self.err.flush();
        }
    }
}
