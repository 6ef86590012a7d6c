//! Shapes: what a record of an export can look like.
//!
//! A shape is one file and one line in [`SHAPES`]. The order matters: the
//! first shape that recognises a record reads it, so narrower shapes stand
//! before wider ones. A shape only says where its values stand ([`Fields`],
//! or a ready [`Alert`]); what they mean is the same for all of them and is
//! worked out once, in [`normal`].

pub mod access;
mod activity_datadog;
mod activity_diagnostic;
mod activity_elastic;
mod activity_event_grid;
mod activity_log_analytics;
mod activity_portal;
mod activity_powershell;
mod activity_python;
mod activity_rest;
mod activity_webhook;
pub mod alert;
pub mod by_column;
pub mod context;
mod custom_table;
mod dotted;
mod field;
pub mod identity;
mod keys;
mod listing;
mod look_alike;
pub mod normal;
mod object;
mod row;
mod suppression;
mod text;
pub mod wrapped;

pub use alert::Alert;
pub use field::Fields;
pub use identity::Identity;
pub use keys::Keys;
pub use object::quoted;
pub use row::{Row, carries};
pub use suppression::{Condition, Suppression, Test};
pub use text::{Memo, Nested, fold_key, nested_get, nested_inside};

use crate::base::json::Value;
use crate::diag::Code;

/// One kind of export.
pub struct Shape {
    /// Stable name, shown in reports.
    pub name: &'static str,
    /// Where such a record comes from, in one sentence.
    pub about: &'static str,
    /// How much a record of this shape tells of an event, the most first: of duplicates the lowest rank is kept.
    pub rank: u8,
    /// Whether its records are events of which members were left out when they were exported.
    pub is_partial: bool,
    /// Whether a record has this shape.
    pub recognises: fn(&Record<'_>) -> bool,
    /// How to read it.
    pub read: Reading,
}

/// Gives the records that a record carries to a closure.
pub type Opener = fn(Value<'_>, &mut dyn FnMut(Value<'_>));

/// What to do with a record of a shape.
pub enum Reading {
    /// It is an event; the function says where its values stand.
    Event(for<'a> fn(Value<'a>) -> Fields<'a>),
    /// It holds alerts.
    Alerts(for<'a> fn(Value<'a>, &mut alert::Found)),
    /// It holds other records: read those instead.
    Inner {
        /// Gives them out.
        open: Opener,
        /// Whether what stands around them is looked at too: it may be more than a mere cover.
        around: bool,
    },
    /// It is an entry of a list of what a tenant holds.
    Context(for<'a> fn(Value<'a>, &mut context::Found)),
    /// It is a record of something else and is left out.
    LookAlike,
    /// It is no record at all but says something about the export.
    Remark(Code),
}

/// A record and what can be seen of it at a glance.
pub struct Record<'a> {
    /// The record.
    pub value: Value<'a>,
    /// Which of the telling members it has.
    pub keys: Keys,
}

impl<'a> Record<'a> {
    /// Looks at a record.
    pub fn new(value: Value<'a>) -> Self {
        Record { value, keys: Keys::of(value) }
    }

    /// Whether it has all members of `keys`.
    pub fn has(&self, keys: Keys) -> bool {
        self.keys.contains(keys)
    }

    /// Whether it has one of the members of `keys`.
    pub fn any(&self, keys: Keys) -> bool {
        self.keys.intersects(keys)
    }
}

/// Every shape, narrowest first.
pub const SHAPES: &[&Shape] = &[
    &dotted::DOTTED,
    &activity_rest::REST,
    &activity_rest::REST_PARTIAL,
    &look_alike::ENTRA,
    &activity_diagnostic::DIAGNOSTIC,
    &activity_python::PYTHON,
    &activity_powershell::POWERSHELL,
    &activity_log_analytics::LOG_ANALYTICS,
    &activity_portal::PORTAL,
    &activity_webhook::WEBHOOK,
    &activity_event_grid::EVENT_GRID,
    &alert::REST,
    &alert::REST_FLAT,
    &alert::EXPORT,
    &alert::LOG_ANALYTICS,
    &alert::GRAPH_V2,
    &alert::GRAPH_V1,
    &alert::HUNTING,
    &alert::GRAPH_CSV,
    &alert::PORTAL_CSV,
    &alert::INCIDENT_GRAPH,
    &alert::INCIDENT_SENTINEL,
    &suppression::SUPPRESSION,
    &activity_datadog::DATADOG,
    &activity_elastic::CARRIER,
    &activity_elastic::FLAT,
    &activity_elastic::NESTED,
    &custom_table::CUSTOM_TABLE,
    &wrapped::KEPT,
    &look_alike::POSTURE,
    &look_alike::ENTRA_EXPORT,
    &look_alike::HUNTING,
    &look_alike::RESOURCE_LOG,
    &look_alike::NOTIFICATION,
    &look_alike::TABLE_SCHEMA,
    &look_alike::QUERY_FRAME,
    &look_alike::API_ERROR,
    &look_alike::CHANGE,
    &context::ROLE_ASSIGNMENTS,
    &context::ROLE_DEFINITIONS,
    &context::USERS,
    &context::SERVICE_PRINCIPALS,
    &context::GROUPS,
    &context::SUBSCRIPTIONS,
    &context::MACHINES,
    &context::RESOURCES,
    &look_alike::CONTEXT,
    &wrapped::WRAPPED,
    &look_alike::ENTITIES,
    &look_alike::BULK,
];

/// Position of a shape in [`SHAPES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShapeId(pub u8);

impl ShapeId {
    /// Returns whether its export tells of a call only when that has ended, and once.
    pub fn tells_ends_only(self) -> bool {
        self.shape().name == activity_event_grid::EVENT_GRID.name
    }

    /// Returns the shape.
    pub fn shape(self) -> &'static Shape {
        SHAPES[usize::from(self.0)]
    }
}

/// Returns the shape of a record.
pub fn recognise(record: &Record<'_>) -> Option<ShapeId> {
    let position = SHAPES.iter().position(|shape| (shape.recognises)(record))?;
    u8::try_from(position).ok().map(ShapeId)
}

/// Returns the shape of a record that is read as it stands.
///
/// What holds other records is not looked into. Whoever asks this does so while it opens such a record, and
/// records in records in records would otherwise be opened twice as often a level.
fn recognise_itself(record: &Record<'_>) -> Option<&'static Shape> {
    let own = SHAPES.iter().filter(|shape| !matches!(shape.read, Reading::Inner { .. }));
    own.copied().find(|shape| (shape.recognises)(record))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = SHAPES.iter().map(|s| s.name).collect();
        assert_eq!(names.len(), SHAPES.len());
    }
}
