//! The licences of everything that is built in.

use std::process::Command;

use serde_json::Value;

use crate::shell;

/// The licences that `deny.toml` allows.
fn list() -> Result<Vec<String>, String> {
    let path = shell::root().join("deny.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("deny.toml: {error}"))?;
    let list = text
        .split_once("\nallow = [")
        .and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.ok_or("deny.toml allows no licences")?;
    Ok(list
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect())
}

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
    let (metadata, list) = (metadata()?, list()?);
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    for package in &packages {
        let (name, version) = (
            package["name"].as_str().unwrap_or_default(),
            package["version"].as_str().unwrap_or_default(),
        );
        match package["license"].as_str() {
            Some(expression) if allowed(expression, &list) => {}
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
fn allowed(expression: &str, list: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    let expression = expression.trim();
    if let Some(inner) = expression
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        && !inner.contains(['(', ')'])
    {
        return allowed(inner, list);
    }
    if let Some((left, right)) = split(expression, " AND ") {
        return allowed(left, list) && allowed(right, list);
    }
    if let Some((left, right)) = split(expression, " OR ") {
        return allowed(left, list) || allowed(right, list);
    }
    list.iter().any(|known| known == expression)
}

/// Cuts at an operator outside of parentheses.
fn split<'a>(expression: &'a str, operator: &str) -> Option<(&'a str, &'a str)> {
    expression.match_indices(operator).find_map(|(at, _)| {
        let before = &expression[..at];
        let open = before.matches('(').count() == before.matches(')').count();
        open.then(|| (before, &expression[at + operator.len()..]))
    })
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn of_a_choice_one_side_is_enough_and_of_a_sum_both_are_needed() {
        let list = ["MIT".to_owned(), "ISC".to_owned()];
        let is = |expression| allowed(expression, &list);
        assert!(is("MIT") && is("GPL-3.0 OR MIT") && is("Apache-2.0/MIT") && is("(MIT) AND ISC"));
        assert!(!is("GPL-3.0") && !is("MIT AND GPL-3.0") && is("ISC AND (MIT OR Apache-2.0)"));
    }
}
