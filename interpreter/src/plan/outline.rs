//! The outline: every statement as it is written, blocks indented, each step with what it does.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use scn_grammar::Span;
use scn_grammar::tree::{Block, File, Statement, StatementKind};

use super::evaluate::At;
use super::{Line, Planner, Section, Step};
use crate::compile::files::normal;
use crate::program::SourceFile;

/// The function that a statement stands in.
struct Within<'w> {
    /// Its text; spans of the tree are places in it.
    source: &'w SourceFile,
    /// The variables, which are known only as it runs.
    variables: HashSet<String>,
    /// Added to the number of each line.
    before: u32,
}

impl Within<'_> {
    fn slice(&self, span: Span) -> String {
        self.source.slice(span).to_owned()
    }

    fn line(&self, span: Span) -> Option<u32> {
        Some(self.source.line(span.start) + self.before)
    }
}

impl Planner<'_, '_> {
    /// `[setup]` of the environment.
    pub fn setup(&mut self) -> Option<Section> {
        let (environment, setup) = (self.compiler.environment?, self.compiler.program.setup?);
        let function = self.compiler.program.functions.get(setup as usize)?;
        let (file, variables) = (function.file, self.variables(setup));
        let source = self.compiler.program.files.get(file as usize)?.clone();
        let outer = std::mem::replace(&mut self.compiler.file, file);
        let mut lines = Vec::new();
        for step in &environment.setup {
            let within = Within {
                source: &SourceFile::new(source.path.as_str(), step.text.as_str()),
                variables: variables.clone(),
                before: source.line(step.place.span.start).saturating_sub(1),
            };
            self.statement(&step.statement, 0, &within, &mut lines);
        }
        self.compiler.file = outer;
        let path = Path::new(&source.path);
        let path = path.strip_prefix(self.root).unwrap_or(path);
        Some(Section {
            file: Some(format!("{} [setup]", path.display())),
            lines,
        })
    }

    /// The scenario's own file.
    pub fn body(&mut self, tree: &File) -> Section {
        let variables = self.variables(self.compiler.program.main);
        Section {
            file: None,
            lines: self.file(tree, 0, variables),
        }
    }

    /// The files that this one uses, each once.
    pub fn used(
        &mut self,
        tree: &File,
        path: &Path,
        seen: &mut HashSet<PathBuf>,
        sections: &mut Vec<Section>,
    ) {
        for statement in &tree.body.statements {
            let StatementKind::Use { path: used, .. } = &statement.kind else {
                continue;
            };
            let path = normal(&path.parent().unwrap_or(Path::new("")).join(&used.name));
            if !seen.insert(path.clone()) {
                continue;
            }
            let (shown, files) = (self.compiler.shown(&path), &self.compiler.program.files);
            let known = files.iter().skip(1).position(|file| file.path == shown);
            let (Some(known), Ok(bytes)) = (known, self.compiler.files.read(&path)) else {
                continue;
            };
            let tree = scn_grammar::parse_bytes(&bytes).file;
            sections.push(Section {
                file: Some(shown),
                lines: self.file(&tree, known as u32 + 1, HashSet::new()),
            });
            self.used(&tree, &path, seen, sections);
        }
    }

    fn file(&mut self, tree: &File, file: u32, variables: HashSet<String>) -> Vec<Line> {
        let Some(source) = self.compiler.program.files.get(file as usize).cloned() else {
            return Vec::new();
        };
        let within = Within {
            source: &source,
            variables,
            before: 0,
        };
        let outer = std::mem::replace(&mut self.compiler.file, file);
        let mut lines = Vec::new();
        self.block(&tree.body, 0, &within, &mut lines);
        self.compiler.file = outer;
        lines
    }

    fn variables(&self, function: u32) -> HashSet<String> {
        let function = self.compiler.program.functions.get(function as usize);
        let variables = function
            .into_iter()
            .flat_map(|function| &function.variables);
        variables
            .map(|variable| variable.name.to_string())
            .collect()
    }

    fn block(&mut self, block: &Block, depth: usize, within: &Within<'_>, lines: &mut Vec<Line>) {
        for statement in &block.statements {
            self.statement(statement, depth, within, lines);
        }
    }

    fn statement(
        &mut self,
        statement: &Statement,
        depth: usize,
        within: &Within<'_>,
        lines: &mut Vec<Line>,
    ) {
        let line = |span: Span, steps: Vec<Step>| Line {
            line: within.line(span),
            depth,
            text: on_one_line(within.source.slice(span)),
            steps,
        };
        match &statement.kind {
            StatementKind::If {
                arms,
                otherwise,
                one_line: false,
            } => {
                for (at, (condition, block)) in arms.iter().enumerate() {
                    lines.push(match at {
                        0 => line(statement.head, Vec::new()),
                        _ => Line {
                            text: format!("else if {}", within.slice(condition.span)),
                            ..line(condition.span, Vec::new())
                        },
                    });
                    self.block(block, depth + 1, within, lines);
                }
                if let Some(block) = otherwise {
                    lines.push(Line {
                        line: None,
                        depth,
                        text: "else".to_owned(),
                        steps: Vec::new(),
                    });
                    self.block(block, depth + 1, within, lines);
                }
            }
            StatementKind::While { body, .. }
            | StatementKind::For { body, .. }
            | StatementKind::Repeat { body, .. }
            | StatementKind::Case { body, .. }
            | StatementKind::Do(body)
            | StatementKind::Parallel(body)
            | StatementKind::Retry { body, .. }
            | StatementKind::Finally(body) => {
                lines.push(line(statement.head, Vec::new()));
                self.block(body, depth + 1, within, lines);
            }
            StatementKind::StepDefinition { name, body, .. } => {
                lines.push(line(statement.head, Vec::new()));
                let steps = self.compiler.steps.get(self.compiler.file as usize);
                let step = steps.and_then(|steps| steps.get(name.name.as_str()));
                let within = Within {
                    variables: step.map_or_else(HashSet::new, |step| self.variables(step.function)),
                    ..*within
                };
                self.block(body, depth + 1, &within, lines);
            }
            _ => {
                let mut steps = Vec::new();
                self.steps(statement, within, &mut steps);
                lines.push(line(statement.span, steps));
            }
        }
    }

    /// The steps of a statement that is no block.
    fn steps(&mut self, statement: &Statement, within: &Within<'_>, steps: &mut Vec<Step>) {
        let source = |span| within.slice(span);
        let at = At {
            params: &[],
            variables: &within.variables,
            source: &source,
        };
        match &statement.kind {
            StatementKind::Command(step)
            | StatementKind::SetStep { step, .. }
            | StatementKind::Background { step, .. } => {
                steps.push(self.step(step, at));
            }
            StatementKind::Defer(step) => {
                let mut planned = self.step(step, at);
                // What is owed owes nothing.
                planned.undo = None;
                planned.details.push("when the scenario ends".to_owned());
                steps.push(planned);
            }
            StatementKind::If {
                arms, otherwise, ..
            } => {
                let blocks = arms.iter().map(|(_, block)| block).chain(otherwise);
                for statement in blocks.flat_map(|block| &block.statements) {
                    self.steps(statement, within, steps);
                }
            }
            _ => {}
        }
    }
}

/// What stands on several lines, on one.
fn on_one_line(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim();
        line.strip_suffix(" \\").map_or(line, str::trim_end)
    });
    lines.collect::<Vec<_>>().join(" ")
}
