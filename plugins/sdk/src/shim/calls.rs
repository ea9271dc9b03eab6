//! What `scn` calls: making an instance, a command, and the end.

use std::ffi::c_void;
use std::ptr;

use scn_plugin_abi as abi;

use super::scn::Scn;
use super::values::{bytes, read, values};
use super::{Exports, OPENS};
use crate::context::{Context, Reach};
use crate::error::Error;
use crate::plugin::{Erased, State, caught};
use crate::value::{Map, Value};

/// An instance: the plug-in, and what it keeps.
struct Instance {
    plugin: &'static Erased,
    state: State,
}

pub(super) unsafe extern "C" fn open(
    config: *const abi::Value,
    context: *const abi::Context,
    instance: *mut *mut c_void,
) -> abi::Status {
    let scn = Scn::of(context);
    let opened = caught(|| {
        // SAFETY: it lasts until this returns.
        let config = match unsafe { read(&*config) } {
            Value::Map(config) => config,
            _ => Map::new(),
        };
        let Some(plugin) = OPENS.get().copied() else {
            return Err(Error::plugin("it was opened before it was described"));
        };
        let context = Context {
            reach: Reach::Scn(scn.again()),
            input: None,
            run: String::new(),
            step: 0,
        };
        let state = plugin.open(&config, &context)?;
        Ok(Box::new(Instance { plugin, state }))
    });
    match opened {
        Ok(opened) => {
            // SAFETY: it is where the instance goes.
            unsafe { instance.write(Box::into_raw(opened).cast()) };
            abi::OK
        }
        Err(error) => scn.fail(&error),
    }
}

pub(super) unsafe extern "C" fn close(instance: *mut c_void) {
    if instance.is_null() {
        return;
    }
    let closed = caught(|| {
        // SAFETY: it was made in `open`, and is closed once.
        drop(unsafe { Box::from_raw(instance.cast::<Instance>()) });
        Ok(())
    });
    if let Err(error) = closed {
        eprintln!("{error}");
    }
}

pub(super) unsafe extern "C" fn run(
    instance: *mut c_void,
    call: *const abi::Call,
    context: *const abi::Context,
) -> abi::Status {
    let scn = Scn::of(context);
    let result = caught(|| {
        // SAFETY: they last until this returns; `open` made the instance, and `describe_command`
        // what the command has as its data, which lasts as long as the process.
        let (instance, call, exports) = unsafe {
            let call = &*call;
            (
                &*instance.cast::<Instance>(),
                call,
                &*call.data.cast::<Exports>(),
            )
        };
        if !ptr::eq(instance.plugin, exports.plugin) {
            return Err(Error::plugin("the instance is another plug-in's"));
        }
        // SAFETY: there are so many of them, until this returns.
        let (args, rest, input, run) = unsafe {
            (
                values(call.args, call.args_length),
                values(call.rest, call.rest_length),
                call.input.as_ref().map(|input| read(input)),
                String::from_utf8_lossy(bytes(&call.run)).into_owned(),
            )
        };
        let mut words = args;
        if exports.rest {
            words.push(Value::List(rest));
        }
        let context = Context {
            reach: Reach::Scn(scn.again()),
            input,
            run,
            step: call.step,
        };
        instance
            .plugin
            .call(exports.command, &instance.state, &context, words)
    });
    match result {
        Ok(value) => {
            scn.give(&value);
            abi::OK
        }
        Err(error) => scn.fail(&error),
    }
}
