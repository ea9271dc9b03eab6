//! How the program is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|value| value == wanted);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        // At a fixed address nothing need be relocated as it starts: that is half a megabyte of tables that is
        // otherwise read, changed and so copied before the first line of code, a third of a small run's start.
        // What is loaded into it, and its stack and heap, stay where chance puts them.
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
