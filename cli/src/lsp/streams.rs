//! Standard input and output, a thread each.
//!
//! Answers are written as text at once: the colours of a large file are hundreds of thousands of numbers,
//! each of which would be a value of its own otherwise.

use std::io;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{Message, RequestId};
use serde_json::json;

/// What goes to the client.
pub enum Outgoing {
    /// A message.
    Message(Message),
    /// The answer to a question, in JSON.
    Answer(RequestId, String),
}

/// Both ways, and the thread that writes.
pub struct Streams {
    /// To the client.
    pub sender: Sender<Outgoing>,
    /// From the client, as far as it has come.
    pub receiver: Receiver<Message>,
    /// Ends when nobody can send any more, and all is written.
    pub writer: JoinHandle<()>,
}

/// Begins to read and to write.
pub fn open() -> Streams {
    let (sender, outgoing) = unbounded();
    let (incoming, receiver) = unbounded();
    // It ends with the client, or with the program.
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Ok(Some(message)) = Message::read(&mut input) {
            if incoming.send(message).is_err() {
                break;
            }
        }
    });
    let writer = std::thread::spawn(move || {
        let mut output = io::stdout().lock();
        for message in outgoing {
            // The client is gone: what it would have read is of no use.
            if write(&mut output, message).is_err() {
                break;
            }
        }
    });
    Streams {
        sender,
        receiver,
        writer,
    }
}

fn write(output: &mut impl io::Write, message: Outgoing) -> io::Result<()> {
    match message {
        Outgoing::Message(message) => message.write(output),
        Outgoing::Answer(id, answer) => {
            let body = format!(
                r#"{{"jsonrpc":"2.0","id":{},"result":{answer}}}"#,
                json!(id)
            );
            write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
            output.flush()
        }
    }
}
