//! Activity Log as `Get-AzActivityLog`, `Get-AzLog` and `Get-AzureRmLog` write it through `ConvertTo-Json` or `Export-Csv`.

use super::{Fields, Keys, Reading, Shape};
use crate::base::json::Value;

/// A `PascalCase` event.
pub(super) static POWERSHELL: Shape = Shape {
    name: "activity-powershell",
    about: "Activity Log events as Get-AzActivityLog and its forerunners write them, and early Microsoft-Extractor-Suite versions.",
    rank: 3,
    recognises: |record| {
        record.has(Keys::PS_TIMESTAMP) && record.any(Keys::PS_OPERATION.and(Keys::PS_EVENT_DATA_ID))
    },
    read: Reading::Event(fields),
};

fn fields(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields::default();
    let mut members = record.members();
    while let Some((key, value)) = members.next_raw() {
        let place = match key {
            "EventTimestamp" => &mut f.time,
            "SubmissionTimestamp" => &mut f.submission,
            "Id" => &mut f.id,
            "EventDataId" => &mut f.event_id,
            "CorrelationId" => &mut f.correlation,
            "OperationId" => &mut f.operation_id,
            "Category" => &mut f.category,
            "OperationName" => &mut f.operation,
            "Status" => &mut f.status,
            "SubStatus" => &mut f.sub_status,
            "EventName" => &mut f.event_name,
            "Level" => &mut f.level,
            "Description" => &mut f.description,
            "Caller" => &mut f.caller,
            "HttpRequest" => &mut f.http,
            "Authorization" => &mut f.authorization,
            "Claims" | "Claim" => &mut f.claims,
            "Properties" => &mut f.properties,
            "ResourceId" => &mut f.resource,
            "ResourceGroupName" => &mut f.group,
            "SubscriptionId" => &mut f.subscription,
            "ResourceType" => &mut f.resource_type,
            "ResourceProviderName" => &mut f.provider,
            "TenantId" => &mut f.tenant,
            _ => continue,
        };
        *place = Some(value);
    }
    // The objects are wrapped once more.
    f.claims = f.claims.map(content);
    f.properties = f.properties.map(content);
    f.operation_shown = f.operation.map(|v| v.get("LocalizedValue").unwrap_or(v));
    f
}

fn content(value: Value<'_>) -> Value<'_> {
    value.get("Content").unwrap_or(value)
}
