//! What undoes a plug-in's commands, as far as that can be known from what it declares.

use scn_interpreter::Registry;
use scn_protocol::Signature;
use scn_protocol::plugin::Declaration;

/// The command that a command line names.
pub fn named(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or_default()
}

/// The commands whose undo cannot take the words that it will be given, which are the command's: each with what is
/// wrong, to stand after the name.
pub fn misfits<'d>(
    declaration: &'d Declaration,
    built_in: &Registry,
) -> impl Iterator<Item = (&'d str, String)> {
    declaration.commands.iter().filter_map(|command| {
        let name = command.undo.as_deref()?;
        let why = misfit(command, find(declaration, built_in, name)?)?;
        Some((&*command.name, format!("is undone by `{name}`{why}")))
    })
}

fn find<'a>(
    declaration: &'a Declaration,
    built_in: &'a Registry,
    name: &str,
) -> Option<&'a Signature> {
    let own = declaration.commands.iter().find(|known| known.name == name);
    own.or_else(|| built_in.find(name).map(|known| known.signature()))
}

/// Why no call's words, or not each call's, can be those of what undoes it.
fn misfit(command: &Signature, undo: &Signature) -> Option<String> {
    let ((least, most), (needs, takes)) = (words(command), words(undo));
    if takes == Some(0) {
        return None;
    }
    if let Some(takes) = takes
        && least > takes
    {
        return Some(format!(
            " with the same words, at least {least}, and that takes {takes}"
        ));
    }
    if let Some(most) = most
        && needs > most
    {
        return Some(format!(
            " with the same words, at most {most}, and that needs {needs}"
        ));
    }
    None
}

/// At least, and at most, so many words.
fn words(signature: &Signature) -> (usize, Option<usize>) {
    let required = signature
        .params
        .iter()
        .filter(|param| param.default.is_none())
        .count();
    match signature.rest {
        Some(_) => (required + signature.rest_least, None),
        None => (required, Some(signature.params.len())),
    }
}
