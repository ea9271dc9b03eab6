//! Edits at random, as fast as they come: nothing brings the server down, and its text stays the client's.

use fastrand::Rng;
use serde_json::{Value as Json, json};

use crate::client::{Client, labels, offset, position};

const PIECES: &[&str] = &[
    "echo ",
    "set x = ",
    "#{",
    "}",
    "\"",
    "'",
    "‘",
    "’",
    "“",
    "\"\"\"",
    "\n",
    "\r\n",
    "\\\n",
    "if 1 == 1",
    " then ",
    "end\n",
    "step s a=1\n",
    "😀",
    "ä",
    "(",
    ")",
    "[",
    "]",
    "x",
    "s ",
    ".",
    "Engine",
    "kill ",
    "@param p = 1\n",
    "use 'a.scn'\n",
    "wait event /a b/ ",
    "goto l\n",
    "l:\n",
    "# note\n",
    "\t",
    "\u{a0}",
    "\u{feff}",
    "\u{7}",
    "5s",
    "{a: 1}",
    "where it",
    "=",
    ",",
    "await ",
    "case c\n",
    "",
];

const METHODS: &[&str] = &[
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/signatureHelp",
    "textDocument/definition",
    "textDocument/documentHighlight",
    "textDocument/references",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/semanticTokens/full",
    "textDocument/semanticTokens/range",
    "textDocument/codeLens",
    "textDocument/inlayHint",
];

/// How often; more with `SCN_LSP_EDITS`.
fn rounds() -> usize {
    std::env::var("SCN_LSP_EDITS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(400)
}

/// A place between characters.
fn somewhere(random: &mut Rng, text: &str) -> usize {
    let mut at = random.usize(..=text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn place(text: &str, at: usize) -> Json {
    let (line, column) = position(text, at);
    json!({ "line": line, "character": column })
}

/// One edit, made in the text as well.
fn edit(random: &mut Rng, text: &mut String) -> Json {
    let mut ends = [somewhere(random, text), somewhere(random, text)];
    ends.sort_unstable();
    let [start, mut end] = ends;
    if random.u8(..) < 200 {
        end = end.min(start + random.usize(..12));
        while !text.is_char_boundary(end) {
            end += 1;
        }
    }
    let piece = random.choice(PIECES).unwrap();
    // Positions know no half of a line's end.
    if text[..start].ends_with('\r') || text[..end].ends_with('\r') {
        end = start;
        if text[..start].ends_with('\r') {
            return json!({ "range": { "start": place(text, 0), "end": place(text, 0) }, "text": "" });
        }
    }
    let range = json!({ "start": place(text, start), "end": place(text, end) });
    text.replace_range(start..end, piece);
    json!({ "range": range, "text": piece })
}

fn storm(seed: u64, name: &str, first: &str) {
    let mut random = Rng::with_seed(seed);
    let mut client = Client::project(&[]);
    let mut text = first.to_owned();
    let document = client.open(name, &text);
    let mut version = 1;
    for round in 0..rounds() {
        version += 1;
        let count = random.usize(1..4);
        let changes: Vec<Json> = (0..count).map(|_| edit(&mut random, &mut text)).collect();
        client.change(name, version, Json::Array(changes));
        let method = random.choice(METHODS).unwrap();
        let at = somewhere(&mut random, &text);
        let params = json!({
            "textDocument": document,
            "position": place(&text, at),
            "range": { "start": place(&text, 0), "end": place(&text, text.len()) },
            "context": { "includeDeclaration": true },
            "newName": "other",
        });
        let id = client.begin(method, params);
        let answer = client.answer(id);
        let fault = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(
            !fault.contains("fault of scn"),
            "seed {seed}, round {round}: {method}\n{text}"
        );
        if text.len() > 3_000 {
            text = first.to_owned();
            client.change(name, version + 1, json!([{ "text": text }]));
            version += 1;
        }
    }
    same(&mut client, name, version, &text);
    assert_eq!(client.end(), Some(0));
}

/// The server's text is the client's: a word put at its very end, by its place, is found there.
fn same(client: &mut Client, name: &str, version: i64, text: &str) {
    let whole = format!("{text}\nend_of_it_all_x:\n");
    let end = place(text, text.len());
    let range = json!({ "start": end, "end": end });
    client.change(
        name,
        version + 1,
        json!([{ "range": range, "text": "\nend_of_it_all_x:\n" }]),
    );
    if !name.ends_with(".scn") {
        return;
    }
    // Its words are where they are in the client's text.
    let document = json!({ "uri": client.uri(name) });
    let tokens = client.ask(
        "textDocument/semanticTokens/full",
        json!({ "textDocument": document }),
    );
    let data: Vec<u64> = tokens["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_u64().unwrap())
        .collect();
    let mut fresh = Client::project(&[]);
    let opened = fresh.open(name, &whole);
    let wanted = fresh.ask(
        "textDocument/semanticTokens/full",
        json!({ "textDocument": opened }),
    );
    let wanted: Vec<u64> = wanted["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_u64().unwrap())
        .collect();
    assert_eq!(data, wanted, "{whole:?}");
    let symbols = |client: &mut Client, document: &Json| {
        client.ask(
            "textDocument/documentSymbol",
            json!({ "textDocument": document }),
        )
    };
    assert_eq!(symbols(client, &document), symbols(&mut fresh, &opened));
}

#[test]
fn scenarios_survive_a_storm() {
    for seed in 1..4 {
        storm(
            seed,
            "a.scn",
            "set x = 1\nstep s a=1\n  echo \"ä #{a} 😀\"\nend\nif x > 1\n  kill Engine\nend\ns a=2\n",
        );
    }
}

#[test]
fn environments_survive_a_storm() {
    storm(9, "environments/local.toml", crate::client::ENVIRONMENT);
}

#[test]
fn completion_replaces_the_word_at_the_caret_and_nothing_else() {
    let mut client = Client::project(&[]);
    let mut random = Rng::with_seed(3);
    let text = "set x = 1\nkill Engine\nwait until Engine.STATE == 'A' within 5s\norder side=buy 5\ngoto pass\n";
    for _ in 0..60 {
        let at = somewhere(&mut random, text);
        let shown = format!("{}|{}", &text[..at], &text[at..]);
        let list = client.at("textDocument/completion", "a.scn", &shown, json!({}));
        if list.is_null() || labels(&list).is_empty() {
            continue;
        }
        let range = &list["items"][0]["textEdit"]["range"];
        let (start, end) = (offset(text, &range["start"]), offset(text, &range["end"]));
        assert!((start..=end).contains(&at), "{shown}");
        assert!(!text[start..end].contains([' ', '\n']), "{shown}");
    }
}
