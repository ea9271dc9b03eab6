//! What plug-ins are given as they start, which is before any run: worked out of what is known then.

use std::collections::HashMap;
use std::path::Path;

use scn_grammar::Diagnostic;
use scn_grammar::tree::File;
use scn_protocol::{Map, Value};

use super::Planner;
use super::known::Unknowns;
use crate::compile::Compiler;
use crate::compile::names::type_of;
use crate::driver::set_value;
use crate::environment::{Environment, Setting, codes};
use crate::platform::{Files, Registry};
use crate::program::SourceFile;

/// The `config` of each plug-in that has texts with `#{…}`, by the plug-in's name; and what is wrong with them, at
/// the environment's lines. `set` is what the command line sets.
pub(crate) fn configs(
    environment: &Environment,
    set: &[(String, String)],
) -> (HashMap<String, Value>, Vec<Diagnostic>) {
    let (mut all, mut found) = (HashMap::new(), Vec::new());
    let with_texts = environment.plugins.iter();
    let mut with_texts = with_texts
        .filter_map(|(name, declared)| Some((name, declared.settings.as_ref()?)))
        .peekable();
    if with_texts.peek().is_none() {
        return (all, found);
    }
    let registry = Registry::default();
    let mut compiler = Compiler::new(Path::new(""), Some(environment), &registry, &NoFiles);
    compiler.program.files.push(SourceFile::new("", ""));
    compiler.steps.push(HashMap::default());
    compiler.declare_globals(&File::default());
    let mut planner = Planner {
        compiler: &mut compiler,
        root: &environment.root,
        unknowns: Unknowns::default(),
        globals: HashMap::new(),
        attrs: HashMap::new(),
    };
    planner.set(set);
    planner.vars();
    planner.attributes();
    for (name, setting) in with_texts {
        if let Some(value) = planner.given(setting, &mut found) {
            all.insert(name.clone(), value);
        }
    }
    (all, found)
}

impl Planner<'_, '_> {
    /// The names of `[vars]` that the command line sets.
    fn set(&mut self, set: &[(String, String)]) {
        let vars = self.compiler.environment.map(|known| &known.vars);
        for (name, text) in set {
            let value = match vars.and_then(|vars| vars.get(name)) {
                Some(Setting::Value(value, _)) => set_value(name, text, type_of(value)),
                Some(_) => Ok(Value::from(text.as_str())),
                None => continue,
            };
            // What cannot be read so is told where the run begins.
            if let Ok(value) = value {
                let known = super::known::Known::Value(value);
                self.globals.insert(name.clone(), known);
            }
        }
    }

    /// A value that has to be known whole; what is not is found wrong.
    fn given(&mut self, setting: &Setting, found: &mut Vec<Diagnostic>) -> Option<Value> {
        match setting {
            Setting::Value(value, _) => Some(value.clone()),
            Setting::Template(template) => {
                let known = self.template(template, &[]);
                if known.value().is_none() {
                    let sources = self.compiler.environment.map(|known| &known.sources);
                    let file = sources.and_then(|files| files.get(template.place.source));
                    let file = file.map(|source| source.path.clone()).unwrap_or_default();
                    let message = "this is not known before the run, and a plug-in is asked what it can do before any";
                    found.push(
                        Diagnostic::new(&codes::NOT_KNOWN, template.place.span, message)
                            .help("`config` can name what [vars] has and the attributes of components; a secret is granted: secrets = […]")
                            .in_file(file),
                    );
                }
                known.value().cloned()
            }
            Setting::List(elements, _) => {
                let all: Vec<_> = elements.iter().map(|one| self.given(one, found)).collect();
                all.into_iter().collect::<Option<_>>().map(Value::list)
            }
            Setting::Map(pairs, _) => {
                let mut all = Map::new();
                let mut whole = true;
                for (key, one) in pairs {
                    match self.given(one, found) {
                        Some(value) => {
                            all.insert(key.clone(), value);
                        }
                        None => whole = false,
                    }
                }
                whole.then(|| Value::map(all))
            }
        }
    }
}

/// An environment's texts use no other file.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Path) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}
