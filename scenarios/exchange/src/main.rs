//! The demonstration exchange.
fn main() {}
