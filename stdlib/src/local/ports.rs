//! TCP ports that nobody listens on.

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::Range;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with};

/// Below these are the ports of well-known services.
const FIRST: u16 = 10_000;

/// A port of the loopback interface that nobody listens on, and that is not among those `given`
/// before, to which it is added.
///
/// The system itself takes ports for outgoing connections from a range of its own. A port of
/// that range could be gone by the time that a component listens on it, so one below is taken.
pub(super) fn free(given: &mut HashSet<u16>) -> io::Result<u16> {
    let range = FIRST..first_outgoing();
    let count = range.len();
    let start = fastrand::usize(..count.max(1));
    for offset in 0..count {
        // Within the range, so within 16 bits.
        let port = range.start + u16::try_from((start + offset) % count).unwrap_or_default();
        if !given.contains(&port) && is_free(port)? {
            given.insert(port);
            return Ok(port);
        }
    }
    let Range { start, end } = range;
    let text = format!("no TCP port from {start} to {} is free", end - 1);
    Err(io::Error::new(io::ErrorKind::AddrInUse, text))
}

/// Whether nobody has that port of the loopback interface. It is had for a moment itself, without
/// listening: nobody else could be answered by this process meanwhile.
fn is_free(port: u16) -> io::Result<bool> {
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    Ok(bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).is_ok())
}

/// The first port that the system takes for outgoing connections.
fn first_outgoing() -> u16 {
    std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")
        .ok()
        .and_then(|text| text.split_ascii_whitespace().next()?.parse().ok())
        // A machine may be set up to take all of them: then none is safer than another.
        .filter(|first| *first > FIRST + 1_000)
        .unwrap_or(32_768)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn ports_are_free_and_given_once() {
        let mut given = HashSet::new();
        for count in 1..=200 {
            let port = free(&mut given).unwrap();
            assert_eq!(given.len(), count);
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        }
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_passed_over() {
        let mut given = HashSet::new();
        let port = free(&mut given).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        // All the others are said to have been given already.
        let mut given: HashSet<u16> = (FIRST..first_outgoing()).filter(|p| *p != port).collect();
        let error = free(&mut given).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        assert_eq!(free(&mut given).unwrap(), port);
    }
}
