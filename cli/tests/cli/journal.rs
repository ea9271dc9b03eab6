//! The lines of a journal, as `--json` gives them and as they are recorded.

use serde_json::Value as Json;

use crate::support::{Came, Test};

/// The lines, each with what every line has.
fn lines(came: &Came) -> Vec<Json> {
    let at = regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$").unwrap();
    let lines: Vec<Json> = came
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (seq, line) in (1..).zip(&lines) {
        assert_eq!(line["seq"], seq, "{line}");
        assert!(at.is_match(line["at"].as_str().unwrap()), "{line}");
        assert!(line["event"].is_string(), "{line}");
    }
    lines
}

fn of<'a>(lines: &'a [Json], event: &str) -> Vec<&'a Json> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

/// It has these fields.
fn has(line: &Json, fields: &[&str]) {
    for field in fields {
        assert!(line.get(field).is_some(), "no {field} in {line}");
    }
}

const ENVIRONMENT: &str = "[commands.begin]\nrun = [\"true\"]\nundo = \"finish #{args}\"\n[commands.finish]\nrun = [\"true\"]\n";

#[test]
fn every_event_of_a_run_has_its_fields() {
    let came = Test::new(&["run", "--json", "-q", "a.scn", "--env", "local", "--set", "n=2"])
        .file("environments/local.toml", ENVIRONMENT)
        .file(
            "a.scn",
            "@param n = 1\nbegin x\nset out sh 'echo hi; echo oh >&2'\nmark here\nlog 'to be kept'\nwrite f.txt text\nattach f.txt\ncheck n == 2\ncheck n == 3, 'not three'\ncase one\n  echo said\nend\nfinally\n  run true\nend\n",
        )
        .stdout_matches("")
        .stderr_matches(r"^FAIL a.scn:9 not three")
        .status(1)
        .run();
    let lines = lines(&came);
    has(
        &lines[0],
        &[
            "run",
            "scenario",
            "file",
            "environment",
            "parameters",
            "trigger",
            "conditions",
            "scn",
        ],
    );
    assert_eq!(lines[0]["event"], "run_started");
    assert_eq!(lines[0]["environment"], "local");
    assert_eq!(lines[0]["parameters"]["n"], 2);
    let started = of(&lines, "step_started");
    for line in &started {
        has(
            line,
            &[
                "step", "line", "command", "does", "host", "attempt", "phase", "branch",
            ],
        );
    }
    let phases: Vec<&str> = started
        .iter()
        .map(|line| line["phase"].as_str().unwrap())
        .collect();
    assert_eq!(phases[phases.len() - 2..], ["finally", "undo"]);
    assert_eq!(started[0]["command"], serde_json::json!(["begin", "x"]));
    for line in of(&lines, "step_finished") {
        has(
            line,
            &[
                "step",
                "line",
                "status",
                "exit",
                "value",
                "error",
                "duration_us",
            ],
        );
        assert_eq!(line["status"], "pass");
    }
    let outputs: Vec<(&str, &str)> = of(&lines, "output")
        .iter()
        .map(|line| {
            (
                line["stream"].as_str().unwrap(),
                line["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(outputs.contains(&("stdout", "hi\n")) && outputs.contains(&("stderr", "oh\n")));
    let assigned = of(&lines, "assigned");
    assert_eq!(
        assigned.len(),
        1,
        "values that follow from the rest are not recorded"
    );
    assert_eq!(
        (
            &assigned[0]["name"],
            &assigned[0]["value"],
            &assigned[0]["line"]
        ),
        (&"out".into(), &"hi".into(), &3.into())
    );
    let checked = of(&lines, "checked");
    assert_eq!(checked.len(), 2);
    for (line, holds) in checked.iter().zip([true, false]) {
        has(line, &["kind", "line", "expression", "values"]);
        assert_eq!(
            (&line["kind"], &line["holds"]),
            (&"check".into(), &holds.into())
        );
    }
    assert_eq!(checked[1]["values"]["n"], 2);
    assert_eq!(of(&lines, "said")[0]["text"], "said");
    assert_eq!(of(&lines, "logged")[0]["message"], "to be kept");
    has(of(&lines, "logged")[0], &["level"]);
    assert_eq!(of(&lines, "marked")[0]["name"], "here");
    assert!(of(&lines, "attached")[0]["file"].is_string());
    assert_eq!(of(&lines, "case_started")[0]["case"], "one");
    assert_eq!(of(&lines, "case_finished")[0]["verdict"], "PASS");
    for event in ["undo_owed", "undo_done"] {
        assert_eq!(of(&lines, event)[0]["step"], started[0]["step"], "{event}");
        assert_eq!(
            of(&lines, event)[0]["command"],
            serde_json::json!(["finish", "x"])
        );
    }
    let verdict = of(&lines, "verdict")[0];
    assert_eq!(
        (&verdict["verdict"], &verdict["line"]),
        (&"FAIL".into(), &9.into())
    );
    has(verdict, &["reason"]);
    let last = lines.last().unwrap();
    assert_eq!(last["event"], "run_finished");
    assert_eq!(last["steps"], started.len());
    has(last, &["verdict", "failed", "duration_us"]);
}

#[test]
fn what_is_owed_stands_in_the_journal_before_its_step_starts() {
    let came = Test::new(&["run", "--json", "-q", "a.scn", "--env", "local"])
        .file("environments/local.toml", ENVIRONMENT)
        .file("a.scn", "begin x\n")
        .stdout_matches("")
        .stderr_matches("^PASS")
        .run();
    let lines = lines(&came);
    let place = |event: &str| lines.iter().position(|line| line["event"] == event);
    assert!(place("undo_owed") < place("started"), "{lines:?}");
}

#[test]
fn the_journal_that_is_recorded_is_the_one_on_standard_output() {
    let came = Test::new(&["run", "--json", "-q", "a.scn", "--runs", "runs"])
        .file("a.scn", "echo a\nrun true\n")
        .stdout_matches("")
        .stderr_matches("^PASS")
        .run();
    let run = std::fs::read_dir(came.folder.path().join("runs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let recorded = std::fs::read_to_string(run.path().join("journal.jsonl")).unwrap();
    assert_eq!(recorded, came.stdout);
}

#[test]
fn bytes_that_are_no_text_are_recorded_in_base64() {
    let came = Test::new(&["run", "--json", "-q", "a.scn"])
        .file("a.scn", "sh 'printf \"\\\\377\\\\376\"'\n")
        .stdout_matches("")
        .stderr_matches("^PASS")
        .run();
    assert_eq!(of(&lines(&came), "output")[0]["bytes"], "//4=");
}

/// What the run says of a component: states, metrics, events.
const COMPONENT: &str = r#"
[secrets]
password = { env = "PASSWORD" }
[components.Engine]
start = { run = ["sh", "-c", "echo state=READY >> e.log; echo latency_us=12 >> e.log; echo 'ERROR: boom' >> e.log; exec sleep 60"] }
ready = { log = "READY" }
log = [{ path = "e.log", parse = [
  { regex = 'state=(?<STATE>\w+)' },
  { regex = 'latency_us=(?<LATENCY>\d+)', unit = "us", keep = "percentiles" },
  { regex = '^ERROR: (?<message>.*)', event = "ERROR: #{message}" },
] }]
"#;

/// Of each event its fields with their types: `?` may be null, `*` is anything.
const FIELDS: &[(&str, &str)] = &[
    (
        "run_started",
        "run:text scenario:text file:text environment:text? parameters:map trigger:* conditions:map scn:text",
    ),
    (
        "step_started",
        "step:number line:number command:list does:text host:text attempt:number phase:text branch:text",
    ),
    ("output", "step:number stream:text"),
    (
        "step_finished",
        "step:number line:number status:text exit:number? value:* error:text? duration_us:number",
    ),
    ("said", "text:text"),
    ("assigned", "name:text value:* line:number"),
    (
        "checked",
        "kind:text line:number expression:text holds:bool? values:map",
    ),
    ("logged", "level:text message:text"),
    ("marked", "name:text line:number"),
    ("attached", "name:text file:text"),
    ("case_started", "case:text line:number"),
    (
        "case_finished",
        "case:text line:number verdict:text reason:text?",
    ),
    ("observed", "subject:text metrics:map host:text"),
    ("happened", "subject:text message:text data:map host:text"),
    ("undo_owed", "step:number command:list"),
    ("undo_done", "step:number command:list"),
    ("verdict", "verdict:text reason:text? line:number?"),
    (
        "run_finished",
        "verdict:text steps:number failed:number duration_us:number",
    ),
];

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "text",
        Json::Array(_) => "list",
        Json::Object(_) => "map",
    }
}

#[test]
fn every_field_has_its_type_in_a_run_that_has_every_event() {
    let came = Test::new(&["run", "--json", "-q", "a.scn", "--env", "local"])
        .env("PASSWORD", "hunter2")
        .file("environments/local.toml", COMPONENT)
        .file(
            "a.scn",
            "mark here\nstart Engine\nset out sh 'echo hi'\nlog kept\nwrite f.txt text\nattach f.txt\ncheck 1 == 2\ncase one\n  echo said\nend\nwait event 'ERROR: *' from Engine since here within 10s\nwait until Engine.LATENCY.p99 == 12us within 10s\n",
        )
        .stdout_matches("")
        .stderr_matches("FAIL a.scn:7 ")
        .status(1)
        .run();
    let lines = lines(&came);
    for (event, fields) in FIELDS {
        let all = of(&lines, event);
        assert!(!all.is_empty(), "no {event}");
        for line in all {
            for field in fields.split(' ') {
                let (name, types) = field.split_once(':').unwrap();
                let value = line
                    .get(name)
                    .unwrap_or_else(|| panic!("no {name} in {line}"));
                let fits = match types.strip_suffix('?') {
                    Some(of) => value.is_null() || kind(value) == of,
                    None => types == "*" || kind(value) == types,
                };
                assert!(fits, "{name} is no {types} in {line}");
            }
        }
    }
    for output in of(&lines, "output") {
        let whole = ["text", "bytes", "file"].map(|field| output.get(field).is_some());
        assert_eq!(whole.iter().filter(|is| **is).count(), 1, "{output}");
    }
    assert!(lines[0]["conditions"]["load"].is_array(), "{}", lines[0]);
}

#[test]
fn a_secret_and_what_is_computed_from_it_are_in_no_file_of_the_record() {
    let came = Test::new(&["run", "a.scn", "--env", "local", "--runs", "runs", "--json", "-v"])
        .env("PASSWORD", "hunter2")
        .file("environments/local.toml", COMPONENT)
        .file(
            "a.scn",
            "echo it is #{password}\nset loud = upper(password) + '!'\necho loud: #{loud}\nlog 'and #{loud}'\nset back sh 'echo \"$1\"' #{loud}\nsh 'yes \"$1\" | head -100000' #{loud}\nsh 'printf hun; sleep 0.05; echo ter2'\nsh 'printf %s \"$1\" | base64' #{password}\nwrite f.txt \"#{password}\"\nattach f.txt\ncheck loud == 'x', 'not #{loud}'\nfail #{loud}\n",
        )
        .stdout_matches(r#""text":"it is \*{8}""#)
        .stderr_matches(r"FAIL a.scn:12 \*{8} \(")
        .status(1)
        .run();
    let secrets = ["hunter2", "HUNTER2", "aHVudGVyM"];
    let clean = |text: &str, place: &str| {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    };
    clean(&came.stdout, "standard output");
    clean(&came.stderr, "standard error");
    let mut folders = vec![came.folder.path().join("runs")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            clean(
                &String::from_utf8_lossy(&bytes),
                &path.display().to_string(),
            );
        }
    }
    assert_eq!(
        files, 4,
        "the journal, what it was run from, a large output, what was attached"
    );
}

#[test]
fn a_process_is_recorded_with_the_moment_that_tells_it_from_later_ones() {
    let came = Test::new(&["run", "--json", "-q", "a.scn"])
        .file("a.scn", "set stat run cut -d ' ' -f 1,22 /proc/self/stat\n")
        .stdout_matches("")
        .stderr_matches("^PASS")
        .run();
    let lines = lines(&came);
    let process = of(&lines, "started")[0];
    let own = format!("{} {}\n", process["pid"], process["ticks"]);
    assert_eq!(of(&lines, "output")[0]["text"], own);
}

/// Each case has an end, whatever ended it, and a verdict that says how.
#[test]
fn a_case_that_is_cut_short_says_how_it_ended() {
    let cases = [
        ("exit 1", 1, "FAIL", "exit 1"),
        ("exit 0", 0, "PASS", ""),
        ("exit", 0, "PASS", ""),
        ("error 'no licence'", 3, "ERROR", "no licence"),
        ("check 1 == 2, 'one'\nexit", 1, "FAIL", "one"),
        ("check 1 == 2, 'one'\nerror 'gone'", 3, "ERROR", "gone"),
        ("parallel\nerror 'gone'\nend", 3, "ERROR", "gone"),
        ("repeat 2\nretry 2 leave\nend", 1, "FAIL", "exit 7"),
        (
            "sleep 1m",
            1,
            "FAIL",
            "timed out: the scenario's @timeout is up",
        ),
    ];
    for (body, status, verdict, reason) in cases {
        let scenario =
            format!("@timeout 1s\nstep leave\nexit 7\nend\ncase one\n{body}\nend\ncase two\nend\n");
        let came = Test::new(&["run", "--json", "-q", "t.scn"])
            .file("t.scn", &scenario)
            .status(status)
            .stdout_matches("")
            .stderr_matches("")
            .run();
        let lines = lines(&came);
        let [finished] = of(&lines, "case_finished")[..] else {
            panic!("{body}: {}", came.stdout);
        };
        assert_eq!(finished["case"], "one", "{body}");
        assert_eq!(finished["verdict"], verdict, "{body}: {finished}");
        let told = finished["reason"].as_str().unwrap_or_default();
        assert!(told.starts_with(reason), "{body}: {finished}");
        assert_eq!(told.is_empty(), reason.is_empty(), "{body}: {finished}");
    }
}

/// A case that a time limit around it cuts short did not pass.
#[test]
fn a_case_in_a_block_whose_time_is_up_is_no_pass() {
    let scenario = "timeout 100ms slow\nstep slow\ncase one\nsleep 1m\nend\nend\n";
    let came = Test::new(&["run", "--json", "-q", "t.scn"])
        .file("t.scn", scenario)
        .status(1)
        .stdout_matches("")
        .stderr_matches("timed out after TIME")
        .run();
    assert_eq!(of(&lines(&came), "case_finished")[0]["verdict"], "FAIL");
}

/// A step counts once, however many attempts it had, and fails if its last one does.
#[test]
fn attempts_are_no_steps_of_their_own() {
    let scenario = "defer echo bye\nretry 3 sh 'echo x >> n; test $(wc -l < n) = 3'\nset r retry 2 run false\n";
    let came = Test::new(&["run", "--json", "t.scn"])
        .file("t.scn", scenario)
        .stdout_matches("")
        .stderr_matches("PASS t.scn .3 steps, ")
        .run();
    let lines = lines(&came);
    assert_eq!(of(&lines, "step_started").len(), 6);
    let last = lines.last().unwrap();
    assert_eq!((&last["steps"], &last["failed"]), (&3.into(), &1.into()));
}
