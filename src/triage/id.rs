//! Ids of what has none of its own: made from what every run over the same evidence says of it.

use crate::base::hash::content_id;

/// Returns the id of all findings of a rule about a principal; empty for findings about nobody.
pub fn group_id(rule: &str, principal: &str) -> String {
    content_id('g', &[rule, &principal.to_lowercase()])
}

/// Returns the id of a change of rights, from its time, its kind, and whom it gives what where.
pub fn grant_id(time: &str, change: &str, principal: &str, role: &str, scope: &str) -> String {
    content_id('r', &[time, change, principal, role, scope])
}

/// Returns the id of a step of mitigation, from what is done to what.
pub fn step_id(step: &str, target: &str) -> String {
    content_id('s', &[step, target])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_the_case_of_a_name_does_not() {
        assert_eq!(group_id("r", "A@x"), group_id("r", "a@x"));
        assert_ne!(group_id("r", "a"), group_id("ra", ""));
        assert_ne!(grant_id("1", "grant", "p", "r", "s"), grant_id("2", "grant", "p", "r", "s"));
        assert!(group_id("r", "a").starts_with('g'));
    }
}
