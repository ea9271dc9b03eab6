//! `params` of an alias: `"id:int"`, `"rate:int=1000"`, `"rate=1000"`, `"words..."`.

use scn_grammar::diagnostic::meant;
use scn_grammar::tree::{Expr, ExprKind, Part};
use scn_grammar::{Diagnostic, Span};
use scn_protocol::{Param, Type, Value, quantity};

use super::super::shape::NameKind;
use super::super::toml::{Table, locate};
use super::super::{AliasParams, codes};
use super::{Literal, Reader, literals};
use crate::ops::coerce;

/// The types that a parameter of an alias can have, which are those of words. Lists and maps are
/// words in JSON.
const TYPES: [&str; 11] = [
    "any",
    "text",
    "int",
    "decimal",
    "bool",
    "duration",
    "size",
    "percent",
    "list",
    "map",
    "component",
];

impl Reader<'_> {
    pub(super) fn params(&mut self, table: &Table) -> AliasParams {
        let mut all = AliasParams {
            params: Vec::new(),
            rest: None,
        };
        let mut seen: Vec<(String, Span)> = Vec::new();
        for declared in literals(table, "params") {
            let Some((param, rest)) = self.param(declared) else {
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|(name, _)| *name == param.name) {
                let message = format!("there is a parameter `{}` already", param.name);
                let found = Diagnostic::new(&codes::PARAM, declared.span, message);
                self.report(found.related(*first, "here"));
                continue;
            }
            seen.push((param.name.clone(), declared.span));
            if let Some(last) = &all.rest {
                let message = format!(
                    "`{}...` takes all further words, so nothing follows it",
                    last.name
                );
                self.error(&codes::PARAM, declared.span, message);
            } else if rest {
                all.rest = Some(param);
            } else {
                let optional = all.params.last().filter(|last| last.default.is_some());
                if let (Some(last), None) = (optional, &param.default) {
                    let message = format!(
                        "`{}` has no default, and follows `{}`, which has one",
                        param.name, last.name
                    );
                    self.error(&codes::PARAM, declared.span, message);
                }
                all.params.push(param);
            }
        }
        all
    }

    /// One parameter, and whether it takes all further words.
    fn param(&mut self, declared: Literal<'_>) -> Option<(Param, bool)> {
        let text = declared.text;
        let (head, default) = match text.split_once('=') {
            Some((head, default)) => (head, Some(default)),
            None => (text, None),
        };
        let (head, rest) = match head.strip_suffix("...") {
            Some(head) => (head, true),
            None => (head, false),
        };
        let (name, kind) = match head.split_once(':') {
            Some((name, kind)) => (name, Some(kind)),
            None => (head, None),
        };
        if let Some(fault) = NameKind::Name.fault(name) {
            let span = self.within(declared, 0, name.len());
            let found = Diagnostic::new(&codes::PARAM, span, fault);
            self.report(found.help(
                "a parameter is \"NAME\", \"NAME:TYPE\", \"NAME:TYPE=DEFAULT\" or \"NAME...\"",
            ));
            return None;
        }
        let kind = match kind {
            Some(kind) => Some(self.param_type(declared, name.len() + 1, kind)?),
            None => None,
        };
        if rest && default.is_some() {
            let message = format!("`{name}...` takes all further words, and needs no default");
            self.error(&codes::PARAM, declared.span, message);
            return None;
        }
        let default = match default {
            Some(default) => Some(self.default(declared, default, kind)?),
            None => None,
        };
        let param = Param {
            name: name.to_owned(),
            kind: kind.or(default.as_ref().map(type_of)).unwrap_or(Type::Any),
            default,
            help: String::new(),
        };
        Some((param, rest))
    }

    fn within(&self, declared: Literal<'_>, start: usize, length: usize) -> Span {
        locate(self.text, declared.span, Span::new(start, start + length))
    }

    fn param_type(&mut self, declared: Literal<'_>, at: usize, kind: &str) -> Option<Type> {
        if TYPES.contains(&kind) {
            return Type::from_name(kind);
        }
        let message = format!("there is no type `{kind}` for a word");
        let span = self.within(declared, at, kind.len());
        let found = Diagnostic::new(&codes::PARAM, span, message);
        self.report(match meant(kind, TYPES) {
            Some(close) => found
                .help(format!("`{close}` was probably meant"))
                .replace(close),
            None => found.help(format!("the types are {}", TYPES.join(", "))),
        });
        None
    }

    /// A default: read as the type where there is one; otherwise it gives the type.
    fn default(&mut self, declared: Literal<'_>, text: &str, kind: Option<Type>) -> Option<Value> {
        let literal = literal_value(text);
        let value = match kind {
            None | Some(Type::Any) => Some(literal.unwrap_or_else(|| Value::from(text))),
            Some(Type::Text | Type::Component) => Some(match literal {
                Some(value @ Value::Text(_)) => value,
                _ => Value::from(text),
            }),
            Some(Type::Int) => text.parse().ok().map(Value::Int),
            Some(Type::Decimal) => quantity::parse_decimal(text).map(Value::decimal),
            Some(Type::Bool) => text.parse().ok().map(Value::Bool),
            Some(Type::Duration) => quantity::parse_duration(text).map(Value::Duration),
            Some(Type::Size) => quantity::parse_size(text).map(Value::Size),
            Some(Type::Percent) => quantity::parse_percent(text).map(Value::percent),
            Some(kind @ (Type::List | Type::Map)) => coerce(&Value::from(text), kind).ok(),
        };
        if value.is_none() {
            let kind = kind.unwrap_or_default().name();
            let span = self.within(declared, declared.text.len() - text.len(), text.len());
            let message = format!("the default `{text}` is no {kind}");
            self.error(&codes::PARAM, span, message);
        }
        value
    }
}

/// The value of a literal of the language; nothing for any other text.
fn literal_value(text: &str) -> Option<Value> {
    let expr = scn_grammar::parse_expression(text).ok()?;
    value_of(&expr)
}

fn value_of(expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Int(number) => Value::Int(*number),
        ExprKind::Decimal(text) => Value::decimal(quantity::parse_decimal(text)?),
        ExprKind::Duration(nanos) => Value::Duration(*nanos),
        ExprKind::Size(bytes) => Value::Size(*bytes),
        ExprKind::Percent(text) => Value::percent(quantity::parse_decimal(text)?),
        ExprKind::Bool(truth) => Value::Bool(*truth),
        ExprKind::Text(parts) => match parts.as_slice() {
            [] => Value::from(""),
            [Part::Quoted(text) | Part::Bare(text)] => Value::from(text.as_str()),
            _ => return None,
        },
        ExprKind::Negate(inner) => match value_of(inner)? {
            Value::Int(number) => Value::Int(number.checked_neg()?),
            Value::Decimal(decimal) => Value::decimal(-*decimal),
            Value::Duration(nanos) => Value::Duration(nanos.checked_neg()?),
            _ => return None,
        },
        _ => return None,
    })
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Int(_) => Type::Int,
        Value::Decimal(_) => Type::Decimal,
        Value::Bool(_) => Type::Bool,
        Value::Duration(_) => Type::Duration,
        Value::Size(_) => Type::Size,
        Value::Percent(_) => Type::Percent,
        _ => Type::Text,
    }
}
