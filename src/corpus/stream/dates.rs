//! Which number of a date is the day, in a stream of which only a block is at hand.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{Again, fill};
use crate::base::{DateOrder, TOKEN_BYTES, decided_by_dates, decided_by_tokens, has_slashed_date};
use crate::corpus::intake::Intake;

/// This many bytes are looked at together.
const BLOCK: usize = 4 << 20;
/// No date is longer, so none is cut in two.
const DATE: usize = 16;

/// Decides by the dates of a stream which of their numbers is the day; `block` is its beginning, in the
/// first `dated` bytes of which a date shows if there are any, and `again` opens it once more where it goes on.
///
/// A day over 12 may come late. The dates before it must not be read the other way, so the stream
/// is read to that place first. How much of it is at hand decides nothing.
pub(super) fn settle_dates(
    intake: &mut Intake<'_, '_>,
    dated: usize,
    block: &[u8],
    again: Option<Again<'_, '_>>,
) {
    let begin = |bytes: usize| {
        let mut begin = Vec::new();
        let mut reader = again?().ok()?.0;
        // What lies before a damage counts.
        let _ = fill(&mut *reader, &mut begin, bytes);
        Some(begin)
    };
    let is_dated = has_slashed_date(&block[..block.len().min(dated)])
        || block.len() < dated && begin(dated).is_some_and(|begin| has_slashed_date(&begin));
    if is_dated {
        let by_tokens = || match begin(TOKEN_BYTES) {
            Some(begin) => decided_by_tokens(&begin),
            None => decided_by_tokens(block),
        };
        let order =
            decided_by_dates(block).or_else(|| look_ahead(again?().ok()?.0)).or_else(by_tokens);
        intake.order_dates(order);
    }
}

/// The order that the dates of a file decide in its first bytes, or else the tokens near its beginning.
pub(in crate::corpus) fn decided_by_file(path: &Path, bytes: u64) -> Option<DateOrder> {
    let open = || Some(File::open(path).ok()?.take(bytes));
    look_ahead(open()?).or_else(|| {
        let mut block = Vec::new();
        fill(&mut open()?, &mut block, TOKEN_BYTES).ok()?;
        decided_by_tokens(&block)
    })
}

/// The order that the dates of a stream decide; a damage ends it.
fn look_ahead(mut reader: impl Read) -> Option<DateOrder> {
    let mut block = Vec::new();
    loop {
        block.drain(..block.len().saturating_sub(DATE));
        let had = block.len();
        let is_last = fill(&mut reader, &mut block, BLOCK).is_err() || block.len() < had + BLOCK;
        match decided_by_dates(&block) {
            None if !is_last => {}
            order => return order,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_date_is_found_wherever_blocks_end() {
        for cut in 0..12 {
            let before = b"2/9/2021,a\n".repeat((BLOCK - cut) / 11 + 1);
            let text =
                [&before[before.len() - (BLOCK - cut)..], b"28/9/2021,b\n", &before].concat();
            assert_eq!(look_ahead(&text[..]), Some(DateOrder::DayFirst), "{cut}");
        }
        assert_eq!(look_ahead(&b"2/9/2021,a\n"[..]), None);
    }
}
