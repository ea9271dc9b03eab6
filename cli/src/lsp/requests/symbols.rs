//! What a file holds, as a tree.

use lsp_types::{DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, OneOf, SymbolKind};
use scn_grammar::Span;
use scn_grammar::tree::{Block, HeaderKind, Statement, StatementKind};
use scn_interpreter::environment::toml::{self, Item, Table};
use serde_json::Value as Json;

use super::{Answer, Request, answered, asked, nothing};
use crate::lsp::Server;
use crate::lsp::documents::{Document, Sort};
use crate::lsp::text::Encoding;

pub static SYMBOLS: Request = Request {
    method: "textDocument/documentSymbol",
    declare: |can| can.document_symbol_provider = Some(OneOf::Left(true)),
    answer,
};

fn answer(server: &mut Server, params: Json) -> Answer {
    let params: DocumentSymbolParams = asked(params)?;
    let Some(document) = server.document(&params.text_document.uri) else {
        return nothing();
    };
    let walk = Walk {
        document,
        encoding: server.encoding,
    };
    let symbols = match document.sort {
        Sort::Scenario => walk.scenario(),
        _ => walk.tables(&toml::parse(document.text.as_str()).0, 0),
    };
    answered(DocumentSymbolResponse::Nested(symbols))
}

struct Walk<'a> {
    document: &'a Document,
    encoding: Encoding,
}

impl Walk<'_> {
    #[expect(deprecated, reason = "the type cannot be made without the old field")]
    fn symbol(
        &self,
        name: &str,
        kind: SymbolKind,
        whole: Span,
        own: Span,
        children: Vec<DocumentSymbol>,
    ) -> DocumentSymbol {
        // No name may be empty.
        let name = if name.trim().is_empty() { "…" } else { name };
        DocumentSymbol {
            name: name.to_owned(),
            detail: None,
            kind,
            tags: None,
            deprecated: None,
            range: self.document.text.range(whole.to(own), self.encoding),
            selection_range: self.document.text.range(own, self.encoding),
            children: (!children.is_empty()).then_some(children),
        }
    }

    fn scenario(&self) -> Vec<DocumentSymbol> {
        let tree = self.document.tree();
        let mut all = Vec::new();
        for header in &tree.file.headers {
            if let HeaderKind::Param { name, .. } = &header.kind {
                let kind = SymbolKind::CONSTANT;
                all.push(self.symbol(&name.name, kind, header.span, name.span, Vec::new()));
            }
        }
        all.extend(self.block(&tree.file.body));
        all
    }

    fn block(&self, block: &Block) -> Vec<DocumentSymbol> {
        let statements = block.statements.iter();
        statements
            .flat_map(|statement| self.statement(statement))
            .collect()
    }

    fn statement(&self, statement: &Statement) -> Vec<DocumentSymbol> {
        let (whole, head) = (statement.span, statement.head);
        let one = |name: &str, kind, own, inner| vec![self.symbol(name, kind, whole, own, inner)];
        match &statement.kind {
            StatementKind::StepDefinition { name, body, .. } => one(
                &name.name,
                SymbolKind::FUNCTION,
                name.span,
                self.block(body),
            ),
            StatementKind::Case { title, body } => {
                let own = title.first().zip(title.last());
                let own = own.map_or(head, |(first, last)| first.span.to(last.span));
                let text = &self.document.text.as_str()[own.range()];
                one(text, SymbolKind::CLASS, own, self.block(body))
            }
            StatementKind::Label(name) => one(&name.name, SymbolKind::KEY, name.span, Vec::new()),
            StatementKind::Mark(name) => one(&name.name, SymbolKind::EVENT, name.span, Vec::new()),
            StatementKind::Background { name, .. } => {
                one(&name.name, SymbolKind::OBJECT, name.span, Vec::new())
            }
            StatementKind::Finally(body) => {
                one("finally", SymbolKind::NAMESPACE, head, self.block(body))
            }
            other => other
                .blocks()
                .into_iter()
                .flat_map(|block| self.block(block))
                .collect(),
        }
    }

    /// The tables of an environment and what is in them, two levels deep.
    fn tables(&self, table: &Table, depth: usize) -> Vec<DocumentSymbol> {
        let mut all = Vec::new();
        for (name, key, node) in table.iter() {
            let children = match &node.item {
                Item::Table(inner) if depth < 2 => self.tables(inner, depth + 1),
                _ => Vec::new(),
            };
            let kind = match &node.item {
                Item::Table(_) => SymbolKind::STRUCT,
                _ => SymbolKind::PROPERTY,
            };
            all.push(self.symbol(name, kind, key, key, children));
        }
        all
    }
}
