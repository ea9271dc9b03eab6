//! Keeps secrets out of text that leaves.
//!
//! A value that is a secret is masked by its type ([`scn_protocol::Value::Secret`]). This is
//! for text that a program wrote, who may print what it was given: every stretch of it that
//! is a secret, as it is or in one of the forms in which programs hand text on (`forms`),
//! is replaced by [`MASK`]. Stretches that overlap or touch are replaced as one, so that no
//! rest of a secret is left over where two meet.

mod escapes;
mod forms;
mod search;
mod stream;

use std::borrow::Cow;
use std::sync::Arc;

use forms::Forms;
pub use scn_protocol::value::MASK;
use search::{Looked, Search, merged};
pub use stream::MaskStream;

/// A secret shorter than this is not looked for: nearly every text would hold it, and the
/// masks would tell what it is.
pub const MIN_LENGTH: usize = 3;

/// So many bytes of one secret are looked for.
pub const MAX_LENGTH: usize = 64 * 1024;

/// What `scn` itself puts where it cuts a text off.
const CUT: &str = "…";

/// The beginning of a secret that a text was cut off in is masked from so many bytes on.
const MIN_CUT: usize = 4;

/// The beginning of a secret that a text ends with is masked from so many bytes on: who wrote it was
/// ended while it did.
const MIN_BEGUN: usize = 16;

/// Masks a set of secrets. Cheap to copy.
#[derive(Clone, Debug, Default)]
pub struct Masker {
    /// Nothing where there are no secrets. What is added later stands apart, so that not all is made again for
    /// each.
    layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
struct Layer {
    secrets: Vec<Arc<[u8]>>,
    search: Arc<Search>,
}

impl Layer {
    fn new(secrets: Vec<Arc<[u8]>>) -> Option<Self> {
        let mut all = Forms::default();
        for secret in &secrets {
            forms::add(secret, &mut all);
        }
        let search = Search::new(all)?.into();
        Some(Self { secrets, search })
    }
}

impl Masker {
    /// Masks these secrets, each in all its forms. Empty ones, and those shorter than
    /// [`MIN_LENGTH`], are passed over.
    pub fn new<S: AsRef<[u8]>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let secrets = secrets.into_iter().map(|secret| secret.as_ref().into());
        let layers = Layer::new(secrets.collect()).into_iter().collect();
        Self { layers }
    }

    /// Masks this one, too. Streams that have begun do not.
    pub fn add(&mut self, secret: &[u8]) {
        let mut secrets = vec![secret.into()];
        // As in a binary counter: a secret is put into a new layer as often as the layers double.
        while let Some(last) = self.layers.last()
            && last.secrets.len() <= secrets.len()
        {
            secrets.extend(last.secrets.iter().cloned());
            self.layers.pop();
        }
        self.layers.extend(Layer::new(secrets));
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// The text with its secrets masked, and what is left of one where the text was cut off with `…`.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let bytes = text.as_bytes();
        let mut stretches = look(&self.searches(), bytes, true).stretches;
        for (cut, _) in text.match_indices(CUT) {
            let open = look(&self.searches(), &bytes[..cut], false).open;
            if cut - open >= MIN_CUT {
                stretches.push((open, cut));
            }
        }
        match masked(bytes, merged(stretches)) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // A secret that is no text may have been cut out of the middle of a character.
            Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
        }
    }

    /// The bytes with their secrets masked.
    pub fn mask_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        if self.is_empty() {
            return Cow::Borrowed(bytes);
        }
        masked(bytes, look(&self.searches(), bytes, true).stretches)
    }

    fn searches(&self) -> Vec<Arc<Search>> {
        let layers = self.layers.iter();
        layers.map(|layer| Arc::clone(&layer.search)).collect()
    }

    /// Masks a text that comes in pieces.
    pub fn stream(&self) -> MaskStream {
        MaskStream::new(self.searches())
    }
}

/// What all of them find.
fn look(searches: &[Arc<Search>], bytes: &[u8], ends: bool) -> Looked {
    if let [search] = searches {
        return search.look(bytes, ends);
    }
    let mut all = Looked {
        stretches: Vec::new(),
        open: bytes.len(),
        begun: 0,
    };
    for search in searches {
        let looked = search.look(bytes, ends);
        all.stretches.extend(looked.stretches);
        all.open = all.open.min(looked.open);
        all.begun = all.begun.max(looked.begun);
    }
    all.stretches = merged(all.stretches);
    all
}

fn masked(bytes: &[u8], stretches: Vec<(usize, usize)>) -> Cow<'_, [u8]> {
    if stretches.is_empty() {
        return Cow::Borrowed(bytes);
    }
    let mut masked = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (start, end) in stretches {
        masked.extend_from_slice(&bytes[at..start]);
        masked.extend_from_slice(MASK.as_bytes());
        at = end;
    }
    masked.extend_from_slice(&bytes[at..]);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_secrets_nothing_is_copied() {
        let masker = Masker::new(["", "ab"]);
        assert!(masker.is_empty());
        assert!(matches!(masker.mask("ab"), Cow::Borrowed("ab")));
        assert!(matches!(masker.stream().push(b"ab"), Cow::Borrowed(b"ab")));
    }

    #[test]
    fn text_without_a_secret_is_not_copied() {
        let masker = Masker::new(["hunter2"]);
        assert!(matches!(masker.mask("hunter3"), Cow::Borrowed(_)));
        assert_eq!(masker.mask("a hunter2."), "a ********.");
    }

    #[test]
    fn overlapping_secrets_leave_no_rest() {
        let masker = Masker::new(["abcd", "cdef", "aaa"]);
        assert_eq!(masker.mask("x abcdef aaaa y"), "x ******** ******** y");
    }

    #[test]
    fn encoded_secrets_are_found() {
        let masker = Masker::new(["s3cret/\"pass\nword é"]);
        for text in [
            "s3cret/\"pass\nword é",
            r#"s3cret/\"pass\nword é"#,
            r#"s3cret\/\"pass\nword \u00e9"#,
            r#"s3cret/\"pass\nword \u00E9"#,
            "s3cret%2F%22pass%0Aword%20%C3%A9",
            "s3cret%2f%22pass%0aword+%c3%a9",
            "7333637265742f22706173730a776f726420c3a9",
            "7333637265742F22706173730A776F726420C3A9",
        ] {
            assert_eq!(masker.mask(text), MASK, "{text}");
        }
    }

    #[test]
    fn encoded_secrets_are_found_wherever_their_lines_are_broken() {
        let masker = Masker::new(["hunter2-secret"]);
        for text in [
            "aHVudGVyMi1z\nZWNyZXQ=",
            "aHVudGVyMi1z\r\n    ZWNyZXQ=",
            r"aHVudGVyMi1z\nZWNyZXQ=",
            "68 75 6e 74 65 72 32 2d 73 65 63 72 65 74",
            "68756e746572322d\n736563726574",
        ] {
            assert_eq!(masker.mask(text), MASK, "{text}");
            for cut in 1..text.len() {
                let mut stream = masker.stream();
                let mut out = stream.push(&text.as_bytes()[..cut]).into_owned();
                out.extend_from_slice(&stream.push(&text.as_bytes()[cut..]));
                out.extend(stream.finish());
                assert_eq!(String::from_utf8_lossy(&out), MASK, "{text} at {cut}");
            }
        }
        let apart = format!("aHVudGVyMi1z{}ZWNyZXQ=", " ".repeat(40));
        assert_eq!(masker.mask(&apart), apart);
        assert_eq!(masker.mask("hunter2-\nsecret"), "hunter2-\nsecret");
    }

    #[test]
    fn what_echo_makes_of_a_secret_is_found() {
        let masker = Masker::new([r"pass\\word\n\0101\x1\ end"]);
        let echoed = "pass\\word\nA\\x1\\ end";
        assert_eq!(masker.mask(echoed), MASK);
        assert_eq!(masker.mask(&format!("<{echoed:?}>")), "<\"********\">");
        let cut = Masker::new([r"hunter2\chunter3"]);
        assert_eq!(cut.mask("hunter2"), MASK);
    }

    #[test]
    fn the_beginning_of_a_secret_at_the_end_of_a_stream_is_masked() {
        let secret = "0123456789abcdefghijklmnopqrstuvwxyz";
        let masker = Masker::new([secret]);
        let passed = |text: &str| {
            let mut stream = masker.stream();
            let mut out = stream.push(text.as_bytes()).into_owned();
            out.extend(stream.finish());
            String::from_utf8_lossy(&out).into_owned()
        };
        assert_eq!(passed("it is 0123456789abcdefgh"), "it is ********");
        // Anything may end so.
        assert_eq!(passed("it is 0123456789"), "it is 0123456789");
        let blanks = format!("0{}", " ".repeat(20));
        assert_eq!(passed(&blanks), blanks);
    }

    #[test]
    fn the_lines_of_a_secret_are_secrets() {
        let masker = Masker::new(["-----BEGIN KEY-----\nabcdefghijkl\nmnop\n"]);
        assert_eq!(masker.mask("key: abcdefghijkl;"), "key: ********;");
        assert_eq!(
            masker.mask("mnop"),
            "mnop",
            "too short to be told from a word"
        );
    }

    #[test]
    fn a_long_secret_is_found_whole() {
        let secret: String = (0..5_000).map(|number| format!("{number:x}")).collect();
        let masker = Masker::new([&secret]);
        assert_eq!(masker.mask(&format!("<{secret}>")), "<********>");
        let mut stream = masker.stream();
        let mut out = Vec::new();
        for piece in format!("<{secret}>").as_bytes().chunks(7) {
            out.extend_from_slice(&stream.push(piece));
        }
        out.extend(stream.finish());
        assert_eq!(out, b"<********>");
    }

    /// Words made of few letters and escapes, so that secrets and texts overlap in all ways.
    fn word(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
        const PIECES: &[&str] = &[
            "a", "b", "a", "b", "é", "%", "%61", "%2562", "\\", "\\u0061", "\\n", "\n", " ", "'",
            "\\'", "&", "&amp;", "&#97;", "u", "0061", "25", "…",
        ];
        proptest::collection::vec(proptest::sample::select(PIECES), length)
            .prop_map(|pieces| pieces.concat())
    }

    /// In hexadecimal, in lines of that width.
    fn broken(text: &str, width: usize) -> String {
        let digits: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let digits = digits.concat().into_bytes();
        let lines: Vec<_> = digits.chunks(width).map(String::from_utf8_lossy).collect();
        lines.join("\n")
    }

    proptest! {
        /// However a text is cut, the stream gives what masking the whole gives.
        #[test]
        fn a_stream_masks_as_the_whole(
            secrets in proptest::collection::vec(word(1..6), 0..4),
            text in word(0..60),
            cuts in proptest::collection::vec(1_usize..5, 0..60),
            encoded in any::<bool>(),
            width in 1_usize..20,
        ) {
            let masker = Masker::new(&secrets);
            let mut stream = masker.stream();
            let mut out = Vec::new();
            let text = if encoded { broken(&text, width) } else { text };
            let mut rest = text.as_bytes();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                out.extend_from_slice(&stream.push(piece));
                rest = after;
            }
            out.extend_from_slice(&stream.push(rest));
            out.extend(stream.finish());
            let whole = masker.mask_bytes(text.as_bytes()).into_owned();
            prop_assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&whole));
        }

        /// No secret is left in what was masked, unless the mask itself holds it.
        #[test]
        fn no_secret_is_left(
            secrets in proptest::collection::vec("[a-d]{3,6}", 1..4),
            text in "[a-d]{0,40}",
        ) {
            let masked = Masker::new(&secrets).mask(&text).into_owned();
            for secret in &secrets {
                prop_assert!(!masked.contains(secret.as_str()), "{} in {}", secret, masked);
            }
        }

        /// In base64 at any offset nothing is left but the characters that a neighbour
        /// shares.
        #[test]
        fn base64_is_masked_at_every_offset(
            secret in proptest::collection::vec(any::<u8>(), 6..40),
            before in proptest::collection::vec(any::<u8>(), 0..7),
            after in proptest::collection::vec(any::<u8>(), 0..7),
            url in any::<bool>(),
        ) {
            use base64::Engine as _;
            use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
            let whole = [before.as_slice(), &secret, &after].concat();
            let text = if url { URL_SAFE_NO_PAD.encode(&whole) } else { STANDARD.encode(&whole) };
            let masked = Masker::new([&secret]).mask(&text).into_owned();
            prop_assert!(masked.contains(MASK), "{} in {}", masked, text);
            let left = masked.replace(MASK, "").len();
            let around = (before.len() + after.len()).div_ceil(3) * 4 + 4;
            prop_assert!(left <= around + 4, "{} of {}", masked, text);
        }
    }
}
