//! Lines of execution: where in the tree the next thing of a branch belongs.

use std::collections::HashMap;

use scn_protocol::Phase;

use super::node::{Kind, Node};

/// One line of execution.
#[derive(Debug, Default)]
struct Lane {
    /// The node that it is; none for the scenario itself.
    root: Option<usize>,
    /// The cases that are open in it.
    cases: Vec<usize>,
    /// The section that is open, and which.
    section: Option<(Phase, usize)>,
    /// The place of its last step.
    place: Option<u64>,
    /// Its last step.
    step: Option<usize>,
    /// When its last event happened.
    at: i64,
}

/// The tree, and where each line of execution is in it.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) nodes: Vec<Node>,
    pub(super) roots: Vec<usize>,
    lanes: HashMap<String, Lane>,
}

impl Lanes {
    /// Adds a node.
    pub(super) fn add(&mut self, parent: Option<usize>, kind: Kind, at: i64) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node {
            kind,
            parent,
            children: Vec::new(),
            began: at,
            ended: None,
        });
        match parent {
            Some(parent) => self.nodes[parent].children.push(index),
            None => self.roots.push(index),
        }
        index
    }

    /// The node is over; what it is in lasted at least as long.
    pub(super) fn end(&mut self, node: usize, at: i64) {
        let mut next = Some(node);
        while let Some(index) = next {
            let node = &mut self.nodes[index];
            node.ended = Some(node.ended.map_or(at, |ended| ended.max(at)));
            next = match self.nodes[index].parent {
                // A case's end is told.
                Some(parent) if !matches!(self.nodes[parent].kind, Kind::Case(_)) => Some(parent),
                _ => None,
            };
        }
    }

    /// What the next thing of that branch and phase is in, at that time.
    pub(super) fn container(&mut self, branch: &str, phase: Phase, at: i64) -> Option<usize> {
        if !branch.is_empty() && !self.lanes.contains_key(branch) {
            let (parent, name) = branch.rsplit_once('.').unwrap_or(("", branch));
            let parent = self.container(parent, phase, at);
            let kind = match name.bytes().all(|byte| byte.is_ascii_digit()) {
                true => Kind::Branch(branch.to_owned()),
                false => Kind::Job(branch.to_owned()),
            };
            let root = Some(self.add(parent, kind, at));
            let lane = Lane {
                root,
                at,
                ..Lane::default()
            };
            self.lanes.insert(branch.to_owned(), lane);
        }
        let lane = self.lanes.entry(branch.to_owned()).or_default();
        if !branch.is_empty() || phase == Phase::Scenario {
            lane.section = None;
            return lane.cases.last().copied().or(lane.root);
        }
        if let Some((open, node)) = lane.section
            && open == phase
        {
            return Some(node);
        }
        // What follows the scenario is in none of its cases, but for a row of `@each`, which is line 1.
        let row =
            |case: &&usize| matches!(&self.nodes[**case].kind, Kind::Case(case) if case.line <= 1);
        let parent = lane.cases.iter().rfind(row).copied();
        let node = self.add(parent, Kind::Section(phase), at);
        self.lane(branch).section = Some((phase, node));
        Some(node)
    }

    fn lane(&mut self, branch: &str) -> &mut Lane {
        self.lanes.entry(branch.to_owned()).or_default()
    }

    /// A step of that branch begins at that place: what is below an earlier one is over.
    pub(super) fn begins(&mut self, branch: &str, phase: Phase, place: u64) {
        if phase != Phase::Scenario {
            return;
        }
        let again = |lane: &Lane| lane.place.is_some_and(|last| last >= place);
        if !branch.is_empty() && self.lanes.get(branch).is_some_and(again) {
            self.forget(branch);
        }
        self.goes_on(branch);
    }

    /// The branch itself goes on: the parallel branches under it are over.
    pub(super) fn goes_on(&mut self, branch: &str) {
        let is_over = |name: &str| {
            let below = match branch {
                "" => Some(name),
                branch => name
                    .strip_prefix(branch)
                    .and_then(|rest| rest.strip_prefix('.')),
            };
            let first = below
                .and_then(|below| below.split('.').next())
                .unwrap_or_default();
            !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit())
        };
        if self.lanes.len() > 1 {
            self.lanes.retain(|name, _| !is_over(name));
        }
    }

    fn forget(&mut self, branch: &str) {
        let below = |name: &str| {
            name.strip_prefix(branch)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.lanes.retain(|name, _| !below(name));
    }

    /// A step of that branch has begun.
    pub(super) fn stepped(&mut self, branch: &str, place: u64, step: usize) {
        let lane = self.lane(branch);
        lane.place = Some(place);
        lane.step = Some(step);
    }

    /// The last step of that branch.
    pub(super) fn last_step(&self, branch: &str) -> Option<usize> {
        self.lanes.get(branch)?.step
    }

    /// Something happened in that branch; gives when the one before did.
    pub(super) fn touched(&mut self, branch: &str, at: i64) -> i64 {
        let lane = self.lane(branch);
        let before = std::mem::replace(&mut lane.at, at);
        if before == 0 { at } else { before }
    }

    /// A case has begun.
    pub(super) fn open_case(&mut self, branch: &str, case: usize) {
        let lane = self.lane(branch);
        lane.cases.push(case);
        lane.section = None;
    }

    /// The case of that title and line is over, and what is in it; gives its node.
    pub(super) fn close_case(&mut self, branch: &str, title: &str, line: u32) -> Option<usize> {
        let nodes = &self.nodes;
        let lane = self.lanes.get_mut(branch)?;
        let is = |case: &usize| matches!(&nodes[*case].kind, Kind::Case(case) if case.title == title && case.line == line);
        let at = lane.cases.iter().rposition(is)?;
        let case = lane.cases[at];
        lane.cases.truncate(at);
        lane.section = None;
        self.goes_on(branch);
        Some(case)
    }
}
