//! What the words of `kill`, `start`, `pause`, … name.

use std::rc::Rc;

use scn_interpreter::{Context, Outcome};
use scn_protocol::component::Component;
use scn_protocol::{HandleKind, Value};

/// One thing that is acted on.
pub(crate) enum Target {
    Component(Rc<Component>),
    /// A background job, by its name.
    Job(String),
    /// A process, by its id.
    Pid(u32),
}

/// What these words name, in order; a family stands for its members.
pub(crate) fn targets(words: &[Value], context: &dyn Context) -> Result<Vec<Target>, Outcome> {
    let mut found = Vec::new();
    for word in words {
        named(word, context, &mut found)?;
    }
    Ok(found)
}

/// The same, where only components will do; `verb` is the command's name.
pub(crate) fn components(
    words: &[Value],
    verb: &str,
    context: &dyn Context,
) -> Result<Vec<Rc<Component>>, Outcome> {
    let only = |target| match target {
        Target::Component(component) => Ok(component),
        Target::Job(name) => Err(format!("the background job `{name}`")),
        Target::Pid(pid) => Err(format!("process {pid}")),
    };
    targets(words, context)?
        .into_iter()
        .map(only)
        .collect::<Result<_, _>>()
        .map_err(|other| Outcome::error(format!("`{verb}` takes components, and not {other}")))
}

fn named(word: &Value, context: &dyn Context, found: &mut Vec<Target>) -> Result<(), Outcome> {
    match word.reveal() {
        Value::Handle(handle) => match handle.kind {
            HandleKind::Component => {
                found.push(Target::Component(component(&handle.name, context)?))
            }
            HandleKind::Family => found.extend(members(&handle.name, context)),
            HandleKind::Job => found.push(Target::Job(handle.name.clone())),
        },
        Value::Int(number) => found.push(pid(*number)?),
        // Several at once: `kill #{[Server[1], Server[2]]}`.
        Value::List(list) => {
            for element in list.iter() {
                named(element, context, found)?;
            }
        }
        Value::Result(result) if result.value.kind() == "text" => {
            text(&result.value.to_text(), context, found)?;
        }
        Value::Result(result) => named(&result.value, context, found)?,
        Value::Text(name) => text(name, context, found)?,
        other => {
            let what = other.kind();
            return Err(Outcome::error(format!(
                "{what} names no component, background job or process"
            )));
        }
    }
    Ok(())
}

fn text(name: &str, context: &dyn Context, found: &mut Vec<Target>) -> Result<(), Outcome> {
    if let Some(component) = context.component(name) {
        found.push(Target::Component(component));
        return Ok(());
    }
    let before = found.len();
    found.extend(members(name, context));
    if found.len() == before {
        found.push(match name.trim().parse() {
            Ok(number) => pid(number)?,
            // Whether there is such a job is seen when it is asked for.
            Err(_) => Target::Job(name.to_owned()),
        });
    }
    Ok(())
}

fn members(name: &str, context: &dyn Context) -> impl Iterator<Item = Target> {
    context.family(name).into_iter().map(Target::Component)
}

fn component(name: &str, context: &dyn Context) -> Result<Rc<Component>, Outcome> {
    context
        .component(name)
        .ok_or_else(|| Outcome::error(format!("there is no component `{name}`")))
}

/// A process id: negative ones and 0 mean groups to the system, and are none.
fn pid(number: i64) -> Result<Target, Outcome> {
    u32::try_from(number)
        .ok()
        .filter(|pid| (1..=i32::MAX as u32).contains(pid))
        .map(Target::Pid)
        .ok_or_else(|| Outcome::error(format!("{number} is no process id")))
}
