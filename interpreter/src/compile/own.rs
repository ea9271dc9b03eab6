//! Calls of the scenario's own steps.

use std::rc::Rc;

use scn_grammar::tree::{Modifier, ModifierKind, Part, Step};
use scn_protocol::{Signature, Type, Value};

use super::modifiers::modifier_name;
use super::scope::Scope;
use super::words::{Cut, Purpose, cut};
use crate::bind::Goes;
use crate::codes;
use crate::program::{Binding, Modifiers, Op, Reg, RegionKind, Slot, StepSite, WordSite};

impl Scope<'_, '_> {
    /// A step of the scenario's own, called as a function.
    pub fn own_step(&mut self, step: &Step, name: &str, function: u32, purpose: &Purpose) {
        let Some(signature) = self.compiler.own_signature(name) else {
            return;
        };
        let kinds: Vec<&ModifierKind> = step
            .modifiers
            .iter()
            .map(|modifier| &modifier.kind)
            .collect();
        self.check_own_modifiers(step, name);
        let has = |wanted: &ModifierKind| {
            kinds
                .iter()
                .any(|kind| std::mem::discriminant(*kind) == std::mem::discriminant(wanted))
        };
        let keep = matches!(purpose, Purpose::Set(_)) && !has(&ModifierKind::Must);
        let cuts: Vec<Cut<'_>> = step.words.iter().map(cut).collect();
        let splat = cuts
            .iter()
            .any(|cut| matches!(&*cut.parts, [Part::Splat(_)]));
        let goes = if splat {
            None
        } else {
            self.assign(step, &cuts, &signature)
        };
        if goes.is_none() && !splat {
            return;
        }
        let mut base = self.temporary();
        let direct = match purpose {
            Purpose::Set(variable) => self.direct(step, *variable, base),
            _ => None,
        };
        let mut to = direct.unwrap_or(base);
        // Under `try` an argument can fail too, which leaves nothing.
        if has(&ModifierKind::Try) {
            to = base;
            base = self.temporary();
            self.load(Value::None, to);
            self.enter(RegionKind::Try, step.span);
        }
        let used = self.used();
        if has(&ModifierKind::Soft) {
            self.enter(RegionKind::Soft, step.span);
        }
        if keep {
            let from = if direct.is_some() { base } else { to };
            self.enter(RegionKind::Keep { to, from }, step.span);
        }
        let regions = self.retry_regions(step);
        if has(&ModifierKind::Not) {
            self.enter(RegionKind::Not, step.span);
        }
        let timeout = step
            .modifiers
            .iter()
            .find_map(|modifier| match &modifier.kind {
                ModifierKind::Timeout(duration) => Some(duration),
                _ => None,
            });
        if let Some(duration) = timeout {
            self.push_duration(duration);
            self.enter(RegionKind::Timeout, step.span);
        }
        self.release(used);
        match goes {
            Some(goes) => {
                self.arguments(&cuts, &goes, &signature, base);
                self.at(step.span);
                self.emit(Op::Call { to, base, function });
            }
            None => {
                let site = self.bound_later(step, name, function, &cuts);
                self.emit(Op::CallBound { to, base, site });
            }
        }
        let inner = usize::from(timeout.is_some()) + usize::from(has(&ModifierKind::Not)) + regions;
        let outer = usize::from(has(&ModifierKind::Try))
            + usize::from(has(&ModifierKind::Soft))
            + usize::from(keep);
        for _ in 0..inner + outer {
            self.leave();
        }
        if let Purpose::Set(variable) = purpose {
            self.store(*variable, to);
        }
    }

    /// The register of the variable that a call can leave its result in at once: nobody is told that it was
    /// set, and nothing but the call itself says what it is set to.
    fn direct(&self, step: &Step, variable: u32, base: Reg) -> Option<Reg> {
        let is_must = |modifier: &Modifier| matches!(modifier.kind, ModifierKind::Must);
        match self.slot(variable) {
            Slot::Register(to) if to < base && !self.is_watched(variable) => {
                step.modifiers.iter().all(is_must).then_some(to)
            }
            _ => None,
        }
    }

    /// What does not fit a step of the scenario's own.
    pub fn check_own_modifiers(&mut self, step: &Step, name: &str) {
        for modifier in &step.modifiers {
            if matches!(modifier.kind, ModifierKind::On(_) | ModifierKind::Input(_)) {
                let message = format!(
                    "`{name}` is a step of the scenario: put `{}` before the commands in it",
                    modifier_name(&modifier.kind)
                );
                self.wrong(&codes::MODIFIER, modifier.span, message);
            }
        }
    }

    fn retry_regions(&mut self, step: &Step) -> usize {
        let mut regions = 0;
        for modifier in &step.modifiers {
            let (every, kind): (_, fn(bool) -> RegionKind) = match &modifier.kind {
                ModifierKind::Retry { attempts, every } => {
                    self.check_count(attempts, 1);
                    let from = self.value(attempts);
                    self.emit(Op::Push { from });
                    (every, |every| RegionKind::RetryTimes { every })
                }
                ModifierKind::RetryWithin { within, every } => {
                    self.push_duration(within);
                    (every, |every| RegionKind::RetryWithin { every })
                }
                _ => continue,
            };
            if let Some(every) = every {
                self.push_duration(every);
            }
            self.enter(kind(every.is_some()), step.span);
            regions += 1;
        }
        regions
    }

    /// Each argument into its register, from `base` on.
    fn arguments(&mut self, cuts: &[Cut<'_>], goes: &[Goes], signature: &Signature, base: Reg) {
        let mut registers = vec![base];
        for _ in 1..signature.params.len().max(1) {
            registers.push(self.temporary());
        }
        for (param, register) in signature.params.iter().zip(&registers) {
            let at = goes
                .iter()
                .position(|goes| *goes == Goes::Param(index_of(signature, &param.name)));
            match at {
                Some(at) => self.argument(&cuts[at], param, *register),
                None => self.load(param.default.clone().unwrap_or_default(), *register),
            }
        }
    }

    fn argument(&mut self, cut: &Cut<'_>, param: &scn_protocol::Param, to: Reg) {
        if let Some(literal) = super::literal::literal(&cut.parts) {
            let value = self.literal_word(cut, literal, Some(param.kind));
            return self.load(value, to);
        }
        match &*cut.parts {
            [
                Part::Value {
                    expr,
                    quoted: false,
                },
            ] => self.into(expr, to),
            parts => self.text(parts, to),
        }
        if param.kind != Type::Any {
            let name = self.compiler.name(&param.name);
            self.emit(Op::Coerce {
                of: to,
                kind: param.kind,
                name,
            });
        }
    }

    /// Pushes words that are bound as the step is called; gives which step that is.
    fn bound_later(&mut self, step: &Step, name: &str, function: u32, cuts: &[Cut<'_>]) -> u32 {
        let mut words = Vec::new();
        for cut in cuts {
            let used = self.used();
            let kind = self.push_word(cut, None);
            self.release(used);
            words.push(WordSite {
                name: cut.name.clone(),
                kind,
                text: Rc::from(self.source(cut.word.span)),
                quoted: false,
                written: cut.is_written(),
            });
        }
        let place = self.place(step.span);
        let steps = &mut self.compiler.program.steps;
        let (modifiers, binding) = (Modifiers::default(), Binding::Own(function));
        steps.push(StepSite {
            place,
            name: name.to_owned(),
            binding,
            words,
            modifiers,
            keeps: false,
            target: None,
        });
        (steps.len() - 1) as u32
    }
}

fn index_of(signature: &Signature, name: &str) -> usize {
    signature
        .params
        .iter()
        .position(|param| param.name == name)
        .unwrap_or_default()
}
