//! `scn help`

mod keys;
pub mod keywords;
pub mod pages;
mod roff;
mod topics;

use std::collections::HashSet;
use std::rc::Rc;

use clap::{Args, CommandFactory};
use scn_grammar::diagnostic::meant;
use scn_grammar::keyword::KEYWORDS;
use scn_interpreter::function::FUNCTIONS;
use scn_interpreter::{Environment, Registry};
use scn_plugin_host::Declared;

use super::plugin::list::page;
use super::{Arguments, flowing, printed, shown};
use crate::exit::Exit;
use crate::plugins;
use crate::project::{Loader, Told};
use crate::terminal;

/// Explain a finding's code, a statement, a command, a function, a plug-in, a verb or the language
///
/// Without a topic, all topics are listed.
///
/// Examples:
///
///     scn help E015
///     scn help wait
///     scn help expressions
///     scn help http
///     scn help start_load --env local
///     scn help components.Shop.ready
///     scn help --man | man -l -
///     scn help --man run > ~/.local/share/man/man1/scn-run.1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Help {
    /// What to explain; or `language`, `statements`, `commands`, `functions` or `findings`, for a list of these.
    /// A key of an environment is named by itself or with its table: `ready`, `components.NAME.log`.
    #[arg(value_name = "TOPIC")]
    words: Vec<String>,
    /// Explain a command of this environment, too; of the default one unless given.
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// Print the man page of `scn`, or of the verb that is the topic: for `man -l -`, or to be kept
    /// as scn.1 or scn-VERB.1 in a folder of MANPATH. `language` and `commands` have one, too, scn-language.7
    /// and scn-commands.7.
    #[arg(long)]
    man: bool,
}

impl Help {
    /// Prints it.
    pub fn run(self) -> Exit {
        let topic = self.topic();
        if self.man {
            return man(topic);
        }
        let built_in = plugins::known(&Declared::default());
        if let (Some(topic), None) = (topic, &self.env) {
            let found = explain(topic, &built_in);
            if !found.is_empty() {
                return shown(&found.join("\n"));
            }
            // A path is no command of an environment's.
            if topic.contains(['[', '.'])
                && let Some(found) = keys::explain(topic)
            {
                return shown(&found);
            }
        }
        let (environment, declared) = match self.declared() {
            Ok(known) => known,
            Err(_) => return Exit::Wrong,
        };
        let registry = plugins::known(&declared);
        let Some(topic) = topic else {
            return shown(&overview(&registry, environment.as_deref()));
        };
        let mut found = explain(topic, &registry);
        if let Some(environment) = &environment
            && let Some(alias) = environment.commands.get(topic)
        {
            found.insert(0, pages::alias(topic, &environment.name, alias));
        }
        let plugin = declared
            .plugins
            .iter()
            .find(|one| one.launch.plugin == topic);
        found.extend(plugin.map(page));
        if found.is_empty() {
            found.extend(keys::explain(topic));
        }
        if found.is_empty() {
            return unknown(topic, &registry, environment.as_deref());
        }
        shown(&found.join("\n"))
    }

    /// What is asked for: of several words the first, as in `scn help wait until`.
    fn topic(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    /// The environment that was chosen (the default one, where a topic is asked for that is not built
    /// in), and what its plug-ins say of themselves.
    fn declared(&self) -> Result<(Option<Rc<Environment>>, Rc<Declared>), Told> {
        if self.env.is_none() && self.words.is_empty() {
            return Ok((None, Rc::default()));
        }
        let folder = std::env::current_dir().unwrap_or_default();
        let mut loader = Loader::default();
        let environment = loader.environment(self.env.as_deref(), &folder)?;
        let declared = loader.declared(environment.as_ref())?;
        Ok((environment, declared))
    }
}

/// Everything that goes by that name.
fn explain(topic: &str, registry: &Registry) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(list(topic, registry));
    let code = pages::codes().find(|code| code.name.eq_ignore_ascii_case(topic));
    found.extend(code.map(pages::code));
    let keyword = |name: &str| KEYWORDS.iter().find(|keyword| keyword.word == name);
    let header = format!("@{topic}");
    found.extend(keyword(topic).map(pages::keyword));
    let commands: Vec<_> = match registry.find(topic) {
        Some(command) => vec![command],
        None => {
            let full = registry.ambiguous(topic);
            full.iter().filter_map(|name| registry.find(name)).collect()
        }
    };
    found.extend(commands.iter().map(|command| pages::command(&***command)));
    let function = FUNCTIONS.iter().find(|function| function.name == topic);
    found.extend(function.map(|function| pages::function(function)));
    found.extend(keyword(&header).map(pages::keyword));
    let mut arguments = flowing();
    // As it is when it is parsed: names in full, and no verbs of clap's own.
    arguments.build();
    if let Some(verb) = arguments.find_subcommand_mut(topic) {
        found.push(verb.render_long_help().to_string());
    }
    found.extend(topics::section(topic));
    found
}

/// All topics of a kind, a line for each.
fn list(kind: &str, registry: &Registry) -> Option<String> {
    let first = |help: &str| {
        let line = help.lines().next().unwrap_or_default();
        let sentence = line.split_once(". ").map_or(line, |(first, _)| first);
        sentence.trim_end_matches('.').to_owned()
    };
    let lines: Vec<(String, String)> = match kind {
        "language" => topics::listed()
            .map(|(name, tells)| (name.to_owned(), tells.to_owned()))
            .collect(),
        "statements" => KEYWORDS
            .iter()
            .map(|keyword| {
                let usage = keyword.usage.first().copied().unwrap_or_default();
                (keyword.word.to_owned(), usage.to_owned())
            })
            .collect(),
        "commands" => registry
            .iter()
            .map(|command| {
                let signature = command.signature();
                (signature.name.clone(), first(&signature.help))
            })
            .collect(),
        "functions" => FUNCTIONS
            .iter()
            .map(|function| (function.signature.to_owned(), first(function.help)))
            .collect(),
        "findings" => pages::codes()
            .map(|code| (code.name.to_owned(), code.title.to_owned()))
            .collect(),
        _ => return None,
    };
    Some(pages::columns(&lines, ""))
}

fn unknown(topic: &str, registry: &Registry, environment: Option<&Environment>) -> Exit {
    let mut known = all_topics(registry);
    known.extend(
        environment
            .into_iter()
            .flat_map(|known| known.commands.keys().cloned()),
    );
    match meant(topic, known.iter().map(String::as_str)) {
        Some(meant) => terminal::complain(format!(
            "there is no help on `{topic}`; `{meant}` was probably meant"
        )),
        None => terminal::complain(format!(
            "there is no help on `{topic}`; `scn help` lists the topics"
        )),
    }
    Exit::Wrong
}

/// What `scn help` explains without an environment, each once.
pub fn topics() -> Vec<String> {
    let mut topics = all_topics(&plugins::known(&Declared::default()));
    let mut seen = HashSet::new();
    topics.retain(|topic| seen.insert(topic.clone()));
    topics
}

fn all_topics(registry: &Registry) -> Vec<String> {
    let arguments = Arguments::command();
    let verbs = arguments.get_subcommands();
    let verbs = verbs.filter(|verb| !verb.is_hide_set());
    names(registry)
        .into_iter()
        .chain(KEYWORDS.iter().map(|keyword| keyword.word.to_owned()))
        .chain(FUNCTIONS.iter().map(|function| function.name.to_owned()))
        .chain(pages::codes().map(|code| code.name.to_owned()))
        .chain(verbs.map(|verb| verb.get_name().to_owned()))
        .chain(topics::names().map(str::to_owned))
        .chain(keys::names())
        .collect()
}

fn names(registry: &Registry) -> Vec<String> {
    registry.names().collect()
}

fn overview(registry: &Registry, environment: Option<&Environment>) -> String {
    let mut text = flowing().render_help().to_string();
    text.push_str("\nscn help TOPIC explains one of these:\n");
    let keywords = KEYWORDS.iter().map(|keyword| keyword.word.to_owned());
    let functions = FUNCTIONS.iter().map(|function| function.name.to_owned());
    let codes = pages::codes().map(|code| code.name.to_owned());
    for (title, names) in [
        ("Language", topics::names().map(str::to_owned).collect()),
        ("Statements", keywords.collect::<Vec<_>>()),
        ("Commands", names(registry)),
        ("Functions", functions.collect()),
        ("Findings", codes.collect()),
    ] {
        text.push_str(&format!(
            "\n{title}:\n{}",
            pages::wrapped(&names.join(" "), "  ")
        ));
    }
    if let Some(environment) = environment {
        let names: Vec<&str> = environment.commands.keys().map(String::as_str).collect();
        text.push_str(&format!(
            "\nCommands of the environment {}:\n{}",
            environment.name,
            pages::wrapped(&names.join(" "), "  ")
        ));
    }
    text
}

/// A manual page of section 7.
fn chapter(topic: &str) -> Option<String> {
    let registry = plugins::known(&Declared::default());
    // Its first line is its heading.
    let split = |page: String| {
        let (heading, text) = page.split_once('\n').unwrap_or((&page, ""));
        (heading.to_owned(), text.trim_start_matches('\n').to_owned())
    };
    match topic {
        "language" => {
            let sections = topics::sections().map(|(heading, text)| (heading.to_owned(), text));
            let keywords = KEYWORDS
                .iter()
                .map(|keyword| split(pages::keyword(keyword)));
            let tells = "the language of scenarios, and its statements";
            Some(roff::page("scn-language", tells, sections.chain(keywords)))
        }
        "commands" => {
            let commands = registry
                .iter()
                .map(|command| split(pages::command(&**command)));
            let functions = FUNCTIONS
                .iter()
                .map(|function| split(pages::function(function)));
            let tells = "the built-in commands and functions of scenarios";
            Some(roff::page("scn-commands", tells, commands.chain(functions)))
        }
        _ => None,
    }
}

fn man(verb: Option<&str>) -> Exit {
    if let Some(page) = verb.and_then(chapter) {
        return printed(&page);
    }
    let mut arguments = flowing();
    let command = match verb {
        None => Some(arguments),
        Some(verb) => arguments.find_subcommand_mut(verb).map(|found| {
            found
                .clone()
                .display_name(format!("scn-{verb}"))
                .bin_name(format!("scn {verb}"))
        }),
    };
    let Some(command) = command else {
        terminal::complain(format!("`{}` is no verb", verb.unwrap_or_default()));
        return Exit::Wrong;
    };
    let mut page = Vec::new();
    let source = concat!("scn ", env!("CARGO_PKG_VERSION"));
    match clap_mangen::Man::new(command)
        .source(source)
        .render(&mut page)
    {
        Ok(()) => printed(&String::from_utf8_lossy(&page)),
        Err(error) => {
            terminal::complain(error);
            Exit::Error
        }
    }
}
