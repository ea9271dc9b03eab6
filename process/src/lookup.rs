//! Finding a program as execvp(3) does, and telling afterwards why it could not be executed.
//!
//! The search is done here and not left to the system for two reasons. An error can name what was
//! searched; and `std` leaves posix_spawn for the much dearer fork as soon as a program without a
//! slash meets a `PATH` that was changed.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use crate::SpawnError;

/// Where programs are searched if the environment has no `PATH`, as in the C library.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// How much of a file is looked at to tell a script from anything else; the kernel reads as much
/// for `#!`.
const HEAD: u64 = 256;

/// The file to execute for `program`, with a slash in it. A relative one is relative to `cwd`.
pub(crate) fn find(
    program: &OsStr,
    path: Option<OsString>,
    cwd: Option<&Path>,
) -> Result<PathBuf, SpawnError> {
    if program.is_empty() {
        return Err(SpawnError::NoProgram);
    }
    if program.as_bytes().contains(&b'/') {
        return Ok(PathBuf::from(program));
    }
    let path = path.unwrap_or_else(|| DEFAULT_PATH.into());
    let mut refused = None;
    for folder in path.as_bytes().split(|byte| *byte == b':') {
        let file = in_folder(folder, program);
        match access(&*seen_from_here(&file, cwd), Access::EXEC_OK) {
            Ok(()) if is_folder(&seen_from_here(&file, cwd)) => {
                refused.get_or_insert(SpawnError::IsFolder(file));
            }
            Ok(()) => return Ok(file),
            Err(Errno::ACCESS) => {
                refused.get_or_insert(SpawnError::NotExecutable(file));
            }
            Err(_) => {}
        }
    }
    Err(refused.unwrap_or_else(|| SpawnError::NotFound {
        program: program.to_owned(),
        searched: folders(&path),
    }))
}

/// Where `program` lies that would be started in `cwd` with this `PATH` (that of this process, if there
/// is none): nothing is started.
///
/// # Errors
/// Why it could not be started, with what was looked for where.
pub fn locate(program: &OsStr, path: Option<OsString>, cwd: &Path) -> Result<PathBuf, SpawnError> {
    let path = path.or_else(|| std::env::var_os("PATH"));
    let file = find(program, path, Some(cwd))?;
    let here = seen_from_here(&file, Some(cwd)).into_owned();
    match access(&*here, Access::EXEC_OK) {
        Ok(()) if is_folder(&here) => Err(SpawnError::IsFolder(here)),
        Ok(()) => Ok(here),
        Err(error) => Err(explain(error.into(), program, &file, Some(cwd))),
    }
}

/// An empty element of `PATH` is the working directory.
fn in_folder(folder: &[u8], program: &OsStr) -> PathBuf {
    let folder = if folder.is_empty() { b"." } else { folder };
    let mut file = Vec::with_capacity(folder.len() + 1 + program.len());
    file.extend_from_slice(folder);
    file.push(b'/');
    file.extend_from_slice(program.as_bytes());
    PathBuf::from(OsString::from_vec(file))
}

fn folders(path: &OsStr) -> Vec<PathBuf> {
    path.as_bytes()
        .split(|byte| *byte == b':')
        .map(|folder| if folder.is_empty() { b"." } else { folder })
        .map(|folder| PathBuf::from(OsStr::from_bytes(folder)))
        .collect()
}

/// A path that the program will resolve in its own working directory, as this process sees it.
fn seen_from_here<'a>(file: &'a Path, cwd: Option<&Path>) -> std::borrow::Cow<'a, Path> {
    match cwd {
        Some(cwd) if file.is_relative() => cwd.join(file).into(),
        _ => file.into(),
    }
}

fn is_folder(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_dir())
}

/// What the system's refusal to execute `file` in `cwd` means.
pub(crate) fn explain(
    error: std::io::Error,
    program: &OsStr,
    file: &Path,
    cwd: Option<&Path>,
) -> SpawnError {
    if let Some(cwd) = cwd {
        match cwd.metadata() {
            Ok(metadata) if !metadata.is_dir() => return SpawnError::NotFolder(cwd.to_owned()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return SpawnError::NoSuchFolder(cwd.to_owned());
            }
            Err(source) => {
                let action = "enter the working directory";
                return SpawnError::Io { action, source };
            }
        }
    }
    let here = seen_from_here(file, cwd);
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOENT | Errno::NOTDIR) if here.exists() => SpawnError::NoInterpreter {
            interpreter: interpreter(&here),
            program: here.into_owned(),
        },
        Some(Errno::NOENT | Errno::NOTDIR) => SpawnError::NotFound {
            program: program.to_owned(),
            searched: vec![here.into_owned()],
        },
        Some(Errno::ACCESS | Errno::ISDIR) if is_folder(&here) => {
            SpawnError::IsFolder(here.into_owned())
        }
        Some(Errno::ACCESS | Errno::PERM) => SpawnError::NotExecutable(refused(&here)),
        Some(Errno::NOEXEC) => SpawnError::WrongFormat(here.into_owned()),
        _ => SpawnError::io("start the program")(error),
    }
}

/// Of a script that may be executed, it is the interpreter that may not.
fn refused(file: &Path) -> PathBuf {
    match interpreter(file) {
        Some(interpreter) if access(file, Access::EXEC_OK).is_ok() => interpreter,
        _ => file.to_owned(),
    }
}

/// What the first line of a script names, if it begins with `#!`.
fn interpreter(file: &Path) -> Option<PathBuf> {
    let head = head(file)?;
    let line = head.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next()?.trim_ascii_start();
    let name = line.split(|byte| matches!(byte, b' ' | b'\t')).next()?;
    (!name.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(name)))
}

/// Whether a file that the kernel cannot execute is a script without `#!`, which execvp(3) and
/// every shell hand to `sh`. As bash decides it: no NUL byte in its beginning.
pub(crate) fn is_plain_script(file: &Path, cwd: Option<&Path>) -> bool {
    head(&seen_from_here(file, cwd)).is_some_and(|head| !head.contains(&0))
}

fn head(file: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let file = std::fs::File::open(file).ok()?;
    file.take(HEAD).read_to_end(&mut head).ok()?;
    Some(head)
}
