//! A library that is loaded, and an instance that it made.

use std::ffi::c_void;
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use libloading::os::unix::{Library as Handle, RTLD_LOCAL, RTLD_NOW};
use scn_plugin_abi as abi;
use scn_protocol::Value;
use scn_protocol::plugin::{Declaration, Failed};

use super::context::Held;
use super::describe::{Described, describe};
use super::leave::Inside;
use super::values::Arena;
use super::{Listener, Words, stdio};

/// A library that is loaded. It stays loaded: a thread that it started may still be in it.
pub struct Library {
    described: Described,
}

// SAFETY: what the library has described does not change, and is for it to give to any thread.
unsafe impl Send for Library {}
// SAFETY: likewise.
unsafe impl Sync for Library {}

impl Library {
    /// Loads it, and reads what it says of itself. What it does as it is loaded is done.
    ///
    /// # Errors
    /// Why it cannot be used: after its name.
    pub fn load(path: &Path) -> Result<Arc<Self>, String> {
        let _inside = Inside::begin();
        // SAFETY: that the library does no harm as it is loaded is what whoever named it believes.
        let handle = unsafe { Handle::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
        let handle = handle.map_err(|error| format!("cannot be loaded: {}", reason(&error)))?;
        // SAFETY: what has that name is what the header says.
        let entry = unsafe { handle.get::<abi::EntryPoint>(abi::ENTRY.as_bytes()) };
        let Ok(entry) = entry.map(|entry| *entry) else {
            return Err(format!(
                "is no plug-in of scn: it exports no `{}`",
                abi::ENTRY
            ));
        };
        std::mem::forget(handle);
        // SAFETY: the library stays loaded, and what it gives keeps to the header.
        let described = unsafe { describe(entry(abi::MAJOR, abi::MINOR)) }?;
        Ok(Arc::new(Self { described }))
    }

    /// What it says of itself.
    pub fn declaration(&self) -> &Declaration {
        &self.described.declaration
    }

    /// Whether calls of one instance may overlap.
    pub fn is_concurrent(&self) -> bool {
        self.described.concurrent
    }

    /// Whether that command returns at once.
    pub fn is_quick(&self, command: usize) -> bool {
        let does = self.described.commands.get(command);
        does.is_some_and(|does| does.quick)
    }
}

/// What the system says of a library that it does not load.
fn reason(error: &libloading::Error) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// The functions of a library as they may be although they must not: left by an exception.
type OpenOrThrow =
    unsafe extern "C-unwind" fn(*const abi::Value, *const abi::Context, *mut *mut c_void) -> i32;
type RunOrThrow =
    unsafe extern "C-unwind" fn(*mut c_void, *const abi::Call, *const abi::Context) -> i32;

/// For as long as a function of the library, which it names, has not returned. Dropped before, that function was left
/// by an exception: no code here can catch it, and what the runtime says of that tells nobody what to do.
struct Returns<'n>(&'n str);

impl Returns<'_> {
    /// It has returned.
    fn so(self) {
        std::mem::forget(self);
    }
}

impl Drop for Returns<'_> {
    fn drop(&mut self) {
        stdio::abort(&format!(
            "{} was left by an exception of C++ (or by pthread_exit), which no function of a plug-in may be: catch it there, and call `fail`\n",
            self.0
        ));
    }
}

/// An instance that a library made.
pub struct Instance {
    library: Arc<Library>,
    raw: *mut c_void,
}

// SAFETY: the header lets an instance be called on any thread.
unsafe impl Send for Instance {}
// SAFETY: calls overlap only where the library says that they may: the runner sees to it.
unsafe impl Sync for Instance {}

impl Instance {
    /// Makes one.
    ///
    /// # Errors
    /// Why it was not made.
    pub fn open(
        library: &Arc<Library>,
        config: &Value,
        listener: Arc<dyn Listener>,
    ) -> Result<Self, Failed> {
        let mut instance = Self {
            library: Arc::clone(library),
            raw: ptr::null_mut(),
        };
        if let Some(open) = library.described.open {
            let mut arena = Arena::default();
            let config = arena.one(config);
            let held = Held::new(listener);
            let _inside = Inside::begin();
            let returns = Returns("`open`");
            // SAFETY: it is the same function; who calls it so bears that an exception passes.
            let open = unsafe { std::mem::transmute::<abi::Open, OpenOrThrow>(open) };
            // SAFETY: all of that lasts until it returns.
            let status = unsafe { open(config, held.context(), &raw mut instance.raw) };
            returns.so();
            held.finish(status)?;
        }
        Ok(instance)
    }

    /// Does a command, by its place among the declared ones.
    ///
    /// # Errors
    /// Why it was not done.
    pub fn call(
        &self,
        command: usize,
        words: &Words,
        listener: Arc<dyn Listener>,
    ) -> Result<Value, Failed> {
        let does = self.library.described.commands[command];
        let mut arena = Arena::default();
        let (args, rest) = (arena.list(&words.args), arena.list(&words.rest));
        let call = abi::Call {
            size: size_of::<abi::Call>(),
            args: args.items,
            args_length: args.length,
            rest: rest.items,
            rest_length: rest.length,
            input: words
                .input
                .as_ref()
                .map_or(ptr::null(), |input| arena.one(input)),
            run: arena.text(words.run.as_bytes()),
            step: words.step,
            data: does.data,
        };
        let held = Held::new(listener);
        let _inside = Inside::begin();
        let name = &self.library.described.declaration.commands[command].name;
        let returns = Returns(name);
        // SAFETY: it is the same function; who calls it so bears that an exception passes.
        let run = unsafe { std::mem::transmute::<abi::Run, RunOrThrow>(does.run) };
        // SAFETY: all of that lasts until it returns, and the instance is the library's own.
        let status = unsafe { run(self.raw, &raw const call, held.context()) };
        returns.so();
        held.finish(status)
    }

    /// Ends it.
    pub fn close(self) {
        if let Some(close) = self.library.described.close {
            let _inside = Inside::begin();
            // SAFETY: nobody calls it any more, since it is had by value.
            unsafe { close(self.raw) };
        }
    }
}
