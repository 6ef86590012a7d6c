//! One distinct test of a program: what a value of a field must be.

use std::sync::Arc;

use ipnet::IpNet;

use super::progress;
use crate::azure::resource_id::is_elsewhere;
use crate::base::net;
use crate::rule::{Matcher, Number, Order, Part, Pattern, Regular, Table, TimePart, Watchlist};

/// A test on the values of one field.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    /// The field, by its place in the program.
    pub(super) field: u32,
    pub(super) test: Test,
}

/// What a value must be.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Pattern(Pattern),
    Regex(Regular),
    Compare(Order, Number),
    Moment(TimePart, Order, i64),
    Cidr(IpNet),
    Exists,
    /// The status of an end.
    Ended,
    /// Keeps values for keys, and asks nothing.
    Capture,
    Lookup(Table),
    /// All of these at once.
    Together(Vec<Test>),
    /// A value of the analyst's list.
    Listed(Arc<Watchlist>),
    /// The same as a value of another field of the program.
    Same {
        other: u32,
        part: Part,
        cased: bool,
    },
    /// The id of a subscription, or of something in it, that no value of another field is.
    Elsewhere {
        other: u32,
    },
}

impl Test {
    /// The other field that its values are compared with.
    pub(super) fn other(&self) -> Option<u32> {
        match self {
            Test::Same { other, .. } | Test::Elsewhere { other } => Some(*other),
            Test::Together(all) => all.iter().find_map(Test::other),
            _ => None,
        }
    }

    /// Compiles a test; `field` gives the place of another field.
    pub(super) fn of(
        matcher: &Matcher,
        watchlist: &Arc<Watchlist>,
        field: &mut dyn FnMut(&str) -> u32,
    ) -> Test {
        match matcher {
            Matcher::Pattern(pattern) => Test::Pattern(pattern.clone()),
            Matcher::Regex(regex) => Test::Regex(regex.clone()),
            Matcher::Compare(order, number) => Test::Compare(*order, *number),
            Matcher::Moment(part, order, number) => Test::Moment(*part, *order, *number),
            Matcher::Cidr(network) => Test::Cidr(*network),
            Matcher::Exists => Test::Exists,
            Matcher::Lookup(Table::Watchlist) => Test::Listed(Arc::clone(watchlist)),
            Matcher::Lookup(table) => Test::Lookup(*table),
            Matcher::Together(all) => {
                Test::Together(all.iter().map(|one| Test::of(one, watchlist, field)).collect())
            }
            Matcher::Elsewhere { field: other } => Test::Elsewhere { other: field(other) },
            Matcher::Same { field: other, part, cased } => {
                Test::Same { other: field(other), part: *part, cased: *cased }
            }
        }
    }

    /// Whether a value passes, given as it stands and folded; `others` are those of the other field, folded too.
    pub(super) fn holds(&self, value: &str, folded: &str, others: &[(String, String)]) -> bool {
        match self {
            Test::Pattern(pattern) => pattern.matches(value, folded),
            Test::Regex(regex) => regex.is_match(value),
            Test::Compare(order, number) => {
                Number::parse(value).is_some_and(|value| order.holds(value, *number))
            }
            Test::Moment(part, order, number) => {
                part.of(value).is_some_and(|value| order.holds(value, *number))
            }
            Test::Cidr(network) => net::parse(value).is_some_and(|(ip, _)| network.contains(&ip)),
            Test::Exists | Test::Capture => true,
            Test::Ended => progress::is_end(folded),
            Test::Lookup(table) => table.contains(value),
            Test::Together(all) => all.iter().all(|one| one.holds(value, folded, others)),
            Test::Listed(list) => list.contains(value),
            Test::Elsewhere { .. } => {
                let is_other = |(_, own): &(String, String)| is_elsewhere(folded, own);
                !others.is_empty() && others.iter().all(is_other)
            }
            Test::Same { part, cased, .. } => others.iter().any(|(other, other_folded)| {
                if *cased { part.holds(value, other) } else { part.holds(folded, other_folded) }
            }),
        }
    }

    /// Returns what the analyst's list notes on a value, where the test asks the list and it notes anything.
    pub(super) fn note(&self, value: &str) -> Option<&str> {
        match self {
            Test::Listed(list) => list.note(value).filter(|note| !note.is_empty()),
            Test::Together(all) => all.iter().find_map(|one| one.note(value)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::fold;

    fn holds(matcher: &Matcher, value: &str) -> bool {
        Test::of(matcher, &Arc::default(), &mut |_| 0).holds(
            value,
            &fold(value),
            &[("Ab".into(), "ab".into())],
        )
    }

    #[test]
    fn what_lies_in_another_subscription_is_elsewhere() {
        let own = "6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10";
        let test = Test::Elsewhere { other: 0 };
        let holds = |value: &str| {
            let others = [(own.to_owned(), own.to_owned())];
            test.holds(value, &fold(value), &others)
        };
        let foreign = "0B9D7F5E-3A1C-4E86-92D4-F6B8A0C2E4D1";
        assert!(holds(foreign) && holds(&format!("/Subscriptions/{foreign}")));
        assert!(holds(&format!("/subscriptions/{foreign}/resourceGroups/{own}/x")));
        for near in [own, &format!("/subscriptions/{}/x", own.to_uppercase()), "/other", ""] {
            assert!(!holds(near), "{near}");
        }
        assert!(!test.holds(foreign, &fold(foreign), &[]));
    }

    #[test]
    fn each_test_tells_values_apart() {
        let same = |cased| Matcher::Same { field: "x".into(), part: Part::Start, cased };
        for (matcher, yes, no) in [
            (Matcher::Pattern(Pattern::parse("a*")), "ABC", "bc"),
            (Matcher::Regex(Regular::new("^a").unwrap()), "abc", "Abc"),
            (Matcher::Compare(Order::Equal, Number::Whole(403)), " 403", "403x"),
            (Matcher::Compare(Order::AtMost, Number::Float(7.0)), "7.0", "8"),
            (
                Matcher::Moment(TimePart::Hour, Order::AtLeast, 22),
                "2026-01-02T23:00:00Z",
                "2026-01-02T21:59:59Z",
            ),
            (Matcher::Moment(TimePart::Year, Order::Equal, 2026), "1/9/2026 10:00:00", "2026"),
            (Matcher::Cidr("10.0.0.0/8".parse().unwrap()), "10.1.2.3:443", "11.0.0.1"),
            (Matcher::Cidr("2001:db8::/32".parse().unwrap()), "2001:DB8::1", "10.0.0.1"),
            (Matcher::Lookup(Table::PrivilegedRoles), "Owner", "Reader"),
            (
                Matcher::Together(vec![
                    Matcher::Regex(Regular::new("a").unwrap()),
                    Matcher::Pattern(Pattern::parse("*b")),
                ]),
                "aB",
                "ac",
            ),
            (same(false), "aBc", "bab"),
            (same(true), "Abc", "abc"),
        ] {
            assert!(holds(&matcher, yes), "{matcher:?} on {yes}");
            assert!(!holds(&matcher, no), "{matcher:?} on {no}");
        }
    }
}
