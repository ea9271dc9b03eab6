//! What could stand at the caret.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionOptions, CompletionParams,
    CompletionTextEdit, Documentation, TextEdit,
};
use serde_json::Value as Json;

use super::{Answer, Request, answered, asked, nothing};
use crate::assist::complete::{Completion, ItemKind};
use crate::assist::{Around, complete};
use crate::lsp::Server;
use crate::lsp::documents::{Document, Sort};
use crate::lsp::{text::Encoding, toml};

pub static COMPLETION: Request = Request {
    method: "textDocument/completion",
    declare: |can| {
        let begins = [".", "{", "@", "'", "=", "["].map(str::to_owned);
        can.completion_provider = Some(CompletionOptions {
            trigger_characters: Some(begins.to_vec()),
            ..CompletionOptions::default()
        });
    },
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: CompletionParams = asked(params)?;
    let encoding = server.encoding;
    let Some((document, offset)) = server.place(&params.text_document_position) else {
        return nothing();
    };
    if document.sort != Sort::Scenario {
        let found = toml::complete(document.text.as_str(), offset, document.sort);
        return answered(list(document, &found, encoding));
    }
    let path = document.path.clone();
    let list = server.around(&path, |document: &Document, around: &Around<'_>, _| {
        let found = complete(document.text.as_str(), offset, around);
        list(document, &found, encoding)
    });
    answered(list)
}

fn list(document: &Document, found: &Completion, encoding: Encoding) -> CompletionList {
    let range = document.text.range(found.replace, encoding);
    // No client takes an edit of several lines here.
    let range = (range.start.line == range.end.line).then_some(range);
    let items = found
        .items
        .iter()
        .enumerate()
        .map(|(at, item)| CompletionItem {
            label: item.label.clone(),
            kind: Some(kind(item.kind)),
            detail: (!item.detail.is_empty()).then(|| item.detail.clone()),
            documentation: (!item.help.is_empty())
                .then(|| Documentation::String(item.help.clone())),
            sort_text: Some(format!("{at:05}")),
            text_edit: range
                .map(|range| CompletionTextEdit::Edit(TextEdit::new(range, item.label.clone()))),
            ..CompletionItem::default()
        });
    CompletionList {
        is_incomplete: false,
        items: items.collect(),
    }
}

fn kind(kind: ItemKind) -> CompletionItemKind {
    match kind {
        ItemKind::Keyword => CompletionItemKind::KEYWORD,
        ItemKind::Command | ItemKind::Function => CompletionItemKind::FUNCTION,
        ItemKind::Step => CompletionItemKind::METHOD,
        ItemKind::Parameter => CompletionItemKind::PROPERTY,
        ItemKind::Component => CompletionItemKind::CLASS,
        ItemKind::Variable => CompletionItemKind::VARIABLE,
        ItemKind::Field => CompletionItemKind::FIELD,
        ItemKind::Label => CompletionItemKind::REFERENCE,
        ItemKind::File => CompletionItemKind::FILE,
        ItemKind::Value => CompletionItemKind::VALUE,
    }
}
