//! The protocol itself: beginning, ending, cancelling, what is refused.

use serde_json::json;

use crate::client::{Client, edited};

#[test]
fn it_says_what_it_can_do_and_ends_when_it_is_told() {
    let client = Client::project(&[]);
    let can = &client.capabilities;
    assert_eq!(can["positionEncoding"], "utf-16");
    assert_eq!(can["textDocumentSync"]["change"], 2);
    for one in [
        "completionProvider",
        "hoverProvider",
        "signatureHelpProvider",
        "definitionProvider",
        "referencesProvider",
        "documentHighlightProvider",
        "renameProvider",
        "documentSymbolProvider",
        "workspaceSymbolProvider",
        "documentFormattingProvider",
        "codeActionProvider",
        "semanticTokensProvider",
        "foldingRangeProvider",
        "inlayHintProvider",
        "codeLensProvider",
    ] {
        assert!(can.get(one).is_some_and(|can| !can.is_null()), "{one}");
    }
    assert_eq!(client.end(), Some(0));
}

#[test]
fn it_ends_with_its_client() {
    let client = Client::project(&[]);
    assert!(client.vanish().is_some());
}

#[test]
fn exit_without_shutdown_is_a_failure() {
    let mut client = Client::project(&[]);
    client.tell("exit", json!(null));
    assert_eq!(client.vanish(), Some(1));
}

#[test]
fn columns_are_bytes_where_that_was_agreed() {
    let capabilities = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let mut client = Client::with(&[], json!({}), capabilities);
    assert_eq!(client.capabilities["positionEncoding"], "utf-8");
    let document = client.open("a.scn", "set größe = 1\necho \"ü\" #{größe}\n");
    // In bytes `größe` begins at 12 of the second line.
    let params = json!({ "textDocument": document, "position": { "line": 1, "character": 13 } });
    let found = client.ask("textDocument/definition", params);
    assert_eq!(
        found[0]["range"]["end"],
        json!({ "line": 0, "character": 11 })
    );
}

#[test]
fn what_is_not_known_or_makes_no_sense_is_refused_and_nothing_breaks() {
    let mut client = Client::project(&[]);
    assert!(
        client
            .refusal("textDocument/nonsense", json!({}))
            .contains("not known")
    );
    assert!(
        !client
            .refusal("textDocument/hover", json!({ "position": 5 }))
            .is_empty()
    );
    client.tell("textDocument/didChange", json!({ "textDocument": 7 }));
    client.tell("textDocument/didOpen", json!(null));
    client.tell("$/setTrace", json!({ "value": "off" }));
    let gone = json!({ "uri": "file:///nowhere/a.scn" });
    let params = json!({ "textDocument": gone, "position": { "line": 0, "character": 0 } });
    assert!(client.ask("textDocument/hover", params).is_null());
    let params = json!({ "textDocument": { "uri": "untitled:1" }, "range": null });
    assert!(client.ask("textDocument/foldingRange", params).is_null());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_question_that_is_taken_back_is_not_answered() {
    let mut client = Client::project(&[]);
    let text = "echo a\n".repeat(30_000);
    let document = client.open("a.scn", &text);
    // Work enough that the cancellation is there before the second question's turn comes.
    let first = client.begin(
        "textDocument/semanticTokens/full",
        json!({ "textDocument": document }),
    );
    let second = client.begin(
        "textDocument/semanticTokens/full",
        json!({ "textDocument": document }),
    );
    client.tell("$/cancelRequest", json!({ "id": second }));
    assert!(client.answer(first).get("result").is_some());
    assert_eq!(client.answer(second)["error"]["code"], -32800);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn after_shutdown_nothing_is_answered() {
    let mut client = Client::project(&[]);
    client.ask("shutdown", json!(null));
    assert_eq!(
        client.refusal("workspace/symbol", json!({ "query": "" })),
        "it was shut down"
    );
}

#[test]
fn settings_are_asked_for_and_choose_the_environment() {
    let files = [
        (
            "environments/one.toml",
            "[commands.only_one]\nrun = [\"true\"]\n",
        ),
        (
            "environments/two.toml",
            "[commands.only_ona]\nrun = [\"true\"]\n",
        ),
    ];
    let capabilities = json!({ "workspace": {
        "configuration": true,
        "didChangeWatchedFiles": { "dynamicRegistration": true },
    } });
    let mut client = Client::with(&files, json!({ "environment": "one" }), capabilities);
    let watch = client.told("client/registerCapability", |_| true);
    client.respond(&watch["id"], json!(null));
    client.open("a.scn", "only_one\n");
    assert_eq!(client.findings("a.scn").len(), 0);
    let asked = client.told("workspace/configuration", |_| true);
    client.respond(&asked["id"], json!([{ "environment": "two" }]));
    let found = client.findings("a.scn");
    assert_eq!(found[0]["code"], "E103", "{found:?}");
    assert_eq!(found[0]["data"]["replacement"], "only_ona");
}

#[test]
fn a_change_in_the_middle_of_wide_characters_is_where_the_client_means_it() {
    let mut client = Client::project(&[]);
    let text = "echo  '😀ä'   b\n";
    let document = client.open("a.scn", text);
    let range =
        json!({ "start": { "line": 0, "character": 9 }, "end": { "line": 0, "character": 10 } });
    client.change("a.scn", 2, json!([{ "range": range, "text": "ö😀" }]));
    let params =
        json!({ "textDocument": document, "options": { "tabSize": 2, "insertSpaces": true } });
    let edits = client.ask("textDocument/formatting", params);
    assert_eq!(edited("echo  '😀ö😀'   b\n", &edits), "echo '😀ö😀' b\n");
}
