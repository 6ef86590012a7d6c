//! Alerts inside the Activity Log: events of the category Security.
//!
//! Such an event is an alert being raised or changed. Its correlation id, event id and resource id
//! are the alert's name; its properties are those of the alert, mixed with facts under free names.

use super::Alert;
use super::actor::fill;
use super::draft::{Draft, Said};
use super::value::{lower, word};
use crate::base::Time;
use crate::base::json::Value;
use crate::shape::text::{fold_key, with_object};
use crate::shape::{Fields, field};

/// Returns the alert that an event of the category Security tells of; `time` is the event's.
pub fn from_activity(fields: &Fields<'_>, time: Option<Time>) -> Alert {
    let mut draft = Draft::default();
    for id in [fields.resource, fields.correlation, fields.event_id, fields.operation_id] {
        if let Some(id) = field::text(id) {
            draft.own_id(&id);
        }
    }
    let text = |value: Option<Value<'_>>| field::text(value).map(std::borrow::Cow::into_owned);
    draft.subscription(Said::Word, text(fields.subscription));
    draft.alert.title = fields.event_name.and_then(word);
    draft.alert.description = fields.description.and_then(word);
    for properties in [fields.properties, fields.properties_other] {
        with_object(properties, |properties| facts(&mut draft, properties));
    }
    for status in [fields.status, fields.status_other].into_iter().flatten() {
        draft.status(status);
    }
    if let Some(level) = fields.level {
        // The level of most is informational whatever the alert: it counts if nothing else does.
        draft.alert.weak.severity = draft.alert.severity.is_none();
        draft.severity(level);
    }
    draft.alert.from_event = true;
    let alert = &mut draft.alert;
    fill(&mut alert.tenant_id, fields.tenant.and_then(lower));
    fill(&mut alert.resource_group, fields.group.and_then(lower));
    fill(&mut alert.generated, time);
    fill(&mut alert.system_id, fields.event_id.or(fields.correlation).and_then(lower));
    let mut alert = draft.finish();
    fill(&mut alert.start, time);
    alert
}

/// Reads the properties: the alert's own by their name, all of them as facts.
fn facts(draft: &mut Draft, properties: Value<'_>) {
    for (name, value) in properties.members() {
        match &*fold_key(&name) {
            "eventname" | "title" => fill(&mut draft.alert.title, word(value)),
            // The status and the words of the event count, not those of facts.
            "status" | "state" | "description" | "displayname" => {}
            other => draft.member(other, value),
        }
    }
    super::ext::read(draft, properties);
    if let Some(list) = properties.get("entities") {
        super::entity::with_list(list, |list| super::entity::read(draft, list, properties));
    }
}

#[cfg(test)]
mod tests {
    use super::super::AlertStatus;
    use super::*;
    use crate::azure::alert_type::Severity;
    use crate::shape::text::Nested;

    const NAME: &str = "2518250008431989649_e7313e05-edf4-466d-adfd-35974921aeff";

    #[test]
    fn an_event_of_the_category_security_becomes_an_alert() {
        let text = format!(
            r#"{{"id":"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.SECURITY/LOCATIONS/L/ALERTS/{}",
            "name":"Role binding","status":"Active","level":"Informational","properties":"{{\"Severity\":\"High\",
            \"intent\":\"[\\\"Persistence\\\"]\",\"username\":\"eve\",\"compromisedEntity\":\"c1\",\"remediationSteps\":\"[\\\"look\\\"]\"}}"}}"#,
            NAME.to_uppercase()
        )
        .replace("\n            \\", "\\");
        let nested = Nested::parse(text).unwrap();
        let root = nested.root();
        let fields = Fields {
            resource: root.get("id"),
            event_name: root.get("name"),
            status: root.get("status"),
            level: root.get("level"),
            properties: root.get("properties"),
            ..Fields::default()
        };
        let alert = from_activity(&fields, Some(Time(7)));
        assert_eq!((alert.key.as_str(), alert.title.as_deref()), (NAME, Some("Role binding")));
        assert_eq!(
            (alert.severity, alert.status),
            (Some(Severity::High), Some(AlertStatus::Active))
        );
        assert_eq!((alert.subscription_id.as_deref(), alert.resource_id), (Some("s"), None));
        assert_eq!(
            (alert.tactics, alert.remediation),
            (vec!["persistence"], vec!["look".to_owned()])
        );
        assert_eq!(alert.actors[0].name.as_deref(), Some("eve"));
        assert!(alert.start > Some(Time(7)) && alert.generated == Some(Time(7)));
    }

    #[test]
    fn an_event_without_anything_is_an_alert_all_the_same() {
        let alert = from_activity(&Fields::default(), Some(Time(7)));
        assert!(!alert.key.is_empty());
        assert_eq!(alert.start, Some(Time(7)));
    }

    #[test]
    fn the_level_of_an_event_is_a_weak_severity() {
        let level = Nested::parse(
            r#"{"level":"Informational","properties":{"severity":"High"}}"#.to_owned(),
        );
        let level = level.unwrap();
        let root = level.root();
        let fields = Fields { level: root.get("level"), ..Fields::default() };
        let alert = from_activity(&fields, Some(Time(7)));
        assert_eq!(alert.severity, Some(Severity::Informational));
        assert!(alert.weak.severity && alert.from_event);
        let fields = Fields { properties: root.get("properties"), ..fields };
        let alert = from_activity(&fields, Some(Time(7)));
        assert_eq!((alert.severity, alert.weak.severity), (Some(Severity::High), false));
    }
}
