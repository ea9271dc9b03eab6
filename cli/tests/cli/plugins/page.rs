//! docs/plugin-protocol.md: what it shows works as it is typed, and is enough to write another.

use std::path::Path;
use std::process::Command;

use crate::support::Test;

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/plugin-protocol.md");
    std::fs::read_to_string(page).unwrap()
}

/// The blocks between fences.
fn blocks(page: &str) -> Vec<&str> {
    let fenced = page.split("\n```").skip(1).step_by(2);
    fenced
        .map(|block| block.split_once('\n').map_or("", |(_, text)| text))
        .collect()
}

fn has(program: &str, args: &[&str]) -> bool {
    let found = Command::new(program).args(args).output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: {program} {} does not run here", args.join(" "));
    }
    found
}

#[test]
fn the_whole_plug_in_of_the_page_works_as_typed() {
    if !has("/usr/bin/perl", &["-MJSON::PP", "-e1"]) {
        return;
    }
    let page = page();
    let blocks = blocks(&page);
    let test = |args: &[&str]| {
        let names = ["counter.pl", "environments/local.toml", "counting.scn"];
        let files = names.iter().zip(&blocks[blocks.len() - 3..]);
        files.fold(Test::new(args), |test, (name, text)| test.file(name, text))
    };
    test(&["plugin", "check", "perl", "counter.pl"])
        .stdout_matches("^(ok [^\n]*\n)+skipped answers calls[^\n]*\n[^\n]*\nas far as that was tried, it keeps to the protocol\n$")
        .run();
    test(&["run", "counting.scn", "--env", "local"])
        .stderr_matches("PASS counting.scn")
        .run();
    test(&["help", "count", "--env", "local"])
        .stdout_matches("count NAME \\[BY\\].*Counts, and gives the sum.*by +int.*1")
        .run();
    test(&["run", "-q", "wrong.scn", "--env", "local"])
        .file("wrong.scn", "count orders\nexpect_count orders 5")
        .stderr_matches("FAIL wrong.scn:2 expect_count orders 5: orders is 1")
        .status(1)
        .run();
}

#[test]
fn the_conversation_of_the_page_is_one_that_scn_understands() {
    let page = page();
    let (begin, end) = ("## A whole conversation", "## What a plug-in is asked");
    let shown = page.split_once(begin).unwrap().1.split_once(end).unwrap().0;
    let lines = |mark: &str| -> Vec<&str> {
        let lines = shown.lines().map(str::trim);
        lines.filter_map(|line| line.strip_prefix(mark)).collect()
    };
    for line in lines("→ ") {
        scn_protocol::plugin::Ask::parse(line.as_bytes()).unwrap();
    }
    let said = lines("← ");
    for line in &said {
        let told = scn_protocol::plugin::Tell::parse(line.as_bytes()).unwrap();
        let known = !matches!(told, scn_protocol::plugin::Tell::Unknown { .. });
        assert!(known, "{line}");
    }
    // And a plug-in that says just this, at the right time, makes a scenario pass.
    let (declared, ended) = (said[0], said[said.len() - 1]);
    let called = said[1..said.len() - 1].join("\n");
    let script = format!(
        "while IFS= read -r line; do\n  case $line in\n\
         *initialize*) echo '{declared}' ;;\n\
         *shutdown*) echo '{}'; exit 0 ;;\n\
         *send_order*) cat <<'SAID'\n{called}\nSAID\n;;\n\
         *) echo '{ended}' ;;\n  esac\ndone\n",
        ended.replace(":3,", ":4,"),
    );
    // Once, in the run, with an undo between: so that what it is asked has those numbers.
    let scenario = "set o send_order buy 100 price=10.5\n\
         wait event 'FILL *' where it.data.id == o.id\n\
         assert MatchingEnginePrimary.latency == 10us\n\
         assert o.status == 'PASS'\n\
         cancel_order buy 100 price=10.5";
    let environment =
        "[plugins.fix]\nprogram = [\"sh\", \"said.sh\"]\n[components.MatchingEnginePrimary]\n";
    Test::new(&["run", "s.scn", "--env", "local"])
        .file("said.sh", &script)
        .file("environments/local.toml", environment)
        .file("s.scn", scenario)
        .stderr_matches("info    sent as A1\n.*PASS s.scn")
        .run();
}
