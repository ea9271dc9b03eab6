//! `scn plugin list`

use scn_grammar::Diagnostic;
use scn_plugin_host::Declared;
use scn_plugin_host::plugins::One;

use crate::exit::Exit;
use crate::plugins;
use crate::project::{self, Loader, hint};
use crate::terminal;
use crate::verbs::shown;

/// Each plug-in of the environment: what it is, and what it brings.
pub(super) fn list(env: Option<&str>) -> Exit {
    let folder = std::env::current_dir().unwrap_or_default();
    let environment = match Loader::default().environment(env, &folder) {
        Ok(Some(environment)) => environment,
        Ok(None) => {
            let none = "there is no environment, and no folder `environments` with any";
            terminal::complain(hint(&folder).as_deref().unwrap_or(none));
            return Exit::Wrong;
        }
        Err(_) => return Exit::Wrong,
    };
    // What can be used is listed, whatever else cannot.
    let (declared, found) = Declared::of(&environment, &plugins::built_in());
    project::tell(&found, environment.sources.clone(), None, false);
    let mut text = String::new();
    for one in &declared.plugins {
        text.push_str(&page(one));
    }
    match shown(&text) {
        Exit::Done if found.iter().any(Diagnostic::is_error) => Exit::Wrong,
        exit => exit,
    }
}

/// A plug-in: what it is, and what it brings.
pub fn page(one: &One) -> String {
    let declaration = &one.declaration;
    let program = one.launch.shown();
    let mut own = declaration.name.clone();
    if !declaration.version.is_empty() {
        own = format!("{own} {}", declaration.version).trim().to_owned();
    }
    let own = if own.is_empty() {
        String::new()
    } else {
        format!("  ({own})")
    };
    let mut text = format!("{}  {}{own}\n", one.launch.plugin, program);
    let widest = declaration
        .commands
        .iter()
        .map(|command| command.name.chars().count());
    let widest = widest.max().unwrap_or(0);
    for command in &declaration.commands {
        let help = command.help.lines().next().unwrap_or_default();
        let line = format!("    {:<widest$}  {help}", command.name);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
