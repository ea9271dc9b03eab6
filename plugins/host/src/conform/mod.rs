//! Whether a plug-in keeps to the protocol: for who writes one.
//!
//! It is started several times, and asked what every plug-in is asked sooner or later. None of its
//! commands is called unless that is allowed, so that nothing happens to any system; what its
//! examples do is for the caller to see.

mod peer;
mod points;

use std::time::Instant;

use scn_interpreter::Registry;
use scn_process::{GRACE, Tree};
use scn_protocol::plugin::{Declaration, VERSION};
use serde_json::Value as Json;

use crate::declare;
use crate::launch::Launch;
use peer::Peer;
use points::Came;

/// One thing that is expected of a plug-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What is expected.
    pub expected: &'static str,
    /// What was found.
    pub found: Found,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It does so; and what else can be said.
    Kept(String),
    /// It could do better, and is no worse than that.
    Advice(String),
    /// It was not looked at; and why.
    Skipped(String),
    /// It does not.
    Broken(String),
}

/// What came of all points, in their order; and what the plug-in says of itself, if anything. A
/// plug-in that cannot even be started is asked nothing more. With `calls`, commands that have an
/// example and need no words are called too. `built_in` are the commands that there are without it.
pub fn conform(
    launch: &Launch,
    built_in: &Registry,
    calls: bool,
) -> (Vec<Point>, Option<Declaration>) {
    let asked = declare::block_on(async {
        let tree = Tree::new(None);
        let checked = all(launch, built_in, &tree, calls).await;
        let _ = tree.end_all(GRACE).await;
        checked
    });
    asked.unwrap_or_else(|error| {
        let found = Found::Broken(error.to_string());
        let expected = STARTS;
        (vec![Point { expected, found }], None)
    })
}

const STARTS: &str = "starts, and answers `initialize`";
const DECLARES: &str = "declares its commands as they can be used";

/// A plug-in under test: one process, until something went wrong with it.
struct Trial<'a> {
    launch: &'a Launch,
    tree: &'a Tree,
    peer: Option<Peer>,
    points: Vec<Point>,
}

impl Trial<'_> {
    /// It runs and was asked what it can do.
    async fn peer(&mut self) -> Result<&mut Peer, String> {
        let peer = match self.peer.take() {
            Some(peer) if !peer.has_ended() => peer,
            _ => {
                let mut peer = Peer::start(self.launch, self.tree)?;
                let said = peer.initialize(self.launch, VERSION).await?;
                said.map_err(|failed| format!("it refused `initialize`: {}", failed.message))?;
                peer
            }
        };
        Ok(self.peer.insert(peer))
    }

    async fn stop(&mut self) {
        if let Some(mut peer) = self.peer.take() {
            peer.stop().await;
        }
    }

    fn add(&mut self, expected: &'static str, found: Found) {
        self.points.push(Point { expected, found });
    }

    /// What must be so.
    async fn must(&mut self, expected: &'static str, came: Came) {
        self.came(expected, came, Found::Broken).await;
    }

    /// What would be better.
    async fn should(&mut self, expected: &'static str, came: Came) {
        self.came(expected, came, Found::Advice).await;
    }

    async fn came(&mut self, expected: &'static str, came: Came, wrong: fn(String) -> Found) {
        if came.is_err() {
            // What it has still to say would be taken for the next answer.
            self.stop().await;
        }
        self.add(expected, came.map_or_else(wrong, Found::Kept));
    }
}

async fn all(
    launch: &Launch,
    built_in: &Registry,
    tree: &Tree,
    calls: bool,
) -> (Vec<Point>, Option<Declaration>) {
    let mut trial = Trial {
        launch,
        tree,
        peer: None,
        points: Vec::new(),
    };
    let began = Instant::now();
    let said = match start(&mut trial).await {
        Ok(said) => said,
        Err(why) => {
            trial.must(STARTS, Err(why)).await;
            return (trial.points, None);
        }
    };
    let took = format!("{}ms", began.elapsed().as_millis());
    trial.add(STARTS, Found::Kept(took));
    let declaration = match declared(&said) {
        Ok(declaration) => declaration,
        Err(why) => {
            trial.must(DECLARES, Err(why)).await;
            return (trial.points, None);
        }
    };
    match points::usable(&declaration) {
        Ok(()) => {
            let came = points::declared(&said, &declaration, built_in);
            trial.add(DECLARES, came.map_or_else(Found::Advice, Found::Kept));
        }
        Err(why) => trial.add(DECLARES, Found::Broken(why)),
    }
    talk(&mut trial).await;
    lives(&mut trial, &said).await;
    if calls {
        for command in &declaration.commands {
            let free = command.params.iter().all(|param| param.default.is_some());
            if free && command.rest_least == 0 && !command.examples.is_empty() {
                let came = points::cancelled(&mut trial, command).await;
                trial
                    .must("answers a call once, though it is cancelled", came)
                    .await;
            }
        }
    }
    trial.stop().await;
    (trial.points, Some(declaration))
}

async fn start(trial: &mut Trial<'_>) -> Result<Json, String> {
    let mut peer = Peer::start(trial.launch, trial.tree)?;
    let answer = peer.initialize(trial.launch, VERSION).await;
    trial.peer = Some(peer);
    answer?.map_err(|failed| format!("it refused `initialize`: {}", failed.message))
}

/// What it says of itself, if that can be used.
fn declared(said: &Json) -> Result<Declaration, String> {
    let version = Declaration::protocol_of(said)?;
    if version != VERSION {
        return Err(format!(
            "it speaks version {version} of the protocol, and this scn speaks version {VERSION}"
        ));
    }
    declare::read(said)
}

/// What it answers, one process through it all if it can.
async fn talk(trial: &mut Trial<'_>) {
    let came = points::unknown_command(trial).await;
    let expected = "answers a call of a command that it has not with an error";
    let answers = came.is_ok();
    trial.must(expected, came).await;
    if !answers {
        // All others are asked by way of such calls, which do nothing.
        return;
    }
    let came = points::unknown_method(trial).await;
    let expected = "answers a method that it does not know with an error";
    trial.should(expected, came).await;
    let came = points::unknown_notification(trial).await;
    let expected = "passes over a notification that it does not know";
    trial.must(expected, came).await;
    let came = points::wrong_params(trial).await;
    let expected = "answers a call that lacks what it needs with an error";
    trial.should(expected, came).await;
    let came = points::pieces(trial).await;
    trial
        .must("reads a message that comes in pieces", came)
        .await;
    let came = points::many_at_once(trial).await;
    let expected = "answers each of 50 requests that come at once";
    trial.must(expected, came).await;
    let came = points::all_kinds(trial).await;
    trial.must("reads values of every kind", came).await;
    let came = points::large(trial).await;
    trial.must("reads a message of 1 MiB", came).await;
    let came = points::late_cancel(trial).await;
    trial
        .must("passes over a `cancel` that comes too late", came)
        .await;
    let came = points::garbage(trial).await;
    let expected = "survives a line that is no message";
    trial.should(expected, came).await;
}

/// How it starts and ends.
async fn lives(trial: &mut Trial<'_>, said: &Json) {
    let expected = "ends when it is asked to";
    match points::shutdown(trial).await {
        Ok(came) => trial.should(expected, came).await,
        Err(why) => trial.must(expected, Err(why)).await,
    }
    let came = points::input_ends(trial).await;
    trial.should("ends when its input ends", came).await;
    let came = points::same_again(trial, said).await;
    trial.must("declares the same each time", came).await;
    let came = points::newer_protocol(trial).await;
    let expected = "says which protocol it speaks to a scn that speaks a newer one";
    trial.should(expected, came).await;
}
