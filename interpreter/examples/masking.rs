//! How fast text is masked: `cargo run --release -p scn-interpreter --example masking`.
//!
//! In MB of text a second, for texts as programs write them, with so many secrets of 32 characters; and what making the
//! masker takes.

use std::time::Instant;

use scn_interpreter::environment::Masker;

/// As much is masked, and in pieces of this size.
const LENGTH: usize = 16 << 20;
const PIECE: usize = 64 << 10;

fn main() {
    let texts = [
        (
            "log lines",
            "2026-11-21 10:00:00.123456 INFO  engine state=READY orders=18233 latency_us=43\n",
        ),
        (
            "JSON lines",
            "{\"at\":\"2026-11-21\",\"message\":\"it said \\\"done\\\" in C:\\\\temp\\n\",\"n\":18233}\n",
        ),
        (
            "URLs",
            "GET /search?q=a%20b%2Fc&amp;page=3 200 it's 'done' 'x'\n",
        ),
        (
            "base64",
            "SGVsbG8sIHdvcmxkISBUaGlzIGlzIG5vIHNlY3JldCBhdCBhbGwsIGJ1dCBpdCBsb29rcw\n",
        ),
    ];
    for count in [0, 1, 10, 100] {
        let secrets: Vec<String> = (0..count).map(secret).collect();
        let begin = Instant::now();
        let masker = Masker::new(&secrets);
        let made = begin.elapsed();
        println!("{count} secrets, made in {made:.1?}");
        for (name, line) in texts {
            let text = line.repeat(LENGTH / line.len());
            let mut stream = masker.stream();
            let mut written = 0;
            let begin = Instant::now();
            for piece in text.as_bytes().chunks(PIECE) {
                written += stream.push(piece).len();
            }
            written += stream.finish().len();
            let took = begin.elapsed().as_secs_f64();
            let speed = text.len() as f64 / 1e6 / took;
            println!(
                "  {name:12} {speed:8.0} MB/s{}",
                if written == text.len() {
                    ""
                } else {
                    ", masked"
                }
            );
        }
    }
}

/// Letters and digits that look like chance.
fn secret(number: usize) -> String {
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        char::from(letters[(state >> 33) as usize % letters.len()])
    };
    (0..32).map(letter).collect()
}
