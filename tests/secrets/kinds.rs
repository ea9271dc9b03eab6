//! Secrets of many kinds.

use fastrand::Rng;

type Kind = fn(&mut Rng) -> Vec<u8>;

/// How secrets look: to find a mistake in how one is looked for, add its kind here.
const KINDS: &[Kind] = &[
    // Four digits alone stand in any number that is printed.
    |chance| {
        [
            word(chance, "~^|§€QXZ", 2..3),
            word(chance, "0123456789QXZ", 2..4),
        ]
        .concat()
    },
    |chance| word(chance, LETTERS, 8..40),
    |chance| word(chance, LETTERS, 1_000..6_000),
    key,
    |chance| word(chance, "ab'\"`$\\ ", 12..40),
    |chance| word(chance, "äößéłяЖ日本語🦀🔑ſ x", 6..24),
    |chance| word(chance, ".*+?()[]{}|^$\\-xyz", 12..40),
    |chance| word(chance, "{}\":,<>&'%/?#+=; xyz", 12..40),
    |chance| word(chance, BASE64, 20..60),
    |chance| word(chance, "0123456789abcdef", 20..64),
    |chance| word(chance, "0123456789", 12..20),
    bytes,
    |chance| {
        pieces(
            chance,
            &[
                "\\n", "%41", "&amp;", "\\u0041", "+", "%", "\\", "&#39;", "'\\''", "x", "\\x41",
            ],
        )
    },
    |chance| {
        pieces(
            chance,
            &[
                " ", "\t", "\u{1b}", "\u{7}", "ab", "Q", "\r", "\u{202e}", "\u{7f}",
            ],
        )
    },
    |chance| {
        pieces(
            chance,
            &[
                "--", "-", "#{x}", "#", "=", "name=", "$(x)", "`x`", "../", "/etc/",
            ],
        )
    },
    |chance| pieces(chance, &["\n", "line of it", "another", "x", "\r\n", "  "]),
    |chance| {
        format!(
            "postgres://user:{}@db.example:5432/x?y=z&w",
            lossy(&word(chance, LETTERS, 8..20))
        )
        .into_bytes()
    },
    |chance| {
        format!(
            "{{\"key\": \"{}\",\n \"id\": {}}}",
            lossy(&word(chance, BASE64, 20..40)),
            chance.u32(..)
        )
        .into_bytes()
    },
];

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn word(chance: &mut Rng, letters: &str, length: std::ops::Range<usize>) -> Vec<u8> {
    let letters: Vec<char> = letters.chars().collect();
    let length = chance.usize(length);
    let text: String = (0..length)
        .map(|_| letters[chance.usize(..letters.len())])
        .collect();
    text.into_bytes()
}

fn bytes(chance: &mut Rng) -> Vec<u8> {
    (0..chance.usize(12..40)).map(|_| chance.u8(1..)).collect()
}

/// At least so many bytes, made of those.
fn pieces(chance: &mut Rng, of: &[&str]) -> Vec<u8> {
    let mut text = String::new();
    let length = chance.usize(14..40);
    while text.len() < length {
        text.push_str(of[chance.usize(..of.len())]);
    }
    text.into_bytes()
}

fn key(chance: &mut Rng) -> Vec<u8> {
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for _ in 0..chance.usize(2..6) {
        text.push_str(&lossy(&word(chance, BASE64, 64..65)));
        text.push('\n');
    }
    text.push_str("-----END PRIVATE KEY-----");
    text.into_bytes()
}

/// So many, no two of them the same. A file's last line end is no part of a secret, and a variable holds no NUL.
pub fn secrets(chance: &mut Rng, count: usize) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    while all.len() < count {
        let made = KINDS[all.len() % KINDS.len()](chance);
        if !all.contains(&made) && !made.ends_with(b"\r") {
            all.push(made);
        }
    }
    all
}
