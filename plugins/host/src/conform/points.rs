//! What is expected of a plug-in, one function a point: what else can be said of it where it is so,
//! and an error that says what it was sent and what came instead where it is not.

use std::time::{Duration, Instant};

use scn_interpreter::Registry;
use scn_process::{Ending, GRACE};
use scn_protocol::plugin::{Ask, Declaration, Failed, VERSION, codes};
use scn_protocol::{Decimal, Map, Signature, Value};
use serde_json::Value as Json;
use tokio::time::{sleep, timeout};

use super::Trial;
use super::peer::{Answer, Peer, SOON};
use crate::fit;
use crate::plugins::said_in_vain;
use crate::undo;

/// What came of a point.
pub(super) type Came = Result<String, String>;

/// A name that no plug-in has a command of.
const NO_COMMAND: &str = "scn_no_such_command";

/// So many requests are open at once.
const AT_ONCE: usize = 50;

/// The length of a large text.
const LARGE: usize = 1024 * 1024;

fn call_of(command: &str, args: Map) -> impl FnOnce(u64) -> Ask {
    move |id| Ask::Call {
        id,
        command: command.to_owned(),
        args,
        rest: Vec::new(),
        input: None,
        run: "scn-plugin-check".to_owned(),
        step: 1,
        time_left: None,
    }
}

fn unknown(args: Map) -> impl FnOnce(u64) -> Ask {
    call_of(NO_COMMAND, args)
}

/// What it answers has to be an error.
fn refused(answer: Answer) -> Result<Failed, String> {
    match answer {
        Err(failed) => Ok(failed),
        Ok(result) => Err(format!(
            "it says that this was done: its result is {}",
            crate::session::shown(result.to_string().as_bytes())
        )),
    }
}

pub(super) async fn unknown_command(trial: &mut Trial<'_>) -> Came {
    let answer = trial.peer().await?.ask(unknown(Map::new()), SOON).await?;
    Ok(refused(answer)?.message)
}

pub(super) async fn unknown_method(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    let id = peer.number();
    let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"scn_no_such_method\"}}\n");
    let failed = refused(peer.asked(line.as_bytes(), id, SOON).await?)?;
    match failed.code {
        codes::METHOD => Ok(String::new()),
        code => Err(format!(
            "the error's code is {code}; JSON-RPC has {} for this",
            codes::METHOD
        )),
    }
}

/// A newer scn may say more, which must not matter; and what has no `id` gets no answer.
pub(super) async fn unknown_notification(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    let line =
        br#"{"jsonrpc":"2.0","method":"scn_no_such_notification","params":{"a":[1]},"more":{}}"#;
    peer.send(&[line, b"\n".as_slice()].concat()).await?;
    let answer = peer.ask(unknown(Map::new()), SOON).await?;
    refused(answer).map(|_| String::new())
}

pub(super) async fn wrong_params(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    for params in [
        "",
        r#","params":{}"#,
        r#","params":{"command":7}"#,
        r#","params":{"command":"scn_no_such_command","args":[],"rest":{}}"#,
    ] {
        let id = peer.number();
        let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"call\"{params}}}\n");
        let answer = peer.asked(line.as_bytes(), id, SOON).await?;
        refused(answer)
            .map_err(|why| format!("{why}\n          it was sent {}", line.trim_end()))?;
    }
    Ok(String::new())
}

/// A pipe hands on what it has: a line may arrive in parts.
pub(super) async fn pieces(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    let id = peer.number();
    let line = unknown(Map::new())(id).to_line();
    let (first, second) = line.split_at(line.len() / 2);
    peer.send(first).await?;
    sleep(Duration::from_millis(100)).await;
    let answer = peer.asked(second, id, SOON).await?;
    refused(answer).map(|_| String::new())
}

pub(super) async fn many_at_once(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    let mut open: Vec<u64> = (0..AT_ONCE).map(|_| peer.number()).collect();
    let lines: Vec<u8> = open
        .iter()
        .flat_map(|id| unknown(Map::new())(*id).to_line())
        .collect();
    peer.send(&lines).await?;
    while !open.is_empty() {
        let left = open.len();
        let (id, answer) = peer
            .answer(SOON)
            .await
            .map_err(|why| format!("{left} of {AT_ONCE} were not answered: {why}"))?;
        refused(answer)?;
        let Some(at) = open.iter().position(|open| Some(*open) == id) else {
            let id = id.map_or("no `id`".to_owned(), |id| format!("the `id` {id}"));
            return Err(format!("it answered with {id}, for which none was open"));
        };
        open.swap_remove(at);
    }
    Ok(String::new())
}

fn every_kind() -> Map {
    let inner = Map::from_iter([("a b".to_owned(), Value::None)]);
    let list = Value::list(vec![Value::Int(1), Value::map(inner)]);
    let deep = (0..50).fold(Value::Int(1), |inner, _| Value::list(vec![inner]));
    [
        ("none", Value::None),
        ("bool", Value::Bool(true)),
        ("int", Value::Int(i64::MIN)),
        ("decimal", Value::decimal(Decimal::MAX)),
        ("small", Value::decimal(Decimal::new(1, 20))),
        ("text", Value::from("\"\\\n\t\u{1}é €🚀{}[]")),
        ("empty", Value::from("")),
        ("duration", Value::Duration(250_000_000)),
        ("size", Value::Size(500_000_000)),
        ("percent", Value::percent(Decimal::new(155, 1))),
        ("moment", Value::Moment(1_500_000_000)),
        ("bytes", Value::bytes(vec![0, 255])),
        ("list", list),
        ("map", Value::map(Map::new())),
        ("deep", deep),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

pub(super) async fn all_kinds(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    let answer = peer.ask(unknown(every_kind()), SOON).await?;
    refused(answer).map(|_| String::new())
}

pub(super) async fn large(trial: &mut Trial<'_>) -> Came {
    let args = Map::from_iter([("text".to_owned(), Value::text("x".repeat(LARGE)))]);
    let answer = trial.peer().await?.ask(unknown(args), SOON * 4).await;
    let answer = answer.map_err(|why| {
        format!("{why}\n          that line has 1 MiB; lines of up to 64 MiB may come")
    })?;
    refused(answer).map(|_| String::new())
}

/// It may answer with an error that has no `id`, pass it over, or end and say why.
pub(super) async fn garbage(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    peer.send(b"this is no message\n").await?;
    let id = peer.number();
    peer.send(&unknown(Map::new())(id).to_line()).await?;
    match peer.answer(SOON).await? {
        (None, Err(_)) => match peer.answer(SOON).await? {
            (Some(answered), _) if answered == id => Ok("it says so".to_owned()),
            _ => Err("what came after it was not answered".to_owned()),
        },
        (Some(answered), _) if answered == id => Ok("it survives".to_owned()),
        _ => Err("it answered what was never asked".to_owned()),
    }
}

/// The first request was `initialize`, and is answered.
pub(super) async fn late_cancel(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    peer.send(&Ask::Cancel { call: 1 }.to_line()).await?;
    let answer = peer.ask(unknown(Map::new()), SOON).await?;
    refused(answer).map(|_| String::new())
}

/// `cancel` comes while the call is open, or just after: it is answered once, whichever it was.
pub(super) async fn cancelled(trial: &mut Trial<'_>, command: &Signature) -> Came {
    let peer = trial.peer().await?;
    let args = command.params.iter().filter_map(|param| {
        let value = param.default.clone()?;
        Some((param.name.clone(), value))
    });
    let id = peer.number();
    let mut lines = call_of(&command.name, args.collect())(id).to_line();
    lines.extend(Ask::Cancel { call: id }.to_line());
    peer.asked(&lines, id, GRACE).await?.ok();
    let answer = peer.ask(unknown(Map::new()), SOON).await?;
    refused(answer).map(|_| command.name.clone())
}

pub(super) async fn newer_protocol(trial: &mut Trial<'_>) -> Came {
    trial.stop().await;
    let mut peer = Peer::start(trial.launch, trial.tree)?;
    let came = peer.initialize(trial.launch, VERSION + 1).await;
    peer.stop().await;
    match came? {
        Err(failed) => Ok(failed.message),
        Ok(said) => match Declaration::protocol_of(&said) {
            Ok(version) if version == VERSION => Ok(format!("it speaks version {version}")),
            Ok(version) => Err(format!(
                "it says that it speaks version {version}, of which nobody knows yet: `protocol` is the version that it was written for, {VERSION}"
            )),
            Err(why) => Err(why),
        },
    }
}

pub(super) async fn same_again(trial: &mut Trial<'_>, said: &Json) -> Came {
    trial.stop().await;
    let mut peer = Peer::start(trial.launch, trial.tree)?;
    let again = peer.initialize(trial.launch, VERSION).await;
    peer.stop().await;
    match again? {
        Ok(again) => match differs(said, &again) {
            None => Ok(String::new()),
            Some(what) => Err(format!(
                "{what} than when it was asked first; scn keeps what it said, and asks again only when its files have changed"
            )),
        },
        Err(failed) => Err(format!("it refused `initialize`: {}", failed.message)),
    }
}

/// What it says otherwise the second time; what means nothing may differ.
fn differs(first: &Json, again: &Json) -> Option<String> {
    let is_other = |key: &str| first.get(key) != again.get(key);
    if is_other("commands") {
        return Some("its `commands` are others".to_owned());
    }
    let key = ["protocol", "name", "version"]
        .into_iter()
        .find(|key| is_other(key))?;
    let said = |json: &Json| json.get(key).map_or("nothing".to_owned(), Json::to_string);
    Some(format!(
        "its `{key}` is another, {} and not {},",
        said(again),
        said(first)
    ))
}

pub(super) async fn shutdown(trial: &mut Trial<'_>) -> Result<Came, String> {
    let peer = trial.peer().await?;
    let began = Instant::now();
    let id = peer.number();
    peer.send(&Ask::Shutdown { id }.to_line()).await?;
    peer.hang_up();
    if timeout(GRACE, peer.until_ended()).await.is_err() {
        peer.stop().await;
        return Err(format!(
            "it was still there after {}s, and was ended{}",
            GRACE.as_secs(),
            peer.last()
        ));
    }
    let Some(exit) = peer.exit().filter(|exit| exit.ending == Ending::Own) else {
        return Err("it had to be ended".to_owned());
    };
    let answered = peer.answer(SOON).await;
    match (exit.code, exit.signal) {
        (Some(0), _) => Ok(match answered {
            Ok((Some(answered), _)) if answered == id => {
                Ok(format!("{}ms", began.elapsed().as_millis()))
            }
            _ => Err("it ends, but does not answer first".to_owned()),
        }),
        (Some(status), _) => Ok(Err(format!("with exit status {status}{}", peer.last()))),
        (None, Some(signal)) => Err(format!("it died of the signal {signal}{}", peer.last())),
        (None, None) => Ok(Ok(String::new())),
    }
}

/// So it is when scn itself was killed: nobody asks it to end.
pub(super) async fn input_ends(trial: &mut Trial<'_>) -> Came {
    let peer = trial.peer().await?;
    peer.hang_up();
    match timeout(SOON, peer.until_ended()).await {
        Ok(()) => Ok(String::new()),
        Err(_) => Err(format!(
            "it was still there after {}s: should scn be killed, nobody would end it",
            SOON.as_secs()
        )),
    }
}

/// What is wrong in a declaration that can be read.
pub(super) fn usable(declaration: &Declaration) -> Result<(), String> {
    if let Some((command, fault)) = fit::misplaced(declaration).next() {
        return Err(format!("`{command}` {fault}"));
    }
    match fit::words(declaration).next() {
        Some(name) => Err(format!(
            "`{name}` is a word of the language: a line that begins with it is no call of the command"
        )),
        None => Ok(()),
    }
}

/// What could be better in a declaration that can be used.
pub(super) fn declared(said: &Json, declaration: &Declaration, built_in: &Registry) -> Came {
    let unknown = Declaration::unknown(said);
    if !unknown.is_empty() {
        let vain: Vec<String> = unknown.iter().map(said_in_vain).collect();
        return Err(format!("it {}", vain.join("; it ")));
    }
    let mut faults = undo::misfits(declaration, built_in);
    if let Some((command, fault)) = faults.next() {
        return Err(format!("`{command}` {fault}"));
    }
    let hides = |command: &&Signature| built_in.find(&command.name).is_some();
    if let Some(command) = declaration.commands.iter().find(hides) {
        let name = &command.name;
        return Err(format!(
            "`{name}` hides the command of that name that is there everywhere"
        ));
    }
    let no_help = |command: &&Signature| command.help.is_empty();
    if let Some(command) = declaration.commands.iter().find(no_help) {
        return Err(format!("`{}` has no `help`", command.name));
    }
    if declaration.commands.is_empty() {
        return Err("it has none".to_owned());
    }
    if declaration.version.is_empty() {
        return Err("it does not say its `version`".to_owned());
    }
    Ok(format!("{} of them", declaration.commands.len()))
}
