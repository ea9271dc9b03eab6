//! Dependencies that are declared and that no code names.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::licences::metadata;

/// Fails on a package of the workspace that declares what it does not use.
pub fn run() -> Result<(), String> {
    let metadata = metadata()?;
    let members = metadata["workspace_members"].as_array();
    let members = members.cloned().unwrap_or_default();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for package in packages.filter(|package| members.contains(&package["id"])) {
        let code = code(package)?;
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            count += 1;
            let name = dependency["rename"].as_str();
            let name = name.or(dependency["name"].as_str()).unwrap_or_default();
            if !names(&code, &name.replace('-', "_")) {
                let of = package["name"].as_str().unwrap_or_default();
                wrong.push(format!(
                    "{of} declares {name}, and nothing in it names that"
                ));
            }
        }
    }
    if wrong.is_empty() {
        println!("unused: {count} dependencies, all of them named");
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

/// All Rust code of a package: that of its folder, and of targets that lie elsewhere.
fn code(package: &Value) -> Result<String, String> {
    let manifest = package["manifest_path"].as_str().unwrap_or_default();
    let folder = Path::new(manifest).parent().unwrap_or(Path::new("."));
    let mut code = String::new();
    read(folder, &mut code)?;
    for target in package["targets"].as_array().into_iter().flatten() {
        let path = Path::new(target["src_path"].as_str().unwrap_or_default());
        // It may lead out of the folder: `cli/../tests/spec.rs`.
        let path = fs::canonicalize(path).map_err(|error| error.to_string())?;
        if !path.starts_with(folder) {
            code.push_str(&fs::read_to_string(&path).map_err(|error| error.to_string())?);
            // The modules of `secrets/main.rs` stand beside it, those of `spec.rs` in `spec/`.
            let modules = match (path.ends_with("main.rs"), path.parent()) {
                (true, Some(folder)) => folder.to_owned(),
                _ => path.with_extension(""),
            };
            if modules.is_dir() {
                read(&modules, &mut code)?;
            }
        }
    }
    Ok(code)
}

fn read(folder: &Path, code: &mut String) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        // A package below is one of its own.
        let own = path.is_dir() && !path.join("Cargo.toml").exists() && !path.ends_with("target");
        if own {
            read(&path, code)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            code.push_str(&fs::read_to_string(&path).map_err(|error| error.to_string())?);
        }
    }
    Ok(())
}

/// Whether a crate is named as a word of its own.
fn names(code: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name)
        .any(|(at, _)| !code[..at].ends_with(part) && !code[at + name.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_crate_is_named_by_a_whole_word() {
        assert!(names("use serde::Serialize;", "serde"));
        assert!(!names("use serde_json::Value;", "serde"));
        assert!(!names("let my_serde = 1;", "serde"));
    }
}
