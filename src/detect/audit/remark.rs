//! What is odd about a rule, in words.

use std::fmt;

use super::carry::Source;
use super::operation::Standing;
use super::{Field, Operation};
use crate::rule;

/// Something odd about a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Something about the document.
    Document(rule::Remark),
    /// The Activity Log never records this operation.
    NeverRecorded(String, Standing),
    /// No catalogue knows this operation.
    UnknownOperation(String),
    /// No known operation fits this pattern.
    MatchesNothing(String),
    /// No export of the Activity Log has this field.
    NoSuchField(String),
    /// This search can never hold.
    NeverHolds(String),
}

impl Remark {
    /// Returns what is odd about an operation.
    pub(super) fn of_operation(operation: &Operation) -> Option<Remark> {
        let name = || operation.name.clone();
        match operation.standing {
            Standing::Recorded | Standing::Perhaps => None,
            Standing::Unknown if operation.matched.is_some() => {
                Some(Remark::MatchesNothing(name()))
            }
            Standing::Unknown => Some(Remark::UnknownOperation(name())),
            standing => Some(Remark::NeverRecorded(name(), standing)),
        }
    }

    /// Returns what is odd about a field.
    pub(super) fn of_field(field: &Field) -> Option<Remark> {
        (field.source == Source::Nowhere).then(|| Remark::NoSuchField(field.name.clone()))
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Document(remark) => remark.fmt(f),
            Remark::NeverRecorded(name, standing) => {
                write!(f, "the Activity Log never records {name} ({})", standing.as_str())
            }
            Remark::UnknownOperation(name) => {
                write!(f, "no catalogue knows the operation {name}")
            }
            Remark::MatchesNothing(pattern) => write!(f, "no known operation fits {pattern}"),
            Remark::NoSuchField(name) => {
                write!(f, "no export of the Activity Log has the field {name}")
            }
            Remark::NeverHolds(name) => write!(f, "the search `{name}` can never hold"),
        }
    }
}
