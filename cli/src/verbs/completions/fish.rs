//! For fish.

use std::fmt::Write as _;

use super::words::{Flag, Values, Verb};

/// The script: a file `scn.fish` in a folder of `fish_complete_path`, or to be sourced.
pub fn script(verbs: &[Verb]) -> String {
    let (mut known, mut lines) = (Vec::new(), String::new());
    for verb in verbs {
        let path = &verb.path;
        let here = format!("complete -c scn -n '__scn_at \"{path}\"'");
        for (name, about) in &verb.verbs {
            known.push(format!("'{path} {name}'"));
            let _ = writeln!(lines, "{here} -a {name} -d {}", quoted(about));
        }
        for option in &verb.options {
            let _ = writeln!(lines, "{here}{}", flag(option));
        }
        if verb.verbs.is_empty()
            && let Some(action) = action(&verb.takes)
        {
            let _ = writeln!(lines, "{here} -a {action}");
        }
    }
    format!(
        r#"# Completion of scn, for fish.

function __scn_at
    set -l at scn
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$at $word"
            case {known}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end

function __scn_environments
    set -l words (commandline -opc)
    $words[1] env list 2>/dev/null | string replace -r '^..(\S*).*' '$1'
end

complete -c scn -f
{lines}"#,
        known = known.join(" "),
    )
}

fn flag(option: &Flag) -> String {
    let mut text = String::new();
    for name in &option.names {
        match name.strip_prefix("--") {
            Some(long) => text.push_str(&format!(" -l {long}")),
            None => text.push_str(&format!(" -s {}", name.trim_start_matches('-'))),
        }
    }
    if let Some(takes) = &option.takes {
        text.push_str(" -x");
        if let Some(action) = action(takes) {
            text.push_str(&format!(" -a {action}"));
        }
    }
    text.push_str(&format!(" -d {}", quoted(&option.help)));
    text
}

fn action(values: &Values) -> Option<String> {
    Some(match values {
        Values::Free => return None,
        Values::Scenarios => "'(__fish_complete_suffix .scn)'".to_owned(),
        Values::Files => "'(__fish_complete_path (commandline -ct))'".to_owned(),
        Values::Folders => "'(__fish_complete_directories (commandline -ct))'".to_owned(),
        Values::Environments => "'(__scn_environments)'".to_owned(),
        Values::Words(words) => quoted(&words.join(" ")),
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
