//! A function's instructions as a graph of blocks.

use scn_grammar::tree::VerdictKind;
use smallvec::SmallVec;

use crate::program::{EndKind, Function, Op, Program, Reg, RegionKind, Slot, Target};

/// A stretch of instructions without a jump into it or out of it.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Its first instruction.
    pub start: usize,
    /// The instruction after its last.
    pub end: usize,
    /// The blocks that may follow: mostly one, or the two of a branch.
    pub next: SmallVec<[usize; 2]>,
    /// The blocks that follow if its first instruction fails: nothing in it is done then.
    pub fails: Vec<Fails>,
}

/// Where it goes on after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fails<T = usize> {
    /// There.
    pub to: T,
    /// What was set by that very failure.
    pub sets: Option<Reg>,
}

impl Block {
    /// All blocks that may follow.
    pub fn leads_to(&self) -> impl Iterator<Item = usize> {
        let fails = self.fails.iter().map(|fails| fails.to);
        self.next.iter().copied().chain(fails)
    }
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
    /// The graph of a function of the program, whose `finally` begins at that instruction.
    pub fn new(function: &Function, program: &Program, finally: Option<Target>) -> Self {
        let code = &function.code;
        let mut leads = vec![false; code.len() + 1];
        leads[0] = true;
        for (at, op) in code.iter().enumerate() {
            if let Some(target) = op.target() {
                leads[target as usize] = true;
            }
            if op.target().is_some() || ends(op) {
                leads[at + 1] = true;
            }
        }
        for region in &function.regions {
            leads[region.start as usize] = true;
            leads[region.after as usize] = true;
        }
        let caught = caught(function, program);
        for &(at, _) in &caught.fails {
            leads[at] = true;
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
            let mut next = SmallVec::new();
            if let Some(last) = code.get(end - 1) {
                next.extend(
                    last.target()
                        .filter(|&to| (to as usize) < code.len())
                        .map(block_at),
                );
                if !ends(last) && end < code.len() {
                    next.push(index + 1);
                }
            }
            let fails = Vec::new();
            blocks.push(Block {
                start,
                end,
                next,
                fails,
            });
        }
        let inside = |to: Target| (to as usize) < code.len();
        for &(at, Fails { to, sets }) in &caught.fails {
            if inside(to) {
                let to = block_at(to);
                blocks[block_at(at as Target)]
                    .fails
                    .push(Fails { to, sets });
            }
        }
        for &(at, to) in &caught.ends {
            if inside(to) {
                blocks[block_at(at as Target)].next.push(block_at(to));
            }
        }
        for block in &mut blocks {
            block.fails.dedup();
        }
        let parallels = code.iter().enumerate().filter_map(|(at, op)| match op {
            Op::Parallel { site } => {
                let branches = &program.parallels[*site as usize].branches;
                let begins = branches.iter().map(|(begins, _)| block_at(*begins));
                Some((block_at(at as Target), begins.collect()))
            }
            _ => None,
        });
        let parallels: Vec<(usize, Vec<usize>)> = parallels.collect();
        let mut graph = Self {
            blocks,
            entries: finally.map(block_at).into_iter().collect(),
        };
        graph.begin_branches(&parallels);
        graph
    }

    /// A branch stands after the one before it. Where that one never comes to its end, it begins all
    /// the same.
    fn begin_branches(&mut self, parallels: &[(usize, Vec<usize>)]) {
        if parallels.is_empty() {
            return;
        }
        let mut reached = self.reached();
        for (parallel, branches) in parallels {
            for &begins in branches {
                if reached[*parallel] && !reached[begins] {
                    self.blocks[*parallel].next.push(begins);
                    self.reach(vec![begins], &mut reached);
                }
            }
        }
    }

    /// Which blocks can be reached.
    pub fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.blocks.len()];
        let open = self.entries.iter().copied().chain([0]).collect();
        self.reach(open, &mut reached);
        reached
    }

    /// Notes which blocks can be reached from those.
    fn reach(&self, mut open: Vec<usize>, reached: &mut [bool]) {
        while let Some(block) = open.pop() {
            if block < reached.len() && !std::mem::replace(&mut reached[block], true) {
                open.extend(self.blocks[block].leads_to());
            }
        }
    }
}

/// What does not end the function though it fails, or ends something.
#[derive(Default)]
struct Caught {
    /// Instructions whose failure a region judges, and where it then goes on.
    fails: Vec<(usize, Fails<Target>)>,
    /// `pass`, `fail` and `skip` in a case, and where that ends.
    ends: Vec<(usize, Target)>,
}

fn caught(function: &Function, program: &Program) -> Caught {
    let mut caught = Caught::default();
    let judges = |kind: &RegionKind| !matches!(kind, RegionKind::Timeout | RegionKind::Watched);
    if !function.regions.iter().any(|region| judges(&region.kind)) {
        return caught;
    }
    // The parallels around: what fails in a branch fails the whole.
    let mut parallels: Vec<(Target, Target)> = Vec::new();
    for (at, op) in function.code.iter().enumerate() {
        let here = at as Target;
        while parallels.pop_if(|(_, after)| *after <= here).is_some() {}
        let ends_case = matches!(op, Op::End { site, .. } if matches!(
            program.ends[*site as usize].kind,
            EndKind::Verdict(VerdictKind::Pass | VerdictKind::Fail | VerdictKind::Skip)
        ));
        if can_fail(op) || ends_case {
            let within = parallels.last().map_or(0, |&(start, _)| start + 1);
            let mut region = function.region_at(here);
            while let Some(known) = region.map(|region| &function.regions[region as usize])
                && known.start >= within
            {
                region = known.outer;
                let mut fails = |to, sets| caught.fails.push((at, Fails { to, sets }));
                match known.kind {
                    RegionKind::Case if ends_case => caught.ends.push((at, known.after)),
                    _ if ends_case => continue,
                    RegionKind::RetryWithin { .. } | RegionKind::RetryTimes { .. } => {
                        fails(known.start, None);
                    }
                    RegionKind::Keep { to, .. } => fails(known.after, Some(to)),
                    _ if judges(&known.kind) => fails(known.after, None),
                    _ => {}
                }
                if matches!(known.kind, RegionKind::Case | RegionKind::Try) {
                    break;
                }
            }
        }
        if let Op::Parallel { site } = op {
            parallels.push((here, program.parallels[*site as usize].after));
        }
    }
    caught
}

/// Whether an instruction may fail.
fn can_fail(op: &Op) -> bool {
    !matches!(
        op,
        Op::Const { .. }
            | Op::Int { .. }
            | Op::Move { .. }
            | Op::LoadWide { .. }
            | Op::StoreWide { .. }
            | Op::Push { .. }
            | Op::NewList { .. }
            | Op::NewMap { .. }
            | Op::Jump { .. }
            | Op::Back { .. }
            | Op::Return { .. }
            | Op::Assigned { .. }
            | Op::Abandon { .. }
            | Op::BranchEnd
            | Op::Mark { .. }
            | Op::Defer { .. }
            | Op::End { .. }
            | Op::Finish
            | Op::Statement
            | Op::Yield { .. }
    )
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
        | Op::Call { to, .. }
        | Op::CallBound { to, .. }
        | Op::Step { to, .. }
        | Op::Background { to, .. }
        | Op::Wait { to, .. }
        | Op::Mark { to, .. } => to,
        _ => return None,
    };
    Some(Slot::Register(register))
}
