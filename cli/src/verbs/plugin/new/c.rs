//! A project in C.

use super::File;

/// Its files: its own, and the header.
pub(super) const FILES: &[File] = &[
    ("IDENT.c", include_str!("c/plugin.c")),
    ("Makefile", include_str!("c/Makefile")),
    (".gitignore", include_str!("c/gitignore")),
    (
        "environments/local.toml",
        include_str!("c/environment.toml"),
    ),
    ("scn.toml", include_str!("scn.toml")),
    ("hello.scn", include_str!("hello.scn")),
    (
        "scn_plugin.h",
        include_str!("../../../../../plugins/abi/include/scn_plugin.h"),
    ),
];
