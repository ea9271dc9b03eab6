//! Values that would act if anything took them for syntax, pushed through every place where a value leaves the
//! scenario: each comes out as it went in, or is refused, and none acts.
//!
//! The values are in `tests/hostile/values.txt`, the places are [`BOUNDARIES`] and [`SHOWN`]: each value goes through
//! each.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

struct Hostile {
    name: String,
    value: String,
}

fn values() -> Vec<Hostile> {
    let text = include_str!("hostile/values.txt");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let hostile = |line: &str| {
        let (name, quoted) = line.split_once(' ').unwrap();
        let (quoted, times) = match quoted.rsplit_once(" × ") {
            Some((quoted, times)) => (quoted, times.parse().unwrap()),
            None => (quoted, 1),
        };
        let value: String = serde_json::from_str(quoted).unwrap();
        Hostile {
            name: name.to_owned(),
            value: value.repeat(times),
        }
    };
    lines.map(hostile).collect()
}

/// Where a value goes, and comes back or arrives.
struct Boundary {
    name: &'static str,
    /// What is done with the value `v`, of number `i`; what arrives is in `out/NAME-I`, a NUL behind each.
    lines: &'static str,
    /// How often it arrives.
    times: usize,
    /// Whether it is refused: it cannot be there.
    refuses: fn(&str) -> bool,
}

/// What the system takes for an argument or a variable ends at a NUL, and is no longer than this.
const LONGEST_WORD: usize = 128 * 1024 - 1;

fn no_word(value: &str) -> bool {
    value.contains('\0') || value.len() >= LONGEST_WORD - 10
}

fn nothing(_: &str) -> bool {
    false
}

const BOUNDARIES: &[Boundary] = &[
    Boundary {
        name: "argv",
        lines: "try run sh witness.sh \"out/argv-#{i}\" argv #{v}",
        times: 1,
        refuses: no_word,
    },
    Boundary {
        name: "argv-of-a-list",
        lines: "try run sh witness.sh \"out/argv-of-a-list-#{i}\" argv #{*[v, v]}",
        times: 2,
        refuses: no_word,
    },
    Boundary {
        name: "sh",
        lines: "try sh 'sh witness.sh \"$1\" argv \"$2\"' \"out/sh-#{i}\" #{v}",
        times: 1,
        refuses: no_word,
    },
    Boundary {
        name: "alias",
        lines: "try alias \"out/alias-#{i}\" #{v}",
        times: 1,
        refuses: no_word,
    },
    Boundary {
        name: "alias-with-parameters",
        lines: "try alias_params \"out/alias-with-parameters-#{i}\" #{v}",
        times: 1,
        refuses: no_word,
    },
    Boundary {
        name: "alias-in-sh",
        lines: "try alias_sh \"out/alias-in-sh-#{i}\" #{v}",
        times: 1,
        refuses: no_word,
    },
    Boundary {
        name: "variable",
        lines: "try alias_env \"out/variable-#{i}\" #{v}",
        times: 1,
        refuses: no_word,
    },
    Boundary {
        name: "input",
        lines: "try input #{v} run sh witness.sh \"out/input-#{i}\" stdin",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "file",
        lines: "write \"out/file.tmp\" #{v}\nset r read out/file.tmp\nassert r == v or len(v) == 0 or v contains '\\r' or v contains \"\\n\"\nrun sh -c 'sh witness.sh \"$1\" stdin < out/file.tmp' sh \"out/file-#{i}\"",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "copy",
        lines: "write \"out/file.tmp\" #{v}\ncopy out/file.tmp out/copy.tmp\nrun sh -c 'sh witness.sh \"$1\" stdin < out/copy.tmp' sh \"out/copy-#{i}\"",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "attach",
        lines: "write \"out/file.tmp\" #{v}\ntry attach out/file.tmp #{v}\nset kept attach out/file.tmp kept\nset folder run sh -c 'echo .scn/runs/*/'\nrun sh -c 'sh witness.sh \"$1\" stdin < \"$2\"' sh \"out/attach-#{i}\" \"#{folder}#{kept}\"",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "plug-in",
        lines: "set r give #{v}\nassert r == v\nset r give_rest #{v} x=#{v}\nassert r.value == [v, 'x=' + v]\ninput #{r.value[0]} run sh witness.sh \"out/plug-in-#{i}\" stdin",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "event",
        lines: "tell #{v}\nwait event E* within 10s as e\nassert e.message == 'E' + v and e.data.it == v\ninput #{e.data.it} run sh witness.sh \"out/event-#{i}\" stdin",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "sql",
        lines: "execute 'insert into notes values (?, ?)' #{i} #{v}\nset n value 'select count(*) from notes where note = ?' #{v}\nassert n >= 1\nset all value 'select count(*) from notes'\nassert all == i + 1\nset r value 'select note from notes where id = ?' #{i}\ninput #{r.value} run sh witness.sh \"out/sql-#{i}\" stdin",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "json",
        lines: "set r = json(text({v: v, a: [v]}))\nassert r == {v: v, a: [v]}\ninput #{text([v])} run python3 -c \"import json, sys; open(sys.argv[1], 'wb').write(json.load(sys.stdin)[0].encode() + b'\\\\0')\" \"out/json-#{i}\"",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "csv",
        lines: "set r = rows[i]\nassert r.value == v\ninput #{r.value} run sh witness.sh \"out/csv-#{i}\" stdin",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "functions",
        lines: "set r = replace('[x]', 'x', v)\nassert r == '[' + v + ']'\nassert join([v, v], '-') == v + '-' + v\nset m = {a: 1}\nassert [v][0] == v and upper(v) != none\ninput #{v} run sh witness.sh \"out/functions-#{i}\" stdin",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "file-name",
        lines: "try write \"out/named/n#{replace(v, '/', '_')}\" #{i}\nset r try read \"out/named/n#{replace(v, '/', '_')}\"\nif r.exit == none and r.error == none then input #{v} run sh witness.sh \"out/file-name-#{i}\" stdin",
        times: 1,
        refuses: |value| value.contains('\0') || value.len() > 254,
    },
    Boundary {
        name: "program",
        lines: "set r try run #{v}\nassert r.error != none or v == 'true'\ninput #{v} run sh witness.sh \"out/program-#{i}\" stdin",
        times: 1,
        refuses: nothing,
    },
    Boundary {
        name: "component-log",
        lines: "set line = replace(replace(replace(replace(v, \"\\n\", '_'), \"\\u{d}\", '_'), \"\\u{85}\", '_'), \"\\u{0}\", '_')\nwrite out/line.tmp \"L#{line}\\n\"\nmark here\nrun sh -c 'cat out/line.tmp >> out/engine.log'\nwait event L* from Engine since here within 10s as e\nassert e.message == 'L' + line or len(v) > 60000\ninput #{v} run sh witness.sh \"out/component-log-#{i}\" stdin",
        times: 1,
        refuses: nothing,
    },
];

/// Where a value is shown, to a person or a program, and nothing else happens. A run of it may end as it likes.
const SHOWN: &[&str] = &[
    "echo #{v}",
    "log #{v}",
    "log \"x #{v}\" level=error",
    "try log level #{v}",
    "case \"c #{v}\"\n  check v == 1, v\nend",
    "try run false #{v}",
    "try run #{v}",
    "try sh 'printf \"%s\\n\" \"$1\"; printf \"%s\\n\" \"$1\" >&2; exit 1' #{v}",
    "try tell #{v}",
    "try read #{v}",
    "try http GET #{v}",
    "try tcp #{v}",
    "try start #{v}",
    "set j = {a: v}\ncheck j == 1, j",
    "try give_rest #{v} x=#{v}",
    "try call #{v}",
    "mark m\nset kept = [v]\necho #{kept}",
];

const ENVIRONMENT: &str = r##"
[commands.alias]
run = ["sh", "witness.sh", "#{args[0]}", "argv", "#{args[1]}"]

[commands.alias_params]
params = ["file", "x", "y='d'"]
run = ["sh", "witness.sh", "#{file}", "argv", "#{x}"]

[commands.alias_sh]
sh = '''sh witness.sh "$1" argv "$2"'''

[commands.alias_env]
params = ["file", "x"]
run = ["sh", "witness.sh", "#{file}", "env"]
env = { V = "#{x}" }

[plugins.hostile]
program = ["python3", "plugin.py"]

[plugins.sql]
program = ["python3", "SQL/sql.py"]
config = { url = "sqlite::memory:" }

[components.Engine]
start = { run = ["sh", "-c", "touch out/engine.log; exec sleep 600"] }
log = [{ path = "out/engine.log", parse = [{ regex = '^(?<line>L.*)$', event = "#{line}" }] }]
"##;

fn repository(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    root.join(path).display().to_string()
}

/// A project with the values, as JSON and as CSV that Python wrote.
fn project(values: &[Hostile]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["environments", "out/named"] {
        fs::create_dir_all(at(name)).unwrap();
    }
    let environment = ENVIRONMENT.replace("SQL/", &repository("plugins/examples/sql/"));
    fs::write(at("environments/hostile.toml"), environment).unwrap();
    fs::write(at("witness.sh"), include_str!("hostile/witness.sh")).unwrap();
    fs::write(at("plugin.py"), include_str!("hostile/plugin.py")).unwrap();
    let all: Vec<&str> = values
        .iter()
        .map(|hostile| hostile.value.as_str())
        .collect();
    fs::write(at("values.json"), serde_json::to_string(&all).unwrap()).unwrap();
    let program = "import csv, json\nwith open('values.csv', 'w', newline='') as out:\n  w = csv.writer(out, quoting=csv.QUOTE_ALL)\n  w.writerow(['value', 'n'])\n  [w.writerow([v, n]) for n, v in enumerate(json.load(open('values.json')))]\n";
    let made = Command::new("python3")
        .args(["-c", program])
        .current_dir(folder.path())
        .status();
    assert!(made.unwrap().success());
    folder
}

fn scn(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scn"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("LANG", "C.UTF-8")
        .env("PYTHONUTF8", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONPATH", repository("plugins/python"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The files below a folder, but for the record's.
fn files(folder: &Path, all: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, all),
            false => all.push(path),
        }
    }
}

/// No value has made a file, here or where a path would lead.
fn nothing_acted(folder: &Path, place: &str) {
    let mut all = Vec::new();
    files(folder, &mut all);
    // What is attached is called as it was said to be, in the run's own folder.
    all.retain(|path| !path.parent().unwrap().ends_with("attachments"));
    let acted =
        |path: &&std::path::PathBuf| path.file_name().unwrap().as_bytes().starts_with(b"pwned");
    let acted: Vec<_> = all.iter().filter(acted).collect();
    assert!(acted.is_empty(), "{place}: {acted:?}");
    for outside in ["/pwned-16", "/tmp/pwned-15", "/pwned-15"] {
        assert!(!Path::new(outside).exists(), "{place}: {outside}");
    }
}

/// Nothing that a terminal would act upon.
fn harmless(text: &[u8], place: &str) {
    let text = std::str::from_utf8(text).unwrap();
    let acts = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(at) = text.find(acts) {
        let before = text[..at]
            .char_indices()
            .rev()
            .nth(80)
            .map_or(0, |(at, _)| at);
        panic!(
            "{place}: {:?}",
            text[before..].chars().take(120).collect::<String>()
        );
    }
}

#[test]
fn each_value_comes_out_of_each_boundary_as_it_went_in_or_is_refused() {
    let values = values();
    let mut wrong = Vec::new();
    for boundary in BOUNDARIES {
        let project = project(&values);
        let folder = project.path();
        let indented: String = boundary
            .lines
            .lines()
            .map(|line| format!("  {line}\n"))
            .collect();
        let before = match boundary.name {
            "sql" => "execute 'create table notes (id integer, note text)'\n",
            "csv" => "set rows = csv('values.csv')\n",
            "component-log" => "start Engine\n",
            _ => "",
        };
        let scenario = format!(
            "{before}set all = json(file('values.json'))\nfor i, v in all\n{indented}end\n"
        );
        fs::write(folder.join("s.scn"), &scenario).unwrap();
        let came = scn(folder, &["run", "--env", "hostile", "s.scn"]);
        let told = String::from_utf8_lossy(&came.stderr);
        if came.status.code() != Some(0) {
            let end = told.char_indices().rev().nth(1500).map_or(0, |(at, _)| at);
            wrong.push(format!("{}: {}", boundary.name, &told[end..]));
        }
        harmless(&came.stderr, boundary.name);
        nothing_acted(folder, boundary.name);
        for (number, hostile) in values.iter().enumerate() {
            let arrived = fs::read(folder.join(format!("out/{}-{number}", boundary.name))).ok();
            let expected = format!("{}\0", hostile.value)
                .repeat(boundary.times)
                .into_bytes();
            let expected = (!(boundary.refuses)(&hostile.value)).then_some(expected);
            if arrived != expected {
                let shown = arrived.map(|arrived| {
                    String::from_utf8_lossy(&arrived)
                        .chars()
                        .take(100)
                        .collect::<String>()
                });
                wrong.push(format!("{} of {}: {shown:?}", hostile.name, boundary.name));
            }
        }
        if boundary.name == "file-name" {
            names_are_those(folder, &values);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn names_are_those(folder: &Path, values: &[Hostile]) {
    let made: BTreeSet<String> = fs::read_dir(folder.join("out/named"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let named = values
        .iter()
        .map(|hostile| format!("n{}", hostile.value.replace('/', "_")));
    let named: BTreeSet<String> = named
        .filter(|name| !name.contains('\0') && name.len() < 256)
        .collect();
    assert_eq!(made, named);
}

/// A value on the command line, in a file of the project, and in the name of a file.
#[test]
fn values_come_in_as_they_are() {
    for hostile in values() {
        let Hostile { name, value } = &hostile;
        if no_word(value) {
            continue;
        }
        let project = project(&[]);
        let folder = project.path();
        // In an environment `#{` is read, so a text that holds it is another.
        let written = value.replace("#{", "#(");
        let toml = format!("[vars]\nw = {}\n", toml_text(&written));
        fs::write(folder.join("environments/vars.toml"), toml).unwrap();
        let scenario = "@param v = 'x'\ninput #{v} run sh witness.sh out/set stdin\ninput #{w} run sh witness.sh out/vars stdin\n";
        fs::write(folder.join("s.scn"), scenario).unwrap();
        let set = format!("v={value}");
        let came = scn(folder, &["run", "--set", &set, "--env", "vars", "s.scn"]);
        assert!(
            came.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&came.stderr)
        );
        for (file, expected) in [("out/set", value), ("out/vars", &written)] {
            let arrived = fs::read(folder.join(file)).unwrap();
            let arrived = String::from_utf8_lossy(&arrived);
            assert_eq!(arrived, format!("{expected}\0"), "{name} in {file}");
        }
        // Whatever a file is called, a terminal is left alone.
        let file = format!("f{}.scn", value.replace('/', "_"));
        if file.len() < 256 {
            fs::write(folder.join(&file), "echo x\nfoo \n").unwrap();
            for verb in ["run", "check", "plan", "fmt"] {
                let came = scn(folder, &[verb, "--", &file]);
                harmless(&came.stderr, &format!("{name} as a file's name, {verb}"));
            }
        }
        for words in [
            ["run", value],
            ["help", value],
            ["report", value],
            ["env", value],
        ] {
            if !value.starts_with('-') && !value.is_empty() {
                harmless(
                    &scn(folder, &words).stderr,
                    &format!("{name} after {}", words[0]),
                );
            }
        }
        nothing_acted(folder, name);
    }
}

fn toml_text(value: &str) -> String {
    let escaped = value.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// What is shown of a value acts neither on a terminal nor on who reads a report, and the record has it exactly.
#[test]
fn what_is_shown_does_nothing() {
    let values = values();
    let project = project(&values);
    let folder = project.path();
    let lines: String = SHOWN
        .iter()
        .flat_map(|lines| lines.lines().chain(["# "]))
        .map(|line| format!("  {line}\n"))
        .collect();
    fs::write(
        folder.join("s.scn"),
        format!("for v in json(file('values.json'))\n{lines}end\nfail #{{json(file('values.json'))[37]}}\n"),
    )
    .unwrap();
    for words in [
        &["run", "--env", "hostile", "s.scn"][..],
        &["run", "-v", "--env", "hostile", "s.scn"],
        &["run", "-q", "--env", "hostile", "s.scn"],
        &["run", "--json", "--env", "hostile", "s.scn"],
    ] {
        let came = scn(folder, words);
        let place = words.join(" ");
        harmless(&came.stderr, &place);
        assert_eq!(
            came.status.code(),
            Some(1),
            "{place}: {}",
            String::from_utf8_lossy(&came.stderr)
        );
        nothing_acted(folder, &place);
        match words[1] {
            "--json" => {
                harmless(&came.stdout, &place);
                recorded(&came.stdout, &values);
            }
            _ => {
                let said = String::from_utf8(came.stdout).unwrap();
                for hostile in &values {
                    assert!(
                        said.contains(&format!("{}\n", hostile.value)),
                        "{place}: {}",
                        hostile.name
                    );
                }
            }
        }
    }
    reports_are_whole(folder);
}

/// Every line is JSON, and each value was said.
fn recorded(journal: &[u8], values: &[Hostile]) {
    let mut said = BTreeSet::new();
    let lines = String::from_utf8(journal.to_vec()).unwrap();
    for (number, line) in lines.lines().enumerate() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["seq"], number as u64 + 1, "{line}");
        if event["event"] == "said" {
            said.insert(event["text"].as_str().unwrap().to_owned());
        }
    }
    for hostile in values {
        assert!(said.contains(&hostile.value), "{}", hostile.name);
    }
}

/// Each report can be read as what it is.
fn reports_are_whole(folder: &Path) {
    let listed = scn(folder, &["runs", "list", "--json"]);
    harmless(&listed.stdout, "runs list --json");
    let runs = fs::read_dir(folder.join(".scn/runs")).unwrap();
    let mut runs = runs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let run = runs.find(|name| !name.starts_with('.')).unwrap();
    for kept in ["journal.jsonl", "run.json"] {
        harmless(
            &fs::read(folder.join(".scn/runs").join(&run).join(kept)).unwrap(),
            kept,
        );
    }
    for (format, reader) in [
        (
            "junit",
            "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin.buffer)",
        ),
        ("json", "import sys, json; json.load(sys.stdin.buffer)"),
        ("ctrf", "import sys, json; json.load(sys.stdin.buffer)"),
        ("otlp", "import sys, json; json.load(sys.stdin.buffer)"),
        (
            "tap",
            "import sys; t = sys.stdin.buffer.read().decode().split(chr(10)); assert not [l for l in t if l.startswith('Bail') or l.startswith('1..0')], t[:5]; assert sum(l.startswith(('ok', 'not ok')) for l in t) == 1",
        ),
    ] {
        let came = scn(
            folder,
            &["report", "--format", format, "-o", "out/report", &run],
        );
        assert!(
            came.status.success(),
            "{format}: {}",
            String::from_utf8_lossy(&came.stderr)
        );
        harmless(&fs::read(folder.join("out/report")).unwrap(), format);
        let report = fs::File::open(folder.join("out/report")).unwrap();
        let read = Command::new("python3")
            .args(["-c", reader])
            .stdin(report)
            .output()
            .unwrap();
        assert!(
            read.status.success(),
            "{format}: {}",
            String::from_utf8_lossy(&read.stderr)
        );
    }
}
