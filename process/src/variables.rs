//! The variables that a program is given, each `NAME=VALUE` as the system takes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, NulError, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use crate::Environment;

/// A variable, and its name.
type Variable = (OsString, CString);

/// The variables of this process, each name once. They are put together when this is asked for first: nothing
/// in this program changes them, which would not be safe.
fn own() -> &'static [Variable] {
    static OWN: OnceLock<Vec<Variable>> = OnceLock::new();
    OWN.get_or_init(|| {
        // Of a name that is there twice, the last one: so `std` does it.
        let all: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        let all = all.into_iter();
        // None of them has a NUL byte: the system gave them to this process.
        all.filter_map(|(name, value)| variable(&name, &value).ok().map(|whole| (name, whole)))
            .collect()
    })
}

/// What a program gets in that environment.
///
/// # Errors
/// If a name or a value holds a NUL byte.
pub(crate) fn given(env: &Environment) -> Result<Vec<Cow<'static, CStr>>, NulError> {
    let inherited = match env.clean {
        true => &[],
        false => own(),
    };
    let is_kept = |name: &OsStr| {
        env.removed.iter().all(|removed| removed != name)
            && env.set.iter().all(|(set, _)| set != name)
    };
    let mut all: Vec<Cow<'static, CStr>> = inherited
        .iter()
        .filter(|(name, _)| is_kept(name))
        .map(|(_, whole)| Cow::Borrowed(whole.as_c_str()))
        .collect();
    for (place, (name, value)) in env.set.iter().enumerate() {
        let later = &env.set[place + 1..];
        if later.iter().all(|(later, _)| later != name) {
            all.push(Cow::Owned(variable(name, value)?));
        }
    }
    Ok(all)
}

fn variable(name: &OsStr, value: &OsStr) -> Result<CString, NulError> {
    let mut whole = Vec::with_capacity(name.len() + value.len() + 2);
    whole.extend_from_slice(name.as_bytes());
    whole.push(b'=');
    whole.extend_from_slice(value.as_bytes());
    CString::new(whole)
}
