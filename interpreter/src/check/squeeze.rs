//! Taking instructions out of a function: every jump and every stretch moves along.

use crate::compile::FunctionKind;
use crate::program::{Function, Op, Program, Target};

/// Takes out the instructions that are not to be kept.
pub fn squeeze(function: &mut Function, program: &mut Program, kind: FunctionKind, keep: &[bool]) {
    if keep.iter().all(|keep| *keep) {
        return;
    }
    let mut moved = Vec::with_capacity(keep.len() + 1);
    let mut kept: Target = 0;
    for keep in keep {
        moved.push(kept);
        kept += Target::from(*keep);
    }
    moved.push(kept);
    let to = |target: Target| moved.get(target as usize).copied().unwrap_or(target);
    let mut index = 0;
    function.code.retain(|_| {
        index += 1;
        keep[index - 1]
    });
    index = 0;
    function.spans.retain(|_| {
        index += 1;
        keep[index - 1]
    });
    for op in &mut function.code {
        if let Some(target) = op.target_mut() {
            *target = to(*target);
        }
        match op {
            Op::Parallel { site } => {
                let site = &mut program.parallels[*site as usize];
                site.after = to(site.after);
                for (begins, _) in &mut site.branches {
                    *begins = to(*begins);
                }
            }
            Op::Assert { site, .. } => {
                let site = &mut program.asserts[*site as usize];
                site.after = to(site.after);
            }
            _ => {}
        }
    }
    for (begins, ends) in &mut function.statements {
        (*begins, *ends) = (to(*begins), to(*ends));
    }
    for region in &mut function.regions {
        region.start = to(region.start);
        region.end = to(region.end);
        region.after = to(region.after);
    }
    if kind == FunctionKind::Main {
        program.finally = program.finally.map(to);
    }
}
