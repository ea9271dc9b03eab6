//! Scenarios against an environment: checked, and planned.

use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::plan::plan;
use scn_interpreter::{Call, Command, Context, Environment, Outcome, Registry, environment};
use scn_protocol::{Signature, Type, Value};

use super::environment::Two;
use super::grammar::points_into;
use super::{Target, text};

pub const CHECKER: Target = Target {
    name: "checker",
    help: "a scenario, after a line of `----` a file that it uses: checked and planned against an environment; it is wrong or has a program",
    run,
    most: 4_096,
};

/// Names of every kind for scenarios to use.
const ENVIRONMENT: &str = include_str!("checker.toml");

/// A command that is asked only what it says of itself.
struct Declared(Signature);

impl Command for Declared {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn call<'a>(&'a self, _: Call, _: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async { Outcome::pass(Value::None) })
    }
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    for signature in [
        Signature::new("echo").rest("words", Type::Any),
        Signature::new("run")
            .param("program", Type::Text)
            .rest("words", Type::Text),
        Signature::new("sleep").param("time", Type::Duration),
        Signature::new("fill").param("size", Type::Size).optional(
            "share",
            Type::Percent,
            Value::None,
        ),
        Signature::new("send")
            .param("side", Type::Text)
            .param("qty", Type::Int)
            .optional("price", Type::Decimal, 1),
        Signature::new("flag")
            .param("on", Type::Bool)
            .param("list", Type::List)
            .param("map", Type::Map),
        Signature::new("start")
            .rest("components", Type::Text)
            .undone_by("stop"),
        Signature::new("stop").rest("components", Type::Text),
    ] {
        registry.add(Rc::new(Declared(signature)));
    }
    registry
}

static LOADED: LazyLock<Option<Environment>> = LazyLock::new(|| {
    let files = Two {
        first: ENVIRONMENT.as_bytes(),
        second: b"",
    };
    let root = Path::new("/nowhere");
    let loaded = environment::load(&files, &root.join("environments/first.toml"), root);
    assert_eq!(loaded.diagnostics, []);
    loaded.environment
});

fn run(input: &[u8]) {
    thread_local!(static REGISTRY: Registry = registry());
    let files = Two::of(input);
    let root = Path::new("/nowhere");
    let path = root.join("s.scn");
    let (checked, plan) = REGISTRY.with(|registry| {
        plan(
            "s.scn",
            &path,
            files.first,
            LOADED.as_ref(),
            registry,
            &files,
            root,
        )
    });
    assert_eq!(checked.program.is_some(), !checked.is_wrong());
    assert!(plan.is_none() || !checked.is_wrong());
    let Some(source) = text(files.first) else {
        return;
    };
    for found in &checked.diagnostics {
        let file = checked.files.iter().find(|file| file.path == found.file);
        match (found.file.is_empty(), file) {
            (true, _) => points_into(source, std::slice::from_ref(found)),
            // Bytes that are no text are pointed at as bytes; here they are shown as text.
            (false, Some(_)) if found.code.name == "E002" => {}
            (false, Some(file)) => points_into(&file.text, std::slice::from_ref(found)),
            // A text of the environment.
            (false, None) => {}
        }
    }
}
