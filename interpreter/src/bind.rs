//! Which word goes to which parameter: the one rule, used before the run and in it.

use scn_protocol::{Signature, Value};

/// Where a word goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// To that parameter.
    Param(usize),
    /// To the words beyond the parameters.
    Rest,
    /// Likewise, and `name=` stays a part of it.
    RestWhole,
}

/// Why words do not fit a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The word at that place is one too many.
    TooMany(usize),
    /// That parameter has no word.
    Missing(usize),
    /// The word at that place names a parameter that there is not.
    Unknown(usize),
    /// The word at that place gives a parameter a second time.
    Twice(usize),
    /// Fewer words beyond the parameters than are needed.
    TooFew,
}

/// Whether the word after this one, among words that name components, is not one of them: it
/// says a signal, as in `kill -s TERM Engine`.
pub fn takes_next(word: &str) -> bool {
    matches!(word, "-s" | "-n")
}

/// Finds where each word goes; `names` has the name of each that is written `name=value`.
pub fn assign(signature: &Signature, names: &[Option<&str>]) -> Result<Vec<Goes>, Misfit> {
    let mut taken = vec![false; signature.params.len()];
    let mut goes = vec![None; names.len()];
    for (at, name) in names.iter().enumerate() {
        let Some(name) = name else { continue };
        match signature
            .params
            .iter()
            .position(|param| param.name == *name)
        {
            Some(param) if taken[param] => return Err(Misfit::Twice(at)),
            Some(param) => {
                taken[param] = true;
                goes[at] = Some(Goes::Param(param));
            }
            None if signature.rest.is_some() => {}
            None => return Err(Misfit::Unknown(at)),
        }
    }
    let mut next = 0;
    let mut rest = 0;
    for (at, goes) in goes.iter_mut().enumerate() {
        if goes.is_some() {
            continue;
        }
        while taken.get(next) == Some(&true) {
            next += 1;
        }
        *goes = Some(if names[at].is_some() {
            rest += 1;
            Goes::RestWhole
        } else if next < taken.len() {
            taken[next] = true;
            Goes::Param(next)
        } else if signature.rest.is_some() {
            rest += 1;
            Goes::Rest
        } else {
            return Err(Misfit::TooMany(at));
        });
    }
    let missing = signature
        .params
        .iter()
        .zip(&taken)
        .position(|(param, taken)| !taken && param.default.is_none());
    if let Some(param) = missing {
        return Err(Misfit::Missing(param));
    }
    if rest < signature.rest_least {
        return Err(Misfit::TooFew);
    }
    Ok(goes.into_iter().flatten().collect())
}

/// A reason for a person.
pub fn explain(misfit: &Misfit, signature: &Signature, words: &[String]) -> String {
    let name = &signature.name;
    let word = |at: usize| words.get(at).cloned().unwrap_or_default();
    match misfit {
        Misfit::TooMany(at) => {
            let most = signature.params.len();
            let plural = if most == 1 { "" } else { "s" };
            format!(
                "`{name}` takes {most} word{plural}, and `{}` is one too many",
                word(*at)
            )
        }
        Misfit::Missing(param) => {
            let param = &signature.params[*param];
            format!("`{name}` lacks `{}` ({})", param.name, param.kind.name())
        }
        Misfit::Unknown(at) => format!(
            "`{name}` has no parameter `{}`",
            word(*at).split('=').next().unwrap_or_default()
        ),
        Misfit::Twice(at) => {
            format!(
                "`{}` of `{name}` is given twice",
                word(*at).split('=').next().unwrap_or_default()
            )
        }
        Misfit::TooFew => {
            let rest = signature
                .rest
                .as_ref()
                .map_or("word", |rest| rest.name.as_str());
            match signature.rest_least {
                1 => format!("`{name}` needs at least one {}", rest.trim_end_matches('s')),
                least => format!("`{name}` needs at least {least} {rest}"),
            }
        }
    }
}

/// How a command is written, for help: `http METHOD URL [timeout=30s] …`.
pub fn usage(signature: &Signature) -> String {
    let mut text = signature.name.clone();
    for param in &signature.params {
        match &param.default {
            None => text.push_str(&format!(" {}", param.name.to_uppercase())),
            Some(Value::None) => text.push_str(&format!(" [{}=…]", param.name)),
            Some(default) => text.push_str(&format!(" [{}={default}]", param.name)),
        }
    }
    if let Some(rest) = &signature.rest {
        let name = rest.name.to_uppercase();
        text.push_str(&if signature.rest_least > 0 {
            format!(" {name}…")
        } else {
            format!(" [{name}…]")
        });
    }
    text
}
