//! An environment with everything in it.

use std::path::{Path, PathBuf};

use scn_grammar::tree::{ExprKind, Part};
use scn_protocol::component::Output;
use scn_protocol::quantity::SECOND;
use scn_protocol::{Type, Value};

use super::{Memory, findings, loaded, sound};
use crate::environment::*;

/// Every key that there is.
pub(super) const EVERYTHING: &str = include_str!("everything.toml");

#[test]
fn everything_is_read() {
    let environment = sound(EVERYTHING);
    assert_eq!(environment.name, "environment");
    assert_eq!(environment.root, Path::new("/p"));
    assert!(matches!(
        environment.vars["rate"],
        Setting::Value(Value::Int(1), _)
    ));
    assert!(matches!(
        environment.vars["load_rate"],
        Setting::Value(Value::Int(1000), _)
    ));
    assert!(matches!(environment.vars["greeting"], Setting::Template(_)));
    let calendar = environment.calendar.expect("a calendar");
    assert_eq!(calendar.zone, "Europe/London");
    assert_eq!(calendar.holidays, ["2026-12-25"]);
    assert_eq!(environment.setup.len(), 2);
    assert_eq!(environment.setup[0].text, "start MatchingEnginePrimary");
    assert_eq!(
        environment.hosts["gateway"].ssh.as_deref(),
        Some("tester@gw1")
    );
    assert_eq!(environment.plugins.len(), 2);
    assert!(environment.plugins["fix"].outlives_run);
    assert_eq!(environment.plugins["fix"].timeout, Some(30 * SECOND));
    assert_eq!(environment.plugins["fix"].memory, Some(500_000_000));
    assert_eq!(environment.plugins["fix"].restarts, Some(3));
    assert_eq!(
        environment.secrets["db_password"].from,
        SecretFrom::Env("DB_PASSWORD".to_owned())
    );
}

#[test]
fn a_component_is_read() {
    let environment = sound(EVERYTHING);
    let primary = &environment.components["MatchingEnginePrimary"];
    assert_eq!(primary.host.as_deref(), Some("matching"));
    assert!(matches!(
        primary.attrs["port"],
        Setting::Value(Value::Int(9001), _)
    ));
    assert!(matches!(
        primary.process,
        Some(ProcessDeclaration::PidFile(_))
    ));
    let stop = primary.stop.as_ref().expect("a stop");
    assert!(matches!(&stop.how, StopHowDeclaration::Signal(name) if name == "TERM"));
    assert_eq!(stop.within, 10 * SECOND);
    let ready = primary.ready.as_ref().expect("a ready");
    assert!(matches!(ready.when, ReadyWhenDeclaration::Port(_)));
    assert_eq!(primary.probes.len(), 2);
    assert_eq!(primary.probes[0].every, SECOND / 2);
    assert_eq!(primary.probes[0].fields, ["role", "lag"]);
    assert!(matches!(
        primary.probes[1].ask,
        ProbeAskDeclaration::Run(_, Output::Json)
    ));
    let rules = &primary.logs[0].rules;
    assert_eq!(rules[1].unit.as_deref(), Some("us"));
    assert!(rules[1].percentiles);
    assert_eq!(rules[2].event.as_deref(), Some("ERROR: #{message}"));

    let family = &environment.components["Server"];
    assert_eq!(family.each, Some((0..5).map(Value::Int).collect()));
    let Some(start) = &family.start else {
        panic!("no start");
    };
    let RunOrShell::Run(argv) = &start.what else {
        panic!("no run");
    };
    assert_eq!(argv.len(), 5);
    assert!(matches!(argv[4].parts.len(), 3), "run.dir, a slash, each");
}

#[test]
fn a_command_is_read() {
    let environment = sound(EVERYTHING);
    let load = &environment.commands["start_load"];
    assert!(load.background);
    assert_eq!(
        load.undo.as_ref().map(|undo| undo.text.as_str()),
        Some("stop_load")
    );
    assert!(load.params.is_none());

    let query = &environment.commands["query"];
    let params = query.params.as_ref().expect("params");
    assert_eq!(params.params[0].name, "id");
    assert_eq!(params.params[0].kind, Type::Int);
    assert_eq!(params.params[1].kind, Type::Duration);
    assert_eq!(params.params[1].default, Some(Value::Duration(2 * SECOND)));
    assert_eq!(
        params.rest.as_ref().map(|rest| rest.name.as_str()),
        Some("words")
    );
    assert_eq!(query.result, ResultDeclaration::Output(Output::Lines));
    let RunOrShell::Run(argv) = &query.program.what else {
        panic!("no run");
    };
    assert!(
        matches!(argv[5].parts.as_slice(), [Part::Splat(list)] if list.kind == ExprKind::Name("words".into()))
    );

    let smoke = &environment.commands["exec_smoke"];
    assert!(matches!(&smoke.program.what, RunOrShell::Shell(text) if text.contains("tail")));
    assert_eq!(
        smoke.result,
        ResultDeclaration::Statuses(vec![(0, Value::from("PASS"))], Some(Value::from("FAIL")))
    );
    assert_eq!(smoke.timeout, Some(60 * SECOND));
    assert_eq!(smoke.secrets, ["db_password"]);
}

/// Places inside a template are places in the file, escapes or not.
#[test]
fn a_template_knows_where_its_parts_stand() {
    let text = "[vars]\na = \"\\t\\u00e9#{name}\"\nb = '''\n#{name}'''\n";
    let environment = sound(text);
    for name in ["a", "b"] {
        let Setting::Template(template) = &environment.vars[name] else {
            panic!("no template");
        };
        let Some(Part::Value { expr, .. }) = template
            .parts
            .iter()
            .find(|part| matches!(part, Part::Value { .. }))
        else {
            panic!("no value");
        };
        let place = template.locate(&environment.sources, expr.span);
        assert_eq!(&text[place.span.range()], "name");
    }
}

#[test]
fn extends_merges_vars_and_replaces_every_other_table_whole() {
    let files = Memory::default()
        .with(
            "/p/environments/a.toml",
            "[vars]\nx = 1\ny = 1\n[commands.c]\nrun = [\"c\"]\ntimeout = \"1s\"\n[commands.d]\nrun = [\"d\"]\n[setup]\nsteps = [\"c\"]\n[calendar]\nzone = \"Asia/Tokyo\"\n",
        )
        .with(
            "/p/environments/b.toml",
            "extends = \"./a.toml\"\n[vars]\ny = 2\nz = 2\n[commands.c]\nsh = 'c'\n[setup]\nsteps = []\n",
        );
    let path = Path::new("/p/environments/b.toml");
    let loaded = load(&files, path, Path::new("/p"));
    assert_eq!(loaded.diagnostics, []);
    let environment = loaded.environment.expect("an environment");
    let vars: Vec<(&str, Value)> = environment
        .vars
        .iter()
        .map(|(name, setting)| match setting {
            Setting::Value(value, _) => (name.as_str(), value.clone()),
            _ => panic!("no value"),
        })
        .collect();
    assert_eq!(
        vars,
        [
            ("x", Value::Int(1)),
            ("y", Value::Int(2)),
            ("z", Value::Int(2))
        ]
    );
    assert!(matches!(
        environment.commands["c"].program.what,
        RunOrShell::Shell(_)
    ));
    assert_eq!(environment.commands["c"].timeout, None);
    assert!(environment.commands.contains_key("d"));
    assert_eq!(environment.setup.len(), 0);
    assert_eq!(
        environment.calendar.map(|one| one.zone).as_deref(),
        Some("Asia/Tokyo")
    );
    assert_eq!(environment.vars["y"].place().source, 1);
    assert_eq!(environment.sources[0].path, "/p/environments/a.toml");
}

#[test]
fn what_is_shown_loads_again_and_is_the_same() {
    let environment = sound(EVERYTHING);
    let text = show(&environment);
    assert!(!text.contains("extends"));
    let again = sound(&text);
    assert_eq!(diff(&environment, &again), []);
    assert_eq!(show(&again), text);
}

#[test]
fn what_differs_is_told_by_its_keys() {
    let left = sound("[vars]\na = 1\nb = 2\n[commands.c]\nrun = [\"c\"]\n");
    let right = sound(
        "[vars]\na = 1\nb = 3\n[commands.c]\nrun = [\"c\"]\ntimeout = \"1s\"\n[secrets]\ns = { env = \"S\" }\n",
    );
    let found: Vec<(String, Option<String>, Option<String>)> = diff(&left, &right)
        .into_iter()
        .map(|one| (one.path_text(), one.left, one.right))
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        found,
        [
            ("vars.b".to_owned(), text("2"), text("3")),
            ("commands.c.timeout".to_owned(), None, text("\"1s\"")),
            ("secrets.s.env".to_owned(), None, text("\"S\"")),
        ]
    );
}

#[test]
fn an_environment_is_found_from_the_scenarios_folder_upward() {
    let files = Memory::default()
        .with("/p/environments/local.toml", "")
        .with("/p/environments/ci.toml", "")
        .with("/p/a/environments/local.toml", "");
    let from = Path::new("/p/a/b");
    assert_eq!(
        find(&files, "local", from),
        Ok(PathBuf::from("/p/a/environments/local.toml"))
    );
    assert_eq!(
        find(&files, "ci", from),
        Ok(PathBuf::from("/p/environments/ci.toml"))
    );
    assert_eq!(
        find(&files, "/p/environments/ci.toml", from),
        Ok(PathBuf::from("/p/environments/ci.toml"))
    );
    let missing = find(&files, "lokal", from).expect_err("there is none");
    assert_eq!(missing.available, ["local", "ci"]);
    assert_eq!(missing.meant.as_deref(), Some("local"));
    assert_eq!(
        missing.to_string(),
        "there is no environment `lokal`: there is local, ci; `local` was probably meant"
    );
    let missing = find(&files, "production", from).expect_err("there is none");
    assert_eq!(
        missing.to_string(),
        "there is no environment `production`: there is local, ci"
    );
    let missing = find(&files, "x.toml", Path::new("/q")).expect_err("there is none");
    assert_eq!(
        missing.to_string(),
        "there is no environment `x.toml`: there is no file x.toml"
    );
}

#[test]
fn a_project_is_where_its_file_is_else_where_its_environments_are() {
    let files = Memory::default()
        .with("/p/scn.toml", "environment = \"local\"\n")
        .with("/p/environments/local.toml", "")
        .with("/q/environments/local.toml", "");
    let project = project::load(&files, Path::new("/p/a/b")).project;
    assert_eq!(project.root, Path::new("/p"));
    let file = project.environment_file(&files, None, Path::new("/p/a/b"));
    assert_eq!(file, Some(Ok(PathBuf::from("/p/environments/local.toml"))));
    assert_eq!(
        project::load(&files, Path::new("/q/a")).project.root,
        Path::new("/q")
    );
    assert_eq!(
        project::load(&files, Path::new("/r/a")).project.root,
        Path::new("/r/a")
    );

    let files = files.with("/p/scn.toml", "enviroment = \"local\"\n");
    let found = project::load(&files, Path::new("/p")).diagnostics;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code.name, "E303");
    assert_eq!(found[0].file, "/p/scn.toml");
    assert_eq!(found[0].replacement.as_deref(), Some("environment"));
}

#[test]
fn an_empty_file_is_an_environment() {
    assert_eq!(findings(""), [""; 0]);
    assert!(loaded("\u{feff}# nothing\r\n").environment.is_some());
}

#[test]
fn texts_that_name_one_another_are_put_in_order() {
    let environment = sound(
        "[vars]\nurl = \"#{host}:#{port + 1}\"\nhost = \"#{name}.local\"\nother = 1\nname = \"a\"\nport = 1\n[components.A]\nattrs = { log = \"#{folder}/log\", folder = \"#{run.dir}\" }\n",
    );
    let vars: Vec<&str> = environment.vars.keys().map(String::as_str).collect();
    assert_eq!(vars, ["other", "name", "host", "port", "url"]);
    let attrs: Vec<&String> = environment.components["A"].attrs.keys().collect();
    assert_eq!(attrs, ["folder", "log"]);
    assert_eq!(
        findings("[vars]\nx = \"#{a}\"\na = [\"#{b}\"]\nb = \"#{f({k: a})}\"\n"),
        ["E326 «[\"#{b}\"]» this goes in a circle: `a` needs `b` needs `a`"]
    );
    assert_eq!(
        findings("[vars]\na = \"#{a}\"\n"),
        ["E326 «#{a}» this goes in a circle: `a` needs `a`"]
    );
    sound("[vars]\nport = 1\n[components.A]\nattrs = { port = \"#{port}\" }\n");
    // A chain of any length is no recursion.
    let chain: String = (0..20_000)
        .map(|n| format!("v{n} = \"#{{v{}}}\"\n", n + 1))
        .collect();
    assert!(
        loaded(format!("[vars]\n{chain}v20000 = 1\n"))
            .environment
            .is_some()
    );
}
