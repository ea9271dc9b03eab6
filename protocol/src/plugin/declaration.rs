//! What a plug-in says of itself.

use serde_json::{Map as JsonMap, Value as Json};

use super::{object, text, text_or_empty, truth};
use crate::json::{tagged, untagged};
use crate::signature::{Example, Param, Signature, Type};

/// What a plug-in says of itself: the answer to `initialize`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Declaration {
    /// The version of the protocol that it speaks.
    pub protocol: i64,
    /// Its name, as it calls itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its commands.
    pub commands: Vec<Signature>,
}

/// A key of a declaration that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Of what: a command, or a part of it; empty for the declaration itself.
    pub of: String,
    /// The key.
    pub key: String,
    /// The keys that mean something there.
    pub known: &'static [&'static str],
}

const RESULT: &[&str] = &["protocol", "name", "version", "commands"];
const COMMAND: &[&str] = &[
    "name",
    "help",
    "params",
    "rest",
    "returns",
    "returns_help",
    "undo",
    "repeatable",
    "examples",
];
const PARAM: &[&str] = &["name", "type", "help", "default"];
const REST: &[&str] = &["name", "type", "help", "least"];
const EXAMPLE: &[&str] = &["scenario", "output"];

fn objects<'a>(json: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    let list = json.get(name).and_then(Json::as_array);
    list.into_iter().flatten()
}

fn known_among(found: &mut Vec<Unknown>, of: &str, json: &Json, known: &'static [&'static str]) {
    let keys = json.as_object().into_iter().flat_map(JsonMap::keys);
    let unknown = keys.filter(|key| !known.contains(&key.as_str()));
    found.extend(unknown.map(|key| Unknown {
        of: of.to_owned(),
        key: key.clone(),
        known,
    }));
}

impl Declaration {
    /// The protocol that an answer to `initialize` speaks of, before anything else of it is read:
    /// the rest may be of a kind that only another version knows.
    ///
    /// # Errors
    /// If it does not say.
    pub fn protocol_of(result: &Json) -> Result<i64, String> {
        let protocol = result.get("protocol").ok_or("`protocol` is lacking")?;
        protocol
            .as_i64()
            .ok_or_else(|| format!("`protocol` is to be a whole number, and is {protocol}"))
    }

    /// Reads an answer to `initialize`.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(result: &Json) -> Result<Self, String> {
        let Json::Object(fields) = result else {
            return Err(format!(
                "it is to be an object, and is {}",
                super::kind(result)
            ));
        };
        let mut declaration = Self {
            protocol: Self::protocol_of(result)?,
            name: text_or_empty(fields, "name")?,
            version: text_or_empty(fields, "version")?,
            commands: Vec::new(),
        };
        for (at, command) in list(fields, "commands")?.iter().enumerate() {
            let command =
                read_command(command).map_err(|reason| format!("`commands[{at}]`: {reason}"))?;
            let name = &command.name;
            if declaration.commands.iter().any(|known| known.name == *name) {
                return Err(format!("the command `{name}` is declared twice"));
            }
            declaration.commands.push(command);
        }
        Ok(declaration)
    }

    /// What an answer to `initialize` has that means nothing here, each with the keys that do in its place:
    /// a key that is written wrong, or one that only a newer version knows.
    pub fn unknown(result: &Json) -> Vec<Unknown> {
        let mut found = Vec::new();
        known_among(&mut found, "", result, RESULT);
        for command in objects(result, "commands") {
            let name = command.get("name").and_then(Json::as_str);
            let of = name.unwrap_or_default();
            known_among(&mut found, of, command, COMMAND);
            for param in objects(command, "params") {
                let name = param.get("name").and_then(Json::as_str);
                let of = format!("{of}: {}", name.unwrap_or_default());
                known_among(&mut found, &of, param, PARAM);
            }
            for example in objects(command, "examples") {
                known_among(&mut found, &format!("{of}: examples"), example, EXAMPLE);
            }
            if let Some(rest) = command.get("rest") {
                known_among(&mut found, &format!("{of}: rest"), rest, REST);
            }
        }
        found
    }

    /// The answer to `initialize`.
    pub fn to_json(&self) -> Json {
        Json::Object(object([
            ("protocol", self.protocol.into()),
            ("name", self.name.as_str().into()),
            ("version", self.version.as_str().into()),
            (
                "commands",
                self.commands.iter().map(write_command).collect(),
            ),
        ]))
    }
}

/// The field of an object that is a list, and empty where it is not there.
fn list<'a>(fields: &'a JsonMap<String, Json>, name: &str) -> Result<&'a [Json], String> {
    match fields.get(name) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(list)) => Ok(list),
        Some(other) => Err(format!(
            "`{name}` is to be a list, and is {}",
            super::kind(other)
        )),
    }
}

fn fields_of(json: &Json) -> Result<&JsonMap<String, Json>, String> {
    match json {
        Json::Object(fields) => Ok(fields),
        other => Err(format!(
            "it is to be an object, and is {}",
            super::kind(other)
        )),
    }
}

fn read_command(command: &Json) -> Result<Signature, String> {
    let fields = fields_of(command)?;
    let name = text(fields, "name")?;
    if !is_name(&name, "-.") {
        return Err(format!(
            "{name:?} is no name of a command: letters, digits, `_`, `-` and `.`, and no digit first"
        ));
    }
    let within = |reason: String| format!("{name}: {reason}");
    let mut params: Vec<Param> = Vec::new();
    for (at, param) in list(fields, "params").map_err(within)?.iter().enumerate() {
        let param = read_param(param).map_err(|why| within(format!("`params[{at}]`: {why}")))?;
        if params.iter().any(|known| known.name == param.name) {
            return Err(within(format!(
                "the parameter `{}` is there twice",
                param.name
            )));
        }
        params.push(param);
    }
    let (rest, rest_least) = read_rest(fields.get("rest")).map_err(within)?;
    let undo = text_or_empty(fields, "undo").map_err(within)?;
    Ok(Signature {
        help: text_or_empty(fields, "help").map_err(within)?,
        params,
        rest,
        rest_least,
        returns: read_type(fields, "returns").map_err(within)?,
        returns_help: text_or_empty(fields, "returns_help").map_err(within)?,
        undo: Some(undo).filter(|undo| !undo.is_empty()),
        repeatable: truth(fields, "repeatable").map_err(within)?,
        examples: list(fields, "examples")
            .and_then(|examples| examples.iter().map(read_example).collect())
            .map_err(within)?,
        name,
    })
}

fn read_param(param: &Json) -> Result<Param, String> {
    let fields = fields_of(param)?;
    let name = text(fields, "name")?;
    if !is_name(&name, "") {
        return Err(format!(
            "{name:?} is no name of a parameter: letters, digits and `_`, and no digit first"
        ));
    }
    let within = |reason: String| format!("{name}: {reason}");
    let default = fields.get("default").map(untagged).transpose();
    Ok(Param {
        kind: read_type(fields, "type").map_err(within)?,
        default: default.map_err(|reason| within(format!("`default`: {reason}")))?,
        help: text_or_empty(fields, "help").map_err(within)?,
        name,
    })
}

/// `rest` is true or false, or says more: a name, a type, help, and how many there must be.
fn read_rest(rest: Option<&Json>) -> Result<(Option<Param>, usize), String> {
    match rest {
        None | Some(Json::Null | Json::Bool(false)) => Ok((None, 0)),
        Some(Json::Bool(true)) => Ok((Some(Param::required("words", Type::Any, "")), 0)),
        Some(Json::Object(fields)) => {
            let name = match text_or_empty(fields, "name")? {
                name if name.is_empty() => "words".to_owned(),
                name => name,
            };
            let least = match fields.get("least") {
                None => 0,
                Some(least) => least.as_u64().ok_or("`least` of `rest` is no number")?,
            };
            let kind = read_type(fields, "type")?;
            let rest = Param::required(&name, kind, &text_or_empty(fields, "help")?);
            Ok((Some(rest), usize::try_from(least).unwrap_or(usize::MAX)))
        }
        Some(other) => Err(format!(
            "`rest` is to be true, false or an object, and is {}",
            super::kind(other)
        )),
    }
}

/// A type by its name, `any` where it is not there.
fn read_type(fields: &JsonMap<String, Json>, name: &str) -> Result<Type, String> {
    let said = text_or_empty(fields, name)?;
    if said.is_empty() {
        return Ok(Type::Any);
    }
    match Type::from_name(&said) {
        // What is live on this side is nothing that could be sent.
        None | Some(Type::Component) => Err(format!(
            "`{name}` is no type: {said:?}; there are any, text, int, decimal, bool, duration, size, percent, list and map"
        )),
        Some(kind) => Ok(kind),
    }
}

fn read_example(example: &Json) -> Result<Example, String> {
    if let Json::String(scenario) = example {
        return Ok(Example {
            scenario: scenario.clone(),
            output: None,
        });
    }
    let fields = fields_of(example).map_err(|reason| format!("`examples`: {reason}"))?;
    Ok(Example {
        scenario: text(fields, "scenario")?,
        output: match fields.get("output") {
            None | Some(Json::Null) => None,
            Some(_) => Some(text(fields, "output")?),
        },
    })
}

fn is_name(text: &str, more: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == '_' || more.contains(c);
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(fits)
}

fn write_command(command: &Signature) -> Json {
    let mut fields = object([
        ("name", command.name.as_str().into()),
        ("help", command.help.as_str().into()),
        ("params", command.params.iter().map(write_param).collect()),
        ("rest", write_rest(command)),
        ("returns", command.returns.name().into()),
        ("returns_help", command.returns_help.as_str().into()),
        ("repeatable", command.repeatable.into()),
        (
            "examples",
            command.examples.iter().map(write_example).collect(),
        ),
    ]);
    if let Some(undo) = &command.undo {
        fields.insert("undo".to_owned(), undo.as_str().into());
    }
    Json::Object(fields)
}

fn write_param(param: &Param) -> Json {
    let mut fields = object([
        ("name", param.name.as_str().into()),
        ("type", param.kind.name().into()),
        ("help", param.help.as_str().into()),
    ]);
    if let Some(default) = &param.default {
        fields.insert("default".to_owned(), tagged(default, true));
    }
    Json::Object(fields)
}

fn write_rest(command: &Signature) -> Json {
    let Some(rest) = &command.rest else {
        return Json::Bool(false);
    };
    Json::Object(object([
        ("name", rest.name.as_str().into()),
        ("type", rest.kind.name().into()),
        ("help", rest.help.as_str().into()),
        ("least", command.rest_least.into()),
    ]))
}

fn write_example(example: &Example) -> Json {
    let mut fields = object([("scenario", example.scenario.as_str().into())]);
    if let Some(output) = &example.output {
        fields.insert("output".to_owned(), output.as_str().into());
    }
    Json::Object(fields)
}
