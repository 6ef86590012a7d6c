//! How far an operation came, which a test of the status is asked of below a negation.
//!
//! Every operation has a record of its start, so that "not started" would
//! hold for none. What such a condition means to leave out is what did
//! nothing but start. So where an operation ended, its ends are asked; where it
//! was no more than accepted, that; and only else its start.

use super::atom::Test;
use super::field::{Field, Place};
use super::program::Node;
use crate::rule::{Pattern, fold};

/// Beginnings of the words for a start and for acceptance, in lower case.
const BEGINNINGS: [&str; 2] = ["start", "accept"];

/// How records write a start and acceptance.
const WRITTEN: [&str; 6] = ["started", "Start", "started.", "accepted", "Accept", "accepted."];

/// Whether a value is the status of a record with which an operation ended.
pub(super) fn is_end(folded: &str) -> bool {
    !BEGINNINGS.iter().any(|beginning| folded.starts_with(beginning))
}

/// The test for acceptance.
pub(super) fn accepted() -> Test {
    Test::Pattern(Pattern::parse(&format!("{}*", BEGINNINGS[1])))
}

/// Whether a test is one of the status that the beginning of an operation may meet.
pub(super) fn is_asked(field: &Field, test: &Test) -> bool {
    let is_status =
        field.places.iter().any(|place| matches!(place, Place::Status | Place::Signature));
    let is_met = || WRITTEN.iter().any(|word| test.holds(word, &fold(word), &[]));
    is_status && !matches!(test, Test::Exists) && is_met()
}

/// A test asked of how far an operation came, given as it holds for an end, for acceptance and for
/// any record, and whether there is an end and acceptance.
pub(super) fn furthest(
    [at_end, on_acceptance, any]: [Node; 3],
    [ended, accepted]: [Node; 2],
) -> Node {
    let not = |node| Node::Not(Box::new(node));
    let at_start = Node::All(vec![not(accepted), any]);
    let before_end = Node::All(vec![not(ended), Node::Any(vec![on_acceptance, at_start])]);
    Node::Any(vec![at_end, before_end])
}
