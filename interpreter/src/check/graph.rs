//! A function's instructions as a graph of blocks.

use crate::program::{Function, Op, Reg, RegionKind, Slot, Target};

/// A stretch of instructions without a jump into it or out of it.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Its first instruction.
    pub start: usize,
    /// The instruction after its last.
    pub end: usize,
    /// The blocks that may follow.
    pub next: Vec<usize>,
}

/// A function's blocks, in the order of their instructions; the first is where it begins.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The blocks.
    pub blocks: Vec<Block>,
    /// Blocks that are entered from outside the function's own flow: `finally`.
    pub entries: Vec<usize>,
}

impl Graph {
    /// The graph of a function, whose `finally` begins at that instruction.
    pub fn new(function: &Function, finally: Option<Target>) -> Self {
        let code = &function.code;
        let mut leads = vec![false; code.len() + 1];
        leads[0] = true;
        for (at, op) in code.iter().enumerate() {
            if let Some(target) = target(op) {
                leads[target as usize] = true;
            }
            if target(op).is_some() || ends(op) {
                leads[at + 1] = true;
            }
        }
        for region in &function.regions {
            leads[region.start as usize] = true;
            leads[region.after as usize] = true;
        }
        if let Some(finally) = finally {
            leads[finally as usize] = true;
        }
        let starts: Vec<usize> = (0..code.len()).filter(|&at| leads[at]).collect();
        let block_at = |at: Target| {
            starts
                .partition_point(|&start| start <= at as usize)
                .saturating_sub(1)
        };
        let mut blocks = Vec::with_capacity(starts.len());
        for (index, &start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(code.len());
            let mut next = Vec::new();
            if let Some(last) = code.get(end - 1) {
                next.extend(
                    target(last)
                        .filter(|&to| (to as usize) < code.len())
                        .map(block_at),
                );
                if !ends(last) && end < code.len() {
                    next.push(index + 1);
                }
            }
            blocks.push(Block { start, end, next });
        }
        for region in &function.regions {
            let catches = !matches!(region.kind, RegionKind::Timeout | RegionKind::Watched);
            if catches
                && (region.after as usize) < code.len()
                && (region.start as usize) < code.len()
            {
                let (from, to) = (block_at(region.start), block_at(region.after));
                blocks[from].next.push(to);
            }
        }
        Self {
            blocks,
            entries: finally.map(block_at).into_iter().collect(),
        }
    }

    /// Which blocks can be reached.
    pub fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.blocks.len()];
        let mut open: Vec<usize> = self.entries.iter().copied().chain([0]).collect();
        while let Some(block) = open.pop() {
            if block < reached.len() && !std::mem::replace(&mut reached[block], true) {
                open.extend(&self.blocks[block].next);
            }
        }
        reached
    }
}

/// Where an instruction may jump to.
pub fn target(op: &Op) -> Option<Target> {
    match *op {
        Op::Jump { to }
        | Op::Back { to }
        | Op::JumpIf { to, .. }
        | Op::JumpUnless { to, .. }
        | Op::JumpLess { to, .. }
        | Op::JumpLessEqual { to, .. }
        | Op::JumpLessInt { to, .. }
        | Op::JumpEqual { to, .. }
        | Op::Next { to, .. } => Some(to),
        _ => None,
    }
}

/// Whether nothing after the instruction follows it. The branches of a `parallel` all run, so
/// that for what is set they are as if one stood after the other.
fn ends(op: &Op) -> bool {
    matches!(
        op,
        Op::Jump { .. }
            | Op::Back { .. }
            | Op::Return { .. }
            | Op::End { .. }
            | Op::Finish
            | Op::Yield { .. }
    )
}

/// The variable that an instruction sets, by its slot.
pub fn sets(op: &Op) -> Option<Slot> {
    let register: Reg = match *op {
        Op::StoreWide { slot, .. } => return Some(Slot::Wide(slot)),
        Op::Const { to, .. }
        | Op::Int { to, .. }
        | Op::Move { to, .. }
        | Op::LoadWide { to, .. }
        | Op::Global { to, .. }
        | Op::Add { to, .. }
        | Op::AddInt { to, .. }
        | Op::Subtract { to, .. }
        | Op::Multiply { to, .. }
        | Op::Binary { to, .. }
        | Op::Append { to, .. }
        | Op::Negate { to, .. }
        | Op::Not { to, .. }
        | Op::Matches { to, .. }
        | Op::MatchesValue { to, .. }
        | Op::Text { to, .. }
        | Op::NewList { to }
        | Op::NewMap { to }
        | Op::Index { to, .. }
        | Op::Field { to, .. }
        | Op::Path { to, .. }
        | Op::Function { to, .. }
        | Op::Step { to, .. }
        | Op::Background { to, .. }
        | Op::Wait { to, .. }
        | Op::Mark { to, .. } => to,
        _ => return None,
    };
    Some(Slot::Register(register))
}
