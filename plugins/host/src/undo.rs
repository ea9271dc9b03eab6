//! What undoes a plug-in's commands, as far as that can be known from what it declares.

use scn_grammar::Code;
use scn_interpreter::Registry;
use scn_protocol::Signature;
use scn_protocol::plugin::Declaration;

use crate::codes;

/// Something that is wrong with what undoes a command.
pub struct Fault<'d> {
    /// Its kind.
    pub code: &'static Code,
    /// The command.
    pub command: &'d str,
    /// What is wrong, to stand after the command's name.
    pub text: String,
}

/// The undos that there are not, and those that cannot take the words that they will be given, which
/// are the command's.
pub fn faults<'d>(declaration: &'d Declaration, built_in: &Registry) -> Vec<Fault<'d>> {
    let fault = |command: &'d Signature| {
        let name = command.undo.as_deref()?;
        let own = declaration.commands.iter().find(|known| known.name == name);
        let undo = own.or_else(|| built_in.find(name).map(|known| known.signature()));
        let (code, why) = match undo {
            None => (&codes::NO_UNDO, ", and there is no such command".to_owned()),
            Some(undo) => (&codes::UNDO_WORDS, misfit(command, undo)?),
        };
        Some(Fault {
            code,
            command: &command.name,
            text: format!("is undone by `{name}`{why}"),
        })
    };
    declaration.commands.iter().filter_map(fault).collect()
}

/// Why no call's words, or not each call's, can be those of what undoes it.
fn misfit(command: &Signature, undo: &Signature) -> Option<String> {
    let ((least, most), (needs, takes)) = (words(command), words(undo));
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
