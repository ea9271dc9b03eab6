//! "Run", "debug", "plan" above a scenario, for the client to perform.

use lsp_types::{CodeLens, CodeLensOptions, CodeLensParams, Command};
use scn_grammar::tree::StatementKind;
use serde_json::{Value as Json, json};

use super::{Answer, Request, answered, asked, nothing};
use crate::lsp::Server;
use crate::lsp::documents::Sort;

/// What is shown, and the client's command that does it with the file's address.
const COMMANDS: [(&str, &str); 3] = [
    ("▶ Run", "scn.run"),
    ("Debug", "scn.debug"),
    ("Plan", "scn.plan"),
];

pub static LENSES: Request = Request {
    method: "textDocument/codeLens",
    declare: |can| {
        can.code_lens_provider = Some(CodeLensOptions {
            resolve_provider: Some(false),
        });
    },
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: CodeLensParams = asked(params)?;
    let Some(document) = server.document(&params.text_document.uri) else {
        return nothing();
    };
    if document.sort != Sort::Scenario {
        return nothing();
    }
    let tree = document.tree();
    let mut statements = tree.file.body.statements.iter();
    let runs = |kind: &StatementKind| {
        !matches!(
            kind,
            StatementKind::StepDefinition { .. } | StatementKind::Use { .. }
        )
    };
    // A file of steps alone has nothing to run.
    if !statements.any(|statement| runs(&statement.kind)) {
        return answered(Vec::<CodeLens>::new());
    }
    let headers = tree.file.headers.first().map(|header| header.span);
    let first = tree
        .file
        .body
        .statements
        .first()
        .map(|statement| statement.head);
    let span = headers.or(first).unwrap_or_default();
    let range = document.text.range(span, server.encoding);
    let uri = json!(document.uri);
    let lens = |(title, command): (&str, &str)| CodeLens {
        range,
        command: Some(Command::new(
            title.to_owned(),
            command.to_owned(),
            Some(vec![uri.clone()]),
        )),
        data: None,
    };
    answered(COMMANDS.map(lens))
}
