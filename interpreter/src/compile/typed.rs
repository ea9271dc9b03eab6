//! What is typed at a pause: a further function of the program, that is run on the variables of the frame
//! that is paused.
//!
//! Its first variables are the frame's, in their places; new ones get wide places beyond them, which stay
//! with the frame. What expressions need stands beyond all that the frame's own function uses.

use std::cell::RefCell;
use std::collections::HashSet;
use std::mem;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use scn_grammar::tree::{self, Block, StatementKind};
use scn_grammar::{Diagnostic, Span};

use super::{Compiler, ConstantKey, Found, FunctionKind, OwnStep, Scope, Table};
use crate::codes;
use crate::environment::Environment;
use crate::platform::{Files, Registry};
use crate::program::{AliasPlan, Function, Op, Program, SourceFile, Variable};

/// The frame that something typed is run in.
#[derive(Clone, Debug, Default)]
pub struct InFrame {
    /// The file whose steps it can name.
    pub file: u32,
    /// Its variables, those that were typed before included.
    pub variables: Vec<Variable>,
    /// Which of them are set.
    pub set: HashSet<u32>,
    /// How many registers its function uses.
    pub registers: u16,
    /// How many wide places it has.
    pub wide: u32,
}

/// What was typed.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'t> {
    /// The file that it is shown as.
    pub name: &'t str,
    /// It.
    pub text: &'t str,
    /// How many lines were typed before.
    pub before: u32,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// The function.
    pub function: u32,
    /// The frame's variables from here on.
    pub variables: Vec<Variable>,
    /// How many wide places it needs.
    pub wide: u32,
    /// What is to be said of it nevertheless: warnings.
    pub found: Vec<Diagnostic>,
}

/// What a compiler knows beside its program.
pub(crate) struct Memory {
    path: PathBuf,
    steps: Vec<Table<String, OwnStep>>,
    aliases: Table<String, Rc<AliasPlan>>,
    globals: Table<String, u32>,
    found: Vec<Table<String, Found>>,
    constants: Table<ConstantKey, u32>,
    names: Table<Rc<str>, u32>,
    called: Table<String, u32>,
    /// The last text that was typed in frames of each file, as a file: it has the steps typed so far.
    typed: Table<u32, u32>,
}

/// What it takes to add to a program while it runs.
pub struct Workbench {
    memory: RefCell<Memory>,
    environment: Option<Rc<Environment>>,
    registry: Registry,
    files: Rc<dyn Files>,
}

impl Workbench {
    /// Goes on from where a compiler was.
    pub(crate) fn new(
        memory: Memory,
        environment: Option<Rc<Environment>>,
        registry: Registry,
        files: Rc<dyn Files>,
    ) -> Self {
        Self {
            memory: memory.into(),
            environment,
            registry,
            files,
        }
    }

    /// Compiles statements that were typed.
    ///
    /// # Errors
    /// What is wrong with them, in the file that they are shown as.
    pub fn statements(
        &self,
        program: &mut Program,
        typed: Typed<'_>,
        frame: InFrame,
    ) -> Result<Fragment, Vec<Diagnostic>> {
        let parsed = scn_grammar::parse(typed.text);
        let read = parsed.diagnostics;
        self.compile(program, typed, frame, read, |compiler, frame| {
            compiler.typed_statements(&parsed.file, frame)
        })
    }

    /// Compiles an expression that was typed: its function gives the value.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn expression(
        &self,
        program: &mut Program,
        typed: Typed<'_>,
        frame: InFrame,
    ) -> Result<Fragment, Vec<Diagnostic>> {
        let (expression, read) = match scn_grammar::parse_expression(typed.text) {
            Ok(expression) => (Some(expression), Vec::new()),
            Err(found) => (None, found),
        };
        self.compile(program, typed, frame, read, |compiler, frame| {
            compiler.typed_value(expression.as_ref(), frame)
        })
    }

    fn compile(
        &self,
        program: &mut Program,
        typed: Typed<'_>,
        frame: InFrame,
        read: Vec<Diagnostic>,
        make: impl FnOnce(&mut Compiler<'_>, InFrame) -> Function,
    ) -> Result<Fragment, Vec<Diagnostic>> {
        let memory = &mut *self.memory.borrow_mut();
        let base = frame.file;
        let before = *memory.typed.get(&base).unwrap_or(&base);
        let mut compiler = self.take_up(memory, program);
        let file = compiler.begin_typed(typed, before);
        compiler.diagnostics = read
            .into_iter()
            .map(|found| found.in_file(typed.name))
            .collect();
        let wrong = compiler.diagnostics.iter().any(Diagnostic::is_error);
        let function = (!wrong).then(|| make(&mut compiler, frame));
        let found = mem::take(&mut compiler.diagnostics);
        let wrong = found.iter().any(Diagnostic::is_error);
        let fragment = function.filter(|_| !wrong).map(|function| {
            let (variables, wide) = (function.variables.clone(), function.wide);
            (compiler.add(function), variables, wide)
        });
        self.put_back(memory, compiler, program);
        let Some((function, variables, wide)) = fragment else {
            return Err(found);
        };
        memory.typed.insert(base, file);
        Ok(Fragment {
            function,
            variables,
            wide,
            found,
        })
    }

    /// A compiler that goes on with the program.
    fn take_up(&self, memory: &mut Memory, program: &mut Program) -> Compiler<'_> {
        Compiler {
            program: mem::take(program),
            diagnostics: Vec::new(),
            environment: self.environment.as_deref(),
            registry: &self.registry,
            files: &*self.files,
            path: memory.path.clone(),
            file: 0,
            steps: mem::take(&mut memory.steps),
            aliases: mem::take(&mut memory.aliases),
            stops: true,
            again: true,
            globals: mem::take(&mut memory.globals),
            // Asked of a whole scenario alone: a job may have been typed long before.
            begun: HashSet::new(),
            asked: Vec::new(),
            found: mem::take(&mut memory.found),
            constants: mem::take(&mut memory.constants),
            names: mem::take(&mut memory.names),
            called: mem::take(&mut memory.called),
        }
    }

    fn put_back(&self, memory: &mut Memory, compiler: Compiler<'_>, program: &mut Program) {
        *program = compiler.program;
        memory.steps = compiler.steps;
        memory.aliases = compiler.aliases;
        memory.globals = compiler.globals;
        memory.found = compiler.found;
        memory.constants = compiler.constants;
        memory.names = compiler.names;
        memory.called = compiler.called;
    }
}

impl Compiler<'_> {
    /// What it knows, and its program.
    pub(crate) fn into_memory(self) -> (Memory, Program) {
        let memory = Memory {
            path: self.path,
            steps: self.steps,
            aliases: self.aliases,
            globals: self.globals,
            found: self.found,
            constants: self.constants,
            names: self.names,
            called: self.called,
            typed: Table::default(),
        };
        (memory, self.program)
    }

    /// A file for what was typed, which sees the steps that the file `before` sees.
    fn begin_typed(&mut self, typed: Typed<'_>, before: u32) -> u32 {
        let source = SourceFile::new(typed.name, typed.text).after(typed.before);
        self.program.files.push(source);
        let file = (self.program.files.len() - 1) as u32;
        let known = self.steps.get(before as usize).cloned();
        self.steps.resize_with(file as usize, Table::default);
        self.steps.push(known.unwrap_or_default());
        self.file = file;
        file
    }

    fn typed_statements(&mut self, tree: &tree::File, frame: InFrame) -> Function {
        for header in &tree.headers {
            let message = "what begins with `@` stands at the top of a file, before it is run";
            let found = Diagnostic::new(&codes::TYPED, header.span, message);
            self.report(found.help("give a parameter with --set as the run begins"));
        }
        let mut opened = vec![self.path.clone()];
        let path: PathBuf = Path::new(&self.path).to_owned();
        self.steps_of(tree, &path, &mut opened);
        self.bind_typed(tree);
        let mut scope = Scope::in_frame(self, frame);
        let own = scope.function.variables.len();
        scope.declare_variables(tree.body.statements.iter());
        scope.typed_body(&tree.body, own);
        scope.finish()
    }

    /// A `call` knows the steps that were typed.
    fn bind_typed(&mut self, tree: &tree::File) {
        let defines = |statement: &tree::Statement| {
            let StatementKind::StepDefinition { name, .. } = &statement.kind else {
                return None;
            };
            Some(name.name.clone())
        };
        for name in tree.body.statements.iter().filter_map(defines) {
            self.program.bindings.remove(name.as_str());
        }
        if !self.program.bindings.is_empty() {
            self.bind_all();
        }
    }

    fn typed_value(&mut self, expression: Option<&tree::Expr>, frame: InFrame) -> Function {
        let mut scope = Scope::in_frame(self, frame);
        let from = match expression {
            Some(expression) => {
                scope.at(expression.span);
                scope.value(expression)
            }
            None => scope.none(),
        };
        scope.emit(Op::Yield { from });
        scope.finish()
    }
}

impl<'c, 'a> Scope<'c, 'a> {
    /// A function that is run on the variables of that frame.
    fn in_frame(compiler: &'c mut Compiler<'a>, frame: InFrame) -> Self {
        let mut scope = Self::new(compiler, "prompt", FunctionKind::Typed);
        for (index, variable) in frame.variables.iter().enumerate() {
            let name = Rc::clone(&variable.name);
            scope.variables.insert(name, index as u32);
        }
        scope.function.variables.clone_from(&frame.variables);
        scope.function.registers = frame.registers;
        scope.function.wide = frame.wide;
        scope.frame = Some(frame);
        scope
    }

    /// The statements; the variables from `own` on are new.
    fn typed_body(&mut self, body: &Block, own: usize) {
        self.collect_labels(body, &mut Vec::new());
        self.preset_hidden_from(own);
        self.open(body, None);
        for statement in &body.statements {
            if let StatementKind::Finally(_) = &statement.kind {
                let message = "what is typed has no `finally`";
                let found = Diagnostic::new(&codes::TYPED, statement.head, message);
                self.report(found.help("`defer COMMAND` is done when the scenario ends"));
                continue;
            }
            self.top_level(statement);
        }
        self.close();
        self.unused_labels();
        self.at(Span::default());
    }
}
