//! The port for clients: two threads a connection, one that reads and one that writes, so that
//! a client may send many requests before it reads an answer. Answers come in their order.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Event, each_connection};
use crate::wire::{self, MAX_LINE, Request};

/// A client that takes no answers for so long is cut off.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the answers to one client go.
#[derive(Clone, Debug)]
pub struct Reply(Sender<Option<String>>);

impl Reply {
    /// Sends an answer, without its last line end. A client that is gone is no error.
    pub fn send(&self, answer: String) {
        let _ = self.0.send(Some(answer));
    }

    /// Closes the connection after what was sent: the client must ask another engine.
    pub fn close(&self) {
        let _ = self.0.send(None);
    }
}

/// Takes connections for ever, and hands their requests to the core.
pub fn serve(listener: &TcpListener, core: &Sender<Event>) {
    let core = core.clone();
    // A client that went away is no concern of the exchange.
    each_connection(listener, move |stream| drop(converse(&stream, &core)));
}

fn converse(stream: &TcpStream, core: &Sender<Event>) -> io::Result<()> {
    let (send, answers) = channel();
    let writing = stream.try_clone()?;
    thread::Builder::new().spawn(move || {
        let _ = write(&writing, &answers);
        let _ = writing.shutdown(Shutdown::Both);
    })?;
    // The writer ends when the core has given the last answer that it holds.
    read(stream, core, &Reply(send))
}

fn read(stream: &TcpStream, core: &Sender<Event>, reply: &Reply) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut reader)
            .take(MAX_LINE as u64)
            .read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(());
        }
        if line.last() != Some(&b'\n') && length == MAX_LINE {
            refuse(b"", "line-too-long", core, reply);
            return Ok(());
        }
        match std::str::from_utf8(&line)
            .map_err(|_| "not-utf-8")
            .and_then(wire::parse)
        {
            Ok(Request::Quit) => return Ok(()),
            Ok(request) => {
                let event = Event::Request {
                    request,
                    reply: reply.clone(),
                    received: Instant::now(),
                };
                if core.send(event).is_err() {
                    return Ok(());
                }
            }
            Err(reason) => refuse(&line, reason, core, reply),
        }
    }
}

/// A refusal goes through the core as well, or it would overtake the answers before it.
fn refuse(line: &[u8], reason: &str, core: &Sender<Event>, reply: &Reply) {
    let text = String::from_utf8_lossy(line);
    let mut words = text.split_ascii_whitespace();
    let named = matches!(words.next(), Some("NEW" | "CANCEL" | "ORDER"));
    let (client, id) = if named {
        (words.next(), words.next())
    } else {
        (None, None)
    };
    let answer = format!(
        "REJECT {} {} {reason}",
        client.unwrap_or("-"),
        id.unwrap_or("-")
    );
    let _ = core.send(Event::Refused {
        answer,
        reply: reply.clone(),
    });
}

fn write(mut stream: &TcpStream, answers: &Receiver<Option<String>>) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut text = String::new();
    // What has gathered while the last write went on leaves in one write.
    while let Ok(first) = answers.recv() {
        let mut open = true;
        for answer in std::iter::once(first).chain(answers.try_iter()) {
            let Some(answer) = answer else {
                open = false;
                break;
            };
            text.push_str(&answer);
            text.push('\n');
        }
        stream.write_all(text.as_bytes())?;
        if !open {
            break;
        }
        text.clear();
    }
    Ok(())
}
