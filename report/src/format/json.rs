//! One JSON object a run: for programs that want it whole and not as a stream.
//!
//! Its fields are documented in docs/reports.md. Fields may be added, and none changes its meaning
//! without a higher `format`.

use std::io::{self, Write};

use scn_protocol::Stream;
use scn_protocol::quantity::moment_text;
use serde_json::{Value as Json, json};

use super::{Form, Format, Look};
use crate::recorded::Recorded;
use crate::run::{Attempt, Ending, Kind, Run, Undo, phase_name, read, status_name};

pub(super) static JSON: Format = Format {
    name: "json",
    help: "One documented object a run: verdict, parameters, the tree of steps, judgements, undos",
    endings: &["json"],
    form: Form::File(write),
};

/// The number of the format; a higher one may mean other things.
const VERSION: u32 = 1;

fn write(records: &[&dyn Recorded], _: Look, out: &mut dyn Write) -> io::Result<()> {
    let runs: Vec<Json> = records
        .iter()
        .map(|record| of_run(&read(*record)))
        .collect();
    let whole = json!({ "format": VERSION, "runs": runs });
    super::write_json(&whole, out)
}

fn of_run(run: &Run) -> Json {
    let known = run.known.as_ref();
    let nodes = |of: &[usize]| {
        of.iter()
            .map(|node| of_node(run, *node))
            .collect::<Vec<_>>()
    };
    json!({
        "run": run.id,
        "folder": run.folder.display().to_string(),
        "scenario": run.scenario,
        "file": run.file,
        "environment": run.environment,
        "outcome": run.outcome(),
        "verdict": run.verdict.map(|verdict| verdict.name()),
        "reason": run.reason,
        "line": run.line,
        "line_file": run.within,
        "finished": run.is_finished(),
        "unfinished_because": match &run.ending {
            Ending::Finished => Json::Null,
            Ending::Running | Ending::CutShort(_) => Json::from(run.because()),
        },
        "known": known.map(|known| json!({
            "id": known.id, "until": known.until, "over": known.over, "excused": run.is_excused(),
        })),
        "started": moment_text(run.begun),
        "duration_us": run.micros,
        "steps": run.steps,
        "failed": run.failed,
        "parameters": run.parameters,
        "tags": run.tags,
        "covers": run.covers,
        "seed": run.seed,
        "trigger": run.trigger,
        "conditions": run.conditions,
        "scn": run.scn,
        "tree": nodes(&run.roots),
        "undos": run.undos.iter().map(of_undo).collect::<Vec<_>>(),
        "marks": run.marks.iter().map(|(at, name, line)| json!({
            "name": name, "line": line, "at": moment_text(*at),
        })).collect::<Vec<_>>(),
    })
}

fn of_undo(undo: &Undo) -> Json {
    json!({ "step": undo.step, "command": undo.command, "done": undo.done })
}

fn of_node(run: &Run, index: usize) -> Json {
    let node = &run.nodes[index];
    let mut object = match &node.kind {
        Kind::Section(phase) => json!({ "kind": "section", "phase": phase_name(*phase) }),
        Kind::Case(case) => json!({
            "kind": "case", "title": case.title, "line": case.line,
            "verdict": case.verdict.map(|verdict| verdict.name()), "reason": case.reason,
        }),
        Kind::Branch(path) => json!({ "kind": "branch", "branch": path }),
        Kind::Job(path) => json!({ "kind": "job", "branch": path }),
        Kind::Mark(name, line) => json!({ "kind": "mark", "name": name, "line": line }),
        Kind::Check(check) => json!({
            "kind": "check", "what": check.kind, "expression": check.expression,
            "line": check.line, "file": check.file, "branch": check.branch,
            "holds": check.holds, "caught": check.caught, "values": check.values,
            "message": check.message, "during": check.during,
        }),
        Kind::Step(step) => json!({
            "kind": "step", "line": step.line, "file": step.file, "phase": phase_name(step.phase),
            "branch": step.branch,
            "status": status_name(step.last().and_then(|last| last.status)),
            "failed": step.has_failed(),
            "attempts": step.attempts.iter().map(|attempt| of_attempt(run, attempt)).collect::<Vec<_>>(),
        }),
    };
    object["started"] = moment_text(node.began).into();
    object["duration_us"] = node.ended.map(|ended| (ended - node.began) / 1_000).into();
    let has_children = !matches!(node.kind, Kind::Step(_) | Kind::Check(_) | Kind::Mark(..));
    if has_children {
        let children = node.children.iter().map(|child| of_node(run, *child));
        object["children"] = children.collect::<Vec<_>>().into();
    }
    object
}

fn of_attempt(run: &Run, attempt: &Attempt) -> Json {
    let output = &attempt.output;
    let log = attempt.log.iter();
    let attached = attempt.attached.iter();
    json!({
        "step": attempt.step,
        "attempt": attempt.number,
        "command": attempt.command,
        "does": attempt.does,
        "host": attempt.host,
        "place": attempt.place,
        "started": moment_text(attempt.began),
        "duration_us": attempt.status.map(|_| attempt.micros),
        "status": status_name(attempt.status),
        "caught": attempt.caught,
        "exit": attempt.exit,
        "signal": attempt.signal,
        "value": attempt.value,
        "error": attempt.error,
        "stdout": output.text_of(Stream::Stdout, &run.folder),
        "stderr": output.text_of(Stream::Stderr, &run.folder),
        "left_out": output.left_out,
        "files": output.files,
        "log": log.map(|(level, message)| json!({ "level": level, "message": message })).collect::<Vec<_>>(),
        "attached": attached.map(|(name, file)| json!({ "name": name, "file": file })).collect::<Vec<_>>(),
    })
}
