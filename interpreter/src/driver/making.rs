//! The values of `[vars]` and of components' attributes, as a run begins: each is made when it is
//! first asked for, since they may name one another in any order.

use std::collections::HashMap;
use std::rc::Rc;

use scn_protocol::{Map, Value};

use super::eval;
use super::shared::Shared;

/// What is made as a run begins.
#[derive(Debug, Default)]
pub struct Making {
    /// The functions of `[vars]` that are not made yet, by their globals.
    vars: HashMap<u32, u32>,
    /// The attributes of each component, by its name.
    components: HashMap<String, Attributes>,
    /// What is being made: each of these is needed by the one before.
    busy: Vec<Wanted>,
    /// Why one could not be made.
    failed: Option<String>,
}

/// The attributes of one component.
#[derive(Debug)]
struct Attributes {
    /// Which of the program's components it is, or is a member of.
    plan: usize,
    /// The member's key.
    each: Value,
    /// Those that are made.
    made: Vec<Option<Value>>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    /// A name of `[vars]`, by its global.
    Var(u32),
    /// An attribute of a component, by its place.
    Attribute(String, usize),
}

impl Making {
    /// A name of `[vars]` is still to be made by that function.
    pub fn open_var(&mut self, global: u32, function: u32) {
        self.vars.insert(global, function);
    }

    /// The attributes of a component are still to be made.
    pub fn open_component(&mut self, name: &str, plan: usize, each: Value, attributes: usize) {
        let made = vec![None; attributes];
        let attributes = Attributes { plan, each, made };
        self.components.insert(name.to_owned(), attributes);
    }
}

/// Makes what is not made yet of that component; gives its key and its attributes in their order.
pub fn component(shared: &Rc<Shared>, name: &str) -> Result<(Value, Vec<Value>), String> {
    let count = with(shared, |making| {
        making.components.get(name).map(|known| known.made.len())
    });
    for at in 0..count.flatten().unwrap_or(0) {
        make(shared, Wanted::Attribute(name.to_owned(), at));
        failed(shared)?;
    }
    let made = with(shared, |making| {
        let known = making.components.get(name)?;
        let values = known
            .made
            .iter()
            .map(|value| value.clone().unwrap_or_default());
        Some((known.each.clone(), values.collect()))
    });
    Ok(made.flatten().unwrap_or_default())
}

/// Makes all of `[vars]`.
pub fn all_vars(shared: &Rc<Shared>) -> Result<(), String> {
    let mut open = with(shared, |making| {
        making.vars.keys().copied().collect::<Vec<u32>>()
    })
    .unwrap_or_default();
    // In their order, so that what they look up is recorded alike in every run.
    open.sort_unstable();
    for global in open {
        make(shared, Wanted::Var(global));
        failed(shared)?;
    }
    Ok(())
}

/// Somebody reads a global: it is made if it was not.
pub fn var(shared: &Rc<Shared>, global: u32) {
    if shared.making.borrow().is_some() {
        make(shared, Wanted::Var(global));
    }
}

/// The attribute of a component that is still being made; none if it has none of that name.
pub fn attribute(shared: &Rc<Shared>, name: &str, attribute: &str) -> Option<Value> {
    let at = with(shared, |making| {
        let known = making.components.get(name)?;
        let attrs = &shared.program().components[known.plan].attrs;
        attrs.iter().position(|attr| attr.name == attribute)
    })??;
    make(shared, Wanted::Attribute(name.to_owned(), at));
    with(shared, |making| {
        making.components.get(name)?.made.get(at)?.clone()
    })?
}

fn with<T>(shared: &Shared, ask: impl FnOnce(&mut Making) -> T) -> Option<T> {
    shared.making.borrow_mut().as_mut().map(ask)
}

fn failed(shared: &Shared) -> Result<(), String> {
    match with(shared, |making| making.failed.take()).flatten() {
        Some(reason) => Err(reason),
        None => Ok(()),
    }
}

/// Makes it, unless it is made or something has failed already.
fn make(shared: &Rc<Shared>, wanted: Wanted) {
    let begun = with(shared, |making| {
        let open = match &wanted {
            Wanted::Var(global) => making.vars.contains_key(global),
            Wanted::Attribute(name, at) => {
                let known = making.components.get(name);
                known.is_some_and(|known| known.made.get(*at) == Some(&None))
            }
        };
        if !open || making.failed.is_some() {
            return false;
        }
        if let Some(first) = making.busy.iter().position(|busy| *busy == wanted) {
            let round = making.busy[first..].iter().chain([&wanted]);
            let names: Vec<String> = round.map(|one| name_of(shared, making, one)).collect();
            making.failed = Some(format!("this goes in a circle: {}", names.join(" needs ")));
            return false;
        }
        making.busy.push(wanted.clone());
        true
    });
    if begun != Some(true) {
        return;
    }
    let made = match &wanted {
        Wanted::Var(global) => make_var(shared, *global),
        Wanted::Attribute(name, at) => make_attribute(shared, name, *at),
    };
    with(shared, |making| {
        making.busy.pop();
        if let Err(reason) = made {
            let name = name_of(shared, making, &wanted);
            making
                .failed
                .get_or_insert_with(|| format!("{name}: {reason}"));
        }
    });
}

fn make_var(shared: &Rc<Shared>, global: u32) -> Result<(), String> {
    let function = with(shared, |making| making.vars.get(&global).copied()).flatten();
    let Some(function) = function else {
        return Ok(());
    };
    let value = eval::value(shared, function, Vec::new())?;
    if let Some(known) = shared.globals.borrow_mut().get_mut(global as usize) {
        *known = value;
    }
    with(shared, |making| making.vars.remove(&global));
    Ok(())
}

fn make_attribute(shared: &Rc<Shared>, name: &str, at: usize) -> Result<(), String> {
    let plan = with(shared, |making| {
        making.components.get(name).map(|known| known.plan)
    });
    let program = shared.program();
    let attr = plan
        .flatten()
        .and_then(|plan| program.components.get(plan)?.attrs.get(at));
    let Some(attr) = attr else {
        return Ok(());
    };
    for &need in &attr.needs {
        make(shared, Wanted::Attribute(name.to_owned(), need));
    }
    // Of those before it only what it needs is sure to be there.
    let params = with(shared, |making| {
        let known = making.components.get(name)?;
        let before = known
            .made
            .iter()
            .take(at)
            .map(|value| value.clone().unwrap_or_default());
        Some(std::iter::once(known.each.clone()).chain(before).collect())
    });
    let value = eval::value(shared, attr.function, params.flatten().unwrap_or_default())?;
    with(shared, |making| {
        let known = making.components.get_mut(name);
        if let Some(made) = known.and_then(|known| known.made.get_mut(at)) {
            *made = Some(value);
        }
    });
    Ok(())
}

fn name_of(shared: &Shared, making: &Making, wanted: &Wanted) -> String {
    let program = shared.program();
    match wanted {
        Wanted::Var(global) => {
            let global = program.globals.get(*global as usize);
            let name = global.map_or("", |global| global.name.as_str());
            format!("{name} of [vars]")
        }
        Wanted::Attribute(name, at) => {
            let plan = making.components.get(name).map(|known| known.plan);
            let plan = plan.and_then(|plan| program.components.get(plan));
            let attr = plan.and_then(|plan| plan.attrs.get(*at));
            format!("{name}.{}", attr.map_or("", |attr| attr.name.as_str()))
        }
    }
}

/// The attributes of a component with their names.
pub fn named(shared: &Shared, plan: usize, values: &[Value]) -> Map {
    let program = shared.program();
    let attrs = program
        .components
        .get(plan)
        .map(|plan| plan.attrs.as_slice());
    let names = attrs
        .unwrap_or_default()
        .iter()
        .map(|attr| attr.name.clone());
    names.zip(values.iter().cloned()).collect()
}
