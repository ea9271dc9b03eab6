//! What a plug-in says to `scn`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map as JsonMap, Value as Json};

use super::envelope::Envelope;
use super::{Given, line, number, object, read, text, text_or_empty};
use crate::collection::Map;
use crate::event::Stream;
use crate::json::{tagged, untagged};
use crate::value::Value;

/// What a plug-in says to `scn`.
///
/// The `call` of what is no answer is that of the call it is said for. It may be left out where a
/// single call is open, and where it is said for none.
#[derive(Clone, Debug, PartialEq)]
pub enum Tell {
    /// The answer to a request.
    Answer {
        /// The request; none where the plug-in could not read its number.
        id: Option<u64>,
        /// What it gave, or why it was not done.
        result: Result<Given, Failed>,
    },
    /// A line for the log.
    Log {
        /// The call that it is said for.
        call: Option<u64>,
        /// `debug`, `info`, `warning` or `error`.
        level: String,
        /// The line.
        message: String,
    },
    /// A metric of a component.
    Metric {
        /// The call that it is said for.
        call: Option<u64>,
        /// The component's name; `System` for the machine.
        subject: String,
        /// The metric's name.
        name: String,
        /// Its value.
        value: Value,
        /// The unit of a value that is a plain number: `us`, `MB`, `%`.
        unit: Option<String>,
    },
    /// An event of a component.
    Event {
        /// The call that it is said for.
        call: Option<u64>,
        /// The component's name; `System` for the machine.
        subject: String,
        /// What it says.
        message: String,
        /// What comes with it.
        data: Map,
    },
    /// What a command writes: the step's `stdout` or `stderr`.
    Output {
        /// The call that it is said for.
        call: Option<u64>,
        /// Which of the two.
        stream: Stream,
        /// Any bytes, cut anywhere.
        bytes: Vec<u8>,
    },
    /// A request or a notification that is not known here.
    Unknown {
        /// The request's number as it stands; none of a notification, which wants no answer.
        id: Option<Json>,
        /// What was asked.
        method: String,
    },
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// A number of the plug-in's own, or one of [`codes`](super::codes).
    pub code: i64,
    /// A reason for a person.
    pub message: String,
    /// Whose fault it was.
    pub blame: Blame,
    /// A value beside the reason.
    pub value: Option<Value>,
}

/// Whose fault it was that a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Blame {
    /// The system under test did not do what was asked: the step is a FAIL.
    System,
    /// The plug-in itself could not do it: an ERROR, as all others.
    #[default]
    Plugin,
    /// What surrounds it is not as it should be: a wrong configuration, an address that nobody
    /// answers at.
    Environment,
    /// The scenario asked for something that makes no sense.
    Scenario,
}

impl Blame {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Plugin => "plugin",
            Self::Environment => "environment",
            Self::Scenario => "scenario",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::System,
            Self::Plugin,
            Self::Environment,
            Self::Scenario,
        ]
        .into_iter()
        .find(|blame| blame.name() == name)
    }
}

impl Tell {
    /// The answer to a call that was done.
    pub fn value(id: u64, value: &Value) -> Self {
        Self::Answer {
            id: Some(id),
            result: Ok(Given::value_of(value)),
        }
    }

    /// The message as one line, with its end.
    pub fn to_line(&self) -> Vec<u8> {
        let (method, params) = match self {
            Self::Answer {
                id,
                result: Ok(given),
            } => return given.line(*id),
            Self::Answer {
                id,
                result: Err(failed),
            } => return line(object([("id", (*id).into()), ("error", failed.to_json())])),
            Self::Unknown { id, method } => {
                let mut fields = JsonMap::new();
                if let Some(id) = id {
                    fields.insert("id".to_owned(), id.clone());
                }
                fields.insert("method".to_owned(), method.as_str().into());
                return line(fields);
            }
            Self::Log {
                call,
                level,
                message,
            } => {
                let fields = [
                    ("level", level.as_str().into()),
                    ("message", message.as_str().into()),
                ];
                ("log", said_for(*call, fields))
            }
            Self::Metric {
                call,
                subject,
                name,
                value,
                unit,
            } => {
                let mut params = said_for(
                    *call,
                    [
                        ("subject", subject.as_str().into()),
                        ("name", name.as_str().into()),
                        ("value", tagged(value, true)),
                    ],
                );
                if let Some(unit) = unit {
                    params.insert("unit".to_owned(), unit.as_str().into());
                }
                ("metric", params)
            }
            Self::Event {
                call,
                subject,
                message,
                data,
            } => {
                let fields = [
                    ("subject", subject.as_str().into()),
                    ("message", message.as_str().into()),
                    ("data", tagged(&Value::map(data.clone()), true)),
                ];
                ("event", said_for(*call, fields))
            }
            Self::Output {
                call,
                stream,
                bytes,
            } => {
                let data = match std::str::from_utf8(bytes) {
                    Ok(text) => text.into(),
                    Err(_) => Json::Object(object([("$bytes", BASE64.encode(bytes).into())])),
                };
                let fields = [("stream", stream_name(*stream).into()), ("data", data)];
                ("output", said_for(*call, fields))
            }
        };
        line(object([
            ("method", method.into()),
            ("params", Json::Object(params)),
        ]))
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    /// Why it is no message: to be said of the plug-in, whose fault it is.
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        if let Some((id, given)) = str::from_utf8(line).ok().and_then(Given::read) {
            return Ok(Self::Answer {
                id: Some(id),
                result: Ok(given),
            });
        }
        if let Some((id, given)) = Envelope::read(line).and_then(|read| read.answer()) {
            return Ok(Self::Answer {
                id: Some(id),
                result: Ok(Given::text(given)),
            });
        }
        let fields = read(line)?;
        if !fields.contains_key("method") {
            return Self::answer(&fields);
        }
        let method = text(&fields, "method")?;
        if let Some(id) = fields.get("id") {
            let id = Some(id.clone());
            return Ok(Self::Unknown { id, method });
        }
        let empty = JsonMap::new();
        let params = match fields.get("params") {
            Some(Json::Object(params)) => params,
            None | Some(Json::Null) => &empty,
            Some(_) => return Err(format!("{method}: `params` is no object")),
        };
        Self::notification(&method, params).map_err(|reason| format!("{method}: {reason}"))
    }

    fn answer(fields: &JsonMap<String, Json>) -> Result<Self, String> {
        let result = match (fields.get("result"), fields.get("error")) {
            (Some(result), None | Some(Json::Null)) => Ok(Given::from(result)),
            (None | Some(Json::Null), Some(error)) => Err(Failed::read(error)?),
            (Some(_), Some(_)) => return Err("it has both `result` and `error`".to_owned()),
            (None, None) => {
                return Err("it has neither `method` nor `result` nor `error`".to_owned());
            }
        };
        let id = number(fields, "id")?;
        if id.is_none() && result.is_ok() {
            return Err("it is an answer without an `id`".to_owned());
        }
        Ok(Self::Answer { id, result })
    }

    fn notification(method: &str, params: &JsonMap<String, Json>) -> Result<Self, String> {
        let call = number(params, "call")?;
        Ok(match method {
            "log" => Self::Log {
                call,
                level: level(&text_or_empty(params, "level")?)?.to_owned(),
                message: text(params, "message")?,
            },
            "metric" => Self::Metric {
                call,
                subject: text(params, "subject")?,
                name: text(params, "name")?,
                value: untagged(params.get("value").ok_or("`value` is lacking")?)?,
                unit: Some(text_or_empty(params, "unit")?).filter(|unit| !unit.is_empty()),
            },
            "event" => Self::Event {
                call,
                subject: text(params, "subject")?,
                message: text(params, "message")?,
                data: match params.get("data") {
                    None | Some(Json::Null) => Map::new(),
                    Some(data) => match untagged(data)? {
                        Value::Map(data) => (*data).clone(),
                        _ => return Err("`data` is no map".to_owned()),
                    },
                },
            },
            "output" => Self::Output {
                call,
                stream: match text(params, "stream")?.as_str() {
                    "stdout" => Stream::Stdout,
                    "stderr" => Stream::Stderr,
                    other => {
                        return Err(format!("`stream` is stdout or stderr, and not {other}"));
                    }
                },
                bytes: match untagged(params.get("data").ok_or("`data` is lacking")?)? {
                    Value::Text(text) => text.as_bytes().to_vec(),
                    Value::Bytes(bytes) => bytes.to_vec(),
                    _ => return Err("`data` is neither text nor bytes".to_owned()),
                },
            },
            other => Self::Unknown {
                id: None,
                method: other.to_owned(),
            },
        })
    }
}

/// The parameters of what is said for a call.
fn said_for<const N: usize>(call: Option<u64>, fields: [(&str, Json); N]) -> JsonMap<String, Json> {
    let mut params = JsonMap::new();
    if let Some(call) = call {
        params.insert("call".to_owned(), call.into());
    }
    params.extend(object(fields));
    params
}

fn stream_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    }
}

/// The level that is meant, `info` where none is said.
fn level(said: &str) -> Result<&'static str, String> {
    Ok(match said {
        "debug" | "trace" => "debug",
        "" | "info" => "info",
        "warning" | "warn" => "warning",
        "error" | "critical" | "fatal" => "error",
        other => {
            return Err(format!(
                "`level` is debug, info, warning or error, and not {other}"
            ));
        }
    })
}

impl Failed {
    /// The plug-in's own error of that kind.
    pub fn new(blame: Blame, message: impl Into<String>) -> Self {
        Self {
            code: 1,
            message: message.into(),
            blame,
            value: None,
        }
    }

    fn to_json(&self) -> Json {
        let mut data = object([("blame", self.blame.name().into())]);
        if let Some(value) = &self.value {
            data.insert("value".to_owned(), tagged(value, true));
        }
        Json::Object(object([
            ("code", self.code.into()),
            ("message", self.message.as_str().into()),
            ("data", Json::Object(data)),
        ]))
    }

    /// Without `blame` it is the plug-in's fault: it did not say that it was the system's.
    fn read(error: &Json) -> Result<Self, String> {
        let Json::Object(fields) = error else {
            return Err(format!(
                "`error` is to be an object, and is {}",
                super::kind(error)
            ));
        };
        let (blame, value) = match fields.get("data") {
            Some(Json::Object(data)) => {
                let blame = match text_or_empty(data, "blame")?.as_str() {
                    "" => Blame::default(),
                    name => Blame::from_name(name).ok_or_else(|| {
                        format!(
                            "`blame` is system, plugin, environment or scenario, and not {name}"
                        )
                    })?,
                };
                (blame, data.get("value").map(untagged).transpose()?)
            }
            _ => (Blame::default(), None),
        };
        Ok(Self {
            code: fields.get("code").and_then(Json::as_i64).unwrap_or(1),
            message: text(fields, "message")?,
            blame,
            value,
        })
    }
}
