//! Undoes what programs do to a text when they hand it on: `%2F`, `\n`, `\u00e9`, `&amp;`, `'\''`.
//!
//! Who escapes what differs from program to program; what comes of undoing it does not. So a secret is
//! looked for in the text as it is, and in the text without its escapes of each kind, and one of these inside
//! another.

use std::borrow::Cow;

use memchr::memchr;

/// A way of escaping.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// `%2F`, in URLs.
    Percent,
    /// `\n`, `\"`, `\u00e9`, `\x41`: in JSON, and in the texts of most languages.
    Backslash,
    /// `&amp;`, `&#39;`: in HTML and XML.
    Entity,
    /// `'\''` or `'"'"'`: what is quoted for a shell.
    Quote,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Percent, Self::Backslash, Self::Entity, Self::Quote];

    /// With what an escape begins.
    fn lead(self) -> u8 {
        match self {
            Self::Percent => b'%',
            Self::Backslash => b'\\',
            Self::Entity => b'&',
            Self::Quote => b'\'',
        }
    }

    /// What stands at the beginning of the text, which begins with that byte.
    fn escape(self, text: &[u8]) -> At {
        match self {
            Self::Percent => match digits::<2>(&text[1..], 16) {
                Digits::Number(byte) => At::Escape(3, Meaning::byte(byte.to_le_bytes()[0])),
                Digits::None => At::Itself,
                Digits::Unfinished => At::Unfinished,
            },
            Self::Backslash => backslash(text),
            Self::Entity => entity(text),
            Self::Quote => quote(text),
        }
    }
}

/// A text without its escapes of a kind, and where each part of it stood.
#[derive(Debug)]
pub(super) struct Plain<'t> {
    /// The text, as far as it is open to no doubt.
    pub bytes: Cow<'t, [u8]>,
    /// For each escape, in order: where what it means stands in `bytes`, and what it is in the original.
    escapes: Vec<Escape>,
    /// Where the original ends with an escape that more bytes may complete; its end if there is none.
    pub open: usize,
    /// The length of the original.
    length: usize,
}

#[derive(Clone, Copy, Debug)]
struct Escape {
    meaning: (usize, usize),
    original: (usize, usize),
}

/// What stands at the beginning of a text.
enum At {
    /// So many bytes, which mean these.
    Escape(usize, Meaning),
    /// Nothing that means something else.
    Itself,
    /// It depends on what comes.
    Unfinished,
}

/// At most four bytes.
struct Meaning([u8; 4], usize);

impl Meaning {
    fn byte(byte: u8) -> Self {
        Self([byte, 0, 0, 0], 1)
    }

    fn char(c: char) -> Self {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Self(bytes, length)
    }
}

impl<'t> Plain<'t> {
    /// Of this text; `ends` says that nothing comes after it. Nothing if there is no escape, nor the beginning of
    /// one at the end.
    pub fn new(text: &'t [u8], kind: Kind, ends: bool) -> Option<Self> {
        memchr(kind.lead(), text)?;
        let mut plain = Self {
            bytes: Cow::Borrowed(text),
            escapes: Vec::new(),
            open: text.len(),
            length: text.len(),
        };
        let mut out: Option<Vec<u8>> = None;
        // The text before this is in `out`, if there is an `out`.
        let mut taken = 0;
        let mut next = 0;
        while let Some(skipped) = memchr(kind.lead(), &text[next..]) {
            let at = next + skipped;
            match kind.escape(&text[at..]) {
                At::Escape(length, Meaning(bytes, size)) => {
                    let out = out.get_or_insert_with(|| Vec::with_capacity(text.len()));
                    out.extend_from_slice(&text[taken..at]);
                    let begin = out.len();
                    out.extend_from_slice(&bytes[..size]);
                    plain.escapes.push(Escape {
                        meaning: (begin, out.len()),
                        original: (at, at + length),
                    });
                    taken = at + length;
                    next = taken;
                }
                At::Unfinished if !ends => {
                    plain.open = at;
                    break;
                }
                At::Unfinished | At::Itself => next = at + 1,
            }
        }
        let rest = &text[taken..plain.open];
        plain.bytes = match out {
            Some(mut out) => {
                out.extend_from_slice(rest);
                Cow::Owned(out)
            }
            None => Cow::Borrowed(rest),
        };
        let differs = !plain.escapes.is_empty() || plain.open < plain.length;
        differs.then_some(plain)
    }

    /// A stretch of the text as it is in the original, escapes whole.
    pub fn original(&self, (start, end): (usize, usize)) -> (usize, usize) {
        (self.begin(start), self.end(end))
    }

    /// Where in the original that begins which stands there.
    pub fn begin(&self, at: usize) -> usize {
        let before = self
            .escapes
            .partition_point(|escape| escape.meaning.0 <= at);
        match before.checked_sub(1).map(|last| self.escapes[last]) {
            None => at,
            Some(escape) if at < escape.meaning.1 => escape.original.0,
            Some(escape) => escape.original.1 + (at - escape.meaning.1),
        }
    }

    fn end(&self, at: usize) -> usize {
        let before = self.escapes.partition_point(|escape| escape.meaning.0 < at);
        match before.checked_sub(1).map(|last| self.escapes[last]) {
            None => at,
            Some(escape) if at <= escape.meaning.1 => escape.original.1,
            Some(escape) => escape.original.1 + (at - escape.meaning.1),
        }
    }

    /// The same place of the original, or where the escape begins that it is in the middle of.
    pub fn boundary(&self, original: usize) -> usize {
        let before = self
            .escapes
            .partition_point(|escape| escape.original.0 < original);
        match before.checked_sub(1).map(|last| self.escapes[last]) {
            Some(escape) if original < escape.original.1 => escape.original.0,
            _ => original.min(self.length),
        }
    }

    /// Where in the text that stands which begins there in the original; it is no middle of an escape.
    pub fn place(&self, original: usize) -> usize {
        let before = self
            .escapes
            .partition_point(|escape| escape.original.1 <= original);
        match before.checked_sub(1).map(|last| self.escapes[last]) {
            None => original,
            Some(escape) => escape.meaning.1 + (original - escape.original.1),
        }
    }
}

/// A quote in what is quoted for a shell: `'\''` and `'"'"'`.
fn quote(text: &[u8]) -> At {
    for written in [&b"'\\''"[..], b"'\"'\"'"] {
        if text.starts_with(written) {
            return At::Escape(written.len(), Meaning::byte(b'\''));
        }
        if written.starts_with(text) {
            return At::Unfinished;
        }
    }
    At::Itself
}

fn backslash(text: &[u8]) -> At {
    let Some(&kind) = text.get(1) else {
        return At::Unfinished;
    };
    if let Some(control) = control(kind) {
        return At::Escape(2, Meaning::byte(control));
    }
    let meant = match kind {
        b'e' | b'E' => 27,
        b'x' => {
            return match digits::<2>(&text[2..], 16) {
                Digits::Number(byte) => At::Escape(4, Meaning::byte(byte.to_le_bytes()[0])),
                Digits::None => At::Itself,
                Digits::Unfinished => At::Unfinished,
            };
        }
        b'u' => return unicode(text),
        b'U' => {
            return match digits::<8>(&text[2..], 16) {
                Digits::Number(code) => scalar(code, 10),
                Digits::None => At::Itself,
                Digits::Unfinished => At::Unfinished,
            };
        }
        b'0'..=b'3' => {
            return match digits::<3>(&text[1..], 8) {
                Digits::Number(byte) => At::Escape(4, Meaning::byte(byte.to_le_bytes()[0])),
                Digits::None if kind == b'0' => At::Escape(2, Meaning::byte(0)),
                Digits::None => At::Itself,
                Digits::Unfinished => At::Unfinished,
            };
        }
        kind if kind.is_ascii_alphanumeric() => return At::Itself,
        kind => kind,
    };
    At::Escape(2, Meaning::byte(meant))
}

/// The control character that a letter stands for behind a `\`, in C and in all that took it from there.
pub(super) fn control(letter: u8) -> Option<u8> {
    Some(match letter {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        _ => return None,
    })
}

/// `\u00e9`, `\ud83e\udd80`, `\u{1f980}`.
fn unicode(text: &[u8]) -> At {
    if text.get(2) == Some(&b'{') {
        let inside = &text[3..];
        let length = inside
            .iter()
            .take(7)
            .take_while(|byte| byte.is_ascii_hexdigit());
        let length = length.count();
        return match inside.get(length) {
            None if length < 7 => At::Unfinished,
            Some(b'}') => scalar(
                number(&inside[..length], 16).unwrap_or(u32::MAX),
                length + 4,
            ),
            _ => At::Itself,
        };
    }
    let first = match digits::<4>(&text[2..], 16) {
        Digits::Number(first) => first,
        Digits::None => return At::Itself,
        Digits::Unfinished => return At::Unfinished,
    };
    if !(0xd800..0xdc00).contains(&first) {
        return scalar(first, 6);
    }
    let rest = &text[6..];
    let second = match rest {
        [] | [b'\\'] => return At::Unfinished,
        [b'\\', b'u', digits_of @ ..] => digits::<4>(digits_of, 16),
        _ => return At::Itself,
    };
    match second {
        Digits::Number(second @ 0xdc00..0xe000) => {
            scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
        }
        Digits::Unfinished => At::Unfinished,
        _ => At::Itself,
    }
}

/// `&amp;`, `&#39;`, `&#x27;`.
fn entity(text: &[u8]) -> At {
    const NAMED: [(&[u8], u8); 5] = [
        (b"&amp;", b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
    ];
    for (name, meaning) in NAMED {
        if text.starts_with(name) {
            return At::Escape(name.len(), Meaning::byte(meaning));
        }
        if name.starts_with(text) {
            return At::Unfinished;
        }
    }
    let (begin, base) = match text {
        [b'&', b'#'] => return At::Unfinished,
        [b'&', b'#', b'x' | b'X', ..] => (3, 16),
        [b'&', b'#', ..] => (2, 10),
        _ => return At::Itself,
    };
    let inside = &text[begin..];
    let of_base = |byte: &&u8| char::from(**byte).is_digit(base);
    let length = inside.iter().take(8).take_while(of_base).count();
    match inside.get(length) {
        None if length < 8 => At::Unfinished,
        Some(b';') if length > 0 => scalar(
            number(&inside[..length], base).unwrap_or(u32::MAX),
            begin + length + 1,
        ),
        _ => At::Itself,
    }
}

fn scalar(code: u32, length: usize) -> At {
    match char::from_u32(code) {
        Some(c) => At::Escape(length, Meaning::char(c)),
        None => At::Itself,
    }
}

enum Digits {
    Number(u32),
    None,
    Unfinished,
}

/// Exactly so many digits.
fn digits<const COUNT: usize>(text: &[u8], base: u32) -> Digits {
    let of_base = |byte: &&u8| char::from(**byte).is_digit(base);
    let there = text.iter().take(COUNT).take_while(of_base).count();
    match number(&text[..there], base) {
        Some(number) if there == COUNT => Digits::Number(number),
        _ if there == text.len() => Digits::Unfinished,
        _ => Digits::None,
    }
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn undone(text: &str, kind: Kind) -> String {
        let plain = Plain::new(text.as_bytes(), kind, true);
        plain.map_or(text.to_owned(), |plain| {
            String::from_utf8_lossy(&plain.bytes).into_owned()
        })
    }

    #[test]
    fn escapes_are_undone() {
        for (kind, text, plain) in [
            (Kind::Percent, "a%2Fb%2fc %zz %", "a/b/c %zz %"),
            (Kind::Backslash, r#"\"\\\/\n\t\b"#, "\"\\/\n\t\u{8}"),
            (
                Kind::Backslash,
                r"\u00e9\ud83e\udd80\u{1f980}\U0001F980",
                "é🦀🦀🦀",
            ),
            (Kind::Backslash, r"\x41\303\251", "Aé"),
            (Kind::Backslash, r"\d \w", r"\d \w"),
            (Kind::Entity, "&lt;&#39;&#x27;&quot;&amp;lt;", "<''\"&lt;"),
            (
                Kind::Entity,
                "&unknown; &#; &#x110000;",
                "&unknown; &#; &#x110000;",
            ),
            (Kind::Quote, r#"it'\''s'"'"' 'a'"#, "it's' 'a'"),
        ] {
            assert_eq!(undone(text, kind), plain, "{text}");
        }
    }

    #[test]
    fn what_more_bytes_may_complete_is_open() {
        for (kind, text, open) in [
            (Kind::Percent, "a%", Some(1)),
            (Kind::Percent, "a%4", Some(1)),
            (Kind::Percent, "a%41", Some(4)),
            (Kind::Percent, "a%x", None),
            (Kind::Backslash, "ab\\u00", Some(2)),
            (Kind::Backslash, "ab\\ud83e\\", Some(2)),
            (Kind::Backslash, "x\\", Some(1)),
            (Kind::Entity, "x&am", Some(1)),
            (Kind::Entity, "x&#3", Some(1)),
            (Kind::Quote, "'\\'", Some(0)),
        ] {
            let plain = Plain::new(text.as_bytes(), kind, false);
            assert_eq!(plain.map(|plain| plain.open), open, "{text}");
        }
    }

    #[test]
    fn places_are_found_again() {
        let text = br"a\x41b\u00e9c";
        let plain = Plain::new(text, Kind::Backslash, true).unwrap();
        assert_eq!(&*plain.bytes, "aAbéc".as_bytes());
        assert_eq!(plain.original((1, 2)), (1, 5));
        assert_eq!(plain.original((2, 3)), (5, 6));
        assert_eq!(
            plain.original((4, 5)),
            (6, 12),
            "half a character is all of it"
        );
        assert_eq!(plain.original((0, 6)), (0, 13));
        assert_eq!(plain.boundary(2), 1);
        assert_eq!(plain.boundary(5), 5);
        assert_eq!(plain.place(5), 2);
        assert_eq!(plain.place(12), 5);
    }
}
