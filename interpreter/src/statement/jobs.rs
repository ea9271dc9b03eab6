//! `background`, `await`, `cancel`, `mark`

use std::rc::Rc;

use scn_grammar::diagnostic::meant;
use scn_grammar::tree::{Expr, Ident, Step};
use scn_grammar::{Diagnostic, Span};
use scn_protocol::quantity::parse_duration;

use crate::codes;
use crate::compile::words::Purpose;
use crate::compile::{Compiler, Scope};
use crate::program::{JobsSite, Op, Slot};

impl Compiler<'_> {
    /// Says of jobs that are awaited or cancelled and that nothing begins that there are none.
    pub(crate) fn begun_nowhere(&mut self) {
        // Whatever a value names may begin one.
        if !self.program.bindings.is_empty() {
            return;
        }
        let asked = std::mem::take(&mut self.asked);
        for (name, place) in asked {
            if self.begun.contains(&*name) {
                continue;
            }
            let outer = std::mem::replace(&mut self.file, place.file);
            let known = self.begun.iter().map(String::as_str);
            self.report(no_job(&name, place.span, known));
            self.file = outer;
        }
    }
}

/// That there is no such job, and what was meant.
fn no_job<'k>(name: &str, span: Span, known: impl Iterator<Item = &'k str>) -> Diagnostic {
    let message = format!("there is no background job `{name}` here");
    let found = Diagnostic::new(&codes::UNKNOWN_JOB, span, message);
    if let Some(meant) = meant(name, known) {
        let help = format!("did you mean `{meant}`?");
        return found.help(help).replace(meant);
    }
    found.help(match parse_duration(name) {
        Some(_) => format!("to let time pass, write: sleep {name}"),
        None => "a job is begun by: background NAME COMMAND".to_owned(),
    })
}

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
        self.compiler.begun.insert(name.name.to_string());
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
                Some(&variable) => {
                    let job: Rc<str> = Rc::from(name.name.as_str());
                    let place = self.place(name.span);
                    self.compiler.asked.push((Rc::clone(&job), place));
                    found.push((job, self.slot(variable)));
                }
                None => {
                    let known: Vec<String> =
                        self.variables.keys().map(ToString::to_string).collect();
                    let known = known.iter().map(String::as_str);
                    self.report(no_job(&name.name, name.span, known));
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
