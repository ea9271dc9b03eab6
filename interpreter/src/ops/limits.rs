//! How large a value may grow: far beyond any use, and far below where the machine it runs on
//! would end the program instead of the scenario.

use scn_protocol::{Extent, Value};

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

/// Whether a text of so many bytes may be made; the error is the reason alone.
pub(crate) fn text_fits(bytes: usize) -> Result<(), String> {
    if bytes > LONGEST_TEXT {
        return Err(format!(
            "the text would have {bytes} bytes, and {LONGEST_TEXT} are the most"
        ));
    }
    Ok(())
}

/// Whether a list of so many elements may be made; the error is the reason alone.
pub(crate) fn list_fits(elements: usize) -> Result<(), String> {
    if elements > LONGEST_LIST {
        return Err(format!(
            "the list would have more than {LONGEST_LIST} elements, which are the most"
        ));
    }
    Ok(())
}

/// Whether the value may be turned into text; the error is the reason alone.
pub fn has_text(value: &Value) -> Result<(), String> {
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
    Ok(())
}
