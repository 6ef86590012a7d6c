//! Activity Log as diagnostic settings write it: storage-account blobs and Event Hubs.

use super::{Fields, Keys, Reading, Record, Shape};
use crate::azure::category;
use crate::base::json::Value;

/// A record of the resource-log schema in a category of the Activity Log.
pub(super) static DIAGNOSTIC: Shape = Shape {
    name: "activity-diagnostic",
    about: "Activity Log events as diagnostic settings and log profiles write them to storage accounts and Event Hubs.",
    rank: 1,
    is_partial: false,
    recognises: |record| record.has(Keys::TIME) && is_activity(record),
    read: Reading::Event(fields),
};

/// Whether the category is one of the Activity Log's; a record that lost it is known by an ARM operation on a resource.
fn is_activity(record: &Record<'_>) -> bool {
    if let Some(category) = record.value.get("category").and_then(Value::text) {
        category::is_activity(&category)
    } else {
        let operation = record.value.get("operationName").and_then(Value::as_str);
        record.has(Keys::RESOURCE_ID)
            && operation.is_some_and(|o| o.contains('/') && !o.contains(' '))
    }
}

fn fields(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields::default();
    let mut identity = None;
    let mut members = record.members();
    while let Some((key, value)) = members.next_raw() {
        let place = match key {
            "time" => &mut f.time,
            "resourceId" => &mut f.resource,
            "operationName" => &mut f.operation,
            "category" => &mut f.category,
            "resultType" => &mut f.status,
            "resultSignature" => &mut f.signature,
            "resultDescription" => &mut f.description,
            "callerIpAddress" => &mut f.client_ip,
            "correlationId" => &mut f.correlation,
            "identity" => &mut identity,
            // Only alerts of Azure Monitor name it.
            "caller" => &mut f.caller,
            // Both may stand in one record: a word and a number.
            "level" => &mut f.level,
            "Level" => &mut f.level_number,
            "properties" => &mut f.properties,
            "tenantId" => &mut f.tenant,
            "eventDataId" => &mut f.event_id,
            _ => continue,
        };
        *place = Some(value);
    }
    // Numbers of this schema begin with 1, those of PowerShell with 0.
    if f.level.and_then(Value::text).is_some_and(|level| level.parse::<u8>().is_ok()) {
        f.level_number = f.level_number.or(f.level.take());
    }
    if let Some(identity) = identity {
        f.claims = identity.get("claims");
        f.authorization = identity.get("authorization");
        if f.claims.is_none() && f.authorization.is_none() {
            // Alerts of Azure Monitor write the claims in place of the object that holds them.
            f.claims = identity.is_object().then_some(identity);
            let written = identity.as_str();
            if written.as_deref().is_some_and(|text| text.trim_start().starts_with('{')) {
                f.identity = Some(identity);
            } else {
                f.caller = f.caller.or(written.and(Some(identity)));
            }
        }
    }
    f
}
