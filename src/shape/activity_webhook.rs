//! Activity Log alerts as an action group's webhook posts them.

use super::{Fields, Keys, Reading, Shape, activity_rest};
use crate::base::json::Value;

/// The payload, with the event inside.
pub(super) static WEBHOOK: Shape = Shape {
    name: "activity-webhook",
    about: "Activity Log events inside the payload of an action group's webhook.",
    rank: 5,
    recognises: |record| {
        record.has(Keys::SCHEMA_ID.and(Keys::DATA))
            && record
                .value
                .get("schemaId")
                .and_then(Value::as_str)
                .is_some_and(|s| s.eq_ignore_ascii_case("Microsoft.Insights/activityLogs"))
    },
    read: Reading::Event(fields),
};

fn fields(record: Value<'_>) -> Fields<'_> {
    let inner = record
        .get("data")
        .and_then(|data| data.get("context"))
        .and_then(|context| context.get("activityLog"));
    inner.map(activity_rest::fields).unwrap_or_default()
}
