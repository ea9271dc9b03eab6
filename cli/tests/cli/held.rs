//! Components whose port somebody else has.

use std::net::TcpListener;

use crate::support::Test;

fn starts(program: &str, port: u16) -> Test {
    Test::new(&["run", "--env", "local", "s.scn"])
        .file(
            "environments/local.toml",
            &format!(
                "[components.Engine]\nstart = {{ sh = '{program}' }}\nready = {{ port = {port} }}\n"
            ),
        )
        .file("s.scn", "start Engine\n")
}

#[test]
fn another_program_at_its_port_does_not_make_a_component_ready() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let me = std::process::id();
    starts("sleep 0.2; echo in use; exit 1", port)
        .stderr_matches(&format!(
            "FAIL s.scn:1 start Engine: Engine ended before it was ready: exit status 1; port {port} is taken: process {me} listens there \\(in use\\)"
        ))
        .status(1)
        .run();
    starts("sleep 60", port)
        .stderr_matches(&format!(
            "warning port {port} of Engine is served by another process, {me}\n.*PASS"
        ))
        .run();
}
