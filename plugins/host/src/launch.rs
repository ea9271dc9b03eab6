//! What is started for a plug-in, and what it is given.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use scn_process::{Child, Environment, Input, SpawnError, Spec};
use scn_protocol::Value;

use crate::library::file;

/// Starts a program; what it leaves behind is whoever starts it to end.
pub type Start<'a> = &'a dyn Fn(&Spec) -> Result<Child, SpawnError>;

/// What is started for a plug-in.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// The environment's name for the plug-in.
    pub plugin: String,
    /// The program and its arguments; paths are relative to `root`.
    pub argv: Vec<OsString>,
    /// Where it works: the project's root.
    pub root: PathBuf,
    /// `config` of the environment; an empty map if there is none.
    pub config: Value,
    /// The environment's name.
    pub environment: String,
    /// How long one call may take, in nanoseconds.
    pub timeout: Option<i64>,
    /// How much memory it may take, in bytes.
    pub memory: Option<u64>,
    /// How often in a row it is started again after it crashed.
    pub restarts: u32,
    /// It is a library that is loaded into this process. What it can do is asked of it elsewhere
    /// all the same, where it does no harm.
    pub inside: bool,
}

/// What a plug-in finds in its environment variables, beside those of `scn` itself.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// The run's name; none where it is only asked what it can do.
    pub run: Option<String>,
    /// Variables of `scn` that are secrets.
    pub hidden: Vec<String>,
    /// The secrets that it was granted, each with its variable's name.
    pub granted: Vec<(String, Vec<u8>)>,
}

/// How often in a row a plug-in is started again, unless the environment says otherwise.
pub const RESTARTS: u32 = 1_000;

/// The verb of `scn` by which it starts itself for a shared library.
pub const HOST_VERB: &str = "plugin-host";

/// What is started for a shared library: this very program, which loads it.
///
/// # Errors
/// Why not, after the plug-in's name.
pub fn library_host(
    file: &Path,
    secrets: &[String],
    memory: Option<u64>,
) -> Result<Vec<OsString>, String> {
    let scn = std::env::current_exe().map_err(|error| {
        format!("cannot be loaded: where scn itself is cannot be told: {error}")
    })?;
    let mut argv = vec![scn.into_os_string(), HOST_VERB.into()];
    for secret in secrets {
        argv.extend(["--secret".into(), secret.into()]);
    }
    if let Some(bytes) = memory {
        argv.extend(["--memory".into(), bytes.to_string().into()]);
    }
    argv.push(file.as_os_str().to_owned());
    Ok(argv)
}

/// What is started for a plug-in that a command line names: a program and its arguments, or a
/// shared library, by its file or as an environment's `path`.
///
/// # Errors
/// Why a library is none that could be loaded.
pub fn named(words: Vec<String>, root: &Path) -> Result<Vec<OsString>, String> {
    if let [word] = words.as_slice() {
        let endings = [".so", ".dylib", ".dll"];
        let ends = endings.iter().any(|ending| word.ends_with(ending));
        if ends || (word.contains('/') && !root.join(word).is_file()) {
            return match file::find(root, word) {
                Ok(file) => library_host(&file, &[], None),
                Err(why) if ends || file::is_there(root, word) => Err(why),
                // Then it is a program that is not there, which whoever starts it says.
                Err(_) => Ok(vec![word.into()]),
            };
        }
    }
    Ok(words.into_iter().map(Into::into).collect())
}

impl Launch {
    /// What people are shown of what is started: of a shared library its file alone.
    pub fn shown(&self) -> String {
        match self.library() {
            Some(file) => {
                let shown = file.strip_prefix(&self.root).unwrap_or(file);
                shown.display().to_string()
            }
            None => {
                let words = self.argv.iter().map(|word| word.to_string_lossy());
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// The file of the shared library that it is, if it is one.
    pub fn library(&self) -> Option<&Path> {
        let hosted = self.argv.get(1).is_some_and(|verb| verb == HOST_VERB);
        self.argv.last().filter(|_| hosted).map(Path::new)
    }

    /// Why it could not be started, and what was meant, most likely.
    pub(crate) fn not_started(&self, error: &SpawnError) -> String {
        let hint = self.hint().map(|hint| format!("; {hint}"));
        format!("could not be started: {error}{}", hint.unwrap_or_default())
    }

    /// A file of the project that is named as a program is a script, or lacks `./`.
    fn hint(&self) -> Option<String> {
        let word = Path::new(self.argv.first()?);
        let file = self.root.join(word);
        let mode = file.metadata().ok().filter(|meta| meta.is_file())?.mode();
        let shown = word.display();
        let runs = word.extension().and_then(|ending| ending.to_str());
        let runs = match runs.unwrap_or_default() {
            "py" => "python3",
            "sh" => "sh",
            "pl" => "perl",
            "rb" => "ruby",
            "js" | "mjs" => "node",
            "lua" => "lua",
            _ if mode & 0o111 == 0 => return Some("chmod +x makes it a program".to_owned()),
            _ if word.parent() == Some(Path::new("")) => {
                return Some(format!("the file here is `./{shown}`"));
            }
            _ => return None,
        };
        Some(format!(
            "a script stands after what runs it: `{runs} {shown}`"
        ))
    }

    /// What is started.
    pub(crate) fn spec(&self, variables: &Variables) -> Spec {
        use std::os::unix::ffi::OsStringExt;
        let mut env = Environment::default();
        // It does the work of many steps, and is none of them.
        env.remove("SCN_STEP").remove("SCN_RUN");
        variables.hidden.iter().for_each(|name| {
            env.remove(name);
        });
        if let Some(run) = &variables.run {
            env.set("SCN_RUN", run);
        }
        for (name, value) in &variables.granted {
            env.set(name, OsString::from_vec(value.clone()));
        }
        Spec {
            argv: self.argv.clone(),
            cwd: Some(self.root.clone()),
            env,
            input: Input::Piped,
            // What loads a library limits itself to that beyond what it needs anyway.
            memory: self.memory.filter(|_| self.library().is_none()),
            ..Spec::default()
        }
    }
}
