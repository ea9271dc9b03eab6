//! Everywhere that what stands at the caret stands.

use lsp_types::{DocumentHighlight, DocumentHighlightParams, OneOf, ReferenceParams};
use serde_json::Value as Json;

use super::definition::declarations;
use super::target::{occurrences, target};
use super::{Answer, Request, answered, asked, nothing};
use crate::lsp::Server;

pub static REFERENCES: Request = Request {
    method: "textDocument/references",
    declare: |can| can.references_provider = Some(OneOf::Left(true)),
    answer: references,
};

pub static HIGHLIGHT: Request = Request {
    method: "textDocument/documentHighlight",
    declare: |can| can.document_highlight_provider = Some(OneOf::Left(true)),
    answer: highlight,
};

fn references(server: &mut Server, params: Json) -> Answer {
    let params: ReferenceParams = asked(params)?;
    let Some((document, offset)) = server.place(&params.text_document_position) else {
        return nothing();
    };
    let path = document.path.clone();
    let Some((target, _)) = target(server, &path, offset) else {
        return nothing();
    };
    let mut found = occurrences(server, &target, &path);
    if !params.context.include_declaration {
        let declared = declarations(server, &path, &target);
        found.retain(|one| !declared.contains(one));
    }
    answered(server.locations(&found))
}

fn highlight(server: &mut Server, params: Json) -> Answer {
    let params: DocumentHighlightParams = asked(params)?;
    let Some((document, offset)) = server.place(&params.text_document_position_params) else {
        return nothing();
    };
    let path = document.path.clone();
    let Some((target, _)) = target(server, &path, offset) else {
        return nothing();
    };
    let found = super::target::occurrences_in(server, &target, &path);
    let Some(document) = server.documents.get(&path) else {
        return nothing();
    };
    let shown = found.iter().map(|span| DocumentHighlight {
        range: document.text.range(*span, server.encoding),
        kind: None,
    });
    answered(shown.collect::<Vec<_>>())
}
