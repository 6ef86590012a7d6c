//! Activity Log as Datadog's pipeline for Azure leaves it: some members under names of its own.
//!
//! Its archives keep the same below `attributes`, beside what Datadog adds; those are found as records
//! inside others.

use super::{Fields, Keys, Reading, Record, Shape};
use crate::azure::category;
use crate::azure::operation::is_arm;
use crate::base::json::Value;

/// A record of the resource-log schema of which Datadog renamed members.
pub(super) static DATADOG: Shape = Shape {
    name: "activity-datadog",
    about: "Activity Log events as Datadog keeps them: operation, outcome and category under `evt`, the caller under `usr` and `network`.",
    rank: 4,
    is_partial: false,
    recognises: |record| record.has(Keys::TIME.and(Keys::RESOURCE_ID)) && is_event(record),
    read: Reading::Event(fields),
};

/// Whether the category is one of the Activity Log's, or the operation one of Resource Manager.
fn is_event(record: &Record<'_>) -> bool {
    let Some(event) = record.value.get("evt") else { return false };
    match event.get("category").and_then(Value::as_str) {
        Some(category) => category::is_activity(&category),
        None => event.get("name").and_then(Value::as_str).is_some_and(|name| is_arm(&name)),
    }
}

fn fields(record: Value<'_>) -> Fields<'_> {
    let event = |name: &str| record.get("evt").and_then(|event| event.get(name));
    let user = record.get("usr");
    let network = record.get("network").and_then(|network| network.get("client"));
    let identity = record.get("identity");
    Fields {
        time: record.get("time"),
        resource: record.get("resourceId"),
        operation: event("name"),
        status: event("outcome").or_else(|| record.get("resultType")),
        category: event("category"),
        signature: record.get("resultSignature"),
        description: record.get("resultDescription"),
        client_ip: network.and_then(|c| c.get("ip")).or_else(|| record.get("callerIpAddress")),
        caller: user.and_then(|user| user.get("id")),
        correlation: record.get("correlationId"),
        claims: identity.and_then(|identity| identity.get("claims")),
        authorization: identity.and_then(|identity| identity.get("authorization")),
        level: record.get("level"),
        properties: record.get("properties"),
        tenant: record.get("tenantId"),
        ..Fields::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::text;
    use super::super::recognise;
    use super::super::text::Nested;
    use super::*;

    const EVENT: &str = r#"{"duration":0,"resourceId":"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G","evt":{"category":"Administrative","outcome":"Start","name":"A.B/C/WRITE"},
        "time":"2022-06-18T19:57:27.8617215Z","network":{"client":{"ip":"203.0.113.5"}},"usr":{"id":"a@b.c"},"properties":{"eventCategory":"Administrative"}}"#;

    fn shape(text: &str) -> Option<&'static str> {
        let nested = Nested::parse(text.replace('\n', " ")).unwrap();
        recognise(&Record::new(nested.root())).map(|id| id.shape().name)
    }

    #[test]
    fn an_event_is_read_from_its_renamed_members() {
        let nested = Nested::parse(EVENT.replace('\n', " ")).unwrap();
        let f = fields(nested.root());
        let found = [f.time, f.operation, f.status, f.category, f.resource, f.client_ip, f.caller];
        assert_eq!(
            found.map(|value| text(value).unwrap().into_owned()),
            [
                "2022-06-18T19:57:27.8617215Z",
                "A.B/C/WRITE",
                "Start",
                "Administrative",
                "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G",
                "203.0.113.5",
                "a@b.c"
            ]
        );
        assert!(f.properties.is_some());
    }

    #[test]
    fn events_and_archives_are_told_and_other_logs_are_not() {
        assert_eq!(shape(EVENT), Some("activity-datadog"));
        let archive = format!(r#"{{"_id":"AQ","date":"d","source":"azure","attributes":{EVENT}}}"#);
        assert_eq!(shape(&archive), Some("wrapped"));
        assert_eq!(
            shape(&EVENT.replace(r#""category":"Administrative","#, "")),
            Some("activity-datadog")
        );
        assert_eq!(
            shape(&EVENT.replace(r#""category":"Administrative""#, r#""category":"AuditEvent""#)),
            None
        );
    }
}
