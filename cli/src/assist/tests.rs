//! What is said of a place, on text as it is while one types: `|` is the caret.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use scn_interpreter::{Disk, environment};

use super::*;

const ENVIRONMENT: &str = r#"
[vars]
rate = 1000
[hosts.matching]
agent = "matching"
[components.Engine]
host = "matching"
attrs = { port = 9001 }
log = [{ path = "e.log", parse = [
  { regex = 'state=(?<STATE>\w+)' },
  { regex = 'us=(?<LATENCY>\d+)', unit = "us", keep = "percentiles" },
] }]
[components.Server]
each = [0, 1]
[commands.start_load]
help = "Sends orders."
run = ["load"]
background = true
undo = "stop_load"
[commands.stop_load]
run = ["stop"]
[commands.order]
params = ["side", "qty:int", "price:decimal=0"]
run = ["order"]
[secrets]
token = { env = "TOKEN" }
"#;

fn with<T>(text: &str, ask: impl FnOnce(&str, usize, &Around<'_>) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("local.toml");
    std::fs::write(&file, ENVIRONMENT).unwrap();
    std::fs::write(
        folder.path().join("orders.scn"),
        "# Buys.\nstep buy n=1\n  echo #{n}\nend\n",
    )
    .unwrap();
    let environment = environment::load(&Disk, &file, folder.path());
    let environment = environment.environment.expect("it is sound");
    let caret = text.find('|').expect("a caret");
    let text = text.replacen('|', "", 1);
    let outline = Outline::of(&text, &scn_grammar::parse(&text).file);
    let used = used::steps(&outline, folder.path(), &Disk);
    let registry = crate::plugins::built_in();
    let around = Around {
        environment: Some(&environment),
        registry: &registry,
        outline: &outline,
        used: &used,
        folder: folder.path(),
        files: &Disk,
    };
    ask(&text, caret, &around)
}

/// The labels that could stand there and begin with what is typed.
fn completed(text: &str) -> Vec<String> {
    with(text, |text, caret, around| {
        let all = complete(text, caret, around);
        let matching = all.matching(text, caret);
        matching.iter().map(|item| item.label.clone()).collect()
    })
}

#[track_caller]
fn offers(text: &str, wanted: &[&str]) {
    let found = completed(text);
    for wanted in wanted {
        assert!(found.iter().any(|one| one == wanted), "{text}: {found:?}");
    }
}

#[track_caller]
fn offers_only(text: &str, wanted: &[&str]) {
    assert_eq!(completed(text), wanted, "{text}");
}

#[test]
fn a_line_begins_with_a_keyword_or_a_command() {
    offers("|", &["set", "retry", "start_load", "echo", "while"]);
    offers("echo a\n  |\necho b", &["set", "start_load"]);
    offers_only("start_l|", &["start_load"]);
    offers("if 1 == 1 then sta|", &["start_load", "start"]);
    offers("if 1 == 1 then echo a else sta|", &["start_load", "start"]);
    offers_only("set x must sta|\n", &["start_load", "start"]);
    offers_only("background l order|", &["order"]);
    offers_only("@ti|", &["@title", "@timeout"]);
    assert!(!completed("|").contains(&"@title".to_owned()));
}

#[test]
fn after_set_stands_a_value_or_a_step() {
    offers("set x |", &["=", "must", "not", "start_load"]);
    assert!(!completed("set x |").contains(&"while".to_owned()));
    offers("set x = |", &["Engine", "rate", "len"]);
    assert_eq!(completed("set |"), Vec::<String>::new());
}

#[test]
fn a_commands_words_are_its_parameters_and_components() {
    offers_only("order sid|", &["side="]);
    offers_only("order buy |", &["side=", "qty=", "price="]);
    offers_only("order side=buy |", &["qty=", "price="]);
    offers(
        "kill -9 |",
        &["Engine", "Server[1]", "start_load", "System"],
    );
    offers_only("kill -9 Eng|", &["Engine"]);
    offers_only("on mat|", &["matching"]);
    offers_only("on matching sta|", &["start_load", "start"]);
    offers_only("wait event 'x' from Eng|", &["Engine"]);
}

#[test]
fn expressions_know_what_has_a_value_here() {
    offers(
        "@param speed = 1\nset state = 2\nif s|",
        &["speed", "state", "sum", "sort"],
    );
    offers_only("set answer = 1\necho \"it is #{ans|", &["answer"]);
    offers_only("set answer = 1\necho it is #{ans|} ok", &["answer"]);
    offers_only("step a one=1\n  set two = o|\nend", &["one"]);
    offers("assert to|", &["token"]);
    assert_eq!(completed("assert len(|rat)"), completed("assert |"));
    offers_only("wait until 1 == 1 wi|", &["within"]);
    offers_only("if Engine.STATE == 'A' th|", &["then"]);
    offers_only("wait unt|", &["until"]);
    offers_only("hold 1 == 1 for 5s ev|", &["every"]);
}

#[test]
fn after_a_point_stand_attributes_metrics_and_fields() {
    offers("if Engine.|", &["STATE", "port", "pid", "running", "RSS"]);
    offers_only("if Engine.ST|", &["STATE"]);
    offers_only("if Engine.LATENCY.p9|", &["p90", "p95", "p99", "p999"]);
    offers_only("if System.free_d|", &["free_disk"]);
    offers_only("if Server[0].ru|", &["running"]);
    offers_only("set r order\nif r.st|", &["stdout", "stderr"]);
    offers_only("echo #{run.|}", &["dir", "id"]);
}

#[test]
fn labels_jobs_and_files_are_known_by_where_they_stand() {
    offers_only("again:\nif 1 == 1 then goto a|", &["again"]);
    offers_only("goto |", &["pass", "fail", "end"]);
    offers_only("background one echo a\nawait |", &["one", "start_load"]);
    offers_only("use |", &["'orders.scn'"]);
    offers_only("use 'or|", &["'orders.scn'"]);
    offers_only("use 'orders.scn' as o\no.|", &["o.buy"]);
    offers_only("use 'orders.scn' |", &["as"]);
}

#[test]
fn nothing_is_offered_in_comments_texts_and_numbers() {
    for text in [
        "echo a # s|",
        "echo 'start|'",
        "set x = 'le|'",
        "set x = 1|",
        "mark |",
        "fail re|",
    ] {
        assert_eq!(completed(text), Vec::<String>::new(), "{text}");
    }
}

fn hovered(text: &str) -> String {
    with(text, |text, caret, around| {
        hover(text, caret, around).map_or(String::new(), |hover| hover.text)
    })
}

#[test]
fn hover_says_what_a_word_means_here() {
    for (text, wanted) in [
        ("wa|it until", "wait until CONDITION"),
        ("start_|load", "What undoes it: stop_load"),
        ("start_lo|ad", "background = true"),
        ("ki|ll -9 Engine", "kill (command)"),
        ("kill -9 Eng|ine", "component of the environment local"),
        ("set n = 1\necho #{|n}", "   1  set n = 1"),
        ("set n = le|n([1])", "len (function)"),
        ("if Engine.STA|TE == 'A'", "read from its log"),
        ("use 'orders.scn' as o\no.bu|y", "step of orders.scn"),
        ("# Says.\nstep s|ay what='a'\nend", "say [WHAT]"),
        ("order si|de=buy", "`side` (any) of `order`"),
        ("goto pa|ss", "ends the scenario with PASS"),
        ("echo #{ra|te}", "rate = 1000"),
        ("on match|ing order", "host of the environment"),
        ("wait event 'x' as e\necho #{e.mes|sage}", "what it says"),
    ] {
        assert!(hovered(text).contains(wanted), "{text}: {}", hovered(text));
    }
    assert_eq!(hovered("echo hel|lo"), "");
}

fn signed(text: &str) -> Option<(String, Option<String>)> {
    with(text, |text, caret, around| {
        let help = signature(text, caret, around)?;
        let active = help.active.and_then(|active| help.parameters.get(active));
        let active = active.map(|(start, end, _)| help.text[*start..*end].to_owned());
        Some((help.text, active))
    })
}

#[test]
fn signature_help_follows_the_words() {
    let order = "order SIDE QTY [PRICE]";
    for (text, whole, active) in [
        ("order |", order, "SIDE"),
        ("order buy 1|", order, "QTY"),
        ("order qty=5 b|", order, "SIDE"),
        ("order buy 1 |", order, "[PRICE]"),
        ("order #{le|n}", order, "SIDE"),
        (
            "set n = split('a', |",
            "split(TEXT [, SEPARATOR])",
            "SEPARATOR",
        ),
        ("set n = len(split('a', ',')|", "len(VALUE)", "VALUE"),
    ] {
        let found = signed(text).unwrap_or_else(|| panic!("{text}: nothing"));
        assert_eq!(found.1.as_deref(), Some(active), "{text}: {found:?}");
        assert!(
            found.0 == whole || whole == "len(VALUE)",
            "{text}: {found:?}"
        );
    }
    assert_eq!(signed("order buy 1 2 3 |").map(|found| found.1), Some(None));
    assert_eq!(signed("set x = |"), None);
}

/// Every name that the grammar finds in the scenarios of this project is found at its place by the
/// reader too, as what it is.
#[test]
fn the_reader_sees_what_the_grammar_sees() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    for text in texts(&root.join("scenarios"), &root.join("tests/spec")) {
        let parsed = scn_grammar::parse(&text);
        if !parsed.diagnostics.is_empty() {
            continue;
        }
        let lines = scn_grammar::logical_lines(&text);
        let marks: Vec<_> = lines
            .flat_map(|line| reader::read(&text, line, None).marks)
            .collect();
        for one in Outline::of(&text, &parsed.file).occurrences {
            let kinds: &[reader::Kind] = match (one.what, one.defines) {
                (outline::What::Label, _) => &[reader::Kind::Label],
                (outline::What::Command, true) => &[reader::Kind::StepName],
                (outline::What::Command, false) => &[reader::Kind::Command, reader::Kind::Host],
                (outline::What::Function, _) => &[reader::Kind::Function],
                (outline::What::Name, true) => &[reader::Kind::NewName, reader::Kind::Parameter],
                (outline::What::Name, false) => &[reader::Kind::Name, reader::Kind::Job],
                _ => continue,
            };
            let found = marks.iter().find(|mark| mark.span.start == one.span.start);
            let sees = found.is_some_and(|mark| kinds.contains(&mark.kind));
            assert!(sees, "{one:?} {found:?} in\n{text}");
            seen += 1;
        }
        // Stretches stand in their order, and none lies over another.
        for pair in marks.windows(2) {
            assert!(
                pair[0].span.end <= pair[1].span.start,
                "{pair:?} in\n{text}"
            );
        }
    }
    assert!(seen > 1000, "{seen}");
}

/// All scenarios of a folder, and all blocks of the pages of another.
fn texts(scenarios: &Path, pages: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut folders = vec![scenarios.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "scn") {
                all.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    for entry in std::fs::read_dir(pages).unwrap() {
        let page = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let blocks = page.split("```scn").skip(1);
        let bodies = blocks.filter_map(|block| block.split_once('\n'));
        all.extend(bodies.map(|(_, body)| body.split("```").next().unwrap().to_owned()));
    }
    all
}

#[test]
fn no_place_of_no_text_is_too_much() {
    let texts = texts(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios"),
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/spec"),
    );
    let mut random = fastrand::Rng::with_seed(7);
    for text in texts.iter().filter(|text| text.len() < 2_000).step_by(4) {
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
        for _ in 0..3 {
            let Some(&cut) = random.choice(&places) else {
                continue;
            };
            let mut mangled = text[..cut].to_owned();
            mangled.push_str(
                random
                    .choice(["#{", "'", "\"", "\"\"\"", "(", "\\", "}", "“", "."])
                    .unwrap(),
            );
            let caret = mangled.len();
            mangled.push_str(&text[cut..]);
            let whole = format!("{}|{}", &mangled[..caret], &mangled[caret..]);
            if whole.find('|') != Some(caret) {
                continue;
            }
            with(&whole, |text, caret, around| {
                let all = complete(text, caret, around);
                assert!(text.get(all.replace.range()).is_some());
                hover(text, caret, around);
                signature(text, caret, around);
            });
        }
    }
}
