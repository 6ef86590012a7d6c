//! Owns the generator's random values: the same seed gives the same values in the same order.
//!
//! The order of draws is part of what the sets are made of: a draw added, removed or moved changes
//! every byte after it, and the checksums in the tests of `generator` say so.

/// A `SplitMix64` stream (Steele, Lea and Flood, 2014).
#[derive(Clone)]
pub struct Rng(u64);

impl Rng {
    /// Starts the stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// Starts an independent stream for one named purpose, without moving this one.
    #[must_use]
    pub fn fork(&self, purpose: u64) -> Self {
        let mut child = Self(self.0 ^ purpose.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        child.draw();
        child
    }

    /// Returns the next 64 random bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns the low 32 of the next 64 random bits.
    pub fn draw_low(&mut self) -> u64 {
        self.draw() & 0xffff_ffff
    }

    /// Returns a number of `0..n`, all equally likely; 0 when `n` is 0.
    #[allow(clippy::cast_possible_truncation, reason = "the product shifted is below n")]
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.draw()) * n as u128) >> 64) as usize
    }

    /// Returns true with a probability of `per_mille` / 1000.
    pub fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// Picks one of the items; panics when there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Returns a random GUID of version 4, in lower case with dashes.
    pub fn guid(&mut self) -> String {
        let (a, b) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            8 + (b >> 62),
            (b >> 48) & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }

    /// Returns that many random hexadecimal digits, in lower case.
    pub fn hex(&mut self, digits: usize) -> String {
        self.text(digits, b"0123456789abcdef")
    }

    /// Returns that many random characters of the URL-safe base 64 alphabet.
    pub fn base64url(&mut self, chars: usize) -> String {
        self.text(chars, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    }

    fn text(&mut self, chars: usize, alphabet: &[u8]) -> String {
        (0..chars).map(|_| char::from(*self.pick(alphabet))).collect()
    }
}

/// A draw of indexes `0..n` in which index `k` has a weight of `1 / (k + 1)^exponent`.
pub struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    /// Prepares the draw of `n` indexes; `n` is at least 1.
    pub fn new(n: usize, exponent: f64) -> Self {
        let (mut rank, mut total) = (0.0, 0.0);
        let cumulative = std::iter::repeat_with(|| {
            rank += 1.0;
            total += 1.0 / f64::powf(rank, exponent);
            total
        })
        .take(n)
        .collect();
        Self { cumulative }
    }

    /// Draws one index.
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
    pub fn draw(&self, rng: &mut Rng) -> usize {
        let last = self.cumulative.len() - 1;
        let x = (rng.draw() >> 11) as f64 / (1u64 << 53) as f64 * self.cumulative[last];
        self.cumulative.partition_point(|&c| c <= x).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same_values() {
        let mut rng = Rng::new(42).fork(1);
        let values = (rng.guid(), rng.hex(8), rng.below(1000));
        let expected =
            ("236da041-9808-4c40-8633-140f90b36a77".to_owned(), "4e243658".to_owned(), 757);
        assert_eq!(values, expected);
    }

    #[test]
    fn a_fork_does_not_move_its_parent() {
        let (mut forked, mut untouched) = (Rng::new(1), Rng::new(1));
        assert_ne!(forked.fork(5).draw(), forked.fork(6).draw());
        assert_eq!(forked.draw(), untouched.draw());
    }

    #[test]
    fn a_guid_has_the_version_and_variant_bits() {
        let mut rng = Rng::new(3);
        for _ in 0..100 {
            let guid = rng.guid();
            assert_eq!((guid.len(), &guid[14..15]), (36, "4"), "{guid}");
            assert!("89ab".contains(&guid[19..20]), "{guid}");
        }
    }

    #[test]
    fn a_zipf_draw_prefers_the_first_indexes_and_reaches_all() {
        let (zipf, mut rng, mut seen) = (Zipf::new(10, 1.1), Rng::new(9), [0u32; 10]);
        for _ in 0..10_000 {
            seen[zipf.draw(&mut rng)] += 1;
        }
        assert!(seen[0] > 3 * seen[4] && seen[9] > 0, "{seen:?}");
    }
}
