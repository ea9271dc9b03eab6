//! What a record has with its secrets masked, held against what a scenario has.

use crate::environment::secret::MASK;

/// Whether that is what the record has, as far as it is not masked there: who judges by a record has no secrets.
pub fn fits(recorded: &str, own: &str) -> bool {
    let Some((before, last)) = recorded.rsplit_once(MASK) else {
        return recorded == own;
    };
    let Some(mut rest) = own.strip_suffix(last) else {
        return false;
    };
    for (at, piece) in before.split(MASK).enumerate() {
        let after = match at {
            0 => rest.strip_prefix(piece),
            _ => rest.split_once(piece).map(|(_, after)| after),
        };
        let Some(after) = after else {
            return false;
        };
        rest = after;
    }
    true
}

/// The same of words, one by one.
pub fn all_fit(recorded: &[String], own: &[String]) -> bool {
    let mut both = recorded.iter().zip(own);
    recorded.len() == own.len() && both.all(|(recorded, own)| fits(recorded, own))
}

/// Whether that is what the record has for the name of a branch: a part that is a job's name may be masked; those of
/// other branches are numbers.
pub fn is_branch(recorded: &str, own: &str) -> bool {
    let fits = |(recorded, own): (&str, &str)| match own.chars().next() {
        None | Some('0'..='9') => recorded == own,
        Some(_) => fits(recorded, own),
    };
    recorded.split('.').count() == own.split('.').count()
        && recorded.split('.').zip(own.split('.')).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_record_masks_fits_whatever_stood_there_and_nothing_else_differs() {
        let all = [
            ("a", "a", true),
            ("a", "b", false),
            (MASK, "x", true),
            (&format!("a {MASK} b"), "a x y b", true),
            (&format!("a {MASK} b"), "a b", false),
            (&format!("{MASK}-{MASK}."), "x-y.", true),
            (&format!("{MASK}-{MASK}."), "x.y.", false),
        ];
        for (recorded, own, expected) in all {
            assert_eq!(fits(recorded, own), expected, "{recorded} {own}");
        }
    }

    #[test]
    fn a_job_may_be_masked_in_the_record_and_a_numbered_branch_is_not() {
        let all = [
            (MASK, "load", true),
            (MASK, "", false),
            (MASK, "2", false),
            (&format!("2.{MASK}"), "2.load", true),
            (&format!("2.{MASK}"), "1.load", false),
            (MASK, "load.1", false),
            (&format!("{MASK}.1"), "load.1", true),
            (&format!("{MASK}2"), "load2", true),
            (&format!("{MASK}2"), "load", false),
        ];
        for (recorded, own, expected) in all {
            assert_eq!(is_branch(recorded, own), expected, "{recorded} {own}");
        }
    }
}
