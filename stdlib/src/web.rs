//! HTTP requests: ureq on a thread of its own, the answer piece by piece.
//!
//! The command `http`, the probes and `ready = { http = … }` all ask by way of this.

use std::io::{self, Read as _};
use std::net::IpAddr;
use std::time::Duration;

use scn_interpreter::Outcome;
use tokio::sync::mpsc;
use ureq::http::header::{HeaderName, HeaderValue};
use ureq::http::{self, Method, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Proxy, Timeout};

use crate::effect::{reason, stream, time_text};

/// How much of a body is read at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Option<Vec<u8>>,
    /// How long all of it may take.
    pub(crate) timeout: Duration,
    pub(crate) redirects: u32,
    pub(crate) trust: Trust,
}

/// Whom to ask, and for what.
#[derive(Clone, Debug)]
pub(crate) struct Url {
    /// As it was given: what is told of it is told whole, as a part of a secret is not known for one.
    pub(crate) given: String,
    uri: Uri,
}

/// Whose certificates are believed.
#[derive(Clone, Debug, Default)]
pub(crate) enum Trust {
    /// Those of the well-known authorities.
    #[default]
    Known,
    /// Those of these authorities alone.
    Only(Vec<Certificate<'static>>),
    /// Anybody's.
    Anybody,
}

/// What comes of a request, in this order: a head, its body in pieces, nothing; or a failure at
/// any place.
#[derive(Debug)]
pub(crate) enum Piece {
    Head(u16, Vec<(String, String)>),
    Body(Vec<u8>),
    Failed(Failure),
}

/// Why there is no answer, or not all of it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    /// It lies with the request or with this machine, and not with whom was asked.
    pub(crate) ours: bool,
}

impl Request {
    /// A plain GET; an error tells what is wrong with the URL.
    pub(crate) fn get(url: &str, timeout: Duration) -> Result<Self, String> {
        Ok(Self {
            method: Method::GET,
            url: parse_url(url)?,
            headers: Vec::new(),
            body: None,
            timeout,
            redirects: 0,
            trust: Trust::Known,
        })
    }

    /// Sends it. Dropping the receiver gives it up.
    pub(crate) fn send(self) -> Result<mpsc::Receiver<Piece>, Outcome> {
        stream(move |sender| {
            if let Err(failure) = self.exchange(&sender) {
                // If nobody waits any more, nobody is to be told.
                let _ = sender.blocking_send(Piece::Failed(failure));
            }
        })
    }

    fn exchange(self, sender: &mpsc::Sender<Piece>) -> Result<(), Failure> {
        let fault = |error| failure(&error, &self.url, self.timeout);
        let answer = self.ask().map_err(fault)?;
        let headers = answer.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let head = Piece::Head(answer.status().as_u16(), headers.collect());
        if sender.blocking_send(head).is_err() {
            return Ok(());
        }
        let mut body = answer.into_body().into_reader();
        loop {
            let mut piece = vec![0; CHUNK];
            let read = match body.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|error| fault(ureq::Error::from(error)))?,
            };
            piece.truncate(read);
            if read == 0 || sender.blocking_send(Piece::Body(piece)).is_err() {
                return Ok(());
            }
        }
    }

    fn ask(&self) -> Result<http::Response<Body>, ureq::Error> {
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(self.url.uri.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match &self.body {
            Some(bytes) => self.agent().run(request.body(bytes)?),
            None => self.agent().run(request.body(())?),
        }
    }

    fn agent(&self) -> Agent {
        let tls = TlsConfig::builder();
        let tls = match &self.trust {
            Trust::Known => tls,
            Trust::Only(authorities) => tls.root_certs(RootCerts::new_with_certs(authorities)),
            Trust::Anybody => tls.disable_verification(true),
        };
        // What runs on this machine is never asked by way of a proxy.
        let proxy = if is_loopback(&self.url.uri) {
            None
        } else {
            Proxy::try_from_env()
        };
        Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(self.redirects)
            .max_idle_connections(0)
            .timeout_global(Some(self.timeout))
            .user_agent(concat!("scn/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy)
            .tls_config(tls.build())
            .build()
            .new_agent()
    }
}

/// Reads a URL; one without a scheme is HTTP's.
pub(crate) fn parse_url(text: &str) -> Result<Url, String> {
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let uri: Uri = full
        .parse()
        .map_err(|error| format!("`{text}` is no URL: {error}"))?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let after_host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, rest)| rest);
    let after_host = after_host
        .rsplit_once(']')
        .map_or(after_host, |(_, rest)| rest);
    if after_host.contains(':') && uri.port_u16().is_none_or(|port| port == 0) {
        return Err(format!(
            "what follows `:` in the URL `{text}` is no port from 1 to 65535"
        ));
    }
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(Url {
            given: text.to_owned(),
            uri,
        }),
        Some("http" | "https") => Err(format!("the URL `{text}` names no host")),
        other => Err(format!(
            "the URL `{text}` begins with `{}://`; http:// and https:// can be asked",
            other.unwrap_or_default()
        )),
    }
}

/// Reads the certificates of a PEM file's content.
pub(crate) fn parse_authorities(pem: &[u8]) -> Result<Vec<Certificate<'static>>, String> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| error.to_string())? {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(found)
}

fn is_loopback(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn failure(error: &ureq::Error, url: &Url, timeout: Duration) -> Failure {
    let Url { given, uri } = url;
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    });
    let (ours, reason) = match error {
        ureq::Error::HostNotFound => (true, format!("there is no host for {given}")),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
            (true, error.to_string())
        }
        ureq::Error::Timeout(at) => (
            false,
            format!(
                "{host}:{port} {} within {}",
                unfinished(*at),
                time_text(timeout)
            ),
        ),
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            (false, format!("{host}:{port} refused the connection"))
        }
        // The one sign that `std` gives of it.
        ureq::Error::Io(error) if error.to_string().starts_with("failed to lookup address") => (
            true,
            format!("there is no host for {given}: {}", reason(error)),
        ),
        ureq::Error::Io(error) => (false, format!("{host}:{port}: {}", reason(error))),
        ureq::Error::ConnectionFailed => (false, format!("{host}:{port} cannot be connected to")),
        other => (false, format!("{host}:{port}: {other}")),
    };
    Failure { reason, ours }
}

/// What was not done when the time was up.
fn unfinished(at: Timeout) -> &'static str {
    match at {
        Timeout::Resolve => "was not resolved",
        Timeout::Connect => "did not accept the connection",
        Timeout::RecvBody => "did not send all of its answer",
        _ => "did not answer",
    }
}
