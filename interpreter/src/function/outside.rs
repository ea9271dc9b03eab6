//! Functions that look outside: time, chance, files, this program's environment.

use rust_decimal::Decimal;
use scn_protocol::{Map, Value};

use super::{Function, Kind, args};
use crate::ops;

pub(super) static NOW: Function = Function {
    name: "now",
    signature: "now()",
    help: "This moment. The difference of two moments is a time.",
    params: &[],
    least: 0,
    most: Some(0),
    returns: Kind::Moment,
    keeps_parts: false,
    outside: true,
    examples: &[("now() > now() - 1h", "true")],
    call: |_, outside| Ok(Value::Moment(outside.now())),
};

pub(super) static RANDOM: Function = Function {
    name: "random",
    signature: "random() or random(LEAST, GREATEST) or random(LIST)",
    help: "A decimal from 0 up to but not including 1, a whole number between two (both can come), or an element of a list.",
    params: &[Kind::ListOrInt, Kind::Int],
    least: 0,
    most: Some(2),
    returns: Kind::Any,
    keeps_parts: true,
    outside: true,
    examples: &[
        ("random(7, 7)", "7"),
        ("random() < 1", "true"),
        ("random(['a'])", "a"),
    ],
    call: |given, outside| match given {
        [] => {
            // Sixteen digits of the 64 bits.
            let digits = scale(outside.random(), 10_u128.pow(16));
            let digits = i64::try_from(digits).map_err(|error| error.to_string())?;
            Ok(Value::decimal(Decimal::new(digits, 16).normalize()))
        }
        [list] => {
            let list = args::list(list).map_err(|reason| {
                format!("{reason}: give no argument, a list, or two whole numbers")
            })?;
            let at = scale(outside.random(), list.len() as u128);
            let at = usize::try_from(at).map_err(|error| error.to_string())?;
            let found = list.get(at).cloned();
            found.ok_or_else(|| "the list is empty".to_owned())
        }
        [least, greatest, ..] => {
            let (least, greatest) = (ops::whole(least)?, ops::whole(greatest)?);
            if least > greatest {
                return Err("the first is greater than the second".to_owned());
            }
            let span = i128::from(greatest) - i128::from(least) + 1;
            let at = i128::try_from(scale(outside.random(), span.unsigned_abs()));
            let found = at.map_err(|error| error.to_string())? + i128::from(least);
            i64::try_from(found)
                .map(Value::Int)
                .map_err(|error| error.to_string())
        }
    },
};

/// A number below `span` (at most 2^64), each as likely as 64 bits allow.
fn scale(bits: u64, span: u128) -> u128 {
    (u128::from(bits) * span) >> 64
}

pub(super) static UUID: Function = Function {
    name: "uuid",
    signature: "uuid()",
    help: "A new random UUID (version 4).",
    params: &[],
    least: 0,
    most: Some(0),
    returns: Kind::Text,
    keeps_parts: false,
    outside: true,
    examples: &[("len(uuid())", "36"), ("uuid() == uuid()", "false")],
    call: |_, outside| {
        let bits = u128::from(outside.random()) << 64 | u128::from(outside.random());
        // RFC 9562: four bits say the version, two the variant.
        let bits = bits & !(0xf << 76) | 4 << 76;
        let bits = bits & !(0b11 << 62) | 0b10 << 62;
        let digits = format!("{bits:032x}");
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
        Ok(Value::text(parts.join("-")))
    },
};

pub(super) static ENV: Function = Function {
    name: "env",
    signature: "env(NAME)",
    help: "A variable of the environment that scn was started in, or none.",
    params: &[Kind::Text],
    least: 1,
    most: Some(1),
    returns: Kind::TextOrNone,
    keeps_parts: false,
    outside: true,
    examples: &[("env('NO_SUCH_VARIABLE_HERE')", "none")],
    call: |given, outside| Ok(outside.env(&args::text(&given[0])?).unwrap_or_default()),
};

pub(super) static FILE: Function = Function {
    name: "file",
    signature: "file(PATH)",
    help: "A file's content as text, whole, its last line end included.",
    params: &[Kind::Text],
    least: 1,
    most: Some(1),
    returns: Kind::Text,
    keeps_parts: false,
    outside: true,
    examples: &[],
    call: |given, outside| {
        let content = outside.read(&args::text(&given[0])?);
        content
            .map(Value::bytes)
            .map_err(|error| format!("cannot read the file: {error}"))
    },
};

pub(super) static EXISTS: Function = Function {
    name: "exists",
    signature: "exists(PATH)",
    help: "Whether there is such a file or folder.",
    params: &[Kind::Text],
    least: 1,
    most: Some(1),
    returns: Kind::Bool,
    keeps_parts: false,
    outside: true,
    examples: &[("exists('no/such/file')", "false")],
    call: |given, outside| Ok(Value::Bool(outside.exists(&args::text(&given[0])?))),
};

pub(super) static FREE_PORT: Function = Function {
    name: "free_port",
    signature: "free_port()",
    help: "A TCP port of this machine that nobody listens on, another one at each call.",
    params: &[],
    least: 0,
    most: Some(0),
    returns: Kind::Int,
    keeps_parts: false,
    outside: true,
    examples: &[("free_port() > 0", "true")],
    call: |_, outside| {
        let port = outside.free_port();
        port.map(|port| Value::Int(i64::from(port)))
            .map_err(|error| format!("there is no free port: {error}"))
    },
};

pub(super) static CSV: Function = Function {
    name: "csv",
    signature: "csv(PATH)",
    help: "The rows of a file of comma-separated values: a list of maps, the first line's names being the keys. \
           All values are text.",
    params: &[Kind::Text],
    least: 1,
    most: Some(1),
    returns: Kind::List,
    keeps_parts: false,
    outside: true,
    examples: &[],
    call: |given, outside| {
        let content = outside
            .read(&args::text(&given[0])?)
            .map_err(|error| format!("cannot read the file: {error}"))?;
        rows(content)
    },
};

/// A last line that no file has: it only comes through alone if every quote before is closed.
/// The reader itself takes an open quote for one that reaches to the end, and would silently
/// make one field of all the rows after it.
const END: &str = "\u{1}end of file\u{1}";

fn rows(mut content: Vec<u8>) -> Result<Value, String> {
    content.push(b'\n');
    content.extend_from_slice(END.as_bytes());
    let body = content
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(&content);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(body);
    let mut names: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut fields = record.iter().map(|field| String::from_utf8_lossy(field));
        if record.as_slice().ends_with(END.as_bytes()) {
            if record.as_slice() == END.as_bytes() {
                break;
            }
            return Err(format!(
                "line {line}: a quote opens here and is never closed"
            ));
        }
        let Some(names) = &names else {
            let found: Vec<String> = fields.map(|name| name.trim().to_owned()).collect();
            if let Some(twice) = (1..found.len()).find(|&at| found[..at].contains(&found[at])) {
                return Err(format!(
                    "line {line}: two columns are named '{}'",
                    found[twice]
                ));
            }
            names = Some(found);
            continue;
        };
        if record.len() != names.len() {
            return Err(format!(
                "line {line} has {}, and the first line names {}",
                count(record.len(), "field"),
                count(names.len(), "column")
            ));
        }
        let row: Map = names
            .iter()
            .map(|name| {
                (
                    name.clone(),
                    fields
                        .next()
                        .map_or(Value::None, |field| Value::from(&*field)),
                )
            })
            .collect();
        rows.push(Value::map(row));
    }
    match names {
        Some(_) => Ok(Value::list(rows)),
        None => Err("the file is empty: its first line must name the columns".to_owned()),
    }
}

fn count(number: usize, what: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {what}{end}")
}
