//! What the server can be asked, one file a kind of question.
//!
//! To add one, write its file after the pattern of a short one such as `hover.rs`: a [`Request`] that
//! says how it is asked, what the server says that it can do, and the answer; then name it in
//! [`REQUESTS`].

mod actions;
mod completion;
mod definition;
mod durations;
mod environments;
mod folding;
mod formatting;
mod hover;
mod lenses;
mod references;
mod rename;
mod signature;
mod symbols;
mod target;
mod tokens;
mod workspace;

use lsp_server::ErrorCode;
use lsp_types::{ServerCapabilities, TextDocumentPositionParams, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::Server;
use super::documents::Document;
use super::uri;

pub use durations::Durations;

/// Something that the server can be asked.
pub struct Request {
    /// How it is asked.
    pub method: &'static str,
    /// What the server says of it.
    pub declare: fn(&mut ServerCapabilities),
    /// Answers it.
    pub answer: fn(&mut Server, Json) -> Answer,
}

/// All of it.
pub static REQUESTS: &[&Request] = &[
    &completion::COMPLETION,
    &hover::HOVER,
    &signature::SIGNATURE,
    &definition::DEFINITION,
    &references::REFERENCES,
    &references::HIGHLIGHT,
    &rename::PREPARE,
    &rename::RENAME,
    &symbols::SYMBOLS,
    &workspace::SYMBOLS,
    &formatting::FORMATTING,
    &actions::ACTIONS,
    &tokens::FULL,
    &tokens::RANGE,
    &folding::FOLDING,
    &durations::INLAY,
    &lenses::LENSES,
];

/// An answer in JSON, or why there is none.
pub type Answer = Result<String, Refusal>;

/// Why a question is not answered.
#[derive(Debug)]
pub struct Refusal {
    /// The protocol's number for it.
    pub code: ErrorCode,
    /// For a person.
    pub message: String,
}

impl Refusal {
    /// What was asked for cannot be done.
    fn failed(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::RequestFailed,
            message: message.into(),
        }
    }
}

/// What a question says.
///
/// # Errors
/// It is no such question.
fn asked<P: DeserializeOwned>(params: Json) -> Result<P, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal {
        code: ErrorCode::InvalidParams,
        message: error.to_string(),
    })
}

/// An answer as it is sent.
///
/// # Errors
/// It cannot be written, which is a fault of the program.
fn answered(answer: impl Serialize) -> Answer {
    serde_json::to_string(&answer).map_err(|error| Refusal {
        code: ErrorCode::InternalError,
        message: error.to_string(),
    })
}

/// There is nothing to say.
fn nothing() -> Answer {
    Ok("null".to_owned())
}

impl Server {
    /// The open file of that address.
    fn document(&self, uri: &Uri) -> Option<&Document> {
        self.documents.get(&uri::path(uri)?)
    }

    /// The file that is asked about, and the byte in it.
    fn place(&self, params: &TextDocumentPositionParams) -> Option<(&Document, usize)> {
        let document = self.document(&params.text_document.uri)?;
        let offset = document.text.offset(params.position, self.encoding);
        Some((document, offset))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_file_of_this_folder_is_used() {
        let source = include_str!("mod.rs");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lsp/requests");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let module = name.trim_end_matches(".rs");
            let listed = source.contains(&format!("&{module}::"))
                || ["target", "environments"].contains(&module);
            assert!(module == "mod" || listed, "{name} is in no list");
        }
    }
}
