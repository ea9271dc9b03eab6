//! `http`

use std::fs;
use std::str::FromStr;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::words::spelled;
use scn_protocol::{Map, Param, Signature, Stream, Type, Value, json};
use ureq::http::Method;
use ureq::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use super::example;
use crate::args::{Args, path_of};
use crate::effect::{reason, settle, unrecorded};
use crate::web::{Piece, Request, Trust, parse_authorities, parse_url};

/// How much of a body a value holds, in bytes; the step's output has it whole.
const HELD: usize = 16 << 20;

/// Asks a web server.
pub(super) struct Http(Signature);

impl Http {
    pub(super) fn new() -> Self {
        let none = Value::None;
        let text = |name, help| Param::optional(name, Type::Text, none.clone(), help);
        let any = |name, help| Param::optional(name, Type::Any, none.clone(), help);
        Self(Signature {
            name: "http".into(),
            help: "Asks a web server, over HTTP or HTTPS.\n\
                   A status of 400 or more fails, unless `expect` names it. So does a server that \
                   does not answer; a host that does not exist is an ERROR. The body of the answer \
                   is the step's output. With `retries` it asks again while there is no answer, or \
                   a status of 408, 429 or 500 and more that is not expected. Proxies are taken \
                   from the environment variables, but never for this machine."
                .into(),
            params: vec![
                Param::required("method", Type::Text, "GET, POST, …"),
                Param::required("url", Type::Text, "http:// unless it says https://"),
                any("body", "what is sent; the step's input unless said"),
                any("json", "a value that is sent as JSON, or text that is JSON"),
                any("header", "`Name: value`, a list of such, or a map"),
                any(
                    "expect",
                    "the status that passes: 404, 2xx, or a list of such",
                ),
                Param::optional(
                    "timeout",
                    Type::Duration,
                    Value::Duration(30_000_000_000),
                    "for one request, from the connection to the end of the answer",
                ),
                Param::optional("retries", Type::Int, 0, "how often it is asked again"),
                Param::optional(
                    "every",
                    Type::Duration,
                    Value::Duration(1_000_000_000),
                    "the time between two requests",
                ),
                Param::optional(
                    "redirects",
                    Type::Int,
                    0,
                    "how many redirections are followed",
                ),
                text(
                    "ca",
                    "a PEM file of the authorities that are trusted, in place of the well-known ones",
                ),
                Param::optional("insecure", Type::Bool, false, "trust any certificate"),
            ],
            returns: Type::Map,
            returns_help:
                "a map: `.status`, a number; `.headers`, a map with names in lower case; \
                           `.body`; `.json`, what the body says if it is JSON, else none"
                    .into(),
            examples: vec![
                example(
                    "start Web\nset page http GET http://127.0.0.1:#{Web.port}/\n\
                     echo #{page.status} #{page.headers['content-type']}\n\
                     http GET http://127.0.0.1:#{Web.port}/nothing expect=404",
                    "200 text/html; charset=utf-8",
                ),
                example(
                    "set port = free_port()\nset lost http GET http://127.0.0.1:#{port}/\n\
                     echo #{replace(lost.error, text(port), 'PORT')}",
                    "127.0.0.1:PORT refused the connection",
                ),
            ],
            ..Signature::default()
        })
    }
}

/// What is asked, and what is made of the answer.
struct Plan {
    request: Request,
    expect: Vec<Expected>,
    retries: u32,
    every: Duration,
}

impl Plan {
    fn new(call: Call, context: &dyn Context) -> Result<Self, Outcome> {
        let input = call.input;
        let mut args = Args::new(call.args);
        let method = args.text();
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| Outcome::error(format!("`{method}` is no HTTP method")))?;
        let url = parse_url(&args.text()).map_err(Outcome::error)?;
        let (body, json) = body(&mut args, input, &method)?;
        let mut headers = headers(&args.value())?;
        let typed = headers.iter().any(|(name, _)| name == CONTENT_TYPE);
        if let (false, Some(kind)) = (typed, content_type(body.as_deref(), json)) {
            headers.push((CONTENT_TYPE, HeaderValue::from_static(kind)));
        }
        Self {
            expect: expected(&args.value())?,
            request: Request {
                method,
                url,
                headers,
                body,
                timeout: args.duration("timeout")?,
                redirects: 0,
                trust: Trust::Known,
            },
            retries: args.count("retries")?,
            every: args.duration("every")?,
        }
        .finish(&mut args, context)
    }

    /// The rest of the arguments.
    fn finish(mut self, args: &mut Args, context: &dyn Context) -> Result<Self, Outcome> {
        self.request.redirects = args.count("redirects")?;
        let ca = args.value();
        if args.flag("insecure")? {
            self.request.trust = Trust::Anybody;
        } else if ca != Value::None {
            let path = path_of(&ca, context);
            let cannot = |why: String| Outcome::error(format!("{}: {why}", path.display()));
            let pem = fs::read(&path).map_err(|error| cannot(reason(&error)))?;
            self.request.trust = Trust::Only(parse_authorities(&pem).map_err(cannot)?);
        }
        Ok(self)
    }

    fn accepts(&self, status: u16) -> bool {
        match self.expect.as_slice() {
            [] => status < 400,
            some => some.iter().any(|expected| expected.is(status)),
        }
    }

    async fn carry_out(self, context: &dyn Context) -> Result<Outcome, Outcome> {
        for left in (0..=self.retries).rev() {
            if let Some(outcome) = self.attempt(left, context).await? {
                return Ok(outcome);
            }
            tokio::time::sleep(self.every).await;
        }
        // The last attempt always gives an outcome.
        Err(Outcome::error("no request was made"))
    }

    /// Asks once. Nothing if it is to be tried again; `left` is how often it may be.
    async fn attempt(&self, left: u32, context: &dyn Context) -> Result<Option<Outcome>, Outcome> {
        let again = |why: &str| {
            context.log("info", &format!("{why}; {left} more to try"));
            Ok(None)
        };
        let mut pieces = self.request.clone().send()?;
        let (status, headers) = match pieces.recv().await {
            Some(Piece::Head(status, headers)) => (status, headers),
            Some(Piece::Failed(failure)) if failure.ours => {
                return Err(Outcome::error(failure.reason));
            }
            Some(Piece::Failed(failure)) if left > 0 => return again(&failure.reason),
            Some(Piece::Failed(failure)) => return Err(Outcome::fail(failure.reason)),
            Some(Piece::Body(_)) | None => {
                return Err(Outcome::error(
                    "the request crashed: this is a fault of scn",
                ));
            }
        };
        let passes = self.accepts(status);
        if !passes && left > 0 && matches!(status, 408 | 429 | 500..) {
            return again(&self.unexpected(status));
        }
        let mut body = Vec::new();
        let mut whole = true;
        let mut broken = None;
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Body(bytes) => {
                    context.output(Stream::Stdout, &bytes).map_err(unrecorded)?;
                    let fits = bytes.len().min(HELD - body.len());
                    body.extend_from_slice(&bytes[..fits]);
                    whole &= fits == bytes.len();
                }
                Piece::Failed(failure) => broken = Some(failure.reason),
                Piece::Head(..) => {}
            }
        }
        if !whole {
            context.log(
                "warning",
                "the value holds only the first 16MiB of the body",
            );
        }
        let answer = answer(status, headers, body);
        Ok(Some(match broken {
            Some(reason) => Outcome::fail(reason).with_value(answer),
            None if passes => Outcome::pass(answer),
            None => Outcome::fail(self.unexpected(status)).with_value(answer),
        }))
    }

    fn unexpected(&self, status: u16) -> String {
        let words = ureq::http::StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let words = words.map_or(String::new(), |words| format!(" {words}"));
        format!(
            "{} answered with status {status}{words}",
            self.request.url.given
        )
    }
}

/// What is sent, and whether that is JSON.
fn body(
    args: &mut Args,
    input: Option<Value>,
    method: &Method,
) -> Result<(Option<Vec<u8>>, bool), Outcome> {
    let given = args.value();
    let json = args.value();
    if json == Value::None {
        let value = if given == Value::None {
            input
        } else {
            Some(given)
        };
        let empty = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
        let body = value.map(|value| value.to_raw().into_owned());
        return Ok((body.or(empty.then(Vec::new)), false));
    }
    if given != Value::None {
        return Err(Outcome::error(
            "`body` and `json` are both given: one is sent",
        ));
    }
    let text = match &json {
        // A word is JSON already; what is no JSON would surprise whom it is sent to.
        Value::Text(text) => match json::parse(text) {
            Ok(_) => text.as_str().to_owned(),
            Err(error) => return Err(Outcome::error(format!("`json` is no JSON: {error}"))),
        },
        value => json::to_plain_json(value),
    };
    Ok((Some(text.into_bytes()), true))
}

fn content_type(body: Option<&[u8]>, json: bool) -> Option<&'static str> {
    match body {
        _ if json => Some("application/json"),
        None | Some([]) => None,
        Some(bytes) if str::from_utf8(bytes).is_ok() => Some("text/plain; charset=utf-8"),
        Some(_) => Some("application/octet-stream"),
    }
}

fn headers(value: &Value) -> Result<Vec<(HeaderName, HeaderValue)>, Outcome> {
    match value.reveal() {
        Value::None => Ok(Vec::new()),
        Value::Map(map) => map
            .iter()
            .map(|(name, value)| header(name, &value.to_text()))
            .collect(),
        Value::List(list) => list.iter().map(header_line).collect(),
        line => header_line(line).map(|header| vec![header]),
    }
}

fn header_line(line: &Value) -> Result<(HeaderName, HeaderValue), Outcome> {
    let line = line.to_text();
    let (name, value) = line.split_once(':').ok_or_else(|| {
        Outcome::error("`header` is `Name: value`, a list of such, or a map".to_owned())
    })?;
    header(name, value)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Outcome> {
    let name = name.trim();
    let wrong = |what| Outcome::error(format!("header `{name}`: {what}"));
    Ok((
        HeaderName::from_str(name).map_err(|_| wrong("no such name can be sent"))?,
        HeaderValue::from_str(value.trim()).map_err(|_| wrong("no such value can be sent"))?,
    ))
}

/// A status that passes.
enum Expected {
    Status(u16),
    /// `2xx` is 2.
    Class(u16),
}

impl Expected {
    fn is(&self, status: u16) -> bool {
        match self {
            Self::Status(expected) => *expected == status,
            Self::Class(hundreds) => *hundreds == status / 100,
        }
    }
}

fn expected(value: &Value) -> Result<Vec<Expected>, Outcome> {
    match value.reveal() {
        Value::None => Ok(Vec::new()),
        Value::List(list) => list.iter().map(expected_one).collect(),
        one => expected_one(one).map(|expected| vec![expected]),
    }
}

fn expected_one(value: &Value) -> Result<Expected, Outcome> {
    let text = value.to_text();
    let hundreds = match text.as_bytes() {
        [digit @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] => Some(u16::from(digit - b'0')),
        _ => None,
    };
    let status = text
        .parse()
        .ok()
        .filter(|status| (100..=999).contains(status));
    hundreds
        .map(Expected::Class)
        .or(status.map(Expected::Status))
        .ok_or_else(|| {
            Outcome::error(format!(
                "`expect` is a status such as 404 or 2xx, not `{text}`"
            ))
        })
}

fn answer(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Value {
    let mut named = Map::new();
    for (name, value) in headers {
        let value = match named.get(&name) {
            Some(held) => format!("{held}, {value}"),
            None => value,
        };
        named.insert(name, Value::from(value));
    }
    let body = Value::bytes(body);
    let json = match &body {
        Value::Text(text) => json::parse(text).unwrap_or_default(),
        _ => Value::None,
    };
    Value::map(Map::from_iter([
        ("status".to_owned(), Value::Int(status.into())),
        ("headers".to_owned(), Value::map(named)),
        ("body".to_owned(), body),
        ("json".to_owned(), json),
    ]))
}

impl Command for Http {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn does(&self, written: &[String]) -> String {
        format!("ask {}", spelled(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move {
            settle(async { Plan::new(call, context)?.carry_out(context).await }.await)
        })
    }
}
