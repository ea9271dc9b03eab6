//! Values: of `[vars]`, attributes, plug-ins' configuration.

use indexmap::IndexMap;
use rust_decimal::Decimal;
use scn_protocol::{Map, Value, quantity};

use super::super::toml::{Item, Node, Table};
use super::super::{Setting, codes};
use super::{Literal, Reader, inner};

impl Reader<'_> {
    /// The table at `key`, its texts with `#{…}` yet to be evaluated.
    pub(super) fn settings(&mut self, table: &Table, key: &str) -> IndexMap<String, Setting> {
        let mut all = IndexMap::new();
        for (name, _, node) in inner(table, key).into_iter().flat_map(Table::iter) {
            if let Some(setting) = self.setting(node) {
                all.insert(name.to_owned(), setting);
            }
        }
        all
    }

    /// A value in which texts may have `#{…}`.
    pub(super) fn setting(&mut self, node: &Node) -> Option<Setting> {
        let place = self.place(node.span);
        match &node.item {
            Item::Text(text) if text.contains("#{") => {
                let span = node.span;
                self.template(Literal { text, span }).map(Setting::Template)
            }
            Item::List(nodes) => {
                let all: Option<Vec<Setting>> =
                    nodes.iter().map(|node| self.setting(node)).collect();
                Some(match plain_list(all?) {
                    Ok(values) => Setting::Value(Value::list(values), place),
                    Err(settings) => Setting::List(settings, place),
                })
            }
            Item::Table(table) => {
                let mut all = Vec::new();
                for (key, _, node) in table.iter() {
                    all.push((key.to_owned(), self.setting(node)?));
                }
                Some(match plain_map(all) {
                    Ok(map) => Setting::Value(Value::map(map), place),
                    Err(settings) => Setting::Map(settings, place),
                })
            }
            _ => self.value(node).map(|value| Setting::Value(value, place)),
        }
    }

    /// A value as it is written, `#{` included.
    pub(super) fn value(&mut self, node: &Node) -> Option<Value> {
        Some(match &node.item {
            Item::Text(text) => Value::from(text.as_str()),
            Item::Int(number) => Value::Int(*number),
            Item::Bool(truth) => Value::Bool(*truth),
            Item::Decimal(text) => self.decimal(text, node)?,
            Item::Moment(text) => moment(text),
            Item::List(nodes) => {
                let all: Option<Vec<Value>> = nodes.iter().map(|node| self.value(node)).collect();
                Value::list(all?)
            }
            Item::Table(table) => Value::map(self.values(table)?),
            Item::Wrong => return None,
        })
    }

    /// A table's values as they are written.
    pub(super) fn values(&mut self, table: &Table) -> Option<Map> {
        table
            .iter()
            .map(|(key, _, node)| Some((key.to_owned(), self.value(node)?)))
            .collect()
    }

    fn decimal(&mut self, text: &str, node: &Node) -> Option<Value> {
        let read = quantity::parse_decimal(text)
            .or_else(|| Decimal::from_scientific(text.trim_start_matches('+')).ok());
        if read.is_none() {
            let message = format!("{text} is no decimal of at most 28 digits");
            self.error(&codes::NUMBER, node.span, message);
        }
        read.map(Value::decimal)
    }
}

/// A date with a time and an offset is a moment; any other is its text.
fn moment(text: &str) -> Value {
    let standard = text.replacen([' ', 't'], "T", 1).replace('z', "Z");
    quantity::parse_moment(&standard).map_or_else(|| Value::from(text), Value::Moment)
}

/// The values, if there is nothing to evaluate.
fn plain_list(settings: Vec<Setting>) -> Result<Vec<Value>, Vec<Setting>> {
    let all: Option<Vec<Value>> = settings.iter().map(plain).collect();
    all.ok_or(settings)
}

fn plain_map(settings: Vec<(String, Setting)>) -> Result<Map, Vec<(String, Setting)>> {
    let all: Option<Map> = settings
        .iter()
        .map(|(key, setting)| Some((key.clone(), plain(setting)?)))
        .collect();
    all.ok_or(settings)
}

fn plain(setting: &Setting) -> Option<Value> {
    match setting {
        Setting::Value(value, _) => Some(value.clone()),
        _ => None,
    }
}
