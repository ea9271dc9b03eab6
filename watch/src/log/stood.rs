//! Where logs stood when a record of them stopped, so that reading can go on there.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use scn_protocol::{LogFile, LogPlace};

/// Where a log stood: whoever goes on with a run whose runner was killed goes on reading there, if the file
/// is still the one that it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stood {
    /// The component.
    pub component: String,
    /// The file; none if there was none.
    pub file: Option<LogFile>,
    /// Up to where it was read.
    pub place: LogPlace,
}

/// How lines are told from each other in a record that must not say what stands in them, and where logs stood
/// by such a record.
#[derive(Clone, Default)]
pub struct Marks {
    /// Where logs stood; of those that are not among these nothing is known.
    pub stood: Vec<Stood>,
    /// Takes out of a line what must not be told, even by its sum.
    pub shown: Option<Shown>,
}

/// A line as it may be shown.
pub type Shown = Rc<dyn Fn(&[u8]) -> Vec<u8>>;

impl Marks {
    /// What tells a line from most others.
    pub(crate) fn sum(&self, line: &[u8]) -> u32 {
        let shown = match &self.shown {
            Some(shown) => Cow::Owned(shown(line)),
            None => Cow::Borrowed(line),
        };
        // FNV-1a: it has to be the same in every version, and nobody gains from two lines with the same sum.
        shown.iter().fold(0x811c_9dc5, |sum: u32, &byte| {
            (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    }

    /// Where that log of the component stood.
    pub(crate) fn of(&self, component: &str, log: u32) -> Option<&Stood> {
        let mut stood = self.stood.iter();
        stood.find(|stood| stood.component == component && stood.place.log == log)
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marks")
            .field("stood", &self.stood)
            .finish_non_exhaustive()
    }
}
