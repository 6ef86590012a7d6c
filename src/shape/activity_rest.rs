//! Activity Log as the REST API writes it: portal JSON, the Azure CLI, Microsoft-Extractor-Suite 2 and others.

use super::custom_table::is_in_one_case;
use super::{Fields, Keys, Reading, Record, Shape};
use crate::azure::category;
use crate::base::json::{Kind, Value};

/// A whole REST event.
pub(super) static REST: Shape = Shape {
    name: "activity-rest",
    about: "Activity Log events as the REST API, the Azure CLI, the portal's JSON tab and Microsoft-Extractor-Suite 2 write them.",
    rank: 0,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::EVENT_TIMESTAMP)
            && (record.has(Keys::EVENT_DATA_ID) || operation_is_object(record))
    },
    read: Reading::Event(fields),
};

/// A REST event of which only some members were asked for.
pub(super) static REST_PARTIAL: Shape = Shape {
    name: "activity-rest-partial",
    about: "Activity Log events from the REST API with $select, or from the Azure CLI with --query: only some members.",
    rank: 6,
    is_partial: true,
    recognises: |record| {
        let has_ticks = || {
            record.value.get("id").and_then(Value::as_str).is_some_and(|id| id.contains("/ticks/"))
        };
        // The SDK for Python copies the id as it is.
        let is_python = record.any(Keys::PY_TIMESTAMP.and(Keys::PY_OPERATION));
        is_picked(record)
            || record.has(Keys::ID) && !is_python && has_ticks() && !is_in_one_case(record.value)
    },
    read: Reading::Event(fields),
};

/// Whether it is what a query of the CLI or a script picked: members under their names, without what they
/// were nested in.
fn is_picked(record: &Record<'_>) -> bool {
    let category = || record.value.get("category").and_then(Value::as_str);
    record.has(Keys::EVENT_TIMESTAMP.and(Keys::OPERATION_NAME))
        && record.any(Keys::CALLER.and(Keys::CORRELATION_ID).and(Keys::RESOURCE_ID))
        && category().is_none_or(|category| category::is_activity(&category))
}

fn operation_is_object(record: &Record<'_>) -> bool {
    record.has(Keys::OPERATION_NAME)
        && record.value.get("operationName").is_some_and(|v| v.kind() == Kind::Object)
}

pub(super) fn fields(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields::default();
    let mut members = record.members();
    while let Some((key, value)) = members.next_raw() {
        let place = match key {
            "eventTimestamp" => &mut f.time,
            "submissionTimestamp" => &mut f.submission,
            "id" => &mut f.id,
            "eventDataId" => &mut f.event_id,
            "correlationId" => &mut f.correlation,
            "operationId" => &mut f.operation_id,
            "category" => &mut f.category,
            "operationName" => &mut f.operation,
            "status" => &mut f.status,
            // Only scripts mix names of the resource log in.
            "resultType" => &mut f.status_other,
            "callerIpAddress" | "clientIpAddress" => &mut f.client_ip,
            "subStatus" => &mut f.sub_status,
            "eventName" => &mut f.event_name,
            "level" => &mut f.level,
            "description" => &mut f.description,
            "caller" => &mut f.caller,
            "httpRequest" => &mut f.http,
            "authorization" => &mut f.authorization,
            "claims" => &mut f.claims,
            "properties" => &mut f.properties,
            // The first version of the service called it by its address.
            "resourceId" | "resourceUri" => &mut f.resource,
            "resourceGroupName" => &mut f.group,
            "subscriptionId" => &mut f.subscription,
            "resourceType" => &mut f.resource_type,
            "resourceProviderName" => &mut f.provider,
            "tenantId" => &mut f.tenant,
            _ => continue,
        };
        *place = Some(value);
    }
    f.operation_shown = f.operation.and_then(|v| v.get("localizedValue"));
    f
}

#[cfg(test)]
mod tests {
    use super::super::field::text;
    use super::super::recognise;
    use super::super::text::Nested;
    use super::*;

    #[test]
    fn the_first_version_of_the_service_called_the_resource_by_its_address() {
        let record = r#"{"eventChannels":"Operation","eventDataId":"e","eventSource":{"value":"Microsoft.Resources","localizedValue":"Microsoft Resources"},
            "resourceUri":"/subscriptions/s/resourcegroups/g","subStatus":{},"operationName":{"value":"A/b/write"},"eventTimestamp":"2015-04-22T05:53:40.8150293Z"}"#;
        let nested = Nested::parse(record.replace('\n', "")).unwrap();
        let shape = recognise(&Record::new(nested.root())).unwrap().shape();
        assert_eq!(shape.name, "activity-rest");
        let f = fields(nested.root());
        assert_eq!(text(f.resource).as_deref(), Some("/subscriptions/s/resourcegroups/g"));
    }

    #[test]
    fn picked_members_are_an_event_and_those_of_other_logs_are_none() {
        let record = r#"{"eventTimestamp":"2026-03-01T10:00:00Z","operationName":"A/b/write","caller":"x@y","callerIpAddress":"192.0.2.1","resultType":"Success","category":"Administrative"}"#;
        let nested = Nested::parse(record.to_owned()).unwrap();
        let shape = |value| recognise(&Record::new(value)).map(|id| id.shape().name);
        assert_eq!(shape(nested.root()), Some("activity-rest-partial"));
        let f = fields(nested.root());
        let found = [f.operation, f.caller, f.client_ip, f.status_other];
        assert_eq!(
            found.map(|value| text(value).unwrap().into_owned()),
            ["A/b/write", "x@y", "192.0.2.1", "Success"]
        );
        let other = record.replace("Administrative", "SignInLogs");
        let nested = Nested::parse(other).unwrap();
        assert_eq!(shape(nested.root()), Some("entra-log"));
    }
}
