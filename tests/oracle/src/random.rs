//! Numbers that look random and are the same in every run.

/// A generator after the `SplitMix64` of Steele, Lea and Flood.
pub struct Random(u64);

/// Where else to look: the number in `ORACLE_SEED`.
pub fn elsewhere() -> u64 {
    let text = std::env::var("ORACLE_SEED").unwrap_or_default();
    text.parse::<u64>().unwrap_or_default().wrapping_mul(1_000_003)
}

impl Random {
    /// Begins a row of numbers; the number in `ORACLE_SEED` is added to the seed.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_add(elsewhere()))
    }

    /// Returns the next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("less than a usize")
    }

    /// Returns whether something happens that happens once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Returns one of some things.
    pub fn pick<'p, T: ?Sized>(&mut self, of: &[&'p T]) -> &'p T {
        of[self.below(of.len())]
    }
}
