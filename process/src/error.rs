//! Why a program could not be started.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Why a program could not be started. Nothing runs after such an error.
#[derive(Debug)]
pub enum SpawnError {
    /// No program was named.
    NoProgram,
    /// There is no such program.
    NotFound {
        /// The program as it was asked for.
        program: OsString,
        /// The folders of `PATH` that were searched, in order; or the one file that was looked for.
        searched: Vec<PathBuf>,
    },
    /// The file is there, and may not be executed.
    NotExecutable(PathBuf),
    /// The program is a directory.
    IsFolder(PathBuf),
    /// The file may be executed, and is neither a program of this machine nor a script.
    WrongFormat(PathBuf),
    /// The program is there, and the interpreter that it names is not.
    NoInterpreter {
        /// The script, or the program that is linked dynamically.
        program: PathBuf,
        /// What its first line names; unknown if the program is no script.
        interpreter: Option<PathBuf>,
    },
    /// The working directory does not exist.
    NoSuchFolder(PathBuf),
    /// The working directory is no directory.
    NotFolder(PathBuf),
    /// A word, a variable or a path holds a NUL byte, which the system cannot pass on.
    HasNul(OsString),
    /// The program cannot be run as this user.
    User {
        /// The user that was asked for.
        user: String,
        /// Why not.
        reason: String,
    },
    /// The system refused for another reason: too many processes, arguments too long, …
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl SpawnError {
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProgram => f.write_str("no program is named"),
            Self::NotFound { program, searched } => not_found(f, program, searched),
            Self::NotExecutable(path) => {
                let path = path.display();
                write!(f, "`{path}` may not be executed: chmod +x {path}")
            }
            Self::IsFolder(path) => write!(f, "`{}` is a directory", path.display()),
            Self::WrongFormat(path) => write!(
                f,
                "`{}` is neither a program for this machine nor a script",
                path.display()
            ),
            Self::NoInterpreter {
                program,
                interpreter,
            } => match interpreter {
                Some(interpreter)
                    if interpreter.as_os_str().as_encoded_bytes().ends_with(b"\r") =>
                {
                    write!(
                        f,
                        "the first line of `{}` ends with CR LF, as on Windows: save it with LF",
                        program.display()
                    )
                }
                Some(interpreter) => write!(
                    f,
                    "`{}` needs `{}`, which is not there",
                    program.display(),
                    interpreter.display()
                ),
                None => write!(
                    f,
                    "`{}` needs a dynamic loader that is not there",
                    program.display()
                ),
            },
            Self::NoSuchFolder(path) => {
                write!(
                    f,
                    "the working directory `{}` does not exist",
                    path.display()
                )
            }
            Self::NotFolder(path) => {
                write!(
                    f,
                    "the working directory `{}` is no directory",
                    path.display()
                )
            }
            Self::HasNul(text) => write!(
                f,
                "`{}` holds a NUL byte, which no program can be given",
                text.display().to_string().replace('\0', "\\0")
            ),
            Self::User { user, reason } => {
                write!(f, "cannot run as user `{user}`: {reason}")
            }
            Self::Io { action, source } => write!(f, "cannot {action}: {source}"),
        }
    }
}

fn not_found(f: &mut fmt::Formatter<'_>, program: &OsStr, searched: &[PathBuf]) -> fmt::Result {
    if program.as_bytes().contains(&b'/') {
        let file = searched
            .first()
            .map_or(Path::new(program), PathBuf::as_path);
        return write!(f, "there is no program `{}`", file.display());
    }
    write!(f, "there is no program `{}` (searched ", program.display())?;
    for (index, folder) in searched.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{}", folder.display())?;
    }
    f.write_str(")")
}

impl std::error::Error for SpawnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
