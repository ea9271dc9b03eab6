//! Patterns in which `*` stands for anything.

/// Whether the whole text is what the pattern says, `*` standing for anything.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A text of which parts may be anything: `None` for such a part.
pub type Wild = Vec<Option<char>>;

/// Whether some text looks like both.
pub fn meet(left: &Wild, right: &Wild) -> bool {
    // `row[j]`: what is left of `left` from `i` on can be what is left of `right` from `j` on.
    let mut row = vec![false; right.len() + 1];
    for i in (0..=left.len()).rev() {
        let mut above = row.clone();
        for j in (0..=right.len()).rev() {
            above[j] = match (left.get(i), right.get(j)) {
                (None, None) => true,
                (Some(None), _) => row[j] || (j < right.len() && above[j + 1]),
                (_, Some(None)) => above[j + 1] || (i < left.len() && row[j]),
                (Some(one), Some(other)) => one == other && row[j + 1],
                _ => false,
            };
        }
        row = above;
    }
    row[0]
}

#[cfg(test)]
mod tests {
    use super::{Wild, glob, meet};

    fn wild(text: &str) -> Wild {
        text.chars()
            .map(|sign| (sign != '*').then_some(sign))
            .collect()
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, matches) in [
            ("ERROR: *", "ERROR: disk", true),
            ("ERROR: *", "an ERROR: disk", false),
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("ab*b", "ab", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn two_patterns_meet_where_some_text_is_like_both() {
        for (left, right, meets) in [
            ("ERROR: *", "ERROR: *", true),
            ("ERROR: *", "EROR: *", false),
            ("ERROR: *", "ERROR", false),
            ("ERROR: *", "*", true),
            ("ERROR: *", "*disk*", true),
            ("ERROR: *", "ERROR: disk full", true),
            ("ready", "ready", true),
            ("ready", "ready!", false),
            ("ready", "*dy", true),
            ("* of *", "3 of 4", true),
            ("* of *", "3 off 4", false),
            ("a*", "", false),
            ("*", "", true),
        ] {
            let (one, other) = (wild(left), wild(right));
            assert_eq!(meet(&one, &other), meets, "{left} {right}");
            assert_eq!(meet(&other, &one), meets, "{right} {left}");
        }
    }
}
