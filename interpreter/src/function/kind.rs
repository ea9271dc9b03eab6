//! The kinds of values that functions take and give, for the checker.

use std::cell::RefCell;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use rust_decimal::Decimal;
use scn_grammar::tree::Operator;
use scn_protocol::{Map, Value};

use crate::ops;

/// A kind of value, or several at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Any value.
    Any,
    /// `none`.
    None,
    /// true or false.
    Bool,
    /// A whole number.
    Int,
    /// A decimal.
    Decimal,
    /// Text.
    Text,
    /// A list.
    List,
    /// A map.
    Map,
    /// A time.
    Duration,
    /// A size.
    Size,
    /// A percentage.
    Percent,
    /// A moment.
    Moment,
    /// A component, a family or a job.
    Handle,
    /// A whole number or a decimal.
    Number,
    /// A number, a time, a size or a percentage.
    Quantity,
    /// What has a text of its own: anything but `none`, a list, a map.
    Word,
    /// What has a length: text, a list, a map.
    Collection,
    /// A list, or a whole number.
    ListOrInt,
    /// What can be gone through: a list, a map, a family.
    ListOrMap,
    /// A number or a percentage.
    NumberOrPercent,
    /// A map, or `none`.
    MapOrNone,
    /// Text, or `none`.
    TextOrNone,
}

/// One bit for each kind that is not made of others.
const NONE: u16 = 1;
const BOOL: u16 = 1 << 1;
const INT: u16 = 1 << 2;
const DECIMAL: u16 = 1 << 3;
const TEXT: u16 = 1 << 4;
const LIST: u16 = 1 << 5;
const MAP: u16 = 1 << 6;
const DURATION: u16 = 1 << 7;
const SIZE: u16 = 1 << 8;
const PERCENT: u16 = 1 << 9;
const MOMENT: u16 = 1 << 10;
const HANDLE: u16 = 1 << 11;
const ALL: u16 = (1 << 12) - 1;
const NUMBER: u16 = INT | DECIMAL;
const QUANTITY: u16 = NUMBER | DURATION | SIZE | PERCENT;

/// Texts, one that reads as each kind that text may read as.
const TEXTS: [&str; 8] = [
    "a",
    "1",
    "1.5",
    "1s",
    "1B",
    "1%",
    "true",
    "2000-01-01T00:00:00Z",
];

/// What operators give between two kinds.
type Known = HashMap<(Operator, Kind, Kind), Result<Kind, String>, RandomState>;

thread_local! {
    /// What was asked for: a large scenario asks of the same kinds over and over.
    static KNOWN: RefCell<Known> = RefCell::default();
}

impl Kind {
    /// The kind of a value; of a result or a secret, of what it reads as.
    pub fn of(value: &Value) -> Self {
        match ops::plain(value) {
            Value::None => Self::None,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Decimal(_) => Self::Decimal,
            Value::Text(_) | Value::Bytes(_) => Self::Text,
            Value::List(_) => Self::List,
            Value::Map(_) => Self::Map,
            Value::Duration(_) => Self::Duration,
            Value::Size(_) => Self::Size,
            Value::Percent(_) => Self::Percent,
            Value::Moment(_) => Self::Moment,
            Value::Handle(_) => Self::Handle,
            Value::Result(_) | Value::Secret(_) => Self::Any,
        }
    }

    /// Whether some value of the kind `given` can stand where this kind is wanted. Text can
    /// wherever a number can, because it is read as one.
    pub fn admits(self, given: Self) -> bool {
        let mut wanted = self.bits();
        if wanted & QUANTITY != 0 {
            wanted |= TEXT;
        }
        if wanted & TEXT != 0 {
            wanted |= HANDLE;
        }
        wanted & given.bits() != 0
    }

    /// The kind of `left OPERATOR right`; [`Kind::Any`] where it depends on the values.
    ///
    /// It is found by working out the operation on a value of each kind, so the checker
    /// cannot know other rules than the machine.
    ///
    /// # Errors
    /// Why no values of these kinds go together.
    pub fn of_operation(operator: Operator, left: Self, right: Self) -> Result<Self, String> {
        if let Operator::And | Operator::Or = operator {
            let wrong = [left, right]
                .into_iter()
                .find(|kind| !Self::Bool.admits(*kind));
            return match wrong {
                None => Ok(Self::Bool),
                Some(kind) => Err(format!(
                    "a condition must be true or false, and this is {}",
                    kind.name()
                )),
            };
        }
        KNOWN.with_borrow_mut(|known| {
            known
                .entry((operator, left, right))
                .or_insert_with(|| Self::of_exactly(operator, &left.samples(), &right.samples()))
                .clone()
        })
    }

    /// The same of values.
    ///
    /// # Errors
    /// Why none of these go together.
    pub fn of_exactly(operator: Operator, left: &[Value], right: &[Value]) -> Result<Self, String> {
        let mut found = None;
        let mut reason = None;
        for one in left {
            for other in right {
                match ops::reason(operator, one, other) {
                    Ok(value) => match (found, Self::of(&value)) {
                        (Some(before), kind) if before != kind => {
                            return Ok(Self::of_any(operator));
                        }
                        (_, kind) => found = Some(kind),
                    },
                    Err(wrong) => reason = reason.or(Some(wrong)),
                }
            }
        }
        match (found, reason) {
            (None, Some(reason)) => Err(reason),
            (found, _) => Ok(found.unwrap_or(Self::of_any(operator))),
        }
    }

    /// The kind that an operator gives whatever stands beside it.
    fn of_any(operator: Operator) -> Self {
        match operator {
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Modulo => Self::Any,
            _ => Self::Bool,
        }
    }

    /// Whether it is a number, a quantity or a moment.
    pub fn is_measured(self) -> bool {
        self.bits() & !(QUANTITY | MOMENT) == 0
    }

    /// Values of this kind which go, between them, with all that any value of it goes with;
    /// none where too little is known. Text may read as a number or a quantity.
    pub fn samples(self) -> Vec<Value> {
        if self.bits() & HANDLE != 0 {
            return Vec::new();
        }
        let all: [(u16, fn() -> Value); 10] = [
            (NONE, || Value::None),
            (BOOL, || Value::Bool(true)),
            (INT, || Value::Int(1)),
            (DECIMAL, || Value::decimal(Decimal::ONE)),
            (LIST, || Value::list(Vec::new())),
            (MAP, || Value::map(Map::new())),
            (DURATION, || Value::Duration(1)),
            (SIZE, || Value::Size(1)),
            (PERCENT, || Value::percent(Decimal::ONE)),
            (MOMENT, || Value::Moment(1)),
        ];
        let plain = all.iter().filter(|(bit, _)| self.bits() & bit != 0);
        let mut samples: Vec<Value> = plain.map(|(_, value)| value()).collect();
        if self.bits() & TEXT != 0 {
            samples.extend(TEXTS.map(Value::from));
        }
        samples
    }

    /// The kind in the words of errors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::None => "none",
            Self::Bool => "true/false",
            Self::Int => "a whole number",
            Self::Decimal => "a decimal",
            Self::Text | Self::Word => "text",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Duration => "a time",
            Self::Size => "a size",
            Self::Percent => "a percentage",
            Self::Moment => "a moment",
            Self::Handle => "a component",
            Self::Number => "a number",
            Self::Quantity => "a number or a quantity",
            Self::Collection => "text, a list or a map",
            Self::ListOrInt => "a list or a whole number",
            Self::ListOrMap => "a list or a map",
            Self::NumberOrPercent => "a number or a percentage",
            Self::MapOrNone => "a map or none",
            Self::TextOrNone => "text or none",
        }
    }

    fn bits(self) -> u16 {
        match self {
            Self::Any => ALL,
            Self::None => NONE,
            Self::Bool => BOOL,
            Self::Int => INT,
            Self::Decimal => DECIMAL,
            Self::Text => TEXT,
            Self::List => LIST,
            Self::Map => MAP,
            Self::Duration => DURATION,
            Self::Size => SIZE,
            Self::Percent => PERCENT,
            Self::Moment => MOMENT,
            Self::Handle => HANDLE,
            Self::Number => NUMBER,
            Self::Quantity => QUANTITY,
            Self::Word => ALL & !(NONE | LIST | MAP),
            Self::Collection => TEXT | LIST | MAP | HANDLE,
            Self::ListOrInt => LIST | INT,
            Self::ListOrMap => LIST | MAP | HANDLE,
            Self::NumberOrPercent => NUMBER | PERCENT,
            Self::MapOrNone => MAP | NONE,
            Self::TextOrNone => TEXT | NONE,
        }
    }
}
