//! The C library's standard output, for what a plug-in prints.

/// What C prints is written line by line, also where it goes to no terminal: so that the last
/// lines before a crash are there.
pub fn by_lines() {
    #[cfg(target_os = "linux")]
    {
        unsafe extern "C" {
            static mut stdout: *mut libc::FILE;
        }
        // SAFETY: nothing was printed yet, and no other thread runs that could.
        unsafe {
            libc::setvbuf(stdout, std::ptr::null_mut(), libc::_IOLBF, 4096);
        }
    }
}

/// Ends this process at once: nothing that a plug-in left to be done at exit is done.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: it may be called any time.
    unsafe { libc::_exit(status) }
}

/// Says why on standard error, and ends this process as a crash does.
pub fn abort(why: &str) -> ! {
    // SAFETY: the text lasts until then, and both may be called any time.
    unsafe {
        libc::write(libc::STDERR_FILENO, why.as_ptr().cast(), why.len());
        libc::abort()
    }
}
