//! One HTML file that opens from a folder: the verdict and why, the steps, the scenario beside them, a
//! timeline.
//!
//! The page asks for nothing from anywhere. What the system under test wrote is data in it: a block of JSON
//! that the script puts onto the page as text. A policy in its head lets only this script and this style
//! act, which it names by their digests. What is said first (verdicts and reasons) is there without the
//! script, too.

mod data;
mod judged;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use scn_protocol::Verdict;
use scn_protocol::quantity::moment_text;
use sha2::{Digest, Sha256};

use super::{Form, Format, Look};
use crate::recorded::Recorded;
use crate::run::{Run, read};
use crate::text::{duration, printable};

pub(super) static HTML: Format = Format {
    name: "html",
    help: "One page in one file, for a browser, without the internet: why, steps, source, timeline",
    endings: &["html", "htm"],
    form: Form::File(write),
};

const STYLE: &str = include_str!("html/page.css");

/// The script, in the order in which its parts know one another.
const SCRIPT: &str = concat!(
    include_str!("html/core.js"),
    include_str!("html/detail.js"),
    include_str!("html/tree.js"),
    include_str!("html/source.js"),
    include_str!("html/timeline.js"),
    include_str!("html/page.js"),
);

fn write(records: &[&dyn Recorded], _: Look, out: &mut dyn Write) -> io::Result<()> {
    let runs: Vec<Run> = records.iter().map(|record| read(*record)).collect();
    // The first that somebody should look at is shown first.
    let is_bad = |run: &Run| !matches!(class(run).as_str(), "pass" | "skip" | "known");
    let first = runs.iter().position(is_bad).unwrap_or(0);
    let title = match runs.as_slice() {
        [one] => format!("{} {}", one.outcome(), one.scenario),
        many => format!("{} runs", many.len()),
    };
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(SCRIPT),
        digest(STYLE)
    );
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escaped(&title)
    )?;
    out.write_all(TOP.as_bytes())?;
    if runs.len() != 1 {
        list(&runs, out)?;
    }
    for (number, run) in runs.iter().enumerate() {
        section(run, number, runs.len() > 1 && number != first, out)?;
    }
    out.write_all(BOTTOM.as_bytes())?;
    out.write_all(b"<script type=\"application/json\" id=\"data\">")?;
    data::write(&runs, records, first, out)?;
    write!(
        out,
        "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

const TOP: &str = "<div class=\"wrap\">\n<div class=\"top\"><button type=\"button\" id=\"theme\">dark or light (t)</button>\
    <button type=\"button\" id=\"help\">keys (?)</button></div>\n<main>\n";

const BOTTOM: &str = "<noscript><p class=\"empty\">The steps are shown by a script, which this browser does not run.</p></noscript>\n\
    </main>\n<dialog id=\"keys\" class=\"keys\" aria-label=\"keys\"><dl>\
    <dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous row; the arrow keys too, which open and fold</dd>\
    <dt><kbd>n</kbd> <kbd>p</kbd></dt><dd>next and previous failure</dd>\
    <dt><kbd>/</kbd></dt><dd>search; <kbd>Esc</kbd> ends it</dd>\
    <dt><kbd>1</kbd> <kbd>2</kbd> <kbd>3</kbd></dt><dd>steps, timeline, facts</dd>\
    <dt><kbd>t</kbd></dt><dd>dark or light</dd></dl>\
    <form method=\"dialog\"><button>close</button></form></dialog>\n</div>\n";

/// The colour of a run: its verdict in small letters.
fn class(run: &Run) -> String {
    match run.is_excused() {
        true => "known".to_owned(),
        false => run.outcome().to_lowercase(),
    }
}

/// What a run is called: a known defect's failure is one that nobody has to look at now.
fn outcome(run: &Run) -> &'static str {
    match run.is_excused() {
        true => "FAIL, known",
        false => run.outcome(),
    }
}

/// All runs, where there are several.
fn list(runs: &[Run], out: &mut dyn Write) -> io::Result<()> {
    let bad = runs
        .iter()
        .filter(|run| !matches!(class(run).as_str(), "pass" | "skip" | "known"))
        .count();
    let count = match bad {
        _ if runs.is_empty() => "no run was recorded".to_owned(),
        0 => format!("{} runs, none of which failed", runs.len()),
        bad => format!("{bad} of {} runs did not pass", runs.len()),
    };
    write!(
        out,
        "<h1>{count}</h1>\n<table class=\"runs\"><thead><tr><th>verdict</th><th>scenario</th><th>why</th>\
         <th class=\"opt\">took</th></tr></thead><tbody>\n"
    )?;
    for (number, run) in runs.iter().enumerate() {
        writeln!(
            out,
            "<tr id=\"list-{number}\"><td><span class=\"word {}\">{}</span></td><td><a href=\"#run-{number}\">{}</a></td>\
             <td>{}</td><td class=\"opt\">{}</td></tr>",
            class(run),
            outcome(run),
            escaped(&run.scenario),
            escaped(&crop(&run.because())),
            duration(run.micros),
        )?;
    }
    out.write_all(b"</tbody></table>\n")
}

/// A run's verdict and reason; the script adds the rest.
fn section(run: &Run, number: usize, hidden: bool, out: &mut dyn Write) -> io::Result<()> {
    let hidden = if hidden { " hidden" } else { "" };
    let place = match run.line.filter(|_| run.verdict != Some(Verdict::Pass)) {
        Some(line) => format!("{}:{line}", run.file_of(run.within.as_deref())),
        None => String::new(),
    };
    let because = run.because();
    let because = match (because.is_empty(), place.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!("<p class=\"because\">{}</p>\n", escaped(&because)),
        (false, false) => format!(
            "<p class=\"because\"><b>{}</b> {}</p>\n",
            escaped(&place),
            escaped(&because)
        ),
    };
    let mut about = vec![run.file.clone()];
    about.extend(
        run.environment
            .as_ref()
            .map(|environment| format!("on {environment}")),
    );
    about.push(match run.steps {
        1 => "1 step".to_owned(),
        steps => format!("{steps} steps"),
    });
    about.push(duration(run.micros));
    let second = run.begun - run.begun.rem_euclid(1_000_000_000);
    about.push(moment_text(second).replace('T', " ").replace('Z', " UTC"));
    let verdict = run.verdict.filter(|_| run.is_finished());
    about.extend(
        run.known
            .as_ref()
            .zip(verdict)
            .and_then(|(known, verdict)| known.note(verdict)),
    );
    let cases = run.cases();
    if !cases.is_empty() {
        let passed = cases
            .iter()
            .filter(|(_, case)| case.verdict == Some(Verdict::Pass))
            .count();
        about.insert(1, format!("{passed} of {} cases passed", cases.len()));
    }
    write!(
        out,
        "<section id=\"run-{number}\"{hidden}>\n<header class=\"verdict {}\"><div class=\"badge\">{}</div>\
         <h1>{}</h1>\n<p class=\"sub\">{}</p>\n{because}</header>\n</section>\n",
        class(run),
        outcome(run),
        escaped(&run.scenario),
        escaped(&about.join(" · ")),
    )
}

fn digest(text: &str) -> String {
    BASE64.encode(Sha256::digest(text.as_bytes()))
}

/// A reason in a table: its beginning is enough.
fn crop(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Text that is no markup, between tags and in quotes.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for c in printable(text).chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
