//! What is told of a log: what its rules read out of its lines, each with its place, so that nothing is told
//! twice and nothing is left out by whoever goes on reading after this process was killed.

use scn_protocol::component::LogRule;
use scn_protocol::{LogPlace, Seen};

use super::segment::{From, Segment};
use super::{Found, Marks, Of, Parser, Summaries};

/// Stands for a place in a line that began in another file: no file is as long.
const ELSEWHERE: u64 = u64::MAX;

/// One thing that is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tale {
    /// It.
    pub seen: Seen,
    /// Where it was read.
    pub read: Option<LogPlace>,
    /// It was written while nobody read it.
    pub past: bool,
}

impl Tale {
    /// What was read nowhere.
    pub fn of(seen: Seen) -> Self {
        Self {
            seen,
            read: None,
            past: false,
        }
    }
}

/// Reads one log's lines by its rules.
pub(crate) struct Reader {
    log: u32,
    parser: Parser,
    /// The line that was read last.
    last: LogPlace,
    /// The line that was summarised last.
    summarised: Option<(LogPlace, Vec<u8>)>,
    /// Of that line so much was told before.
    known: Option<LogPlace>,
    /// What begins before this, in the file of that number, was written while nobody read it.
    past: Option<(u64, u64)>,
    /// So much was read since its place was told.
    silent: u64,
}

impl Reader {
    /// Ready to read the component's log of that number; and why any of the rules cannot be used.
    pub fn new(log: u32, rules: &[LogRule], summaries: &mut Summaries) -> (Self, Vec<String>) {
        let (parser, problems) = Parser::new(rules, summaries);
        let reader = Self {
            log,
            parser,
            last: LogPlace {
                log,
                ..LogPlace::default()
            },
            summarised: None,
            known: None,
            past: None,
            silent: 0,
        };
        (reader, problems)
    }

    /// Takes what was found.
    pub fn take(&mut self, found: Found<'_>, marks: &Marks, tell: &mut dyn FnMut(Tale)) {
        match found {
            Found::Line { text, file, begin } => self.line(text, (file, begin), marks, tell),
            Found::Gap(reason) => {
                self.flush(marks, tell);
                tell(Tale::of(Seen::Gap { reason }));
            }
            Found::Followed {
                file,
                number,
                from,
                on,
            } => {
                let place = self.follows(number, from, marks);
                tell(Tale {
                    read: Some(place),
                    ..Tale::of(Seen::Followed { file, on })
                });
            }
            Found::Left { number } => tell(Tale {
                read: Some(self.place(number, 0)),
                ..Tale::of(Seen::Left)
            }),
        }
    }

    fn place(&self, file: u64, line: u64) -> LogPlace {
        LogPlace {
            log: self.log,
            file,
            line,
            nth: None,
            sum: None,
        }
    }

    fn follows(&mut self, number: u64, from: From, marks: &Marks) -> LogPlace {
        match from {
            // Of the line there nothing was told yet.
            From::Here(line) => LogPlace {
                nth: Some(0),
                ..self.place(number, line)
            },
            From::Behind(line, text) => LogPlace {
                sum: Some(marks.sum(&text)),
                ..self.place(number, line)
            },
            From::Place(place) => {
                let place = LogPlace {
                    file: number,
                    ..place
                };
                self.known = Some(place);
                place
            }
        }
    }

    /// What begins before that place of the file was written while nobody read it.
    pub fn is_past_before(&mut self, file: u64, size: u64) {
        self.past = Some((file, size));
    }

    fn is_past(&self, place: &LogPlace) -> bool {
        let past = self.past.filter(|(file, _)| *file == place.file);
        past.is_some_and(|(_, size)| place.line < size)
    }

    fn line(
        &mut self,
        text: &[u8],
        (file, begin): (u64, Option<u64>),
        marks: &Marks,
        tell: &mut dyn FnMut(Tale),
    ) {
        let place = self.place(file, begin.unwrap_or(ELSEWHERE));
        let is_known = |known: &LogPlace| (known.file, known.line) == (file, place.line);
        let mut known = 0;
        if let Some(LogPlace { nth, .. }) = self.known.take_if(|known| is_known(known)) {
            match nth {
                None => return,
                Some(nth) => known = nth,
            }
        }
        let past = self.is_past(&place);
        let (mut nth, mut sum, silent) = (0, None, &mut self.silent);
        let summarised = self.summarised.as_ref();
        self.parser.line(text, &mut |seen, of| {
            let read = match of {
                Of::Line => {
                    nth += 1;
                    if nth <= known {
                        return;
                    }
                    let sum = *sum.get_or_insert_with(|| marks.sum(text));
                    Some(LogPlace {
                        nth: Some(nth),
                        sum: Some(sum),
                        ..place
                    })
                }
                Of::Lines => summarised.map(|(place, text)| behind(*place, text, marks)),
                Of::SomeLines => None,
            };
            *silent = 0;
            tell(Tale { seen, read, past });
        });
        self.last = place;
        if self.parser.holds_back() {
            let (kept, bytes) = self.summarised.get_or_insert_default();
            *kept = place;
            bytes.clear();
            bytes.extend_from_slice(text);
        }
    }

    /// Tells what was kept back: nothing more is to be read now.
    pub fn flush(&mut self, marks: &Marks, tell: &mut dyn FnMut(Tale)) {
        let summarised = self.summarised.as_ref();
        let past = summarised.is_some_and(|(place, _)| self.is_past(place));
        let silent = &mut self.silent;
        self.parser.flush(&mut |seen, of| {
            let last = summarised.filter(|_| of == Of::Lines);
            let read = last.map(|(place, text)| behind(*place, text, marks));
            *silent = 0;
            tell(Tale { seen, read, past });
        });
    }

    /// Whether there was nothing to tell in so many bytes, `read` of which are new.
    pub fn is_silent(&mut self, read: usize, most: u64) -> bool {
        self.silent += read as u64;
        self.silent > most
    }

    /// Tells how far the log was read, if that is known.
    pub fn tell_place(&mut self, file: &Segment, tell: &mut dyn FnMut(Tale)) {
        self.silent = 0;
        if let Ok(mark) = file.mark()
            && self.last.file == file.number
        {
            let file = Some(mark);
            tell(Tale {
                read: Some(self.last),
                ..Tale::of(Seen::Followed { file, on: true })
            });
        }
    }
}

/// All of that line was told, and of those before it.
fn behind(place: LogPlace, text: &[u8], marks: &Marks) -> LogPlace {
    LogPlace {
        nth: None,
        sum: Some(marks.sum(text)),
        ..place
    }
}
