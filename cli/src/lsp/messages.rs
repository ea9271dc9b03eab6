//! What the client tells: which files are open, how they change, what is set.

use lsp_server::{Notification, Request, RequestId, Response};
use lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    SaveOptions, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::documents::{Document, Sort};
use super::{Server, uri};

/// The question for what is set.
const SETTINGS: &str = "scn-settings";

/// How texts are kept alike.
pub fn sync() -> TextDocumentSyncCapability {
    TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions {
            include_text: Some(false),
        })),
        ..TextDocumentSyncOptions::default()
    })
}

fn read<P: DeserializeOwned>(params: Json) -> Option<P> {
    serde_json::from_value(params).ok()
}

impl Server {
    /// The client is ready: it is asked what is set, and to tell which files change.
    fn begun(&self) {
        let workspace = self.client.workspace.as_ref();
        let watches = workspace.and_then(|workspace| workspace.did_change_watched_files);
        if watches.is_some_and(|watches| watches.dynamic_registration == Some(true)) {
            let watchers = ["**/*.scn", "**/*.toml", "**/.scn/plugins/*"];
            let watchers = watchers.map(|glob| json!({ "globPattern": glob }));
            let registration = json!({
                "id": "scn-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            });
            let params = json!({ "registrations": [registration] });
            self.ask("scn-watch", "client/registerCapability", params);
        }
        self.ask_settings();
    }

    fn ask_settings(&self) {
        let workspace = self.client.workspace.as_ref();
        if workspace.is_some_and(|workspace| workspace.configuration == Some(true)) {
            let params = json!({ "items": [{ "section": "scn" }] });
            self.ask(SETTINGS, "workspace/configuration", params);
        }
    }

    fn ask(&self, id: &str, method: &str, params: Json) {
        let id = RequestId::from(id.to_owned());
        self.send(Request::new(id, method.to_owned(), params));
    }

    /// The client has answered a question of the server's.
    pub(super) fn answered(&mut self, response: Response) {
        if response.id == RequestId::from(SETTINGS.to_owned())
            && let Ok(Json::Array(answers)) = response.response_result
            && let Some(settings) = answers.first().filter(|settings| settings.is_object())
        {
            self.set(settings);
        }
    }

    /// The client tells something.
    pub(super) fn told(&mut self, told: Notification) {
        let Notification { method, params } = told;
        match method.as_str() {
            "initialized" => self.begun(),
            "textDocument/didOpen" => self.opened(params),
            "textDocument/didChange" => self.changed(params),
            "textDocument/didClose" => self.closed(params),
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                self.known.forget();
                self.documents.forget_used();
                self.check();
            }
            "workspace/didChangeConfiguration" => {
                if let Some(settings) = params.pointer("/settings/scn") {
                    self.set(settings);
                }
                self.ask_settings();
            }
            "workspace/didChangeWorkspaceFolders" => self.folders(&params),
            _ => {}
        }
    }

    fn opened(&mut self, params: Json) {
        let Some(params) = read::<DidOpenTextDocumentParams>(params) else {
            return;
        };
        let opened = params.text_document;
        let Some(path) = uri::path(&opened.uri) else {
            return;
        };
        if let Some(document) = Document::open(opened.uri, path, opened.version, opened.text) {
            self.happened(document.sort);
            self.documents.add(document);
            self.check();
        }
    }

    fn changed(&mut self, params: Json) {
        let Some(params) = read::<DidChangeTextDocumentParams>(params) else {
            return;
        };
        let encoding = self.encoding;
        let Some(path) = uri::path(&params.text_document.uri) else {
            return;
        };
        let Some(document) = self.documents.get_mut(&path) else {
            return;
        };
        for change in params.content_changes {
            document.text.change(change, encoding);
        }
        document.version = params.text_document.version;
        document.changed();
        let sort = document.sort;
        self.happened(sort);
        self.check();
    }

    fn closed(&mut self, params: Json) {
        let params = read::<DidCloseTextDocumentParams>(params);
        if let Some(path) = params.and_then(|params| uri::path(&params.text_document.uri)) {
            if let Some(sort) = self.documents.get(&path).map(|document| document.sort) {
                self.happened(sort);
            }
            self.documents.close(&path);
            self.check();
        }
    }

    /// Something happened to a file of that sort: an environment's gives words other meanings.
    fn happened(&mut self, sort: Sort) {
        if sort != Sort::Scenario {
            self.known.forget();
        }
    }

    fn folders(&mut self, params: &Json) {
        let of = |key: &str| {
            let all = params
                .pointer(&format!("/event/{key}"))
                .and_then(Json::as_array);
            let uris = all
                .into_iter()
                .flatten()
                .filter_map(|one| one.get("uri").cloned());
            let uris = uris.filter_map(|one| serde_json::from_value(one).ok());
            uris.filter_map(|one| uri::path(&one)).collect::<Vec<_>>()
        };
        let removed = of("removed");
        self.roots.retain(|root| !removed.contains(root));
        self.roots.extend(of("added"));
    }
}
