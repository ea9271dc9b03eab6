//! What the command around the caret takes.

use lsp_types::{
    Documentation, ParameterInformation, ParameterLabel, SignatureHelp, SignatureHelpOptions,
    SignatureHelpParams, SignatureInformation,
};
use serde_json::Value as Json;

use super::{Answer, Request, answered, asked, nothing};
use crate::assist::signature::{Help, signature};
use crate::lsp::Server;
use crate::lsp::text::Encoding;

pub static SIGNATURE: Request = Request {
    method: "textDocument/signatureHelp",
    declare: |can| {
        can.signature_help_provider = Some(SignatureHelpOptions {
            trigger_characters: Some([" ", "(", ","].map(str::to_owned).to_vec()),
            ..SignatureHelpOptions::default()
        });
    },
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: SignatureHelpParams = asked(params)?;
    let Some((document, offset)) = server.place(&params.text_document_position_params) else {
        return nothing();
    };
    let path = document.path.clone();
    let found = server.around(&path, |document, around, _| {
        signature(document.text.as_str(), offset, around)
    });
    answered(found.flatten().map(shown))
}

fn shown(help: Help) -> SignatureHelp {
    // Places within a label are counted in UTF-16, whatever was agreed for files.
    let column = |byte: usize| Encoding::Utf16.columns(&help.text[..byte]);
    let parameters = help
        .parameters
        .iter()
        .map(|(start, end, says)| ParameterInformation {
            label: ParameterLabel::LabelOffsets([column(*start), column(*end)]),
            documentation: (!says.is_empty()).then(|| Documentation::String(says.clone())),
        });
    // One behind the last is none.
    let none = help.parameters.len();
    let active = help.active.unwrap_or(none);
    SignatureHelp {
        signatures: vec![SignatureInformation {
            parameters: Some(parameters.collect()),
            documentation: (!help.help.is_empty())
                .then(|| Documentation::String(help.help.clone())),
            active_parameter: u32::try_from(active).ok(),
            label: help.text,
        }],
        active_signature: Some(0),
        active_parameter: u32::try_from(active).ok(),
    }
}
