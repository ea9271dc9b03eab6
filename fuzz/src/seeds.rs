//! Where a search begins: the examples that the project has anyway.

use std::fs;
use std::path::Path;

use scn_interpreter::codes;

/// Inputs for a target to begin with.
///
/// # Panics
/// If the pages of `tests/spec/` cannot be read.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "grammar" | "format" | "checker" | "run" => scenarios(),
        "environment" => environments(),
        "journal" => strings(&[JOURNAL]),
        "plugin-tells" => strings(TELLS),
        "plugin-asks" => strings(ASKS),
        "frames" => frames(),
        "library" => vec![LIBRARY.to_vec()],
        "logs" => strings(LOGS),
        "values" => strings(VALUES),
        "tags" => strings(&["smoke and not (slow or manual)"]),
        _ => Vec::new(),
    }
}

fn strings(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The blocks of this kind on the pages of the specification.
fn blocks(kind: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/spec");
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    pages.sort();
    let mut found = Vec::new();
    for page in pages {
        let text =
            fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        for block in text.split("\n```").skip(1).step_by(2) {
            if let Some((head, body)) = block.split_once('\n')
                && head.split_whitespace().next() == Some(kind)
            {
                found.push(format!("{body}\n").into_bytes());
            }
        }
    }
    found
}

fn scenarios() -> Vec<Vec<u8>> {
    let mut found = blocks("scn");
    let codes = scn_grammar::CODES.iter().chain(codes::CODES);
    for code in codes {
        found.extend(strings(&[code.wrong, code.right]));
    }
    found
}

fn environments() -> Vec<Vec<u8>> {
    let mut found = blocks("toml");
    found.extend(strings(&[
        include_str!("../../interpreter/src/environment/tests/everything.toml"),
        include_str!("targets/checker.toml"),
        "extends = \"base.toml\"\n[vars]\nb = \"#{a}\"\n\n----\n[vars]\na = 1\n",
    ]));
    found
}

const JOURNAL: &str = r#"{"seq":1,"at":"2026-01-01T00:00:00.000000Z","event":"run_started","run":"r","scenario":"s","file":"s.scn","environment":"local","parameters":{},"trigger":null,"conditions":{},"scn":"0.1.0"}
{"seq":2,"at":"2026-01-01T00:00:00.000001Z","event":"step_started","step":1,"line":1,"command":["run","a"],"does":"run a","host":"","attempt":1,"phase":"scenario","branch":""}
{"seq":3,"at":"2026-01-01T00:00:00.000002Z","event":"output","step":1,"stream":"stdout","text":"a\n"}
{"seq":4,"at":"2026-01-01T00:00:00.000003Z","event":"output","step":1,"stream":"stderr","bytes":"/w=="}
{"seq":5,"at":"2026-01-01T00:00:00.000004Z","event":"step_finished","step":1,"line":1,"status":"fail","exit":1,"value":{"$duration":"1s"},"error":"exit status 1","duration_us":12}
{"seq":6,"at":"2026-01-01T00:00:00.000005Z","event":"said","text":"x"}
{"seq":7,"at":"2026-01-01T00:00:00.000006Z","event":"assigned","name":"a","value":1.5,"line":2}
{"seq":8,"at":"2026-01-01T00:00:00.000007Z","event":"checked","kind":"check","line":2,"expression":"a == 1","holds":false,"values":{"a":1.5},"message":"no"}
{"seq":9,"at":"2026-01-01T00:00:00.000008Z","event":"logged","step":1,"level":"info","message":"m"}
{"seq":10,"at":"2026-01-01T00:00:00.000009Z","event":"undo_owed","step":1,"command":["forget"]}
{"seq":11,"at":"2026-01-01T00:00:00.000010Z","event":"undo_done","step":1,"command":["forget"]}
{"seq":12,"at":"2026-01-01T00:00:00.000011Z","event":"case_started","case":"c","line":3}
{"seq":13,"at":"2026-01-01T00:00:00.000012Z","event":"case_finished","case":"c","line":3,"verdict":"FAIL","reason":"r"}
{"seq":14,"at":"2026-01-01T00:00:00.000013Z","event":"observed","subject":"P","metrics":{"STATE":"READY"},"host":""}
{"seq":15,"at":"2026-01-01T00:00:00.000014Z","event":"happened","subject":"P","message":"m","data":{},"host":""}
{"seq":16,"at":"2026-01-01T00:00:00.000015Z","event":"verdict","verdict":"FAIL","reason":"r","line":1}
{"seq":17,"at":"2026-01-01T00:00:00.000016Z","event":"run_finished","verdict":"FAIL","steps":1,"failed":1,"duration_us":20}
"#;

const TELLS: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"fix","version":"1.2","commands":[{"name":"send_order","help":"h","params":[{"name":"side","type":"text"},{"name":"price","type":"decimal","default":0}],"rest":false,"returns":"map","undo":"cancel_order","repeatable":false}]}}"#,
    r#"{"jsonrpc":"2.0","id":2,"result":{"value":{"id":"A1","time":{"$duration":"250ms"}}}}"#,
    r#"{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"rejected","data":{"blame":"system","value":1}}}"#,
    r#"{"jsonrpc":"2.0","method":"log","params":{"call":2,"level":"info","message":"m"}}"#,
    r#"{"jsonrpc":"2.0","method":"metric","params":{"subject":"P","name":"latency","value":10,"unit":"us"}}"#,
    r#"{"jsonrpc":"2.0","method":"event","params":{"subject":"System","message":"m","data":{"a":1}}}"#,
    r#"{"jsonrpc":"2.0","method":"output","params":{"call":2,"stream":"stdout","text":"a"}}"#,
    r#"{"jsonrpc":"2.0","method":"output","params":{"call":2,"stream":"stderr","bytes":"/w=="}}"#,
    r#"{"jsonrpc":"2.0","id":"x","method":"other"}"#,
];

const ASKS: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocol":1,"plugin":"fix","config":{"a":1},"environment":"local"}}"#,
    r#"{"jsonrpc":"2.0","id":2,"method":"call","params":{"command":"send","args":{"side":"buy","qty":100,"price":10.5},"rest":["a"],"input":"x","run":"r","step":4,"time_left":{"$duration":"1s"}}}"#,
    r#"{"jsonrpc":"2.0","method":"cancel","params":{"call":2}}"#,
    r#"{"jsonrpc":"2.0","id":9,"method":"shutdown"}"#,
];

/// Messages of both directions, in pieces of a few lengths.
fn frames() -> Vec<Vec<u8>> {
    let both = TELLS.iter().chain(ASKS).copied().collect::<Vec<_>>();
    let stream = both.join("\n").into_bytes();
    let begin = |most: u8, seed: u8| [&[most, seed][..], &stream].concat();
    vec![begin(0xff, 0), begin(0xff, 200), begin(90, 7)]
}

/// Lengths stand before texts, one more than they are: a plug-in with one command, which has a parameter with a default.
const LIBRARY: &[u8] = b"\x01\0\0\0\x02n\x020\0\x01\x05open\x05help\0\x01\x02p\x02h\x02\x01\x05\x02\x07\0\0\x01\x01\x03is\x06close\x01\x05open\0";

const LOGS: &[&str] = &[
    "state=(?<STATE>\\w+)\nlatency=(?<L>[\\d.e]+)\tus\tkeep\n^ERROR: (?<m>.*)\t\t\tERROR: #{m}\n----\nstate=UP\nlatency=1.5\nlatency=9e3\r\nlatency=x\nERROR: full\nlatency=250us",
    "(?<A>\\d+)( of (?<B>\\S+))?\tMiB\n(?i)panic\t\t\t\n----\n12 of 3%\nPANIC\n007\n",
];

const VALUES: &[&str] = &[
    "1m30s",
    "250us",
    "1.5d",
    "-2h",
    "64KiB",
    "1.5GB",
    "15%",
    "99.9%",
    "-1.50",
    "+1e5",
    "12345678901234567890",
    "0.0000000000000000000000000001",
    "2026-01-01T00:00:00.000001Z",
    "2026-07-01T01:02:03+02:00",
    r#"{"a":[1,2.5,null,true,"x\u00e9\ud83d\ude00"],"$duration":"1s"}"#,
    r#"{"$bytes":"/w==","b":{"$percent":15}}"#,
    r#"[{"$size":"1MB"},{"$moment":"2026-01-01T00:00:00Z"}]"#,
    "(?<a>x+)*y\nxxxxxxxxxxxxxxxx",
];
