//! `background`, `await`, `cancel`, `mark`

use std::rc::Rc;

use scn_grammar::Diagnostic;
use scn_grammar::tree::{Expr, Ident, Step};

use crate::codes;
use crate::compile::Scope;
use crate::compile::words::Purpose;
use crate::program::{JobsSite, Op, Slot};

impl Scope<'_, '_> {
    /// `background NAME COMMAND WORD…`
    pub fn background(&mut self, name: &Ident, step: &Step) {
        let of_programs = matches!(name.name.as_str(), "run" | "sh" | "http" | "tcp" | "sleep");
        if of_programs && !step.call {
            let rest = self.source(step.span);
            let help = format!(
                "give it a name of its own first: background NAME {} {rest}",
                name.name
            );
            let message = format!("`{}` is the name of this job, and no command", name.name);
            self.report(Diagnostic::new(&codes::HIDES, name.span, message).help(help));
        }
        let variable = self.declare(&name.name);
        self.step(step, Purpose::Background(variable));
    }

    /// `await NAME…`
    pub fn await_jobs(&mut self, names: &[Ident], timeout: Option<&Expr>, attempt: bool) {
        if let Some(timeout) = timeout {
            self.push_duration(timeout);
        }
        let names = self.job_names(names);
        let slots: Vec<u32> = names.iter().map(|(name, _)| self.declare(name)).collect();
        let site = self.jobs_site(JobsSite {
            names,
            timeout: timeout.is_some(),
            attempt,
        });
        self.emit(Op::Await { site });
        for variable in slots {
            let used = self.used();
            let from = match self.slot(variable) {
                Slot::Register(from) => from,
                Slot::Wide(slot) => {
                    let to = self.temporary();
                    self.emit(Op::LoadWide { to, slot });
                    to
                }
            };
            self.tell(variable, from);
            self.release(used);
        }
    }

    /// `cancel NAME…`
    pub fn cancel_jobs(&mut self, names: &[Ident]) {
        let names = self.job_names(names);
        let site = self.jobs_site(JobsSite {
            names,
            timeout: false,
            attempt: false,
        });
        self.emit(Op::Cancel { site });
    }

    fn jobs_site(&mut self, site: JobsSite) -> u32 {
        self.compiler.program.jobs.push(site);
        (self.compiler.program.jobs.len() - 1) as u32
    }

    fn job_names(&mut self, names: &[Ident]) -> Vec<(Rc<str>, Slot)> {
        let mut found = Vec::new();
        for name in names {
            match self.variables.get(name.name.as_str()) {
                Some(&variable) => found.push((Rc::from(name.name.as_str()), self.slot(variable))),
                None => {
                    let known: Vec<String> =
                        self.variables.keys().map(|name| name.to_string()).collect();
                    let meant = scn_grammar::diagnostic::meant(
                        &name.name,
                        known.iter().map(String::as_str),
                    )
                    .map(str::to_owned);
                    let mut diagnostic = Diagnostic::new(
                        &codes::UNKNOWN_JOB,
                        name.span,
                        format!("there is no background job `{}` here", name.name),
                    );
                    if let Some(meant) = meant {
                        diagnostic = diagnostic
                            .help(format!("did you mean `{meant}`?"))
                            .replace(meant);
                    } else if let Some(time) =
                        scn_protocol::quantity::parse_duration(&name.name).map(|_| &name.name)
                    {
                        diagnostic =
                            diagnostic.help(format!("to let time pass, write: sleep {time}"));
                    } else {
                        diagnostic = diagnostic.help("a job is begun by: background NAME COMMAND");
                    }
                    self.report(diagnostic);
                }
            }
        }
        found
    }

    /// `mark NAME`
    pub fn mark(&mut self, name: &Ident) {
        let variable = self.declare(&name.name);
        let to = self.target(variable);
        let name = self.compiler.name(&name.name);
        self.emit(Op::Mark { to, name });
        self.store(variable, to);
    }
}
