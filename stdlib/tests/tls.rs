//! `http` over TLS, against a server on loopback with a certificate of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};
use scn_protocol::Status;
use support::{Bench, on_one_thread};

/// A server that answers every request with `fine`; its address, and its certificate in PEM.
fn server() -> (SocketAddr, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = Stream::new(&mut connection, &mut socket);
            // One that does not trust the certificate goes away.
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine");
            }
        }
    });
    (address, cert.pem())
}

#[test]
fn a_certificate_is_believed_only_if_its_authority_is_trusted() {
    on_one_thread(async {
        let (address, pem) = server();
        let url = format!("https://{address}/");
        let bench = Bench::new();
        bench.write("ca.pem", &pem);
        bench.write("empty.pem", "");

        let outcome = bench.run(words!["http", "GET", url.as_str()]).await;
        assert_eq!(outcome.status, Status::Fail, "{outcome:?}");
        let error = outcome.error.unwrap();
        assert!(error.contains("certificate"), "{error}");

        for trust in ["ca=ca.pem", "insecure=true"] {
            let outcome = bench.run(words!["http", "GET", url.as_str(), trust]).await;
            assert_eq!(outcome.status, Status::Pass, "{outcome:?}");
            assert_eq!(bench.context.stdout.take(), b"fine");
        }

        let outcome = bench
            .run(words!["http", "GET", url.as_str(), "ca=empty.pem"])
            .await;
        assert_eq!(outcome.status, Status::Error);
        assert!(
            outcome
                .error
                .unwrap()
                .ends_with("there is no certificate in it")
        );
    });
}
