//! Expressions: from tokens in a row to a tree, by a table of precedences.
//!
//! Operators wait on a stack of this function's own, so only brackets, `where` and
//! interpolations recurse, and those are counted.

use std::iter::Peekable;

use pest::iterators::{Pair, Pairs};

use super::text::{Parts, quoted};
use super::{Read, Reader, Rule, incoherent, number};
use crate::explain;
use crate::limits::{MAX_LEVELS, MAX_NESTING};
use crate::tree::{Expr, ExprKind, Ident, Operator, Part, Span};

/// How many brackets and interpolations are open here.
#[derive(Default)]
pub(super) struct Depth {
    open: usize,
}

impl Depth {
    /// One more is open.
    pub(super) fn enter(&mut self, span: Span) -> Read<()> {
        self.open += 1;
        if self.open > MAX_NESTING {
            return Err(explain::too_deep(span));
        }
        Ok(())
    }

    /// One less is open.
    pub(super) fn leave(&mut self) {
        self.open -= 1;
    }
}

/// An expression with the number of levels in its tree.
struct Sub {
    expr: Expr,
    levels: usize,
}

impl Sub {
    fn leaf(kind: ExprKind, span: Span) -> Self {
        Self {
            expr: Expr { kind, span },
            levels: 1,
        }
    }

    fn boxed(self) -> Box<Expr> {
        Box::new(self.expr)
    }
}

/// What waits on the stack for its right side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Infix(Operator),
    Matches,
    Not,
    Negate,
}

impl Waiting {
    /// How tightly it binds; `where`, the loosest, never waits.
    fn power(self) -> u8 {
        match self {
            Self::Infix(Operator::Or) => 2,
            Self::Infix(Operator::And) => 3,
            Self::Not => 4,
            Self::Matches
            | Self::Infix(
                Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessEqual
                | Operator::Greater
                | Operator::GreaterEqual
                | Operator::In
                | Operator::NotIn
                | Operator::Contains,
            ) => COMPARISON,
            Self::Infix(Operator::Add | Operator::Subtract) => 6,
            Self::Infix(Operator::Multiply | Operator::Divide | Operator::Modulo) => 7,
            Self::Negate => 8,
        }
    }
}

const COMPARISON: u8 = 5;

/// The tokens of one expression, being read.
pub(super) struct Tokens<'s, 'd> {
    reader: Reader<'s>,
    pairs: Peekable<Pairs<'s, Rule>>,
    /// Where the last token taken ends, as a byte of the reader's text.
    after: usize,
    /// Where the tokens end.
    end: usize,
    depth: &'d mut Depth,
}

/// Reads an expression that takes all tokens of `pair`.
pub(super) fn expression(reader: Reader<'_>, pair: Pair<'_, Rule>) -> Read<Expr> {
    let mut depth = Depth::default();
    Tokens::of(reader, pair, &mut depth).whole("")
}

/// Reads an expression and, after a comma, another.
pub(super) fn expression_and_message(
    reader: Reader<'_>,
    pair: Pair<'_, Rule>,
) -> Read<(Expr, Option<Expr>)> {
    let mut depth = Depth::default();
    let mut tokens = Tokens::of(reader, pair, &mut depth);
    let first = tokens.sub()?.expr;
    let second = if tokens.take(",").is_some() {
        Some(tokens.sub()?.expr)
    } else {
        None
    };
    tokens.finished("")?;
    Ok((first, second))
}

/// Reads a value without an operator outside brackets.
pub(super) fn operand(reader: Reader<'_>, pair: Pair<'_, Rule>) -> Read<Expr> {
    expression(reader, pair)
}

impl<'s, 'd> Tokens<'s, 'd> {
    /// The tokens of a pair that is an expression.
    pub(super) fn of(reader: Reader<'s>, pair: Pair<'s, Rule>, depth: &'d mut Depth) -> Self {
        let end = pair.as_span().end();
        Self::new(reader, pair, end, depth)
    }

    /// The tokens of `pair`; what is missing at their end is missing at byte `end`.
    pub(super) fn new(
        reader: Reader<'s>,
        pair: Pair<'s, Rule>,
        end: usize,
        depth: &'d mut Depth,
    ) -> Self {
        Self {
            reader,
            after: pair.as_span().start(),
            pairs: pair.into_inner().peekable(),
            end,
            depth,
        }
    }

    /// One expression and nothing after it; `open` is the bracket that it stands in.
    pub(super) fn whole(&mut self, open: &str) -> Read<Expr> {
        let sub = self.sub()?;
        self.finished(open)?;
        Ok(sub.expr)
    }

    fn finished(&mut self, open: &str) -> Read<()> {
        match self.pairs.next() {
            None => Ok(()),
            Some(pair) => Err(explain::no_operator(self.reader, &pair, self.after, open)),
        }
    }

    fn next(&mut self) -> Option<Pair<'s, Rule>> {
        let pair = self.pairs.next()?;
        self.after = pair.as_span().end();
        Some(pair)
    }

    /// Takes the next token if it is that sign.
    fn take(&mut self, sign: &str) -> Option<Span> {
        let pair = self.pairs.peek()?;
        if pair.as_str() != sign || is_text(pair.as_rule()) {
            return None;
        }
        let span = self.reader.span_of(pair);
        self.next();
        Some(span)
    }

    /// Whether the next token begins with `sign` and directly follows the last.
    fn follows(&mut self, sign: &str) -> bool {
        let after = self.after;
        self.pairs
            .peek()
            .is_some_and(|pair| pair.as_span().start() == after && pair.as_str().starts_with(sign))
    }

    /// Reads as far as an expression goes.
    fn sub(&mut self) -> Read<Sub> {
        let mut operands: Vec<Sub> = Vec::new();
        let mut waiting: Vec<(Waiting, Span)> = Vec::new();
        loop {
            let operand = self.operand(&mut waiting)?;
            operands.push(operand);
            let Some((next, span)) = self.infix()? else {
                break;
            };
            let Some(next) = next else {
                reduce_to(0, &mut operands, &mut waiting)?;
                let list = operands.pop().ok_or_else(|| incoherent(self.reader))?;
                return self.filtered(list, span);
            };
            reduce_to(next.power(), &mut operands, &mut waiting)?;
            if let Some(&(before, first)) = waiting.last()
                && before.power() == COMPARISON
                && next.power() == COMPARISON
            {
                return Err(explain::chained(self.reader, first, span));
            }
            waiting.push((next, span));
        }
        reduce_to(0, &mut operands, &mut waiting)?;
        operands.pop().ok_or_else(|| incoherent(self.reader))
    }

    /// `LIST where EXPR`, its list and its `where` already read.
    fn filtered(&mut self, list: Sub, span: Span) -> Read<Sub> {
        self.depth.enter(span)?;
        let condition = self.sub()?;
        self.depth.leave();
        let levels = list.levels.max(condition.levels) + 1;
        let whole = list.expr.span.to(condition.expr.span);
        Ok(Sub {
            expr: Expr {
                kind: ExprKind::Where {
                    list: list.boxed(),
                    condition: condition.boxed(),
                },
                span: whole,
            },
            levels,
        })
    }

    /// Signs and `not`, which go on the stack, and the value after them.
    fn operand(&mut self, waiting: &mut Vec<(Waiting, Span)>) -> Read<Sub> {
        loop {
            let Some(pair) = self.pairs.peek() else {
                return Err(explain::no_value(self.reader, None, self.end));
            };
            let prefix = match pair.as_str() {
                "-" => Waiting::Negate,
                "not" => Waiting::Not,
                _ => break,
            };
            let span = self.reader.span_of(pair);
            self.next();
            if waiting.len() >= MAX_NESTING {
                return Err(explain::too_deep(span));
            }
            // The least whole number has no positive twin.
            if prefix == Waiting::Negate
                && let Some(digits) = self.take("9223372036854775808")
            {
                return Ok(Sub::leaf(ExprKind::Int(i64::MIN), span.to(digits)));
            }
            waiting.push((prefix, span));
        }
        let value = self.value()?;
        self.postfix(value)
    }

    /// A value without what may follow it.
    fn value(&mut self) -> Read<Sub> {
        let Some(pair) = self.next() else {
            return Err(explain::no_value(self.reader, None, self.end));
        };
        let span = self.reader.span_of(&pair);
        match (pair.as_rule(), pair.as_str()) {
            (rule, _) if is_text(rule) => {
                let mut parts = Parts(Vec::with_capacity(1));
                quoted(self.reader, pair, &mut parts, self.depth)?;
                Ok(Sub::leaf(ExprKind::Text(parts.0), span))
            }
            (Rule::clause_like | Rule::any_ident, _) => self.name(&pair, span),
            (_, text) if begins_name(text) => self.name(&pair, span),
            (_, text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(Sub::leaf(number::read(text, span)?, span))
            }
            (_, "(") => self.bracketed(span, ")", |inner| ExprKind::Group(Box::new(inner))),
            (_, "#{") => {
                self.bracketed(span, "}", |inner| ExprKind::Interpolation(Box::new(inner)))
            }
            (_, "[") => {
                let (items, close, levels) = self.items(span, "]")?;
                Ok(Sub {
                    expr: Expr {
                        kind: ExprKind::List(items),
                        span: span.to(close),
                    },
                    levels,
                })
            }
            (_, "{") => self.map(span),
            _ => Err(explain::no_value(self.reader, Some(&pair), self.end)),
        }
    }

    /// Names joined by points, a constant, or a function with its arguments.
    fn name(&mut self, pair: &Pair<'_, Rule>, span: Span) -> Read<Sub> {
        let written = pair.as_str();
        if self.follows("(") {
            if explain::is_reserved(written) {
                return Err(explain::no_value(self.reader, Some(pair), self.end));
            }
            let function = Ident {
                name: written.to_owned(),
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
            "it" => ExprKind::Name("it".to_owned()),
            word if explain::is_reserved(word) => {
                return Err(explain::no_value(self.reader, Some(pair), self.end));
            }
            word => ExprKind::Name(word.to_owned()),
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
                    function,
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
    fn close(&mut self, open: Span, close: &str) -> Read<Span> {
        if let Some(span) = self.take(close) {
            return Ok(span);
        }
        let after = self.after;
        let found = self.pairs.next();
        Err(explain::not_closed(
            self.reader,
            open,
            found.as_ref(),
            after,
            self.end,
        ))
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
        let after = self.after;
        let Some(pair) = self.next() else {
            return Err(explain::not_closed(
                self.reader,
                open,
                None,
                after,
                self.end,
            ));
        };
        let span = self.reader.span_of(&pair);
        let name = match pair.as_rule() {
            Rule::simple | Rule::clause_like | Rule::any_ident
                if begins_name(pair.as_str()) && !pair.as_str().contains('.') =>
            {
                pair.as_str().to_owned()
            }
            rule if is_text(rule) => {
                let mut parts = Parts(Vec::with_capacity(1));
                quoted(self.reader, pair, &mut parts, self.depth)?;
                match parts.0.pop() {
                    Some(Part::Quoted(text)) if parts.0.is_empty() => text,
                    _ => return Err(explain::no_key(span, "has an interpolation")),
                }
            }
            _ => return Err(explain::no_key(span, "is no name and no text")),
        };
        if self.take(":").is_none() {
            return Err(explain::no_colon(span, &name));
        }
        Ok(Ident { name, span })
    }

    /// `.b`, `[i]` and, after names with points, `(…)`.
    fn postfix(&mut self, mut value: Sub) -> Read<Sub> {
        loop {
            if self.follows(".") {
                let Some(pair) = self.next() else {
                    return Err(incoherent(self.reader));
                };
                let dot = self.reader.span_of(&pair);
                let Some(name) = pair
                    .as_str()
                    .strip_prefix('.')
                    .filter(|name| !name.is_empty())
                else {
                    return Err(explain::no_field(dot));
                };
                let place = Span {
                    start: dot.start + 1,
                    end: dot.end,
                };
                value = member(value, name, place)?;
            } else if self.follows("[") {
                let open = self.take("[").unwrap_or(value.expr.span);
                self.depth.enter(open)?;
                let index = self.sub()?;
                let close = self.close(open, "]")?;
                self.depth.leave();
                let levels = value.levels.max(index.levels);
                value.levels = levels;
                let index = index.boxed();
                value = wrap(value, close, |of| ExprKind::Index { of, index })?;
            } else {
                return Ok(value);
            }
        }
    }

    /// The operator between two values; `None` inside for `where`.
    fn infix(&mut self) -> Read<Option<(Option<Waiting>, Span)>> {
        let Some(pair) = self.pairs.peek() else {
            return Ok(None);
        };
        let mut span = self.reader.span_of(pair);
        if is_text(pair.as_rule()) {
            return Ok(None);
        }
        let waiting = match pair.as_str() {
            "matches" => Waiting::Matches,
            "=" => return Err(explain::single_equals(span)),
            "where" => {
                self.next();
                return Ok(Some((None, span)));
            }
            "not" => {
                self.next();
                let Some(found) = self.take("in") else {
                    return Err(explain::not_without_in(span));
                };
                span = span.to(found);
                return Ok(Some((Some(Waiting::Infix(Operator::NotIn)), span)));
            }
            symbol => match operator(symbol) {
                Some(operator) => Waiting::Infix(operator),
                None => return Ok(None),
            },
        };
        self.next();
        Ok(Some((Some(waiting), span)))
    }
}

/// The operator that a symbol is.
fn operator(symbol: &str) -> Option<Operator> {
    Some(match symbol {
        "or" => Operator::Or,
        "and" => Operator::And,
        "in" => Operator::In,
        "contains" => Operator::Contains,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        _ => return None,
    })
}

/// Whether a token is a text, whose first characters are not to be taken for signs.
fn is_text(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::single | Rule::double | Rule::curly_single | Rule::curly_double | Rule::block_text
    )
}

/// Whether a token is a name, by its first character.
fn begins_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// `value.name`
fn member(value: Sub, name: &str, span: Span) -> Read<Sub> {
    let name = Ident {
        name: name.to_owned(),
        span,
    };
    wrap(value, span, |of| ExprKind::Field { of, name })
}

/// `value` inside something that ends with `end`, if its tree may have one more level.
fn wrap(value: Sub, end: Span, kind: impl FnOnce(Box<Expr>) -> ExprKind) -> Read<Sub> {
    let span = value.expr.span.to(end);
    let levels = value.levels + 1;
    if levels > MAX_LEVELS {
        return Err(explain::too_long(end));
    }
    Ok(Sub {
        expr: Expr {
            kind: kind(value.boxed()),
            span,
        },
        levels,
    })
}

/// Joins all that binds at least as tightly as `power`; two comparisons are left apart.
fn reduce_to(power: u8, operands: &mut Vec<Sub>, waiting: &mut Vec<(Waiting, Span)>) -> Read<()> {
    while let Some(&(operator, span)) = waiting.last() {
        let own = operator.power();
        if own < power || (own == COMPARISON && power == COMPARISON) {
            break;
        }
        waiting.pop();
        let Some(right) = operands.pop() else { break };
        let joined = match operator {
            Waiting::Negate => prefix(right, span, ExprKind::Negate)?,
            Waiting::Not => prefix(right, span, ExprKind::Not)?,
            Waiting::Infix(_) | Waiting::Matches => {
                let Some(left) = operands.pop() else { break };
                infix(operator, span, left, right)?
            }
        };
        operands.push(joined);
    }
    Ok(())
}

fn prefix(right: Sub, span: Span, kind: impl FnOnce(Box<Expr>) -> ExprKind) -> Read<Sub> {
    let end = right.expr.span;
    let mut joined = wrap(right, end, kind)?;
    joined.expr.span = span.to(end);
    Ok(joined)
}

fn infix(operator: Waiting, span: Span, mut left: Sub, right: Sub) -> Read<Sub> {
    left.levels = left.levels.max(right.levels);
    let end = right.expr.span;
    let right = right.boxed();
    wrap(left, end, |left| match operator {
        Waiting::Infix(operator) => ExprKind::Binary {
            operator,
            operator_span: span,
            left,
            right,
        },
        _ => ExprKind::Matches {
            text: left,
            regex: right,
        },
    })
    .map_err(|mut error| {
        error.span = span;
        error
    })
}
