//! Records of lists: what a tenant holds goes to the context, not to the index. And what stands around records.

use super::Intake;
use crate::base::json::Value;
use crate::diag::Code;
use crate::shape::context::Found;
use crate::shape::{ShapeId, by_column, wrapped};

/// At most this many characters of names are told.
const NAMES: usize = 200;

impl Intake<'_, '_> {
    /// Tells zero bytes inside a record.
    #[inline]
    pub(super) fn look_for_zeros(&mut self, record: &str) {
        if memchr::memchr(0, record.as_bytes()).is_some() {
            self.remark_here(Code::ZeroBytes);
        }
    }

    /// Says that a record of no known form holds more than the records inside it.
    pub(super) fn around(&mut self, value: Value<'_>) {
        if wrapped::holds_more(value) {
            let (source, troubles) = (self.source_id(), &mut self.out.troubles);
            troubles.note(Code::AroundRecords, source, || {
                let names = wrapped::beside(value).join(", ");
                format!("beside them: {}", names.chars().take(NAMES).collect::<String>())
            });
        }
    }

    /// Takes the rows of what is no event as it stands, where it is a table by columns; rejects it otherwise.
    pub(super) fn columns(&mut self, value: Value<'_>, code: Code) {
        let rows = by_column::rows(value);
        for row in &rows {
            self.take(row.root(), 0);
        }
        if rows.is_empty() {
            self.refuse(code, "no readable time");
        }
    }

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
        self.out.troubles.record_read();
        self.normaliser.dates.add(found.dates);
        let own = self.source();
        own.counts.context += 1;
        own.shapes.insert(shape);
        found.notes.into_iter().for_each(|code| self.remark(code, ""));
        let source = self.source_id();
        self.out.context.extend(found.held.into_iter().map(|held| (source, held)));
    }
}

/// The subscription named in a path such as `resourceId=/SUBSCRIPTIONS/{id}/y=2026/...`.
pub(super) fn subscription(path: &str) -> Option<String> {
    let lower = path.to_ascii_lowercase().replace('\\', "/");
    let (_, rest) = lower.split_once("/subscriptions/")?;
    let id = rest.split('/').next()?;
    crate::azure::resource_id::is_guid(id).then(|| id.to_owned())
}
