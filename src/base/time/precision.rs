//! How finely a time is known.

use super::SECOND;

/// How finely a time is known; what is finer is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Precision(u8);

impl Precision {
    /// To the minute: a spreadsheet cut off the seconds.
    pub const MINUTE: Precision = Precision(0);
    /// To the second.
    pub const SECOND: Precision = Precision(1);
    /// To 100 ns, the ticks of the log.
    pub const TICK: Precision = Precision::digits(7);

    /// Returns the precision of a time with so many digits of the fraction of its second.
    pub const fn digits(count: u8) -> Precision {
        Precision(if count < 9 { count + 1 } else { 10 })
    }

    /// Returns every precision, the finest first.
    pub fn finest_first() -> impl Iterator<Item = Precision> {
        (0..=10).rev().map(Precision)
    }

    /// Returns the nanoseconds within which all instants look the same.
    pub fn unit(self) -> i64 {
        match self.0.checked_sub(1) {
            None => 60 * SECOND,
            Some(digits) => SECOND / 10_i64.pow(u32::from(digits)),
        }
    }
}

impl Default for Precision {
    fn default() -> Self {
        Precision::TICK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_is_a_length_of_time() {
        let units = [Precision::MINUTE, Precision::SECOND, Precision::digits(3), Precision::TICK];
        assert_eq!(units.map(Precision::unit), [60_000_000_000, 1_000_000_000, 1_000_000, 100]);
        assert!(units.is_sorted() && Precision::digits(200).unit() == 1);
        assert!(Precision::finest_first().is_sorted_by(|a, b| a > b));
    }
}
