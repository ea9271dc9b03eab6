//! What earlier searches kept is tried again, and so is what every search begins with.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use scn_fuzz::{TARGETS, cases, dictionary, find, seeds};

/// Without optimisation a step that calls itself by a value takes more of the stack than a test's thread has.
const STACK: usize = 32 << 20;

#[test]
fn what_was_kept_holds() {
    let builder = std::thread::Builder::new().stack_size(STACK);
    builder.spawn(all_hold).unwrap().join().unwrap();
}

fn all_hold() {
    for target in TARGETS {
        let (seeds, kept) = (seeds::of(target.name), cases::kept(target.name).unwrap());
        assert!(!seeds.is_empty(), "{} begins nowhere", target.name);
        assert!(!kept.is_empty(), "nothing was kept for {}", target.name);
        for input in seeds.iter().chain(&kept) {
            println!("{}: {}", target.name, input.escape_ascii());
            (target.run)(input);
        }
    }
}

#[test]
fn a_target_has_the_words_of_its_language() {
    let words = dictionary::of("grammar");
    assert!(words.contains("\"parallel \"\n") && words.contains("\"match(\"\n"));
    assert!(dictionary::of("environment").contains("\"pidfile = \"\n"));
    assert!(find("grammar").is_some() && find("nonsense").is_none());
}

/// Whether a target refuses an input.
fn refuses(target: &str, input: &[u8]) -> bool {
    let run = find(target).unwrap().run;
    std::panic::catch_unwind(|| run(input)).is_err()
}

#[test]
fn inputs_are_kept_as_they_are() {
    let every: Vec<u8> = (0..=255).collect();
    let written = every.escape_ascii().to_string();
    assert!(!written.contains('\n'));
    for target in TARGETS {
        assert!(!refuses(target.name, &every), "{}", target.name);
    }
}
