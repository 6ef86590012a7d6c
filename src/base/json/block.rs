//! Where in a block of text strings of JSON end or are not plain.
//!
//! Strings are short and, where one holds JSON itself, full of escapes: what is known of a block serves for all of
//! them in it.

use wide::u8x16;

/// Bytes that are looked at together.
pub(super) const BLOCK: usize = 64;

/// Returns where quotes, backslashes and line feeds stand in the first [`BLOCK`] bytes of a text, a bit a byte.
///
/// What is missing at the end of a shorter text is none of them.
#[inline(never)]
pub(super) fn stops(text: &[u8]) -> u64 {
    if let Some(block) = text.first_chunk() {
        return of_block(block);
    }
    let mut block = [0; BLOCK];
    block[..text.len()].copy_from_slice(text);
    of_block(&block)
}

fn of_block(block: &[u8; BLOCK]) -> u64 {
    let mut stops = 0;
    for (at, part) in block.as_chunks().0.iter().enumerate() {
        let part = u8x16::new(*part);
        let [quote, backslash, feed] =
            [b'"', b'\\', b'\n'].map(|stop| part.simd_eq(u8x16::splat(stop)));
        stops |= u64::from((quote | backslash | feed).to_bitmask()) << (16 * at);
    }
    stops
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_place_of_a_block_is_told() {
        for at in 0..BLOCK {
            let mut text = vec![b'x'; at + 1];
            text[at] = b"\"\\\n"[at % 3];
            assert_eq!(stops(&text), 1 << at);
            text.resize(BLOCK + 9, b'"');
            assert_eq!(stops(&text), u64::MAX << at);
        }
        assert_eq!(stops(b""), 0);
    }

    proptest! {
        #[test]
        fn stops_are_told_of_any_text(text in prop::collection::vec(
            prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'\n')],
            0..=BLOCK,
        )) {
            let is_stop = |byte: u8| matches!(byte, b'"' | b'\\' | b'\n');
            let expected = text.iter().rev().fold(0, |all, &byte| all << 1 | u64::from(is_stop(byte)));
            prop_assert_eq!(stops(&text), expected);
        }
    }
}
