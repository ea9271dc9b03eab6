//! Whether a plug-in keeps to the protocol: for who writes one.
//!
//! It is started several times, and asked what every plug-in is asked sooner or later. None of its
//! commands is called, so that nothing happens to any system; what its examples do is for the
//! caller to see.

use std::rc::Rc;
use std::time::{Duration, Instant};

use scn_process::{GRACE, Tree};
use scn_protocol::Map;
use scn_protocol::plugin::{Ask, Declaration};
use tokio::time::timeout;

use crate::declare;
use crate::launch::{Launch, Variables};
use crate::plugins::without_undo;
use crate::session::{Over, Session};

/// How long an answer may take that needs nothing done.
const SOON: Duration = Duration::from_secs(5);

/// A name that no plug-in has a command of.
const NO_COMMAND: &str = "scn_no_such_command";

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
    /// It does not.
    Broken(String),
}

/// What came of all points, in their order; and what the plug-in says of itself, if anything. A
/// plug-in that cannot even be started is asked nothing more.
pub fn conform(launch: &Launch) -> (Vec<Point>, Option<Declaration>) {
    let asked = declare::block_on(async {
        let tree = Tree::new(None);
        let checked = all(launch, &tree).await;
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

async fn all(launch: &Launch, tree: &Tree) -> (Vec<Point>, Option<Declaration>) {
    let mut points = Vec::new();
    let mut add = |expected, found| points.push(Point { expected, found });
    let began = Instant::now();
    let (session, said) = match open(launch, tree).await {
        Ok(opened) => opened,
        Err(over) => {
            add(STARTS, Found::Broken(format!("it {over}")));
            return (points, None);
        }
    };
    add(
        STARTS,
        Found::Kept(format!("{}ms", began.elapsed().as_millis())),
    );
    let declaration = declare::read(&said);
    add(
        "declares its commands as they can be used",
        declared(&declaration),
    );
    add(
        "answers a call of a command that it has not with an error",
        unknown(&session).await,
    );
    add("passes over what it does not know", newer(&session).await);
    // What ended it is told already.
    let session = match session.over() {
        None => Ok(session),
        Some(_) => open(launch, tree).await.map(|(session, _)| session),
    };
    let ends = match &session {
        Ok(session) => shutdown(session).await,
        Err(over) => Found::Broken(format!("it {over}")),
    };
    add("ends when it is asked to", ends);
    add(
        "survives a line that is no message, or says so",
        garbage(launch, tree).await,
    );
    add(
        "passes over a `cancel` that comes too late",
        cancel(launch, tree).await,
    );
    add("ends when its input ends", input_ends(launch, tree).await);
    (points, declaration.ok())
}

async fn open(launch: &Launch, tree: &Tree) -> Result<(Rc<Session>, serde_json::Value), Rc<Over>> {
    let start = |spec: &scn_process::Spec| tree.spawn(spec);
    Session::open(launch, &Variables::default(), &start, None).await
}

fn declared(declaration: &Result<Declaration, String>) -> Found {
    let declaration = match declaration {
        Ok(declaration) => declaration,
        Err(reason) => return Found::Broken(reason.clone()),
    };
    if let Some((command, undo)) = without_undo(declaration).first() {
        return Found::Advice(format!(
            "`{command}` is undone by `{undo}`, and there is no such command"
        ));
    }
    let no_help = |command: &&scn_protocol::Signature| command.help.is_empty();
    if let Some(command) = declaration.commands.iter().find(no_help) {
        return Found::Advice(format!("`{}` has no `help`", command.name));
    }
    if declaration.commands.is_empty() {
        return Found::Advice("it has none".to_owned());
    }
    if declaration.version.is_empty() {
        return Found::Advice("it does not say its `version`".to_owned());
    }
    Found::Kept(format!("{} of them", declaration.commands.len()))
}

fn call(id: u64) -> Ask {
    Ask::Call {
        id,
        command: NO_COMMAND.to_owned(),
        args: Map::new(),
        rest: Vec::new(),
        input: None,
        run: "scn-plugin-check".to_owned(),
        step: 1,
        time_left: None,
    }
}

async fn unknown(session: &Rc<Session>) -> Found {
    match timeout(SOON, session.request(NO_COMMAND, None, call)).await {
        Err(_) => Found::Broken(format!("no answer within {}s", SOON.as_secs())),
        Ok(Err(over)) => Found::Broken(format!("it {over}")),
        Ok(Ok(Ok(_))) => Found::Broken("it says that the command was done".to_owned()),
        Ok(Ok(Err(failed))) => Found::Kept(failed.message),
    }
}

/// A newer scn may say more, which must not matter.
async fn newer(session: &Rc<Session>) -> Found {
    let line =
        r#"{"jsonrpc":"2.0","method":"scn_no_such_notification","params":{"a":[1]},"more":{}}"#;
    session.say(line.as_bytes());
    match unknown(session).await {
        Found::Kept(_) => Found::Kept(String::new()),
        broken => broken,
    }
}

async fn shutdown(session: &Rc<Session>) -> Found {
    let began = Instant::now();
    session.shutdown().await;
    match session.over() {
        Some(over) if began.elapsed() >= GRACE => Found::Broken(format!(
            "it was still there after {}s, and was ended{}",
            GRACE.as_secs(),
            last(&over)
        )),
        Some(over) => match (over.exit, &over.signal) {
            (Some(0), _) => Found::Kept(format!("{}ms", began.elapsed().as_millis())),
            (Some(status), _) => Found::Advice(format!("with exit status {status}{}", last(&over))),
            (None, Some(signal)) => {
                Found::Broken(format!("it died of the signal {signal}{}", last(&over)))
            }
            (None, None) => Found::Kept(String::new()),
        },
        None => Found::Broken("it is still there".to_owned()),
    }
}

fn last(over: &Over) -> String {
    match over.last.last() {
        Some(line) => format!("; it last said: {line}"),
        None => String::new(),
    }
}

async fn garbage(launch: &Launch, tree: &Tree) -> Found {
    let session = match open(launch, tree).await {
        Ok((session, _)) => session,
        Err(over) => return Found::Broken(format!("it {over}")),
    };
    session.say(b"this is no message");
    let found = unknown(&session).await;
    let found = match (found, session.over()) {
        (Found::Kept(_), _) => Found::Kept("it survives".to_owned()),
        (_, Some(over)) if over.what.starts_with("could not read") => {
            Found::Kept("it says so".to_owned())
        }
        (Found::Broken(text), _) => Found::Advice(text),
        (found, _) => found,
    };
    session.shutdown().await;
    found
}

async fn cancel(launch: &Launch, tree: &Tree) -> Found {
    let session = match open(launch, tree).await {
        Ok((session, _)) => session,
        Err(over) => return Found::Broken(format!("it {over}")),
    };
    // The first request was `initialize`, and is answered.
    let line = Ask::Cancel { call: 1 }.to_line();
    session.say(line.trim_ascii_end());
    let found = match unknown(&session).await {
        Found::Kept(_) => Found::Kept(String::new()),
        broken => broken,
    };
    session.shutdown().await;
    found
}

/// So it is when scn itself was killed: nobody asks it to end.
async fn input_ends(launch: &Launch, tree: &Tree) -> Found {
    let session = match open(launch, tree).await {
        Ok((session, _)) => session,
        Err(over) => return Found::Broken(format!("it {over}")),
    };
    session.hang_up();
    let found = match timeout(SOON, session.until_over()).await {
        Ok(_) => Found::Kept(String::new()),
        Err(_) => Found::Advice(format!(
            "it was still there after {}s: should scn be killed, nobody would end it",
            SOON.as_secs()
        )),
    };
    session.shutdown().await;
    found
}
