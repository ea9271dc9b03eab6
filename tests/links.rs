//! Every link of the manual and of the pages at the root leads somewhere, and every page is found from the table of
//! contents.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().unwrap()
}

/// The pages of the manual.
fn pages() -> Vec<PathBuf> {
    let folders = [root().join("docs"), root().join("docs/reference")];
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut pages: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages.sort();
    assert!(!pages.is_empty());
    pages
}

/// The lines of a page that are no block of code.
fn prose(page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap();
    let mut code = false;
    let lines = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the page links to, but for what is on the web.
fn links(page: &Path) -> Vec<String> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let text = prose(page);
    let found = link.captures_iter(&text).map(|found| found[1].to_owned());
    found.filter(|link| !link.contains("://")).collect()
}

/// The anchors of a page: its headings, as they are made where the page is shown.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = prose(page);
    let headings = text.lines().filter_map(|line| {
        let heading = line.trim_start_matches('#');
        heading.strip_prefix(' ').filter(|_| line.starts_with('#'))
    });
    let anchor = |heading: &str| -> String {
        let shown = heading.to_lowercase().replace(' ', "-");
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
        shown.chars().filter(kept).collect()
    };
    headings.map(anchor).collect()
}

/// The file that a link leads to, and the anchor in it.
fn target(page: &Path, link: &str) -> (PathBuf, Option<String>) {
    let (file, anchor) = match link.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor.to_owned())),
        None => (link, None),
    };
    match file {
        "" => (page.to_owned(), anchor),
        file => (page.parent().unwrap().join(file), anchor),
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut all = pages();
    for name in [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
    ] {
        all.push(root().join(name));
    }
    for page in all {
        for link in links(&page) {
            let (file, anchor) = target(&page, &link);
            let here =
                anchor.is_none_or(|anchor| file.is_file() && anchors(&file).contains(&anchor));
            if !file.exists() || !here {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = root().join("docs/SUMMARY.md");
    let listed = links(&summary);
    let listed: BTreeSet<PathBuf> = listed.iter().map(|link| target(&summary, link).0).collect();
    let missing: Vec<PathBuf> = pages()
        .into_iter()
        .filter(|page| *page != summary && !listed.contains(page))
        .collect();
    assert!(missing.is_empty(), "not in docs/SUMMARY.md: {missing:?}");
}
