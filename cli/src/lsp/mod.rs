//! The language server: `scn lsp`, on standard streams.
//!
//! One thread answers, in the order in which it is asked; a second one checks ([`diagnose`]). What is
//! known of a file is made once for each of its states: its tree and outline when they are first asked
//! for, what words mean in its folder until a file of an environment changes. Nothing is ever started
//! for a file that is opened: a project may be anyone's.
//!
//! To add a request, write its file in [`requests`] and name it in the list there: what the server
//! says that it can do comes from that.

mod diagnose;
mod documents;
mod meanings;
mod messages;
mod requests;
mod streams;
mod text;
mod toml;
mod uri;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc;

use crossbeam_channel::{Receiver, Sender};
use lsp_server::{ErrorCode, Message, Request, RequestId, Response};
use lsp_types::{ClientCapabilities, InitializeParams, PositionEncodingKind, ServerCapabilities};
use serde_json::{Value as Json, json};

use crate::assist::Around;
use crate::exit::Exit;
use diagnose::Work;
use documents::{Document, Documents};
use meanings::{Known, Meanings};
use requests::{REQUESTS, Refusal};
use streams::{Outgoing, Streams};
use text::Encoding;

/// What the client has set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The environment: a name, or a file.
    pub environment: Option<String>,
    /// No durations are shown.
    pub no_durations: bool,
}

impl Settings {
    /// What `scn` is set to; what is not there is as it is unless set.
    fn of(settings: &Json) -> Self {
        let environment = settings.get("environment").and_then(Json::as_str);
        let durations = settings.pointer("/inlayHints/durations");
        Self {
            environment: environment
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
            no_durations: durations.and_then(Json::as_bool) == Some(false),
        }
    }
}

/// The server.
pub struct Server {
    pub(self) documents: Documents,
    known: Known,
    encoding: Encoding,
    settings: Settings,
    client: ClientCapabilities,
    /// The folders that are open.
    roots: Vec<PathBuf>,
    durations: requests::Durations,
    sender: Sender<Outgoing>,
    jobs: mpsc::Sender<Work>,
    shut_down: bool,
}

/// Serves the client on standard input and output until it goes.
pub fn run() -> Exit {
    let Streams {
        sender,
        receiver,
        writer,
    } = streams::open();
    let exit = serve(sender, &receiver).unwrap_or(Exit::Error);
    // What was answered last is still to be written.
    let _ = writer.join();
    exit
}

fn serve(client: Sender<Outgoing>, messages: &Receiver<Message>) -> Option<Exit> {
    let params = initialized(&client, messages)?;
    let encoding = encoding(&params.capabilities);
    let (jobs, work) = mpsc::channel();
    let told = client.clone();
    std::thread::spawn(move || {
        let check = || diagnose::work(&work, &told, encoding);
        // A fault of the checker was told on standard error; it begins anew with what comes next.
        while catch_unwind(AssertUnwindSafe(check)).is_err() {}
    });
    let mut server = Server::new(&params, encoding, client, jobs);
    Some(server.serve(messages))
}

/// What the client says as it begins; whatever else it asks before is refused.
fn initialized(
    client: &Sender<Outgoing>,
    messages: &Receiver<Message>,
) -> Option<InitializeParams> {
    loop {
        let request = match messages.recv().ok()? {
            Message::Request(request) => request,
            Message::Notification(told) if told.method == "exit" => return None,
            _ => continue,
        };
        let Request { id, method, params } = request;
        if method != "initialize" {
            let code = ErrorCode::ServerNotInitialized as i32;
            let response = refused(id, code, "`initialize` comes first");
            client.send(Outgoing::Message(response.into())).ok()?;
            continue;
        }
        let params: InitializeParams = match serde_json::from_value(params) {
            Ok(params) => params,
            Err(error) => {
                let code = ErrorCode::InvalidParams as i32;
                let response = refused(id, code, &error.to_string());
                client.send(Outgoing::Message(response.into())).ok()?;
                continue;
            }
        };
        let answer = json!({
            "capabilities": capabilities(encoding(&params.capabilities)),
            "serverInfo": { "name": "scn", "version": env!("CARGO_PKG_VERSION") },
        });
        client.send(Outgoing::Answer(id, answer.to_string())).ok()?;
        return Some(params);
    }
}

/// What a column counts: the first of the client's choices that is known here.
fn encoding(client: &ClientCapabilities) -> Encoding {
    let general = client.general.as_ref();
    let offered = general.and_then(|general| general.position_encodings.as_ref());
    let known = |kind: &PositionEncodingKind| match kind.as_str() {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        _ => None,
    };
    let mut offered = offered.into_iter().flatten();
    offered.find_map(known).unwrap_or_default()
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let mut capabilities = ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(messages::sync()),
        ..ServerCapabilities::default()
    };
    for request in REQUESTS {
        (request.declare)(&mut capabilities);
    }
    capabilities
}

impl Server {
    fn new(
        params: &InitializeParams,
        encoding: Encoding,
        sender: Sender<Outgoing>,
        jobs: mpsc::Sender<Work>,
    ) -> Self {
        let folders = params.workspace_folders.iter().flatten();
        let mut roots: Vec<PathBuf> = folders.filter_map(|one| uri::path(&one.uri)).collect();
        #[expect(deprecated, reason = "older clients say nothing else")]
        if let (true, Some(root)) = (roots.is_empty(), &params.root_uri) {
            roots.extend(uri::path(root));
        }
        let options = params.initialization_options.clone().unwrap_or_default();
        let mut server = Self {
            documents: Documents::default(),
            known: Known::default(),
            encoding,
            settings: Settings::default(),
            client: params.capabilities.clone(),
            roots,
            durations: requests::Durations::default(),
            sender,
            jobs,
            shut_down: false,
        };
        server.set(&options);
        server
    }

    /// Takes over what the client has set.
    fn set(&mut self, settings: &Json) {
        self.settings = Settings::of(settings);
        self.known.choose(self.settings.environment.clone());
        self.check();
    }

    /// Has all that is open checked soon.
    fn check(&self) {
        let open = self.documents.iter();
        let open = open.map(|one| (one.uri.clone(), one.path.clone(), one.version, one.sort));
        let work = Work {
            open: open.collect(),
            files: documents::Overlay {
                open: self.documents.texts(),
            },
            chosen: self.settings.environment.clone(),
        };
        // The thread lives as long as this one.
        let _ = self.jobs.send(work);
    }

    fn serve(&mut self, messages: &Receiver<Message>) -> Exit {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                match messages.recv() {
                    Ok(message) => waiting.push_back(message),
                    Err(_) => return Exit::Error,
                }
            }
            waiting.extend(messages.try_iter());
            match waiting.pop_front() {
                Some(Message::Request(request)) => {
                    let id = request.id.clone();
                    let answer = match cancels(&waiting, &id) {
                        true => Err((ErrorCode::RequestCanceled, "it was cancelled".to_owned())),
                        false => self.answer(request),
                    };
                    match answer {
                        Ok(answer) => _ = self.sender.send(Outgoing::Answer(id, answer)),
                        Err((code, reason)) => self.send(refused(id, code as i32, &reason)),
                    }
                }
                Some(Message::Notification(told)) if told.method == "exit" => {
                    return match self.shut_down {
                        true => Exit::Done,
                        false => Exit::Fail,
                    };
                }
                Some(Message::Notification(told)) => {
                    // A fault in it is told by the hook; the next message finds the server as it was.
                    let _ = catch_unwind(AssertUnwindSafe(|| self.told(told)));
                }
                Some(Message::Response(response)) => self.answered(response),
                None => {}
            }
        }
    }

    fn send(&self, message: impl Into<Message>) {
        // If the client is gone, so is the input, and with it the server.
        let _ = self.sender.send(Outgoing::Message(message.into()));
    }

    /// The answer in JSON, or why there is none.
    fn answer(&mut self, request: Request) -> Result<String, (ErrorCode, String)> {
        let Request { method, params, .. } = request;
        if self.shut_down {
            return Err((ErrorCode::InvalidRequest, "it was shut down".to_owned()));
        }
        if method == "shutdown" {
            self.shut_down = true;
            return Ok("null".to_owned());
        }
        let Some(request) = REQUESTS.iter().find(|one| one.method == method) else {
            return Err((
                ErrorCode::MethodNotFound,
                format!("`{method}` is not known"),
            ));
        };
        match catch_unwind(AssertUnwindSafe(|| (request.answer)(self, params))) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Refusal { code, message })) => Err((code, message)),
            Err(_) => Err((ErrorCode::InternalError, "a fault of scn itself".to_owned())),
        }
    }

    /// What words mean where that file is.
    fn meanings(&mut self, folder: &Path) -> Rc<Meanings> {
        self.known.of(folder, &self.documents)
    }

    /// Asks something of a scenario that is open.
    fn around<T>(
        &mut self,
        path: &Path,
        ask: impl FnOnce(&Document, &Around<'_>, &Meanings) -> T,
    ) -> Option<T> {
        let folder = self.documents.get(path)?.folder().to_owned();
        let meanings = self.meanings(&folder);
        let document = self.documents.get(path)?;
        let (tree, used) = (document.tree(), document.used(&self.documents));
        let around = Around {
            environment: meanings.environment.as_deref(),
            registry: &meanings.registry,
            outline: &tree.outline,
            used: &used,
            folder: document.folder(),
            files: &self.documents,
        };
        Some(ask(document, &around, &meanings))
    }
}

/// Whether the client takes a question back.
fn cancels(waiting: &VecDeque<Message>, id: &RequestId) -> bool {
    let cancelled = |message: &Message| match message {
        Message::Notification(told) if told.method == "$/cancelRequest" => {
            let of = told.params.get("id").cloned();
            of.and_then(|of| serde_json::from_value::<RequestId>(of).ok())
                .as_ref()
                == Some(id)
        }
        _ => false,
    };
    waiting.iter().any(cancelled)
}

fn refused(id: RequestId, code: i32, message: &str) -> Response {
    Response::new_err(id, code, message.to_owned())
}
