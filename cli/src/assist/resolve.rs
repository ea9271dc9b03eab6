//! What a command's name means, in the order in which the language looks for it.

use std::borrow::Cow;
use std::rc::Rc;

use scn_interpreter::environment::Alias;
use scn_interpreter::{Command, Environment};
use scn_protocol::{Param, Signature, Type};

use super::Around;
use super::outline::OwnStep;
use super::used::UsedStep;

/// What a command's name means.
pub enum Meaning<'a> {
    /// A step of this file.
    Own(&'a OwnStep),
    /// A step of a file that is used.
    Used(&'a UsedStep),
    /// A command of the environment.
    Alias(&'a Environment, &'a Alias),
    /// A plug-in's command, or one that is there everywhere.
    Command(&'a Rc<dyn Command>),
}

/// What `name` means; nothing if there is no such command, or if several plug-ins have one.
pub fn resolve<'a>(name: &str, around: &Around<'a>) -> Option<Meaning<'a>> {
    let own = around.outline.steps.iter();
    if let Some(step) = own.rev().find(|step| step.name.name == name) {
        return Some(Meaning::Own(step));
    }
    if let Some(step) = around.used.iter().find(|step| step.name == name) {
        return Some(Meaning::Used(step));
    }
    if let Some(environment) = around.environment
        && let Some(alias) = environment.commands.get(name)
    {
        return Some(Meaning::Alias(environment, alias));
    }
    around.registry.find(name).map(Meaning::Command)
}

impl<'a> Meaning<'a> {
    /// What it says of itself.
    pub fn signature(&self, name: &str) -> Cow<'a, Signature> {
        match self {
            Self::Own(step) => Cow::Borrowed(&step.signature),
            Self::Used(step) => Cow::Borrowed(&step.signature),
            Self::Alias(_, alias) => Cow::Owned(of_alias(name, alias)),
            Self::Command(command) => Cow::Borrowed(command.signature()),
        }
    }
}

/// An alias as a signature; without `params` it takes any words.
pub fn of_alias(name: &str, alias: &Alias) -> Signature {
    let (params, rest) = match &alias.params {
        Some(params) => (params.params.clone(), params.rest.clone()),
        None => (
            Vec::new(),
            Some(Param::required("word", Type::Any, "handed over as it is")),
        ),
    };
    Signature {
        params,
        rest,
        undo: alias.undo.as_ref().map(|undo| undo.text.clone()),
        ..Signature::new(name).help(&alias.help)
    }
}

/// `copy FROM TO [RECURSIVE]`, `kill COMPONENTS…`, with where each parameter stands in it, in bytes.
pub fn usage(signature: &Signature) -> (String, Vec<(usize, usize)>) {
    let mut text = signature.name.clone();
    let mut places = Vec::new();
    let all = signature.params.iter().map(|param| {
        let name = param.name.to_uppercase();
        match param.default {
            None => name,
            Some(_) => format!("[{name}]"),
        }
    });
    let rest = signature.rest.iter().map(|rest| {
        let name = rest.name.to_uppercase();
        match signature.rest_least {
            0 => format!("[{name}]…"),
            _ => format!("{name}…"),
        }
    });
    for shown in all.chain(rest) {
        text.push(' ');
        places.push((text.len(), text.len() + shown.len()));
        text.push_str(&shown);
    }
    (text, places)
}

/// The first sentence of a help.
pub fn brief(help: &str) -> &str {
    let line = help.lines().next().unwrap_or_default();
    let sentence = line.split_once(". ").map_or(line, |(first, _)| first);
    sentence.trim_end_matches('.')
}
