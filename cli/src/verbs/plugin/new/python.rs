//! A project in Python.

use super::File;

/// Its files: its own, and the package that it needs.
pub(super) const FILES: &[&[File]] = &[OWN, PACKAGE];

const OWN: &[File] = &[
    ("IDENT.py", include_str!("python/plugin.py")),
    ("test_IDENT.py", include_str!("python/test_plugin.py")),
    (".gitignore", include_str!("python/gitignore")),
    (
        "environments/local.toml",
        include_str!("python/environment.toml"),
    ),
    ("scn.toml", include_str!("scn.toml")),
    ("hello.scn", include_str!("hello.scn")),
];

/// Files of the package, by their names: where they go, and where they are here.
macro_rules! files {
    ($to:literal, $from:literal, $($name:literal)*) => {
        &[$((concat!($to, $name), include_str!(concat!($from, $name)))),*]
    };
}

const PACKAGE: &[File] = files!(
    "scn_plugin/", "../../../../../plugins/python/scn_plugin/",
    "__init__.py" "call.py" "command.py" "faults.py" "kinds.py" "plugin.py" "py.typed" "serve.py"
    "tasks.py" "testing.py" "values.py"
);
