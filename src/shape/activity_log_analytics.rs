//! The `AzureActivity` table of Log Analytics, however it was taken out.

use super::field::either;
use super::{Fields, Keys, Reading, Shape};
use crate::base::json::Value;

/// A row of the table, as an object.
pub(super) static LOG_ANALYTICS: Shape = Shape {
    name: "activity-log-analytics",
    about: "Rows of the AzureActivity table: portal CSV, query API, Azure CLI, data export to storage or Event Hub, notebooks.",
    rank: 4,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::LA_OPERATION) || record.has(Keys::LA_STATUS) && record.has(Keys::LA_TIME)
    },
    read: Reading::Event(fields),
};

/// What the columns of a row hold; some were renamed, and either form can be empty.
#[derive(Default)]
struct Columns<'a> {
    f: Fields<'a>,
    legacy: Fields<'a>,
    /// The time of the row that a search job copied (…_SRCH), which has its own time as that of the copy.
    original: Option<Value<'a>>,
    /// The name of the resource without its path.
    named: Option<Value<'a>>,
}

fn fields(record: Value<'_>) -> Fields<'_> {
    let mut columns = Columns::default();
    let mut members = record.members();
    while let Some((key, value)) = members.next_raw() {
        if let Some(place) = columns.place(key) {
            *place = Some(value);
        }
    }
    columns.settled()
}

impl<'a> Columns<'a> {
    /// Where the value of a column belongs.
    fn place(&mut self, key: &str) -> Option<&mut Option<Value<'a>>> {
        Some(match key {
            "TimeGenerated" | "TimeGenerated [UTC]" => &mut self.f.time,
            "_OriginalTimeGenerated" | "_OriginalTimeGenerated [UTC]" => &mut self.original,
            "EventSubmissionTimestamp" | "EventSubmissionTimestamp [UTC]" => &mut self.f.submission,
            "EventDataId" => &mut self.f.event_id,
            "CorrelationId" => &mut self.f.correlation,
            "OperationId" => &mut self.f.operation_id,
            "CategoryValue" => &mut self.f.category,
            "Category" => &mut self.legacy.category,
            "OperationNameValue" => &mut self.f.operation,
            "OperationName" => &mut self.f.operation_shown,
            "ActivityStatusValue" => &mut self.f.status,
            "ActivityStatus" => &mut self.f.status_other,
            "ActivitySubstatusValue" => &mut self.f.sub_status,
            "ActivitySubstatus" => &mut self.legacy.sub_status,
            "Level" => &mut self.f.level,
            "Caller" => &mut self.f.caller,
            // The second is what the documented query for exports calls the address of the request.
            "CallerIpAddress" | "ClientIpAddress" => &mut self.f.client_ip,
            "HTTPRequest" => &mut self.f.http,
            "Authorization" => &mut self.f.authorization,
            "Authorization_d" => &mut self.f.authorization_other,
            "Claims" => &mut self.f.claims,
            "Claims_d" => &mut self.f.claims_other,
            "Properties" => &mut self.f.properties,
            "Properties_d" => &mut self.f.properties_other,
            "_ResourceId" => &mut self.f.resource,
            "ResourceId" => &mut self.legacy.resource,
            "Resource" => &mut self.named,
            "ResourceGroup" => &mut self.f.group,
            "SubscriptionId" => &mut self.f.subscription,
            "_SubscriptionId" => &mut self.legacy.subscription,
            "ResourceProviderValue" => &mut self.f.provider,
            "ResourceProvider" => &mut self.legacy.provider,
            "Hierarchy" => &mut self.f.hierarchy,
            // Any other zone, in the language of the browser.
            _ if key.starts_with("TimeGenerated [") => {
                self.f.is_local = true;
                &mut self.f.time
            }
            _ if key.starts_with("_OriginalTimeGenerated [") => &mut self.original,
            _ if key.starts_with("EventSubmissionTimestamp [") => &mut self.f.submission,
            _ => return None,
        })
    }

    /// Chooses among what the columns hold.
    fn settled(self) -> Fields<'a> {
        let Columns { mut f, legacy, original, named } = self;
        // Numbers of the log begin with 1, those of PowerShell with 0.
        if f.level.and_then(Value::text).is_some_and(|level| level.parse::<u8>().is_ok()) {
            f.level_number = f.level.take();
        }
        f.time = either(original, f.time);
        f.category = either(f.category, legacy.category);
        f.sub_status = either(f.sub_status, legacy.sub_status);
        // A name without a path: it counts where nothing else is left of the resource.
        f.resource = either(either(f.resource, legacy.resource), named);
        f.subscription = either(f.subscription, legacy.subscription);
        f.provider = either(f.provider, legacy.provider);
        f
    }
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
