//! What stands at the caret.

use lsp_types::{HoverContents, HoverParams, HoverProviderCapability, MarkupContent, MarkupKind};
use serde_json::Value as Json;

use super::{Answer, Request, answered, asked, nothing};
use crate::assist::{Around, hover};
use crate::lsp::documents::{Document, Sort};
use crate::lsp::{Server, toml};

pub static HOVER: Request = Request {
    method: "textDocument/hover",
    declare: |can| can.hover_provider = Some(HoverProviderCapability::Simple(true)),
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: HoverParams = asked(params)?;
    let encoding = server.encoding;
    let Some((document, offset)) = server.place(&params.text_document_position_params) else {
        return nothing();
    };
    let path = document.path.clone();
    let found = match document.sort {
        Sort::Scenario => server
            .around(&path, |document: &Document, around: &Around<'_>, _| {
                hover(document.text.as_str(), offset, around)
            })
            .flatten(),
        sort => toml::hover(document.text.as_str(), offset, sort),
    };
    let document = server.documents.get(&path);
    let shown = found
        .zip(document)
        .map(|(found, document)| lsp_types::Hover {
            contents: HoverContents::Markup(MarkupContent {
                kind: MarkupKind::Markdown,
                value: found.text,
            }),
            range: Some(document.text.range(found.span, encoding)),
        });
    answered(shown)
}
