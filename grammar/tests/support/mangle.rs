//! Mangles texts, the same way each time.

/// Pieces that a grammar is most easily confused by.
const PIECES: [&str; 46] = [
    "'", "\"", "‘", "’", "“", "”", "#{", "}", "{", "(", ")", "[", "]", "\\", " \\\n", "\"\"\"",
    "\n", "\r\n", " ", "\t", "\u{A0}", "#", " # ", "=", "==", ",", ":", ".", "*", "%", "-", "–x",
    "/", "then ", "else ", "end\n", "if ", "within ", "every 1s", "not ", "in ", "where ", "1m30s",
    "é", "\u{1}", "\u{FEFF}",
];

/// A small generator of the same numbers each time (SplitMix64, Steele and others 2014).
pub struct Numbers(pub u64);

impl Numbers {
    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit.max(1) as u64).unwrap_or_default()
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut place = self.below(text.len() + 1);
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        place
    }
}

/// Some lines of a text, so that one fault does not hide all others.
pub fn excerpt(text: &str, numbers: &mut Numbers) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = numbers.below(lines.len());
    let to = (from + 1 + numbers.below(6)).min(lines.len());
    lines[from..to].concat()
}

/// Takes something out, or puts something in.
pub fn mangle(text: &mut String, numbers: &mut Numbers) {
    let place = numbers.place(text);
    let other = numbers.place(text);
    let (from, to) = (
        place.min(other),
        place.max(other).min(place.min(other) + 12),
    );
    let to = (from..=to)
        .rev()
        .find(|&to| text.is_char_boundary(to))
        .unwrap_or(from);
    match numbers.below(4) {
        0 => text.replace_range(from..to, ""),
        1 => text.insert_str(place, PIECES[numbers.below(PIECES.len())]),
        2 => {
            let copy = text[from..to].to_owned();
            let place = numbers.place(text);
            text.insert_str(place, &copy);
        }
        _ => text.replace_range(from..to, PIECES[numbers.below(PIECES.len())]),
    }
}

/// How many rounds to go: `SCN_FUZZ_ROUNDS`, or so many.
pub fn rounds(usual: usize) -> usize {
    let asked = std::env::var("SCN_FUZZ_ROUNDS").ok();
    asked
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(usual)
}
