//! Masks a text that comes in pieces, wherever it is cut.

use std::borrow::Cow;
use std::sync::Arc;

use super::search::{Search, merged};
use super::{MASK, MIN_BEGUN, look};

/// Masks a text that comes in pieces. What may be the beginning of a secret is held back
/// until more has come: no more than the longest form of a secret.
#[derive(Debug, Default)]
pub struct MaskStream {
    searches: Vec<Arc<Search>>,
    /// What has not left yet.
    held: Vec<u8>,
    /// How much of it, from its beginning, is known to be part of a secret.
    covered: usize,
    /// The last that left was a mask, which stands for what touches it too.
    masking: bool,
}

impl MaskStream {
    pub(super) fn new(searches: Vec<Arc<Search>>) -> Self {
        Self {
            searches,
            held: Vec::new(),
            covered: 0,
            masking: false,
        }
    }

    /// Takes the next piece; gives what can leave now, masked.
    pub fn push<'a>(&mut self, piece: &'a [u8]) -> Cow<'a, [u8]> {
        if self.searches.is_empty() {
            return Cow::Borrowed(piece);
        }
        if self.held.is_empty() {
            let looked = look(&self.searches, piece, false);
            if looked.stretches.is_empty() && looked.open == piece.len() {
                self.masking &= piece.is_empty();
                return Cow::Borrowed(piece);
            }
            self.held.extend_from_slice(piece);
            return Cow::Owned(self.release(looked.stretches, looked.open));
        }
        self.held.extend_from_slice(piece);
        let looked = look(&self.searches, &self.held, false);
        Cow::Owned(self.release(looked.stretches, looked.open))
    }

    /// No more will come: gives what was held back, masked, and so what is long enough to be told for the
    /// beginning of a secret. The stream can be used again.
    #[must_use]
    pub fn finish(&mut self) -> Vec<u8> {
        if self.searches.is_empty() {
            return Vec::new();
        }
        let mut stretches = look(&self.searches, &self.held, true).stretches;
        let cut = look(&self.searches, &self.held, false);
        if cut.begun >= MIN_BEGUN {
            stretches = merged([stretches, vec![(cut.open, self.held.len())]].concat());
        }
        let rest = self.release(stretches, self.held.len());
        self.masking = false;
        rest
    }

    /// Lets go of everything before `end`, masked.
    fn release(&mut self, mut stretches: Vec<(usize, usize)>, end: usize) -> Vec<u8> {
        if self.covered > 0 {
            stretches.insert(0, (0, self.covered));
        }
        let mut out = Vec::new();
        let mut at = 0;
        let mut covered = 0;
        for (start, stop) in stretches {
            if start >= end && start > covered {
                break;
            }
            if start > at {
                out.extend_from_slice(&self.held[at..start]);
                self.masking = false;
            }
            if at < end && start < end && !self.masking {
                out.extend_from_slice(MASK.as_bytes());
                self.masking = true;
            }
            at = at.max(stop);
            covered = covered.max(stop);
        }
        if at < end {
            out.extend_from_slice(&self.held[at..end]);
            self.masking = false;
        }
        self.covered = covered.saturating_sub(end);
        self.held.drain(..end);
        out
    }
}
