//! A log's text without a file.

use scn_protocol::Seen;
use scn_protocol::component::LogRule;

use super::lines::Lines;
use super::parse::{Parser, Summaries};
use super::segment::{Found, told};

/// What is read out of a log by its rules, from its text as it comes: what a watcher makes of a file that it follows.
#[derive(Debug)]
pub struct LogText {
    lines: Lines,
    parser: Parser,
}

impl LogText {
    /// Ready to read by these rules; and why any of them cannot be used.
    pub fn new(rules: &[LogRule]) -> (Self, Vec<String>) {
        let (parser, problems) = Parser::new(rules, &mut Summaries::new());
        let lines = Lines::default();
        (Self { lines, parser }, problems)
    }

    /// Takes what was written next. What is summarised may be given with what comes later.
    pub fn feed(&mut self, bytes: &[u8], found: &mut dyn FnMut(Seen)) {
        let parser = &mut self.parser;
        self.lines.feed(
            0,
            bytes,
            &mut told(0, &mut |text| read(parser, text, found)),
        );
    }

    /// Nothing more was written: what has no line end is a line, too.
    pub fn finish(&mut self, found: &mut dyn FnMut(Seen)) {
        let parser = &mut self.parser;
        self.lines
            .finish(&mut told(0, &mut |text| read(parser, text, found)));
        self.parser.flush(&mut |seen, _| found(seen));
    }
}

fn read(parser: &mut Parser, text: Found<'_>, found: &mut dyn FnMut(Seen)) {
    match text {
        Found::Line { text, .. } => parser.line(text, &mut |seen, _| found(seen)),
        Found::Gap(reason) => {
            parser.flush(&mut |seen, _| found(seen));
            found(Seen::Gap { reason });
        }
        Found::Followed { .. } | Found::Left { .. } => {}
    }
}
