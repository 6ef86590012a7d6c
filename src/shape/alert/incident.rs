//! Incidents of Defender XDR and Sentinel: the alerts inside them, if they hold any.
//!
//! An incident without alerts is recognised and gives none: it is context.

use super::{Found, graph, rest};
use crate::base::json::Value;
use crate::shape::text::Nested;
use crate::shape::{Keys, Reading, Record, Shape};

/// An incident of Microsoft Graph, which may hold its alerts.
pub(in crate::shape) static INCIDENT_GRAPH: Shape = Shape {
    name: "incident-graph",
    about: "Incidents of Microsoft Graph and of Defender XDR's own API; the alerts inside them are read.",
    rank: 6,
    is_partial: false,
    recognises: is_graph,
    read: Reading::Alerts(read),
};

/// An incident of Sentinel.
pub(in crate::shape) static INCIDENT_SENTINEL: Shape = Shape {
    name: "incident-sentinel",
    about: "Incidents of Sentinel: REST, Python SDK and the SecurityIncident table, which name their alerts only, and those that playbooks get, of which the alerts are read.",
    rank: 7,
    is_partial: false,
    recognises: is_sentinel,
    read: Reading::Alerts(read_sentinel),
};

fn is_graph(record: &Record<'_>) -> bool {
    let kind = || record.value.get("@odata.type").and_then(Value::as_str);
    // The API of Defender XDR writes neither.
    let has = |name: &str| record.value.get(name).is_some();
    record.has(Keys::INCIDENT_URL)
        || has("incidentName") && has("alerts")
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

/// Reads the alerts that a playbook gets with its incident; what is known of all of them is of the only one.
fn read_sentinel(record: Value<'_>, found: &mut Found) {
    let Some(properties) = record.get("properties") else { return };
    let Some(list) = properties.get("alerts") else { return };
    let alerts = || list.items().filter(|item| item.get("properties").is_some());
    let shared = properties.get("relatedEntities").filter(|_| alerts().count() == 1);
    alerts().for_each(|alert| rest::read_with(alert, shared, found));
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
    fn incidents_and_alerts_of_the_older_apis_are_read() {
        let alert = r#"{"alertId":"da1_1","incidentId":1,"serviceSource":"MicrosoftDefenderATP","creationTime":"2020-09-06T14:46:56.24Z","lastUpdatedTime":"2020-09-06T14:46:58.1Z",
            "firstActivity":"2020-09-06T14:44:00Z","lastActivity":"2020-09-06T14:45:00Z","title":"t","status":"New","severity":"Medium",
            "devices":[{"deviceDnsName":"h1"}],"entities":[{"entityType":"User","accountName":"eve","userPrincipalName":"eve@contoso.com"},{"entityType":"Ip","ipAddress":"192.0.2.9"}]}"#;
        let incident = format!(
            r#"{{"incidentId":1,"incidentName":"n","status":"Active","severity":"Low","alerts":[{alert}]}}"#
        );
        assert_eq!(shape_of(&incident), Some("incident-graph"));
        let endpoint = r#"{"id":"da2_2","incidentId":1,"severity":"Low","status":"New","title":"t","alertCreationTime":"2021-01-26T20:33:57.72Z","firstEventTime":"2021-01-26T20:31:32Z",
            "lastEventTime":"2021-01-26T20:31:33Z","computerDnsName":"h1","aadTenantId":"T","evidence":[{"entityType":"User","accountName":"eve","userPrincipalName":"eve@contoso.com"},{"entityType":"Ip","ipAddress":"192.0.2.9"}]}"#;
        assert_eq!(shape_of(endpoint), Some("alert-graph"));
        for (text, key) in [(incident.as_str(), "da1_1"), (endpoint, "da2_2")] {
            let alerts = alerts_of(text);
            let [alert] = &alerts[..] else { panic!("{text}") };
            assert_eq!(alert.key, key);
            assert!(alert.start < alert.end && alert.end < alert.generated, "{text}");
            assert_eq!(
                (&alert.ips[..], &alert.hosts[..]),
                (&["192.0.2.9".into()][..], &["h1".into()][..])
            );
            assert_eq!(alert.actors[0].upn.as_deref(), Some("eve@contoso.com"));
        }
    }

    #[test]
    fn the_alerts_that_a_playbook_gets_are_read() {
        let alert = |id: &str| {
            format!(
                r#"{{"id":"/subscriptions/s/x/Entities/{id}","name":"{id}","type":"Microsoft.SecurityInsights/Entities","kind":"SecurityAlert","properties":{{"systemAlertId":"{id}","alertDisplayName":"t","severity":"High"}}}}"#
            )
        };
        let incident = |alerts: &str| {
            format!(
                r#"{{"id":"/subscriptions/s/x/Incidents/i","type":"Microsoft.SecurityInsights/Incidents","properties":{{"incidentNumber":1,"alerts":[{alerts}],
                "relatedEntities":[{{"id":"e","kind":"Account","properties":{{"accountName":"eve","upnSuffix":"contoso.com"}}}}]}}}}"#
            )
        };
        let one = alerts_of(&incident(&alert("a1")));
        assert_eq!((one.len(), one[0].key.as_str()), (1, "a1"));
        assert_eq!(one[0].actors[0].upn.as_deref(), Some("eve@contoso.com"));
        let two = alerts_of(&incident(&format!("{},{}", alert("a1"), alert("a2"))));
        assert_eq!(two.len(), 2);
        assert!(two.iter().all(|alert| alert.actors.is_empty()), "whose they are is not said");
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
