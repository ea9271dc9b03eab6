//! Expressions: into registers, or into jumps.

use std::rc::Rc;
use std::sync::Arc;

use scn_grammar::tree::{Expr, ExprKind, Ident, Operator, Part};
use scn_grammar::{Diagnostic, Span};
use scn_protocol::{Decimal, Handle, HandleKind, Value, quantity};

use super::scope::{FunctionKind, Label, Scope};
use crate::codes;
use crate::function::Kind;
use crate::program::{Called, Closure, Named, Op, Reg, Slot};

/// What is known of a condition once it is compiled.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// It calls something that looks outside.
    pub polled: bool,
    /// The components it names.
    pub components: Vec<String>,
    /// It compares with `none`.
    pub compares_none: bool,
}

impl Scope<'_, '_> {
    /// The register that has the expression's value; a variable's own, where it is one.
    pub fn value(&mut self, expr: &Expr) -> Reg {
        let register = match &expr.kind {
            ExprKind::Name(name) if name == "it" && !self.its.is_empty() => None,
            ExprKind::Name(name) => self
                .variables
                .get(name.as_str())
                .map(|&variable| (variable, self.slot(variable))),
            _ => None,
        };
        if let Some((variable, Slot::Register(register))) = register {
            let before = self.at(expr.span);
            self.defined(register, variable);
            self.back_at(before);
            return register;
        }
        match &expr.kind {
            ExprKind::Group(inner) | ExprKind::Interpolation(inner) => return self.value(inner),
            ExprKind::Name(name) if name == "it" => {
                if let Some(&element) = self.its.last() {
                    return element;
                }
            }
            _ => {}
        }
        let to = self.temporary();
        self.into(expr, to);
        to
    }

    /// Evaluates the expression into that register.
    pub fn into(&mut self, expr: &Expr, to: Reg) {
        let before = self.at(expr.span);
        let used = self.used();
        self.evaluate(expr, to);
        if self.noted.is_none() {
            self.release(used);
        }
        self.back_at(before);
    }

    fn evaluate(&mut self, expr: &Expr, to: Reg) {
        match &expr.kind {
            ExprKind::Int(number) => self.int(*number, to),
            ExprKind::Decimal(digits) => self.load(decimal(digits), to),
            ExprKind::Duration(nanos) => self.load(Value::Duration(*nanos), to),
            ExprKind::Size(bytes) => self.load(Value::Size(*bytes), to),
            ExprKind::Percent(digits) => match decimal(digits) {
                Value::Decimal(percent) => self.load(Value::Percent(percent), to),
                _ => self.load(Value::None, to),
            },
            ExprKind::Bool(truth) => self.load(Value::Bool(*truth), to),
            ExprKind::None => self.load(Value::None, to),
            ExprKind::Text(parts) => self.text(parts, to),
            ExprKind::List(elements) => self.list(elements, to),
            ExprKind::Map(pairs) => self.map(pairs, to),
            ExprKind::Name(name) => self.name(name, expr.span, to),
            ExprKind::Group(inner) | ExprKind::Interpolation(inner) => self.into(inner, to),
            ExprKind::Call {
                function,
                arguments,
            } => self.call(function, arguments, to),
            ExprKind::Field { of, name } => self.field(of, name, to),
            ExprKind::Index { of, index } => {
                self.check_member(of, index);
                let of = self.value(of);
                let index = self.value(index);
                self.emit(Op::Index { to, of, index });
            }
            ExprKind::Negate(of) => {
                self.check_kind(Kind::Quantity, of, "-");
                let from = self.value(of);
                self.emit(Op::Negate { to, from });
            }
            ExprKind::Not(of) => {
                self.check_condition(of);
                let from = self.value(of);
                self.emit(Op::Not { to, from });
            }
            ExprKind::Binary {
                operator: operator @ (Operator::And | Operator::Or),
                left,
                right,
                ..
            } => {
                self.check_condition(left);
                self.check_condition(right);
                self.short(*operator, left, right, to);
            }
            ExprKind::Binary {
                operator,
                operator_span,
                left,
                right,
            } => {
                self.binary(*operator, *operator_span, left, right, to);
            }
            ExprKind::Matches { text, regex } => self.matches(text, regex, to),
            ExprKind::Where { list, condition } => self.filter(list, condition, to),
        }
    }

    /// Loads a constant.
    pub fn load(&mut self, value: Value, to: Reg) {
        let k = self.compiler.constant(value);
        self.emit(Op::Const { to, k });
    }

    /// A register that has `none`.
    pub fn none(&mut self) -> Reg {
        let to = self.temporary();
        self.load(Value::None, to);
        to
    }

    fn int(&mut self, number: i64, to: Reg) {
        match i32::try_from(number) {
            Ok(number) => {
                self.emit(Op::Int { to, number });
            }
            Err(_) => self.load(Value::Int(number), to),
        }
    }

    /// A text of parts.
    pub fn text(&mut self, parts: &[Part], to: Reg) {
        if let Some(text) = literal(parts) {
            return self.load(Value::from(text), to);
        }
        let mut count = 0;
        for part in parts {
            let used = self.used();
            let from = match part {
                Part::Bare(text) | Part::Quoted(text) => {
                    let from = self.temporary();
                    self.load(Value::from(text.as_str()), from);
                    from
                }
                Part::Value { expr, .. } | Part::Splat(expr) => self.value(expr),
            };
            self.emit(Op::Push { from });
            self.release(used);
            count += 1;
        }
        self.emit(Op::Text { to, count });
    }

    fn list(&mut self, elements: &[Expr], to: Reg) {
        // Built apart, because an element may read the variable that the list goes to.
        let list = if self.is_temporary(to) {
            to
        } else {
            self.temporary()
        };
        self.emit(Op::NewList { to: list });
        for element in elements {
            let used = self.used();
            let from = self.value(element);
            self.emit(Op::ListPush { list, from });
            self.release(used);
        }
        if list != to {
            self.emit(Op::Move { to, from: list });
        }
    }

    fn map(&mut self, pairs: &[(Ident, Expr)], to: Reg) {
        let map = if self.is_temporary(to) {
            to
        } else {
            self.temporary()
        };
        self.emit(Op::NewMap { to: map });
        for (key, value) in pairs {
            let used = self.used();
            let from = self.value(value);
            let k = self.compiler.constant(Value::from(key.name.as_str()));
            self.emit(Op::MapSet { map, from, k });
            self.release(used);
        }
        if map != to {
            self.emit(Op::Move { to, from: map });
        }
    }

    /// A bare name: variable, `@param`, component, `[vars]`, secret.
    fn name(&mut self, name: &str, span: Span, to: Reg) {
        if name == "it"
            && let Some(&from) = self.its.last()
        {
            self.emit(Op::Move { to, from });
            return;
        }
        if let Some(&variable) = self.variables.get(name) {
            match self.slot(variable) {
                Slot::Register(from) => {
                    self.defined(from, variable);
                    if from != to {
                        self.emit(Op::Move { to, from });
                    }
                }
                Slot::Wide(slot) => {
                    self.emit(Op::LoadWide { to, slot });
                    self.defined(to, variable);
                }
            }
            return;
        }
        if let Some(&index) = self.compiler.globals.get(name) {
            self.emit(Op::Global { to, index });
            return;
        }
        if let Some(kind) = self.compiler.component_kind(name) {
            if self.traits.components.iter().all(|known| known != name) {
                self.traits.components.push(name.to_owned());
            }
            return self.load(
                Value::Handle(Arc::new(Handle {
                    kind,
                    name: name.to_owned(),
                })),
                to,
            );
        }
        self.unknown_name(name, span);
        self.load(Value::None, to);
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        let known: Vec<String> = self.known_names();
        let meant = scn_grammar::diagnostic::meant(name, known.iter().map(String::as_str))
            .map(str::to_owned);
        let mut diagnostic = Diagnostic::new(
            &codes::UNKNOWN_NAME,
            span,
            format!("nothing is called `{name}` here"),
        );
        diagnostic = if let Some(meant) = meant {
            diagnostic
                .help(format!("did you mean `{meant}`?"))
                .replace(meant)
        } else if self.kind == FunctionKind::Template {
            diagnostic.help("here stand the parameters, `args`, attributes of the component, names of [vars] and components")
        } else {
            diagnostic.help(format!(
                "set it first, `set {name} = …`; for text, put it in quotes: '{name}'"
            ))
        };
        self.report(diagnostic);
    }

    fn known_names(&self) -> Vec<String> {
        let mut known: Vec<String> = self.variables.keys().map(|name| name.to_string()).collect();
        known.extend(self.compiler.globals.keys().cloned());
        known.extend(self.compiler.component_names());
        known.sort();
        known
    }

    /// Ends the run if the variable was never set on the way here; taken out again where the
    /// flow shows that it was.
    fn defined(&mut self, of: Reg, variable: u32) {
        if variable as usize >= self.function.params {
            self.emit(Op::Defined { of, variable });
        }
    }

    fn call(&mut self, function: &Ident, arguments: &[Expr], to: Reg) {
        if function.name == "len"
            && let [
                Expr {
                    kind: ExprKind::Name(name),
                    ..
                },
            ] = arguments
            && !self.variables.contains_key(name.as_str())
            && self.compiler.component_kind(name) == Some(HandleKind::Family)
        {
            let count = self.compiler.members(name).len() as i64;
            return self.int(count, to);
        }
        let registry = self.compiler.registry;
        let called = if let Some(own) = registry.function(&function.name) {
            if let Some(reason) = own.arity_error(arguments.len()) {
                self.wrong(&codes::ARGUMENT_COUNT, function.span, reason);
            }
            self.traits.polled = true;
            Called::Own(Rc::clone(own))
        } else if let Some(found) = crate::function::find(&function.name) {
            self.check_arguments(found, function.span, arguments);
            self.traits.polled |= found.outside;
            Called::Builtin(found)
        } else {
            self.unknown_function(function);
            return self.load(Value::None, to);
        };
        for argument in arguments {
            let used = self.used();
            let from = self.value(argument);
            self.emit(Op::Push { from });
            self.release(used);
        }
        let function = self.compiler.called(&function.name, called);
        self.emit(Op::Function {
            to,
            count: arguments.len().min(255) as u8,
            function,
        });
    }

    fn unknown_function(&mut self, function: &Ident) {
        let builtin = crate::function::FUNCTIONS.iter().map(|known| known.name);
        let known = builtin.chain(self.compiler.registry.functions());
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_FUNCTION,
            function.span,
            format!("there is no function `{}`", function.name),
        );
        let diagnostic = match scn_grammar::diagnostic::meant(&function.name, known) {
            Some(meant) => diagnostic
                .help(format!("did you mean `{meant}`?"))
                .replace(meant),
            None => diagnostic.help("`scn help functions` lists them"),
        };
        self.report(diagnostic);
    }

    fn field(&mut self, of: &Expr, name: &Ident, to: Reg) {
        if let ExprKind::Name(run) = &of.kind
            && run == "run"
            && !self.variables.contains_key("run")
            && let Some(&index) = self.compiler.globals.get(&format!("run.{}", name.name))
        {
            self.emit(Op::Global { to, index });
            return;
        }
        if let ExprKind::Field {
            of: inner,
            name: first,
        } = &of.kind
        {
            let of = self.value(inner);
            let first: std::rc::Rc<str> = std::rc::Rc::from(first.name.as_str());
            let path = self.compiler.program.paths.len() as u32;
            self.compiler
                .program
                .paths
                .push((first, std::rc::Rc::from(name.name.as_str())));
            self.emit(Op::Path { to, of, path });
            return;
        }
        let of = self.value(of);
        let name = self.compiler.name(&name.name);
        self.emit(Op::Field { to, of, name });
    }

    fn binary(&mut self, operator: Operator, span: Span, left: &Expr, right: &Expr, to: Reg) {
        self.check_kinds(operator, span, left, right);
        if operator == Operator::Add
            && let ExprKind::Int(number) = right.kind
            && let Ok(number) = i32::try_from(number)
        {
            let left = self.value(left);
            self.emit(Op::AddInt { to, left, number });
            return;
        }
        if operator == Operator::Subtract
            && let ExprKind::Int(number) = right.kind
            && let Some(number) = i32::try_from(number).ok().and_then(i32::checked_neg)
        {
            let left = self.value(left);
            self.emit(Op::AddInt { to, left, number });
            return;
        }
        let (left_reg, right_reg) = (self.value(left), self.value(right));
        if is_comparison(operator) {
            self.note(left, left_reg);
            self.note(right, right_reg);
            self.traits.compares_none |= is_none(left) || is_none(right);
        }
        let (left, right) = (left_reg, right_reg);
        self.emit(match operator {
            Operator::Add => Op::Add { to, left, right },
            Operator::Subtract => Op::Subtract { to, left, right },
            Operator::Multiply => Op::Multiply { to, left, right },
            operator => Op::Binary {
                to,
                left,
                right,
                operator,
            },
        });
    }

    /// Notes a side of a comparison, for the message when it does not hold.
    fn note(&mut self, expr: &Expr, register: Reg) {
        if is_literal(expr) {
            return;
        }
        let text = self.source(expr.span).to_owned();
        if let Some(noted) = &mut self.noted {
            noted.push(Named { text, register });
            if u16::from(register) >= self.function.variables.len() as u16 {
                self.function.unset.push(Slot::Register(register));
            }
        }
    }

    fn short(&mut self, operator: Operator, left: &Expr, right: &Expr, to: Reg) {
        let after = self.label();
        self.into(left, to);
        self.emit(Op::Truth { to, from: to });
        let op = match operator {
            Operator::And => Op::JumpUnless {
                condition: to,
                to: 0,
            },
            _ => Op::JumpIf {
                condition: to,
                to: 0,
            },
        };
        self.emit_to(op, after);
        self.into(right, to);
        self.emit(Op::Truth { to, from: to });
        self.put(after);
    }

    fn matches(&mut self, text: &Expr, regex: &Expr, to: Reg) {
        let source = text;
        self.check_kind(Kind::Word, text, "matches");
        let text = self.value(text);
        self.note(source, text);
        if let ExprKind::Text(parts) = &regex.kind
            && let Some(pattern) = literal(parts)
        {
            match crate::ops::compile_regex(&pattern) {
                Ok(compiled) => {
                    self.compiler.program.regexes.push(compiled);
                    let k = (self.compiler.program.regexes.len() - 1) as u32;
                    self.emit(Op::Matches { to, text, k });
                }
                Err(error) => self.wrong(&codes::REGEX, regex.span, error),
            }
            return;
        }
        let regex = self.value(regex);
        self.emit(Op::MatchesValue { to, text, regex });
    }

    /// `LIST where CONDITION`: a loop over the list, in which `it` is each element.
    fn filter(&mut self, list: &Expr, condition: &Expr, to: Reg) {
        self.check_kind(Kind::List, list, "where");
        self.check_condition(condition);
        let kept = self.temporary();
        // Who goes through a list takes two registers.
        let elements = self.temporary();
        self.temporary();
        let element = self.temporary();
        self.into(list, elements);
        self.emit(Op::NewList { to: kept });
        self.emit(Op::IterateList { list: elements });
        let (again, after) = (self.label(), self.label());
        self.put(again);
        let next = Op::Next {
            list: elements,
            value: element,
            pairs: false,
            to: 0,
        };
        self.emit_to(next, after);
        let noted = self.noted.take();
        self.its.push(element);
        self.unless(condition, again);
        self.its.pop();
        self.noted = noted;
        self.emit(Op::ListPush {
            list: kept,
            from: element,
        });
        self.jump(again);
        self.put(after);
        self.emit(Op::Move { to, from: kept });
    }

    /// Compiles a condition that is evaluated apart from here; with `it`, its last parameter
    /// is the element or event.
    pub fn closure(&mut self, condition: &Expr, it: bool) -> Closure {
        let text = self.source(condition.span).to_owned();
        let mut names: Vec<&str> = super::names_in(condition);
        names.retain(|name| self.variables.contains_key(*name) && !(it && *name == "it"));
        let captures: Vec<u32> = names.iter().map(|name| self.variables[*name]).collect();
        let (kind, within) = (FunctionKind::Condition, self.within);
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let mut inner = Scope::new(self.compiler, "condition", kind);
        inner.within = within;
        for name in &names {
            inner.declare(name);
        }
        if it {
            inner.declare("it");
        }
        inner.function.params = inner.function.variables.len();
        inner.noted = Some(Vec::new());
        inner.at(condition.span);
        let from = inner.value(condition);
        inner.note(condition, from);
        inner.emit(Op::Yield { from });
        let mut noted = inner.noted.take().unwrap_or_default();
        if noted.len() > 1 {
            noted.retain(|named| named.text != text);
        }
        let traits = std::mem::take(&mut inner.traits);
        let function = inner.finish();
        for name in &traits.components {
            if !self.traits.components.contains(name) {
                self.traits.components.push(name.clone());
            }
        }
        self.traits.polled |= traits.polled;
        Closure {
            function: self.compiler.add(function),
            captures,
            text,
            names: noted,
            polled: traits.polled,
            components: traits.components,
            compares_none: traits.compares_none,
        }
    }

    /// Pushes what a closure captures.
    pub fn capture(&mut self, closure: &Closure) {
        for &variable in &closure.captures {
            let used = self.used();
            let from = match self.slot(variable) {
                Slot::Register(register) => register,
                Slot::Wide(slot) => {
                    let to = self.temporary();
                    self.emit(Op::LoadWide { to, slot });
                    to
                }
            };
            self.defined(from, variable);
            self.emit(Op::Push { from });
            self.release(used);
        }
    }

    /// Jumps to the label unless the condition is true.
    pub fn unless(&mut self, condition: &Expr, label: Label) {
        self.branch(condition, label, false);
    }

    /// Jumps to the label if the condition is true.
    pub fn when(&mut self, condition: &Expr, label: Label) {
        self.branch(condition, label, true);
    }

    fn branch(&mut self, condition: &Expr, label: Label, wanted: bool) {
        let before = self.at(condition.span);
        let used = self.used();
        match &condition.kind {
            ExprKind::Group(inner) | ExprKind::Interpolation(inner) => {
                self.branch(inner, label, wanted)
            }
            ExprKind::Not(inner) => self.branch(inner, label, !wanted),
            ExprKind::Binary {
                operator,
                left,
                right,
                operator_span,
            } if self.noted.is_none() => match operator {
                Operator::And | Operator::Or if (*operator == Operator::Or) == wanted => {
                    self.branch(left, label, wanted);
                    self.branch(right, label, wanted);
                }
                Operator::And | Operator::Or => {
                    let over = self.label();
                    self.branch(left, over, !wanted);
                    self.branch(right, label, wanted);
                    self.put(over);
                }
                operator => {
                    self.check_kinds(*operator, *operator_span, left, right);
                    self.compare(*operator, left, right, label, wanted, condition);
                }
            },
            _ => {
                self.check_condition(condition);
                let condition = self.value(condition);
                self.test(condition, label, wanted);
            }
        }
        self.release(used);
        self.back_at(before);
    }

    /// Jumps on a register's truth.
    pub fn test(&mut self, condition: Reg, label: Label, wanted: bool) {
        let op = if wanted {
            Op::JumpIf { condition, to: 0 }
        } else {
            Op::JumpUnless { condition, to: 0 }
        };
        self.emit_to(op, label);
    }

    fn compare(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        label: Label,
        wanted: bool,
        whole: &Expr,
    ) {
        use Operator::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        // `not (a < b)` is `b <= a`, as errors are the same both ways.
        let (operator, left, right) = match (operator, wanted) {
            (Less, true) => (Less, left, right),
            (LessEqual, true) => (LessEqual, left, right),
            (Greater, true) => (Less, right, left),
            (GreaterEqual, true) => (LessEqual, right, left),
            (Less, false) => (LessEqual, right, left),
            (LessEqual, false) => (Less, right, left),
            (Greater, false) => (LessEqual, left, right),
            (GreaterEqual, false) => (Less, left, right),
            (Equal | NotEqual, _) => (operator, left, right),
            _ => {
                self.check_condition(whole);
                let condition = self.value(whole);
                return self.test(condition, label, wanted);
            }
        };
        if operator == Less
            && let ExprKind::Int(number) = right.kind
            && let Ok(number) = i16::try_from(number)
        {
            let left = self.value(left);
            self.emit_to(
                Op::JumpLessInt {
                    left,
                    number,
                    to: 0,
                },
                label,
            );
            return;
        }
        let left = self.value(left);
        let right = self.value(right);
        let op = match operator {
            Less => Op::JumpLess { left, right, to: 0 },
            LessEqual => Op::JumpLessEqual { left, right, to: 0 },
            _ => Op::JumpEqual {
                left,
                right,
                negate: (operator == NotEqual) == wanted,
                to: 0,
            },
        };
        self.emit_to(op, label);
    }
}

/// The text of parts without interpolations.
pub fn literal(parts: &[Part]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Bare(piece) | Part::Quoted(piece) => text.push_str(piece),
            Part::Value { .. } | Part::Splat(_) => return None,
        }
    }
    Some(text)
}

/// Whether the operator compares its sides.
pub fn is_comparison(operator: Operator) -> bool {
    use Operator::{Contains, Equal, Greater, GreaterEqual, In, Less, LessEqual, NotEqual, NotIn};
    matches!(
        operator,
        Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | In | NotIn | Contains
    )
}

fn is_none(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::None => true,
        ExprKind::Group(inner) | ExprKind::Interpolation(inner) => is_none(inner),
        _ => false,
    }
}

/// Whether nothing in the expression depends on anything.
pub fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Size(_)
        | ExprKind::Percent(_)
        | ExprKind::Bool(_)
        | ExprKind::None => true,
        ExprKind::Text(parts) => literal(parts).is_some(),
        ExprKind::List(elements) => elements.iter().all(is_literal),
        ExprKind::Map(pairs) => pairs.iter().all(|(_, value)| is_literal(value)),
        ExprKind::Group(inner) | ExprKind::Negate(inner) => is_literal(inner),
        _ => false,
    }
}

/// A literal's value, without running anything.
pub fn literal_value(expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Int(number) => Value::Int(*number),
        ExprKind::Decimal(digits) => decimal(digits),
        ExprKind::Duration(nanos) => Value::Duration(*nanos),
        ExprKind::Size(bytes) => Value::Size(*bytes),
        ExprKind::Percent(digits) => Value::percent(quantity::parse_decimal(digits)?),
        ExprKind::Bool(truth) => Value::Bool(*truth),
        ExprKind::None => Value::None,
        ExprKind::Text(parts) => Value::from(literal(parts)?),
        ExprKind::List(elements) => {
            Value::list(elements.iter().map(literal_value).collect::<Option<_>>()?)
        }
        ExprKind::Map(pairs) => Value::map(
            pairs
                .iter()
                .map(|(key, value)| Some((key.name.clone(), literal_value(value)?)))
                .collect::<Option<_>>()?,
        ),
        ExprKind::Group(inner) => literal_value(inner)?,
        ExprKind::Negate(inner) => crate::ops::negate(&literal_value(inner)?).ok()?,
        _ => return None,
    })
}

fn decimal(digits: &str) -> Value {
    quantity::parse_decimal(digits).map_or(Value::decimal(Decimal::ZERO), Value::decimal)
}
