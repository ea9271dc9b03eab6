//! Findings as one types: what `scn check` says, on a thread of its own, so that no answer waits for it.
//!
//! What is typed comes in bursts: a check begins when nothing has come for a moment, and what has
//! become old is given up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use lsp_server::Notification;
use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location, NumberOrString,
    PublishDiagnosticsParams, Uri,
};
use scn_grammar::{Diagnostic, Severity};
use scn_interpreter::{Files, check, codes};
use serde_json::json;

use super::documents::{Overlay, Sort};
use super::meanings::{Known, Meanings};
use super::streams::Outgoing;
use super::text::{Encoding, Text};
use super::uri;

/// So long nothing must have come before a check begins.
const PAUSE: Duration = Duration::from_millis(120);

/// So long it is put off at most while one goes on typing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The files as they were at one moment.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Their texts.
    pub files: Overlay,
    /// Which are open: address, place, state and sort.
    pub open: Vec<(Uri, PathBuf, i32, Sort)>,
    /// The environment that was chosen.
    pub chosen: Option<String>,
}

/// Checks what comes, until nothing can come any more.
pub fn work(jobs: &Receiver<Work>, client: &Sender<Outgoing>, encoding: Encoding) {
    let mut told = HashSet::new();
    let mut known = Known::default();
    let mut next = jobs.recv().ok();
    while let Some(work) = next.take() {
        let work = latest(jobs, work);
        known.choose(work.chosen.clone());
        let mut round = Round::new(&work, &mut known, encoding);
        for (_, path, _, sort) in &work.open {
            if let Ok(newer) = jobs.try_recv() {
                next = Some(newer);
                break;
            }
            round.check(path, *sort);
        }
        if next.is_none() {
            round.publish(client, &mut told);
            next = jobs.recv().ok();
        }
    }
}

/// The last of what comes until there is a pause.
fn latest(jobs: &Receiver<Work>, first: Work) -> Work {
    let (mut last, begun) = (first, Instant::now());
    while begun.elapsed() < PATIENCE {
        match jobs.recv_timeout(PAUSE) {
            Ok(newer) => last = newer,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    last
}

/// One check of all that is open.
struct Round<'a> {
    work: &'a Work,
    encoding: Encoding,
    known: &'a mut Known,
    texts: HashMap<PathBuf, Text>,
    found: BTreeMap<PathBuf, Vec<lsp_types::Diagnostic>>,
}

impl<'a> Round<'a> {
    fn new(work: &'a Work, known: &'a mut Known, encoding: Encoding) -> Self {
        Self {
            work,
            encoding,
            known,
            texts: HashMap::new(),
            found: BTreeMap::new(),
        }
    }

    fn check(&mut self, path: &Path, sort: Sort) {
        let files = &self.work.files;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let Some(text) = files.open.get(path) else {
            return;
        };
        match sort {
            Sort::Scenario => {
                let meanings = self.known.of(folder, files);
                self.all(path, &meanings.diagnostics, &meanings);
                self.scenario(path, text.as_bytes(), &meanings);
            }
            Sort::Environment => {
                let meanings = Meanings::of_environment(path, files);
                self.all(path, &meanings.diagnostics, &meanings);
                // An empty scenario: all of the environment's own texts are checked with it.
                self.scenario(path, b"", &meanings);
            }
            Sort::Project => {
                let loaded = scn_interpreter::environment::project::load(files, folder);
                for found in &loaded.diagnostics {
                    self.add(path, found, &[]);
                }
            }
        }
    }

    fn scenario(&mut self, path: &Path, bytes: &[u8], meanings: &Meanings) {
        let shown = path.to_string_lossy();
        // Without what its words mean, only its syntax can be judged.
        let found = if meanings.broken {
            scn_grammar::parse_bytes(bytes).diagnostics
        } else {
            let environment = meanings.environment.as_deref();
            let files = &self.work.files;
            check(&shown, path, bytes, environment, &meanings.registry, files).diagnostics
        };
        self.all(path, &found, meanings);
    }

    fn all(&mut self, own: &Path, found: &[Diagnostic], meanings: &Meanings) {
        for found in found {
            self.add(own, found, &meanings.unasked);
        }
    }

    fn add(&mut self, own: &Path, found: &Diagnostic, unasked: &[String]) {
        let path = match found.file.is_empty() {
            true => own.to_owned(),
            false => PathBuf::from(&found.file),
        };
        let encoding = self.encoding;
        let (Some(uri), Some(text)) = (uri::uri(&path), self.text(&path)) else {
            return;
        };
        let mut shown = shown(found, text, &uri, encoding);
        if found.code.name == codes::UNKNOWN_COMMAND.name
            && let Some(plugin) = unasked.first()
        {
            // It may be one of the plug-in's, and nothing is started to know.
            shown.severity = Some(DiagnosticSeverity::INFORMATION);
            shown.message.push_str(&format!(
                "\nIt may be one of the plug-in `{plugin}`, which has not said yet what it has: \
                 `scn check` asks it"
            ));
        }
        let all = self.found.entry(path).or_default();
        if !all.contains(&shown) {
            all.push(shown);
        }
    }

    fn text(&mut self, path: &Path) -> Option<&Text> {
        if !self.texts.contains_key(path) {
            let bytes = self.work.files.read(path).ok()?;
            let text = Text::new(String::from_utf8_lossy(&bytes));
            self.texts.insert(path.to_owned(), text);
        }
        self.texts.get(path)
    }

    /// Tells the client; `told` are the files of which it knows something.
    fn publish(mut self, client: &Sender<Outgoing>, told: &mut HashSet<PathBuf>) {
        for path in told.drain() {
            self.found.entry(path).or_default();
        }
        for (_, path, ..) in &self.work.open {
            self.found.entry(path.clone()).or_default();
        }
        for (path, diagnostics) in self.found {
            let open = self.work.open.iter().find(|(_, open, ..)| *open == path);
            let uri = open
                .map(|(uri, ..)| uri.clone())
                .or_else(|| uri::uri(&path));
            let Some(uri) = uri else { continue };
            if !diagnostics.is_empty() {
                told.insert(path);
            }
            let params = PublishDiagnosticsParams {
                uri,
                diagnostics,
                version: open.map(|(_, _, version, _)| *version),
            };
            let method = "textDocument/publishDiagnostics".to_owned();
            // The client is gone: so is this thread soon.
            let told = Notification::new(method, params).into();
            let _ = client.send(Outgoing::Message(told));
        }
    }
}

/// A finding as the protocol has it.
fn shown(found: &Diagnostic, text: &Text, uri: &Uri, encoding: Encoding) -> lsp_types::Diagnostic {
    let mut message = found.message.clone();
    if let Some(help) = &found.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    let related = found
        .related
        .iter()
        .map(|(span, label)| DiagnosticRelatedInformation {
            location: Location::new(uri.clone(), text.range(*span, encoding)),
            message: label.clone(),
        });
    let related: Vec<_> = related.collect();
    let idle = [codes::UNREACHABLE.name, codes::UNUSED_LABEL.name].contains(&found.code.name);
    let replacement = found.replacement.as_ref();
    lsp_types::Diagnostic {
        range: text.range(found.span, encoding),
        severity: Some(match found.code.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(found.code.name.to_owned())),
        source: Some("scn".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        tags: idle.then(|| vec![DiagnosticTag::UNNECESSARY]),
        // What mends it comes back with the question for actions.
        data: replacement.map(|text| json!({ "replacement": text })),
        code_description: None,
    }
}
