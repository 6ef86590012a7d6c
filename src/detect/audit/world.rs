//! What the evidence holds, as far as a question to its operations depends on it.

use std::collections::BTreeSet;

use super::bare::{Bare, Portion};
use super::carry::Shapes;
use super::operation::{self, Log};

/// What there is to answer a question.
#[derive(Clone, Debug)]
pub(super) struct World<'w> {
    /// Shapes of the evidence.
    pub(super) shapes: Shapes,
    /// What none of their events carries.
    pub(super) bare: Bare,
    /// Whether fields count as carried by every shape.
    pub(super) any_field: bool,
    /// Categories in the evidence; `None` for all.
    pub(super) categories: Option<&'w BTreeSet<String>>,
    /// Logs that are not in the evidence.
    pub(super) lacks: BTreeSet<Log>,
    /// Whether there are alerts.
    pub(super) alerts: bool,
}

impl World<'_> {
    /// The world in which everything is there that any evidence can hold.
    pub(super) fn open() -> Self {
        let lacks = BTreeSet::new();
        World {
            shapes: Shapes::ALL,
            bare: Bare::default(),
            any_field: false,
            categories: None,
            lacks,
            alerts: true,
        }
    }

    /// Whether an event may have a field.
    pub(super) fn carries(&self, (shapes, portion): (Shapes, Option<Portion>)) -> bool {
        self.any_field || !self.bare.left(shapes.within(self.shapes), portion).is_empty()
    }

    /// Whether the evidence may record an operation of that folded name.
    pub(super) fn records(&self, folded: &str) -> bool {
        let is_there = |set: &BTreeSet<String>| set.contains(operation::category_of(folded));
        operation::log_of(folded).is_none_or(|log| !self.lacks.contains(&log))
            && self.categories.is_none_or(is_there)
    }
}
