//! What is said of scenarios.

use serde_json::{Value as Json, json};

use crate::client::{Client, edited, labels};

const DEMO: &str = "@title A demonstration
@param speed = 5

# Says it.
step say what='hi'
  echo #{what}
end

set x = speed
if x > 1
  again:
  order buy 5
else
  say
end
case one
  kill Engine
end
goto again
";

#[test]
fn findings_are_those_of_the_checker_with_what_mends_them() {
    let mut client = Client::project(&[]);
    let document = client.open("a.scn", "ordr buy 5\nset x = 1\necho #{y}\n");
    let found = client.findings("a.scn");
    let codes: Vec<&str> = found
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["E103", "E101"]);
    assert_eq!(
        found[0]["range"]["end"],
        json!({ "line": 0, "character": 4 })
    );
    assert!(
        found[0]["message"]
            .as_str()
            .unwrap()
            .contains("did you mean `order`?")
    );
    let params = json!({
        "textDocument": document,
        "range": found[0]["range"],
        "context": { "diagnostics": [found[0]] },
    });
    let actions = client.ask("textDocument/codeAction", params);
    assert_eq!(actions[0]["title"], "Change `ordr` to `order`");
    let edits = &actions[0]["edit"]["changes"][client.uri("a.scn")];
    assert_eq!(edited("ordr buy 5\n", edits), "order buy 5\n");
    // Mended as it is typed.
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 3, "character": 0 } });
    client.change(
        "a.scn",
        2,
        json!([{ "range": range, "text": "order buy 5\n" }]),
    );
    assert_eq!(client.findings("a.scn"), Vec::<Json>::new());
}

#[test]
fn findings_in_used_files_and_environments_are_at_their_own_places() {
    let mut client = Client::project(&[("lib/steps.scn", "step a\n  nowhere\nend\n")]);
    client.open("a.scn", "use 'lib/steps.scn'\na\n");
    assert_eq!(client.findings("lib/steps.scn")[0]["code"], "E103");
    // As soon as that file is open, what is typed there counts.
    client.open("lib/steps.scn", "step a\n  echo\nend\n");
    assert_eq!(client.findings("lib/steps.scn"), Vec::<Json>::new());
}

#[test]
fn a_new_meaning_of_words_is_known_at_once() {
    let mut client = Client::project(&[]);
    client.open("a.scn", "brand_new\n");
    assert_eq!(client.findings("a.scn").len(), 1);
    client.open(
        "environments/local.toml",
        "[commands.brand_new]\nrun = [\"true\"]\n",
    );
    assert_eq!(client.findings("a.scn").len(), 0);
    let list = client.at("textDocument/completion", "b.scn", "brand|", json!({}));
    assert!(labels(&list).contains(&"brand_new"));
}

#[test]
fn completion_hover_and_signatures_are_there_while_the_line_is_not_finished() {
    let mut client = Client::project(&[]);
    let list = client.at(
        "textDocument/completion",
        "a.scn",
        "set x = 1\nwait until Engine.|",
        json!({}),
    );
    assert!(labels(&list).contains(&"STATE") && labels(&list).contains(&"port"));
    let list = client.at(
        "textDocument/completion",
        "a.scn",
        "echo a\nstart_l|\n",
        json!({}),
    );
    let item = &list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["label"] == "start_load")
        .unwrap();
    assert_eq!(
        item["textEdit"]["range"]["start"],
        json!({ "line": 1, "character": 0 })
    );
    let hover = client.at("textDocument/hover", "a.scn", "start_l|oad", json!({}));
    let said = hover["contents"]["value"].as_str().unwrap();
    assert!(
        said.contains("Sends orders.") && said.contains("undo = \"stop_load\""),
        "{said}"
    );
    let help = client.at(
        "textDocument/signatureHelp",
        "a.scn",
        "order buy |",
        json!({}),
    );
    assert_eq!(help["signatures"][0]["label"], "order SIDE QTY");
    assert_eq!(help["activeParameter"], 1);
}

#[test]
fn symbols_folds_and_lenses_follow_the_tree() {
    let mut client = Client::project(&[]);
    let document = client.open("a.scn", DEMO);
    let symbols = client.ask(
        "textDocument/documentSymbol",
        json!({ "textDocument": document }),
    );
    let names: Vec<&str> = symbols
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["speed", "say", "again", "one"]);
    let folds = client.ask(
        "textDocument/foldingRange",
        json!({ "textDocument": document }),
    );
    let folds: Vec<(u64, u64)> = folds
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["startLine"].as_u64().unwrap(),
                one["endLine"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(folds, [(4, 5), (9, 11), (12, 13), (15, 16), (0, 1)]);
    let lenses = client.ask("textDocument/codeLens", json!({ "textDocument": document }));
    let commands: Vec<&str> = lenses
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["command"]["command"].as_str().unwrap())
        .collect();
    assert_eq!(commands, ["scn.run", "scn.debug", "scn.plan"]);
    assert_eq!(lenses[0]["command"]["arguments"][0], document["uri"]);
    let only_steps = client.open("b.scn", "step a\n  echo\nend\n");
    let lenses = client.ask(
        "textDocument/codeLens",
        json!({ "textDocument": only_steps }),
    );
    assert_eq!(lenses, json!([]));
    let found = client.ask("workspace/symbol", json!({ "query": "sy" }));
    assert_eq!(found[0]["name"], "say");
    let found = client.ask("workspace/symbol", json!({ "query": "engine" }));
    assert!(
        found[0]["location"]["uri"]
            .as_str()
            .unwrap()
            .ends_with("local.toml")
    );
}

#[test]
fn formatting_is_the_one_style_and_refuses_what_cannot_be_read() {
    let mut client = Client::project(&[]);
    let text = "if 1==1\necho   a\n  end\n";
    let document = client.open("a.scn", text);
    let options = json!({ "tabSize": 8, "insertSpaces": false });
    let params = json!({ "textDocument": document, "options": options });
    let edits = client.ask("textDocument/formatting", params.clone());
    assert_eq!(edited(text, &edits), scn_grammar::format(text).unwrap());
    client.open("a.scn", "echo 'a\n");
    assert!(
        client
            .refusal("textDocument/formatting", params)
            .contains("line 1")
    );
}

/// Tokens as `(text, type, modifiers)`.
fn tokens(client: &mut Client, text: &str, range: Option<Json>) -> Vec<(String, String, u64)> {
    let document = client.open("t.scn", text);
    let legend = client.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"].clone();
    let answer = match range {
        None => client.ask(
            "textDocument/semanticTokens/full",
            json!({ "textDocument": document }),
        ),
        Some(range) => client.ask(
            "textDocument/semanticTokens/range",
            json!({ "textDocument": document, "range": range }),
        ),
    };
    let data: Vec<u64> = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_u64().unwrap())
        .collect();
    let (mut line, mut column) = (0, 0);
    let lines: Vec<Vec<u16>> = text
        .lines()
        .map(|line| line.encode_utf16().collect())
        .collect();
    data.chunks(5)
        .map(|token| {
            let [down, right, length, kind, modifiers] = token else {
                panic!("{token:?}")
            };
            column = if *down == 0 { column + right } else { *right };
            line += down;
            let (start, end) = (column as usize, (column + length) as usize);
            let shown = String::from_utf16(&lines[line as usize][start..end]).unwrap();
            let kind = legend[*kind as usize].as_str().unwrap().to_owned();
            (shown, kind, *modifiers)
        })
        .collect()
}

#[test]
fn every_word_has_the_colour_of_what_it_means() {
    let mut client = Client::project(&[]);
    let found = tokens(
        &mut client,
        "@param n = 5\nset x = n + len(rate) # why\nkill Engine ‘a’\nsay\necho \"\"\"\n  a #{x}\n  \"\"\"\nstep say\n  not order buy qty=1\nend\n",
        None,
    );
    let has = |text: &str, kind: &str| {
        found
            .iter()
            .any(|(shown, is, _)| shown == text && is == kind)
    };
    for (text, kind) in [
        ("@param", "decorator"),
        ("set", "keyword"),
        ("x", "variable"),
        ("n", "parameter"),
        ("len", "function"),
        ("rate", "property"),
        ("# why", "comment"),
        ("kill", "function"),
        ("Engine", "class"),
        ("‘a’", "string"),
        ("say", "method"),
        ("not", "keyword"),
        ("qty", "parameter"),
        ("5", "number"),
        ("order", "function"),
    ] {
        assert!(has(text, kind), "{text} {kind}: {found:?}");
    }
    let range =
        json!({ "start": { "line": 2, "character": 0 }, "end": { "line": 2, "character": 4 } });
    let some = tokens(
        &mut client,
        "echo a\necho b\nkill Engine\necho c\n",
        Some(range),
    );
    assert!(
        some.iter().any(|(shown, ..)| shown == "Engine") && some.len() <= 4,
        "{some:?}"
    );
}

#[test]
fn a_recorded_run_shows_how_long_its_steps_took() {
    let mut client = Client::project(&[("a.scn", "echo a\nsleep 30ms\n")]);
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_scn"))
        .args(["run", "-q", "a.scn"])
        .current_dir(client.folder.path())
        .status()
        .unwrap();
    assert!(run.success());
    let document = client.open("a.scn", "echo a\nsleep 30ms\n");
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let params = json!({ "textDocument": document, "range": range });
    let hints = client.ask("textDocument/inlayHint", params.clone());
    let of_sleep = &hints.as_array().unwrap()[1];
    assert_eq!(of_sleep["position"], json!({ "line": 1, "character": 10 }));
    assert!(
        of_sleep["label"].as_str().unwrap().ends_with('s'),
        "{hints}"
    );
    let off = json!({ "settings": { "scn": { "inlayHints": { "durations": false } } } });
    client.tell("workspace/didChangeConfiguration", off);
    assert!(client.ask("textDocument/inlayHint", params).is_null());
}

#[test]
fn nothing_is_started_for_what_is_opened() {
    let environment = "[plugins.evil]\nprogram = [\"sh\", \"evil.sh\"]\n[secrets]\nx = { command = [\"sh\", \"evil.sh\"] }\n[vars]\nport = \"#{free_port()}\"\n";
    let mut client = Client::with(
        &[
            ("scn.toml", "environment = \"local\"\n"),
            ("environments/local.toml", environment),
            ("evil.sh", "touch started\n"),
        ],
        json!({}),
        json!({}),
    );
    client.open("a.scn", "do_evil\necho #{x}\n");
    let found = client.findings("a.scn");
    // It may be one of the plug-in's: said, and no error.
    assert_eq!(
        (&found[0]["code"], &found[0]["severity"]),
        (&json!("E103"), &json!(3))
    );
    assert!(
        found[0]["message"]
            .as_str()
            .unwrap()
            .contains("`scn check` asks it")
    );
    client.at("textDocument/completion", "a.scn", "do_e|", json!({}));
    client.open("environments/local.toml", environment);
    client.findings("environments/local.toml");
    assert!(!client.path("started").exists());
}
