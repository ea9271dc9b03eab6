//! `http` and `tcp`, against servers on loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use scn_interpreter::Outcome;
use scn_protocol::{Map, Status, Value};
use support::{Bench, Server, on_one_thread};

/// A field of the map that a step returned.
fn field(outcome: &Outcome, name: &str) -> Value {
    match &outcome.value {
        Some(Value::Map(map)) => map[name].clone(),
        other => panic!("{other:?}"),
    }
}

fn failure(outcome: &Outcome) -> &str {
    assert_eq!(outcome.status, Status::Fail, "{outcome:?}");
    outcome.error.as_deref().unwrap()
}

fn answer(status: &str, more: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{more}\r\n{body}").into_bytes()
}

/// A server that gives back the request itself.
fn echo() -> Server {
    Server::answering(|request, _| answer("200 OK", "", request))
}

#[test]
fn an_answer_is_a_map_and_its_body_the_output() {
    on_one_thread(async {
        let server = Server::answering(|_, _| {
            answer(
                "200 OK",
                "Content-Type: application/json\r\nX-A: 1\r\nX-A: 2\r\n",
                "{\"n\": 0.10}",
            )
        });
        let bench = Bench::new();
        let outcome = bench.run(words!["http", "GET", server.url("/x")]).await;
        assert_eq!(outcome.status, Status::Pass, "{outcome:?}");
        assert_eq!(field(&outcome, "status"), Value::Int(200));
        assert_eq!(field(&outcome, "body"), Value::from("{\"n\": 0.10}"));
        assert_eq!(field(&outcome, "json").to_text(), "{\"n\":0.1}");
        let headers = field(&outcome, "headers").to_text().into_owned();
        assert_eq!(
            headers,
            r#"{"content-length":"11","content-type":"application/json","x-a":"1, 2"}"#
        );
        assert_eq!(bench.context.stdout_text(), "{\"n\": 0.10}");
    });
}

#[test]
fn what_is_asked_is_sent() {
    on_one_thread(async {
        let server = echo();
        let bench = Bench::new();
        let url = server.url("/a?b=c");
        bench
            .run(words!["http", "GET", url.as_str(), "header=X-One: 1"])
            .await;
        let text = bench.context.stdout_text();
        assert!(text.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{text}");
        assert!(
            text.contains("x-one: 1\r\n") && text.contains("user-agent: scn/"),
            "{text}"
        );
        bench.context.stdout.take();

        bench
            .run(words!["http", "POST", url.as_str(), "body=a b"])
            .await;
        let text = bench.context.stdout_text();
        assert!(
            text.contains("content-type: text/plain; charset=utf-8\r\n"),
            "{text}"
        );
        assert!(text.ends_with("\r\n\r\na b"), "{text}");
        bench.context.stdout.take();

        bench
            .run(words!["http", "PUT", url.as_str(), "json={\"a\": [1, 2]}"])
            .await;
        let text = bench.context.stdout_text();
        assert!(
            text.contains("content-type: application/json\r\n"),
            "{text}"
        );
        assert!(text.ends_with("\r\n\r\n{\"a\": [1, 2]}"), "{text}");
        bench.context.stdout.take();

        *bench.context.input.borrow_mut() = Some(Value::from("from the input"));
        bench.run(words!["http", "FETCH", url.as_str()]).await;
        let text = bench.context.stdout_text();
        assert!(
            text.starts_with("FETCH /a") && text.ends_with("\r\n\r\nfrom the input"),
            "{text}"
        );
    });
}

#[test]
fn values_are_sent_as_json_and_headers_taken_from_maps() {
    on_one_thread(async {
        let server = echo();
        let bench = Bench::new();
        let map = |name: &str, value| Value::map(Map::from_iter([(name.to_owned(), value)]));
        let mut call = support::bound(&bench, words!["http", "POST", server.url("/")]);
        call.args[3] = map("t", Value::Duration(1_500_000_000));
        call.args[4] = map("Content-Type", "application/merge-patch+json".into());
        let outcome = support::call_of(&bench, "http", call).await;
        let text = field(&outcome, "body").to_text().into_owned();
        assert!(
            text.contains("content-type: application/merge-patch+json\r\n"),
            "{text}"
        );
        assert!(text.ends_with("\r\n\r\n{\"t\":\"1.5s\"}"), "{text}");
    });
}

#[test]
fn a_status_of_400_or_more_fails_unless_it_is_expected() {
    on_one_thread(async {
        let server = Server::answering(|_, _| answer("404 Not Found", "", "gone"));
        let bench = Bench::new();
        let url = server.url("/x");
        let outcome = bench.run(words!["http", "GET", url.as_str()]).await;
        assert_eq!(
            failure(&outcome),
            format!("{url} answered with status 404 Not Found")
        );
        assert_eq!(field(&outcome, "status"), Value::Int(404));
        assert_eq!(field(&outcome, "body"), Value::from("gone"));
        assert_eq!(field(&outcome, "json"), Value::None);
        for expect in ["expect=404", "expect=4xx"] {
            let outcome = bench.run(words!["http", "GET", url.as_str(), expect]).await;
            assert_eq!(outcome.status, Status::Pass);
        }
        let outcome = bench
            .run(words!["http", "GET", url.as_str(), "expect=200"])
            .await;
        failure(&outcome);
        let outcome = bench
            .run(words!["http", "GET", url.as_str(), "expect=good"])
            .await;
        assert_eq!(outcome.status, Status::Error);
    });
}

#[test]
fn it_is_asked_again_while_the_server_is_not_ready_and_no_more_often_than_said() {
    on_one_thread(async {
        let server = Server::answering(|_, count| match count {
            0 | 1 => answer("503 Busy", "", "busy"),
            _ => answer("200 OK", "", "fine"),
        });
        let bench = Bench::new();
        let url = server.url("/");
        let words = words!["http", "GET", url.as_str(), "retries=1", "every=1ms"];
        failure(&bench.run(words).await);
        assert_eq!(server.requests(), 2);
        bench.context.stdout.take();
        let words = words!["http", "GET", url.as_str(), "retries=5", "every=1ms"];
        assert_eq!(bench.run(words).await.status, Status::Pass);
        assert_eq!(
            (server.requests(), bench.context.stdout_text().as_str()),
            (3, "fine")
        );
        let server = Server::answering(|_, _| answer("404 No", "", ""));
        let words = words!["http", "GET", server.url("/"), "retries=5", "every=1ms"];
        failure(&bench.run(words).await);
        assert_eq!(server.requests(), 1);
    });
}

#[test]
fn a_redirection_is_followed_only_when_asked_for() {
    on_one_thread(async {
        let server = Server::answering(|request, _| {
            if request.starts_with("GET /old ") {
                answer("302 Found", "location: /new\r\n", "")
            } else {
                answer("200 OK", "", "new")
            }
        });
        let bench = Bench::new();
        let outcome = bench.run(words!["http", "GET", server.url("/old")]).await;
        assert_eq!(field(&outcome, "status"), Value::Int(302));
        let outcome = bench
            .run(words!["http", "GET", server.url("/old"), "redirects=3"])
            .await;
        assert_eq!(field(&outcome, "body"), Value::from("new"));
    });
}

#[test]
fn a_large_body_is_output_whole_and_the_value_holds_its_beginning() {
    on_one_thread(async {
        let body = "0123456789abcdef".repeat((17 << 20) / 16);
        let length = body.len();
        let server = Server::answering(move |_, _| answer("200 OK", "", &body));
        let bench = Bench::new();
        let outcome = bench.run(words!["http", "GET", server.url("/")]).await;
        assert_eq!(outcome.status, Status::Pass, "{:?}", outcome.error);
        assert_eq!(bench.context.stdout.borrow().len(), length);
        assert_eq!(field(&outcome, "body").to_text().len(), 16 << 20);
        assert!(bench.context.logged.borrow()[0].contains("only the first 16MiB"));
    });
}

#[test]
fn who_does_not_answer_fails_and_a_wrong_question_is_an_error() {
    on_one_thread(async {
        let bench = Bench::new();
        let outcome = bench.run(words!["http", "GET", "127.0.0.1:1/"]).await;
        assert_eq!(failure(&outcome), "127.0.0.1:1 refused the connection");
        for (words, why) in [
            (
                words!["http", "GET", "http://no..such..host/"].as_slice(),
                "there is no host for http://no..such..host/",
            ),
            (
                words!["http", "GET", "ftp://a/"],
                "http:// and https:// can be asked",
            ),
            (words!["http", "GET", "http://"], "is no URL"),
            (
                words!["http", "A B", "http://a/"],
                "`A B` is no HTTP method",
            ),
            (
                words!["http", "POST", "http://127.0.0.1:1/", "json={a"],
                "`json` is no JSON",
            ),
            (
                words!["http", "POST", "http://127.0.0.1:1/", "json=1", "body=1"],
                "one is sent",
            ),
            (
                words!["http", "GET", "http://127.0.0.1:1/", "header=x"],
                "`Name: value`",
            ),
            (
                words!["http", "GET", "http://127.0.0.1:1/", "retries=-1"],
                "from 0 to",
            ),
            (
                words!["http", "GET", "https://127.0.0.1:1/", "ca=none"],
                "no such file",
            ),
        ] {
            let outcome = bench.run(words).await;
            assert_eq!(outcome.status, Status::Error, "{words:?} {outcome:?}");
            let error = outcome.error.unwrap();
            assert!(error.contains(why), "{error}");
        }
    });
}

#[test]
fn an_answer_that_does_not_come_fails_when_its_time_is_up() {
    on_one_thread(async {
        let (held, holding) = mpsc::channel::<TcpStream>();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || held.send(listener.accept().unwrap().0));
        let bench = Bench::new();
        let url = format!("http://{address}/");
        let outcome = bench
            .run(words!["http", "GET", url.as_str(), "timeout=200ms"])
            .await;
        assert_eq!(
            failure(&outcome),
            format!("{address} did not answer within 200ms")
        );
        drop(holding.recv().unwrap());
    });
}

#[test]
fn a_cancelled_request_holds_nothing_up() {
    let (held, holding) = mpsc::channel::<TcpStream>();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || held.send(listener.accept().unwrap().0));
    let started = Instant::now();
    on_one_thread(async {
        let bench = Bench::new();
        let words = words!["http", "GET", url.as_str()];
        let cut = tokio::time::timeout(Duration::from_millis(100), bench.run(words)).await;
        assert!(cut.is_err());
    });
    assert!(started.elapsed() < Duration::from_secs(10));
    drop(holding.recv().unwrap());
}

/// A server that talks to one connection in its own way.
fn talking(talk: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || talk(listener.accept().unwrap().0));
    address
}

fn replying(reply: &'static [&'static str]) -> String {
    talking(move |mut stream| {
        let mut piece = [0; 100];
        let read = stream.read(&mut piece).unwrap();
        assert_eq!(&piece[..read], b"PING\r\n");
        for part in reply {
            stream.write_all(part.as_bytes()).unwrap();
            thread::sleep(Duration::from_millis(30));
        }
    })
}

#[test]
fn what_is_sent_is_answered_with_a_line() {
    on_one_thread(async {
        let bench = Bench::new();
        let address = replying(&["+PO", "NG\r\n"]);
        let outcome = bench.run(words!["tcp", address, "send=PING\r\n"]).await;
        assert_eq!(
            (outcome.status, outcome.value),
            (Status::Pass, Some("+PONG".into()))
        );
        assert_eq!(bench.context.stdout_text(), "+PONG\r\n");
    });
}

#[test]
fn what_is_expected_may_come_in_pieces_and_must_come() {
    on_one_thread(async {
        let bench = Bench::new();
        let address = replying(&["one\ntw", "o\nthree\n"]);
        let outcome = bench
            .run(words!["tcp", address, "send=PING\r\n", "expect=two\nth"])
            .await;
        assert_eq!(outcome.status, Status::Pass, "{outcome:?}");
        let address = replying(&["one\n"]);
        let words = words!["tcp", address.as_str(), "send=PING\r\n", "expect=two"];
        let outcome = bench.run(words).await;
        let why = format!("{address} closed the connection, and did not send `two`");
        assert_eq!(failure(&outcome), why);
        assert_eq!(outcome.value, Some("one".into()));
        let address = talking(|mut stream| {
            stream.write_all(b"tw").unwrap();
            // Until the other side goes.
            let _ = stream.read(&mut [0]);
        });
        let outcome = bench
            .run(words!["tcp", address.as_str(), "expect=two", "within=3s"])
            .await;
        assert_eq!(
            failure(&outcome),
            format!("{address} did not send `two` within 3s")
        );
        assert_eq!(outcome.value, Some("tw".into()));
    });
}

#[test]
fn until_close_everything_is_read() {
    on_one_thread(async {
        let bench = Bench::new();
        let address = replying(&["one\n", "two\n"]);
        let outcome = bench
            .run(words!["tcp", address, "send=PING\r\n", "until=close"])
            .await;
        assert_eq!(
            (outcome.status, outcome.value),
            (Status::Pass, Some("one\ntwo".into()))
        );
    });
}

#[test]
fn without_anything_to_send_it_is_enough_that_the_port_accepts() {
    on_one_thread(async {
        let bench = Bench::new();
        let address = talking(|_| {});
        let outcome = bench.run(words!["tcp", address]).await;
        assert_eq!(
            (outcome.status, outcome.value),
            (Status::Pass, Some("".into()))
        );
        let outcome = bench.run(words!["tcp", "127.0.0.1:1"]).await;
        assert_eq!(failure(&outcome), "127.0.0.1:1 refused the connection");
        for (address, why) in [
            ("no..such..host:1", "there is no host for no..such..host:1"),
            ("127.0.0.1", "is not HOST:PORT"),
            ("127.0.0.1:http", "is not HOST:PORT"),
            (":80", "is not HOST:PORT"),
        ] {
            let outcome = bench.run(words!["tcp", address]).await;
            assert_eq!(outcome.status, Status::Error);
            let error = outcome.error.unwrap();
            assert!(error.contains(why), "{error}");
        }
    });
}
