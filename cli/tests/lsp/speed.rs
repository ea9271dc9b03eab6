//! How long answers take on a file of ten thousand lines.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::client::Client;

/// What an answer may take in the build that users have, of the time of the thread that answers: other tests
/// run beside this one. A debug build is some twenty times slower; there it is only seen that no answer
/// takes forever.
const ALLOWED: Duration = match cfg!(debug_assertions) {
    true => Duration::from_secs(20),
    false => Duration::from_millis(50),
};

/// So many lines; in a debug build fewer, where nothing is measured.
const LINES: usize = match cfg!(debug_assertions) {
    true => 1_000,
    false => 10_000,
};

/// A scenario of ten thousand lines with all that one has.
fn large() -> String {
    let mut text = String::from("@title Large\n@param speed = 5\n");
    for step in 0..LINES / 50 {
        text.push_str(&format!("step step_{step} what='hi' times=1\n  echo \"it is #{{what}} and #{{times + speed}}\"\nend\n"));
    }
    let mut block = 0;
    let mut lines = 2 + LINES / 50 * 3;
    while lines < LINES {
        lines += 10;
        block += 1;
        let step = block % (LINES / 50);
        text.push_str(&format!(
            "# Block {block}\nset x_{block} = {block} + speed * 2\nif x_{block} > 10 and Engine.STATE == 'READY'\n  \
             order side=buy #{{x_{block} % 100}}\n  step_{step} what='a b' times=2\nelse\n  \
             wait until Engine.STATE == 'READY' within 5s\nend\nlabel_{block}:\n\
             check len([1, 2, x_{block}] where it > 1) > 1, \"wrong #{{len([x_{block}])}}\"\n"
        ));
    }
    text.push_str("stop Engine\n# note\n");
    assert_eq!(scn_grammar::parse(&text).diagnostics, []);
    text
}

/// The middle of what some answers take: of the server's own time, and by the clock.
fn timed(
    client: &mut Client,
    rounds: usize,
    mut ask: impl FnMut(&mut Client, usize),
) -> (Duration, Duration) {
    let mut own = Vec::new();
    let mut clock = Vec::new();
    for round in 0..rounds {
        let (before, begun) = (client.computed(), Instant::now());
        ask(client, round);
        clock.push(begun.elapsed());
        own.push(client.computed() - before);
    }
    own.sort();
    clock.sort();
    (own[rounds / 2], clock[rounds / 2])
}

#[test]
fn answers_come_at_once_on_ten_thousand_lines() {
    let text = large();
    let mut client = Client::project(&[]);
    let document = client.open("large.scn", &text);
    // A note at the end is changed before each question; the line before it is one to be typed.
    let note = text.lines().count() - 1;
    let middle = text
        .lines()
        .position(|line| line.contains("order side"))
        .unwrap()
        + LINES / 2;
    let at = |line: usize, column: usize| json!({ "line": line, "character": column });
    let params = |position: Json| {
        json!({
            "textDocument": document, "position": position,
            "context": {
                "includeDeclaration": true, "triggerKind": 1, "isRetrigger": false,
            }, "newName": "another_name",
            "range": { "start": at(middle, 0), "end": at(middle + 60, 0) },
            "options": { "tabSize": 2, "insertSpaces": true },
        })
    };
    let mut version = 1;
    let mut slow = Vec::new();
    for (name, method, position) in [
        ("completion", "textDocument/completion", at(note - 1, 8)),
        ("hover", "textDocument/hover", at(middle, 4)),
        (
            "signature help",
            "textDocument/signatureHelp",
            at(middle, 8),
        ),
        ("definition", "textDocument/definition", at(3, 22)),
        ("references", "textDocument/references", at(1, 8)),
        ("rename", "textDocument/rename", at(1, 8)),
        ("highlights", "textDocument/documentHighlight", at(1, 8)),
        ("symbols", "textDocument/documentSymbol", at(0, 0)),
        (
            "colours of the file",
            "textDocument/semanticTokens/full",
            at(0, 0),
        ),
        (
            "colours of a screen",
            "textDocument/semanticTokens/range",
            at(0, 0),
        ),
        ("folding", "textDocument/foldingRange", at(0, 0)),
        ("formatting", "textDocument/formatting", at(0, 0)),
        ("lenses", "textDocument/codeLens", at(0, 0)),
        ("durations", "textDocument/inlayHint", at(0, 0)),
    ] {
        // Each after a change, so that nothing of the file is known any more.
        let (own, clock) = timed(&mut client, 7, |client, round| {
            version += 1;
            let place = at(note, 2);
            let text = if round % 2 == 0 { "x" } else { "" };
            let end = at(note, 2 + round % 2);
            client.change(
                "large.scn",
                version,
                json!([{ "range": { "start": place, "end": end }, "text": text }]),
            );
            let id = client.begin(method, params(position.clone()));
            let answer = client.answer(id);
            assert!(answer.get("error").is_none(), "{name}: {answer}");
        });
        println!("{name:<20} {own:>10.1?} of its own time, {clock:>10.1?} by the clock");
        if own > ALLOWED {
            slow.push((name, own));
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

#[test]
fn findings_come_soon_after_the_last_letter() {
    let mut client = Client::project(&[]);
    client.open("large.scn", &(large() + "nonsense\n"));
    let begun = Instant::now();
    assert!(!client.findings("large.scn").is_empty());
    // How soon depends on what else the machine does: only that they come is asked here.
    println!("findings after {:.1?}", begun.elapsed());
}
