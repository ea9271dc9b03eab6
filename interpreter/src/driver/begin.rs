//! What is made as a run begins: secrets, globals, components.

use std::cell::RefCell;
use std::rc::Rc;

use scn_protocol::component::{
    Component, Log, Probe, ProbeAsk, Process, Program as ProgramSpec, Ready, ReadyWhen, Stop,
    StopHow,
};
use scn_protocol::{Map, Phase, StepResult, Type, Value};

use super::context::{HELD, StepContext};
use super::eval;
use super::jobs::Captured;
use super::making::{self, Making};
use super::plan;
use super::shared::Shared;
use super::signal::Flag;
use crate::compile::component::{ComponentPlan, ProbePlan, ProcessPlan, ReadyPlan, StopPlan};
use crate::environment::secret::MASK;
use crate::environment::{Environment, SecretFrom};
use crate::program::{GlobalKind, Program, TitlePart, VarPlan};

/// Gets the secrets, and has them masked from here on.
pub async fn secrets(shared: &Rc<Shared>, environment: &Environment) -> Result<(), String> {
    let mut found = Vec::new();
    for (name, declaration) in &environment.secrets {
        let value = match &declaration.from {
            SecretFrom::Env(variable) => shared.platform.world.env(variable).map(String::into_bytes).ok_or_else(|| {
                format!("the secret `{name}` could not be had: the environment variable {variable} is not set")
            })?,
            SecretFrom::File(path) => {
                let bytes = shared.platform.world.read(&shared.root.join(path));
                bytes.map_err(|error| format!("the secret `{name}` could not be read from {path}: {error}"))?
            }
            SecretFrom::Command(argv) => secret_of(shared, name, argv).await?,
        };
        let value = match &declaration.from {
            SecretFrom::Env(_) => value,
            SecretFrom::File(_) | SecretFrom::Command(_) => without_line_end(&value).to_vec(),
        };
        found.push(value.clone());
        shared
            .secrets
            .borrow_mut()
            .insert(name.clone(), Value::bytes(value).into_secret());
    }
    let masker = shared.journal.mask_all(&found);
    if !found.is_empty() {
        shared.platform.world.hide(masker);
    }
    Ok(())
}

/// What is known of the secrets where nothing may be touched: those of environment variables that are set. Of the
/// others there is what a record has of them, which stands in words, and is nothing to compute with.
pub fn shown_secrets(shared: &Rc<Shared>, environment: &Environment) {
    let mut found = Vec::new();
    for (name, declaration) in &environment.secrets {
        let value = match &declaration.from {
            SecretFrom::Env(variable) => shared.platform.world.env(variable),
            SecretFrom::File(_) | SecretFrom::Command(_) => None,
        };
        let value = match value {
            Some(value) => {
                found.push(value.clone().into_bytes());
                Value::from(value)
            }
            None => StepResult::judged(Value::from(MASK)),
        };
        let mut secrets = shared.secrets.borrow_mut();
        secrets.insert(name.clone(), value.into_secret());
    }
    shared.journal.mask_all(&found);
}

/// A text without its last line end.
fn without_line_end(text: &[u8]) -> &[u8] {
    let line = text.strip_suffix(b"\n");
    line.map_or(text, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// What a program prints, kept from the record.
async fn secret_of(shared: &Rc<Shared>, name: &str, argv: &[String]) -> Result<Vec<u8>, String> {
    let captured: Rc<RefCell<Captured>> = Rc::default();
    let context = SilentContext(StepContext {
        shared: Rc::clone(shared),
        step: 0,
        host: String::new(),
        ended: Flag::new(),
        captured: Rc::clone(&captured),
        holds: HELD,
        job: None,
        granted: Vec::new(),
        phase: Phase::Setup,
        begun: Rc::default(),
        until: None,
    });
    let argv = argv.iter().map(|word| word.clone().into_bytes()).collect();
    let spec = ProgramSpec {
        argv,
        cwd: shared.root.clone(),
        ..ProgramSpec::default()
    };
    let outcome = shared.platform.world.run_program(spec, &context).await;
    match outcome.status {
        scn_protocol::Status::Pass => Ok(std::mem::take(&mut captured.borrow_mut().stdout)),
        _ => Err(format!(
            "the secret `{name}` could not be had: {}",
            outcome.error.unwrap_or_default()
        )),
    }
}

/// A context whose output is a secret.
struct SilentContext(StepContext);

impl crate::command::Context for SilentContext {
    fn output(&self, stream: scn_protocol::Stream, bytes: &[u8]) -> std::io::Result<()> {
        if stream == scn_protocol::Stream::Stdout {
            self.0.captured.borrow_mut().stdout.extend_from_slice(bytes);
        }
        Ok(())
    }
    fn say(&self, _: &str) {}
    fn log(&self, _: &str, _: &str) {}
    fn metric(&self, _: &str, _: &str, _: Value) {}
    fn event(&self, _: &str, _: &str, _: Map) {}
    fn attach(&self, path: &std::path::Path, name: &str) -> std::io::Result<String> {
        self.0.attach(path, name)
    }
    // Nothing is recorded before it is known what is secret.
    fn started(&self, _: u32, _: u64) {}
    fn cancelled(&self) -> futures_util::future::LocalBoxFuture<'static, ()> {
        self.0.cancelled()
    }
    fn root(&self) -> &std::path::Path {
        self.0.root()
    }
    fn run(&self) -> &str {
        self.0.run()
    }
    fn step(&self) -> u64 {
        0
    }
    fn host(&self) -> &str {
        ""
    }
    fn hidden_variables(&self) -> Vec<String> {
        Vec::new()
    }
    fn secret(&self, _: &str) -> Option<Value> {
        None
    }
    fn component(&self, name: &str) -> Option<Rc<Component>> {
        self.0.component(name)
    }
    fn family(&self, name: &str) -> Vec<Rc<Component>> {
        self.0.family(name)
    }
    fn ending_job(&self, _: &str) -> Option<u32> {
        None
    }
}

/// Makes the globals' values; `set` is what the command line sets.
pub fn globals(shared: &Rc<Shared>, set: &[(String, String)]) -> Result<(), String> {
    let program = shared.program();
    *shared.globals.borrow_mut() = vec![Value::None; program.globals.len()];
    let mut open = Making::default();
    for (index, global) in program.globals.iter().enumerate() {
        let given = set
            .iter()
            .rev()
            .find(|(name, _)| *name == global.name)
            .map(|(_, text)| text.as_str());
        let value = match &global.kind {
            GlobalKind::Var(VarPlan::Function(function)) if given.is_none() => {
                open.open_var(u32::try_from(index).unwrap_or(u32::MAX), *function);
                Value::None
            }
            GlobalKind::Param { default, kind } => {
                param(&global.name, default.as_ref(), *kind, given)?
            }
            GlobalKind::Var(VarPlan::Value(value)) => match given {
                Some(text) => set_value(&global.name, text, crate::compile::names::type_of(value))?,
                None => value.clone(),
            },
            GlobalKind::Var(VarPlan::Function(_)) => Value::from(given.unwrap_or_default()),
            GlobalKind::Secret => shared
                .secrets
                .borrow()
                .get(&global.name)
                .cloned()
                .unwrap_or_default(),
            GlobalKind::RunDir => Value::None,
            GlobalKind::RunId => Value::from(shared.run.as_str()),
            GlobalKind::Trigger => shared.trigger.clone(),
        };
        shared.globals.borrow_mut()[index] = value;
    }
    *shared.making.borrow_mut() = Some(open);
    Ok(())
}

fn param(
    name: &str,
    default: Option<&Value>,
    kind: Type,
    given: Option<&str>,
) -> Result<Value, String> {
    match (given, default) {
        (Some(text), _) => set_value(name, text, kind),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(format!(
            "the parameter `{name}` has no default: give it with --set {name}=VALUE"
        )),
    }
}

/// What `--set name=text` gives a name of that type.
///
/// # Errors
/// Why the text cannot be read as that type.
pub fn set_value(name: &str, text: &str, kind: Type) -> Result<Value, String> {
    let value = Value::from(text);
    match kind {
        Type::List | Type::Map => {
            scn_protocol::json::parse(text).map_err(|reason| format!("--set {name}: {reason}"))
        }
        kind => {
            crate::ops::coerce(&value, kind).map_err(|reason| format!("--set {name}: {reason}"))
        }
    }
}

/// The names that `--set` may give: `@param`s and `[vars]`, with their types.
pub fn settable(program: &Program) -> Vec<(&str, Type)> {
    program
        .globals
        .iter()
        .filter_map(|global| match &global.kind {
            GlobalKind::Param { kind, .. } => Some((global.name.as_str(), *kind)),
            GlobalKind::Var(VarPlan::Value(value)) => {
                Some((global.name.as_str(), crate::compile::names::type_of(value)))
            }
            GlobalKind::Var(VarPlan::Function(_)) => Some((global.name.as_str(), Type::Any)),
            _ => None,
        })
        .collect()
}

/// The scenario's title, its `@param`s with the values that the run is given.
pub fn title(program: &Program, set: &[(String, String)]) -> Option<String> {
    let value = |param: &str| given(program, set).find(|(name, _)| *name == param);
    let part = |part: &TitlePart| match part {
        TitlePart::Text(text) => text.clone(),
        TitlePart::Param(name) => {
            value(name).map_or_else(String::new, |(_, value)| value.to_text().into_owned())
        }
    };
    let parts = program.headers.title.as_ref()?;
    Some(parts.iter().map(part).collect())
}

/// What the run is given, with its types: each `@param`, and the `[vars]` that are set.
pub fn parameters(program: &Program, set: &[(String, String)]) -> serde_json::Value {
    let values = given(program, set)
        .map(|(name, value)| (name.to_owned(), scn_protocol::json::tagged(&value, false)));
    serde_json::Value::Object(values.collect())
}

fn given<'p>(
    program: &'p Program,
    set: &'p [(String, String)],
) -> impl Iterator<Item = (&'p str, Value)> {
    let kinds = settable(program).into_iter();
    program.globals.iter().filter_map(move |global| {
        let given = set.iter().rev().find(|(name, _)| *name == global.name);
        let value = match (given, &global.kind) {
            (Some((name, text)), _) => {
                let (_, kind) = kinds.clone().find(|(known, _)| known == name)?;
                // What cannot be read ends the run; the record has it as it was given.
                set_value(name, text, kind).unwrap_or_else(|_| Value::from(text.as_str()))
            }
            (None, GlobalKind::Param { default, .. }) => default.clone()?,
            (None, _) => return None,
        };
        Some((global.name.as_str(), value))
    })
}

/// The parameters without a default that nothing sets.
pub fn lacking(program: &Program, set: &[(String, String)]) -> Vec<String> {
    let lacks = |name: &str| set.iter().all(|(known, _)| known != name);
    let globals = program
        .globals
        .iter()
        .filter(|global| matches!(global.kind, GlobalKind::Param { default: None, .. }));
    globals
        .filter(|global| lacks(&global.name))
        .map(|global| global.name.clone())
        .collect()
}

/// Makes the names of `[vars]` and the components' attributes, which may name one another, and then
/// the rest of each component.
pub fn components(shared: &Rc<Shared>) -> Result<Vec<Rc<Component>>, String> {
    let program = shared.program();
    let mut names = Vec::new();
    for (at, plan) in program.components.iter().enumerate() {
        let keys: Vec<Option<Value>> = match &plan.each {
            None => vec![None],
            Some(keys) => keys.iter().cloned().map(Some).collect(),
        };
        for key in keys {
            let name = key.as_ref().map_or_else(
                || plan.name.clone(),
                |key| format!("{}[{}]", plan.name, key.to_text()),
            );
            if let Some(open) = shared.making.borrow_mut().as_mut() {
                open.open_component(&name, at, key.unwrap_or_default(), plan.attrs.len());
            }
            keep(shared, &name, plan, Map::new());
            names.push((name, at));
        }
    }
    making::all_vars(shared)?;
    let mut order = Vec::new();
    for (name, at) in names {
        let (each, values) = making::component(shared, &name)?;
        let params = std::iter::once(each)
            .chain(values.iter().cloned())
            .collect::<Vec<_>>();
        order.push((name, at, values, params));
    }
    *shared.making.borrow_mut() = None;
    for (name, at, values, _) in &order {
        let attrs = making::named(shared, *at, values);
        keep(shared, name, &program.components[*at], attrs);
    }
    let mut made = Vec::new();
    for (name, at, _, params) in order {
        let plan = &program.components[at];
        let Some(known) = shared.component(&name) else {
            continue;
        };
        let component = component(shared, plan, &params, (*known).clone())
            .map_err(|reason| format!("{name}: {reason}"))?;
        let component = Rc::new(component);
        shared
            .components
            .borrow_mut()
            .insert(name, Rc::clone(&component));
        made.push(component);
    }
    Ok(made)
}

/// Keeps a component of which no more than that is known yet.
fn keep(shared: &Shared, name: &str, plan: &ComponentPlan, attrs: Map) {
    let component = Component {
        name: name.to_owned(),
        host: plan.host.clone(),
        attrs,
        ..Component::default()
    };
    let mut all = shared.components.borrow_mut();
    all.insert(name.to_owned(), Rc::new(component));
}

fn component(
    shared: &Rc<Shared>,
    plan: &ComponentPlan,
    params: &[Value],
    mut made: Component,
) -> Result<Component, String> {
    let text = |function: u32| eval::text(shared, function, params);
    let path =
        |function: u32| Ok::<_, String>(shared.root.join(eval::text(shared, function, params)?));
    let port = |function: u32| port(&eval::value(shared, function, params.to_vec())?);
    made.process = match &plan.process {
        None => None,
        Some(ProcessPlan::PidFile(function)) => Some(Process::PidFile(path(*function)?)),
        Some(ProcessPlan::Match(function)) => Some(Process::Match(text(*function)?)),
        Some(ProcessPlan::Unit(function)) => Some(Process::Unit(text(*function)?)),
        Some(ProcessPlan::Port(function)) => Some(Process::Port(port(*function)?)),
        Some(ProcessPlan::Container(function)) => Some(Process::Container(text(*function)?)),
    };
    made.start = plan
        .start
        .as_ref()
        .map(|start| plan::program(shared, start, params))
        .transpose()?;
    if let Some((how, within)) = &plan.stop {
        let how = match how {
            StopPlan::Signal(signal) => StopHow::Signal(signal.clone()),
            StopPlan::Run(program) => StopHow::Run(plan::program(shared, program, params)?),
        };
        made.stop = Some(Stop {
            how,
            within: *within,
        });
    }
    if let Some((when, within)) = &plan.ready {
        let when = match when {
            ReadyPlan::Port(function) => ReadyWhen::Port(port(*function)?),
            ReadyPlan::Log(function) => ReadyWhen::Log(text(*function)?),
            ReadyPlan::Run(program) => ReadyWhen::Run(plan::program(shared, program, params)?),
            ReadyPlan::Http(function) => ReadyWhen::Http(text(*function)?),
        };
        made.ready = Some(Ready {
            when,
            within: *within,
        });
    }
    for (ask, every, fields) in &plan.probes {
        let ask = match ask {
            ProbePlan::Http(function) => ProbeAsk::Http(text(*function)?),
            ProbePlan::Run(program, output) => {
                ProbeAsk::Run(plan::program(shared, program, params)?, *output)
            }
        };
        made.probes.push(Probe {
            ask,
            every: *every,
            fields: fields.clone(),
        });
    }
    for (function, rules) in &plan.logs {
        made.logs.push(Log {
            path: path(*function)?,
            rules: rules.clone(),
        });
    }
    Ok(made)
}

fn port(value: &Value) -> Result<u16, String> {
    let number = crate::ops::whole(&crate::ops::coerce(value, Type::Int)?)?;
    u16::try_from(number).map_err(|_| format!("{number} is no TCP port"))
}
