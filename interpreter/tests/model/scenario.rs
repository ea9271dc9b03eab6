//! Scenarios of the subset that the model knows: a tree, and how it is written.

use std::fmt::{self, Write};

/// A condition.
#[derive(Clone, Debug)]
pub enum Cond {
    /// `true` or `false`.
    Is(bool),
    /// A counter is less than this.
    Less(usize, i64),
    /// The step that was kept last under this name passed.
    Passed(usize),
}

/// A command, and the number that it is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Owes nothing.
    Plain,
    /// Owes its undo.
    Begin,
    /// The undo of the `begin` of this number, by the scenario itself.
    Undo(u32),
    /// A step of the scenario's own.
    Own(usize),
}

/// What stands before a command.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modifiers {
    pub tried: bool,
    pub soft: bool,
    pub not: bool,
    /// 1 for a single attempt.
    pub attempts: u32,
}

/// How a scenario, or a case, is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Pass,
    Fail,
    Skip,
    Error,
    Exit,
    ExitWith(u8),
}

/// A statement. Those with a number are told apart by it.
#[derive(Clone, Debug)]
pub enum Statement {
    Step(u32, Modifiers, Act),
    /// `set rN COMMAND`
    Keep(u32, usize, Modifiers, Act),
    /// `set xN = xN + …`
    Count(usize, i64),
    If(Cond, Vec<Statement>, Vec<Statement>),
    /// At most so many rounds.
    While(u32, Cond, i64, Vec<Statement>),
    For(u32, i64, Vec<Statement>),
    Repeat(i64, Vec<Statement>),
    Break(Cond),
    Continue(Cond),
    /// A stretch with a label before it, to which the end of it goes back until it was passed so often,
    /// and one behind it.
    Stretch(u32, i64, Vec<Statement>),
    /// `goto` the label before the stretch that is so many around.
    Again(Cond, u32),
    /// `goto` the label behind it.
    Out(Cond, u32),
    Case(u32, Vec<Statement>),
    Do(Vec<Statement>),
    /// Tried four times.
    Retry(Vec<Statement>),
    Defer(u32, Act),
    Parallel(Vec<Branch>),
    Assert(Cond),
    Check(Cond),
    Require(Cond),
    End(Cond, End),
    Return(Cond, i64),
}

/// A branch of a `parallel`, with variables of its own.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Behind the names of its variables.
    pub name: String,
    pub body: Vec<Statement>,
}

/// A scenario.
#[derive(Clone)]
pub struct Scenario {
    pub steps: Vec<Vec<Statement>>,
    pub body: Vec<Statement>,
    pub last: Vec<Statement>,
}

/// How many counters, and how many names of kept steps, there are.
pub const NAMES: usize = 2;

/// What was found is to be read as a scenario.
impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.text())
    }
}

impl Scenario {
    /// As it is written.
    pub fn text(&self) -> String {
        let mut writer = Writer::default();
        for (at, body) in self.steps.iter().enumerate() {
            writer.line(&format!("step own{at}"));
            writer.scope(body);
            writer.line("end");
        }
        writer.depth = 0;
        writer.names();
        writer.block(&self.body, false);
        if !self.last.is_empty() {
            writer.line("finally");
            writer.block(&self.last, true);
            writer.line("end");
        }
        writer.text
    }

    /// Whether it names `pass` outside of a case.
    pub fn names_pass(&self) -> bool {
        let steps = self.steps.iter().flatten();
        steps.chain(&self.body).any(Statement::names_pass)
    }
}

impl Statement {
    fn names_pass(&self) -> bool {
        match self {
            Self::End(_, End::Pass) => true,
            Self::If(_, yes, no) => yes.iter().chain(no).any(Self::names_pass),
            Self::While(_, _, _, body)
            | Self::For(_, _, body)
            | Self::Repeat(_, body)
            | Self::Stretch(_, _, body)
            | Self::Do(body)
            | Self::Retry(body) => body.iter().any(Self::names_pass),
            _ => false,
        }
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    depth: usize,
    /// Behind the names of variables, in a branch.
    branch: String,
}

impl Writer {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{}{line}", "  ".repeat(self.depth));
    }

    fn block(&mut self, body: &[Statement], deeper: bool) {
        self.depth += usize::from(deeper);
        for statement in body {
            self.statement(statement);
        }
        self.depth -= usize::from(deeper);
    }

    /// A block whose variables are its own.
    fn scope(&mut self, body: &[Statement]) {
        self.depth += 1;
        self.names();
        self.block(body, false);
        self.depth -= 1;
    }

    fn names(&mut self) {
        for at in 0..NAMES {
            let branch = self.branch.clone();
            self.line(&format!("set x{at}{branch} = 0"));
            self.line(&format!("set r{at}{branch} = 0"));
        }
    }

    fn cond(&self, cond: &Cond) -> String {
        let branch = &self.branch;
        match cond {
            Cond::Is(truth) => format!("{truth} == true"),
            Cond::Less(name, than) => format!("x{name}{branch} < {than}"),
            Cond::Passed(name) => format!("r{name}{branch} == 1"),
        }
    }

    fn head(&mut self, head: String, body: &[Statement]) {
        self.line(&head);
        self.block(body, true);
        self.line("end");
    }

    /// `if COND then …`, or the statement alone where that always holds.
    fn guarded(&mut self, cond: &Cond, statement: &str) {
        let cond = self.cond(cond);
        self.line(&format!("if {cond} then {statement}"));
    }

    fn statement(&mut self, statement: &Statement) {
        let branch = self.branch.clone();
        match statement {
            Statement::Step(id, modifiers, act) => self.line(&command(*id, *modifiers, *act)),
            Statement::Keep(id, name, modifiers, act) => {
                let command = command(*id, *modifiers, *act);
                self.line(&format!("set r{name}{branch} {command}"));
            }
            Statement::Count(name, by) => {
                self.line(&format!("set x{name}{branch} = x{name}{branch} + {by}"));
            }
            Statement::If(cond, yes, no) => {
                let cond = self.cond(cond);
                self.line(&format!("if {cond}"));
                self.block(yes, true);
                if !no.is_empty() {
                    self.line("else");
                    self.block(no, true);
                }
                self.line("end");
            }
            Statement::While(id, cond, most, body) => {
                let cond = self.cond(cond);
                self.line(&format!("set w{id} = 0"));
                self.line(&format!("while w{id} < {most} and {cond}"));
                self.depth += 1;
                self.line(&format!("set w{id} = w{id} + 1"));
                self.block(body, false);
                self.depth -= 1;
                self.line("end");
            }
            Statement::For(id, count, body) => {
                self.head(format!("for i{id} in range({count})"), body);
            }
            Statement::Repeat(count, body) => self.head(format!("repeat {count}"), body),
            Statement::Break(cond) => self.guarded(cond, "break"),
            Statement::Continue(cond) => self.guarded(cond, "continue"),
            Statement::Stretch(id, most, body) => {
                self.line(&format!("set g{id} = 0"));
                self.line(&format!("again{id}:"));
                self.line(&format!("set g{id} = g{id} + 1"));
                self.block(body, false);
                self.line(&format!("if g{id} < {most} then goto again{id}"));
                self.line(&format!("out{id}:"));
            }
            Statement::Again(cond, id) => {
                let cond = self.cond(cond);
                self.line(&format!("if {cond} and g{id} < 3 then goto again{id}"));
            }
            Statement::Out(cond, id) => self.guarded(cond, &format!("goto out{id}")),
            Statement::Case(id, body) => self.head(format!("case 'c{id}'"), body),
            Statement::Do(body) => self.head("do".to_owned(), body),
            Statement::Retry(body) => self.head("retry within 3500ms every 1s".to_owned(), body),
            Statement::Defer(id, act) => {
                let command = command(
                    *id,
                    Modifiers {
                        attempts: 1,
                        ..Modifiers::default()
                    },
                    *act,
                );
                self.line(&format!("defer {command}"));
            }
            Statement::Parallel(branches) => self.parallel(branches),
            Statement::Assert(cond) => self.judged("assert", cond),
            Statement::Check(cond) => self.judged("check", cond),
            Statement::Require(cond) => self.judged("require", cond),
            Statement::End(cond, end) => {
                let end = match end {
                    End::Pass => "pass".to_owned(),
                    End::Fail => "fail".to_owned(),
                    End::Skip => "skip".to_owned(),
                    End::Error => "error".to_owned(),
                    End::Exit => "exit".to_owned(),
                    End::ExitWith(status) => format!("exit {status}"),
                };
                self.guarded(cond, &end);
            }
            Statement::Return(cond, value) => self.guarded(cond, &format!("return {value}")),
        }
    }

    fn judged(&mut self, keyword: &str, cond: &Cond) {
        let cond = self.cond(cond);
        self.line(&format!("{keyword} {cond}"));
    }

    fn parallel(&mut self, branches: &[Branch]) {
        self.line("parallel");
        self.depth += 1;
        for branch in branches {
            let outer = std::mem::replace(&mut self.branch, branch.name.clone());
            self.line("do");
            self.scope(&branch.body);
            self.line("end");
            self.branch = outer;
        }
        self.depth -= 1;
        self.line("end");
    }
}

fn command(id: u32, modifiers: Modifiers, act: Act) -> String {
    let mut words = Vec::new();
    if modifiers.tried {
        words.push("try".to_owned());
    }
    if modifiers.soft {
        words.push("soft".to_owned());
    }
    if modifiers.attempts > 1 {
        words.push(format!("retry {}", modifiers.attempts));
    }
    if modifiers.not {
        words.push("not".to_owned());
    }
    words.push(match act {
        Act::Plain => format!("act {id}"),
        Act::Begin => format!("begin {id}"),
        Act::Undo(of) => format!("take_back {of}"),
        Act::Own(at) => format!("own{at}"),
    });
    words.join(" ")
}
