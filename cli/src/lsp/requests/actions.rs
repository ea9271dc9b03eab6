//! What mends a finding.

use std::collections::HashMap;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOptions, CodeActionOrCommand, CodeActionParams,
    CodeActionProviderCapability, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::Value as Json;

use super::{Answer, Request, answered, asked, nothing};
use crate::lsp::Server;

pub static ACTIONS: Request = Request {
    method: "textDocument/codeAction",
    declare: |can| {
        let options = CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        };
        can.code_action_provider = Some(CodeActionProviderCapability::Options(options));
    },
    answer,
};

/// Each finding carries what mends it, and the client gives it back with the question: so an action is
/// of the very state that the finding is of.
fn answer(server: &mut Server, params: Json) -> Answer {
    let params: CodeActionParams = asked(params)?;
    let Some(document) = server.document(&params.text_document.uri) else {
        return nothing();
    };
    let mut all = Vec::new();
    for found in params.context.diagnostics {
        let data = found.data.as_ref();
        let Some(text) = data.and_then(|data| data.get("replacement")?.as_str()) else {
            continue;
        };
        let span = document.text.span(found.range, server.encoding);
        let old = &document.text.as_str()[span.range()];
        let title = match (old.trim().is_empty(), text.trim().is_empty()) {
            (_, true) => format!("Delete `{old}`"),
            (true, _) => format!("Insert `{text}`"),
            _ => format!("Change `{old}` to `{text}`"),
        };
        let edit = TextEdit::new(found.range, text.to_owned());
        #[expect(clippy::mutable_key_type, reason = "the protocol's own type")]
        let changes: HashMap<Uri, _> = HashMap::from([(document.uri.clone(), vec![edit])]);
        all.push(CodeActionOrCommand::CodeAction(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![found]),
            edit: Some(WorkspaceEdit::new(changes)),
            is_preferred: Some(true),
            ..CodeAction::default()
        }));
    }
    answered(all)
}
