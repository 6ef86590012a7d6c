//! Parquet's hybrid of runs and packed bits, for codes of a dictionary and for which rows are null.

use super::thrift::push_varint;

/// Shorter runs are packed with their neighbours.
const RUN: usize = 32;

/// Returns the bits that codes below `count` take; one at the least, which every reader knows.
pub(super) fn width(count: usize) -> u32 {
    (usize::BITS - count.saturating_sub(1).leading_zeros()).max(1)
}

/// Appends values of `width` bits each.
pub(super) fn encode(values: &[u32], width: u32, out: &mut Vec<u8>) {
    let (mut packed, mut at) = (0, 0);
    while at < values.len() {
        let value = values[at];
        let run = values[at..].iter().take_while(|v| **v == value).count();
        // Packed values come in groups of eight, so a run gives up what fills the group before it.
        let fill = (at - packed).next_multiple_of(8) - (at - packed);
        if run >= RUN + fill {
            pack(&values[packed..at + fill], width, out);
            push_varint(out, ((run - fill) as u64) << 1);
            out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
            packed = at + run;
        }
        at += run;
    }
    pack(&values[packed..], width, out);
}

/// Appends values packed into groups of eight, the last group filled with zeros.
fn pack(values: &[u32], width: u32, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(8);
    push_varint(out, (groups as u64) << 1 | 1);
    let padding = std::iter::repeat_n(0, groups * 8 - values.len());
    push_bits(values.iter().map(|&value| u64::from(value)).chain(padding), width, out);
}

/// Appends values of `width` bits each, the lowest bit first; together they should fill whole bytes.
pub(super) fn push_bits(values: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    let (mut bits, mut held) = (0u128, 0);
    for value in values {
        bits |= u128::from(value) << held;
        held += width;
        if held >= 64 {
            out.extend_from_slice(&bits.to_le_bytes()[..8]);
            bits >>= 64;
            held -= 64;
        }
    }
    out.extend_from_slice(&bits.to_le_bytes()[..held.div_ceil(8) as usize]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads back what [`encode`] wrote.
    fn decode(mut bytes: &[u8], width: u32, count: usize) -> Vec<u32> {
        let mut values = Vec::new();
        while values.len() < count {
            let (mut header, mut shift) = (0u64, 0);
            loop {
                let byte = bytes[0];
                bytes = &bytes[1..];
                header |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            if header & 1 == 0 {
                let len = width.div_ceil(8) as usize;
                let mut value = [0; 4];
                value[..len].copy_from_slice(&bytes[..len]);
                bytes = &bytes[len..];
                let value = u32::from_le_bytes(value);
                values.extend(std::iter::repeat_n(value, usize::try_from(header >> 1).unwrap()));
            } else {
                let count = usize::try_from(header >> 1).unwrap() * 8;
                let bit = |at: usize| u32::from(bytes[at / 8] >> (at % 8) & 1);
                let width = width as usize;
                values.extend(
                    (0..count).map(|v| (0..width).map(|b| bit(v * width + b) << b).sum::<u32>()),
                );
                bytes = &bytes[count * width / 8..];
            }
        }
        assert!(bytes.is_empty(), "{} bytes are left", bytes.len());
        values.truncate(count);
        values
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            runs in prop::collection::vec((0u32..5000, 1usize..100), 0..40), wide in any::<bool>()
        ) {
            let values: Vec<u32> = runs
                .iter()
                .flat_map(|&(v, n)| std::iter::repeat_n(if wide { v * 800_000 } else { v }, n))
                .collect();
            let count = values.iter().max().map_or(1, |&m| m as usize + 1);
            let mut out = Vec::new();
            encode(&values, width(count), &mut out);
            prop_assert_eq!(decode(&out, width(count), values.len()), values);
        }
    }

    #[test]
    fn widths_hold_the_highest_code() {
        assert_eq!([1, 2, 3, 256, 257].map(width), [1, 1, 2, 8, 9]);
    }

    #[test]
    fn one_value_all_along_takes_a_few_bytes() {
        let mut out = Vec::new();
        encode(&vec![7; 10_000], 3, &mut out);
        assert!(out.len() <= 4, "{out:?}");
    }
}
