//! What events say of a run as a whole.

use scn_protocol::Event;
use scn_protocol::words::spelled;
use serde_json::Value as Json;

use super::node::Undo;
use super::{Ending, Run, Seen};
use crate::recorded::Recorded;
use crate::verdict::Known;

/// So many reports of components are kept.
const SEEN: usize = 2_000;

impl Run {
    /// Nothing of it has happened yet.
    pub(super) fn empty(record: &dyn Recorded) -> Self {
        let folder = record.folder().to_owned();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        Self {
            id: name.into_owned(),
            folder,
            scenario: String::new(),
            file: String::new(),
            environment: None,
            parameters: Json::Null,
            trigger: Json::Null,
            conditions: Json::Null,
            scn: String::new(),
            known: None,
            tags: Vec::new(),
            covers: Vec::new(),
            seed: None,
            begun: 0,
            last: 0,
            ending: Ending::Running,
            verdict: None,
            reason: None,
            line: None,
            within: None,
            steps: 0,
            failed: 0,
            typed: 0,
            resumed: 0,
            micros: 0,
            nodes: Vec::new(),
            roots: Vec::new(),
            undos: Vec::new(),
            series: Vec::new(),
            seen: Vec::new(),
            unseen: 0,
            marks: Vec::new(),
        }
    }

    pub(super) fn started(&mut self, at: i64, event: &Event) {
        let Event::RunStarted {
            run,
            scenario,
            file,
            environment,
            parameters,
            trigger,
            conditions,
            scn,
            known,
            tags,
            covers,
            seed,
            ..
        } = event
        else {
            return;
        };
        let into = self;
        into.id.clone_from(run);
        into.scenario.clone_from(scenario);
        into.file.clone_from(file);
        into.environment.clone_from(environment);
        into.parameters.clone_from(parameters);
        into.trigger.clone_from(trigger);
        into.conditions.clone_from(conditions);
        into.scn.clone_from(scn);
        into.known = Known::read(known.as_ref(), at);
        into.tags.clone_from(tags);
        into.covers.clone_from(covers);
        into.seed = *seed;
    }

    pub(super) fn happened(&mut self, at: i64, subject: &str, message: &str) {
        if self.seen.len() < SEEN {
            self.seen.push(Seen {
                at,
                subject: subject.to_owned(),
                message: message.to_owned(),
            });
        } else {
            self.unseen += 1;
        }
    }

    pub(super) fn owed(&mut self, step: u64, command: &[String]) {
        let undos = &mut self.undos;
        // What a step owes may become known better once it has ended.
        match undos
            .iter_mut()
            .find(|undo| undo.step == step && !undo.done)
        {
            Some(undo) => undo.command = command.to_vec(),
            None => undos.push(Undo {
                step,
                command: command.to_vec(),
                done: false,
            }),
        }
    }

    pub(super) fn undone(&mut self, step: u64, command: &[String]) {
        let is = |undo: &&mut Undo| undo.step == step && !undo.done;
        let words = spelled(command);
        let undos = &mut self.undos;
        let same = |undo: &&mut Undo| is(undo) && spelled(&undo.command) == words;
        let found = undos
            .iter()
            .any(|undo| undo.step == step && spelled(&undo.command) == words);
        let undo = match found {
            true => undos.iter_mut().find(same),
            false => undos.iter_mut().find(is),
        };
        if let Some(undo) = undo {
            undo.done = true;
        }
    }

    pub(super) fn judged(&mut self, event: &Event) {
        let run = self;
        match event {
            Event::Verdict {
                verdict,
                reason,
                line,
                file,
            } => {
                run.verdict = Some(*verdict);
                run.reason.clone_from(reason);
                run.line = *line;
                run.within.clone_from(file);
            }
            Event::RunFinished {
                verdict,
                steps,
                failed,
                duration_us,
            } => {
                run.verdict = Some(*verdict);
                run.steps = *steps;
                run.failed = *failed;
                run.micros = *duration_us;
                run.ending = Ending::Finished;
            }
            _ => {}
        }
    }

    /// What is known of a run whose record has no end.
    pub(super) fn cut_short(&self) -> String {
        let mut steps = self.steps_under(None);
        // The scenario itself before its branches and jobs.
        steps.sort_by_key(|step| !step.branch.is_empty());
        let running: Vec<String> = steps
            .iter()
            .filter_map(|step| step.last().filter(|last| last.status.is_none()))
            .map(|attempt| spelled(&attempt.command))
            .collect();
        let owed = self.undos.iter().filter(|undo| !undo.done).count();
        let mut text = "unfinished: the record ends in the middle".to_owned();
        match running.as_slice() {
            [] => {}
            [one] => text.push_str(&format!(", while `{one}` was running")),
            [first, rest @ ..] => {
                text.push_str(&format!(
                    ", while `{first}` and {} more were running",
                    rest.len()
                ));
            }
        }
        match owed {
            0 => {}
            1 => text.push_str("; 1 undo is still owed"),
            owed => text.push_str(&format!("; {owed} undos are still owed")),
        }
        text
    }
}
