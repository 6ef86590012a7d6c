//! How the embedded tables are read: tab-separated rows below a header line, sorted by their first
//! cell with ASCII case folded.
//!
//! A list within a cell is joined by `;`. Rows of the wrong width are left out; each catalogue has
//! a test of its row count, so a damaged table fails the build's tests and not a user's run.

use std::cmp::Ordering;

use memchr::{memchr, memrchr};

/// Yields the rows of `text` below its header that have exactly `N` cells.
pub(super) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().skip(1).filter_map(cells)
}

/// Splits one line into its `N` cells.
pub(super) fn cells<const N: usize>(line: &'static str) -> Option<[&'static str; N]> {
    let mut cells = line.split('\t');
    let mut row = [""; N];
    for cell in &mut row {
        *cell = cells.next()?;
    }
    cells.next().is_none().then_some(row)
}

/// Yields the elements of a list cell; an empty cell has none.
pub(super) fn list(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split(';').filter(|item| !item.is_empty())
}

/// Compares two keys with ASCII case folded: the order in which every table is sorted.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    compare_from(0, left.as_bytes(), right.as_bytes()).0
}

/// Compares two keys that agree in their first `from` bytes; says how many bytes they agree in.
fn compare_from(from: usize, left: &[u8], right: &[u8]) -> (Ordering, usize) {
    let rest = left.iter().zip(right).skip(from);
    let agreed = rest.take_while(|(one, other)| one.eq_ignore_ascii_case(other)).count();
    let at = from + agreed;
    let fold = |key: &[u8]| key.get(at).map(u8::to_ascii_lowercase);
    (fold(left).cmp(&fold(right)), at)
}

/// Finds the element of a table sorted by `key` whose key is `wanted`, ignoring ASCII case.
pub(super) fn find<T>(
    table: &'static [T],
    wanted: &str,
    key: fn(&T) -> &str,
) -> Option<&'static T> {
    let at = table.binary_search_by(|row| compare(key(row), wanted)).ok()?;
    table.get(at)
}

/// Finds the line of a sorted table whose first cell is `wanted`, by halving the text itself.
///
/// A table of many thousand rows is thus never unpacked: no start-up cost, no memory beyond the
/// binary's own.
pub(super) fn find_line(text: &'static str, wanted: &str) -> Option<&'static str> {
    let (bytes, wanted) = (text.as_bytes(), wanted.as_bytes());
    let (mut low, mut high) = (memchr(b'\n', bytes)? + 1, bytes.len());
    // Keys between two others agree with `wanted` in all that both of those do.
    let (mut agreed_low, mut agreed_high) = (0, 0);
    while low < high {
        let middle = low + (high - low) / 2;
        let start = memrchr(b'\n', &bytes[low..middle]).map_or(low, |at| low + at + 1);
        let end = memchr(b'\n', &bytes[middle..high]).map_or(high, |at| middle + at);
        let line = &bytes[start..end];
        let key = &line[..memchr(b'\t', line)?];
        match compare_from(agreed_low.min(agreed_high), key, wanted) {
            (Ordering::Equal, _) => return text.get(start..end),
            (Ordering::Less, agreed) => (low, agreed_low) = (end + 1, agreed),
            (Ordering::Greater, agreed) => (high, agreed_high) = (start, agreed),
        }
    }
    None
}

/// Whether keys rise strictly in the order of the tables: sorted, and none twice.
#[cfg(test)]
pub(super) fn rises<'a>(keys: impl IntoIterator<Item = &'a str>) -> bool {
    let keys: Vec<&str> = keys.into_iter().collect();
    keys.windows(2).all(|pair| compare(pair[0], pair[1]) == Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "key\tvalue\nA/b\t1\na/C\t2\na/c/d\t3\nB\t4\n";

    #[test]
    fn every_line_is_found_and_nothing_else() {
        for (key, value) in [("a/B", "1"), ("A/C", "2"), ("a/c/d", "3"), ("b", "4")] {
            let found = find_line(TEXT, key).and_then(cells::<2>);
            assert_eq!(found.map(|row| row[1]), Some(value), "{key}");
        }
        for key in ["", "a", "a/", "a/c/", "a/c/d/e", "c", "key", "zz", "a/b\t1"] {
            assert_eq!(find_line(TEXT, key), None, "{key}");
        }
    }

    #[test]
    fn a_table_without_rows_holds_nothing() {
        assert_eq!(find_line("", "a"), None);
        assert_eq!(find_line("key", "a"), None);
        assert_eq!(find_line("key\n", "key"), None);
    }

    #[test]
    fn a_row_of_the_wrong_width_is_left_out() {
        let keys: Vec<_> = rows::<2>("k\tv\na\t1\nb\nc\t3\t4\nd\t\n").map(|row| row[0]).collect();
        assert_eq!(keys, ["a", "d"]);
    }

    #[test]
    fn a_list_cell_drops_empty_elements() {
        assert_eq!(list("").count(), 0);
        assert_eq!(list("a;;b").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn comparing_folds_case_and_puts_the_shorter_first() {
        assert_eq!(compare("aB", "Ab"), Ordering::Equal);
        assert_eq!(compare("a", "AB"), Ordering::Less);
        assert_eq!(compare("Z", "a"), Ordering::Greater);
        assert!(!rises(["a", "A"]) && !rises(["b", "a"]) && rises(["A", "b"]));
    }
}
