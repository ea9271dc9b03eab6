//! What is said of environments' files.

use serde_json::json;

use crate::client::{Client, ENVIRONMENT, labels};

#[test]
fn findings_of_an_environment_are_at_their_place() {
    let mut client = Client::project(&[]);
    client.open("environments/local.toml", "[commands.a]\nrn = [\"x\"]\n");
    let found = client.findings("environments/local.toml");
    let unknown = found
        .iter()
        .find(|one| one["code"] == "E303")
        .or(found.first())
        .unwrap();
    assert_eq!(unknown["range"]["start"]["line"], 1, "{found:?}");
    // The texts in it are checked as `scn check` checks them.
    client.open(
        "environments/local.toml",
        "[commands.a]\nrun = [\"echo\", \"#{nothing}\"]\n",
    );
    let found = client.findings("environments/local.toml");
    assert_eq!(
        (&found[0]["code"], &found[0]["range"]["start"]["line"]),
        (&json!("E101"), &json!(1))
    );
    // Scenarios are not drowned in what follows from it.
    client.open("environments/local.toml", "[commands.a]\nrun = [\n");
    client.open("a.scn", "start_load\necho 'a\n");
    let found = client.findings("a.scn");
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn keys_are_completed_and_explained() {
    let mut client = Client::project(&[]);
    let list = client.at(
        "textDocument/completion",
        "environments/b.toml",
        "[commands.a]\nbackg|",
        json!({}),
    );
    assert!(labels(&list).contains(&"background"));
    let hover = client.at(
        "textDocument/hover",
        "environments/b.toml",
        "[commands.a]\nund|o = \"x\"\n",
        json!({}),
    );
    assert!(
        hover["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("undoes it"),
        "{hover}"
    );
    let list = client.at("textDocument/completion", "scn.toml", "env|", json!({}));
    assert_eq!(labels(&list), ["environment"]);
}

#[test]
fn one_goes_to_what_it_extends() {
    let mut client = Client::project(&[]);
    let found = client.at(
        "textDocument/definition",
        "environments/b.toml",
        "extends = \"loc|al.toml\"\n",
        json!({}),
    );
    assert_eq!(found[0]["uri"], client.uri("environments/local.toml"));
    let document = client.open("environments/local.toml", ENVIRONMENT);
    let symbols = client.ask(
        "textDocument/documentSymbol",
        json!({ "textDocument": document }),
    );
    assert_eq!(symbols[0]["name"], "vars");
}

#[test]
fn a_file_that_changes_on_disk_is_seen_without_a_word_of_the_client() {
    let mut client = Client::project(&[]);
    client.open("a.scn", "stop_load\n");
    assert!(client.findings("a.scn").is_empty());
    let path = client.path("environments/local.toml");
    std::fs::write(&path, ENVIRONMENT.replace("stop_load", "halt_load")).unwrap();
    client.change("a.scn", 2, json!([{ "text": "stop_load\nhalt_load\n" }]));
    let found = client.findings("a.scn");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"]["start"]["line"], 0);
    let list = client.at("textDocument/completion", "b.scn", "halt|", json!({}));
    let labels = labels(&list);
    assert!(labels.contains(&"halt_load") && !labels.contains(&"stop_load"));
    // One that was not there before is, too.
    std::fs::write(client.path("scn.toml"), "environment = \"other\"\n").unwrap();
    let other = client.path("environments/other.toml");
    std::fs::write(other, "[commands.pause]\nrun = [\"true\"]\n").unwrap();
    client.change("a.scn", 3, json!([{ "text": "pause\n" }]));
    assert!(client.findings("a.scn").is_empty());
}
