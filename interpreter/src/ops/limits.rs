//! How large a value may grow: far beyond any use, and far below where the machine it runs on
//! would end the program instead of the scenario.

use std::cell::Cell;

use scn_protocol::{Extent, Origin, Value};

/// A text holds at most so many bytes: 256 MiB.
pub const LONGEST_TEXT: usize = 256 << 20;
/// A list holds at most so many elements, which take 160 MB and what they hold.
pub const LONGEST_LIST: usize = 10_000_000;
/// Lists and maps in one another go no deeper than this, so that nothing that walks them
/// runs out of stack, and every value in a journal can be read back (JSON readers stop at 128).
pub const DEEPEST: usize = 100;

/// A list or a map, with all that it holds as often as it holds it, has at most so many bytes as text:
/// 4 GiB, which is walked in seconds.
pub const HEAVIEST: u64 = 4 << 30;

thread_local! {
    /// How many bytes of memory a value may take just now: the fiber that runs on this thread says it.
    static MOST: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// While this is in sight, no value made on this thread takes more memory than it says.
pub(crate) struct Within(u64);

impl Within {
    /// At most so many bytes.
    pub fn bytes(most: u64) -> Self {
        Self(MOST.replace(most))
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        MOST.set(self.0);
    }
}

/// The smaller of a limit in bytes and what is said for now.
fn at_most(bytes: u64) -> u64 {
    bytes.min(MOST.get())
}

/// Whether a text of so many bytes may be made; the error is the reason alone.
pub(crate) fn text_fits(bytes: usize) -> Result<(), String> {
    let most = at_most(LONGEST_TEXT as u64);
    if bytes as u64 > most {
        return Err(format!(
            "the text would have {bytes} bytes, and {most} are the most"
        ));
    }
    Ok(())
}

/// Whether a list of so many elements may be made; the error is the reason alone.
pub(crate) fn list_fits(elements: usize) -> Result<(), String> {
    let slot = size_of::<Value>() as u64;
    let most = at_most(LONGEST_LIST as u64 * slot) / slot;
    if elements as u64 > most {
        return Err(format!(
            "the list would have more than {most} elements, which are the most"
        ));
    }
    Ok(())
}

/// Whether the value may be turned into text; the error is the reason alone.
pub fn has_text(value: &Value) -> Result<(), String> {
    // Where a run is judged again its words are compared as the record has them.
    if value.extent().lost != Origin::Judged {
        super::all_known(value)?;
    }
    let bytes = value.extent().bytes;
    if bytes > LONGEST_TEXT as u64 && matches!(super::plain(value), Value::List(_) | Value::Map(_))
    {
        return Err(format!(
            "as text it would have about {bytes} bytes, and {LONGEST_TEXT} are the most"
        ));
    }
    Ok(())
}

/// Whether a list or a map that holds so much may be made; the error is the reason alone.
pub(crate) fn extent_fits(extent: Extent) -> Result<(), String> {
    if extent.depth as usize > DEEPEST {
        return Err(format!("lists and maps are nested deeper than {DEEPEST}"));
    }
    if extent.bytes > HEAVIEST {
        return Err(format!(
            "with all that it holds it would be larger than {HEAVIEST} bytes as text, which are the most"
        ));
    }
    if extent.memory > at_most(u64::MAX) {
        let most = at_most(u64::MAX);
        return Err(format!(
            "with all that it holds it would take more than {most} bytes of memory, which are the most"
        ));
    }
    Ok(())
}
