//! Variables that are read before they are set.
//!
//! The compiler puts an [`Op::Defined`] before each read. Here the flow along all paths, joins,
//! loops and `goto` included, shows which of them can never fail, and those are taken out.
//! What is left is checked as the scenario runs, and is a warning; where no path at all sets
//! the variable, it is an error.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use scn_grammar::Span;

use super::graph::{self, Graph};
use super::squeeze;
use crate::compile::FunctionKind;
use crate::machine::WINDOW;
use crate::program::{Function, Op, Program, Reg, Slot, Target};

/// What was found in a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// The variable is read where no path sets it.
    Never(Span, u32),
    /// The variable is read where some path does not set it; that path goes by these words.
    Maybe(Span, u32, Option<Span>),
    /// Nothing leads here.
    Unreachable(Span),
}

/// So many findings show the path that does not set the variable.
const SHOWN: usize = 50;

/// Sets of variables, one for each block.
type Sets = Vec<Vec<u64>>;

/// Follows every path; takes out the checks that can never fail.
///
/// `heads` has where each statement's instructions begin, and its words.
pub fn follow(
    function: &mut Function,
    program: &mut Program,
    kind: FunctionKind,
    heads: &[(Target, Span)],
) -> Vec<Finding> {
    if function.code.is_empty() {
        return Vec::new();
    }
    let finally = (kind == FunctionKind::Main)
        .then_some(program.finally)
        .flatten();
    let graph = Graph::new(function, program, finally);
    let mut findings = Vec::new();
    let mut keep = vec![true; function.code.len()];
    let open = local(function, &graph, &mut keep);
    if !open.is_empty() {
        across(function, &graph, &open, &mut keep, &mut findings);
    }
    unreached(function, &graph, heads, &mut findings);
    squeeze::squeeze(function, program, kind, &keep);
    findings
}

/// Takes out checks whose variable was set before in the same block, or in the first block
/// of all; gives the variables that are read otherwise.
fn local(function: &Function, graph: &Graph, keep: &mut [bool]) -> Vec<u32> {
    let slots = WINDOW + function.wide as usize;
    // In which block each slot was last set, and whether it is in the first.
    let (mut last, mut first) = (vec![None; slots], vec![false; slots]);
    let mut open = Vec::new();
    let mut seen = vec![false; function.variables.len()];
    let lone_entry = graph.entries.is_empty();
    for (index, block) in graph.blocks.iter().enumerate() {
        let here = block.start..block.end;
        for (op, keep) in function.code[here.clone()].iter().zip(&mut keep[here]) {
            if let Op::Defined { variable, .. } = op {
                let slot = number_of(function.variables[*variable as usize].slot);
                if last[slot] == Some(index) || (lone_entry && first[slot]) {
                    *keep = false;
                } else if !std::mem::replace(&mut seen[*variable as usize], true) {
                    open.push(*variable);
                }
            }
            if let Some(slot) = graph::sets(op) {
                last[number_of(slot)] = Some(index);
                first[number_of(slot)] |= index == 0;
            }
        }
    }
    open
}

fn number_of(slot: Slot) -> usize {
    match slot {
        Slot::Register(register) => register as usize,
        Slot::Wide(slot) => WINDOW + slot as usize,
    }
}

/// The same across blocks, for the variables that are left.
fn across(
    function: &mut Function,
    graph: &Graph,
    open: &[u32],
    keep: &mut [bool],
    findings: &mut Vec<Finding>,
) {
    let numbers: HashMap<Slot, usize> = open
        .iter()
        .enumerate()
        .map(|(number, &variable)| (function.variables[variable as usize].slot, number))
        .collect();
    let words = open.len().div_ceil(64);
    let sets = sets_of(function, graph, &numbers, words);
    let number = |register| numbers.get(&Slot::Register(register)).copied();
    let surely = solve(graph, &sets, number, words, true);
    let perhaps = solve(graph, &sets, number, words, false);
    let mut unset = Vec::new();
    for (index, block) in graph.blocks.iter().enumerate() {
        let (mut surely, mut perhaps) = (surely[index].clone(), perhaps[index].clone());
        for (at, keep) in keep
            .iter_mut()
            .enumerate()
            .take(block.end)
            .skip(block.start)
        {
            let op = function.code[at];
            if let Op::Defined { variable, .. } = op
                && *keep
            {
                let slot = function.variables[variable as usize].slot;
                let number = numbers[&slot];
                if has(&surely, number) {
                    *keep = false;
                } else if has(&perhaps, number) {
                    // For the first ones only, that the time stays linear.
                    let past = (unset.len() < SHOWN)
                        .then(|| path_without(graph, &sets, index, number, slot))
                        .flatten()
                        .map(|at| function.spans[at]);
                    findings.push(Finding::Maybe(function.spans[at], variable, past));
                    unset.push(slot);
                } else {
                    findings.push(Finding::Never(function.spans[at], variable));
                    unset.push(slot);
                }
                // Said once: after it, the variable counts as set.
                put(&mut surely, number);
            }
            if let Some(&number) = graph::sets(&op).as_ref().and_then(|slot| numbers.get(slot)) {
                put(&mut surely, number);
                put(&mut perhaps, number);
            }
        }
    }
    unset.sort_by_key(|slot| format!("{slot:?}"));
    unset.dedup();
    function.unset.extend(unset);
}

fn sets_of(
    function: &Function,
    graph: &Graph,
    numbers: &HashMap<Slot, usize>,
    words: usize,
) -> Sets {
    graph
        .blocks
        .iter()
        .map(|block| {
            let mut set = vec![0; words];
            for op in &function.code[block.start..block.end] {
                if let Some(&number) = graph::sets(op).as_ref().and_then(|slot| numbers.get(slot)) {
                    put(&mut set, number);
                }
            }
            set
        })
        .collect()
}

/// What is set as each block begins: on every path (`surely`), or on some.
fn solve(
    graph: &Graph,
    sets: &Sets,
    number: impl Fn(Reg) -> Option<usize>,
    words: usize,
    surely: bool,
) -> Sets {
    let start = if surely { u64::MAX } else { 0 };
    let mut before = vec![vec![start; words]; graph.blocks.len()];
    before[0] = vec![0; words];
    for &entry in &graph.entries {
        // Whatever the scenario did before `finally`, it may have done.
        before[entry] = vec![if surely { 0 } else { u64::MAX }; words];
    }
    // What is never run sets nothing.
    let reached = graph.reached();
    // In their order, so that what comes together is waited for before it is gone on from.
    let mut open: BinaryHeap<Reverse<usize>> = (0..graph.blocks.len())
        .filter(|&block| reached[block])
        .map(Reverse)
        .collect();
    let mut queued = reached;
    while let Some(Reverse(block)) = open.pop() {
        queued[block] = false;
        let after: Vec<u64> = before[block]
            .iter()
            .zip(&sets[block])
            .map(|(before, set)| before | set)
            .collect();
        let failed = |fails: &graph::Fails| {
            let mut set = before[block].clone();
            if let Some(number) = fails.sets.and_then(&number) {
                put(&mut set, number);
            }
            (fails.to, set)
        };
        let known = &graph.blocks[block];
        let fails: Vec<(usize, Vec<u64>)> = known.fails.iter().map(failed).collect();
        let on = known.next.iter().map(|&next| (next, &after));
        for (next, set) in on.chain(fails.iter().map(|(to, set)| (*to, set))) {
            let mut changed = false;
            for (word, set) in before[next].iter_mut().zip(set) {
                let joined = if surely { *word & set } else { *word | set };
                changed |= joined != *word;
                *word = joined;
            }
            if changed && !queued[next] {
                queued[next] = true;
                open.push(Reverse(next));
            }
        }
    }
    before
}

/// The last choice on a path to the block on which the variable is not set.
fn path_without(graph: &Graph, sets: &Sets, to: usize, number: usize, slot: Slot) -> Option<usize> {
    let mut from: Vec<Option<usize>> = vec![None; graph.blocks.len()];
    let mut seen = vec![false; graph.blocks.len()];
    let mut open = std::collections::VecDeque::from([0]);
    seen[0] = true;
    while let Some(block) = open.pop_front() {
        if block == to {
            break;
        }
        let on = match has(&sets[block], number) {
            true => &[][..],
            false => &graph.blocks[block].next,
        };
        let fails = graph.blocks[block].fails.iter();
        let fails = fails.filter(|fails| fails.sets.map(Slot::Register) != Some(slot));
        for next in on.iter().copied().chain(fails.map(|fails| fails.to)) {
            if !std::mem::replace(&mut seen[next], true) {
                from[next] = Some(block);
                open.push_back(next);
            }
        }
    }
    let mut block = to;
    while let Some(before) = from[block] {
        if graph.blocks[before].leads_to().count() > 1 {
            return Some(graph.blocks[before].end - 1);
        }
        block = before;
    }
    None
}

/// Stretches that nothing leads to.
fn unreached(
    function: &Function,
    graph: &Graph,
    heads: &[(Target, Span)],
    findings: &mut Vec<Finding>,
) {
    let reached = graph.reached();
    if reached.iter().all(|reached| *reached) {
        return;
    }
    let mut live = std::collections::HashSet::new();
    for (block, _) in graph
        .blocks
        .iter()
        .zip(&reached)
        .filter(|(_, reached)| **reached)
    {
        live.extend(
            function.spans[block.start..block.end]
                .iter()
                .map(|span| span.start),
        );
    }
    let mut said = false;
    for (block, reached) in graph.blocks.iter().zip(&reached) {
        if *reached {
            said = false;
            continue;
        }
        let first = (block.start..block.end).find(|&at| {
            function.spans[at] != Span::default()
                && !live.contains(&function.spans[at].start)
                && !matches!(
                    function.code[at],
                    Op::Finish
                        | Op::Return { .. }
                        | Op::Jump { .. }
                        | Op::Back { .. }
                        | Op::Leave { .. }
                        | Op::BranchEnd
                )
        });
        if let Some(at) = first
            && !said
        {
            let head = heads
                .partition_point(|(begins, _)| *begins as usize <= at)
                .checked_sub(1)
                .map(|head| heads[head].1)
                .filter(|head| !live.contains(&head.start));
            findings.push(Finding::Unreachable(head.unwrap_or(function.spans[at])));
            said = true;
        }
    }
}

fn has(set: &[u64], number: usize) -> bool {
    set[number / 64] & (1 << (number % 64)) != 0
}

fn put(set: &mut [u64], number: usize) {
    set[number / 64] |= 1 << (number % 64);
}
