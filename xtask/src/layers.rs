//! Which room may know which: a value goes one way, and nothing later is known to anything
//! earlier.

use std::collections::HashSet;

/// Each room's crate, and the rooms that it may know.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("scn-grammar", &[]),
    ("scn-protocol", &[]),
    ("scn-interpreter", &["scn-grammar", "scn-protocol"]),
    ("scn-process", &[]),
    ("scn-watch", &["scn-process", "scn-protocol"]),
    ("scn-record", &["scn-protocol"]),
    ("scn-report", &["scn-protocol"]),
    (
        "scn-stdlib",
        &[
            "scn-interpreter",
            "scn-process",
            "scn-protocol",
            "scn-watch",
        ],
    ),
    ("scn-plugin-abi", &[]),
    ("scn-plugin", &["scn-plugin-abi"]),
    (
        "scn-plugin-host",
        &[
            "scn-grammar",
            "scn-interpreter",
            "scn-plugin-abi",
            "scn-process",
            "scn-protocol",
        ],
    ),
    (
        "scn",
        &[
            "scn-grammar",
            "scn-interpreter",
            "scn-plugin-host",
            "scn-process",
            "scn-protocol",
            "scn-record",
            "scn-report",
            "scn-stdlib",
            "scn-watch",
        ],
    ),
    ("exchange", &[]),
    ("exchange-plugin", &["exchange", "scn-plugin"]),
    (
        "scn-tests",
        &[
            "scn-grammar",
            "scn-interpreter",
            "scn-protocol",
            "scn-record",
            "scn-stdlib",
        ],
    ),
    (
        "scn-fuzz",
        &[
            "scn-grammar",
            "scn-interpreter",
            "scn-plugin-host",
            "scn-protocol",
            "scn-record",
            "scn-report",
            "scn-watch",
        ],
    ),
    (
        "scn-benches",
        &["scn-interpreter", "scn-protocol", "scn-record"],
    ),
    ("xtask", &[]),
];

/// Libraries that a room must not know, whatever for.
const MUST_NOT_USE: &[(&str, &[&str])] = &[
    (
        "scn-grammar",
        &["tokio", "clap", "miette", "serde", "rustix"],
    ),
    ("scn-protocol", &["tokio", "clap", "miette", "rustix"]),
    (
        "scn-interpreter",
        &["tokio", "clap", "miette", "rustix", "libloading", "ureq"],
    ),
    ("scn-record", &["tokio", "clap", "miette"]),
    ("scn-report", &["tokio", "clap"]),
];

/// Fails on an edge that is not written down above.
pub fn run() -> Result<(), String> {
    let rooms = crate::licences::metadata()?;
    let packages = rooms["packages"].as_array().cloned().unwrap_or_default();
    let members: HashSet<&str> = rooms["workspace_members"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str())
        .collect();
    let mut wrong = Vec::new();
    let mut edges = 0;
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        if !package["id"]
            .as_str()
            .is_some_and(|id| members.contains(id))
        {
            continue;
        }
        let Some((_, may)) = MAY_KNOW.iter().find(|(room, _)| *room == name) else {
            wrong.push(format!(
                "{name} is in no room: write it down in xtask/src/layers.rs"
            ));
            continue;
        };
        let banned = MUST_NOT_USE
            .iter()
            .find(|(room, _)| *room == name)
            .map_or(&[][..], |(_, banned)| banned);
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let on = dependency["name"].as_str().unwrap_or_default();
            let normal = dependency["kind"].is_null();
            let room = MAY_KNOW.iter().any(|(room, _)| *room == on);
            edges += usize::from(room);
            if room && normal && !may.contains(&on) {
                wrong.push(format!("{name} must not know {on}"));
            }
            if normal && banned.contains(&on) {
                wrong.push(format!("{name} must not use {on}"));
            }
        }
    }
    if wrong.is_empty() {
        println!("layers: {edges} edges between rooms, all of them allowed");
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}
