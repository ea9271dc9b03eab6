//! A project in Rust.

use super::File;

/// Its files: its own, and the crates that it needs, which need no others.
pub(super) const FILES: &[&[File]] = &[OWN, SDK, ABI];

const OWN: &[File] = &[
    ("Cargo.toml", include_str!("rust/Cargo.toml")),
    (".gitignore", include_str!("rust/gitignore")),
    ("src/lib.rs", include_str!("rust/lib.rs")),
    (
        "environments/local.toml",
        include_str!("rust/environment.toml"),
    ),
    ("scn.toml", include_str!("scn.toml")),
    ("hello.scn", include_str!("hello.scn")),
];

/// Files of a crate, by their names: where they go, and where they are here.
macro_rules! files {
    ($to:literal, $from:literal, $($name:literal)*) => {
        &[$((concat!($to, $name), include_str!(concat!($from, $name)))),*]
    };
}

const SDK: &[File] = files!(
    "vendor/scn-plugin/src/", "../../../../../plugins/sdk/src/",
    "command.rs" "context.rs" "convert.rs" "decimal.rs" "error.rs" "lib.rs" "plugin.rs" "shim.rs"
    "shim/calls.rs" "shim/scn.rs" "shim/values.rs"
    "testing.rs" "value.rs"
);

const ABI: &[File] = &[
    (
        "vendor/scn-plugin/Cargo.toml",
        include_str!("rust/sdk.toml"),
    ),
    (
        "vendor/scn-plugin-abi/Cargo.toml",
        include_str!("rust/abi.toml"),
    ),
    (
        "vendor/scn-plugin-abi/src/lib.rs",
        include_str!("../../../../../plugins/abi/src/lib.rs"),
    ),
    (
        "vendor/scn-plugin-abi/include/scn_plugin.h",
        include_str!("../../../../../plugins/abi/include/scn_plugin.h"),
    ),
];
