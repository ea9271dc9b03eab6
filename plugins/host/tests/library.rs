//! Libraries, loaded into this very process: what each side says crosses to the other.
//!
//! `cargo xtask memcheck` runs this where each access to memory is looked at.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use scn_plugin_host::library::{Job, Library, Listener, Runner, Words};
use scn_protocol::plugin::{Blame, Failed};
use scn_protocol::{Decimal, Map, Stream, Value};

/// Remembers all that it hears.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn hear(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

impl Listener for Heard {
    fn log(&self, level: &str, message: String) {
        self.hear(format!("{level} {message}"));
    }

    fn metric(&self, subject: String, name: String, value: Value, unit: Option<String>) {
        self.hear(format!(
            "{subject}.{name} = {value} {}",
            unit.unwrap_or_default()
        ));
    }

    fn event(&self, subject: String, message: String, data: Map) {
        self.hear(format!("{subject}: {message} {}", Value::map(data)));
    }

    fn output(&self, stream: Stream, bytes: &[u8]) -> bool {
        self.hear(format!("{stream:?} {}", String::from_utf8_lossy(bytes)));
        true
    }

    fn secret(&self, name: &str) -> Option<Vec<u8>> {
        (name == "granted").then(|| b"hidden".to_vec())
    }

    fn cancelled(&self) -> bool {
        false
    }

    fn time_left(&self) -> Option<Duration> {
        Some(Duration::from_secs(5))
    }
}

/// A library that is open.
struct Open {
    runner: Arc<Runner>,
    heard: Arc<Heard>,
}

impl Open {
    fn new(library: &Path, config: Value) -> Self {
        Self {
            runner: Runner::new(Library::load(library).unwrap(), config),
            heard: Arc::default(),
        }
    }

    fn call(&self, name: &str, args: &[Value], rest: &[Value]) -> Result<Value, Failed> {
        let commands = &self.runner.library().declaration().commands;
        let command = commands.iter().position(|known| known.name == name);
        let (tell, told) = mpsc::channel();
        self.runner.submit(Job {
            command: command.unwrap(),
            words: Words {
                args: args.to_vec(),
                rest: rest.to_vec(),
                input: Some(Value::from("typed in")),
                run: "run".to_owned(),
                step: 7,
            },
            listener: Arc::clone(&self.heard) as _,
            done: Box::new(move |result| tell.send(result).unwrap()),
        });
        told.recv().unwrap()
    }

    /// Closes it; what was heard.
    fn close(self) -> Vec<String> {
        assert!(self.runner.close(Duration::from_secs(30)));
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }
}

/// One of every kind, and some in one another.
fn every_value() -> Vec<Value> {
    let leaves = vec![
        Value::None,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::decimal(Decimal::new(-12345, 3)),
        Value::from(""),
        Value::from("grüß dich"),
        Value::bytes(vec![0xff, 0, 0xfe]),
        Value::Duration(-1),
        Value::Size(1 << 40),
        Value::percent(Decimal::new(155, 1)),
        Value::Moment(1_500_000_000),
    ];
    let map: Map = leaves
        .iter()
        .enumerate()
        .map(|(at, leaf)| (format!("key{at}"), leaf.clone()))
        .collect();
    let both = Value::list(vec![Value::map(map), Value::list(leaves.clone())]);
    let mut all = leaves;
    all.extend([Value::list(Vec::new()), Value::map(Map::new()), both]);
    all
}

/// The plug-in in C that the tests of the program use, compiled.
fn in_c(folder: &Path) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = folder.join("libfaulty.so");
    let compiled = Command::new("cc")
        .args(["-g", "-shared", "-fPIC", "-pthread", "-o"])
        .arg(&library)
        .arg("-I")
        .arg(here.join("../abi/include"))
        .arg(here.join("../../cli/tests/cli/plugins/faulty.c"))
        .status();
    assert!(compiled.unwrap().success());
    library
}

/// The plug-in on the SDK that touches all of it, built.
fn in_rust() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--offline", "--package", "scn-plugin"]);
    cargo.args(["--example", "every"]);
    let release = !cfg!(debug_assertions);
    if release {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    profile.join("examples/libevery.so")
}

#[test]
fn one_in_c_gives_and_gets_all_kinds_of_values() {
    let folder = tempfile::tempdir().unwrap();
    let config = Map::from([("greeting".to_owned(), Value::from("hello"))]);
    let open = Open::new(&in_c(folder.path()), Value::map(config));
    for value in every_value() {
        assert_eq!(
            open.call("give", std::slice::from_ref(&value), &[]),
            Ok(value)
        );
    }
    let all = Value::list(every_value());
    assert_eq!(open.call("give", std::slice::from_ref(&all), &[]), Ok(all));
    let typed = open.call(
        "typed",
        &[Value::Int(1), Value::Duration(2)],
        &every_value(),
    );
    assert!(matches!(typed, Ok(Value::Map(map)) if map.len() == 5));
    assert!(open.call("observe", &[], &[]).is_ok());
    let blamed = |blame| {
        open.call("reject", &[Value::Int(blame)], &[])
            .unwrap_err()
            .blame
    };
    assert_eq!(
        [1, 2, 3, 4].map(blamed),
        [
            Blame::System,
            Blame::Plugin,
            Blame::Environment,
            Blame::Scenario
        ]
    );
    for wrong in 0..=6 {
        let _ = open.call("wrong", &[Value::Int(wrong)], &[]);
    }
    assert!(open.call("secret", &[Value::from("granted")], &[]).is_ok());
    assert!(open.call("secret", &[Value::from("other")], &[]).is_err());
    let heard = open.close().join("\n");
    assert!(heard.contains("opened"), "{heard}");
}

#[test]
fn one_in_rust_gives_and_gets_all_kinds_of_values() {
    let library = in_rust();
    let config = Map::from([("greeting".to_owned(), Value::from("hello "))]);
    let open = Open::new(&library, Value::map(config));
    for value in every_value() {
        assert_eq!(
            open.call("give", std::slice::from_ref(&value), &[]),
            Ok(value)
        );
    }
    let words = [Value::from("Ann"), Value::Int(2)];
    let rest = [Value::from("and"), Value::from("Bob")];
    let greeted = open.call("greet", &words, &rest).unwrap();
    assert_eq!(
        greeted.to_text(),
        r#"{"greeting":"hello hello ","all":["Ann and","Ann Bob"]}"#
    );
    let seen = open.call("observe", &[Value::from("abc")], &[]);
    assert_eq!(seen, Ok(Value::Int(3)));
    let secret = |name| open.call("secret", &[Value::from(name)], &[]);
    assert_eq!(secret("granted"), Ok(Value::Bool(true)));
    assert_eq!(secret("other"), Ok(Value::Bool(false)));
    let failed = open.call("panics", &[], &[]).unwrap_err();
    assert_eq!(failed.blame, Blame::Plugin);
    assert!(
        failed.message.contains("it was to come to this"),
        "{}",
        failed.message
    );
    let wrong = open.call("greet", &[Value::Int(1), Value::Int(1)], &[]);
    assert!(wrong.is_err());
    assert_eq!(
        open.close(),
        [
            "info opened",
            "System.LENGTH = 3 ",
            r#"System: SEEN {"n":1}"#,
            "Stdout abc",
            "warning seen",
        ]
    );
    // Another instance of a library that is loaded already, without what it needs.
    let refused = Open::new(&library, Value::map(Map::new()));
    let failed = refused.call("give", &[Value::None], &[]).unwrap_err();
    assert_eq!(failed.blame, Blame::Environment);
    refused.close();
}
