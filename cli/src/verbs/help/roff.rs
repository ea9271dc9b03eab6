//! Manual pages of section 7: what `scn help` says, for `man`.

/// A page: its name, what it tells, and its sections, whose text stands as it is.
pub fn page(name: &str, tells: &str, sections: impl Iterator<Item = (String, String)>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = format!(
        ".TH {name} 7 \"\" \"scn {version}\"\n.nh\n.ad l\n.SH NAME\n{name} \\- {}\n",
        escaped(tells)
    );
    for (heading, text) in sections {
        out.push_str(&format!(".SH \"{}\"\n", escaped(&heading)));
        let lines: Vec<&str> = text.trim_end().lines().collect();
        for block in lines.chunk_by(|one, next| is_own(one) == is_own(next)) {
            match block.first().is_some_and(|line| is_own(line)) {
                true => out.push_str(&own(block)),
                false => out.push_str(&filled(block)),
            }
        }
    }
    out
}

/// Whether a line stands as it is: an example's, or a table's.
fn is_own(line: &str) -> bool {
    line.starts_with(' ')
}

/// Paragraphs, which are as wide as the terminal.
fn filled(lines: &[&str]) -> String {
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let request = match line {
            &"" if index + 1 < lines.len() => ".PP\n",
            &"" => continue,
            line if line.starts_with("- ") && index > 0 => ".br\n",
            _ => "",
        };
        out.push_str(request);
        if !line.is_empty() {
            out.push_str(&escaped(line));
            out.push('\n');
        }
    }
    out
}

/// The columns of a terminal, and before a manual page's text.
const COLUMNS: usize = 80;
const INDENT: usize = 7;

/// Lines that stand as they are; those that are too long for the page's margin have less of one.
fn own(lines: &[&str]) -> String {
    let widest = lines.iter().map(|line| line.chars().count()).max();
    let room = COLUMNS.saturating_sub(widest.unwrap_or(0));
    let (less, again) = match room < INDENT {
        true => (format!(".in {room}n\n"), ".in\n"),
        false => (String::new(), ""),
    };
    let mut out = format!(".PP\n.nf\n{less}");
    for line in lines {
        out.push_str(&escaped(line));
        out.push('\n');
    }
    out.push_str(&format!("{again}.fi\n"));
    out
}

/// A line in which nothing is read as a request or an escape.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    match line.starts_with(['.', '\'']) {
        true => format!("\\&{line}"),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_text_becomes_a_request() {
        let sections = [("Words".to_owned(), ".stdout\n'a\\n'\n".to_owned())];
        let page = page("x", "tells", sections.into_iter());
        assert!(page.contains("\n\\&.stdout\n\\&'a\\en'\n"), "{page}");
    }
}
