//! Chores of the project: `cargo xtask CHORE`.

mod bench;
mod counts;
mod demo;
mod editors;
mod fuzz;
mod generate;
mod journal;
mod keys;
mod layers;
mod licences;
mod memcheck;
mod python;
mod release;
mod sbom;
mod scenarios;
mod shell;
mod tests;
mod unused;

use std::process::ExitCode;

/// A chore: its name, what it does, and its code.
struct Chore {
    name: &'static str,
    help: &'static str,
    run: fn() -> Result<(), String>,
}

/// All chores.
const CHORES: &[Chore] = &[
    Chore {
        name: "demo",
        help: "build everything and run the seed's scenario against the demonstration exchange",
        run: demo::run,
    },
    Chore {
        name: "test",
        help: "run all tests, and all scenarios against the systems that they are for",
        run: tests::run,
    },
    Chore {
        name: "python",
        help: "run the tests in Python alone: the package's and the example plug-ins', with the programs as last built",
        run: python::run,
    },
    Chore {
        name: "bench",
        help: "measure the program beside its peers: [PART OF A ROW]… [--rounds N]",
        run: bench::run,
    },
    Chore {
        name: "counts",
        help: "count the instructions and system calls of a step, and compare them with what they were",
        run: counts::run,
    },
    Chore {
        name: "editors",
        help: "try the extension of VS Code and the tree-sitter grammar, with the program as last built",
        run: editors::run,
    },
    Chore {
        name: "fuzz",
        help: "search for inputs that break what must hold: [TARGET]… [--for 10m] [--keep]",
        run: fuzz::run,
    },
    Chore {
        name: "generate",
        help: "write what is generated into docs/; with --check, say whether it is up to date",
        run: generate::run,
    },
    Chore {
        name: "layers",
        help: "check that no room knows one that it must not know",
        run: layers::run,
    },
    Chore {
        name: "memcheck",
        help: "run the tests of all unsafe code under valgrind, which looks at each access to memory",
        run: memcheck::run,
    },
    Chore {
        name: "licences",
        help: "check the licences of everything that is built in",
        run: licences::run,
    },
    Chore {
        name: "release",
        help: "build what is given away, and the bill of what is in it; with --verify, twice and compared",
        run: release::run,
    },
    Chore {
        name: "unused",
        help: "check that every dependency that is declared is used",
        run: unused::run,
    },
];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let Some(chore) = CHORES.iter().find(|chore| chore.name == wanted) else {
        eprintln!("cargo xtask CHORE, a chore being one of:");
        for chore in CHORES {
            eprintln!("  {:<10} {}", chore.name, chore.help);
        }
        return ExitCode::from(2);
    };
    match (chore.run)() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{wanted}: {reason}");
            ExitCode::FAILURE
        }
    }
}
