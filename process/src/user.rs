//! Running as another user.
//!
//! `std` can set the user only by way of fork, and cannot give the supplementary groups that the
//! user is in; `setpriv` of util-linux does both after an ordinary start, and becomes the program.

use std::path::Path;
use std::process::Command;

use nix::unistd::{User, geteuid};

use crate::{Environment, SpawnError, lookup};

/// The beginning of a command that runs `file` as `name`; its arguments follow.
pub(crate) fn command(name: &str, file: &Path, env: &Environment) -> Result<Command, SpawnError> {
    let cannot = |reason: String| SpawnError::User {
        user: name.to_owned(),
        reason,
    };
    let user = User::from_name(name)
        .map_err(|error| cannot(error.desc().to_owned()))?
        .ok_or_else(|| cannot("there is no such user".into()))?;
    if user.uid == geteuid() {
        return Ok(Command::new(file));
    }
    if !geteuid().is_root() {
        return Err(cannot("only root can run a program as another user".into()));
    }
    let setpriv = lookup::find("setpriv".as_ref(), std::env::var_os("PATH"), None)
        .map_err(|_| cannot("this needs the program setpriv, of util-linux".into()))?;
    let mut command = Command::new(setpriv);
    command
        .arg(format!("--reuid={}", user.uid))
        .arg(format!("--regid={}", user.gid))
        .args(["--init-groups", "--"])
        .arg(file);
    // As a login would, unless the environment says otherwise.
    for (variable, value) in [
        ("HOME", user.dir.as_os_str()),
        ("USER", name.as_ref()),
        ("LOGNAME", name.as_ref()),
    ] {
        if !env.set.iter().any(|(set, _)| set == variable) {
            command.env(variable, value);
        }
    }
    Ok(command)
}
