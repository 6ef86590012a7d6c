//! The `AzureActivity` table of Log Analytics, however it was taken out.

use super::field::either;
use super::{Fields, Keys, Reading, Shape};
use crate::base::json::Value;

/// A row of the table, as an object.
pub(super) static LOG_ANALYTICS: Shape = Shape {
    name: "activity-log-analytics",
    about: "Rows of the AzureActivity table: portal CSV, query API, Azure CLI, data export to storage or Event Hub, notebooks.",
    rank: 4,
    recognises: |record| {
        record.has(Keys::LA_OPERATION) || record.has(Keys::LA_STATUS) && record.has(Keys::LA_TIME)
    },
    read: Reading::Event(fields),
};

fn fields(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields::default();
    let mut legacy = Fields::default();
    let mut original = Fields::default();
    let mut named = None;
    let mut members = record.members();
    while let Some((key, value)) = members.next_raw() {
        let place = match key {
            // The column was renamed more than once; either form can be empty.
            "TimeGenerated" | "TimeGenerated [UTC]" => &mut f.time,
            // Rows that a search job copied (…_SRCH) have its own time as theirs.
            "_OriginalTimeGenerated" | "_OriginalTimeGenerated [UTC]" => &mut original.time,
            "EventSubmissionTimestamp" | "EventSubmissionTimestamp [UTC]" => &mut f.submission,
            "EventDataId" => &mut f.event_id,
            "CorrelationId" => &mut f.correlation,
            "OperationId" => &mut f.operation_id,
            "CategoryValue" => &mut f.category,
            "Category" => &mut legacy.category,
            "OperationNameValue" => &mut f.operation,
            "OperationName" => &mut f.operation_shown,
            "ActivityStatusValue" => &mut f.status,
            "ActivityStatus" => &mut f.status_other,
            "ActivitySubstatusValue" => &mut f.sub_status,
            "ActivitySubstatus" => &mut legacy.sub_status,
            "Level" => &mut f.level,
            "Caller" => &mut f.caller,
            // The second is what the documented query for exports calls the address of the request.
            "CallerIpAddress" | "ClientIpAddress" => &mut f.client_ip,
            "HTTPRequest" => &mut f.http,
            "Authorization" => &mut f.authorization,
            "Authorization_d" => &mut f.authorization_other,
            "Claims" => &mut f.claims,
            "Claims_d" => &mut f.claims_other,
            "Properties" => &mut f.properties,
            "Properties_d" => &mut f.properties_other,
            "_ResourceId" => &mut f.resource,
            "ResourceId" => &mut legacy.resource,
            "Resource" => &mut named,
            "ResourceGroup" => &mut f.group,
            "SubscriptionId" => &mut f.subscription,
            "_SubscriptionId" => &mut legacy.subscription,
            "ResourceProviderValue" => &mut f.provider,
            "ResourceProvider" => &mut legacy.provider,
            "Hierarchy" => &mut f.hierarchy,
            // Any other zone, in the language of the browser.
            _ if key.starts_with("TimeGenerated [") => {
                f.is_local = true;
                &mut f.time
            }
            _ if key.starts_with("_OriginalTimeGenerated [") => &mut original.time,
            _ if key.starts_with("EventSubmissionTimestamp [") => &mut f.submission,
            _ => continue,
        };
        *place = Some(value);
    }
    // Numbers of the log begin with 1, those of PowerShell with 0.
    if f.level.and_then(Value::text).is_some_and(|level| level.parse::<u8>().is_ok()) {
        f.level_number = f.level.take();
    }
    f.time = either(original.time, f.time);
    f.category = either(f.category, legacy.category);
    f.sub_status = either(f.sub_status, legacy.sub_status);
    // A name without a path: it counts where nothing else is left of the resource.
    f.resource = either(either(f.resource, legacy.resource), named);
    f.subscription = either(f.subscription, legacy.subscription);
    f.provider = either(f.provider, legacy.provider);
    f
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::field::text;
    use super::super::text::Nested;
    use super::super::{Record, recognise};
    use super::*;

    /// The fields of a row of the table, as it is asked for.
    fn row<T>(members: &str, ask: impl FnOnce(&Fields<'_>) -> T) -> T {
        let record = format!(r#"{{"OperationNameValue":"A/B/WRITE",{members}}}"#);
        let nested = Nested::parse(record).unwrap();
        let shape = recognise(&Record::new(nested.root())).unwrap();
        assert_eq!(shape.shape().name, "activity-log-analytics", "{members}");
        ask(&fields(nested.root()))
    }

    #[test]
    fn a_row_of_a_search_job_has_the_time_of_the_row_that_it_copied() {
        for zone in ["", " [UTC]", " [Paris]"] {
            for (original, wanted) in [("then", "then"), ("", "now")] {
                let members = format!(
                    r#""TimeGenerated{zone}":"now","_OriginalTimeGenerated{zone}":"{original}""#
                );
                let (time, is_local) =
                    row(&members, |f| (text(f.time).map(Cow::into_owned), f.is_local));
                let wanted = (Some(wanted.to_owned()), zone == " [Paris]");
                assert_eq!((time, is_local), wanted, "{members}");
            }
        }
    }

    #[test]
    fn the_name_of_the_resource_is_the_last_choice() {
        let resource = |members: &str| row(members, |f| text(f.resource).map(Cow::into_owned));
        assert_eq!(resource(r#""Resource":"sa1""#).as_deref(), Some("sa1"));
        assert_eq!(resource(r#""Resource":"sa1","_ResourceId":"/x""#).as_deref(), Some("/x"));
        assert_eq!(resource(r#""Resource":"sa1","ResourceId":"/y""#).as_deref(), Some("/y"));
    }
}
