//! What a step wrote, as far as the record still has it.

use scn_protocol::Stream;

use super::Recalled;
use super::record::{Piece, Step};

impl Recalled {
    /// What a step wrote to a stream, up to so many bytes.
    pub(super) fn written(&self, step: &Step, stream: Stream, most: usize) -> Written {
        let (mut bytes, mut gone) = (Vec::new(), false);
        let pieces = step.outputs.iter().filter(|(of, _)| *of == stream);
        for (_, piece) in pieces {
            // One byte more than fits tells that there is more.
            let room = (most + 1).saturating_sub(bytes.len());
            match piece {
                Piece::Here(here) => bytes.extend_from_slice(&here[..here.len().min(room)]),
                Piece::File(name, size) => {
                    if let Err(why) = self.in_file(name, *size, room, &mut bytes) {
                        gone = true;
                        let lost = format!("what step {} wrote, in {name}: {why}", step.step);
                        self.masked.borrow_mut().push(lost);
                    }
                }
            }
        }
        let cut = bytes.len() > most;
        bytes.truncate(most);
        Written { bytes, cut, gone }
    }

    /// Reads up to `room` bytes of a file that had `size`, if that is known.
    ///
    /// # Errors
    /// Why they are not there.
    fn in_file(
        &self,
        name: &str,
        size: Option<u64>,
        room: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), String> {
        let read = (self.output)(name, room).map_err(|error| error.to_string())?;
        let read = &read[..read.len().min(room)];
        into.extend_from_slice(read);
        match size {
            Some(size) if (read.len() as u64) < size.min(room as u64) => {
                Err(format!("it has {} bytes, and had {size}", read.len()))
            }
            _ => Ok(()),
        }
    }
}

/// What a record has of a step's output.
pub struct Written {
    /// As far as the record has it and it fits.
    pub bytes: Vec<u8>,
    /// There was more.
    pub cut: bool,
    /// There was more, which the record has lost.
    pub gone: bool,
}

/// What the record has no more.
pub fn not_there(lost: &str) -> String {
    format!("the record does not have it any more: {lost}")
}
