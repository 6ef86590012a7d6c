//! Numbers as rules and records write them; whole ones are compared exactly.

use std::cmp::Ordering;
use std::fmt;

/// A number.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole one of 64 bits, to its last digit.
    Whole(i64),
    /// Any other.
    Float(f64),
}

impl Number {
    /// Reads a number in decimal digits.
    pub fn parse(text: &str) -> Option<Number> {
        let text = text.trim();
        text.parse().map(Number::Whole).or_else(|_| text.parse().map(Number::Float)).ok()
    }

    /// Returns it as a float, the nearest one where none is it.
    #[allow(clippy::cast_precision_loss)] // whoever needs all digits compares instead
    pub fn to_f64(self) -> f64 {
        match self {
            Number::Whole(number) => number as f64,
            Number::Float(number) => number,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Whole(number) => number.fmt(f),
            Number::Float(number) => number.fmt(f),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Number::Whole(one), Number::Whole(other)) => Some(one.cmp(other)),
            (one, other) => one.to_f64().partial_cmp(&other.to_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_told_apart_where_floats_are_not() {
        let number = |text| Number::parse(text).expect(text);
        assert!(number("9007199254740993") > number("9007199254740992"));
        assert!(number("-9223372036854775807") > number("-9223372036854775808"));
        assert_eq!(number(" 007"), number("7.0"));
        assert!(number("1.5") < number("2") && number("1e3") > number("999"));
        assert!(Number::parse("7x").is_none() && Number::parse("").is_none());
    }
}
