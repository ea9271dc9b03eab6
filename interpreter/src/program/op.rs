//! Instructions.

use scn_grammar::tree::Operator;
use scn_protocol::Type;

/// A register of the current window.
pub type Reg = u8;

/// Where an instruction goes on: an index into its function's [`super::Function::code`].
pub type Target = u32;

/// One instruction: eight bytes.
///
/// Registers are named by what they are for; `k` indexes constants, and `site` the table
/// of the instruction's own kind.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "each variant's line says what its operands are"
)]
pub enum Op {
    /// `to = constant`
    Const { to: Reg, k: u32 },
    /// `to = number`
    Int { to: Reg, number: i32 },
    /// `to = from`
    Move { to: Reg, from: Reg },
    /// `to = wide[slot]`
    LoadWide { to: Reg, slot: u32 },
    /// `wide[slot] = from`
    StoreWide { from: Reg, slot: u32 },
    /// `to = global[index]`
    Global { to: Reg, index: u32 },
    /// Ends the run if the variable was never set on the way here.
    Defined { of: Reg, variable: u32 },

    /// `to = left + right`
    Add { to: Reg, left: Reg, right: Reg },
    /// `to = left + number`
    AddInt { to: Reg, left: Reg, number: i32 },
    /// `to = left - right`
    Subtract { to: Reg, left: Reg, right: Reg },
    /// `to = left * right`
    Multiply { to: Reg, left: Reg, right: Reg },
    /// `to = left OPERATOR right`, for all the others.
    Binary {
        to: Reg,
        left: Reg,
        right: Reg,
        operator: Operator,
    },
    /// `to = to + from`, in place while nobody else holds it.
    Append { to: Reg, from: Reg },
    /// `to = -from`
    Negate { to: Reg, from: Reg },
    /// `to = not from`
    Not { to: Reg, from: Reg },
    /// Ends the run unless the register holds true or false (or a result that reads as one).
    Truth { to: Reg, from: Reg },
    /// `to = text matches regexes[k]`
    Matches { to: Reg, text: Reg, k: u32 },
    /// `to = text matches regex`
    MatchesValue { to: Reg, text: Reg, regex: Reg },

    /// Pushes a value for `Text`, `Call`, `Step`, `Closure`.
    Push { from: Reg },
    /// `to =` the texts of the last `count` pushed, joined.
    Text { to: Reg, count: u32 },
    /// `to = []`
    NewList { to: Reg },
    /// `list` gains the elements of another.
    ListExtend { list: Reg, from: Reg },
    /// `list` gains an element.
    ListPush { list: Reg, from: Reg },
    /// `to = {}`
    NewMap { to: Reg },
    /// `map[constant] = from`
    MapSet { map: Reg, from: Reg, k: u32 },
    /// `to = of[index]`
    Index { to: Reg, of: Reg, index: Reg },
    /// `to = of.names[name]`
    Field { to: Reg, of: Reg, name: u32 },
    /// `to = of.a.b`, the two names being those of `paths[path]`: a metric's percentile, or a field of a field.
    Path { to: Reg, of: Reg, path: u32 },
    /// `to = function(the last count pushed)`
    Function { to: Reg, count: u8, function: u32 },

    /// Goes on at `to`.
    Jump { to: Target },
    /// Goes back to `to`: the only way to go back, where the time is looked at.
    Back { to: Target },
    /// Goes on at `to` if the condition is true.
    JumpIf { condition: Reg, to: Target },
    /// Goes on at `to` if the condition is false.
    JumpUnless { condition: Reg, to: Target },
    /// Goes (perhaps back) to `to` if `left < right`.
    JumpLess { left: Reg, right: Reg, to: Target },
    /// Goes (perhaps back) to `to` if `left <= right`.
    JumpLessEqual { left: Reg, right: Reg, to: Target },
    /// Goes (perhaps back) to `to` if `left < number`.
    JumpLessInt { left: Reg, number: i16, to: Target },
    /// Goes (perhaps back) to `to` if `left >= number`.
    JumpFromInt { left: Reg, number: i16, to: Target },
    /// Goes (perhaps back) to `to` if `left == right`, or unless.
    JumpEqual {
        left: Reg,
        right: Reg,
        negate: bool,
        to: Target,
    },

    /// Makes an iterator of `list` in `list`; takes `list` and the two registers after it.
    Iterate { list: Reg },
    /// The same for a `where`, which takes no map.
    IterateList { list: Reg },
    /// The next element into `value` (and its key into `value + 1`, with `pairs`); past the last, goes on at `to`.
    Next {
        list: Reg,
        value: Reg,
        pairs: bool,
        to: Target,
    },
    /// Makes a whole number that is not negative of the count of a `repeat`.
    Count { of: Reg },

    /// Calls a step of the scenario's own; its arguments stand at `base`, its result goes to `to`, which is not
    /// beyond it.
    Call { to: Reg, base: Reg, function: u32 },
    /// The same, with words that were pushed and are bound now.
    CallBound { to: Reg, base: Reg, site: u32 },
    /// Leaves a function with the value of `from`.
    Return { from: Reg },

    /// Asks for a step: modifiers, then words, were pushed.
    Step { to: Reg, site: u32 },
    /// A variable that is being watched was assigned.
    Assigned { from: Reg, variable: u32 },
    /// Reads a register as that type, or ends the run with a reason.
    Coerce { of: Reg, kind: Type, name: u32 },
    /// Begins a region that has a state as it runs. Its values were pushed.
    Enter { site: u32 },
    /// Ends such a region in order.
    Leave { site: u32 },
    /// Ends such a region because a jump leaves it.
    Abandon { site: u32 },
    /// Asks for the branches of a `parallel`.
    Parallel { site: u32 },
    /// The end of a branch.
    BranchEnd,
    /// Starts a background job; as `Step`.
    Background { to: Reg, site: u32 },
    /// Waits for jobs.
    Await { site: u32 },
    /// Ends jobs.
    Cancel { site: u32 },
    /// Waits, as `waits[site]` says; its captures were pushed.
    Wait { to: Reg, site: u32 },
    /// Watches from here on, as `watches[site]` says; its captures were pushed.
    Watch { site: u32 },
    /// `to =` now, as `names[name]`.
    Mark { to: Reg, name: u32 },
    /// Owes a step; as `Step`.
    Defer { site: u32 },
    /// Judges `condition`: if it holds, goes on after the message, at the site's target.
    Assert { condition: Reg, site: u32 },
    /// What was judged did not hold; `message` has the message if there is one.
    AssertFailed { message: Reg, site: u32 },
    /// Ends the scenario (or case) as `ends[site]` says; `value` is the text or the status.
    End { value: Reg, site: u32 },
    /// The end of the scenario's last line.
    Finish,
    /// A statement begins here: only where a debugger is to stop at them.
    Statement,
    /// A value for a condition: the end of its function.
    Yield { from: Reg },
}

impl Op {
    /// Where it may jump to.
    pub fn target(mut self) -> Option<Target> {
        self.target_mut().copied()
    }

    /// The same, to be changed.
    pub fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Op::Jump { to }
            | Op::Back { to }
            | Op::JumpIf { to, .. }
            | Op::JumpUnless { to, .. }
            | Op::JumpLess { to, .. }
            | Op::JumpLessEqual { to, .. }
            | Op::JumpLessInt { to, .. }
            | Op::JumpFromInt { to, .. }
            | Op::JumpEqual { to, .. }
            | Op::Next { to, .. } => Some(to),
            _ => None,
        }
    }
}
