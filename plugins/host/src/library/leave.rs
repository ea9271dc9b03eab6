//! A library that ends the program that it is loaded into.

use std::cell::Cell;
use std::sync::Once;

/// What is said then.
const SAID: &[u8] = b"error: a plug-in's library has ended this program with exit(), which it can where `isolate = false`\n  help: the run is unfinished: `scn cleanup` does what is owed\n";

/// What the program's status is then: it is no verdict's but ERROR's.
const STATUS: libc::c_int = 3;

thread_local! {
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// For as long as it lives, this thread is inside of a library.
pub struct Inside(());

impl Inside {
    /// From here on.
    pub fn begin() -> Self {
        INSIDE.set(INSIDE.get() + 1);
        Self(())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(INSIDE.get() - 1);
    }
}

/// From here on the program is not ended by a library as if all had gone well: with which status it ever calls
/// `exit`, it is that of an ERROR.
pub fn guard() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the function has no arguments, and may be called any time.
        unsafe { libc::atexit(left) };
    });
}

extern "C" fn left() {
    if INSIDE.get() == 0 {
        return;
    }
    // SAFETY: the text lasts for ever, and both may be called any time.
    unsafe {
        libc::write(libc::STDERR_FILENO, SAID.as_ptr().cast(), SAID.len());
        libc::_exit(STATUS);
    }
}
