//! Whether the last row of a table was cut inside its last cell.
//!
//! A cut there leaves as many cells as the header has. It shows only where no line end follows, which
//! alone tells nothing, for many tools write none. So the cell is held against those above it: they
//! have a form that it begins and does not end, or one of them goes on where it stops.

use super::cells::{Found, cell, scan};
use super::{Cow, TableReader};
use crate::base::json;
use crate::base::{DateOrder, Time};

/// At most this many bytes before the last row are looked at.
pub(super) const WINDOW: usize = 256 << 10;

impl TableReader {
    /// Whether the cell at the end of the row at `at`, behind which the input ends, was cut; whole
    /// rows begin at `from`.
    pub(super) fn is_cut(&self, text: &[u8], from: usize, at: usize, last: &str) -> bool {
        let mut cells = Vec::new();
        let mut above: Vec<Cow<'_, str>> = Vec::new();
        let mut start = from;
        while start < at {
            let Found::Row { end } = scan(text, start, self.form(), false, &mut cells) else {
                break;
            };
            if cells.len() == self.header.len()
                && let Some(one) = cells.last()
            {
                above.push(cell(text, one));
            }
            start = end + 1;
        }
        let name = self.header.last().map_or("", String::as_str);
        above.retain(|one| !one.trim().is_empty() && one.trim() != name);
        is_begun(last.trim(), &above)
    }
}

/// Whether a cell is the beginning of one like those above.
fn is_begun(last: &str, above: &[Cow<'_, str>]) -> bool {
    if last.is_empty() || above.iter().any(|one| one.trim() == last) {
        return false;
    }
    let all = |is: &dyn Fn(&str) -> bool| above.iter().all(|one| is(one.trim()));
    let is_object = |one: &str| one.starts_with(['{', '[']);
    if is_object(last) {
        return !is_whole_object(last) && all(&|one| !is_object(one) || is_whole_object(one));
    }
    if above.is_empty() {
        return false;
    }
    let is_time = |one: &str| Time::parse(one, DateOrder::MonthFirst).is_some();
    let is_long = |one: &str| one.len() > last.len();
    let lost_form = |is: &dyn Fn(&str) -> bool| !is(last) && all(is);
    let is_hex = last.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let is_dated = last.starts_with(|c: char| c.is_ascii_digit());
    is_hex && last.len() < 36 && lost_form(&is_guid)
        || begins_resource(last) && lost_form(&is_resource)
        || is_dated && lost_form(&is_time)
        || is_dated && all(&is_time) && all(&is_long) && ends_alike(above) && above.len() > 1
        || above.iter().any(|one| goes_on(one.trim(), last))
}

fn is_whole_object(text: &str) -> bool {
    json::parse(text.as_bytes(), 0, &mut json::Tape::default())
        .is_ok_and(|parsed| parsed.end == text.len())
}

/// Whether a cell is an object, or a list of objects, and so no name of a column.
pub(super) fn is_record(cell: &str) -> bool {
    let cell = cell.trim();
    cell.starts_with(['{', '[']) && cell.contains('{') && is_whole_object(cell)
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn begins_resource(text: &str) -> bool {
    let (root, lower) = ("/subscriptions/", text.to_ascii_lowercase());
    lower.starts_with(root) || root.starts_with(&lower)
}

/// Whether a text is the whole id of a subscription, a group or a resource.
fn is_resource(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("/subscriptions/") else { return false };
    let mut parts = rest.split('/');
    if !parts.next().is_some_and(is_guid) {
        return false;
    }
    let parts: Vec<&str> = parts.collect();
    let (group, rest) = match parts.as_slice() {
        ["resourcegroups", name, rest @ ..] => (Some(*name), rest),
        rest => (None, rest),
    };
    let named = |parts: &[&str]| parts.iter().all(|part| !part.is_empty());
    match rest {
        [] => group != Some(""),
        // A provider, and then kinds and names by turns.
        ["providers", more @ ..] => more.len() >= 3 && more.len() % 2 == 1 && named(more),
        _ => false,
    }
}

/// Whether all end in the same letter, such as the `Z` of instants or the `M` of `PM`.
fn ends_alike(above: &[Cow<'_, str>]) -> bool {
    let end = |one: &Cow<'_, str>| one.trim().chars().next_back();
    let first = above.first().and_then(end);
    first.is_some_and(char::is_alphabetic) && above.iter().all(|one| end(one) == first)
}

/// Whether `longer` begins with `last` and goes on in the middle of a word, as no other name would:
/// of `vm-1` and `vm-12` both are names, and so are a group and what is in it.
fn goes_on(longer: &str, last: &str) -> bool {
    let Some(rest) = longer.strip_prefix(last) else { return false };
    let (Some(before), Some(next)) = (last.chars().next_back(), rest.chars().next()) else {
        return false;
    };
    let is_counted = next.is_ascii_digit() || before.is_ascii_digit();
    last.chars().count() >= 3 && next.is_alphanumeric() && before.is_alphanumeric() && !is_counted
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIPTION: &str = "/subscriptions/0b0c0d0e-1111-4222-8333-0a0b0c0d0e0f";

    #[test]
    fn a_cell_that_only_begins_what_those_above_are_is_cut() {
        let resource = format!("{SUBSCRIPTION}/resourceGroups/rg/providers/A.B/c/name");
        for (above, whole) in [
            (vec!["0b0c0d0e-1111-4222-8333-0a0b0c0d0e0f"], "1b0c0d0e-1111-4222-8333-0a0b0c0d0e0f"),
            (vec!["AzureActivity"], "AzureActivity"),
            (vec!["{\"a\":1}"], "{\"b\":{\"c\":2}}"),
            (vec!["2026-03-05T20:01:02.123Z", "2026-03-05T20:01:03.5Z"], "2026-03-05T20:01:04.1Z"),
            (vec!["3/5/2026 8:01:02 PM", "3/5/2026 8:01:03 PM"], "3/6/2026 11:01:02 PM"),
        ] {
            let above: Vec<Cow<'_, str>> = above.into_iter().map(Cow::from).collect();
            assert!(!is_begun(whole, &above), "{whole}");
            for end in 3..whole.len() {
                assert!(is_begun(&whole[..end], &above), "{}", &whole[..end]);
            }
        }
        for cut in [&resource[..20], &resource[..60], &resource[..resource.len() - 5]] {
            assert!(is_begun(cut, &[Cow::from(&resource)]), "{cut}");
        }
    }

    #[test]
    fn a_cell_that_may_be_whole_is_not_cut() {
        let resource = format!("{SUBSCRIPTION}/resourceGroups/rg/providers/A.B/c/vm-12");
        let group = format!("{SUBSCRIPTION}/resourceGroups/rg");
        for (above, last) in [
            (vec![], "a"),
            (vec!["12", "1234"], "1"),
            (vec!["a", "b"], ""),
            (vec!["Succeeded", "Failed"], "Accepted"),
            (vec!["alice@contoso.com", "0b0c0d0e-1111-4222-8333-0a0b0c0d0e0f"], "bob@contoso.com"),
            (vec![&*resource], &*group),
            (vec![&*resource], &resource[..resource.len() - 1]),
            (vec!["{not json", "x"], "{nor this"),
            (vec!["2026-03-05T20:01:02Z"], "2026-03-05T20:01:03.1234567Z"),
        ] {
            let above: Vec<Cow<'_, str>> = above.into_iter().map(Cow::from).collect();
            assert!(!is_begun(last, &above), "{last}");
        }
    }
}
