//! What is wrong with commands in a declaration that can be read.

use scn_grammar::keyword::keyword_of;
use scn_protocol::plugin::Declaration;

/// The commands with a parameter that has a default before one that has to be given, so that no call could leave it
/// out: each with what is wrong, to stand after the name.
pub fn misplaced(declaration: &Declaration) -> impl Iterator<Item = (&str, String)> {
    declaration.commands.iter().filter_map(|command| {
        let has_default = |at: usize| command.params[at].default.is_some();
        let at = (1..command.params.len()).find(|at| has_default(at - 1) && !has_default(*at))?;
        let (first, then) = (&command.params[at - 1].name, &command.params[at].name);
        let wrong = format!(
            "has the parameter `{first}`, which has a default, before `{then}`, which has none: those with defaults stand behind the others"
        );
        Some((&*command.name, wrong))
    })
}

/// The commands that are named like a word of the language, so that a line that begins with it is no call.
pub fn words(declaration: &Declaration) -> impl Iterator<Item = &str> {
    let names = declaration.commands.iter().map(|command| &*command.name);
    names.filter(|name| keyword_of(name).is_some())
}
