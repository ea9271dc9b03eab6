//! Expressions worked out step by step, so that tests are written in the language. Only what
//! needs no names: no variables, no `where`.

use std::io;

use scn_grammar::tree::{Expr, ExprKind, Part};
use scn_protocol::{Decimal, Map, Value};

use crate::function::{self, Outside};
use crate::ops;

/// What an expression gives; what has side effects looks at `outside`.
pub(crate) fn evaluate(source: &str, outside: &mut dyn Outside) -> Result<Value, String> {
    let expr = scn_grammar::parse_expression(source)
        .unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    value(&expr, outside)
}

fn value(expr: &Expr, outside: &mut dyn Outside) -> Result<Value, String> {
    Ok(match &expr.kind {
        ExprKind::Int(number) => Value::Int(*number),
        ExprKind::Decimal(digits) => Value::decimal(decimal(digits)),
        ExprKind::Percent(digits) => Value::percent(decimal(digits)),
        ExprKind::Duration(nanos) => Value::Duration(*nanos),
        ExprKind::Size(bytes) => Value::Size(*bytes),
        ExprKind::Bool(truth) => Value::Bool(*truth),
        ExprKind::None => Value::None,
        ExprKind::Text(parts) => Value::text(parts.iter().map(piece).collect::<String>()),
        ExprKind::List(list) => ops::list(values(list, outside)?)?,
        ExprKind::Map(entries) => {
            let mut map = Map::new();
            for (key, expr) in entries {
                map.insert(key.name.to_string(), value(expr, outside)?);
            }
            ops::map(map)?
        }
        ExprKind::Call {
            function,
            arguments,
        } => {
            let arguments = values(arguments, outside)?;
            let function = function::find(&function.name)
                .unwrap_or_else(|| panic!("no function {}", function.name));
            function::call(function, &arguments, outside)?
        }
        ExprKind::Field { of, name } => ops::field(&value(of, outside)?, &name.name)?,
        ExprKind::Index { of, index } => ops::index(&value(of, outside)?, &value(index, outside)?)?,
        ExprKind::Group(inner) | ExprKind::Interpolation(inner) => value(inner, outside)?,
        ExprKind::Negate(inner) => ops::negate(&value(inner, outside)?)?,
        ExprKind::Not(inner) => ops::not(&value(inner, outside)?)?,
        ExprKind::Binary {
            operator,
            left,
            right,
            ..
        } => ops::binary(*operator, &value(left, outside)?, &value(right, outside)?)?,
        ExprKind::Matches { text, regex } => {
            let regex = ops::compile_regex(&value(regex, outside)?.to_text())?;
            Value::Bool(ops::matches(&value(text, outside)?, &regex)?)
        }
        // The only name there is: a secret that cannot be written down.
        ExprKind::Name(name) if name == "secret" => Value::from("hunter2").into_secret(),
        other => panic!("tests have no {other:?}"),
    })
}

fn values(list: &[Expr], outside: &mut dyn Outside) -> Result<Vec<Value>, String> {
    list.iter().map(|expr| value(expr, outside)).collect()
}

fn piece(part: &Part) -> &str {
    match part {
        Part::Bare(text) | Part::Quoted(text) => text,
        other => panic!("tests have no {other:?}"),
    }
}

fn decimal(digits: &str) -> Decimal {
    scn_protocol::quantity::parse_decimal(digits).unwrap_or_else(|| panic!("{digits}"))
}

/// A world in which nothing is left to chance.
#[derive(Debug, Default)]
pub(crate) struct Still {
    /// The files that there are.
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
    /// The random bits that come next, again and again.
    pub(crate) bits: Vec<u64>,
    /// How many were drawn so far.
    pub(crate) drawn: usize,
}

impl Outside for Still {
    fn now(&mut self) -> i64 {
        0
    }

    fn random(&mut self) -> u64 {
        self.drawn += 1;
        match self.bits.as_slice() {
            [] => (self.drawn as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            bits => bits[(self.drawn - 1) % bits.len()],
        }
    }

    fn env(&mut self, name: &str) -> Option<Value> {
        match name {
            "HOME" => Some(Value::from("/home/tester")),
            "DB_PASSWORD" => Some(Value::from("hunter2").into_secret()),
            _ => None,
        }
    }

    fn read(&mut self, path: &str) -> io::Result<Vec<u8>> {
        let found = self.files.iter().find(|(name, _)| *name == path);
        found
            .map(|(_, content)| content.clone())
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }

    fn exists(&mut self, path: &str) -> bool {
        self.files.iter().any(|(name, _)| *name == path)
    }

    fn free_port(&mut self) -> io::Result<u16> {
        self.drawn += 1;
        u16::try_from(30_000 + self.drawn).map_err(io::Error::other)
    }
}

/// Checks that each expression's value has this text, which is the error where it begins
/// with `ERROR `.
pub(crate) fn check(table: &[(&str, &str)]) {
    check_in(&mut Still::default(), table);
}

/// [`check`] in a world of one's own.
pub(crate) fn check_in(outside: &mut Still, table: &[(&str, &str)]) {
    for (source, expected) in table {
        let got = match evaluate(source, outside) {
            Ok(value) => value.to_string(),
            Err(error) => format!("ERROR {error}"),
        };
        assert_eq!(&got, expected, "{source}");
    }
}
