//! The binary `scn`.
fn main() {}
