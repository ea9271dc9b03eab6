//! The programs as a user meets them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use exchange::wire;
use rustix::process::Signal;

use support::{LONG, Load, Pair, eventually};

fn smoke(pair: &Pair, within: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_exchange-smoke"))
        .args(["--targets", &pair.targets_option(), "--within", within])
        .output()
        .unwrap()
}

fn send(pair: &Pair, words: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_exchange-send"))
        .args(["--targets", &pair.targets_option()])
        .args(words)
        .output()
        .unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

fn http(pair: &Pair, request: &str) -> String {
    let mut stream = TcpStream::connect(pair.http(0)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_smoke_test_passes_before_and_after_a_fail_over_and_fails_without_a_backup() {
    let mut pair = Pair::in_sync(LONG);
    for _ in 0..2 {
        let output = smoke(&pair, "10s");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "PASS\n");
        assert_eq!(output.status.code(), Some(0));
        // The second one runs while the backup takes over.
        if pair.status(0, "state").is_some() {
            pair.kill(0);
        }
    }
    pair.kill(1);
    let output = smoke(&pair, "300ms");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.starts_with("FAIL: no engine serves (127.0.0.1:"),
        "{said}"
    );
    assert!(
        said.ends_with("nothing listens there), for 300ms\n"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn one_engine_alone_serves() {
    let mut pair = Pair::new(LONG);
    pair.start(0);
    pair.wait_for(0, "READY");
    assert_eq!(
        String::from_utf8_lossy(&smoke(&pair, "10s").stdout),
        "PASS\n"
    );
    let (sent, answer) = send(
        &pair,
        &["NEW", "ann", "1", "ACME", "SELL", "5", "LIMIT", "10.50"],
    );
    assert!(
        sent && answer.starts_with("ACK ann 1 ") && answer.ends_with(" filled=0 open=5\n"),
        "{answer}"
    );
    assert_eq!(
        send(&pair, &["CANCEL", "ann", "9"]),
        (false, "REJECT ann 9 unknown-order\n".to_owned())
    );
}

#[test]
fn when_both_engines_are_gone_the_day_begins_anew_and_the_log_says_so() {
    let mut pair = Pair::in_sync(LONG);
    send(
        &pair,
        &["NEW", "ann", "1", "ACME", "SELL", "5", "LIMIT", "10"],
    );
    pair.kill(1);
    pair.kill(0);
    pair.start(0);
    pair.wait_for(0, "READY");
    assert!(pair.has_logged(0, "neither engine was running: the day begins anew"));
    assert_eq!(
        send(&pair, &["ORDER", "ann", "1"]),
        (false, "REJECT ann 1 unknown-order\n".to_owned())
    );
}

#[test]
fn noise_on_any_port_harms_nobody() {
    let pair = Pair::in_sync(LONG);
    for address in [pair.address(0), pair.http(0), pair.peer(0), pair.peer(1)] {
        for noise in [
            &b"\0\xff\n\n\n"[..],
            b"",
            b"JOIN x\n",
            b"HELLO\nJOIN",
            b"SNAPSHOT 5 99999999\n",
        ] {
            TcpStream::connect(address)
                .unwrap()
                .write_all(noise)
                .unwrap();
        }
    }
    assert_eq!(
        String::from_utf8_lossy(&smoke(&pair, "10s").stdout),
        "PASS\n"
    );
    assert_eq!(pair.status(0, "state").as_deref(), Some("READY"));
    assert_eq!(pair.status(1, "state").as_deref(), Some("READY"));
}

#[test]
fn the_pid_file_is_there_while_the_process_lives() {
    let mut pair = Pair::in_sync(LONG);
    let file = pair.path("primary.pid");
    let pid: u32 = std::fs::read_to_string(&file)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(pid > 1);
    pair.signal(0, Signal::TERM);
    assert_eq!(pair.wait_for_end(0), Some(0));
    assert!(!file.exists());
    assert!(pair.has_logged(0, "state=STOPPED"));
    pair.wait_for(1, "PRIMARY");
}

#[test]
fn the_status_page_is_json_and_other_pages_are_not_there() {
    let pair = Pair::in_sync(LONG);
    let synced = eventually(|| {
        http(&pair, "GET /status HTTP/1.1\r\nHost: x\r\n\r\n").contains("\"lag\": 0")
    });
    assert!(synced);
    let page = http(&pair, "GET /status HTTP/1.1\r\nHost: x\r\n\r\n");
    let (head, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(
        head.contains(&format!("Content-Length: {}", body.len())),
        "{head}"
    );
    assert!(
        body.starts_with("{\"role\": \"primary\", \"state\": \"READY\", "),
        "{body}"
    );
    assert!(http(&pair, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    assert!(http(&pair, "POST /status HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
}

#[test]
fn a_slow_disk_delays_the_answer_and_nothing_else() {
    let pair = Pair::in_sync(LONG);
    assert_eq!(pair.ask(0, "SLOW 300").unwrap(), ["OK slow=300"]);
    let start = Instant::now();
    pair.ask(0, "NEW ann 1 ACME BUY 1 LIMIT 5").unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
    pair.ask(0, "SLOW 0").unwrap();
    let journal = std::fs::read_to_string(pair.path("primary.journal")).unwrap();
    assert_eq!(journal, "ENTRY 1 NEW ann 1 ACME BUY 1 LIMIT 5\n");
    assert_eq!(
        std::fs::read_to_string(pair.path("backup.journal")).unwrap(),
        journal
    );
    let slow = eventually(|| {
        let log = std::fs::read_to_string(pair.path("primary.log")).unwrap();
        log.lines()
            .filter_map(|line| wire::field(line, "latency_us")?.parse::<u64>().ok())
            .any(|latency| latency >= 300_000)
    });
    assert!(slow, "{}", pair.logs());
}

#[test]
fn answers_come_in_order_and_all_of_them_even_to_a_client_that_sends_no_more() {
    let pair = Pair::in_sync(LONG);
    let mut stream = TcpStream::connect(pair.address(0)).unwrap();
    let long = "x".repeat(600);
    let text = format!(
        "PING\nNEW ann 1 ACME BUY 1 LIMIT 5\nNEW ann 2 ACME HOLD\n\u{e9}\nORDER ann 1\n{long}\n"
    );
    stream.write_all(text.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answers = String::new();
    let _ = stream.read_to_string(&mut answers);
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "PONG",
            "ACK ann 1 order=1 filled=0 open=1",
            "REJECT ann 2 wrong-number-of-words",
            "REJECT - - unknown-request"
        ]
    );
    assert!(lines[4].starts_with("ORDER ann 1 order=1 "));
}

#[test]
fn the_load_says_how_it_went_and_ends_with_term() {
    let pair = Pair::in_sync(LONG);
    let mut load = Load::start(&pair, 500);
    let told = load.first_lines(2);
    let (status, said) = load.stop();
    assert_eq!(status, Some(0));
    let said = told + &said;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() >= 3, "{said}");
    for (line, start) in [
        (lines[0], "sent="),
        (lines[lines.len() - 1], "summary: sent="),
    ] {
        assert!(line.starts_with(start), "{said}");
        for key in ["acked", "rejected", "p50_us", "p99_us", "max_us"] {
            assert!(line.contains(&format!(" {key}=")), "{said}");
        }
    }
    assert!(
        lines[lines.len() - 1].contains(" rejected=0 unanswered=0 "),
        "{said}"
    );
}

#[test]
fn a_wrong_command_line_is_told_what_was_meant() {
    for (program, word) in [
        (env!("CARGO_BIN_EXE_matching-engine"), "--role"),
        (env!("CARGO_BIN_EXE_exchange-load"), "--targets"),
    ] {
        let output = Command::new(program).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(word));
    }
}
