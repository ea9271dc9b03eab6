//! What `scn` says to a plug-in.

use std::time::Duration;

use serde_json::{Map as JsonMap, Value as Json};

use super::call::{self, Calling};
use super::{line, number, object, read, text, text_or_empty};
use crate::collection::Map;
use crate::json::{tagged, untagged};
use crate::value::Value;

/// What `scn` says to a plug-in.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// The first message: the plug-in answers with its [`Declaration`](super::Declaration), and
    /// must not touch the system.
    Initialize {
        /// The request.
        id: u64,
        /// The version that `scn` speaks.
        protocol: i64,
        /// The environment's name for the plug-in.
        plugin: String,
        /// `config` of the environment; an empty map if there is none.
        config: Value,
        /// The environment's name.
        environment: String,
    },
    /// A command is to be done. Answered with its value.
    Call {
        /// The request: `log`, `cancel` and others refer to it as `call`.
        id: u64,
        /// Which.
        command: String,
        /// A value for every parameter, defaults filled in.
        args: Map,
        /// The words beyond, where the command takes any.
        rest: Vec<Value>,
        /// What the scenario gives it as its input; left out where there is none.
        input: Option<Value>,
        /// The run's name.
        run: String,
        /// The step's number.
        step: u64,
        /// How long until it is cancelled because its time is up; left out where it is not told.
        time_left: Option<Duration>,
    },
    /// The call is to end soon: its time is up, or its result is no longer wanted. It is answered
    /// all the same.
    Cancel {
        /// The call's request.
        call: u64,
    },
    /// The run is over: the plug-in answers, and ends.
    Shutdown {
        /// The request.
        id: u64,
    },
}

/// The error codes that JSON-RPC itself defines.
pub mod codes {
    /// The line is no JSON.
    pub const PARSE: i64 = -32700;
    /// It is JSON, and no request.
    pub const REQUEST: i64 = -32600;
    /// There is no such method (or command).
    pub const METHOD: i64 = -32601;
    /// The method cannot be called so.
    pub const PARAMS: i64 = -32602;
}

/// A message that a plug-in cannot heed, with what it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The request's number; none where it has none that could be read.
    pub id: Option<u64>,
    /// One of [`codes`].
    pub code: i64,
    /// Why.
    pub message: String,
    /// It wants no answer: a notification of a kind that is not known.
    pub silent: bool,
}

impl Ask {
    /// The message as one line, with its end. Secrets stand in it as they are.
    pub fn to_line(&self) -> Vec<u8> {
        let (id, method, params) = match self {
            Self::Initialize {
                id,
                protocol,
                plugin,
                config,
                environment,
            } => {
                let params = object([
                    ("protocol", (*protocol).into()),
                    ("plugin", plugin.as_str().into()),
                    ("config", tagged(config, true)),
                    ("environment", environment.as_str().into()),
                ]);
                (Some(*id), "initialize", Some(params))
            }
            Self::Call {
                id,
                command,
                args,
                rest,
                input,
                run,
                step,
                time_left,
            } => {
                let calling = Calling {
                    command,
                    args: args.iter().map(|(name, value)| (name.as_str(), value)),
                    rest,
                    input: input.as_ref(),
                    run,
                    step: *step,
                    time_left: *time_left,
                };
                return calling.line(*id);
            }
            Self::Cancel { call } => {
                let params = object([("call", (*call).into())]);
                (None, "cancel", Some(params))
            }
            Self::Shutdown { id } => (Some(*id), "shutdown", None),
        };
        let mut fields = JsonMap::new();
        if let Some(id) = id {
            fields.insert("id".to_owned(), id.into());
        }
        fields.insert("method".to_owned(), method.into());
        if let Some(params) = params {
            fields.insert("params".to_owned(), Json::Object(params));
        }
        line(fields)
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    /// What a plug-in answers to a line that is no message for it.
    pub fn parse(line: &[u8]) -> Result<Self, Refused> {
        if let Some(call) = call::read(line) {
            return Ok(call);
        }
        let refused = |id, code, message| Refused {
            id,
            code,
            message,
            silent: false,
        };
        let fields = read(line).map_err(|reason| {
            let json = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
            let code = if json { codes::REQUEST } else { codes::PARSE };
            refused(None, code, reason)
        })?;
        let id = number(&fields, "id").map_err(|why| refused(None, codes::REQUEST, why))?;
        let method = text(&fields, "method").map_err(|why| refused(id, codes::REQUEST, why))?;
        let empty = JsonMap::new();
        let params = match fields.get("params") {
            Some(Json::Object(params)) => params,
            _ => &empty,
        };
        match Self::of(id, &method, params) {
            Some(Ok(ask)) => Ok(ask),
            Some(Err(reason)) => Err(refused(id, codes::PARAMS, format!("{method}: {reason}"))),
            None => Err(Refused {
                silent: id.is_none(),
                ..refused(id, codes::METHOD, format!("there is no method `{method}`"))
            }),
        }
    }

    /// The message of that method; none if there is no such method.
    fn of(
        id: Option<u64>,
        method: &str,
        params: &JsonMap<String, Json>,
    ) -> Option<Result<Self, String>> {
        let wanted = || id.ok_or_else(|| "it has no `id`".to_owned());
        Some(match method {
            "initialize" => wanted().and_then(|id| Self::initialize(id, params)),
            "call" => wanted().and_then(|id| Self::call(id, params)),
            "cancel" => match number(params, "call") {
                Ok(Some(call)) => Ok(Self::Cancel { call }),
                Ok(None) => Err("`call` is lacking".to_owned()),
                Err(reason) => Err(reason),
            },
            "shutdown" => wanted().map(|id| Self::Shutdown { id }),
            _ => return None,
        })
    }

    fn initialize(id: u64, params: &JsonMap<String, Json>) -> Result<Self, String> {
        let protocol = params.get("protocol").and_then(Json::as_i64);
        let config = match params.get("config") {
            None | Some(Json::Null) => Value::map(Map::new()),
            Some(config) => untagged(config)?,
        };
        Ok(Self::Initialize {
            id,
            protocol: protocol.ok_or("`protocol` is no whole number")?,
            plugin: text_or_empty(params, "plugin")?,
            config,
            environment: text_or_empty(params, "environment")?,
        })
    }

    fn call(id: u64, params: &JsonMap<String, Json>) -> Result<Self, String> {
        let args = match params.get("args") {
            None | Some(Json::Null) => Map::new(),
            Some(Json::Object(args)) => args
                .iter()
                .map(|(name, value)| Ok((name.clone(), untagged(value)?)))
                .collect::<Result<_, String>>()?,
            Some(_) => return Err("`args` is no object".to_owned()),
        };
        let rest = match params.get("rest") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(rest)) => rest.iter().map(untagged).collect::<Result<_, _>>()?,
            Some(_) => return Err("`rest` is no list".to_owned()),
        };
        Ok(Self::Call {
            id,
            command: text(params, "command")?,
            args,
            rest,
            input: params.get("input").map(untagged).transpose()?,
            run: text_or_empty(params, "run")?,
            step: number(params, "step")?.unwrap_or_default(),
            time_left: number(params, "time_left")?.map(Duration::from_nanos),
        })
    }
}
