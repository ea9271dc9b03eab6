//! Components: their texts compiled, to be made into plain data as a run begins.

use scn_grammar::Diagnostic;
use scn_grammar::tree::{Expr, ExprKind};
use scn_protocol::Value;
use scn_protocol::component::{LogRule, Output};

use super::Compiler;
use super::scope::Scope;
use super::template::Words;
use crate::codes;
use crate::environment::{
    self, ComponentDeclaration, ProbeAskDeclaration, ProcessDeclaration, ReadyWhenDeclaration,
    StopHowDeclaration,
};
use crate::program::ProgramPlan;

/// A component or a family, every text a function of `each` and its attributes.
#[derive(Clone, Debug)]
pub struct ComponentPlan {
    /// Its name.
    pub name: String,
    /// The keys of a family's members.
    pub each: Option<Vec<Value>>,
    /// Its host.
    pub host: String,
    /// Its attributes in their order.
    pub attrs: Vec<AttributePlan>,
    /// Everything else, each a function of `each` and all attributes.
    pub process: Option<ProcessPlan>,
    /// `start`
    pub start: Option<ProgramPlan>,
    /// `stop`: what is done, and within how many nanoseconds.
    pub stop: Option<(StopPlan, i64)>,
    /// `ready`: when, and within how many nanoseconds.
    pub ready: Option<(ReadyPlan, i64)>,
    /// `probe`: what is asked, how often (nanoseconds), which fields.
    pub probes: Vec<(ProbePlan, i64, Vec<String>)>,
    /// `log`: path and rules.
    pub logs: Vec<(u32, Vec<LogRule>)>,
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct AttributePlan {
    /// Its name.
    pub name: String,
    /// A function of `each` and of the attributes before it.
    pub function: u32,
    /// Which of these it needs.
    pub needs: Vec<usize>,
}

/// `process`
#[derive(Clone, Debug)]
pub enum ProcessPlan {
    /// `pidfile`
    PidFile(u32),
    /// `match`
    Match(u32),
    /// `unit`
    Unit(u32),
    /// `port`
    Port(u32),
    /// `container`
    Container(u32),
}

/// `stop`
#[derive(Clone, Debug)]
pub enum StopPlan {
    /// A signal's name.
    Signal(String),
    /// A program.
    Run(ProgramPlan),
}

/// `ready`
#[derive(Clone, Debug)]
pub enum ReadyPlan {
    /// `port`
    Port(u32),
    /// `log`
    Log(u32),
    /// `run`
    Run(ProgramPlan),
    /// `http`
    Http(u32),
}

/// `probe`
#[derive(Clone, Debug)]
pub enum ProbePlan {
    /// `http`
    Http(u32),
    /// `run`
    Run(ProgramPlan, Output),
}

impl Compiler<'_> {
    /// All of the environment's components.
    pub fn components(&mut self) {
        let Some(environment) = self.environment else {
            return;
        };
        for (name, declaration) in &environment.components {
            let plan = self.component(name, declaration);
            self.program.components.push(plan);
        }
    }

    fn component(&mut self, name: &str, declaration: &ComponentDeclaration) -> ComponentPlan {
        let mut params = vec!["each".to_owned()];
        let mut attrs = Vec::new();
        let needs = environment::needs(&declaration.attrs);
        for ((key, setting), needs) in declaration.attrs.iter().zip(needs) {
            attrs.push(AttributePlan {
                name: key.clone(),
                function: self.setting_function(name, setting, &params),
                needs,
            });
            params.push(key.clone());
        }
        let process = declaration.process.as_ref().map(|process| match process {
            ProcessDeclaration::PidFile(text) => {
                ProcessPlan::PidFile(self.text_function(name, text, &params))
            }
            ProcessDeclaration::Match(text) => {
                ProcessPlan::Match(self.text_function(name, text, &params))
            }
            ProcessDeclaration::Unit(text) => {
                ProcessPlan::Unit(self.text_function(name, text, &params))
            }
            ProcessDeclaration::Port(setting) => {
                ProcessPlan::Port(self.setting_function(name, setting, &params))
            }
            ProcessDeclaration::Container(text) => {
                ProcessPlan::Container(self.text_function(name, text, &params))
            }
        });
        let start = declaration
            .start
            .as_ref()
            .map(|start| self.program_plan(name, start, &params, Words::Placed));
        let stop = declaration.stop.as_ref().map(|stop| {
            let how = match &stop.how {
                StopHowDeclaration::Signal(signal) => StopPlan::Signal(signal.clone()),
                StopHowDeclaration::Run(program) => {
                    StopPlan::Run(self.program_plan(name, program, &params, Words::Placed))
                }
            };
            (how, stop.within)
        });
        let ready = declaration.ready.as_ref().map(|ready| {
            let when = match &ready.when {
                ReadyWhenDeclaration::Port(setting) => {
                    ReadyPlan::Port(self.setting_function(name, setting, &params))
                }
                ReadyWhenDeclaration::Log(text) => {
                    ReadyPlan::Log(self.text_function(name, text, &params))
                }
                ReadyWhenDeclaration::Run(program) => {
                    ReadyPlan::Run(self.program_plan(name, program, &params, Words::Placed))
                }
                ReadyWhenDeclaration::Http(text) => {
                    ReadyPlan::Http(self.text_function(name, text, &params))
                }
            };
            (when, ready.within)
        });
        let probes = declaration.probes.iter().map(|probe| {
            let ask = match &probe.ask {
                ProbeAskDeclaration::Http(text) => {
                    ProbePlan::Http(self.text_function(name, text, &params))
                }
                ProbeAskDeclaration::Run(program, output) => ProbePlan::Run(
                    self.program_plan(name, program, &params, Words::Placed),
                    *output,
                ),
            };
            (ask, probe.every, probe.fields.clone())
        });
        let probes = probes.collect();
        let logs = declaration.logs.iter().map(|log| {
            (
                self.text_function(name, &log.path, &params),
                log.rules.clone(),
            )
        });
        let logs = logs.collect();
        let (host, each) = (
            declaration.host.clone().unwrap_or_default(),
            declaration.each.clone(),
        );
        ComponentPlan {
            name: name.to_owned(),
            each,
            host,
            attrs,
            process,
            start,
            stop,
            ready,
            probes,
            logs,
        }
    }
}

impl Scope<'_, '_> {
    /// `FAMILY[KEY]` with a key that is written down: there must be such a member.
    pub fn check_member(&mut self, of: &Expr, index: &Expr) {
        let ExprKind::Name(family) = &of.kind else {
            return;
        };
        let known = self.compiler.member_names(family);
        let hidden = self.variables.contains_key(family.as_str())
            || self.compiler.globals.contains_key(family.as_str());
        let Some(key) = super::literal::literal_value(index).filter(|_| !known.is_empty()) else {
            return;
        };
        let member = format!("{family}[{}]", key.to_text());
        if hidden || known.contains(&member) {
            return;
        }
        let found = Diagnostic::new(
            &codes::UNKNOWN_COMPONENT,
            index.span,
            format!("there is no component `{member}`"),
        );
        self.report(found.help(format!("the family `{family}` has: {}", known.join(", "))));
    }
}
