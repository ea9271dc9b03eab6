//! What is done to components: how their processes are found, started and stopped.

use scn_protocol::quantity::duration_text;

use super::known::Known;
use super::program::Runs;
use super::{Planner, Step};
use crate::command::Act;
use crate::environment::{
    ComponentDeclaration, ProcessDeclaration, ReadyWhenDeclaration, StopHowDeclaration,
};

/// Of a family no more members than these are described one by one.
const MOST: usize = 4;

/// How long a `stop` that says nothing may take.
const STOP: &str = "TERM, within 10s";

impl Planner<'_, '_> {
    /// Adds to a step what its command does to the component or the family of that name, which is
    /// one of `several`.
    pub fn act(&mut self, name: &str, acts: &[Act], several: bool, step: &mut Step) {
        let environment = self.compiler.environment;
        let components = environment.map(|environment| &environment.components);
        let family = name.split('[').next().unwrap_or(name);
        let Some(declaration) = components.and_then(|components| components.get(family)) else {
            return;
        };
        step.host = declaration.host.as_deref().map(|host| self.reached(host));
        let members = match &declaration.each {
            Some(keys) if family == name => {
                let keys = keys.iter();
                keys.map(|key| format!("{name}[{}]", key.to_text()))
                    .collect()
            }
            _ => vec![name.to_owned()],
        };
        for member in members.iter().take(MOST) {
            let known = self.attrs.get(member).cloned().unwrap_or_default();
            let before = step.details.len();
            for act in acts {
                self.one(*act, declaration, &known, step);
            }
            if several || members.len() > 1 {
                for detail in &mut step.details[before..] {
                    detail.insert_str(0, &format!("{member}: "));
                }
            }
        }
        if let Some(more @ 1..) = members.len().checked_sub(MOST) {
            step.details.push(format!("… and {more} more of {name}"));
        }
    }

    fn one(
        &mut self,
        act: Act,
        declaration: &ComponentDeclaration,
        known: &[(String, Known)],
        step: &mut Step,
    ) {
        let here = step.host.is_none();
        match act {
            Act::Signal => step.details.push(self.process(declaration, known)),
            Act::Start => {
                let Some(start) = &declaration.start else {
                    let none = "the environment does not say how it is started";
                    step.details.push(none.to_owned());
                    return;
                };
                let runs = self.program(start, known, &Runs::default());
                step.details.push(format!("started by {}", runs.line));
                step.details.extend(runs.details);
                step.programs.extend(runs.sought.filter(|_| here));
                if let Some(ready) = &declaration.ready {
                    let when = self.ready(&ready.when, known);
                    let within = duration_text(ready.within);
                    step.details
                        .push(format!("ready when {when}, within {within}"));
                }
            }
            Act::Stop => {
                step.details.push(self.process(declaration, known));
                let how = match declaration
                    .stop
                    .as_ref()
                    .map(|stop| (&stop.how, stop.within))
                {
                    None => STOP.to_owned(),
                    Some((StopHowDeclaration::Signal(signal), within)) => {
                        format!("{signal}, within {}", duration_text(within))
                    }
                    Some((StopHowDeclaration::Run(program), within)) => {
                        let runs = self.program(program, known, &Runs::default());
                        step.programs.extend(runs.sought.filter(|_| here));
                        format!("{}, within {}", runs.line, duration_text(within))
                    }
                };
                step.details.push(format!("stopped by {how}"));
            }
        }
    }

    /// How its process is found.
    fn process(&mut self, declaration: &ComponentDeclaration, known: &[(String, Known)]) -> String {
        let how = match &declaration.process {
            None => "the one that `start` started".to_owned(),
            Some(ProcessDeclaration::PidFile(file)) => {
                format!("pid file {}", self.template(file, known).text())
            }
            Some(ProcessDeclaration::Match(regex)) => {
                format!("matching /{}/", self.template(regex, known).text())
            }
            Some(ProcessDeclaration::Unit(unit)) => {
                format!("unit {}", self.template(unit, known).text())
            }
            Some(ProcessDeclaration::Port(port)) => {
                format!("listening on port {}", self.setting(port, known).text())
            }
            Some(ProcessDeclaration::Container(name)) => {
                format!("container {}", self.template(name, known).text())
            }
        };
        format!("its process: {how}")
    }

    fn ready(&mut self, when: &ReadyWhenDeclaration, known: &[(String, Known)]) -> String {
        match when {
            ReadyWhenDeclaration::Port(port) => {
                format!(
                    "port {} accepts a connection",
                    self.setting(port, known).text()
                )
            }
            ReadyWhenDeclaration::Log(regex) => {
                format!(
                    "a line of its log matches /{}/",
                    self.template(regex, known).text()
                )
            }
            ReadyWhenDeclaration::Run(program) => {
                format!(
                    "{} succeeds",
                    self.program(program, known, &Runs::default()).line
                )
            }
            ReadyWhenDeclaration::Http(url) => {
                format!("{} answers", self.template(url, known).text())
            }
        }
    }
}
