//! From the tree to the program: every name, label, command and word resolved, against an
//! environment, before anything runs.
//!
//! Each function of the scenario (its body, each `step`, each condition) is compiled by a
//! [`Scope`] of its own, which knows its variables, labels and regions. Statements are in
//! `statement/`, one file each; here is what they share.

pub mod command;
pub mod component;
mod condition;
pub mod each;
mod elsewhere;
pub mod expression;
pub mod files;
mod habits;
pub mod headers;
pub mod kinds;
pub mod labels;
pub mod literal;
mod modifiers;
pub mod names;
mod observed;
mod own;
mod reference;
pub mod scope;
pub mod template;
pub mod touched;
pub mod typed;
pub mod undo;
mod unknown;
pub mod variables;
pub mod words;
mod written;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_grammar::tree::{self, Expr};
use scn_grammar::{Code, Diagnostic, Span};
use scn_protocol::{Signature, Text, Value};

use crate::environment::Environment;
use crate::platform::{Files, Registry};
use crate::program::{AliasPlan, Binding, Called, Function, Place, Program, SourceFile};

pub use scope::{FunctionKind, Scope};

/// What is known by name: a large scenario asks millions of times, and the hash need not withstand its author.
pub(crate) type Table<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

/// A command that was looked up, and what its words are bound by.
type Found = (Binding, Option<Rc<Signature>>);

/// A `step` of the scenario's own, or of a file that it uses.
#[derive(Clone)]
pub struct OwnStep {
    /// The function that it becomes.
    pub function: u32,
    /// Its parameters, as a signature.
    pub signature: Rc<Signature>,
    /// Where its name stands.
    pub place: Place,
}

/// Compiles one scenario.
pub struct Compiler<'a> {
    /// What comes out.
    pub program: Program,
    /// What was found wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The environment, if there is one.
    pub environment: Option<&'a Environment>,
    /// The commands there are.
    pub registry: &'a Registry,
    /// Reads files that are used.
    pub files: &'a dyn Files,
    /// The scenario's file.
    pub path: PathBuf,
    /// Which file is being compiled.
    pub file: u32,
    /// The steps that can be named in each file, by file and name.
    pub steps: Vec<Table<String, OwnStep>>,
    /// Aliases that were compiled, by name; none where one is being compiled.
    pub aliases: Table<String, Rc<AliasPlan>>,
    /// A debugger is to stop at statements, and to see every variable.
    pub stops: bool,
    /// Steps may be defined again: what is typed later counts.
    pub again: bool,
    /// Globals by name.
    pub globals: Table<String, u32>,
    /// The background jobs that something begins, by name.
    pub begun: std::collections::HashSet<String>,
    /// Where a job is awaited or cancelled: its name, and the words.
    pub asked: Vec<(Rc<str>, Place)>,
    /// The commands that were looked up already, by file and name.
    found: Vec<Table<String, Found>>,
    constants: Table<ConstantKey, u32>,
    names: Table<Rc<str>, u32>,
    called: Table<String, u32>,
}

#[derive(PartialEq, Eq, Hash)]
enum ConstantKey {
    Text(Text),
    Int(i64),
    Other(String),
}

impl<'a> Compiler<'a> {
    /// A compiler for the scenario at `path`.
    pub fn new(
        path: &Path,
        environment: Option<&'a Environment>,
        registry: &'a Registry,
        files: &'a dyn Files,
    ) -> Self {
        Self {
            program: Program::default(),
            diagnostics: Vec::new(),
            environment,
            registry,
            files,
            path: path.to_owned(),
            file: 0,
            steps: Vec::new(),
            aliases: Table::default(),
            stops: false,
            again: false,
            globals: Table::default(),
            begun: std::collections::HashSet::new(),
            asked: Vec::new(),
            found: Vec::new(),
            constants: Table::default(),
            names: Table::default(),
            called: Table::default(),
        }
    }

    /// Compiles a scenario that was parsed. What is found wrong is in [`Compiler::diagnostics`].
    pub fn scenario(&mut self, shown: &str, source: &str, tree: &tree::File) {
        self.program.files.push(SourceFile::new(shown, source));
        self.steps.push(Table::default());
        self.declare_globals(tree);
        self.headers(tree);
        let mut opened = vec![self.path.clone()];
        self.steps_of(tree, &self.path.clone(), &mut opened);
        self.setup();
        self.main(tree);
        self.seen_elsewhere(tree);
        self.components();
        // What the environment has beyond what the scenario names needs no host before the run. What is
        // named by a value is seen as it is done.
        let hosts = self.program.hosts.len();
        self.all_aliases();
        self.program.hosts.truncate(hosts);
        self.begun_nowhere();
        self.program.names_pass |= self.program.headers.each.is_some() && self.program.names_pass;
    }

    /// Notes a finding in the file that is being compiled.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        let shown = self
            .program
            .files
            .get(self.file as usize)
            .map(|file| file.path.clone());
        let diagnostic = if self.file == 0 {
            diagnostic
        } else {
            diagnostic.in_file(shown.unwrap_or_default())
        };
        self.diagnostics.push(diagnostic);
    }

    /// Notes a finding of that kind at those words.
    pub fn wrong(&mut self, code: &'static Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::new(code, span, message));
    }

    /// The index of a constant.
    pub fn constant(&mut self, value: Value) -> u32 {
        let key = match &value {
            Value::Text(text) => ConstantKey::Text(text.clone()),
            Value::Int(number) => ConstantKey::Int(*number),
            other => ConstantKey::Other(format!("{other:?}")),
        };
        let constants = &mut self.program.constants;
        *self.constants.entry(key).or_insert_with(|| {
            constants.push(value);
            (constants.len() - 1) as u32
        })
    }

    /// The index of a name.
    pub fn name(&mut self, name: &str) -> u32 {
        if let Some(&index) = self.names.get(name) {
            return index;
        }
        let name: Rc<str> = Rc::from(name);
        self.program.names.push(Rc::clone(&name));
        let index = (self.program.names.len() - 1) as u32;
        self.names.insert(name, index);
        index
    }

    /// The index of a function that expressions call.
    pub fn called(&mut self, name: &str, function: Called) -> u32 {
        if let Some(&index) = self.called.get(name) {
            return index;
        }
        self.program.called.push(function);
        let index = (self.program.called.len() - 1) as u32;
        self.called.insert(name.to_owned(), index);
        index
    }

    /// Adds a function; gives its index.
    pub fn add(&mut self, function: Function) -> u32 {
        self.program.functions.push(function);
        (self.program.functions.len() - 1) as u32
    }

    /// The environment's `[setup]`, as a function of its own.
    fn setup(&mut self) {
        let Some(environment) = self.environment else {
            return;
        };
        // They are all of one file: the table is replaced whole.
        let Some(first) = environment.setup.first() else {
            return;
        };
        let file = self.environment_file(first.place);
        let outer = std::mem::replace(&mut self.file, file);
        let mut scope = Scope::new(self, "setup", FunctionKind::Setup);
        scope.declare_variables(environment.setup.iter().map(|step| &step.statement));
        for step in &environment.setup {
            scope.within = Some(step.place.span);
            scope.statement(&step.statement);
        }
        scope.within = None;
        let function = scope.finish();
        self.program.setup = Some(self.add(function));
        self.file = outer;
    }

    /// The scenario's body.
    fn main(&mut self, tree: &tree::File) {
        let mut scope = Scope::new(self, "scenario", FunctionKind::Main);
        scope.make_room(&tree.body);
        scope.each_targets(tree);
        scope.declare_variables(tree.body.statements.iter());
        scope.body(&tree.body);
        let function = scope.finish();
        self.program.main = self.add(function);
    }
}

/// The names of variables in an expression, each once, in order.
pub fn names_in(expr: &Expr) -> Vec<&str> {
    names::names_in(expr)
}
