//! What is shown of a pause, as the tree that an editor opens bit by bit.

use std::cell::RefCell;

use scn_interpreter::debug::{FrameAt, Pause};
use scn_protocol::Value;
use serde_json::{Map, Value as Json, json};

use super::output::source;

/// Something that can be opened.
#[derive(Clone, Debug)]
pub enum Node {
    /// The variables of the frame of that number.
    Frame(usize),
    /// What every frame sees.
    Globals,
    /// The components.
    Components,
    /// The fields of the component of that name.
    Fields(String, Vec<(String, Value)>),
    /// What is owed.
    Owed,
    /// A list or a map, and the expression that gives it.
    Value(Value, Named),
}

/// The expression that gives a value, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named(Option<String>);

impl Named {
    /// The value of that expression.
    pub fn of(expression: &str) -> Self {
        Self(Some(expression.to_owned()))
    }

    /// An element or a field of it.
    fn at(&self, place: &str) -> Self {
        let within = |name: &String| match name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            true => format!("{name}{place}"),
            // What has an operator in it is one thing in parentheses alone.
            false if name.ends_with(']') => format!("{name}{place}"),
            false => format!("({name}){place}"),
        };
        Self(self.0.as_ref().map(within))
    }

    fn key(&self, key: &str) -> Self {
        let quoted = key.replace('\\', "\\\\").replace('"', "\\\"");
        self.at(&format!("[\"{}\"]", quoted.replace("#{", "\\#{")))
    }
}

/// A value as it is shown.
pub struct Seen {
    text: String,
    /// What it is opened by; 0 if there is nothing in it.
    reference: usize,
    /// How many elements and pairs it has.
    parts: (usize, usize),
    named: Named,
}

impl Seen {
    /// As the protocol has it, the text under that name.
    pub fn under(self, text: &str) -> Json {
        let mut shown = Map::new();
        shown.insert(text.to_owned(), self.text.into());
        shown.insert("variablesReference".to_owned(), self.reference.into());
        let (elements, pairs) = self.parts;
        if elements > 0 {
            shown.insert("indexedVariables".to_owned(), elements.into());
        }
        if pairs > 0 {
            shown.insert("namedVariables".to_owned(), pairs.into());
        }
        Json::Object(shown)
    }
}

/// Which of the children are asked for.
struct Slice {
    start: usize,
    count: usize,
    elements: bool,
    pairs: bool,
}

impl Slice {
    fn of(asked: &Json) -> Self {
        let number = |name: &str| asked[name].as_u64().and_then(|n| usize::try_from(n).ok());
        let filter = asked["filter"].as_str().unwrap_or_default();
        Self {
            start: number("start").unwrap_or_default(),
            count: number("count").filter(|n| *n > 0).unwrap_or(usize::MAX),
            elements: filter != "named",
            pairs: filter != "indexed",
        }
    }
}

/// What was shown since the run is paused; a reference is a place in it, from 1.
#[derive(Debug, Default)]
pub struct Tree(RefCell<Vec<Node>>);

impl Tree {
    /// The run goes on: nothing of it is of use any more.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    fn add(&self, node: Node) -> usize {
        let mut nodes = self.0.borrow_mut();
        nodes.push(node);
        nodes.len()
    }

    /// What a reference leads to.
    pub fn find(&self, reference: &Json) -> Option<Node> {
        let at = usize::try_from(reference.as_u64()?).ok()?.checked_sub(1)?;
        self.0.borrow().get(at).cloned()
    }

    /// The parts of a frame.
    pub fn scopes(&self, pause: &Pause<'_>, frame: usize) -> Json {
        let scope = |name: &str, node: Node, parts: usize, hint: &str| {
            json!({
                "name": name,
                "presentationHint": hint,
                "variablesReference": self.add(node),
                "namedVariables": parts,
                "expensive": false,
            })
        };
        let variables = pause.variables(frame).len();
        let (components, owed) = (pause.components().len(), pause.owed().len());
        let globals = pause.globals().len();
        json!([
            scope("Variables", Node::Frame(frame), variables, "locals"),
            scope("Components", Node::Components, components, "globals"),
            scope("Owed", Node::Owed, owed, "globals"),
            scope(
                "Names of the environment",
                Node::Globals,
                globals,
                "globals"
            ),
        ])
    }

    /// What is in it, or the part of that which is asked for.
    pub fn children(&self, pause: &Pause<'_>, node: Node, asked: &Json) -> Json {
        let slice = Slice::of(asked);
        let is_list = matches!(&node, Node::Value(Value::List(_), _));
        if !(if is_list { slice.elements } else { slice.pairs }) {
            return json!([]);
        }
        let named = |(name, value, expression): (String, Value, Named)| {
            let mut shown = self.shown(pause, value, expression, false);
            let expression = shown.named.0.take();
            let mut told = shown.under("value");
            told["name"] = name.into();
            if let Some(expression) = expression {
                told["evaluateName"] = expression.into();
            }
            told
        };
        let top = |(name, value): (String, Value)| {
            let expression = Named::of(&name);
            (name, value, expression)
        };
        let (start, count) = (slice.start, slice.count);
        let children: Vec<Json> = match node {
            Node::Frame(frame) => {
                let all = pause.variables(frame).into_iter();
                let all = all.map(|(name, value)| top((name.to_string(), value)));
                all.skip(start).take(count).map(named).collect()
            }
            Node::Globals => {
                let all = pause.globals().into_iter().map(top);
                all.skip(start).take(count).map(named).collect()
            }
            Node::Fields(of, fields) => {
                let field = |(name, value): (String, Value)| {
                    let expression = Named::of(&format!("{of}.{name}"));
                    (name, value, expression)
                };
                let all = fields.into_iter().map(field);
                all.skip(start).take(count).map(named).collect()
            }
            Node::Components => {
                let all = pause.components().into_iter();
                let component = |(name, fields)| self.component(name, fields);
                all.skip(start).take(count).map(component).collect()
            }
            Node::Owed => {
                let owed = pause.owed().into_iter().zip(1..);
                let shown = owed.map(|(words, number)| {
                    json!({ "name": number.to_string(), "value": words, "variablesReference": 0 })
                });
                shown.skip(start).take(count).collect()
            }
            Node::Value(Value::List(list), of) => {
                let elements = list.iter().zip(0_u64..).skip(start).take(count);
                let element = |(value, at): (&Value, u64)| {
                    (at.to_string(), value.clone(), of.at(&format!("[{at}]")))
                };
                elements.map(element).map(named).collect()
            }
            Node::Value(Value::Map(map), of) => {
                let pairs = map.iter().skip(start).take(count);
                let pair = |(name, value): (&String, &Value)| {
                    let expression = of.key(name);
                    (name.clone(), value.clone(), expression)
                };
                pairs.map(pair).map(named).collect()
            }
            Node::Value(..) => Vec::new(),
        };
        Json::Array(children)
    }

    fn component(&self, name: String, fields: Vec<(String, Value)>) -> Json {
        let running = fields.iter().find(|(name, _)| name == "running");
        let running = running.is_some_and(|(_, value)| *value == Value::Bool(true));
        json!({
            "name": name,
            "value": if running { "running" } else { "not running" },
            "namedVariables": fields.len(),
            "variablesReference": self.add(Node::Fields(name, fields)),
        })
    }

    /// A value, to be opened if there is something in it; as text it is short, unless the whole is wanted.
    pub fn shown(&self, pause: &Pause<'_>, value: Value, named: Named, whole: bool) -> Seen {
        let text = match whole && !value.is_secret() {
            true => pause.masked(&value.to_text()),
            false => pause.shown(&value),
        };
        let parts = match &value {
            _ if value.is_secret() => (0, 0),
            Value::List(list) => (list.len(), 0),
            Value::Map(map) => (0, map.len()),
            _ => (0, 0),
        };
        let reference = match parts {
            (0, 0) => 0,
            _ => self.add(Node::Value(value, named.clone())),
        };
        Seen {
            text,
            reference,
            parts,
            named,
        }
    }
}

/// Of the steps around, innermost first, so many from `start` on; all if that is 0.
pub fn frames(all: Vec<FrameAt>, start: usize, count: usize) -> Json {
    let count = if count == 0 { usize::MAX } else { count };
    let frames = all.into_iter().zip(0..).skip(start).take(count);
    let frames = frames.map(|(frame, number): (_, u64)| {
        json!({
            "id": number,
            "name": frame.name,
            "line": frame.line,
            "column": 1,
            "source": source(&frame.file),
        })
    });
    Json::Array(frames.collect())
}
