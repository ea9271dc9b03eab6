//! What stands at the top of a scenario, and the names that it is given.

use scn_protocol::{Type, Value};

use super::Slot;

/// A name whose value is made as a run begins.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: GlobalKind,
}

/// What a global is.
#[derive(Clone, Debug)]
pub enum GlobalKind {
    /// `@param`: its default, and whether `--set` has to be given.
    Param {
        /// The default.
        default: Option<Value>,
        /// The default's type.
        kind: Type,
    },
    /// A name of `[vars]`: a value, or a function that gives it.
    Var(VarPlan),
    /// A secret.
    Secret,
    /// `run.dir`
    RunDir,
    /// `run.id`
    RunId,
    /// `trigger`
    Trigger,
}

/// How a name of `[vars]` is made.
#[derive(Clone, Debug)]
pub enum VarPlan {
    /// It is this.
    Value(Value),
    /// A function gives it.
    Function(u32),
}

/// What a scenario says at its top.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// `@title`
    pub title: Option<Vec<TitlePart>>,
    /// `@tags`
    pub tags: Vec<String>,
    /// `@covers`
    pub covers: Vec<String>,
    /// `@known`: the defect, and the last day on which its FAIL is not counted, `YYYY-MM-DD`.
    pub known: Option<(String, Option<String>)>,
    /// `@timeout`, in nanoseconds.
    pub timeout: Option<i64>,
    /// `@needs` that the environment lacks.
    pub missing: Vec<String>,
    /// `@each`: the function that gives the rows, and the variables that take key and value.
    pub each: Option<EachPlan>,
    /// `@on`, as written.
    pub triggers: Vec<String>,
}

/// A part of a `@title`.
#[derive(Clone, Debug)]
pub enum TitlePart {
    /// It, as it stands.
    Text(String),
    /// The value of a `@param`.
    Param(String),
}

/// `@each`
#[derive(Clone, Debug)]
pub struct EachPlan {
    /// Gives the rows.
    pub function: u32,
    /// Where the row goes in the body (and its value, where there are two names).
    pub targets: Vec<Slot>,
    /// The name that stands for the row.
    pub name: String,
}
