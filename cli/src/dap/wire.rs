//! Messages on standard input and output, each after a header with its length.

use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value as Json, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A longer message is none.
const LONGEST: usize = 1 << 26;

/// The number of the next message that is sent.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The client's messages, read by a thread of their own until they end.
pub fn requests() -> UnboundedReceiver<Json> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Ok(Some(message)) = read(&mut input) {
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}

fn read(input: &mut impl BufRead) -> io::Result<Option<Json>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let length = length.filter(|length| *length <= LONGEST);
    let Some(length) = length else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

fn send(mut message: Json) {
    message["seq"] = NEXT.fetch_add(1, Ordering::Relaxed).into();
    let body = message.to_string();
    let mut out = io::stdout().lock();
    // Whoever read it has gone: then its requests end, too.
    let _ = write!(out, "Content-Length: {}\r\n\r\n{body}", body.len()).and_then(|()| out.flush());
}

/// Something has happened.
pub fn event(name: &str, body: Json) {
    send(json!({ "type": "event", "event": name, "body": body }));
}

/// A request was done; this is what it gave.
pub fn done(request: &Json, body: Json) {
    let mut response = json!({
        "type": "response",
        "request_seq": request["seq"],
        "command": request["command"],
        "success": true,
    });
    if !body.is_null() {
        response["body"] = body;
    }
    send(response);
}

/// A request could not be done, for this reason.
pub fn refused(request: &Json, reason: &str) {
    send(json!({
        "type": "response",
        "request_seq": request["seq"],
        "command": request["command"],
        "success": false,
        "message": reason,
        "body": { "error": { "id": 1, "format": reason, "showUser": true } },
    }));
}
