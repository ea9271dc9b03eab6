//! Mistakes, and what is said of them: the code, the very words, the message.

use super::{findings, loaded};

#[track_caller]
fn finds(text: &str, expected: &[&str]) {
    assert_eq!(findings(text), expected, "of:\n{text}");
}

/// What is suggested for the only finding.
#[track_caller]
fn suggested(text: &str) -> (Option<String>, Option<String>) {
    let mut found = loaded(text).diagnostics;
    assert_eq!(found.len(), 1, "of:\n{text}\n{found:?}");
    let found = found.remove(0);
    (found.help, found.replacement)
}

#[test]
fn an_unknown_key_is_shown_with_the_one_that_was_meant_and_all_that_there_are() {
    let text = "[comands.x]\nrun = [\"x\"]\n";
    finds(
        text,
        &["E303 «comands» `comands` is no key of an environment"],
    );
    let (help, replacement) = suggested(text);
    assert_eq!(replacement.as_deref(), Some("commands"));
    assert!(help.is_some_and(|help| {
        help.contains("`commands` was probably meant; the keys of an environment are extends, vars")
    }));
    finds(
        "[components.A]\nready = { log = 'x', witihn = \"1s\" }\nlog = { path = 'l', parse = [{ regex = '(?<A>.)', units = \"us\" }] }\n",
        &[
            "E303 «witihn» `witihn` is no key of a sign of readiness",
            "E303 «units» `units` is no key of a rule",
        ],
    );
}

#[test]
fn a_value_stands_on_the_line_of_its_key() {
    let lacks = &["E301 «» a value is missing here"];
    finds(
        "[vars]\na =\n3\n",
        &[
            lacks[0],
            "E301 «» `=` and a value are missing after this key",
        ],
    );
    finds("[vars]\na = { b =\n 3 }\n", lacks);
    finds("[vars]\na = { b = # three\n 3 }\n", lacks);
    finds("[vars]\na = { b =\n { c = 3 }, d = 4 }\n", lacks);
    finds("[vars]\na = [{ b = 1,\n c = 3 }]\n", &[]);
}

#[test]
fn one_pass_finds_every_mistake() {
    finds(
        "[vars]\na = \n[commands.x]\ntimeout = 5\nrun = []\n[components.and]\nhost = 'h'\nstop = { signal = \"NO\" }\n",
        &[
            "E301 «» a value is missing here",
            "E304 «5» `timeout` takes a time in quotes such as \"10s\", and this is a whole number",
            "E322 «[]» `run` is empty: it needs at least one element",
            "E308 «and» `and` is a word of the language, and no name",
            "E313 «\"NO\"» \"NO\" is no signal",
            // Whether there is a host `h` is not judged: it could be what was not read.
        ],
    );
    finds(
        "[commands.x]\nrun = [\"\"]\nsh = ''\ncwd = \"#{*a}\"\nuser = 1\nundo = \"a\"\ntimeout = \"x\"\n",
        &[
            "E322 «\"\"» the program's name is empty",
            "E306 «sh» `sh` and `run` exclude each other",
            "E322 «''» the shell's text is empty",
            "E325 «a» one text stands here, and `*` makes several of a list",
            "E304 «1» `user` takes text, and this is a whole number",
            "E311 «\"x\"» \"x\" is no time",
        ],
    );
}

#[test]
fn a_wrong_type_says_what_is_expected_and_what_to_type() {
    let cases = [
        ("[commands.x]\nrun = \"x -y\"\n", "[\"x\", \"-y\"]"),
        ("[commands.x]\nrun = [\"x\", 7]\n", "\"7\""),
        (
            "[commands.x]\nrun = [\"x\"]\nbackground = \"true\"\n",
            "true",
        ),
        ("[commands.x]\nrun = [\"x\"]\ntimeout = 5\n", "\"5s\""),
        ("[commands.x]\nrun = [\"x\"]\ntimeout = \"5\"\n", "\"5s\""),
        ("[commands.x]\nrun = [\"x\"]\nparams = \"a\"\n", "[\"a\"]"),
        (
            "[commands.x]\nrun = [\"x\"]\nresult = \"jsn\"\n",
            "\"json\"",
        ),
        (
            "[components.A]\nstop = { signal = \"SIGTRM\" }\n",
            "\"TERM\"",
        ),
        ("[vars]\na = word\n", "\"word\""),
        ("[calendar]\nzone = \"Europe/Lodon\"\n", "\"Europe/London\""),
    ];
    for (text, replacement) in cases {
        assert_eq!(
            suggested(text).1.as_deref(),
            Some(replacement),
            "of:\n{text}"
        );
    }
}

#[test]
fn keys_and_tables_stand_once() {
    finds(
        "[vars]\na = 1\na = 2\n",
        &["E307 «a» `a` stands here for the second time"],
    );
    finds(
        "[commands.x]\nrun = [\"x\"]\n[commands.x]\nrun = [\"y\"]\n",
        &["E307 «x» `x` stands here for the second time"],
    );
    finds(
        "[commands.x]\nenv = { A = \"1\" }\nenv.B = \"2\"\nrun = [\"x\"]\n",
        &["E307 «env» `env` is a table already, and takes no more keys"],
    );
    let found = loaded("[vars]\na = 1\na = 2\n").diagnostics;
    assert_eq!(found[0].related.len(), 1);
}

#[test]
fn what_is_missing_is_said_at_its_table() {
    finds(
        "[commands.x]\n",
        &["E305 «x» a command needs `run` or `sh`"],
    );
    finds(
        "[components.A]\nlog = { parse = [] }\nprocess = {}\n",
        &[
            "E305 «log» a log needs `path`",
            "E305 «process» a way to find a process needs one of pidfile, match, unit, port, container",
        ],
    );
    finds(
        "[components.A]\nready = { log = 'up' }\n",
        &[
            "E305 «ready» `ready` waits for a line of a log, and the component has no `log` and no `start`",
        ],
    );
    finds(
        "[secrets]\na = {}\n",
        &["E305 «a» a secret's source needs one of env, file, command"],
    );
}

#[test]
fn a_regular_expression_is_shown_where_it_is_wrong() {
    finds(
        "[components.A]\nlog = { path = 'l', parse = [{ regex = \"\\ta(?<N>b]\" }] }\n",
        &["E312 «(» in this regular expression: unclosed group"],
    );
    finds(
        "[components.A]\nprocess = { match = 'a{2,1}' }\n",
        &[
            "E312 «{2,1}» in this regular expression: invalid repetition count range, the start must be <= the end",
        ],
    );
    // What is put together in the run is checked in the run.
    finds("[components.A]\nprocess = { match = '#{a}(' }\n", &[]);
}

#[test]
fn an_events_message_names_groups_of_its_rule() {
    let rule = |event: &str| {
        format!(
            "[components.A]\nlog = {{ path = 'l', parse = [{{ regex = '(?<code>.)', event = \"{event}\" }}] }}\n"
        )
    };
    finds(&rule("x #{ code }"), &[]);
    finds(&rule(""), &[]);
    finds(
        &rule("\\t#{cod}"),
        &["E319 «cod» the rule's `regex` has no group `cod`"],
    );
    finds(
        &rule("#{code + 1}"),
        &["E319 «code + 1» only the groups of the rule's `regex` can stand in an event's message"],
    );
}

#[test]
fn expressions_are_the_languages_own_and_so_are_their_errors() {
    let found = findings("[commands.x]\nrun = [\"x\", \"\\u00e9#{a +}\"]\nundo = \"on\"\n");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|one| one.starts_with("E0")), "{found:?}");
    finds(
        "[commands.x]\nrun = [\"x\"]\ncwd = \"#{*a}\"\n",
        &["E325 «a» one text stands here, and `*` makes several of a list"],
    );
}

#[test]
fn parameters_are_declared_well() {
    let command = |params: &str| format!("[commands.x]\nrun = [\"x\"]\nparams = [{params}]\n");
    for (params, expected) in [
        (
            r#""id:integer""#,
            "E317 «integer» there is no type `integer` for a word",
        ),
        (
            r#""2nd""#,
            "E317 «2nd» `2nd` is no name: letters, digits and `_`, and no digit first",
        ),
        (
            r#""then""#,
            "E317 «then» `then` is a word of the language, and no name",
        ),
        (
            r#""a", "a:int""#,
            "E317 «\"a:int\"» there is a parameter `a` already",
        ),
        (
            r#""a...", "b""#,
            "E317 «\"b\"» `a...` takes all further words, so nothing follows it",
        ),
        (
            r#""a=1", "b""#,
            "E317 «\"b\"» `b` has no default, and follows `a`, which has one",
        ),
        (r#""a:int=x""#, "E317 «x» the default `x` is no int"),
        (
            r#""a...=1""#,
            "E317 «\"a...=1\"» `a...` takes all further words, and needs no default",
        ),
    ] {
        finds(&command(params), &[expected]);
    }
}

#[test]
fn what_is_named_is_there() {
    finds(
        "[hosts.one]\n[components.S]\neach = [1]\nhost = 'two'\n[commands.x]\nrun = ['x']\non = 'S[2]'\nsecrets = ['k']\n[commands.y]\nrun = ['y']\non = 'S'\n[commands.z]\nrun = ['z']\non = 'S[1]'\n[commands.w]\nrun = ['w']\non = 'on'\n",
        &[
            "E318 «'two'» there is no host `two`",
            "E318 «'S[2]'» there is no component `S[2]`",
            "E318 «'k'» there is no secret `k`",
            "E318 «'S'» there is no component `S`",
            "E318 «'on'» there is no host or component `on`",
        ],
    );
}

#[test]
fn a_mistake_in_a_base_is_shown_in_its_own_file() {
    let found = loaded("extends = \"../environments/environment.toml\"\n").diagnostics;
    assert_eq!(found[0].code.name, "E309");
    let files = super::surroundings()
        .with("/p/environments/base.toml", "[vars]\nx = inf\n")
        .with(
            "/p/environments/a.toml",
            "extends = \"base.toml\"\n[commands.c]\nrun = ['c']\nsecrets = ['s']\n",
        );
    let path = std::path::Path::new("/p/environments/a.toml");
    let loaded = crate::environment::load(&files, path, std::path::Path::new("/p"));
    let found: Vec<(&str, &str)> = loaded
        .diagnostics
        .iter()
        .map(|one| (one.code.name, one.file.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("E323", "/p/environments/base.toml"),
            ("E318", "/p/environments/a.toml")
        ]
    );
    assert!(loaded.environment.is_none());
}

#[test]
fn a_warning_stops_nothing() {
    let loaded = loaded("[vars]\nrun = 1\n[commands.x]\nsh = 'echo #{run}'\n");
    let found: Vec<&str> = loaded.diagnostics.iter().map(|one| one.code.name).collect();
    assert_eq!(found, ["W303", "W302"]);
    assert!(loaded.environment.is_some());
}

#[test]
fn what_belongs_to_a_program_needs_one() {
    finds(
        "[components.A]\nstop = { signal = \"INT\", cwd = \"x\" }\nprobe = { http = 'u', result = 'int' }\n[plugins.p]\nprogram = ['p']\nisolate = false\n",
        &[
            "E306 «cwd» `cwd` belongs to a program, and there is no `run` or `sh`",
            "E306 «'int'» `result` is how a program's output is read; a URL answers with JSON",
            "E306 «isolate» a `program` is always a process of its own",
        ],
    );
}

#[test]
fn what_a_plugin_is_given_is_known_before_the_run() {
    finds(
        "[plugins.p]\nprogram = ['p']\nconfig = { a = '#{run.id}', b = ['#{x}', { c = '#{port}#{pw}' }], d = '#{free_port()}' }\n\
         [vars]\nport = 1\n[secrets]\npw = { env = 'PW' }\n",
        &[
            "E328 «#{run.id}» this is not known before the run, and a plug-in is asked what it can do before any",
            "E328 «#{x}» this is not known before the run, and a plug-in is asked what it can do before any",
            "E328 «#{port}#{pw}» this is not known before the run, and a plug-in is asked what it can do before any",
            "E328 «#{free_port()}» this is not known before the run, and a plug-in is asked what it can do before any",
        ],
    );
}

#[test]
fn what_belongs_to_a_process_of_its_own_needs_one() {
    finds(
        "[plugins.p]\npath = 'p'\nrestarts = -1\n",
        &["E323 «-1» `restarts` is how often: 0 and more, up to 4294967295"],
    );
    finds(
        "[plugins.p]\npath = 'p'\nisolate = false\nmemory = '1GB'\n",
        &["E306 «memory» `memory` is of a process of its own, and `isolate = false` gives it none"],
    );
}

#[test]
fn a_metric_that_something_hides_is_a_warning() {
    finds(
        "[components.A]\nattrs = { port = 1 }\nprobe = { http = 'u', fields = ['port', 'pid.x', 'lag'] }\nlog = { path = 'l', parse = [{ regex = '(?<host>.)' }, { regex = '(?<name>.)', event = '' }] }\n",
        &[
            "W301 «'port'» an attribute of the component hides the metric `port`",
            "W301 «'pid.x'» a component's own field hides the metric `pid`",
            "W301 «'(?<host>.)'» a component's own field hides the metric `host`",
        ],
    );
    finds(
        "[components.A]\nlog = { path = 'l', parse = [{ regex = '(?<within>.)' }] }\n",
        &["E308 «'(?<within>.)'» `within` is a word of the language, and no name"],
    );
}

#[test]
fn one_slip_of_the_syntax_is_one_finding() {
    for (text, expected) in [
        (
            "[vars]\na = \"x\nb = 1\n",
            "E301 «» this text is not closed: a quote is missing",
        ),
        (
            "[commands.x]\nrun: ['a']\n",
            "E301 «:» between a key and its value stands `=`",
        ),
        (
            "[commands.x]\nrun = ['a', 'b'\ntimeout = '1s'\n[vars]\nb = 1\n",
            "E301 «[» this `[` is never closed",
        ),
        (
            "[commands.x\nrun = ['a']\n",
            "E301 «» this `[` is never closed",
        ),
        (
            "[vars]\na = tru\n",
            "E301 «tru» `tru` is no value: `true` was probably meant",
        ),
        (
            "[vars]\na = “x”\n",
            "E301 «“x”» text stands in straight quotes, `\"` or `'`",
        ),
        ("[vars]\na = \"\\w\"\n", "E301 «» this is no escape"),
    ] {
        finds(text, &[expected]);
    }
}

#[test]
fn a_program_in_one_text_is_shown_as_the_list_that_it_is() {
    let (help, replacement) = suggested("[plugins.gate]\nprogram = \"python3 plugins/gate.py\"\n");
    let list = r#"["python3", "plugins/gate.py"]"#;
    assert_eq!(replacement.as_deref(), Some(list));
    assert!(
        help.is_some_and(|help| help.ends_with(&format!("each word in quotes of its own: {list}")))
    );
    // One word is a list of one.
    let (_, replacement) = suggested("[plugins.gate]\nprogram = \"plugins/gate\"\n");
    assert_eq!(replacement.as_deref(), Some(r#"["plugins/gate"]"#));
}
