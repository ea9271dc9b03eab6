//! Texts of `[vars]`, and attributes of a component, that name one another: put in an order
//! in which each can be evaluated, or shown to go in a circle.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use indexmap::IndexMap;
use scn_grammar::Diagnostic;
use scn_grammar::tree::{Expr, ExprKind, Part};

use super::{Place, Setting, Source, codes};

/// Puts each setting after those that its texts name, and otherwise leaves the order. If
/// there is a circle, what is wrong. An attribute that names itself (`own_is_outer`) means
/// the name in `[vars]`.
pub(super) fn sort(
    settings: &mut IndexMap<String, Setting>,
    own_is_outer: bool,
    sources: &[Source],
) -> Option<Diagnostic> {
    let needs = match own_is_outer {
        true => needs(settings),
        false => all_needs(settings),
    };
    if needs.iter().all(Vec::is_empty) {
        return None;
    }
    let order = in_order(&needs);
    if order.len() < needs.len() {
        return Some(circle(settings, &needs, &order, sources));
    }
    let sorted = order.iter().filter_map(|&index| {
        let (name, setting) = settings.get_index(index)?;
        Some((name.clone(), setting.clone()))
    });
    *settings = sorted.collect();
    None
}

/// For each attribute of a component the others that its texts name.
pub(crate) fn needs(settings: &IndexMap<String, Setting>) -> Vec<Vec<usize>> {
    let mut needs = all_needs(settings);
    for (index, all) in needs.iter_mut().enumerate() {
        all.retain(|&need| need != index);
    }
    needs
}

fn all_needs(settings: &IndexMap<String, Setting>) -> Vec<Vec<usize>> {
    settings
        .values()
        .map(|setting| needed(setting, settings))
        .collect()
}

/// Which of `all` a setting's texts name.
fn needed(setting: &Setting, all: &IndexMap<String, Setting>) -> Vec<usize> {
    let mut found = Vec::new();
    in_setting(setting, &mut |name| found.extend(all.get_index_of(name)));
    found.sort_unstable();
    found.dedup();
    found
}

/// The settings with each after those it needs; those of a circle, and what needs them, are
/// left out.
fn in_order(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (index, all) in needs.iter().enumerate() {
        for &need in all {
            needed_by[need].push(index);
        }
    }
    let free = (0..needs.len()).filter(|&index| missing[index] == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = free.map(Reverse).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for &next in &needed_by[index] {
            missing[next] -= 1;
            if missing[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    order
}

/// One of the circles, told from where it is entered first.
fn circle(
    settings: &IndexMap<String, Setting>,
    needs: &[Vec<usize>],
    order: &[usize],
    sources: &[Source],
) -> Diagnostic {
    let mut left = vec![true; needs.len()];
    for &index in order {
        left[index] = false;
    }
    // Each that is left needs another that is left, so following them comes round.
    let mut seen_at: Vec<Option<usize>> = vec![None; needs.len()];
    let mut path: Vec<usize> = Vec::new();
    let mut next = left.iter().position(|&left| left);
    while let Some(index) = next.filter(|&index| seen_at[index].is_none()) {
        seen_at[index] = Some(path.len());
        path.push(index);
        next = needs[index].iter().copied().find(|&need| left[need]);
    }
    let start = next.and_then(|index| seen_at[index]).unwrap_or(0);
    let round: Vec<(&String, &Setting)> = path[start..]
        .iter()
        .filter_map(|&index| settings.get_index(index))
        .collect();
    let mut names: Vec<String> = round.iter().map(|(name, _)| format!("`{name}`")).collect();
    names.extend(names.first().cloned());
    let place = round
        .first()
        .map_or(Place::default(), |(_, one)| one.place());
    let file = sources.get(place.source).map(|source| source.path.clone());
    let message = format!("this goes in a circle: {}", names.join(" needs "));
    Diagnostic::new(&codes::VALUE_CIRCLE, place.span, message).in_file(file.unwrap_or_default())
}

fn in_setting(setting: &Setting, found: &mut dyn FnMut(&str)) {
    match setting {
        Setting::Value(..) => {}
        Setting::Template(template) => in_parts(&template.parts, found),
        Setting::List(all, _) => all.iter().for_each(|one| in_setting(one, found)),
        Setting::Map(all, _) => all.iter().for_each(|(_, one)| in_setting(one, found)),
    }
}

fn in_parts(parts: &[Part], found: &mut dyn FnMut(&str)) {
    for part in parts {
        match part {
            Part::Bare(_) | Part::Quoted(_) => {}
            Part::Value { expr, .. } | Part::Splat(expr) => in_expr(expr, found),
        }
    }
}

/// The names in an expression; how deep it nests is bounded by the grammar.
fn in_expr(expr: &Expr, found: &mut dyn FnMut(&str)) {
    match &expr.kind {
        ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Size(_)
        | ExprKind::Percent(_)
        | ExprKind::Bool(_)
        | ExprKind::None => {}
        ExprKind::Name(name) => found(name),
        ExprKind::Text(parts) => in_parts(parts, found),
        ExprKind::List(all) => all.iter().for_each(|one| in_expr(one, found)),
        ExprKind::Map(all) => all.iter().for_each(|(_, one)| in_expr(one, found)),
        ExprKind::Call { arguments, .. } => {
            arguments.iter().for_each(|one| in_expr(one, found));
        }
        ExprKind::Field { of: inner, .. }
        | ExprKind::Interpolation(inner)
        | ExprKind::Group(inner)
        | ExprKind::Negate(inner)
        | ExprKind::Not(inner) => in_expr(inner, found),
        ExprKind::Index {
            of: left,
            index: right,
        }
        | ExprKind::Binary { left, right, .. }
        | ExprKind::Matches {
            text: left,
            regex: right,
        }
        | ExprKind::Where {
            list: left,
            condition: right,
        } => {
            in_expr(left, found);
            in_expr(right, found);
        }
    }
}
