//! What is started, and on some path never undone.
//!
//! Whatever is owed is undone as the scenario ends. But where a scenario undoes something by
//! itself on one path, and not on another, that is more often forgotten than meant.

use std::borrow::Cow;

use scn_grammar::Span;
use scn_grammar::tree::Step;

use super::graph::Graph;
use crate::compile::{Compiler, undo};
use crate::program::{Binding, Function, Op};

/// So many starts are followed at most, so that the time stays linear.
const MOST: usize = 100;

/// Something that is started.
struct Start {
    at: usize,
    undo: Undo,
}

/// What undoes it.
enum Undo {
    /// A command; with these words where they are known.
    Command(String, Option<Vec<String>>),
    /// `await` or `cancel` of the job of that name.
    Job(String),
}

impl Compiler<'_> {
    /// Each start, with the words of an end that a path reaches without undoing it.
    pub(crate) fn never_undone(&self, function: &Function) -> Vec<(Span, Span)> {
        let starts = function
            .code
            .iter()
            .enumerate()
            .filter_map(|(at, op)| self.start(at, op));
        let starts: Vec<Start> = starts.take(MOST).collect();
        if starts.is_empty() {
            return Vec::new();
        }
        let finally = self.program.finally.map(|at| at as usize);
        let graph = Graph::new(function, &self.program, self.program.finally);
        let mut found = Vec::new();
        for start in starts {
            let undoes: Vec<bool> = function
                .code
                .iter()
                .enumerate()
                .map(|(at, op)| at != start.at && self.undoes(op, &start.undo))
                .collect();
            // However it ends, `finally` runs after.
            let after = finally.filter(|finally| start.at < *finally);
            let mut later = after.into_iter().chain([start.at + 1]);
            if !later.any(|from| reaches_undo(&graph, from, &undoes)) {
                continue;
            }
            if after.is_some_and(|at| reaches_end(function, &graph, at, at, &undoes).is_none()) {
                continue;
            }
            let (at, next) = (start.at, start.at + 1);
            if let Some(end) = reaches_end(function, &graph, at, next, &undoes) {
                found.push((function.spans[start.at], function.spans[end]));
            }
        }
        found
    }

    fn start(&self, at: usize, op: &Op) -> Option<Start> {
        match *op {
            Op::Background { site, .. } => {
                let name = self.program.steps[site as usize].target.as_deref()?;
                Some(Start {
                    at,
                    undo: Undo::Job(name.to_owned()),
                })
            }
            Op::Step { site, .. } => {
                let step = &self.program.steps[site as usize];
                let words = || {
                    Some(
                        step.words
                            .iter()
                            .map(|word| word.text.to_string())
                            .collect(),
                    )
                };
                let undo = match &step.binding {
                    Binding::Command(command) => {
                        match self.program.undoes.get(&command.full_name()) {
                            Some((_, undoes)) if undoes.signature().takes_words() => {
                                Undo::Command(undoes.full_name(), words())
                            }
                            Some((_, undoes)) => {
                                Undo::Command(undoes.full_name(), Some(Vec::new()))
                            }
                            None => {
                                let line = undo::undo_line(&**command)?;
                                said(&scn_grammar::parse_command_line(&line).ok()?)?
                            }
                        }
                    }
                    Binding::Alias(alias) => {
                        let declared =
                            self.environment?.commands.get(&alias.name)?.undo.as_ref()?;
                        said(&declared.step)?
                    }
                    Binding::Own(_) | Binding::Dynamic => return None,
                };
                Some(Start { at, undo })
            }
            _ => None,
        }
    }

    fn undoes(&self, op: &Op, undo: &Undo) -> bool {
        match (*op, undo) {
            (Op::Step { site, .. } | Op::Defer { site }, Undo::Command(name, words)) => {
                let step = &self.program.steps[site as usize];
                let is = match &step.binding {
                    Binding::Command(command) => command.full_name() == *name,
                    _ => step.name == *name,
                };
                is && words.as_ref().is_none_or(|words| {
                    step.words
                        .iter()
                        .map(|word| &*word.text)
                        .eq(words.iter().map(String::as_str))
                })
            }
            (Op::Await { site } | Op::Cancel { site }, Undo::Job(name)) => self.program.jobs
                [site as usize]
                .names
                .iter()
                .any(|(known, _)| **known == **name),
            _ => false,
        }
    }
}

/// A command line that undoes something; its words as far as they are all written there.
fn said(step: &Step) -> Option<Undo> {
    let texts = step.words.iter();
    let texts = texts.map(|word| word.literal().map(Cow::into_owned));
    let name = step.command.literal()?;
    Some(Undo::Command(name.into_owned(), texts.collect()))
}

/// Whether some path from an instruction leads to one that undoes.
fn reaches_undo(graph: &Graph, from: usize, undoes: &[bool]) -> bool {
    let first = graph.blocks.partition_point(|block| block.start <= from);
    let Some(first) = first.checked_sub(1) else {
        return false;
    };
    let mut seen = vec![false; graph.blocks.len()];
    let mut open = vec![(first, from)];
    while let Some((index, start)) = open.pop() {
        let block = &graph.blocks[index];
        if undoes[start.min(block.end)..block.end].contains(&true) {
            return true;
        }
        for &next in &block.next {
            if !std::mem::replace(&mut seen[next], true) {
                open.push((next, graph.blocks[next].start));
            }
        }
    }
    false
}

/// An end of the function that is reached from `from`, in the block of `at`, without passing an
/// instruction that undoes.
fn reaches_end(
    function: &Function,
    graph: &Graph,
    at: usize,
    from: usize,
    undoes: &[bool],
) -> Option<usize> {
    let first = graph
        .blocks
        .partition_point(|block| block.start <= at)
        .checked_sub(1)?;
    let mut seen = vec![false; graph.blocks.len()];
    let mut open = vec![(first, from)];
    while let Some((index, start)) = open.pop() {
        let block = &graph.blocks[index];
        if undoes[start..block.end].contains(&true) {
            continue;
        }
        let last = block.end.checked_sub(1)?;
        let ends = matches!(
            function.code[last],
            Op::Finish | Op::End { .. } | Op::Return { .. }
        );
        if ends && block.next.is_empty() {
            return Some(last);
        }
        for &next in &block.next {
            if !std::mem::replace(&mut seen[next], true) {
                open.push((next, graph.blocks[next].start));
            }
        }
    }
    None
}
