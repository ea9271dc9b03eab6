//! What is written between `scn` and a plug-in's process, as it comes out of a pipe: in pieces.

use scn_plugin_host::lines::{Cut, Lines};
use scn_protocol::plugin::{Ask, MAX_LINE, Tell};

use super::Target;

pub const FRAMES: Target = Target {
    name: "frames",
    help: "messages as they come out of a pipe, after a byte for the longest line and one for where they are cut: each line comes out once and whole, however it is cut, or is told to be too long",
    run,
    most: 4_096,
};

/// A line as it came out; none was too long.
type Line = Option<Vec<u8>>;

fn run(input: &[u8]) {
    let [most, seed, stream @ ..] = input else {
        return;
    };
    let most = usize::from(*most);
    let cut = cut(most, stream, *seed);
    assert_eq!(cut, at_once(most, stream));
    let mut written = Vec::new();
    let mut messages = Vec::new();
    for line in cut.into_iter().flatten() {
        assert!(line.len() <= most && !line.contains(&b'\n'));
        if let Ok(told) = Tell::parse(&line) {
            written.extend(told.to_line());
            messages.push(Ok(told));
        }
        if let Ok(asked) = Ask::parse(&line) {
            written.extend(asked.to_line());
            messages.push(Err(asked));
        }
    }
    // Messages written one after the other are read as these.
    let lines = self::cut(MAX_LINE, &written, *seed);
    assert_eq!(lines.len(), messages.len());
    for (line, message) in lines.into_iter().flatten().zip(messages) {
        match message {
            Ok(told) => assert_eq!(Tell::parse(&line), Ok(told)),
            Err(asked) => assert_eq!(Ask::parse(&line).as_ref(), Ok(&asked)),
        }
    }
}

/// Cut in pieces of lengths that follow from the seed.
fn cut(most: usize, mut stream: &[u8], seed: u8) -> Vec<Line> {
    let mut lines = Lines::new(most);
    let mut all = Vec::new();
    let mut chance = u32::from(seed);
    while !stream.is_empty() {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = (chance >> 16) as usize % (usize::from(seed) + 1) + 1;
        let (piece, rest) = stream.split_at(length.min(stream.len()));
        stream = rest;
        lines.push(piece, |line| {
            all.push(match line {
                Cut::Line(line) => Some(line.to_vec()),
                Cut::TooLong => None,
            });
        });
    }
    all.extend(lines.finish().map(Some));
    all
}

/// The same, by what lines are.
fn at_once(most: usize, stream: &[u8]) -> Vec<Line> {
    let mut lines: Vec<&[u8]> = stream.split(|byte| *byte == b'\n').collect();
    // What has no end is a line only if there is something of it.
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    let read = |line: &[u8]| {
        (line.len() <= most).then(|| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
    };
    lines.into_iter().map(read).collect()
}
