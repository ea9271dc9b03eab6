//! For bash.

use std::fmt::Write as _;

use super::words::{Values, Verb};

/// The script, to be sourced.
pub fn script(verbs: &[Verb]) -> String {
    let (mut known, mut values, mut options, mut words) =
        (Vec::new(), String::new(), String::new(), String::new());
    for verb in verbs {
        let path = &verb.path;
        let below = verb.verbs.iter().map(|(name, _)| name.as_str());
        known.extend(below.clone().map(|name| format!("'{path} {name}'")));
        let flags = verb.options.iter().flat_map(|option| &option.names);
        let flags: Vec<&str> = flags.map(String::as_str).collect();
        let _ = writeln!(
            options,
            "            '{path}') _scn_words '{}' ;;",
            flags.join(" ")
        );
        for option in &verb.options {
            if let Some(takes) = &option.takes {
                let names = option.names.iter().map(|name| format!("'{path} {name}'"));
                let names: Vec<String> = names.collect();
                let _ = writeln!(
                    values,
                    "        {}) {}; return ;;",
                    names.join(" | "),
                    action(takes)
                );
            }
        }
        let action = match verb.verbs.is_empty() {
            true => action(&verb.takes),
            false => format!("_scn_words '{}'", below.collect::<Vec<_>>().join(" ")),
        };
        let _ = writeln!(words, "        '{path}') {action} ;;");
    }
    format!(
        r#"# Completion of scn, for bash.

_scn_words() {{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}}

_scn_paths() {{
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$@" -- "$cur"; compgen -d -- "$cur")
}}

_scn_environments() {{
    local names
    names=$("${{COMP_WORDS[0]}}" env list 2>/dev/null | sed 's/^..\([^ ]*\).*/\1/')
    _scn_words "$names"
    if [[ ${{#COMPREPLY[@]}} -eq 0 ]]; then
        _scn_paths -f -X '!*.toml'
    fi
}}

_scn() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} at=scn word
    # bash cuts --env=local in three.
    if [[ $cur == "=" ]]; then
        cur=
    elif [[ $prev == "=" ]]; then
        prev=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD - 1}}"; do
        case "$at $word" in
        {known}) at="$at $word" ;;
        esac
    done
    COMPREPLY=()
    case "$at $prev" in
{values}    esac
    if [[ $cur == -* ]]; then
        case $at in
{options}        esac
        return
    fi
    case $at in
{words}    esac
}}

complete -F _scn scn
"#,
        known = known.join(" | "),
    )
}

fn action(values: &Values) -> String {
    match values {
        Values::Free => ":".to_owned(),
        Values::Scenarios => "_scn_paths -f -X '!*.scn'".to_owned(),
        Values::Files => "_scn_paths -f".to_owned(),
        Values::Folders => "_scn_paths -d".to_owned(),
        Values::Environments => "_scn_environments".to_owned(),
        Values::Words(words) => format!("_scn_words '{}'", words.join(" ")),
    }
}
