//! Parts of instants, read without the help of the program.

use crate::rule::TimePart;

/// A part of an instant as diagnostic settings write it.
pub(super) fn moment(part: TimePart, text: &str) -> Option<i64> {
    let digits = |from: usize, to: usize| text.get(from..to)?.parse().ok();
    let is_instant = text.len() > 19 && text.as_bytes()[10] == b'T';
    match part {
        _ if !is_instant => None,
        TimePart::Minute => digits(14, 16),
        TimePart::Hour => digits(11, 13),
        TimePart::Day => digits(8, 10),
        TimePart::Month => digits(5, 7),
        TimePart::Year => digits(0, 4),
        TimePart::Week => None,
    }
}
