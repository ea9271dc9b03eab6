//! Running as another user.
//!
//! `std` can set the user only by way of fork, and cannot give the supplementary groups that the
//! user is in; `setpriv` of util-linux does both after an ordinary start, and becomes the program.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use nix::unistd::{User, geteuid};

use crate::{Environment, SpawnError, lookup};

/// What becomes another user, and then the program.
pub(crate) struct Becoming {
    pub(crate) file: PathBuf,
    /// Its words; behind them comes the program, with its arguments.
    pub(crate) words: Vec<OsString>,
    pub(crate) env: Environment,
}

/// What it takes to become the user of that name; nothing, if this process runs as that user.
pub(crate) fn becoming(name: &str, env: &Environment) -> Result<Option<Becoming>, SpawnError> {
    let cannot = |reason: String| SpawnError::User {
        user: name.to_owned(),
        reason,
    };
    let user = User::from_name(name)
        .map_err(|error| cannot(error.desc().to_owned()))?
        .ok_or_else(|| cannot("there is no such user".into()))?;
    if user.uid == geteuid() {
        return Ok(None);
    }
    if !geteuid().is_root() {
        return Err(cannot("only root can run a program as another user".into()));
    }
    let setpriv = lookup::find("setpriv".as_ref(), std::env::var_os("PATH"), None)
        .map_err(|_| cannot("this needs the program setpriv, of util-linux".into()))?;
    let words = vec![
        setpriv.clone().into(),
        format!("--reuid={}", user.uid).into(),
        format!("--regid={}", user.gid).into(),
        "--init-groups".into(),
        "--".into(),
    ];
    // As a login would, unless the environment says otherwise.
    let of_login = [
        ("HOME", user.dir.as_os_str()),
        ("USER", name.as_ref()),
        ("LOGNAME", name.as_ref()),
    ];
    let is_free = |(variable, _): &(&str, &OsStr)| {
        let is_removed = env.removed.iter().any(|removed| removed == variable);
        !env.clean && !is_removed && env.set.iter().all(|(set, _)| set != variable)
    };
    let mut with_login = env.clone();
    for (variable, value) in of_login.into_iter().filter(is_free) {
        with_login.set(variable, value);
    }
    Ok(Some(Becoming {
        file: setpriv,
        words,
        env: with_login,
    }))
}
