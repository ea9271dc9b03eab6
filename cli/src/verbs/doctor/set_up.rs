//! The project: its environments, their programs and plug-ins, its records.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use scn_grammar::tree::Part;
use scn_interpreter::environment::{ProgramDeclaration, RunOrShell, Template, available};
use scn_interpreter::{Disk, Environment};

use super::Line;
use crate::project::{Loader, RUNS};
use crate::secrets;
use crate::terminal;

/// What is found of it.
pub(super) fn lines(loader: &mut Loader, folder: &Path, named: Option<&str>) -> Vec<Line> {
    let Ok(project) = loader.project(folder) else {
        return vec![Line::wrong(
            "the project's file scn.toml is wrong",
            "mend what is said above",
        )];
    };
    let mut lines = vec![match folder.strip_prefix(&project.root) {
        Ok(inside) if inside.as_os_str().is_empty() => {
            Line::right("the project begins in this folder")
        }
        _ => Line::right(format!("the project begins in {}", project.root.display())),
    }];
    let names: Vec<String> = match named {
        Some(name) => vec![name.to_owned()],
        None => available(&Disk, folder)
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
    };
    if names.is_empty() {
        lines.push(Line::doubtful(
            "there is no environment: scenarios have the built-in commands alone",
            "scn init makes a project with one; or write environments/local.toml",
        ));
    } else if project.environment.is_none() && named.is_none() {
        lines.push(Line::doubtful(
            "no environment is the default one: each command line names it",
            format!("in scn.toml: environment = \"{}\"", names[0]),
        ));
    }
    for name in &names {
        environment(loader, folder, name, named.is_some(), &mut lines);
    }
    lines.extend(records(&project.root.join(RUNS)));
    lines
}

/// One that was asked for is to be used here and now; of the others some are for other places, whose secrets are there.
fn environment(
    loader: &mut Loader,
    folder: &Path,
    name: &str,
    asked_for: bool,
    lines: &mut Vec<Line>,
) {
    let Ok(Some(environment)) = loader.environment(Some(name), folder) else {
        lines.push(Line::wrong(
            format!("the environment `{name}` cannot be used"),
            "mend what is said above; scn env list shows which there are",
        ));
        return;
    };
    let before = lines.len();
    programs(&environment, lines);
    for (secret, why) in secrets::missing(&environment) {
        let found = format!("{name}: the secret `{secret}` cannot be had: {why}");
        let mend = format!(
            "set it, or mend [secrets] in {}",
            environment.file.display()
        );
        lines.push(match asked_for {
            true => Line::wrong(found, mend),
            false => Line::doubtful(found, mend),
        });
    }
    let plugins = environment.plugins.len();
    if loader.declared(Some(&environment)).is_err() {
        lines.push(Line::wrong(
            format!("{name}: not all of its plug-ins can be used"),
            "mend what is said above; scn plugin check tries one",
        ));
    }
    for host in environment.hosts.keys() {
        lines.push(Line::doubtful(
            format!("{name}: the host `{host}` was not looked at"),
            "what is wrong on another machine is told when a step runs there",
        ));
    }
    if lines.len() == before {
        let (commands, components) = (environment.commands.len(), environment.components.len());
        lines.push(Line::right(format!(
            "{name}: {}, {} and {} can be used",
            counted(commands, "command"),
            counted(components, "component"),
            counted(plugins, "plug-in")
        )));
    }
}

fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}

/// The programs that cannot be started, of what runs on this machine.
fn programs(environment: &Environment, lines: &mut Vec<Line>) {
    let of_commands = environment
        .commands
        .iter()
        .filter(|(_, alias)| alias.on.is_none());
    let of_commands =
        of_commands.map(|(name, alias)| (format!("[commands.{name}]"), &alias.program));
    let here = environment
        .components
        .iter()
        .filter(|(_, component)| component.host.is_none());
    let of_components = here.filter_map(|(name, component)| {
        Some((
            format!("[components.{name}] start"),
            component.start.as_ref()?,
        ))
    });
    for (place, program) in of_commands.chain(of_components) {
        if let Some(reason) = lacking(program, &environment.root) {
            lines.push(Line::wrong(
                format!("{}: {place}: {reason}", environment.name),
                format!(
                    "install it, or mend `run` in {}",
                    environment.file.display()
                ),
            ));
        }
    }
}

/// Why a program cannot be started, where it is written out which it is.
fn lacking(program: &ProgramDeclaration, root: &Path) -> Option<String> {
    let RunOrShell::Run(argv) = &program.what else {
        return None;
    };
    let name = written(argv.first()?)?;
    let folder = match &program.cwd {
        Some(cwd) => root.join(written(cwd)?),
        None => root.to_owned(),
    };
    let path = program.env.iter().find(|(name, _)| name == "PATH");
    let path = match path {
        Some((_, path)) => Some(written(path)?.into()),
        None => None,
    };
    // A path is seen from the folder that it works in, and else from the root.
    let from_root: PathBuf = root.join(&name);
    if name.contains('/')
        && from_root.exists()
        && scn_process::locate(from_root.as_os_str(), None, root).is_ok()
    {
        return None;
    }
    scn_process::locate(OsStr::new(&name), path, &folder)
        .err()
        .map(|error| error.to_string())
}

/// A text in which nothing is put in.
fn written(template: &Template) -> Option<String> {
    let mut text = String::new();
    for part in &template.parts {
        match part {
            Part::Bare(piece) | Part::Quoted(piece) => text.push_str(piece),
            Part::Value { .. } | Part::Splat(_) => return None,
        }
    }
    Some(text)
}

/// Whether runs can be recorded, and which were not finished.
fn records(runs: &Path) -> Vec<Line> {
    let tried = tempfile_in(runs);
    let mut lines = vec![match tried {
        Ok(()) => Line::right("runs can be recorded"),
        Err(error) => Line::wrong(
            format!(
                "runs cannot be recorded in {}: {}",
                runs.display(),
                terminal::reason(&error)
            ),
            "give yourself the right to write there, or say where: scn run --runs DIR",
        ),
    }];
    match scn_record::unfinished(runs) {
        Ok(unfinished) => lines.extend(unfinished.iter().map(|run| {
            Line::wrong(
                format!(
                    "the run {} was not finished: what it started may still run",
                    run.id
                ),
                format!("scn resume {0}, or scn cleanup {0}", run.id),
            )
        })),
        Err(error) => lines.push(Line::doubtful(
            format!("it cannot be told which runs were not finished: {error}"),
            "scn runs list",
        )),
    }
    lines
}

/// Writes a file where runs are recorded, and takes it away again, with the folders that were not there before.
fn tempfile_in(runs: &Path) -> std::io::Result<()> {
    let made: Vec<&Path> = runs
        .ancestors()
        .take_while(|folder| !folder.exists())
        .collect();
    fs::create_dir_all(runs)?;
    let file = runs.join(format!(".doctor-{}", std::process::id()));
    let written = fs::write(&file, b"scn").and_then(|()| fs::remove_file(&file));
    for folder in made {
        // Whoever has written there since keeps it.
        let _ = fs::remove_dir(folder);
    }
    written
}
