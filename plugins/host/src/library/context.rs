//! What the library calls back.

use std::collections::VecDeque;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use scn_plugin_abi as abi;
use scn_protocol::plugin::{Blame, Failed};
use scn_protocol::{Map, Stream, Value};

use super::Listener;
use super::values::{self, Arena};

/// So many contexts of calls that are over are kept: a thread that the plug-in forgot may still
/// use one, which must not be, and mostly does no harm then.
const KEPT: usize = 256;

static OVER: Mutex<VecDeque<Arc<Held>>> = Mutex::new(VecDeque::new());

/// The context of one call.
pub struct Held {
    context: abi::Context,
    listener: Arc<dyn Listener>,
    over: AtomicBool,
    said: Mutex<Said>,
}

/// What was said in the call about its end.
#[derive(Default)]
struct Said {
    given: Option<Result<Value, String>>,
    failed: Option<Failed>,
    /// Secrets that were read.
    secrets: Arena,
}

// SAFETY: the pointers in it are to itself, and to functions; what changes is behind a lock. The
// arena's pointers are to what it owns.
unsafe impl Send for Held {}
// SAFETY: likewise.
unsafe impl Sync for Held {}

impl Held {
    pub fn new(listener: Arc<dyn Listener>) -> Arc<Self> {
        Arc::new_cyclic(|held: &Weak<Self>| Self {
            context: abi::Context {
                size: size_of::<abi::Context>(),
                host: held.as_ptr().cast_mut().cast::<c_void>(),
                log,
                metric,
                event,
                output,
                secret,
                cancelled,
                give,
                fail,
                time_left,
            },
            listener,
            over: AtomicBool::new(false),
            said: Mutex::default(),
        })
    }

    /// What the library is given.
    pub fn context(&self) -> *const abi::Context {
        &raw const self.context
    }

    /// The call is over, with that status: what came of it.
    pub fn finish(self: &Arc<Self>, status: abi::Status) -> Result<Value, Failed> {
        self.over.store(true, Ordering::Relaxed);
        let mut said = self.said();
        let (given, failed) = (said.given.take(), said.failed.take());
        drop(said);
        let mut over = OVER.lock().unwrap_or_else(PoisonError::into_inner);
        if over.len() == KEPT {
            over.pop_front();
        }
        over.push_back(Arc::clone(self));
        drop(over);
        let fault = |text: String| Err(Failed::new(Blame::Plugin, text));
        match (status, given, failed) {
            (abi::OK, None, _) => Ok(Value::None),
            (abi::OK, Some(Ok(value)), _) => Ok(value),
            (abi::OK, Some(Err(wrong)), _) => fault(format!("gave what is no value: {wrong}")),
            (abi::FAILED, _, Some(failed)) if failed.message.trim().is_empty() => Err(Failed {
                message: "failed, and did not say why".to_owned(),
                ..failed
            }),
            (abi::FAILED, _, Some(failed)) => Err(failed),
            (abi::FAILED, _, None) => fault("failed, and did not say why".to_owned()),
            (status, ..) => fault(format!("returned {status}, and not SCN_OK or SCN_FAILED")),
        }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// # Safety
/// `context` is one that a plug-in was given, or a copy of it.
unsafe fn held<'a>(context: *const abi::Context) -> &'a Held {
    // SAFETY: `host` was set to the `Held` that has the context, which is kept beyond the call.
    unsafe { &*(*context).host.cast::<Held>() }
}

unsafe extern "C" fn log(context: *const abi::Context, level: u32, message: abi::Text) {
    // SAFETY: the header asks for such a context and such a text.
    let (held, message) = unsafe { (held(context), values::text(&message)) };
    let level = match level {
        abi::level::DEBUG => "debug",
        abi::level::WARNING => "warning",
        abi::level::ERROR => "error",
        _ => "info",
    };
    held.listener.log(level, message);
}

unsafe extern "C" fn metric(
    context: *const abi::Context,
    subject: abi::Text,
    name: abi::Text,
    value: *const abi::Value,
    unit: abi::Text,
) {
    // SAFETY: the header asks for such a context, such texts and such a value.
    let (held, subject, name, value, unit) = unsafe {
        (
            held(context),
            values::text(&subject),
            values::text(&name),
            values::read(value),
            values::text(&unit),
        )
    };
    match value {
        Ok(value) => {
            let unit = Some(unit).filter(|unit| !unit.is_empty());
            held.listener.metric(subject, name, value, unit);
        }
        Err(wrong) => {
            let text = format!("the metric `{name}` is left out, it is no value: {wrong}");
            held.listener.log("error", text);
        }
    }
}

unsafe extern "C" fn event(
    context: *const abi::Context,
    subject: abi::Text,
    message: abi::Text,
    data: *const abi::Value,
) {
    // SAFETY: the header asks for such a context, such texts and such a value.
    let (held, subject, message, data) = unsafe {
        (
            held(context),
            values::text(&subject),
            values::text(&message),
            values::read(data),
        )
    };
    let data = match data {
        Ok(Value::Map(map)) => (*map).clone(),
        Ok(Value::None) => Map::new(),
        other => {
            let wrong = match other {
                Ok(value) => format!("it is {}", value.kind()),
                Err(wrong) => wrong,
            };
            let text =
                format!("the data of the event `{message}` is left out, it is no map: {wrong}");
            held.listener.log("error", text);
            Map::new()
        }
    };
    held.listener.event(subject, message, data);
}

unsafe extern "C" fn output(
    context: *const abi::Context,
    stream: u32,
    data: *const c_void,
    length: usize,
) -> abi::Status {
    // SAFETY: the header asks for such a context.
    let held = unsafe { held(context) };
    let stream = match stream {
        abi::stream::STDOUT => Stream::Stdout,
        abi::stream::STDERR => Stream::Stderr,
        unknown => {
            let text = format!(
                "output of {length} bytes is left out: there is no stream {unknown}, but SCN_STDOUT and SCN_STDERR"
            );
            held.listener.log("error", text);
            return abi::FAILED;
        }
    };
    if length == 0 {
        return abi::OK;
    }
    if data.is_null() || length > isize::MAX.unsigned_abs() {
        return abi::FAILED;
    }
    // SAFETY: the header asks for so many bytes.
    let bytes = unsafe { slice::from_raw_parts(data.cast::<u8>(), length) };
    match held.listener.output(stream, bytes) {
        true => abi::OK,
        false => abi::FAILED,
    }
}

unsafe extern "C" fn secret(
    context: *const abi::Context,
    name: *const c_char,
    secret: *mut abi::Text,
) -> abi::Status {
    if name.is_null() || secret.is_null() {
        return abi::FAILED;
    }
    // SAFETY: the header asks for such a context and a text that ends with a NUL.
    let (held, name) = unsafe { (held(context), CStr::from_ptr(name)) };
    let found = name
        .to_str()
        .ok()
        .and_then(|name| held.listener.secret(name));
    let Some(found) = found else {
        return abi::FAILED;
    };
    let text = held.said().secrets.text(&found);
    // SAFETY: the header asks for a place to write to.
    unsafe { secret.write(text) };
    abi::OK
}

unsafe extern "C" fn cancelled(context: *const abi::Context) -> c_int {
    // SAFETY: the header asks for such a context.
    let held = unsafe { held(context) };
    c_int::from(held.is_over() || held.listener.cancelled())
}

unsafe extern "C" fn give(context: *const abi::Context, value: *const abi::Value) {
    // SAFETY: the header asks for such a context and such a value.
    let (held, value) = unsafe { (held(context), values::read(value)) };
    if !held.is_over() {
        held.said().given = Some(value);
    }
}

unsafe extern "C" fn fail(context: *const abi::Context, blame: u32, code: i64, message: abi::Text) {
    // SAFETY: the header asks for such a context and such a text.
    let (held, message) = unsafe { (held(context), values::text(&message)) };
    let blame = match blame {
        abi::blame::SYSTEM => Blame::System,
        abi::blame::ENVIRONMENT => Blame::Environment,
        abi::blame::SCENARIO => Blame::Scenario,
        _ => Blame::Plugin,
    };
    if !held.is_over() {
        let failed = Failed::new(blame, message);
        held.said().failed = Some(Failed { code, ..failed });
    }
}

unsafe extern "C" fn time_left(context: *const abi::Context) -> i64 {
    // SAFETY: the header asks for such a context.
    let held = unsafe { held(context) };
    let left = held.listener.time_left();
    left.map_or(-1, |left| {
        i64::try_from(left.as_nanos()).unwrap_or(i64::MAX)
    })
}
