//! What Rust's types are to `scn`.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::decimal::Decimal;
use crate::value::{Bytes, Map, Percent, Size, Value};

/// The type of a parameter, or of what is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Type {
    /// Any value.
    #[default]
    Any,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A decimal.
    Decimal,
    /// true or false.
    Bool,
    /// A time.
    Duration,
    /// A size.
    Size,
    /// A percentage.
    Percent,
    /// A list.
    List,
    /// A map.
    Map,
}

/// A type that a parameter can have: `scn` reads words as [`FromValue::TYPE`], and checks them
/// before the run.
pub trait FromValue: Sized {
    /// What it is declared as.
    const TYPE: Type;

    /// It takes all words that are left: [`Rest`] alone does.
    const REST: bool = false;

    /// What it is where nothing is given and no default is declared; then it need not be given.
    fn absent() -> Option<Self> {
        None
    }

    /// Reads a value.
    ///
    /// # Errors
    /// What is wrong with it, for a person.
    fn from_value(value: Value) -> Result<Self, String>;
}

/// A type that a command can return, and that a default or an entry of a map can have.
pub trait IntoValue {
    /// What it is declared as.
    const RETURNS: Type;

    /// As a value.
    fn into_value(self) -> Value;
}

/// The last parameter of a command that takes any number of words more.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Rest<T>(pub Vec<T>);

fn wrong<T>(expected: &str, value: &Value) -> Result<T, String> {
    Err(format!(
        "{expected} is expected, and this is {}",
        value.kind()
    ))
}

/// Types that one kind of value is.
macro_rules! plain {
    ($($rust:ty, $kind:ident, $expected:literal;)*) => { $(
        impl FromValue for $rust {
            const TYPE: Type = Type::$kind;

            fn from_value(value: Value) -> Result<Self, String> {
                match value {
                    Value::$kind(value) => Ok(value),
                    other => wrong($expected, &other),
                }
            }
        }

        impl IntoValue for $rust {
            const RETURNS: Type = Type::$kind;

            fn into_value(self) -> Value {
                Value::$kind(self)
            }
        }
    )* };
}

plain! {
    bool, Bool, "true or false";
    i64, Int, "a whole number";
    Map, Map, "a map";
}

/// Whole numbers that do not hold all of them.
macro_rules! narrow {
    ($($rust:ty)*) => { $(
        impl FromValue for $rust {
            const TYPE: Type = Type::Int;

            fn from_value(value: Value) -> Result<Self, String> {
                let number = i64::from_value(value)?;
                let (least, most) = (<$rust>::MIN, <$rust>::MAX);
                number.try_into().map_err(|_| format!("{number} is not from {least} to {most}"))
            }
        }
    )* };
}

narrow! { i8 u8 i16 u16 i32 u32 u64 usize }

macro_rules! wide {
    ($($rust:ty)*) => { $(
        impl IntoValue for $rust {
            const RETURNS: Type = Type::Int;

            fn into_value(self) -> Value {
                Value::Int(self.into())
            }
        }
    )* };
}

wide! { i8 u8 i16 u16 i32 u32 }

/// As a decimal where it is larger than a whole number of the language can be.
impl IntoValue for u64 {
    const RETURNS: Type = Type::Any;

    fn into_value(self) -> Value {
        match i64::try_from(self) {
            Ok(number) => Value::Int(number),
            Err(_) => Decimal::new(self.into(), 0).map_or(Value::None, Value::Decimal),
        }
    }
}

impl IntoValue for usize {
    const RETURNS: Type = Type::Any;

    fn into_value(self) -> Value {
        (self as u64).into_value()
    }
}

impl FromValue for Value {
    const TYPE: Type = Type::Any;

    fn from_value(value: Value) -> Result<Self, String> {
        Ok(value)
    }
}

impl IntoValue for Value {
    const RETURNS: Type = Type::Any;

    fn into_value(self) -> Value {
        self
    }
}

/// `none`
impl IntoValue for () {
    const RETURNS: Type = Type::Any;

    fn into_value(self) -> Value {
        Value::None
    }
}

impl FromValue for String {
    const TYPE: Type = Type::Text;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(text),
            Value::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            other => wrong("text", &other),
        }
    }
}

impl IntoValue for String {
    const RETURNS: Type = Type::Text;

    fn into_value(self) -> Value {
        Value::Text(self)
    }
}

impl IntoValue for &str {
    const RETURNS: Type = Type::Text;

    fn into_value(self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl FromValue for Bytes {
    const TYPE: Type = Type::Text;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(Self(text.into_bytes())),
            Value::Bytes(bytes) => Ok(Self(bytes)),
            other => wrong("text or bytes", &other),
        }
    }
}

impl IntoValue for Bytes {
    const RETURNS: Type = Type::Text;

    fn into_value(self) -> Value {
        match String::from_utf8(self.0) {
            Ok(text) => Value::Text(text),
            Err(error) => Value::Bytes(error.into_bytes()),
        }
    }
}

impl FromValue for Decimal {
    const TYPE: Type = Type::Decimal;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Decimal(decimal) => Ok(decimal),
            Value::Int(number) => Ok(number.into()),
            other => wrong("a number", &other),
        }
    }
}

impl IntoValue for Decimal {
    const RETURNS: Type = Type::Decimal;

    fn into_value(self) -> Value {
        Value::Decimal(self)
    }
}

/// The nearest one: a price should be a [`Decimal`].
impl FromValue for f64 {
    const TYPE: Type = Type::Decimal;

    fn from_value(value: Value) -> Result<Self, String> {
        Decimal::from_value(value).map(Decimal::to_f64)
    }
}

/// As a decimal; `none` for what is no number.
impl IntoValue for f64 {
    const RETURNS: Type = Type::Decimal;

    fn into_value(self) -> Value {
        Decimal::from_f64(self).map_or(Value::None, Value::Decimal)
    }
}

impl FromValue for Duration {
    const TYPE: Type = Type::Duration;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Duration(nanos) => match u64::try_from(nanos) {
                Ok(nanos) => Ok(Self::from_nanos(nanos)),
                Err(_) => Err("a time that is not negative is expected".to_owned()),
            },
            other => wrong("a time", &other),
        }
    }
}

impl IntoValue for Duration {
    const RETURNS: Type = Type::Duration;

    fn into_value(self) -> Value {
        Value::Duration(i64::try_from(self.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl FromValue for SystemTime {
    const TYPE: Type = Type::Any;

    fn from_value(value: Value) -> Result<Self, String> {
        let Value::Moment(nanos) = value else {
            return wrong("a moment", &value);
        };
        let away = Duration::from_nanos(nanos.unsigned_abs());
        let moment = match nanos < 0 {
            true => UNIX_EPOCH.checked_sub(away),
            false => UNIX_EPOCH.checked_add(away),
        };
        moment.ok_or_else(|| "this machine has no such moment".to_owned())
    }
}

impl IntoValue for SystemTime {
    const RETURNS: Type = Type::Any;

    fn into_value(self) -> Value {
        let nanos = |away: Duration| i64::try_from(away.as_nanos()).unwrap_or(i64::MAX);
        Value::Moment(match self.duration_since(UNIX_EPOCH) {
            Ok(after) => nanos(after),
            Err(before) => -nanos(before.duration()),
        })
    }
}

impl FromValue for Size {
    const TYPE: Type = Type::Size;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Size(bytes) => Ok(Self(bytes)),
            other => wrong("a size", &other),
        }
    }
}

impl IntoValue for Size {
    const RETURNS: Type = Type::Size;

    fn into_value(self) -> Value {
        Value::Size(self.0)
    }
}

impl FromValue for Percent {
    const TYPE: Type = Type::Percent;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Percent(percent) => Ok(Self(percent)),
            other => wrong("a percentage", &other),
        }
    }
}

impl IntoValue for Percent {
    const RETURNS: Type = Type::Percent;

    fn into_value(self) -> Value {
        Value::Percent(self.0)
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    const TYPE: Type = Type::List;

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::List(list) => list.into_iter().map(T::from_value).collect(),
            other => wrong("a list", &other),
        }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    const RETURNS: Type = Type::List;

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(IntoValue::into_value).collect())
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    const TYPE: Type = Type::Map;

    fn from_value(value: Value) -> Result<Self, String> {
        let entries = Map::from_value(value)?.into_iter();
        entries
            .map(|(key, value)| Ok((key, T::from_value(value)?)))
            .collect()
    }
}

impl<T: IntoValue> IntoValue for BTreeMap<String, T> {
    const RETURNS: Type = Type::Map;

    fn into_value(self) -> Value {
        Value::Map(self.into_iter().collect())
    }
}

/// It need not be given.
impl<T: FromValue> FromValue for Option<T> {
    const TYPE: Type = T::TYPE;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::None => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    const RETURNS: Type = T::RETURNS;

    fn into_value(self) -> Value {
        self.map_or(Value::None, IntoValue::into_value)
    }
}

impl<T: FromValue> FromValue for Rest<T> {
    const TYPE: Type = T::TYPE;
    const REST: bool = true;

    fn from_value(value: Value) -> Result<Self, String> {
        Vec::from_value(value).map(Self)
    }
}

/// Every type that a command can return is a value by `into()` too.
macro_rules! into {
    ($($rust:ty)*) => { $(
        impl From<$rust> for Value {
            fn from(value: $rust) -> Self {
                value.into_value()
            }
        }
    )* };
}

into! {
    () bool i64 i32 u32 u16 Map String &str Bytes Decimal f64 Duration SystemTime Size Percent
}
