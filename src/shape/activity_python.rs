//! Activity Log as the Python SDK's `as_dict()` writes it (dftimewolf, plaso).

use super::{Fields, Keys, Reading, Shape};
use crate::base::json::Value;

/// A snake-case event.
pub(super) static PYTHON: Shape = Shape {
    name: "activity-python",
    about: "Activity Log events as the Azure SDK for Python writes them.",
    rank: 2,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::PY_TIMESTAMP) && record.any(Keys::PY_OPERATION.and(Keys::PY_EVENT_DATA_ID))
    },
    read: Reading::Event(fields),
};

fn fields(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields::default();
    let mut members = record.members();
    while let Some((key, value)) = members.next_raw() {
        let place = match key {
            "event_timestamp" => &mut f.time,
            "submission_timestamp" => &mut f.submission,
            "id" => &mut f.id,
            "event_data_id" => &mut f.event_id,
            "correlation_id" => &mut f.correlation,
            "operation_id" => &mut f.operation_id,
            "category" => &mut f.category,
            "operation_name" => &mut f.operation,
            "status" => &mut f.status,
            "sub_status" => &mut f.sub_status,
            "event_name" => &mut f.event_name,
            "level" => &mut f.level,
            "description" => &mut f.description,
            "caller" => &mut f.caller,
            "http_request" => &mut f.http,
            // The others are columns of databases, where the first is a word of the language.
            "authorization" | "authorization_info" => &mut f.authorization,
            "claims" => &mut f.claims,
            "properties" => &mut f.properties,
            "resource_id" => &mut f.resource,
            "resource_group_name" | "resource_group" => &mut f.group,
            "subscription_id" => &mut f.subscription,
            "resource_type" => &mut f.resource_type,
            "resource_provider_name" => &mut f.provider,
            "tenant_id" => &mut f.tenant,
            _ => continue,
        };
        *place = Some(value);
    }
    f.operation_shown = f.operation.and_then(|v| v.get("localized_value"));
    f
}
