//! Calls of Azure Resource Manager as Event Grid delivers them to webhooks, queues, functions and Logic Apps.
//!
//! Such an event is raised once, when the call has ended: it tells the outcome and has no start. Its
//! own id is that of the delivery, not the log's id of the event, and joins nothing.

use super::{Fields, Keys, Reading, Record, Shape};
use crate::base::json::Value;

/// An event of a subscription or a resource group, in the schema of Event Grid or of `CloudEvents`.
pub(super) static EVENT_GRID: Shape = Shape {
    name: "activity-event-grid",
    about: "Calls of Resource Manager as Event Grid delivers them (Microsoft.Resources.Resource…Success, …Failure, …Cancel), also as CloudEvents.",
    rank: 5,
    is_partial: false,
    recognises: |record| record.has(Keys::DATA) && kind(record).is_some_and(|k| is_call(&k)),
    read: Reading::Event(fields),
};

/// What is written before the verb and the outcome in the type of such an event.
const CALL: &str = "Microsoft.Resources.Resource";

/// The type of an event of Event Grid, whichever schema it is in.
pub(super) fn kind<'a>(record: &Record<'a>) -> Option<std::borrow::Cow<'a, str>> {
    let written = |name: &str| record.value.get(name).and_then(Value::as_str);
    written("eventType").or_else(|| written("specversion").and_then(|_| written("type")))
}

fn is_call(kind: &str) -> bool {
    kind.get(..CALL.len()).is_some_and(|start| start.eq_ignore_ascii_case(CALL))
}

fn fields(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields {
        time: record.get("eventTime").or_else(|| record.get("time")),
        // Raised for calls of Resource Manager only, which the log files as administrative.
        default_category: Some("administrative"),
        ..Fields::default()
    };
    let mut members = record.get("data").map(Value::members).into_iter().flatten();
    for (name, value) in members.by_ref() {
        let place = match &*name {
            "correlationId" => &mut f.correlation,
            "operationName" => &mut f.operation,
            "status" => &mut f.status,
            "authorization" => &mut f.authorization,
            "claims" => &mut f.claims,
            "httpRequest" => &mut f.http,
            "resourceUri" => &mut f.resource,
            "resourceProvider" => &mut f.provider,
            "subscriptionId" => &mut f.subscription,
            "tenantId" => &mut f.tenant,
            _ => continue,
        };
        *place = Some(value);
    }
    f.resource = f.resource.or_else(|| record.get("subject"));
    f
}

#[cfg(test)]
mod tests {
    use super::super::field::text;
    use super::super::recognise;
    use super::super::text::Nested;
    use super::*;

    const GRID: &str = r#"{"topic":"/subscriptions/s","subject":"/subscriptions/s/resourceGroups/g","id":"d1","eventTime":"2026-03-05T22:04:45.1234567Z",
        "eventType":"Microsoft.Resources.ResourceDeleteFailure","data":{"authorization":{"scope":"/subscriptions/s/resourceGroups/g"},
        "claims":{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"ann@contoso.com"},"correlationId":"c1","httpRequest":{"clientIpAddress":"192.0.2.1"},
        "resourceUri":"/subscriptions/s/resourceGroups/g","operationName":"Microsoft.Resources/subscriptions/resourceGroups/delete","status":"Failed",
        "subscriptionId":"s","tenantId":"t"},"dataVersion":"2","metadataVersion":"1"}"#;

    #[test]
    fn both_schemas_say_the_same() {
        let cloud = GRID
            .replace("\"eventTime\"", "\"time\"")
            .replace("\"eventType\"", "\"specversion\":\"1.0\",\"type\"")
            .replace("\"topic\"", "\"source\"");
        for json in [GRID, &cloud] {
            let nested = Nested::parse(json.to_owned()).unwrap();
            let shape = recognise(&Record::new(nested.root())).map(|id| id.shape().name);
            assert_eq!(shape, Some("activity-event-grid"), "{json}");
            let f = fields(nested.root());
            let said = [f.time, f.operation, f.status, f.correlation, f.resource, f.tenant];
            assert_eq!(
                said.map(|value| text(value).unwrap()),
                [
                    "2026-03-05T22:04:45.1234567Z",
                    "Microsoft.Resources/subscriptions/resourceGroups/delete",
                    "Failed",
                    "c1",
                    "/subscriptions/s/resourceGroups/g",
                    "t"
                ]
            );
            assert!(f.claims.is_some() && f.http.is_some() && f.event_id.is_none());
        }
    }

    #[test]
    fn other_events_of_event_grid_are_left_out() {
        for json in [
            r#"{"eventType":"Microsoft.Storage.BlobCreated","eventTime":"t","topic":"/x","subject":"s","data":{"api":"PutBlob"}}"#,
            r#"{"specversion":"1.0","type":"Microsoft.KeyVault.SecretNewVersionCreated","source":"/x","time":"t","data":{}}"#,
        ] {
            let nested = Nested::parse(json.to_owned()).unwrap();
            let shape = recognise(&Record::new(nested.root())).map(|id| id.shape().name);
            assert_eq!(shape, Some("other-notification"), "{json}");
        }
    }
}
