//! Activity Log alerts as an action group posts them to webhooks, runbooks, functions and Logic Apps.

use super::{Fields, Keys, Reading, Record, Shape, activity_rest};
use crate::azure::category;
use crate::base::json::Value;

/// The payload, with the event inside.
pub(super) static WEBHOOK: Shape = Shape {
    name: "activity-webhook",
    about: "Activity Log events inside what an action group posts, in the schema of Activity Log alerts or the common one.",
    rank: 5,
    is_partial: false,
    recognises: |record| record.has(Keys::SCHEMA_ID.and(Keys::DATA)) && is_activity(record),
    read: Reading::Event(fields),
};

/// The schema that all alerts of Azure Monitor share.
const COMMON: &str = "azureMonitorCommonAlertSchema";

fn is_activity(record: &Record<'_>) -> bool {
    let schema = record.value.get("schemaId").and_then(Value::as_str).unwrap_or_default();
    // Alerts on metrics and queries come in the common schema too, and hold no event.
    let is_event = |context: Value<'_>| {
        context.get("eventTimestamp").is_some() && context.get("operationName").is_some()
    };
    schema.eq_ignore_ascii_case("Microsoft.Insights/activityLogs")
        || schema.eq_ignore_ascii_case(COMMON) && context(record.value).is_some_and(is_event)
}

/// The event of the common schema.
fn context(record: Value<'_>) -> Option<Value<'_>> {
    record.get("data")?.get("alertContext")
}

/// The category that the common schema tells as what was monitored, such as `Activity Log - Policy`.
fn monitored(record: Value<'_>) -> Option<&'static str> {
    let service = record.get("data")?.get("essentials")?.get("monitoringService")?.text()?;
    category::canonical(service.strip_prefix("Activity Log - ").unwrap_or(&service))
}

fn fields(record: Value<'_>) -> Fields<'_> {
    let own = || record.get("data")?.get("context")?.get("activityLog");
    let Some(inner) = own().or_else(|| context(record)) else { return Fields::default() };
    let mut f = activity_rest::fields(inner);
    // What tests of an action group send has a number of an enum in place of the word.
    let is_word = |value: &Value<'_>| value.text().is_some_and(|text| text.parse::<u8>().is_err());
    f.category = f.category.or_else(|| inner.get("eventSource").filter(is_word));
    f.default_category = monitored(record);
    let scope = f.authorization.and_then(|authorization| authorization.get("scope"));
    if f.resource.is_none() && scope.is_none() {
        let essentials = record.get("data").and_then(|data| data.get("essentials"));
        f.resource = essentials
            .and_then(|essentials| essentials.get("alertTargetIDs"))
            .and_then(|targets| targets.items().next());
    }
    f
}

#[cfg(test)]
mod tests {
    use super::super::field::text;
    use super::super::recognise;
    use super::super::text::Nested;
    use super::*;

    fn shape(json: &str) -> Option<&'static str> {
        let nested = Nested::parse(json.to_owned()).unwrap();
        recognise(&Record::new(nested.root())).map(|id| id.shape().name)
    }

    #[test]
    fn both_schemas_hold_the_event_and_its_category() {
        for json in [
            r#"{"schemaId":"Microsoft.Insights/activityLogs","data":{"status":"Activated","context":{"activityLog":{"eventSource":"Security",
            "eventTimestamp":"t","operationName":"o","status":"Active","resourceId":"/subscriptions/s"}}}}"#,
            r#"{"schemaId":"azureMonitorCommonAlertSchema","data":{"essentials":{"alertTargetIDs":["/subscriptions/s"]},
            "alertContext":{"eventSource":"Security","eventTimestamp":"t","operationName":"o","status":"Active"}}}"#,
        ] {
            assert_eq!(shape(json), Some("activity-webhook"), "{json}");
            let nested = Nested::parse(json.to_owned()).unwrap();
            let f = fields(nested.root());
            let said = [f.category, f.time, f.operation, f.status, f.resource];
            assert_eq!(
                said.map(|value| text(value).unwrap()),
                ["Security", "t", "o", "Active", "/subscriptions/s"]
            );
        }
    }

    #[test]
    fn a_number_for_the_category_gives_way_to_what_was_monitored() {
        for (source, service, category) in [
            ("2", "ServiceHealth", (None, Some("service_health"))),
            ("2", "Activity Log - Policy", (None, Some("policy"))),
            ("\"Security\"", "ServiceHealth", (Some("Security"), Some("service_health"))),
            ("1", "Platform", (None, None)),
        ] {
            let json = format!(
                r#"{{"schemaId":"azureMonitorCommonAlertSchema","data":{{"essentials":{{"monitoringService":"{service}"}},"alertContext":{{"channels":1,"claims":null,"eventSource":{source},"level":3,"eventTimestamp":"t","operationName":"o"}}}}}}"#
            );
            let nested = Nested::parse(json).unwrap();
            let f = fields(nested.root());
            assert_eq!((text(f.category).as_deref(), f.default_category), category, "{source}");
        }
    }

    #[test]
    fn what_is_authorized_names_the_resource_better_than_the_target() {
        let json = r#"{"schemaId":"azureMonitorCommonAlertSchema","data":{"essentials":{"alertTargetIDs":["/x"]},
            "alertContext":{"authorization":{"scope":"/y"},"eventTimestamp":"t","operationName":"o"}}}"#;
        let nested = Nested::parse(json.to_owned()).unwrap();
        assert!(fields(nested.root()).resource.is_none());
    }

    #[test]
    fn alerts_on_metrics_hold_no_event() {
        for schema in ["azureMonitorCommonAlertSchema", "AzureMonitorMetricAlert"] {
            let json = format!(
                r#"{{"schemaId":"{schema}","data":{{"essentials":{{"signalType":"Metric"}},"alertContext":{{"condition":{{}}}}}}}}"#
            );
            assert_eq!(shape(&json), Some("other-notification"), "{json}");
        }
    }

    #[test]
    fn a_runbook_is_given_the_payload_in_its_request() {
        let payload = r#"{"schemaId":"Microsoft.Insights/activityLogs","data":{}}"#;
        for body in [payload.to_owned(), format!("{payload:?}")] {
            let json =
                format!(r#"{{"WebhookName":"w","RequestBody":{body},"RequestHeader":{{}}}}"#);
            assert_eq!(shape(&json), Some("carrier"), "{json}");
        }
    }
}
