//! `tcp`

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use scn_interpreter::{Call, Command, Context, Outcome};
use scn_protocol::words::spelled;
use scn_protocol::{Param, Signature, Stream, Type, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::example;
use crate::args::Args;
use crate::effect::{blocking, reason, settle, time_text, unrecorded};

/// How much is read while what is expected does not come, in bytes.
const LIMIT: usize = 16 << 20;

/// Talks to a TCP port.
pub(super) struct Tcp(Signature);

impl Tcp {
    pub(super) fn new() -> Self {
        let none = Value::None;
        Self(Signature {
            name: "tcp".into(),
            help: "Connects to a TCP port, sends a text and reads the answer.\n\
                   With `expect` it reads until that text has come; without, one line if it sent \
                   anything, and else nothing: then it passes if the port accepts the connection. \
                   `until=close` reads all, until the other side closes. It fails if the port \
                   refuses, if the other side closes too early, or if the time is up; a host that \
                   does not exist is an ERROR."
                .into(),
            params: vec![
                Param::required("address", Type::Text, "HOST:PORT"),
                Param::optional(
                    "send",
                    Type::Any,
                    none.clone(),
                    "what is sent, just as it is",
                ),
                Param::optional("expect", Type::Any, none, "the text that must come"),
                Param::optional(
                    "until",
                    Type::Text,
                    "line",
                    "line or close: where reading ends",
                ),
                Param::optional(
                    "within",
                    Type::Duration,
                    Value::Duration(10_000_000_000),
                    "how long all of it may take",
                ),
            ],
            returns: Type::Text,
            returns_help: "what was read, without its last line end".into(),
            examples: vec![
                example(
                    "start Web\nset got tcp 127.0.0.1:#{Web.port} \
                     send=\"GET / HTTP/1.0\\n\\n\" expect='200 OK'\n\
                     echo #{got contains 'HTTP/1.0 200 OK'}",
                    "true",
                ),
                example(
                    "set port = free_port()\nset lost tcp 127.0.0.1:#{port}\n\
                     echo #{replace(lost.error, text(port), 'PORT')}",
                    "127.0.0.1:PORT refused the connection",
                ),
            ],
            ..Signature::default()
        })
    }

    async fn talk(call: Call, context: &dyn Context) -> Result<Outcome, Outcome> {
        let mut args = Args::new(call.args);
        let address = args.text();
        let (send, expect, until) = (args.value(), args.value(), args.text());
        let time = args.duration("within")?;
        let end = match (expect.to_raw().into_owned(), until.as_str()) {
            (_, other) if other != "line" && other != "close" => {
                let why = format!("`until` is line or close, not `{other}`");
                return Err(Outcome::error(why));
            }
            (text, _) if expect != Value::None => End::Text(text),
            (_, "close") => End::Close,
            _ if send == Value::None => End::Connected,
            _ => End::Line,
        };
        let exchange = Exchange {
            address,
            end,
            time,
            deadline: Instant::now() + time,
        };
        exchange.carry_out(&send, context).await
    }
}

/// Where reading ends.
enum End {
    Connected,
    Line,
    Close,
    Text(Vec<u8>),
}

struct Exchange {
    address: String,
    end: End,
    time: Duration,
    deadline: Instant,
}

impl Exchange {
    async fn carry_out(&self, send: &Value, context: &dyn Context) -> Result<Outcome, Outcome> {
        let addresses = self.resolve().await?;
        let mut stream = self
            .in_time(
                "did not accept the connection",
                TcpStream::connect(&*addresses),
            )
            .await?;
        if *send != Value::None {
            self.in_time(
                "did not take what was sent",
                stream.write_all(&send.to_raw()),
            )
            .await?;
        }
        let mut read = Vec::new();
        let result = self.read(&mut stream, &mut read, context).await;
        if read.ends_with(b"\n") {
            read.pop();
            if read.ends_with(b"\r") {
                read.pop();
            }
        }
        let value = Value::bytes(read);
        match result {
            Ok(()) => Ok(Outcome::pass(value)),
            Err(outcome) => Err(outcome.with_value(value)),
        }
    }

    async fn resolve(&self) -> Result<Vec<SocketAddr>, Outcome> {
        let address = self.address.clone();
        let well_formed = address
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if !well_formed {
            return Err(Outcome::error(format!("`{address}` is not HOST:PORT")));
        }
        let resolving = blocking(move || address.to_socket_addrs().map(Iterator::collect));
        let found: Vec<SocketAddr> = match timeout_at(self.deadline, resolving).await {
            Ok(found) => found?,
            Err(_) => return Err(self.late("was not resolved")),
        }
        .map_err(|error| {
            let why = reason(&error);
            Outcome::error(format!("there is no host for {}: {why}", self.address))
        })?;
        Ok(found)
    }

    /// Reads until the end; each piece is output as it comes.
    async fn read(
        &self,
        stream: &mut TcpStream,
        read: &mut Vec<u8>,
        context: &dyn Context,
    ) -> Result<(), Outcome> {
        let late = match &self.end {
            End::Connected => return Ok(()),
            End::Line => "did not answer with a line".to_owned(),
            End::Close => "did not close the connection".to_owned(),
            End::Text(text) => format!("did not send `{}`", String::from_utf8_lossy(text)),
        };
        let mut piece = vec![0; 64 * 1024];
        loop {
            let length = self.in_time(&late, stream.read(&mut piece)).await?;
            let before = read.len();
            read.extend_from_slice(&piece[..length]);
            let enough = match &self.end {
                End::Connected => true,
                End::Line => read[before..].contains(&b'\n'),
                End::Close => length == 0,
                // What is expected may have begun in an earlier piece.
                End::Text(text) => contains(&read[before.saturating_sub(text.len())..], text),
            };
            context
                .output(Stream::Stdout, &piece[..length])
                .map_err(unrecorded)?;
            if enough {
                return Ok(());
            }
            if length == 0 {
                let why = format!("{} closed the connection, and {late}", self.address);
                return Err(Outcome::fail(why));
            }
            if read.len() > LIMIT {
                let why = format!("{} sent more than 16MiB, and {late}", self.address);
                return Err(Outcome::fail(why));
            }
        }
    }

    async fn in_time<T>(
        &self,
        late: &str,
        work: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Outcome> {
        match timeout_at(self.deadline, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Err(
                Outcome::fail(format!("{} refused the connection", self.address)),
            ),
            Ok(Err(error)) => {
                let why = reason(&error);
                Err(Outcome::fail(format!("{}: {why}", self.address)))
            }
            Err(_) => Err(self.late(late)),
        }
    }

    fn late(&self, what: &str) -> Outcome {
        let time = time_text(self.time);
        Outcome::fail(format!("{} {what} within {time}", self.address))
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    text.is_empty() || bytes.windows(text.len()).any(|window| window == text)
}

impl Command for Tcp {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn does(&self, written: &[String]) -> String {
        format!("connect to {}", spelled(written))
    }

    fn call<'a>(&'a self, call: Call, context: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        Box::pin(async move { settle(Self::talk(call, context).await) })
    }
}
