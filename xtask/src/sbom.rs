//! What is in the program: a software bill of materials, CycloneDX 1.5, made of what cargo knows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::shell;

/// The bill of `package`, as built for `target` from the sources in `root`: itself and what is linked into it.
///
/// There is no time and no random number in it, so that the same sources give the same text.
pub fn of(package: &str, target: &str, root: &Path) -> Result<String, String> {
    let words = [
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        target,
    ];
    let metadata: Value =
        serde_json::from_slice(&shell::output(shell::in_folder(root).args(words))?)
            .map_err(|error| error.to_string())?;
    let lock = std::fs::read_to_string(root.join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages: BTreeMap<&str, &Value> = list(&metadata["packages"])
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let links: BTreeMap<&str, BTreeSet<&str>> = list(&metadata["resolve"]["nodes"])
        .filter_map(|node| Some((node["id"].as_str()?, linked(node))))
        .collect();
    let own = packages.iter().find(|(_, known)| known["name"] == package);
    let (own, described) = own.ok_or_else(|| format!("there is no package {package}"))?;
    let inside = reached(own, &links);
    let others = inside.iter().filter(|id| *id != own);
    let components: Vec<Value> = others
        .filter_map(|id| packages.get(id))
        .map(|package| component(package, &lock))
        .collect();
    let dependencies: Vec<Value> = inside
        .iter()
        .filter_map(|id| {
            let on = links.get(id)?.iter().filter_map(|on| packages.get(on));
            let on: Vec<String> = on.map(|package| reference(package)).collect();
            Some(json!({ "ref": reference(packages.get(id)?), "dependsOn": on }))
        })
        .collect();
    let mut main = component(described, &lock);
    main["type"] = "application".into();
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": main },
        "components": components,
        "dependencies": dependencies,
    });
    let text = serde_json::to_string_pretty(&bill).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// What is linked into a package; what only builds or tests it is not.
fn linked(node: &Value) -> BTreeSet<&str> {
    let normal =
        |dependency: &&Value| list(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null());
    list(&node["deps"])
        .filter(normal)
        .filter_map(|dependency| dependency["pkg"].as_str())
        .collect()
}

/// Everything that is reached from a package, itself included.
fn reached<'m>(from: &'m str, links: &BTreeMap<&'m str, BTreeSet<&'m str>>) -> BTreeSet<&'m str> {
    let (mut inside, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(id) = open.pop() {
        if inside.insert(id) {
            open.extend(links.get(id).into_iter().flatten());
        }
    }
    inside
}

fn reference(package: &Value) -> String {
    let text = |name: &str| package[name].as_str().unwrap_or_default();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

fn component(package: &Value, lock: &str) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    });
    if let Some(licence) = package["license"].as_str() {
        // An older spelling of the same.
        let expression = licence.replace('/', " OR ");
        component["licenses"] = json!([{ "expression": expression }]);
    }
    if let Some(sum) = checksum(package, lock) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    component
}

/// The digest of a package of a registry, as `Cargo.lock` holds it.
fn checksum<'l>(package: &Value, lock: &'l str) -> Option<&'l str> {
    let head = format!(
        "name = \"{}\"\nversion = \"{}\"",
        package["name"].as_str()?,
        package["version"].as_str()?
    );
    let (_, rest) = lock.split_once(&head)?;
    let (entry, _) = rest.split_once("\n\n").unwrap_or((rest, ""));
    let (_, sum) = entry.split_once("checksum = \"")?;
    Some(sum.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::{checksum, linked, reached};

    #[test]
    fn what_is_linked_is_told_from_what_builds_and_tests() {
        let node = json!({ "deps": [
            { "pkg": "a", "dep_kinds": [{ "kind": null }] },
            { "pkg": "b", "dep_kinds": [{ "kind": "build" }, { "kind": "dev" }] },
        ] });
        assert_eq!(linked(&node), BTreeSet::from(["a"]));
        let links = BTreeMap::from([("a", BTreeSet::from(["c"])), ("c", BTreeSet::from(["a"]))]);
        assert_eq!(reached("a", &links), BTreeSet::from(["a", "c"]));
    }

    #[test]
    fn a_digest_is_that_of_the_version() {
        let lock = "[[package]]\nname = \"x\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"x\"\nversion = \"2.0.0\"\nsource = \"r\"\nchecksum = \"ab\"\n";
        let package = |version: &str| json!({ "name": "x", "version": version });
        assert_eq!(checksum(&package("2.0.0"), lock), Some("ab"));
        assert_eq!(checksum(&package("1.0.0"), lock), None);
        assert_eq!(checksum(&package("3.0.0"), lock), None);
    }
}
