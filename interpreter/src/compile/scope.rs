//! One function as it is being compiled: its code so far, registers, jumps and regions.

use std::rc::Rc;

use scn_grammar::Span;
use scn_grammar::tree::Block;

use super::labels::{Barrier, OpenBlock, OpenLoop};
use super::{Compiler, Table};
use crate::codes;
use crate::environment::toml;
use crate::program::{Function, Op, Place, Reg, Region, RegionKind, Slot, Target, Variable};

/// How many variables live in registers; the others are wide.
const REGISTER_VARIABLES: usize = 48;

/// What a function is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// The scenario's body, with its `finally`.
    Main,
    /// The environment's `[setup]`.
    Setup,
    /// A `step`.
    Step,
    /// What was typed at a pause.
    Typed,
    /// A condition or a `where`.
    Condition,
    /// A text of the environment, or what is owed.
    Template,
}

/// A place in the code that is jumped to, known or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(usize);

/// A function as it is being compiled.
pub struct Scope<'c, 'a> {
    /// What is shared by all functions.
    pub compiler: &'c mut Compiler<'a>,
    /// What it is for.
    pub kind: FunctionKind,
    /// What it becomes.
    pub function: Function,
    /// Where the text that is compiled stands in its file, without its quotes; none if it is the file.
    pub within: Option<Span>,
    /// Variables by name: indices into [`Function::variables`].
    pub variables: Table<Rc<str>, u32>,
    /// The blocks around, outermost first.
    pub blocks: Vec<OpenBlock>,
    /// The loops around.
    pub loops: Vec<OpenLoop>,
    /// The regions around.
    pub regions: Vec<u32>,
    /// In a branch: the innermost region around all branches.
    pub around: Option<u32>,
    /// The labels that the scenario names: their blocks and where they are.
    pub named: Table<String, super::labels::NamedLabel>,
    /// Variables that a condition watches: assignments to them are told.
    pub watched: std::collections::HashSet<Rc<str>>,
    /// Names in the condition being compiled and where their values are, if that is wanted.
    pub noted: Option<Vec<crate::program::Named>>,
    /// What stands after `then` or `else` of an `if` on one line is being compiled.
    pub on_one_line: bool,
    /// Of what is typed: the frame that it is run in, whose variables come first.
    pub frame: Option<super::typed::InFrame>,
    /// Where the element stands that `it` is, the innermost `where` last.
    pub its: Vec<Reg>,
    /// What each variable holds that a statement sets.
    pub holds: Table<Rc<str>, super::observed::Holds>,
    /// What is known of the condition being compiled.
    pub traits: super::expression::Traits,
    /// Where the instructions of each statement begin, and its words.
    heads: Vec<(Target, Span)>,
    /// Where each label is, once that is known.
    labels: Vec<Option<Target>>,
    /// The instructions that jump, and to which label.
    jumps: Vec<(usize, Label)>,
    span: Span,
    temporaries: u16,
}

impl<'c, 'a> Scope<'c, 'a> {
    /// A function that has nothing in it yet.
    pub fn new(compiler: &'c mut Compiler<'a>, name: &str, kind: FunctionKind) -> Self {
        let file = compiler.file;
        Self {
            compiler,
            kind,
            function: Function {
                name: name.to_owned(),
                file,
                ..Function::default()
            },
            within: None,
            variables: Table::default(),
            blocks: Vec::new(),
            loops: Vec::new(),
            regions: Vec::new(),
            around: None,
            named: Table::default(),
            watched: std::collections::HashSet::new(),
            noted: None,
            frame: None,
            on_one_line: false,
            its: Vec::new(),
            holds: Table::default(),
            traits: super::expression::Traits::default(),
            heads: Vec::new(),
            labels: Vec::new(),
            jumps: Vec::new(),
            span: Span::default(),
            temporaries: 0,
        }
    }

    /// Makes room for the instructions and steps of a scenario at once: what grows is copied, over and over. How many statements
    /// its blocks have is not known, but for what they take of the text. Room that is not needed costs nothing, since
    /// it is never touched.
    pub fn make_room(&mut self, body: &Block) {
        let (statements, length) = (body.statements.len(), body.span.range().len());
        let code = (statements * 4).max(length / 8);
        self.function.code.reserve(code);
        self.function.spans.reserve(code);
        self.compiler
            .program
            .steps
            .reserve(statements.max(length / 64));
    }

    /// The function, with every jump in place.
    pub fn finish(mut self) -> Function {
        match self.kind {
            FunctionKind::Main | FunctionKind::Setup | FunctionKind::Typed => {
                self.emit(Op::Finish);
            }
            FunctionKind::Step => {
                let none = self.temporary();
                let k = self.compiler.constant(scn_protocol::Value::None);
                self.emit(Op::Const { to: none, k });
                self.emit(Op::Return { from: none });
            }
            FunctionKind::Condition | FunctionKind::Template => {}
        }
        for &(at, label) in &self.jumps {
            if let Some(target) = self.function.code[at].target_mut() {
                *target = self.labels[label.0].unwrap_or_default();
            }
        }
        let undone = match self.kind {
            FunctionKind::Main | FunctionKind::Step => self.compiler.never_undone(&self.function),
            _ => Vec::new(),
        };
        self.compiler.undone_findings(&self.function, undone);
        let findings = crate::check::flow::follow(
            &mut self.function,
            &mut self.compiler.program,
            self.kind,
            &self.heads,
        );
        self.compiler.flow_findings(&self.function, findings);
        if self.compiler.stops && self.kind != FunctionKind::Typed {
            // Whoever looks at them is to know which were set.
            let own = &self.function.variables[self.function.params..];
            self.function.unset = own.iter().map(|variable| variable.slot).collect();
        }
        self.function
    }

    /// Instructions from here on come from these words; gives the words before.
    pub fn at(&mut self, span: Span) -> Span {
        let span = self.in_file(span);
        std::mem::replace(&mut self.span, span)
    }

    /// Goes back to the words before, as [`Scope::at`] gave them.
    pub fn back_at(&mut self, span: Span) {
        self.span = span;
    }

    /// The place of words in this function's file.
    pub fn place(&self, span: Span) -> Place {
        Place {
            file: self.function.file,
            span: self.in_file(span),
        }
    }

    /// Where words of the text that is compiled stand in the file: in one of the environment's there
    /// may be escapes before them.
    fn in_file(&self, span: Span) -> Span {
        let file = self.compiler.program.files.get(self.function.file as usize);
        match (self.within, file) {
            (Some(within), Some(file)) => toml::locate_content(&file.text, within, span),
            _ => span,
        }
    }

    /// The words themselves.
    pub fn source(&self, span: Span) -> &str {
        self.compiler.program.text(self.place(span))
    }

    /// Notes a finding at words of this function.
    pub fn wrong(
        &mut self,
        code: &'static scn_grammar::Code,
        span: Span,
        message: impl Into<String>,
    ) {
        self.report(scn_grammar::Diagnostic::new(code, span, message));
    }

    /// Notes a finding at words of this function.
    pub fn report(&mut self, mut diagnostic: scn_grammar::Diagnostic) {
        diagnostic.span = self.place(diagnostic.span).span;
        for (span, _) in &mut diagnostic.related {
            *span = self.in_file(*span);
        }
        self.compiler.report(diagnostic);
    }

    /// The instructions of a statement begin here.
    pub fn begin_statement(&mut self, head: Span) {
        let head = self.place(head).span;
        self.heads.push((self.here(), head));
    }

    /// Adds an instruction; gives its index.
    pub fn emit(&mut self, op: Op) -> usize {
        self.function.code.push(op);
        self.function.spans.push(self.span);
        self.function.code.len() - 1
    }

    /// Where the next instruction will be.
    pub fn here(&self) -> Target {
        self.function.code.len() as Target
    }

    /// A label that is not placed yet.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Puts a label here.
    pub fn put(&mut self, label: Label) {
        self.labels[label.0] = Some(self.here());
    }

    /// Whether the label has its place already, so that a jump to it goes back.
    pub fn is_put(&self, label: Label) -> bool {
        self.labels[label.0].is_some()
    }

    /// Adds an instruction that jumps to the label.
    pub fn emit_to(&mut self, op: Op, label: Label) {
        let op = match op {
            Op::Jump { .. } if self.is_put(label) => Op::Back { to: 0 },
            op => op,
        };
        let at = self.emit(op);
        self.jumps.push((at, label));
    }

    /// Jumps to the label.
    pub fn jump(&mut self, label: Label) {
        self.emit_to(Op::Jump { to: 0 }, label);
    }

    /// A register that nobody uses.
    pub fn temporary(&mut self) -> Reg {
        let base = self.register_variables();
        let register = base + self.temporaries;
        self.temporaries += 1;
        self.function.registers = self.function.registers.max(base + self.temporaries);
        match Reg::try_from(register) {
            Ok(register) if register < 252 => register,
            _ => {
                self.temporaries = 0;
                let message = "this expression is too deep to be evaluated";
                let found = scn_grammar::Diagnostic::new(&codes::TOO_LARGE, self.span, message)
                    .help("keep a part of it in a variable with `set`");
                self.compiler.report(found);
                base as Reg
            }
        }
    }

    /// How many temporaries are in use: to be given back with [`Scope::release`].
    pub fn used(&self) -> u16 {
        self.temporaries
    }

    /// Gives temporaries back.
    pub fn release(&mut self, used: u16) {
        self.temporaries = used;
    }

    /// Whether the register is a temporary one, which may be written.
    pub fn is_temporary(&self, register: Reg) -> bool {
        u16::from(register) >= self.register_variables()
    }

    fn register_variables(&self) -> u16 {
        if let Some(frame) = &self.frame {
            // What the frame has under way is left alone.
            return frame.registers;
        }
        self.function.variables.len().min(REGISTER_VARIABLES) as u16
    }

    /// Adds a variable if there is none of that name. All are to be declared before the first
    /// instruction.
    pub fn declare(&mut self, name: &str) -> u32 {
        if let Some(&index) = self.variables.get(name) {
            return index;
        }
        let name: Rc<str> = Rc::from(name);
        let index = self.function.variables.len();
        let slot = match (&self.frame, index.checked_sub(REGISTER_VARIABLES)) {
            (Some(_), _) => Slot::Wide(self.function.wide),
            (None, None) => Slot::Register(index as Reg),
            (None, Some(wide)) => Slot::Wide(wide as u32),
        };
        self.function.variables.push(Variable {
            name: Rc::clone(&name),
            slot,
        });
        self.function.registers = self.function.registers.max(self.register_variables());
        if let Slot::Wide(slot) = slot {
            self.function.wide = slot + 1;
        }
        self.variables.insert(name, index as u32);
        index as u32
    }

    /// Where a variable lives.
    pub fn slot(&self, variable: u32) -> Slot {
        self.function.variables[variable as usize].slot
    }

    /// Stores a register's value in a variable, and tells those who watch it.
    pub fn store(&mut self, variable: u32, from: Reg) {
        match self.slot(variable) {
            Slot::Register(to) if to != from => {
                self.emit(Op::Move { to, from });
            }
            Slot::Register(_) => {}
            Slot::Wide(slot) => {
                self.emit(Op::StoreWide { from, slot });
            }
        }
        self.tell(variable, from);
    }

    /// Tells those who watch a variable that it was assigned.
    pub fn tell(&mut self, variable: u32, from: Reg) {
        if self.is_watched(variable) {
            self.emit(Op::Assigned { from, variable });
        }
    }

    /// Whether anybody is told that a variable was assigned.
    pub fn is_watched(&self, variable: u32) -> bool {
        let name = &self.function.variables[variable as usize].name;
        self.compiler.stops || self.watched.contains(name)
    }

    /// The register into which a variable's new value can be computed.
    pub fn target(&mut self, variable: u32) -> Reg {
        match self.slot(variable) {
            Slot::Register(register) => register,
            Slot::Wide(_) => self.temporary(),
        }
    }

    /// Begins a region; its values were pushed. `dynamic` ones have a state as they run.
    pub fn enter(&mut self, kind: RegionKind, span: Span) -> u32 {
        let index = self.function.regions.len() as u32;
        let place = self.place(span);
        let outer = self.regions.last().copied().or(self.around);
        if is_dynamic(&kind) {
            self.emit(Op::Enter { site: index });
        }
        let start = self.here();
        self.function.regions.push(Region {
            kind,
            start,
            end: Target::MAX,
            after: Target::MAX,
            outer,
            place,
        });
        self.regions.push(index);
        index
    }

    /// Ends the innermost region in order; what it caught goes on here.
    pub fn leave(&mut self) {
        let Some(index) = self.regions.pop() else {
            return;
        };
        let dynamic = is_dynamic(&self.function.regions[index as usize].kind);
        if dynamic {
            self.emit(Op::Leave { site: index });
        }
        let here = self.here();
        let region = &mut self.function.regions[index as usize];
        region.end = here;
        region.after = here;
    }

    /// Ends the regions beyond the first `keep`, because a jump leaves them.
    pub fn abandon(&mut self, keep: usize) {
        for at in (keep..self.regions.len()).rev() {
            let site = self.regions[at];
            if is_dynamic(&self.function.regions[site as usize].kind) {
                self.emit(Op::Abandon { site });
            }
        }
    }

    /// Compiles a block inside another.
    pub fn block(&mut self, block: &Block, barrier: Option<Barrier>) {
        self.open(block, barrier);
        let watched = block
            .statements
            .iter()
            .any(|statement| crate::statement::watches(&statement.kind));
        if watched {
            self.enter(RegionKind::Watched, block.span);
        }
        for statement in &block.statements {
            self.statement(statement);
        }
        if watched {
            // It is waited for at the block's last line.
            let before = block
                .statements
                .last()
                .map(|last| self.at(crate::statement::closing(last)));
            self.leave();
            if let Some(before) = before {
                self.back_at(before);
            }
        }
        self.close();
    }

    /// Opens a block: what is jumped to inside cannot be reached from outside.
    pub fn open(&mut self, block: &Block, barrier: Option<Barrier>) {
        let regions = self.regions.len();
        self.blocks.push(OpenBlock {
            id: std::ptr::from_ref(block) as usize,
            barrier,
            regions,
        });
    }

    /// Closes the innermost block.
    pub fn close(&mut self) {
        self.blocks.pop();
    }
}

/// Whether a region has a state as it runs.
pub fn is_dynamic(kind: &RegionKind) -> bool {
    !matches!(kind, RegionKind::Try | RegionKind::Keep { .. })
}
