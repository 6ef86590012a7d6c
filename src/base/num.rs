//! Positions as 32 bits, as the spine holds them.

/// Returns a position or count as 32 bits.
///
/// # Panics
///
/// Above four billion: evidence of that many events does not fit the spine, and must not be cut in silence.
#[inline]
pub fn index32(position: usize) -> u32 {
    u32::try_from(position).expect("fewer than 2^32 of a kind")
}
