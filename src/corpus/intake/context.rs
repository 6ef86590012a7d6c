//! Records of lists: what a tenant holds goes to the context, not to the index.

use super::Intake;
use crate::base::json::Value;
use crate::diag::Code;
use crate::shape::ShapeId;
use crate::shape::context::Found;

impl Intake<'_, '_> {
    /// Takes an entry of a list of what a tenant holds.
    pub(super) fn listed(
        &mut self,
        value: Value<'_>,
        read: for<'v> fn(Value<'v>, &mut Found),
        shape: ShapeId,
    ) {
        let mut found = Found { order: self.context.order, ..Found::default() };
        read(value, &mut found);
        if found.held.is_empty() {
            return self.refuse(Code::UnknownRecord, "an entry of a list without its id");
        }
        self.out.troubles.whole();
        self.normaliser.dates.add(found.dates);
        let own = self.source();
        own.counts.context += 1;
        own.shapes.insert(shape);
        found.notes.into_iter().for_each(|code| self.remark(code, ""));
        let source = self.source_id();
        self.out.context.extend(found.held.into_iter().map(|held| (source, held)));
    }
}
