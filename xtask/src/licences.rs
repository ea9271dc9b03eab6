//! The licences of everything that is built in.

use std::process::Command;

use serde_json::Value;

use crate::shell;

/// Licences that ask for no more than their mention.
const ALLOWED: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "BSL-1.0",
    "Unicode-3.0",
    "Unlicense",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "MIT-0",
];

/// What cargo knows of all packages.
pub fn metadata() -> Result<Value, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(shell::root())
        .output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// Fails on a package whose licence is not among those allowed.
pub fn run() -> Result<(), String> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    for package in &packages {
        let (name, version) = (
            package["name"].as_str().unwrap_or_default(),
            package["version"].as_str().unwrap_or_default(),
        );
        match package["license"].as_str() {
            Some(expression) if allowed(expression) => {}
            Some(expression) => wrong.push(format!("{name} {version}: {expression}")),
            None => wrong.push(format!("{name} {version}: no licence is declared")),
        }
    }
    if wrong.is_empty() {
        println!("licences: {} packages, all of them allowed", packages.len());
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

/// Whether an SPDX expression can be met: of `OR` one side, of `AND` both.
fn allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let expression = expression.trim();
    if let Some(inner) = expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        && !inner.contains(['(', ')'])
    {
        return allowed(inner);
    }
    if let Some((left, right)) = split(expression, " AND ") {
        return allowed(left) && allowed(right);
    }
    if let Some((left, right)) = split(expression, " OR ") {
        return allowed(left) || allowed(right);
    }
    ALLOWED.contains(&expression)
}

/// Cuts at an operator outside of parentheses.
fn split<'a>(expression: &'a str, operator: &str) -> Option<(&'a str, &'a str)> {
    expression.match_indices(operator).find_map(|(at, _)| {
        let before = &expression[..at];
        let open = before.matches('(').count() == before.matches(')').count();
        open.then(|| (before, &expression[at + operator.len()..]))
    })
}
