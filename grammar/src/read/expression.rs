//! Expressions: from tokens in a row to a tree, by a table of precedences.
//!
//! Operators wait on a stack of this function's own, so only brackets, `where` and
//! interpolations recurse, and those are counted.

use pest::iterators::Pair;
use smallvec::SmallVec;

use super::scan::{Kind, Token, token};
use super::{Read, Reader, Rule, incoherent};
use crate::explain;
use crate::limits::{MAX_LEVELS, MAX_NESTING};
use crate::tree::{Expr, ExprKind, Operator, Span};

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
pub(super) struct Sub {
    pub(super) expr: Expr,
    pub(super) levels: usize,
}

impl Sub {
    pub(super) fn leaf(kind: ExprKind, span: Span) -> Self {
        Self {
            expr: Expr { kind, span },
            levels: 1,
        }
    }

    pub(super) fn boxed(self) -> Box<Expr> {
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

/// Values that wait for their operator; few are longer.
type Operands = SmallVec<[Sub; 4]>;

/// Operators that wait for their right side, and where they stand.
type Operators = SmallVec<[(Waiting, Span); 4]>;

/// The tokens of one expression, being read.
pub(super) struct Tokens<'s, 'd> {
    pub(super) reader: Reader<'s>,
    /// The token that is next.
    pub(super) next: Token,
    /// Where the last token taken ends, as a byte of the reader's text.
    pub(super) after: usize,
    pub(super) depth: &'d mut Depth,
}

/// Reads an expression that is all of a text, up to a comment.
pub(super) fn expression_in(reader: Reader<'_>) -> Read<Expr> {
    let mut depth = Depth::default();
    Tokens::new(reader, 0, &mut depth).whole("")
}

/// Reads the expression that the grammar found.
pub(super) fn expression(reader: Reader<'_>, pair: &Pair<'_, Rule>) -> Read<Expr> {
    let mut depth = Depth::default();
    let place = pair.as_span();
    let end = match pair.as_rule() {
        Rule::rest => reader.text.len(),
        _ => place.end(),
    };
    let within = Reader {
        text: &reader.text[..end],
        base: reader.base,
    };
    Tokens::new(within, place.start(), &mut depth).whole("")
}

/// Reads a value: an operator in it stands in parentheses.
pub(super) fn operand(reader: Reader<'_>, pair: &Pair<'_, Rule>) -> Read<Expr> {
    let value = expression(reader, pair)?;
    match &value.kind {
        ExprKind::Binary { operator_span, .. } => {
            Err(explain::operator_outside(*operator_span, pair.as_str()))
        }
        ExprKind::Matches { .. } | ExprKind::Where { .. } | ExprKind::Not(_) => {
            Err(explain::operator_outside(value.span, pair.as_str()))
        }
        _ => Ok(value),
    }
}

/// Reads an expression and, after a comma, another.
pub(super) fn expression_and_message(
    reader: Reader<'_>,
    pair: &Pair<'_, Rule>,
) -> Read<(Expr, Option<Expr>)> {
    let mut depth = Depth::default();
    let mut tokens = Tokens::new(reader, pair.as_span().start(), &mut depth);
    let first = tokens.sub()?.expr;
    let second = match tokens.take(",") {
        Some(_) => Some(tokens.sub()?.expr),
        None => None,
    };
    tokens.finished("")?;
    Ok((first, second))
}

impl<'s, 'd> Tokens<'s, 'd> {
    /// The tokens of a text from byte `at` on.
    pub(super) fn new(reader: Reader<'s>, at: usize, depth: &'d mut Depth) -> Self {
        Self {
            reader,
            next: token(reader, at),
            after: at,
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
        if self.next.kind == Kind::End {
            return Ok(());
        }
        Err(explain::no_operator(
            self.reader,
            self.next,
            self.after,
            open,
        ))
    }

    /// What a token says.
    pub(super) fn text(&self, token: Token) -> &'s str {
        &self.reader.text[token.start..token.end]
    }

    /// Where a token stands in the file.
    pub(super) fn span(&self, token: Token) -> Span {
        self.reader.span(token.start, token.end)
    }

    /// Steps over the next token.
    pub(super) fn skip(&mut self) {
        self.resume(self.next.end);
    }

    /// Goes on at byte `at`, after something that was read by others.
    pub(super) fn resume(&mut self, at: usize) {
        self.after = at;
        self.next = token(self.reader, at);
    }

    /// Takes the next token if it is that sign or word.
    pub(super) fn take(&mut self, sign: &str) -> Option<Span> {
        let token = self.next;
        if self.text(token) != sign || token.kind == Kind::Quote {
            return None;
        }
        self.skip();
        Some(self.span(token))
    }

    /// Whether the next token begins with `sign` and directly follows the last.
    pub(super) fn follows(&self, sign: u8) -> bool {
        self.next.start == self.after
            && self.next.kind == Kind::Sign
            && self.reader.text.as_bytes()[self.after] == sign
    }

    /// Reads as far as an expression goes.
    pub(super) fn sub(&mut self) -> Read<Sub> {
        let mut operands = Operands::new();
        let mut waiting = Operators::new();
        loop {
            let operand = self.operand(&mut waiting)?;
            let Some((next, span)) = self.infix()? else {
                if waiting.is_empty() {
                    return Ok(operand);
                }
                operands.push(operand);
                break;
            };
            operands.push(operand);
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
    fn operand(&mut self, waiting: &mut Operators) -> Read<Sub> {
        loop {
            let token = self.next;
            let prefix = match self.text(token) {
                "-" => Waiting::Negate,
                "not" => Waiting::Not,
                _ => break,
            };
            let span = self.span(token);
            self.skip();
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

    /// The operator between two values; `None` inside for `where`.
    fn infix(&mut self) -> Read<Option<(Option<Waiting>, Span)>> {
        let token = self.next;
        if !matches!(token.kind, Kind::Name | Kind::Sign) {
            return Ok(None);
        }
        let mut span = self.span(token);
        let waiting = match self.text(token) {
            "matches" => Waiting::Matches,
            "=" => return Err(explain::single_equals(span)),
            "where" => {
                self.skip();
                return Ok(Some((None, span)));
            }
            "not" => {
                self.skip();
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
        self.skip();
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

/// `value` inside something that ends with `end`, if its tree may have one more level.
pub(super) fn wrap(value: Sub, end: Span, kind: impl FnOnce(Box<Expr>) -> ExprKind) -> Read<Sub> {
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
fn reduce_to(power: u8, operands: &mut Operands, waiting: &mut Operators) -> Read<()> {
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
