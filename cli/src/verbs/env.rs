//! `scn env`

use std::path::PathBuf;

use clap::Subcommand;
use scn_interpreter::Disk;
use scn_interpreter::environment::{available, diff, schema, show};

use super::{printed, shown};
use crate::exit::Exit;
use crate::project::{self, Loader};
use crate::terminal;

/// List, show and compare environments
///
/// An environment is a file `environments/NAME.toml`, found from the current folder upward. It
/// says what the words of scenarios mean on one system.
///
/// Examples:
///
///     scn env list
///     scn env show local
///     scn env diff local staging
///     scn env schema > .vscode/scn-environment.json
#[derive(Debug, Subcommand)]
#[command(verbatim_doc_comment)]
pub enum Env {
    /// List the environments that there are, the default one marked with `*`
    ///
    /// Example: scn env list
    List,
    /// Print an environment as one file, with what it extends put in
    ///
    /// Example: scn env show local
    Show {
        /// Its name or its file; the default one unless given.
        environment: Option<String>,
    },
    /// Print what two environments do not have in common; the exit status is 1 if there is any
    ///
    /// Example: scn env diff local staging
    Diff {
        /// The name or the file of one.
        left: String,
        /// The name or the file of the other.
        right: String,
    },
    /// Print the JSON Schema of environments, for editors
    ///
    /// Example: scn env schema > .vscode/scn-environment.json
    Schema,
}

impl Env {
    /// Does it.
    pub fn run(self) -> Exit {
        let Ok(folder) = project::here() else {
            return Exit::Wrong;
        };
        match self {
            Self::List => list(folder),
            Self::Show { environment } => show_one(environment, folder),
            Self::Diff { left, right } => compare([left, right], folder),
            Self::Schema => match serde_json::to_string_pretty(&schema()) {
                Ok(text) => printed(&format!("{text}\n")),
                Err(error) => {
                    terminal::complain(error);
                    Exit::Error
                }
            },
        }
    }
}

fn list(folder: PathBuf) -> Exit {
    let Ok(project) = Loader::default().project(&folder) else {
        return Exit::Wrong;
    };
    let all = available(&Disk, &folder);
    if all.is_empty() {
        terminal::complain("there is no folder `environments` with any, here or above");
        return Exit::Wrong;
    }
    let widest = all.iter().map(|(name, _)| name.chars().count()).max();
    let widest = widest.unwrap_or(0);
    let mut text = String::new();
    for (name, path) in all {
        let default = project.environment.as_ref() == Some(&name);
        let mark = if default { '*' } else { ' ' };
        let path = path.strip_prefix(&folder).unwrap_or(&path);
        text.push_str(&format!("{mark} {name:<widest$}  {}\n", path.display()));
    }
    shown(&text)
}

fn show_one(environment: Option<String>, folder: PathBuf) -> Exit {
    match Loader::default().environment(environment.as_deref(), &folder) {
        Ok(Some(environment)) => printed(&show(&environment)),
        Ok(None) => {
            let none = "there is no environment, and no folder `environments` with any";
            terminal::complain(crate::project::hint(&folder).as_deref().unwrap_or(none));
            Exit::Wrong
        }
        Err(_) => Exit::Wrong,
    }
}

fn compare(names: [String; 2], folder: PathBuf) -> Exit {
    let mut loader = Loader::default();
    let [left, right] = names.map(|name| loader.environment(Some(&name), &folder));
    let (Ok(Some(left)), Ok(Some(right))) = (left, right) else {
        return Exit::Wrong;
    };
    let differences = diff(&left, &right);
    let mut text = String::new();
    for difference in &differences {
        text.push_str(&format!("{}\n", difference.path_text()));
        for (sign, side) in [('-', &difference.left), ('+', &difference.right)] {
            if let Some(side) = side {
                text.push_str(&format!("  {sign} {side}\n"));
            }
        }
    }
    match shown(&text) {
        Exit::Done if !differences.is_empty() => Exit::Fail,
        exit => exit,
    }
}
