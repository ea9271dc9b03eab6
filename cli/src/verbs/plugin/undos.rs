//! Whether what undoes a plug-in's commands are lines that could be run: found as a scenario's check finds it.

use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_interpreter::{Disk, check};
use scn_plugin_host::conform::{Found, Point};
use scn_protocol::plugin::Declaration;

use super::check::Subject;
use super::examples;
use crate::plugins;

/// A scenario in which nothing can be wrong: what is found is found in the undos.
const NOTHING: &[u8] = b"echo";

/// The kind of finding of a command that there is not.
const NO_COMMAND: &str = "E103";

/// Looks at all of them; none if nothing is undone.
pub(super) fn look(subject: &Subject, declaration: &Rc<Declaration>) -> Option<Point> {
    let undone = declaration.commands.iter();
    let undone = undone.filter(|command| command.undo.is_some()).count();
    if undone == 0 {
        return None;
    }
    let registry = plugins::known(&examples::declared(subject, declaration));
    let environment = subject.environment.as_ref();
    let path = subject.launch.root.join("undo.scn");
    let checked = check("undo", &path, NOTHING, Some(environment), &registry, &Disk);
    let mut wrong: Vec<&Diagnostic> = checked.diagnostics.iter().collect();
    let plugin = format!("{}.", subject.launch.plugin);
    wrong.retain(|found| found.is_error() && says(found, &plugin).is_some());
    let said = |found: &Diagnostic| {
        let text = says(found, &plugin).unwrap_or_default();
        match &found.help {
            Some(help) => format!("{text}; {help}"),
            None => text,
        }
    };
    // It may be one of the environment's own, or of another plug-in of it, which are not looked at here.
    let sure = environment.plugins.len() == 1;
    let found = match wrong
        .iter()
        .find(|found| sure || found.code.name != NO_COMMAND)
    {
        Some(found) => Found::Broken(said(found)),
        None => match wrong.first() {
            Some(found) => Found::Advice(format!(
                "{}; it has to be one that the environment has",
                said(found)
            )),
            None => Found::Kept(format!("{undone} of them")),
        },
    };
    Some(Point {
        expected: "undoes its commands with what can be run",
        found,
    })
}

/// What is found of an undo, with the command's own name; none of anything else. It stands in the environment's
/// file, where the environment names the plug-in, and else in a file that is called after the command.
fn says(found: &Diagnostic, plugin: &str) -> Option<String> {
    if let Some(own) = found.message.strip_prefix(plugin) {
        let (command, wrong) = own.split_once(" is undone by `")?;
        return Some(format!("`{command}` is undone by `{wrong}"));
    }
    let own = found.file.strip_prefix(plugin)?;
    let command = own.strip_suffix(", its undo")?;
    Some(format!("the undo of `{command}`: {}", found.message))
}
