//! Definitions, references and renaming.

use serde_json::{Value as Json, json};

use crate::client::{Client, edited, text_of};

const STEPS: &str = "step buy n=1\n  order buy #{n}\nend\nbuy n=2\n";

fn project() -> Client {
    Client::project(&[
        ("steps.scn", STEPS),
        ("main.scn", "use 'steps.scn' as s\ns.buy n=3\n"),
    ])
}

#[track_caller]
fn defined(client: &mut Client, text: &str, file: &str, line: u64) {
    let found = client.at("textDocument/definition", "a.scn", text, json!({}));
    assert_eq!(found[0]["uri"], client.uri(file), "{text}: {found}");
    assert_eq!(found[0]["range"]["start"]["line"], line, "{text}: {found}");
}

#[test]
fn a_definition_is_where_a_name_gets_its_meaning() {
    let mut client = project();
    defined(&mut client, "set x = 1\necho a #{|x}", "a.scn", 0);
    defined(&mut client, "echo a\nagain:\ngoto ag|ain", "a.scn", 1);
    defined(&mut client, "@param p = 1\necho #{p|}", "a.scn", 0);
    defined(&mut client, "step one\nend\non|e", "a.scn", 0);
    defined(&mut client, "use 'steps.scn' as s\ns.bu|y", "steps.scn", 0);
    defined(&mut client, "use 'steps.scn' as s\ns|.buy", "a.scn", 0);
    defined(&mut client, "use 'ste|ps.scn'\n", "steps.scn", 0);
    defined(&mut client, "kill Eng|ine", "environments/local.toml", 3);
    defined(
        &mut client,
        "wait until Engi|ne.STATE == 'A'",
        "environments/local.toml",
        3,
    );
    defined(&mut client, "start_lo|ad", "environments/local.toml", 7);
    defined(&mut client, "echo #{ra|te}", "environments/local.toml", 1);
    defined(&mut client, "background j echo a\nkill j|", "a.scn", 0);
    let none = client.at("textDocument/definition", "a.scn", "ec|ho a", json!({}));
    assert_eq!(none, json!([]));
}

#[test]
fn references_are_in_all_files_that_use_it() {
    let mut client = project();
    let more = json!({ "context": { "includeDeclaration": true } });
    let text = STEPS.replacen("step buy", "step b|uy", 1);
    let found = client.at("textDocument/references", "steps.scn", &text, more.clone());
    assert_eq!(found.as_array().unwrap().len(), 3, "{found}");
    let found = client.at(
        "textDocument/references",
        "a.scn",
        "kill Eng|ine\nassert Engine.port == 1\n",
        more,
    );
    assert_eq!(found.as_array().unwrap().len(), 3, "{found}");
    let text = "set x = 1\nstep a\n  set x = 2\nend\necho #{|x}\n";
    let found = client.at("textDocument/documentHighlight", "a.scn", text, json!({}));
    let lines: Vec<&Json> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["range"]["start"]["line"])
        .collect();
    assert_eq!(lines, [0, 4]);
}

#[track_caller]
fn renamed(client: &mut Client, text: &str, new: &str, to: &str) {
    let edit = client.at(
        "textDocument/rename",
        "a.scn",
        text,
        json!({ "newName": new }),
    );
    let edits = &edit["changes"][client.uri("a.scn")];
    assert_eq!(edited(&text.replacen('|', "", 1), edits), to);
}

#[test]
fn a_new_name_is_everywhere() {
    let mut client = project();
    renamed(
        &mut client,
        "set |x = 1\necho \"a #{x}\" #{[x, {x: x.y}]} ‘x’ x\n  \nstep s\n  set x = 2\nend\n",
        "count",
        "set count = 1\necho \"a #{count}\" #{[count, {x: count.y}]} ‘x’ x\n  \nstep s\n  set x = 2\nend\n",
    );
    renamed(&mut client, "one:\ngoto o|ne\n", "2", "2:\ngoto 2\n");
    renamed(
        &mut client,
        "background j echo a\nkill |j\nawait j\n",
        "job",
        "background job echo a\nkill job\nawait job\n",
    );
    renamed(
        &mut client,
        "@param p = 1\nstep s\n  echo #{|p}\nend\n",
        "q",
        "@param q = 1\nstep s\n  echo #{q}\nend\n",
    );
    renamed(
        &mut client,
        "step s what=1\n  echo #{|what}\nend\ns what=2\n",
        "text",
        "step s text=1\n  echo #{text}\nend\ns text=2\n",
    );
    renamed(
        &mut client,
        "use 'steps.scn' as |s\ns.buy\n",
        "steps",
        "use 'steps.scn' as steps\nsteps.buy\n",
    );
    renamed(
        &mut client,
        "set x = 'ü'\necho \"\"\"\n    a #{|x} 😀 #{x}\n  b\n  \"\"\"\n",
        "y",
        "set y = 'ü'\necho \"\"\"\n    a #{y} 😀 #{y}\n  b\n  \"\"\"\n",
    );
}

#[test]
fn a_steps_new_name_goes_to_the_files_that_use_it() {
    let mut client = project();
    let text = "use 'steps.scn' as s\ns.b|uy n=3\n";
    let edit = client.at(
        "textDocument/rename",
        "main.scn",
        text,
        json!({ "newName": "sell" }),
    );
    let changes = &edit["changes"];
    let steps = edited(STEPS, &changes[client.uri("steps.scn")]);
    assert_eq!(
        steps,
        STEPS
            .replace("step buy", "step sell")
            .replace("\nbuy n", "\nsell n")
    );
    let main = edited(
        &text_of(&client.path("main.scn")),
        &changes[client.uri("main.scn")],
    );
    assert_eq!(main, "use 'steps.scn' as s\ns.sell n=3\n");
    let text = STEPS.replacen("n=1", "|n=1", 1);
    let edit = client.at(
        "textDocument/rename",
        "steps.scn",
        &text,
        json!({ "newName": "count" }),
    );
    let main = edited(
        &text_of(&client.path("main.scn")),
        &edit["changes"][client.uri("main.scn")],
    );
    assert_eq!(main, "use 'steps.scn' as s\ns.buy count=3\n");
}

#[test]
fn a_name_that_cannot_be_is_refused_with_the_reason() {
    let mut client = project();
    for (text, new, reason) in [
        ("set |x = 1\n", "1x", "begins with no digit"),
        ("set |x = 1\n", "then", "word of the language"),
        ("set |x = 1\n", "", "cannot be"),
        ("set |x = 1\nset y = 2\n", "y", "already"),
        ("set |x = 1\n", "Engine", "a component"),
        ("@param p = 1\nset |x = 1\n", "p", "already"),
        ("one:\ntwo:\ngoto |one\n", "two", "a label `two`"),
        ("goto pa|ss\n", "done", "every scenario has"),
        ("kill Eng|ine\n", "my-motor", "letters, digits"),
        ("kill Eng|ine\n", "rate", "already"),
        ("start_lo|ad\n", "if", "begins a statement"),
        ("start_lo|ad\n", "echo", "a built-in command"),
        ("start_lo|ad\nstep mine\nend\n", "mine", "in a.scn"),
        ("ec|ho a\n", "say", "where it is declared"),
        ("step |a\nend\nstep b\nend\n", "b", "a step `b`"),
        ("step |a\nend\n", "if", "begins a statement"),
        ("set |x = 1\necho 'a\n", "y", "line 2"),
        ("echo |a\n", "y", "no label"),
    ] {
        let params = client.place("a.scn", text, json!({ "newName": new }));
        let said = client.refusal("textDocument/rename", params);
        assert!(said.contains(reason), "{text} {new}: {said}");
    }
}

const STAGING: &str = r##"extends = "base.toml"

[setup]
steps = ["start_load", "sleep 1s"]

[components."Engine"]
attrs = { rate = 1, address = "#{Engine.port}:#{rate}" }

[components.Engine.stop]
run = ["kill", "#{Engine.pid}", "#{Other.pid}"]

[[components.Engine.log]]
path = "e.log"

[commands.start_load]
run = ["load", "--rate=#{rate}", "#{start_load}"]
background = true
on = "Engine"
undo = "stop_load 'start_load' #{start_load.pid}"

[commands.stop_load]
run = ["true"]
params = ["Engine:int"]
env = { ENGINE = "#{Engine}" }
"##;

const BASE: &str = "[vars]\nrate = 5\n\n[components.Other]\nattrs = { port = 1 }\n";

const USES: &str = "@needs Engine, start_load
start_load
kill start_load
kill Engine
set rate2 = rate + Engine.port
echo Engine \"#{Engine.STATE} #{start_load.stdout}\"
on Engine sh 'Engine'
step own
  set Engine = 1
  echo #{Engine}
end
";

fn environments() -> Client {
    Client::project(&[
        ("environments/staging.toml", STAGING),
        ("environments/base.toml", BASE),
        ("main.scn", USES),
    ])
}

/// Renames what stands at the `|`, and gives the texts of these files after.
fn texts_after(client: &mut Client, at: (&str, &str), new: &str, files: &[&str]) -> Vec<String> {
    let (file, text) = at;
    let edit = client.at("textDocument/rename", file, text, json!({ "newName": new }));
    let after = |file: &&str| {
        let before = text_of(&client.path(file));
        match edit["changes"].get(client.uri(file)) {
            Some(edits) => edited(&before, edits),
            None => before,
        }
    };
    files.iter().map(after).collect()
}

#[test]
fn a_component_is_renamed_in_all_environments_and_scenarios_from_either() {
    let files = [
        "environments/staging.toml",
        "environments/local.toml",
        "main.scn",
    ];
    let expected = [
        STAGING
            .replace("\"Engine\"]\n", "\"Motor\"]\n")
            .replace("components.Engine", "components.Motor")
            .replace("#{Engine.", "#{Motor.")
            .replace("on = \"Engine\"", "on = \"Motor\""),
        crate::client::ENVIRONMENT.replace("components.Engine", "components.Motor"),
        USES.replace("@needs Engine", "@needs Motor")
            .replace("kill Engine", "kill Motor")
            .replace("Engine.port", "Motor.port")
            .replace("echo Engine", "echo Motor")
            .replace("#{Engine.STATE}", "#{Motor.STATE}")
            .replace("on Engine", "on Motor"),
    ];
    for (file, text) in [
        (
            "environments/staging.toml",
            STAGING.replacen("s.Engine.stop", "s.En|gine.stop", 1),
        ),
        (
            "environments/staging.toml",
            STAGING.replacen("#{Engine.pid", "#{Eng|ine.pid", 1),
        ),
        (
            "environments/staging.toml",
            STAGING.replacen("on = \"Eng", "on = \"Eng|", 1),
        ),
        ("main.scn", USES.replacen("kill Eng", "kill Eng|", 1)),
        ("main.scn", USES.replacen("@needs E", "@needs E|", 1)),
    ] {
        let mut client = environments();
        let after = texts_after(&mut client, (file, &text), "Motor", &files);
        for (after, expected) in after.iter().zip(&expected) {
            assert_eq!(after, expected, "{file}: {text}");
        }
    }
}

#[test]
fn an_alias_is_renamed_with_its_job_its_undo_and_its_set_up() {
    let files = [
        "environments/staging.toml",
        "environments/local.toml",
        "main.scn",
    ];
    let expected = [
        STAGING
            .replace("[\"start_load\"", "[\"load-on\"")
            .replace("commands.start_load", "commands.load-on"),
        crate::client::ENVIRONMENT.replace("commands.start_load", "commands.load-on"),
        USES.replace(", start_load", ", load-on")
            .replace("\nstart_load", "\nload-on")
            .replace("kill start_load", "kill load-on"),
    ];
    let mut client = environments();
    let text = STAGING.replacen("ds.start", "ds.|start", 1);
    let at = ("environments/staging.toml", text.as_str());
    // A job's name stands in expressions: one that cannot is refused.
    let params = client.place(at.0, at.1, json!({ "newName": "load-on" }));
    let said = client.refusal("textDocument/rename", params);
    assert!(said.contains("letters, digits"), "{said}");
    let plain: Vec<String> = expected
        .iter()
        .map(|text| text.replace("load-on", "begin"))
        .collect();
    let after = texts_after(&mut client, at, "begin", &files);
    let with_values = |text: &String| {
        text.replace("#{start_load}", "#{begin}")
            .replace("#{start_load.", "#{begin.")
    };
    let plain: Vec<String> = plain.iter().map(with_values).collect();
    assert_eq!(after, plain);
}

#[test]
fn names_of_an_environment_lead_to_and_fro() {
    let mut client = environments();
    let text = STAGING.replacen("rate=#{ra", "rate=#{ra|", 1);
    let found = client.at(
        "textDocument/definition",
        "environments/staging.toml",
        &text,
        json!({}),
    );
    assert_eq!(
        found[0]["uri"],
        client.uri("environments/base.toml"),
        "{found}"
    );
    let more = json!({ "context": { "includeDeclaration": false } });
    let text = STAGING.replacen("[commands.stop_", "[commands.st|op_", 1);
    let found = client.at(
        "textDocument/references",
        "environments/staging.toml",
        &text,
        more,
    );
    let lines: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["uri"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned(),
                one["range"]["start"]["line"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("local.toml".to_owned(), 11),
            ("staging.toml".to_owned(), 18)
        ]
    );
    let found = client.at(
        "textDocument/documentHighlight",
        "environments/staging.toml",
        &STAGING.replacen("#{Other", "#{Oth|er", 1),
        json!({}),
    );
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    // Only the parameter of that name is meant there.
    let text = STAGING.replacen("\"#{Engine}\"", "\"#{En|gine}\"", 1);
    let params = client.place(
        "environments/staging.toml",
        &text,
        json!({ "newName": "x" }),
    );
    let said = client.refusal("textDocument/rename", params);
    assert!(said.contains("no name here"), "{said}");
    // A file that cannot be read would keep the old name.
    client.open(
        "environments/local.toml",
        "[commands.start_load]\nrun = [\n",
    );
    let params = client.place(
        "main.scn",
        &USES.replacen("\nstart", "\nst|art", 1),
        json!({ "newName": "begin" }),
    );
    let said = client.refusal("textDocument/rename", params);
    assert!(said.contains("local.toml cannot be read"), "{said}");
}
