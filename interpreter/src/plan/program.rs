//! Programs of the environment, with what is known of their words.

use std::collections::HashSet;

use scn_grammar::tree::{Expr, ExprKind, Part};
use scn_protocol::words::{is_mark, spelled};
use scn_protocol::{Signature, Value};

use super::evaluate::{At, located};
use super::known::Known;
use super::{Planner, Sought};
use crate::environment::{ProgramDeclaration, RunOrShell, Template};

/// A program with its arguments, in marked texts; the words that follow it.
#[derive(Default)]
pub struct Runs {
    /// In one line.
    pub line: String,
    /// Folder, variables, user.
    pub details: Vec<String>,
    /// Where it is to be looked for.
    pub sought: Option<Sought>,
    /// The words of the step, where there are any to follow.
    pub words: Option<Words>,
}

/// The step's words, as an alias takes them.
#[derive(Default)]
pub struct Words {
    /// Their texts.
    pub texts: Vec<String>,
    /// What a shell's text has as `$1`, `$2`.
    pub shell: Vec<String>,
    /// The names that stand for all of them: `args`, and the parameter that takes the rest.
    pub lists: Vec<(String, Vec<String>)>,
    /// They follow what is declared, unless that says where they go.
    pub follow: bool,
}

impl Planner<'_, '_> {
    /// `#{*LIST}`
    pub fn spread(&mut self, list: &Expr, at: At<'_>) -> Known {
        self.unknowns.mark(&format!("*{}", (at.source)(list.span)))
    }

    /// The words that an argument `#{args}` or `#{*words}` stands for.
    pub fn listed(&self, parts: &[Part], runs: &Runs) -> Option<Vec<String>> {
        let words = runs.words.as_ref()?;
        let name = match parts {
            [Part::Value { expr, .. }] => name_of(expr).filter(|name| *name == "args"),
            [Part::Splat(expr)] => name_of(expr),
            _ => None,
        }?;
        let list = words.lists.iter().find(|(known, _)| known == name)?;
        Some(list.1.clone())
    }

    /// A program of the environment, with what is known of its parameters.
    pub fn program(
        &mut self,
        program: &ProgramDeclaration,
        params: &[(String, Known)],
        with: &Runs,
    ) -> Runs {
        let mut runs = Runs::default();
        let folder = program.cwd.as_ref();
        let folder = folder.map(|folder| self.template(folder, params).text());
        let mut path = None;
        let mut variables = Vec::new();
        for (name, value) in &program.env {
            let value = self.template(value, params).text();
            if name == "PATH" {
                path = Some(value.clone());
            }
            variables.push(spelled(&[format!("{name}={value}")]));
        }
        match &program.what {
            RunOrShell::Run(arguments) => {
                let argv = self.argv(arguments, params, with);
                let first = argv.first().map_or("", String::as_str);
                runs.sought = self.sought(first, folder.as_deref().unwrap_or(""), path);
                runs.line = spelled(&argv);
            }
            RunOrShell::Shell(text) => {
                runs.line = format!("sh: {}", text.trim());
                let words = with.words.iter().flat_map(|words| &words.shell);
                for (at, word) in words.enumerate() {
                    let word = spelled(&[word]);
                    runs.details.push(format!("${} is {word}", at + 1));
                }
            }
        }
        if let Some(folder) = folder {
            runs.details.push(format!("in the folder {folder}"));
        }
        if !variables.is_empty() {
            runs.details.push(format!("with {}", variables.join(" ")));
        }
        if let Some(user) = &program.user {
            let user = self.template(user, params).text();
            runs.details.push(format!("as the user {user}"));
            runs.sought = None;
        }
        runs
    }

    fn argv(
        &mut self,
        arguments: &[Template],
        params: &[(String, Known)],
        with: &Runs,
    ) -> Vec<String> {
        let mut argv = Vec::new();
        let mut said = false;
        for argument in arguments {
            if let Some(words) = self.listed(&argument.parts, with) {
                argv.extend(words);
                said = true;
                continue;
            }
            match argument.parts.as_slice() {
                [Part::Splat(list)] => {
                    let environment = self.compiler.environment;
                    let source = |span| located(environment, argument, span);
                    let at = At {
                        params,
                        variables: &HashSet::new(),
                        source: &source,
                    };
                    match self.expr(list, at) {
                        Known::Value(Value::List(list)) => {
                            argv.extend(list.iter().map(|value| value.to_text().into_owned()));
                        }
                        _ => argv.push(self.spread(list, at).text()),
                    }
                }
                _ => argv.push(self.template(argument, params).text()),
            }
        }
        let follow = with.words.as_ref().filter(|words| words.follow && !said);
        argv.extend(follow.into_iter().flat_map(|words| words.texts.clone()));
        argv
    }

    /// Where a program is to be looked for, if what it is called and where are known.
    pub fn sought(&self, program: &str, folder: &str, path: Option<String>) -> Option<Sought> {
        let path_text = path.as_deref().unwrap_or_default();
        let known = [program, folder, path_text];
        let known = known.iter().all(|text| !text.contains(is_mark));
        (known && !program.is_empty()).then(|| Sought {
            program: program.to_owned(),
            folder: self.root.join(folder),
            root: self.root.to_path_buf(),
            path,
        })
    }
}

/// The parameters in their order, and the words beyond them.
pub fn in_order(signature: &Signature, params: &[(String, Known)], words: &Words) -> Vec<String> {
    let declared = params.iter().take(signature.params.len());
    let mut texts: Vec<String> = declared.map(|(_, known)| known.text()).collect();
    let rest = signature.rest.as_ref().map(|rest| rest.name.as_str());
    let rest = words
        .lists
        .iter()
        .find(|(name, _)| Some(name.as_str()) == rest);
    texts.extend(rest.into_iter().flat_map(|(_, list)| list.clone()));
    texts
}

fn name_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}
