//! Finding the lines that match in a stretch of bytes, and the records they belong to.
//!
//! A hit is a line within a record, so that one is told even where a whole export is one line. As
//! in ripgrep, a match never goes over the end of a line.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};
use regex::bytes::Regex;

use super::record::Record;

/// Longest line in no record that is told whole; there lines may be endless.
const LONG: usize = 64 << 10;
/// Bytes on either side of a match that are told of a longer one.
const AROUND: usize = 256;

/// A line that matches.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Its place in the stretch.
    pub(super) bytes: Range<usize>,
    /// Line feeds of the stretch before it.
    pub(super) line: u64,
    /// The records it belongs to: none, one, or several that stand in the same bytes.
    pub(super) records: Range<usize>,
}

/// A pattern, and the records of a source in order of their offsets.
#[derive(Clone, Copy)]
pub(super) struct Scan<'s> {
    pub(super) regex: &'s Regex,
    pub(super) records: &'s [Record],
    /// Whether only hits in records count.
    pub(super) chosen: bool,
}

impl Scan<'_> {
    /// Finds the hits of a stretch that begins at byte `base` of the source, at the start of a line or a record.
    pub(super) fn hits(&self, bytes: &[u8], base: u64, take: &mut dyn FnMut(Hit)) {
        let (mut at, mut counted, mut line) = (0, 0, 0);
        while let Some(found) = self.regex.find_at(bytes, at) {
            if found.start() >= bytes.len() {
                break;
            }
            let (unit, records) = self.unit(bytes, base, found.range());
            let is_hit =
                !(self.chosen && records.is_empty()) && self.regex.is_match(&bytes[unit.clone()]);
            let feed = usize::from(bytes.get(unit.end) == Some(&b'\n'));
            let next = (unit.end + feed).max(at + 1);
            if is_hit {
                line += memchr_iter(b'\n', &bytes[counted..unit.start.max(counted)]).count() as u64;
                counted = unit.start.max(counted);
                take(Hit { bytes: unit, line, records });
            }
            at = next;
            if at >= bytes.len() {
                break;
            }
        }
    }

    /// Returns the line around a match within the record around it, and the records that stand there.
    fn unit(&self, bytes: &[u8], base: u64, found: Range<usize>) -> (Range<usize>, Range<usize>) {
        let place = base + found.start as u64;
        let local = |offset: u64| {
            usize::try_from(offset.saturating_sub(base)).unwrap_or(bytes.len()).min(bytes.len())
        };
        let after = self.records.partition_point(|record| record.offset <= place);
        let last = after.checked_sub(1).map(|at| &self.records[at]);
        let (low, high, records) = match last {
            Some(last) if place < last.end => {
                let first = self.records.partition_point(|record| record.offset < last.offset);
                (local(last.offset), local(last.end), first..after)
            }
            _ => {
                let low = last.map_or(0, |last| local(last.end));
                let next = self.records.get(after).map_or(bytes.len(), |next| local(next.offset));
                let low = low.max(found.start.saturating_sub(LONG));
                (low, next.min(found.end.saturating_add(LONG)), after..after)
            }
        };
        let start = memrchr(b'\n', &bytes[low..found.start]).map_or(low, |at| low + at + 1);
        let high = high.max(found.start);
        let end = memchr(b'\n', &bytes[found.start..high]).map_or(high, |at| found.start + at);
        if records.is_empty() && end - start > LONG {
            let near = start.max(found.start.saturating_sub(AROUND));
            return (near..end.min(found.end.saturating_add(AROUND)).max(near), records);
        }
        (start..end, records)
    }

    /// Returns where a source may be cut at or behind a byte: before a record, else behind a line.
    pub(super) fn cut(&self, bytes: &[u8], at: usize) -> usize {
        if at == 0 || at >= bytes.len() {
            return at.min(bytes.len());
        }
        let next = self.records.partition_point(|record| record.offset < at as u64);
        let local = |offset: u64| usize::try_from(offset).unwrap_or(bytes.len()).min(bytes.len());
        if let Some(next) = self.records.get(next) {
            return local(next.offset);
        }
        let at = at.max(self.records.last().map_or(0, |last| local(last.end)));
        memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |feed| at + feed + 1)
    }

    /// Returns how much of a block that begins at byte `base` may be searched before more is read; 0 for none.
    pub(super) fn cut_back(&self, block: &[u8], base: u64) -> usize {
        let end = base + block.len() as u64;
        let after = self.records.partition_point(|record| record.offset < end);
        match after.checked_sub(1).map(|at| &self.records[at]) {
            Some(last) if last.offset > base => {
                usize::try_from(last.offset - base).unwrap_or(block.len())
            }
            Some(last) if last.end > base => 0,
            _ => memrchr(b'\n', block).map_or(0, |at| at + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(range: Range<u64>) -> Record {
        Record { offset: range.start, end: range.end, event: range.start, value: None }
    }

    fn found(
        pattern: &str,
        text: &str,
        records: &[Record],
        chosen: bool,
    ) -> Vec<(String, u64, usize)> {
        let regex = regex::bytes::RegexBuilder::new(pattern).multi_line(true).build().unwrap();
        let mut hits = Vec::new();
        Scan { regex: &regex, records, chosen }.hits(text.as_bytes(), 0, &mut |hit| {
            hits.push((text[hit.bytes].to_owned(), hit.line, hit.records.len()));
        });
        hits
    }

    #[test]
    fn a_hit_is_a_line_within_its_record() {
        let one_line = "[{a x},{b},{c x}]";
        let records = [record(1..6), record(7..10), record(11..16)];
        let expected = vec![("{a x}".to_owned(), 0, 1), ("{c x}".to_owned(), 0, 1)];
        assert_eq!(found("x", one_line, &records, false), expected);
        let spread = "[\n{a\nx x\n},\n{x}\n";
        let records = [record(2..10), record(12..15)];
        let expected = vec![("x x".to_owned(), 2, 1), ("{x}".to_owned(), 4, 1)];
        assert_eq!(found("x", spread, &records, false), expected);
    }

    #[test]
    fn what_is_in_no_record_counts_unless_records_were_chosen() {
        let text = "x\n{x}\nx";
        let records = [record(2..5)];
        assert_eq!(found("x", text, &records, false).len(), 3);
        assert_eq!(found("x", text, &records, true), [("{x}".to_owned(), 1, 1)]);
    }

    #[test]
    fn a_match_stays_on_its_line_and_an_empty_one_ends() {
        assert!(found("a\\sb", "a\nb\n", &[], false).is_empty());
        assert_eq!(found("a\\s*b", "a\nb\nab", &[], false), [("ab".to_owned(), 2, 0)]);
        assert_eq!(found("b$", "ab\nb\nbc", &[], false).len(), 2);
        assert_eq!(found("x*", "a\nbb\nc", &[], false).len(), 3);
    }

    #[test]
    fn an_endless_line_in_no_record_is_told_around_the_match() {
        let pad = "p".repeat(LONG);
        let hits = found("x", &format!("{pad}x{pad}\n{}x", &pad[..100]), &[], false);
        assert_eq!((hits.len(), hits[0].0.len(), hits[1].0.len()), (2, 2 * AROUND + 1, 101));
    }

    #[test]
    fn several_events_in_the_same_bytes_are_told_together() {
        let records = [record(0..3), record(0..3), record(3..4)];
        assert_eq!(found("x", "{x}", &records, false), [("{x}".to_owned(), 0, 2)]);
    }

    #[test]
    fn cuts_tile_a_source_wherever_they_are_asked_for() {
        let text = "[{a x},\n{b},{c\nx}]\nz\nz";
        let records = [record(1..6), record(8..11), record(12..17)];
        let regex = Regex::new("[xz]").unwrap();
        let scan = Scan { regex: &regex, records: &records, chosen: false };
        let whole = found("[xz]", text, &records, false).len();
        for size in 1..=text.len() {
            let cuts: Vec<usize> = (0..=text.len().div_ceil(size))
                .map(|n| scan.cut(text.as_bytes(), n * size))
                .collect();
            assert!(cuts.is_sorted() && cuts[0] == 0 && cuts.last() == Some(&text.len()), "{size}");
            let mut hits = 0;
            for pair in cuts.windows(2) {
                let piece = &text.as_bytes()[pair[0]..pair[1]];
                scan.hits(piece, pair[0] as u64, &mut |_| hits += 1);
            }
            assert_eq!(hits, whole, "{size}");
        }
    }
}
