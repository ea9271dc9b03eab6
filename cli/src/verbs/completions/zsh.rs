//! For zsh.

use std::fmt::Write as _;

use super::words::{Values, Verb};

/// The script: a file `_scn` in a folder of `fpath`, or to be sourced.
pub fn script(verbs: &[Verb]) -> String {
    let (mut known, mut values, mut options, mut words) =
        (Vec::new(), String::new(), String::new(), String::new());
    for verb in verbs {
        let path = &verb.path;
        known.extend(
            verb.verbs
                .iter()
                .map(|(name, _)| format!("'{path} {name}'")),
        );
        let mut described = Vec::new();
        for option in &verb.options {
            let names = option.names.iter();
            described.extend(names.clone().map(|name| pair(name, &option.help)));
            if let Some(takes) = &option.takes {
                let names = names.map(|name| format!("'{path} {name}'"));
                let names: Vec<String> = names.collect();
                let _ = writeln!(
                    values,
                    "        ({}) {}; return ;;",
                    names.join("|"),
                    action(takes)
                );
            }
        }
        let _ = writeln!(
            options,
            "            ('{path}') list=({}); _describe -o option list ;;",
            described.join(" ")
        );
        let below: Vec<String> = verb
            .verbs
            .iter()
            .map(|(name, about)| pair(name, about))
            .collect();
        let action = match below.is_empty() {
            true => action(&verb.takes),
            false => format!("list=({}); _describe verb list", below.join(" ")),
        };
        let _ = writeln!(words, "        ('{path}') {action} ;;");
    }
    format!(
        r#"#compdef scn
# Completion of scn, for zsh.

_scn_environments() {{
    local -a names
    names=(${{(f)"$($words[1] env list 2>/dev/null | sed 's/^..\([^ ]*\).*/\1/')"}})
    compadd -a names || _files -g '*.toml'
}}

_scn() {{
    local at=scn word option=${{words[CURRENT-1]}}
    local -a list
    for word in ${{words[2,CURRENT-1]}}; do
        case "$at $word" in
        ({known}) at="$at $word" ;;
        esac
    done
    if [[ $PREFIX == --*=* ]]; then
        option=${{PREFIX%%=*}}
        compset -P '*='
    fi
    case "$at $option" in
{values}    esac
    if [[ $PREFIX == -* ]]; then
        case $at in
{options}        esac
        return
    fi
    case $at in
{words}    esac
}}

if [[ $funcstack[1] == _scn ]]; then
    _scn "$@"
else
    compdef _scn scn
fi
"#,
        known = known.join("|"),
    )
}

/// A word with what it means, as `_describe` takes it.
fn pair(word: &str, about: &str) -> String {
    let word = word.replace(':', "\\:");
    format!("'{word}:{}'", about.replace('\'', "'\\''"))
}

fn action(values: &Values) -> String {
    match values {
        Values::Free => "_message value".to_owned(),
        Values::Scenarios => "_files -g '*.scn'".to_owned(),
        Values::Files => "_files".to_owned(),
        Values::Folders => "_files -/".to_owned(),
        Values::Environments => "_scn_environments".to_owned(),
        Values::Words(words) => format!("compadd -- {}", words.join(" ")),
    }
}
