//! What a step does: a command's call or an alias's program, with everything evaluated.

use std::path::Path;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_protocol::component::{Output, Program as ProgramSpec};
use scn_protocol::words::spelled;
use scn_protocol::{Handle, HandleKind, Signature, StepResult, Type, Value, json};

use super::context::StepContext;
use super::eval;
use super::shared::Shared;
use super::step::Ready;
use super::undo::{self, Owed, What};
use crate::bind::{self, Goes};
use crate::command::{Call, Command, Outcome};
use crate::compile::command::names_args;
use crate::environment::ResultDeclaration;
use crate::machine::{Blame, Failure, Word};
use crate::ops;
use crate::program::{AliasPlan, ProgramPlan, UndoPlan};

/// What a step does.
pub enum Planned {
    /// A command of the registry.
    Command {
        /// Which.
        command: Rc<dyn Command>,
        /// Its words, bound.
        call: Call,
        /// Its words, as they are.
        words: Vec<Word>,
        /// Its words, as they are shown.
        shown: Vec<String>,
    },
    /// An alias.
    Alias {
        /// Which.
        alias: Rc<AliasPlan>,
        /// What it runs.
        program: ProgramSpec,
        /// The values of its parameters, of `args`.
        params: Vec<Value>,
    },
}

/// Words, bound to parameters.
pub struct Bound {
    /// A value for each parameter.
    pub args: Vec<Value>,
    /// The words beyond.
    pub rest: Vec<Value>,
}

/// Binds words to a signature's parameters, each read as its type.
pub fn bind(shared: &Shared, signature: &Signature, words: Vec<Word>) -> Result<Bound, String> {
    let names: Vec<Option<&str>> = words.iter().map(|word| word.name.as_deref()).collect();
    let goes = bind::assign(signature, &names).map_err(|misfit| {
        let texts: Vec<String> = words.iter().map(Word::to_text).collect();
        bind::explain(&misfit, signature, &texts)
    })?;
    let mut args: Vec<Value> = signature
        .params
        .iter()
        .map(|param| param.default.clone().unwrap_or_default())
        .collect();
    let mut rest = Vec::new();
    for (word, goes) in words.into_iter().zip(goes) {
        match goes {
            Goes::Param(param) => {
                let param_of = &signature.params[param];
                let value = read(shared, &word.value, param_of.kind);
                args[param] = value.map_err(|reason| {
                    format!("{} of {}: {reason}", param_of.name, signature.name)
                })?;
            }
            Goes::Rest => {
                let kind = signature.rest.as_ref().map_or(Type::Any, |rest| rest.kind);
                let taken = rest.last().is_some_and(|before: &Value| {
                    kind == Type::Component && crate::bind::takes_next(&before.to_text())
                });
                rest.push(match taken {
                    true => word.value.clone(),
                    false if kind == Type::Component && !word.written => {
                        no_option(&word.value)?;
                        read(shared, &word.value, kind)?
                    }
                    false => read(shared, &word.value, kind)?,
                });
            }
            Goes::RestWhole => rest.push(whole_word(&word)),
        }
    }
    Ok(Bound { args, rest })
}

/// Among words that name components one that begins with `-` is an option, as in `kill -9 Engine`: of a value it never is.
fn no_option(value: &Value) -> Result<(), String> {
    match value.to_text().starts_with('-') {
        true => Err(format!(
            "`{value}` names no component, background job or process, and a value is no option: write -#{{…}}, or -s #{{…}}"
        )),
        false => Ok(()),
    }
}

fn whole_word(word: &Word) -> Value {
    let Some(name) = &word.name else {
        return word.value.clone();
    };
    let text = Value::from(format!("{name}={}", word.value.to_text()));
    if word.value.is_secret() {
        text.into_secret()
    } else {
        text
    }
}

/// Reads a word as the type of its parameter.
fn read(shared: &Shared, value: &Value, kind: Type) -> Result<Value, String> {
    if kind != Type::Component {
        return crate::ops::coerce(value, kind);
    }
    match value.reveal() {
        Value::Handle(_) | Value::Int(_) => Ok(value.clone()),
        Value::Result(result) => read(shared, &result.value, kind),
        other => {
            let text = other.to_text();
            if text.parse::<i64>().is_ok() || text.starts_with('-') {
                return Ok(Value::from(text.into_owned()));
            }
            named(shared, &text).ok_or_else(|| format!("there is no component `{text}`"))
        }
    }
}

/// What a name means for a command that takes components.
fn named(shared: &Shared, name: &str) -> Option<Value> {
    let handle = |kind| {
        Some(Value::Handle(
            Handle {
                kind,
                name: name.to_owned(),
            }
            .into(),
        ))
    };
    if shared.component(name).is_some() {
        return handle(HandleKind::Component);
    }
    if shared
        .program()
        .components
        .iter()
        .any(|plan| plan.name == name && plan.each.is_some())
    {
        return handle(HandleKind::Family);
    }
    let jobs = shared.jobs.borrow();
    jobs.named(name)
        .is_some()
        .then(|| handle(HandleKind::Job))
        .flatten()
}

/// A step of the registry's.
pub fn command(
    shared: &Shared,
    command: &Rc<dyn Command>,
    words: Vec<Word>,
    input: Option<Value>,
) -> Result<Planned, String> {
    let shown = words.iter().map(Word::to_text).collect();
    let bound = bind(shared, command.signature(), words.clone())?;
    let call = Call {
        args: bound.args,
        rest: bound.rest,
        input,
    };
    Ok(Planned::Command {
        command: Rc::clone(command),
        call,
        words,
        shown,
    })
}

/// A step of the environment's.
pub fn alias(
    shared: &Rc<Shared>,
    alias: &Rc<AliasPlan>,
    words: Vec<Word>,
    input: Option<Value>,
) -> Result<Planned, String> {
    let all: Vec<Value> = words.iter().map(whole_word).collect();
    let bound = bind(shared, &alias.signature, words)?;
    // Where none are declared, all words are the words beyond.
    let rest = match alias.declares {
        true => bound.rest,
        false => all.clone(),
    };
    let params = named_values(&alias.signature, bound.args, rest, || all);
    let mut spec = program(shared, &alias.program, &params)?;
    spec.input = input.map(|input| input.to_raw().into_owned());
    for name in &alias.secrets {
        let value = shared.secrets.borrow().get(name).cloned();
        let value = value.ok_or_else(|| format!("the secret `{name}` could not be had"))?;
        spec.env
            .push((name.to_uppercase(), value.to_raw().into_owned()));
    }
    Ok(Planned::Alias {
        alias: Rc::clone(alias),
        program: spec,
        params,
    })
}

/// The values of what a command's texts and its undo may name, as they are compiled (`compile::command::named`).
fn named_values(
    signature: &Signature,
    args: Vec<Value>,
    rest: Vec<Value>,
    all: impl FnOnce() -> Vec<Value>,
) -> Vec<Value> {
    let mut values = args;
    if signature.rest.is_some() {
        values.push(Value::list(rest));
    }
    if !names_args(signature) {
        values.push(Value::list(all()));
    }
    values
}

/// A program's path is relative to the folder in which it works, as to a shell, or else to the root,
/// as every path of an environment.
fn from_root(shared: &Shared, cwd: &Path, program: &mut Vec<u8>) {
    let Ok(text) = std::str::from_utf8(program) else {
        return;
    };
    let world = &shared.platform.world;
    if text.contains('/') && cwd != shared.root && !world.exists(&cwd.join(text)) {
        let from_root = shared.root.join(text);
        if world.exists(&from_root) {
            *program = from_root.into_os_string().into_encoded_bytes();
        }
    }
}

/// Evaluates what is run.
pub fn program(
    shared: &Rc<Shared>,
    plan: &ProgramPlan,
    params: &[Value],
) -> Result<ProgramSpec, String> {
    // What it is given that was computed from a secret may come back in what it writes.
    let given = |value: &Value| {
        shared.journal.mask_also(std::iter::once(value));
        value.to_raw().into_owned()
    };
    let argv = match eval::value(shared, plan.argv, params.to_vec())? {
        Value::List(list) => list.iter().map(given).collect::<Vec<_>>(),
        other => vec![given(&other)],
    };
    let cwd = match plan.cwd {
        Some(function) => shared.root.join(eval::text(shared, function, params)?),
        None => shared.root.clone(),
    };
    let mut argv = argv;
    if let (None, Some(program)) = (&plan.shell, argv.first_mut()) {
        from_root(shared, &cwd, program);
    }
    let argv = match &plan.shell {
        Some(text) => {
            let shell = [
                b"sh".to_vec(),
                b"-c".to_vec(),
                text.clone().into_bytes(),
                b"sh".to_vec(),
            ];
            shell.into_iter().chain(argv).collect()
        }
        None => argv,
    };
    let mut env = Vec::new();
    for (name, function) in &plan.env {
        let value = eval::value(shared, *function, params.to_vec())?;
        env.push((name.clone(), given(&value)));
    }
    let user = plan
        .user
        .map(|function| eval::text(shared, function, params))
        .transpose()?;
    Ok(ProgramSpec {
        argv,
        cwd,
        env,
        env_remove: shared.hidden.clone(),
        user,
        input: None,
    })
}

impl Planned {
    /// What it resolved to, for the journal.
    pub fn does(&self) -> String {
        match self {
            Self::Command { command, shown, .. } => command.does(shown),
            Self::Alias { program, .. } => {
                let words = program
                    .argv
                    .iter()
                    .map(|word| String::from_utf8_lossy(word).into_owned());
                spelled(&words.collect::<Vec<_>>())
            }
        }
    }

    /// The host that the environment says.
    pub fn on(&self) -> Option<String> {
        match self {
            Self::Command { .. } => None,
            Self::Alias { alias, .. } => alias.on.clone(),
        }
    }

    /// The time that the environment gives it, in nanoseconds.
    pub fn timeout(&self) -> Option<i64> {
        match self {
            Self::Command { command, .. } => command.timeout(),
            Self::Alias { alias, .. } => alias.timeout,
        }
    }

    /// The secrets that it is granted.
    pub fn granted(&self) -> Vec<String> {
        match self {
            Self::Command { command, .. } => command.secrets().to_vec(),
            Self::Alias { alias, .. } => alias.secrets.clone(),
        }
    }

    /// It starts a program.
    pub fn is_program(&self) -> bool {
        match self {
            Self::Alias { .. } => true,
            Self::Command { command, .. } => command.starts_program(),
        }
    }

    /// It may be done again where it is not known whether it was done.
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Alias { alias, .. } => alias.signature.repeatable,
            Self::Command { command, .. } => command.signature().repeatable,
        }
    }

    /// It is waited for when it is cut.
    pub fn ends_itself(&self) -> bool {
        match self {
            Self::Alias { .. } => true,
            Self::Command { command, .. } => command.ends_itself(),
        }
    }

    /// Does it.
    pub fn call<'a>(
        &'a self,
        shared: &'a Shared,
        context: &'a StepContext,
    ) -> LocalBoxFuture<'a, Outcome> {
        match self {
            Self::Command { command, call, .. } => command.call(call.clone(), context),
            Self::Alias { program, .. } => {
                shared.platform.world.run_program(program.clone(), context)
            }
        }
    }

    /// What the step returns.
    pub fn value(&self, returned: Option<Value>, result: &StepResult) -> Result<Value, String> {
        if let Some(value) = returned {
            return Ok(value);
        }
        match self {
            Self::Command { .. } => Ok(output_text(&result.stdout)),
            Self::Alias { alias, .. } => match &alias.result {
                ResultDeclaration::Output(output) => read_output(&result.stdout, *output),
                ResultDeclaration::Statuses(statuses, otherwise) => {
                    let known = statuses
                        .iter()
                        .find(|(status, _)| Some(*status) == result.exit)
                        .map(|(_, value)| value);
                    Ok(known
                        .or(otherwise.as_ref())
                        .cloned()
                        .unwrap_or_else(|| output_text(&result.stdout)))
                }
            },
        }
    }
}

/// Output as text, without its last line end.
fn output_text(bytes: &[u8]) -> Value {
    let trimmed = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let trimmed = if trimmed.len() < bytes.len() {
        trimmed.strip_suffix(b"\r").unwrap_or(trimmed)
    } else {
        trimmed
    };
    Value::bytes(trimmed.to_vec())
}

/// Reads a program's output as an alias declares it.
pub fn read_output(bytes: &[u8], output: Output) -> Result<Value, String> {
    let text = output_text(bytes);
    let trimmed = || Value::from(text.to_text().trim().to_owned());
    match output {
        Output::Text => Ok(text),
        Output::Int => crate::ops::coerce(&trimmed(), Type::Int)
            .map_err(|reason| format!("its output: {reason}")),
        Output::Decimal => crate::ops::coerce(&trimmed(), Type::Decimal)
            .map_err(|reason| format!("its output: {reason}")),
        Output::Json => json::parse(&text.to_text())
            .map_err(|reason| format!("its output is no JSON: {reason}")),
        Output::Lines => Ok(Value::list(
            text.to_text().lines().map(Value::from).collect(),
        )),
    }
}

/// What the step owes, with what is known before it has run.
pub fn undo_of(shared: &Rc<Shared>, planned: &Planned) -> Option<What> {
    match planned {
        Planned::Command { command, words, .. } => {
            let program = shared.program();
            let Some((name, command)) = program.undoes.get(&command.full_name()) else {
                return line_owed(shared, planned, &undo_line(shared, planned)?, None);
            };
            Some(What::Command {
                command: Rc::clone(command),
                name: name.clone(),
                words: match command.signature().takes_words() {
                    true => words.clone(),
                    false => Vec::new(),
                },
            })
        }
        Planned::Alias { .. } => line_owed(shared, planned, &undo_line(shared, planned)?, None),
    }
}

/// The command line that undoes a step, if one does.
fn undo_line(shared: &Shared, planned: &Planned) -> Option<UndoPlan> {
    match planned {
        Planned::Command { command, .. } => {
            let program = shared.program();
            let lines = &program.undo_lines;
            match lines.is_empty() {
                true => None,
                false => lines.get(&command.full_name())?.clone(),
            }
        }
        Planned::Alias { alias, .. } => alias.undo.get().cloned(),
    }
}

/// What a step owes by the command line that undoes it, its result being that; where it has none, whatever needs one
/// cannot be told.
fn line_owed(
    shared: &Rc<Shared>,
    planned: &Planned,
    undo: &UndoPlan,
    result: Option<&StepResult>,
) -> Option<What> {
    let result = result.cloned().unwrap_or_else(StepResult::awaited);
    let mut arguments = match planned {
        Planned::Command {
            command,
            call,
            words,
            ..
        } => {
            let all = || words.iter().map(whole_word).collect();
            let (args, rest) = (call.args.clone(), call.rest.clone());
            named_values(command.signature(), args, rest, all)
        }
        Planned::Alias { params, .. } => params.clone(),
    };
    arguments.push(Value::Result(result.into()));
    let unknown = |failure| What::Unknown {
        undo: undo.text.clone(),
        failure,
    };
    let (site, values) = match eval::owed(shared, undo.function, arguments) {
        Ok(owed) => owed?,
        Err(failure) => return Some(unknown(failure)),
    };
    // A parameter of any type would take what is not there for a word.
    let lost = values.iter().find_map(|value| ops::all_known(value).err());
    Some(match lost {
        None => step_owed(shared, site, values),
        Some(reason) => unknown(Failure {
            blame: Blame::Error,
            reason,
            place: shared.program().steps[site as usize].place,
        }),
    })
}

/// A step that is owed.
pub fn step_owed(shared: &Shared, site: u32, values: Vec<Value>) -> What {
    let step = &shared.program().steps[site as usize];
    let words = values.len().saturating_sub(step.words.len());
    let texts = crate::machine::expand(step, values[words..].to_vec()).unwrap_or_default();
    let name = if step.name.is_empty() {
        values
            .get(words.saturating_sub(1))
            .map(ToString::to_string)
            .unwrap_or_default()
    } else {
        step.name.clone()
    };
    let shown = std::iter::once(name)
        .chain(texts.iter().map(Word::to_text))
        .collect();
    What::Step {
        site,
        values,
        shown,
    }
}

/// Now that a step's result is known, what is owed since the step `owed` may name it. One that failed and gave nothing
/// has none. If it was `refused`, by whom it was asked of, then there is nothing to be undone by what it would have given.
pub fn undo_with_result(
    shared: &Rc<Shared>,
    ready: &Ready,
    owed: u64,
    result: &StepResult,
    refused: bool,
) {
    if !undo::is_owed(shared, owed) {
        return;
    }
    let Some(undo) = undo_line(shared, &ready.planned) else {
        return;
    };
    if !result.passed && result.value == Value::None {
        if refused {
            undo::forget_unknown(shared, owed);
        }
        return;
    }
    if let Some(what) = line_owed(shared, &ready.planned, &undo, Some(result)) {
        undo::owe_instead(
            shared,
            Owed {
                step: owed,
                what,
                deferred: false,
            },
        );
    }
}

/// The host of a host's or component's name; empty for this machine.
pub fn host_of(shared: &Shared, name: &str) -> String {
    match shared.component(name) {
        Some(component) => component.host.clone(),
        None => name.to_owned(),
    }
}
