//! What a verdict comes from: the node that decided it.

use scn_protocol::Verdict;

use super::Run;
use super::node::{Kind, Node};

/// What decided a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The step or judgement, if there is one.
    pub node: Option<usize>,
    /// It did not decide the verdict, but did not pass before: what failed there was caught, or noted.
    pub is_hint: bool,
}

impl Run {
    /// What decided the verdict, where that was no PASS.
    pub fn why(&self) -> Why {
        let nothing = Why {
            node: None,
            is_hint: false,
        };
        let good = matches!(self.outcome(), "PASS" | "SKIP" | "RUNNING");
        if good {
            return nothing;
        }
        let (line, file) = (self.line, self.within.as_deref());
        let failed = |node: &Node| match &node.kind {
            Kind::Step(step) => {
                step.has_failed() || step.last().is_some_and(|last| last.status.is_none())
            }
            Kind::Check(check) => check.has_failed(),
            _ => false,
        };
        let there = |node: &Node| match &node.kind {
            Kind::Step(step) => Some(step.line) == line && step.file.as_deref() == file,
            Kind::Check(check) => Some(check.line) == line && check.file.as_deref() == file,
            _ => false,
        };
        let find = |is: &dyn Fn(&Node) -> bool| self.nodes.iter().position(is);
        // Of what was running as the record ended, the scenario itself tells more than its jobs.
        let cut = |node: &Node| {
            matches!(&node.kind, Kind::Step(step)
            if step.branch.is_empty() && step.last().is_some_and(|last| last.status.is_none()))
        };
        let decided = find(&|node| failed(node) && there(node));
        // Where something stands on that line that is no step, such as `fail`, what failed before is a hint.
        let is_hint = decided.is_none() && self.is_finished() && line.is_some();
        let node = decided.or_else(|| find(&cut)).or_else(|| find(&failed));
        if node.is_some() {
            return Why { node, is_hint };
        }
        // Such as `set status exec_smoke`, whose failure the scenario itself looked at.
        let bad = |node: &Node| match &node.kind {
            Kind::Step(step) => step.last().is_some_and(super::Attempt::is_bad),
            _ => false,
        };
        let node = self.nodes.iter().rposition(bad);
        Why {
            is_hint: node.is_some(),
            node,
        }
    }

    /// Finds judgements that did not hold and did not count, which events do not tell: where something
    /// went on after one that ends its scenario or case, it was caught; and in what passed, all were.
    pub(super) fn mark_caught(&mut self) {
        let caught: Vec<usize> = (0..self.nodes.len())
            .filter(|at| self.was_caught(*at))
            .collect();
        for at in caught {
            if let Kind::Check(check) = &mut self.nodes[at].kind {
                check.caught = true;
            }
        }
    }

    fn was_caught(&self, at: usize) -> bool {
        let node = &self.nodes[at];
        let Kind::Check(check) = &node.kind else {
            return false;
        };
        if check.holds == Some(true) || check.is_watch() {
            return false;
        }
        let judged = match self.case_around(at).map(|case| &self.nodes[case].kind) {
            Some(Kind::Case(case)) => case.verdict,
            _ => self.verdict.filter(|_| self.is_finished()),
        };
        if judged == Some(Verdict::Pass) {
            return true;
        }
        if check.kind == "check" {
            return false;
        }
        let siblings = match node.parent {
            Some(parent) => &self.nodes[parent].children,
            None => &self.roots,
        };
        let goes_on = |other: &&usize| match &self.nodes[**other].kind {
            Kind::Step(step) => step.branch == check.branch,
            Kind::Check(other) => !other.is_watch() && other.branch == check.branch,
            Kind::Case(_) => true,
            _ => false,
        };
        siblings
            .iter()
            .filter(|other| **other > at)
            .any(|other| goes_on(&other))
    }
}
