//! `GET /status` over HTTP/1.1: one answer a connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::each_connection;
use super::status::Board;

/// How long a client may take to send its request.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest request that is read, in bytes.
const MAX_REQUEST: u64 = 8192;

/// Answers on this listener for ever.
pub fn serve(listener: &TcpListener, board: &Board) {
    let board = board.clone();
    // A client that went away is no concern of the exchange.
    each_connection(listener, move |stream| drop(answer(&stream, &board)));
}

fn answer(mut stream: &TcpStream, board: &Board) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(MAX_REQUEST)).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    // The head is read to its end: closing a socket with unread input would reset it.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let mut words = first.split(' ');
    let (status, kind, body) = match (words.next(), words.next()) {
        (Some("GET"), Some("/status")) => ("200 OK", "application/json", board.read().json()),
        (Some("GET"), _) => (
            "404 Not Found",
            "text/plain",
            "only /status is here\n".to_owned(),
        ),
        _ => (
            "405 Method Not Allowed",
            "text/plain",
            "only GET is answered\n".to_owned(),
        ),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
