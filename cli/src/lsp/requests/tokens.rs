//! What each word is, for colours.

use std::collections::HashSet;

use lsp_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens,
    SemanticTokensFullOptions, SemanticTokensLegend, SemanticTokensOptions, SemanticTokensParams,
    SemanticTokensRangeParams, SemanticTokensServerCapabilities,
};
use scn_grammar::Span;
use serde_json::Value as Json;

use super::{Answer, Request, answered, asked, nothing};
use crate::assist::Around;
use crate::assist::outline::What;
use crate::assist::reader::{Kind, Mark, read};
use crate::assist::resolve::{Meaning, resolve};
use crate::lsp::Server;
use crate::lsp::documents::{Document, Sort};
use crate::lsp::text::Encoding;

pub static FULL: Request = Request {
    method: "textDocument/semanticTokens/full",
    declare: |can| {
        let options = SemanticTokensOptions {
            legend: SemanticTokensLegend {
                token_types: Shade::NAMES
                    .iter()
                    .map(|name| SemanticTokenType::new(name))
                    .collect(),
                token_modifiers: Modifier::NAMES
                    .iter()
                    .map(|name| SemanticTokenModifier::new(name))
                    .collect(),
            },
            range: Some(true),
            full: Some(SemanticTokensFullOptions::Bool(true)),
            ..SemanticTokensOptions::default()
        };
        can.semantic_tokens_provider = Some(
            SemanticTokensServerCapabilities::SemanticTokensOptions(options),
        );
    },
    answer: full,
};

pub static RANGE: Request = Request {
    method: "textDocument/semanticTokens/range",
    declare: |_| {},
    answer: range,
};

/// Kinds with their names in the protocol. An answer has their numbers, which are those of the order here,
/// in which the client is told the names.
macro_rules! numbered {
    ($(#[$doc:meta])* $kind:ident { $($one:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        enum $kind {
            $($one,)*
        }

        impl $kind {
            const NAMES: &[&str] = &[$($name,)*];
        }
    };
}

numbered! {
    /// What a word is shown as.
    Shade {
        Keyword = "keyword",
        Decorator = "decorator",
        Function = "function",
        Parameter = "parameter",
        Text = "string",
        Number = "number",
        Variable = "variable",
        Property = "property",
        Label = "label",
        Class = "class",
        Pattern = "regexp",
        Comment = "comment",
        Method = "method",
    }
}

numbered! {
    /// What more is said of it: the bit of that number.
    Modifier {
        Declaration = "declaration",
        Library = "defaultLibrary",
        ReadOnly = "readonly",
    }
}

/// What a word is shown as, and what more is said of it.
type Colour = (Shade, Option<Modifier>);

fn full(server: &mut Server, params: Json) -> Answer {
    let params: SemanticTokensParams = asked(params)?;
    let Some(document) = server.document(&params.text_document.uri) else {
        return nothing();
    };
    let (path, whole) = (document.path.clone(), document.text.whole());
    tokens(server, &path, whole)
}

fn range(server: &mut Server, params: Json) -> Answer {
    let params: SemanticTokensRangeParams = asked(params)?;
    let Some(document) = server.document(&params.text_document.uri) else {
        return nothing();
    };
    let span = document.text.span(params.range, server.encoding);
    let path = document.path.clone();
    tokens(server, &path, span)
}

fn tokens(server: &mut Server, path: &std::path::Path, within: Span) -> Answer {
    let encoding = server.encoding;
    let data = server.around(path, |document, around, _| match document.sort {
        Sort::Scenario => of(document, around, within, encoding),
        _ => Vec::new(),
    });
    answered(data.map(|data| SemanticTokens {
        result_id: None,
        data,
    }))
}

fn of(
    document: &Document,
    around: &Around<'_>,
    within: Span,
    encoding: Encoding,
) -> Vec<SemanticToken> {
    let text = document.text.as_str();
    let mut colours = Colours::new(text, around);
    let mut writer = Writer {
        document,
        encoding,
        data: Vec::new(),
        last: (0, 0),
    };
    for line in scn_grammar::logical_lines(text) {
        if line.end < within.start {
            continue;
        }
        if line.start > within.end {
            break;
        }
        for mark in read(text, line, None).marks {
            if let Some(colour) = colours.of(mark) {
                writer.write(mark.span, colour);
            }
        }
    }
    writer.data
}

/// What names mean, looked up once.
struct Colours<'a> {
    text: &'a str,
    around: &'a Around<'a>,
    variables: HashSet<(usize, &'a str)>,
    params: HashSet<&'a str>,
    commands: std::collections::HashMap<&'a str, Option<Colour>>,
}

impl<'a> Colours<'a> {
    fn new(text: &'a str, around: &'a Around<'a>) -> Self {
        let given = around.outline.occurrences.iter().filter(|one| one.defines);
        let mut variables = HashSet::new();
        let mut params = HashSet::new();
        for one in given {
            match one.what {
                What::Name => _ = variables.insert((one.scope, one.name.as_str())),
                What::Parameter => _ = params.insert(one.name.as_str()),
                _ => {}
            }
        }
        Self {
            text,
            around,
            variables,
            params,
            commands: std::collections::HashMap::new(),
        }
    }

    fn of(&mut self, mark: Mark) -> Option<Colour> {
        let words = self.text.get(mark.span.range())?;
        Some(match mark.kind {
            Kind::Keyword | Kind::Constant => (Shade::Keyword, None),
            Kind::Header => (Shade::Decorator, None),
            Kind::Command => return self.command(words),
            Kind::Named => (Shade::Parameter, None),
            Kind::Text | Kind::File => (Shade::Text, None),
            Kind::Number => (Shade::Number, None),
            Kind::Name | Kind::Job => self.name(words, mark.span.start as usize),
            Kind::Function => (Shade::Function, Some(Modifier::Library)),
            Kind::Member => (Shade::Property, None),
            // Signs have no meaning to be told apart by, and would be a third of all.
            Kind::Operator => return None,
            Kind::NewName => (Shade::Variable, Some(Modifier::Declaration)),
            Kind::Label => (Shade::Label, None),
            Kind::StepName => (Shade::Method, Some(Modifier::Declaration)),
            Kind::Parameter => (Shade::Parameter, Some(Modifier::Declaration)),
            Kind::Host => (Shade::Class, None),
            Kind::Pattern => (Shade::Pattern, None),
            Kind::Comment => (Shade::Comment, None),
            Kind::Word => {
                let name = words.split('[').next()?;
                let known = self.around.environment?.components.contains_key(name);
                return known.then_some((Shade::Class, None));
            }
        })
    }

    fn name(&self, name: &str, at: usize) -> Colour {
        let scope = self.around.outline.scope_at(at);
        if self.variables.contains(&(scope, name)) {
            return (Shade::Variable, None);
        }
        if self.params.contains(name) {
            return (Shade::Parameter, Some(Modifier::ReadOnly));
        }
        let environment = self.around.environment;
        if name == "System" || environment.is_some_and(|known| known.components.contains_key(name))
        {
            return (Shade::Class, None);
        }
        match environment.is_some_and(|known| known.vars.contains_key(name)) {
            true => (Shade::Property, Some(Modifier::ReadOnly)),
            false => (Shade::Variable, None),
        }
    }

    /// One that is unknown has no colour.
    fn command(&mut self, name: &'a str) -> Option<Colour> {
        let around = self.around;
        let look = || {
            Some(match resolve(name, around)? {
                Meaning::Own(_) | Meaning::Used(_) => (Shade::Method, None),
                Meaning::Alias(..) => (Shade::Function, None),
                Meaning::Command(_) => (Shade::Function, Some(Modifier::Library)),
            })
        };
        *self.commands.entry(name).or_insert_with(look)
    }
}

/// Tokens as the protocol has them: each counted from the one before, and none over a line's end.
struct Writer<'a> {
    document: &'a Document,
    encoding: Encoding,
    data: Vec<SemanticToken>,
    /// Line and column of the last one.
    last: (u32, u32),
}

impl Writer<'_> {
    fn write(&mut self, span: Span, colour: Colour) {
        let text = &self.document.text.as_str()[span.range()];
        let mut start = span.start as usize;
        for line in text.split_inclusive('\n') {
            let shown = line.trim_end_matches(['\n', '\r']);
            if !shown.is_empty() {
                self.one(start, shown, colour);
            }
            start += line.len();
        }
    }

    fn one(&mut self, start: usize, text: &str, (shade, modifier): Colour) {
        let at = self.document.text.position(start, self.encoding);
        let same = at.line == self.last.0;
        self.data.push(SemanticToken {
            delta_line: at.line - self.last.0,
            delta_start: at.character - if same { self.last.1 } else { 0 },
            length: self.encoding.columns(text),
            token_type: shade as u32,
            token_modifiers_bitset: modifier.map_or(0, |one| 1 << one as u32),
        });
        self.last = (at.line, at.character);
    }
}
