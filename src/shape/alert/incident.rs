//! Incidents of Defender XDR and Sentinel: the alerts inside them, if they hold any.
//!
//! An incident without alerts is recognised and gives none: it is context.

use super::{Found, graph};
use crate::base::json::Value;
use crate::shape::text::Nested;
use crate::shape::{Keys, Reading, Record, Shape};

/// An incident of Microsoft Graph, which may hold its alerts.
pub(in crate::shape) static INCIDENT_GRAPH: Shape = Shape {
    name: "incident-graph",
    about: "Incidents of Microsoft Graph; the alerts inside them are read.",
    rank: 6,
    recognises: is_graph,
    read: Reading::Alerts(read),
};

/// An incident of Sentinel, which names its alerts only.
pub(in crate::shape) static INCIDENT_SENTINEL: Shape = Shape {
    name: "incident-sentinel",
    about: "Incidents of Sentinel: REST, Python SDK and the SecurityIncident table; they hold no alerts of their own.",
    rank: 7,
    recognises: is_sentinel,
    read: Reading::Alerts(|_, _| {}),
};

fn is_graph(record: &Record<'_>) -> bool {
    let kind = || record.value.get("@odata.type").and_then(Value::as_str);
    record.has(Keys::INCIDENT_URL)
        || record.has(Keys::ODATA_TYPE)
            && kind().is_some_and(|k| k.eq_ignore_ascii_case("#microsoft.graph.security.incident"))
}

fn is_sentinel(record: &Record<'_>) -> bool {
    let kind = || record.value.get("type").and_then(Value::as_str);
    record.has(Keys::INCIDENT_NUMBER)
        || record.has(Keys::TYPE)
            && kind()
                .is_some_and(|k| k.eq_ignore_ascii_case("Microsoft.SecurityInsights/Incidents"))
}

fn read(record: Value<'_>, found: &mut Found) {
    let Some(inside) = record.get("alerts") else { return };
    each(inside, found);
    if let Some(nested) = Nested::open(inside) {
        each(nested.root(), found);
    }
}

fn each(inside: Value<'_>, found: &mut Found) {
    if inside.is_object() {
        graph::read_v2(inside, found);
    }
    inside.items().filter(|item| item.is_object()).for_each(|item| graph::read_v2(item, found));
}

#[cfg(test)]
mod tests {
    use super::super::sample::{alerts_of, shape_of};

    #[test]
    fn alerts_inside_an_incident_are_read_alone_or_in_a_list() {
        let alert =
            r#"{"id":"A-1","title":"t","severity":"low","status":"new","category":"Malware"}"#;
        for (inside, count) in
            [(alert.to_owned(), 1), (format!("[{alert},{alert}]"), 2), ("[]".into(), 0)]
        {
            let text = format!(r#"{{"id":"1","incidentWebUrl":"https://x","alerts":{inside}}}"#);
            assert_eq!(shape_of(&text), Some("incident-graph"));
            assert_eq!(alerts_of(&text).len(), count);
        }
    }

    #[test]
    fn incidents_of_sentinel_are_known_in_all_forms() {
        for text in [
            r#"{"id":"/x","type":"Microsoft.SecurityInsights/Incidents","properties":{"incidentNumber":1}}"#,
            r#"{"incident_number":1,"title":"t"}"#,
            r#"{"TimeGenerated":"2023-01-01","IncidentNumber":1,"AlertIds":"[\"a\"]"}"#,
        ] {
            assert_eq!(shape_of(text), Some("incident-sentinel"), "{text}");
            assert!(alerts_of(text).is_empty());
        }
    }
}
