//! Values: what stands between the operators of an expression.

use super::expression::{Sub, Tokens, wrap};
use super::scan::{Kind, Token};
use super::text::{self, Parts};
use super::{Read, number};
use crate::explain;
use crate::tree::{self, Expr, ExprKind, Ident, Part, Span};

impl Tokens<'_, '_> {
    /// A value without what may follow it.
    pub(super) fn value(&mut self) -> Read<Sub> {
        let token = self.next;
        let span = self.span(token);
        match token.kind {
            Kind::Name => {
                self.skip();
                self.name(token, span)
            }
            Kind::Number => {
                self.skip();
                Ok(Sub::leaf(number::read(self.text(token), span)?, span))
            }
            Kind::Quote => {
                let (parts, span) = self.quoted()?;
                Ok(Sub::leaf(ExprKind::Text(parts), span))
            }
            Kind::Sign => self.bracket(token, span),
            Kind::Unknown | Kind::End => Err(explain::no_value(self.reader, token)),
        }
    }

    /// The parts of the text whose quote is next.
    fn quoted(&mut self) -> Read<(tree::Parts, Span)> {
        let start = self.next.start;
        let mut parts = Parts::default();
        let end = text::quoted(self.reader, start, &mut parts, self.depth)?;
        self.resume(end);
        Ok((parts.0, self.reader.span(start, end)))
    }

    /// A value that begins with a bracket.
    fn bracket(&mut self, token: Token, span: Span) -> Read<Sub> {
        match self.text(token) {
            "(" => self.bracketed(span, ")", |inner| ExprKind::Group(Box::new(inner))),
            "#{" => self.bracketed(span, "}", |inner| ExprKind::Interpolation(Box::new(inner))),
            "[" => {
                self.skip();
                let (items, close, levels) = self.items(span, "]")?;
                Ok(Sub {
                    expr: Expr {
                        kind: ExprKind::List(items),
                        span: span.to(close),
                    },
                    levels,
                })
            }
            "{" => self.map(span),
            _ => Err(explain::no_value(self.reader, token)),
        }
    }

    /// Names joined by points, a constant, or a function with its arguments.
    fn name(&mut self, token: Token, span: Span) -> Read<Sub> {
        let written = self.text(token);
        if self.follows(b'(') {
            if explain::is_reserved(written) {
                return Err(explain::no_value(self.reader, token));
            }
            let function = Ident {
                name: written.into(),
                span,
            };
            return self.call(function);
        }
        let mut names = written.split('.');
        let first = names.next().unwrap_or(written);
        let kind = match first {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "none" => ExprKind::None,
            "it" => ExprKind::Name("it".into()),
            word if explain::is_reserved(word) => {
                return Err(explain::no_value(self.reader, token));
            }
            word => ExprKind::Name(word.into()),
        };
        let mut end = span.start as usize + first.len();
        let mut value = Sub::leaf(kind, Span::new(span.start as usize, end));
        for name in names {
            let place = Span::new(end + 1, end + 1 + name.len());
            end = place.end as usize;
            value = member(value, name, place)?;
        }
        Ok(value)
    }

    /// The arguments of `function`, whose `(` is next.
    fn call(&mut self, function: Ident) -> Read<Sub> {
        let open = self.take("(").unwrap_or(function.span);
        let (arguments, close, levels) = self.items(open, ")")?;
        let span = function.span.to(close);
        Ok(Sub {
            expr: Expr {
                kind: ExprKind::Call {
                    function: Box::new(function),
                    arguments,
                },
                span,
            },
            levels,
        })
    }

    /// `(…)` or `#{…}`, already opened.
    fn bracketed(
        &mut self,
        open: Span,
        close: &str,
        kind: impl FnOnce(Expr) -> ExprKind,
    ) -> Read<Sub> {
        self.skip();
        self.depth.enter(open)?;
        let inner = self.sub()?;
        let closing = self.close(open, close)?;
        self.depth.leave();
        Ok(Sub {
            expr: Expr {
                kind: kind(inner.expr),
                span: open.to(closing),
            },
            levels: inner.levels + 1,
        })
    }

    /// The bracket that closes the one at `open`.
    pub(super) fn close(&mut self, open: Span, close: &str) -> Read<Span> {
        match self.take(close) {
            Some(span) => Ok(span),
            None => Err(explain::not_closed(
                self.reader,
                open,
                self.next,
                self.after,
            )),
        }
    }

    /// Values parted by commas, up to the bracket that closes them.
    fn items(&mut self, open: Span, close: &str) -> Read<(Vec<Expr>, Span, usize)> {
        self.depth.enter(open)?;
        let mut items = Vec::new();
        let mut levels = 0;
        loop {
            // Also after a comma: `[1, 2,]` is `[1, 2]`.
            if let Some(closing) = self.take(close) {
                self.depth.leave();
                return Ok((items, closing, levels + 1));
            }
            let item = self.sub()?;
            levels = levels.max(item.levels);
            items.push(item.expr);
            if self.take(",").is_none() {
                let closing = self.close(open, close)?;
                self.depth.leave();
                return Ok((items, closing, levels + 1));
            }
        }
    }

    /// `{a: 1, 'b c': 2}`, already opened.
    fn map(&mut self, open: Span) -> Read<Sub> {
        self.skip();
        self.depth.enter(open)?;
        let mut entries = Vec::new();
        let mut levels = 0;
        let closing = loop {
            if let Some(closing) = self.take("}") {
                break closing;
            }
            let key = self.key(open)?;
            let value = self.sub()?;
            levels = levels.max(value.levels);
            entries.push((key, value.expr));
            if self.take(",").is_none() {
                break self.close(open, "}")?;
            }
        };
        self.depth.leave();
        Ok(Sub {
            expr: Expr {
                kind: ExprKind::Map(entries),
                span: open.to(closing),
            },
            levels: levels + 1,
        })
    }

    /// A key of a map and its colon.
    fn key(&mut self, open: Span) -> Read<Ident> {
        let token = self.next;
        let mut span = self.span(token);
        let name = match token.kind {
            Kind::Name if !self.text(token).contains('.') => {
                self.skip();
                self.text(token).into()
            }
            Kind::Quote => {
                let (mut parts, whole) = self.quoted()?;
                span = whole;
                match parts.pop() {
                    Some(Part::Quoted(text)) if parts.is_empty() => text,
                    _ => return Err(explain::no_key(span, "has an interpolation")),
                }
            }
            Kind::End => {
                return Err(explain::not_closed(self.reader, open, token, self.after));
            }
            _ => return Err(explain::no_key(span, "is no name and no text")),
        };
        if self.take(":").is_none() {
            return Err(explain::no_colon(span, &name));
        }
        Ok(Ident { name, span })
    }

    /// `.b` and `[i]`.
    pub(super) fn postfix(&mut self, mut value: Sub) -> Read<Sub> {
        loop {
            if self.follows(b'.') {
                let token = self.next;
                self.skip();
                let place = self.reader.span(token.start + 1, token.end);
                value = member(value, &self.text(token)[1..], place)?;
            } else if self.follows(b'[') {
                let open = self.span(self.next);
                self.skip();
                self.depth.enter(open)?;
                let index = self.sub()?;
                let close = self.close(open, "]")?;
                self.depth.leave();
                value.levels = value.levels.max(index.levels);
                let index = index.boxed();
                value = wrap(value, close, |of| ExprKind::Index { of, index })?;
            } else {
                return Ok(value);
            }
        }
    }
}

/// `value.name`
fn member(value: Sub, name: &str, span: Span) -> Read<Sub> {
    let name = Ident {
        name: name.into(),
        span,
    };
    wrap(value, span, |of| ExprKind::Field { of, name })
}
