//! Parquet's packing of differences: times and offsets rise, lengths and statuses stay small.

use super::hybrid::push_bits;
use super::thrift::{push_number, push_varint};

/// Values whose differences share a least one, and the parts of them that share a width.
const BLOCK: usize = 128;
const PART: usize = 32;

/// Appends whole numbers as blocks of packed differences.
pub(super) fn encode(values: &[i64], out: &mut Vec<u8>) {
    push_varint(out, BLOCK as u64);
    push_varint(out, (BLOCK / PART) as u64);
    push_varint(out, values.len() as u64);
    push_number(out, values.first().copied().unwrap_or(0));
    let mut deltas = Vec::with_capacity(BLOCK);
    for start in (1..values.len()).step_by(BLOCK) {
        let end = values.len().min(start + BLOCK);
        deltas.clear();
        // Differences wrap as the format says, so that the ends of the range are no special case.
        deltas.extend((start..end).map(|at| values[at].wrapping_sub(values[at - 1])));
        block(&deltas, out);
    }
}

fn block(deltas: &[i64], out: &mut Vec<u8>) {
    let least = deltas.iter().copied().min().unwrap_or(0);
    push_number(out, least);
    let above = |delta: &i64| delta.wrapping_sub(least).cast_unsigned();
    let widths = out.len();
    out.resize(widths + BLOCK / PART, 0);
    for (at, part) in deltas.chunks(PART).enumerate() {
        let bits = part.iter().map(above).fold(0, |all, delta| all | delta);
        let width = u64::BITS - bits.leading_zeros();
        out[widths + at] = width.to_le_bytes()[0];
        let padding = std::iter::repeat_n(0, PART - part.len());
        push_bits(part.iter().map(above).chain(padding), width, out);
    }
}
