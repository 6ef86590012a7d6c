//! Defender alerts as REST pages, as the continuous export stream and as the `SecurityAlert` table.

use serde_json::{Map, Value, json};

use super::alert::Alert;
use super::json::{self, camel, upper_first};
use super::model::Incident;
use super::render_log_analytics::{WORKSPACE, cell};
use super::time;

/// Writes the answer of `Microsoft.Security/alerts`, newest first.
pub(crate) fn rest(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let values: Vec<Value> =
        incident.alerts.iter().rev().map(|alert| rest_record(incident, alert)).collect();
    let text = json::compact(&json!({ "value": values }));
    vec![("alerts/rest/alerts.json".into(), text.into_bytes())]
}

/// Writes the continuous export, one message a line: alerts between the assessments and scores
/// that the same stream carries.
pub(crate) fn export(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let mut text = String::new();
    for (index, alert) in incident.alerts.iter().enumerate() {
        if index % 3 == 1 {
            text.push_str(&json::compact(&neighbour(incident, alert)));
            text.push('\n');
        }
        text.push_str(&json::compact(&export_record(incident, alert)));
        text.push('\n');
    }
    vec![("alerts/continuous-export/messages.json".into(), text.into_bytes())]
}

/// Writes the table as the portal's CSV: one row for each state that an alert went through.
pub(crate) fn csv(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let mut lines = Vec::new();
    for alert in &incident.alerts {
        let updates = alert.updates.iter().map(|(at, status)| (*at, status.as_str()));
        for (at, status) in std::iter::once((alert.generated, "New")).chain(updates) {
            lines.push((at, table_row(incident, alert, at, status)));
        }
    }
    lines.sort_by_key(|(at, _)| *at);
    let mut text = String::from('\u{feff}');
    if let Some((_, first)) = lines.first() {
        let heads: Vec<&str> = first.keys().map(String::as_str).collect();
        text.push_str(&heads.join(","));
        text.push('\n');
    }
    for (_, line) in &lines {
        let cells: Vec<String> = line.values().map(cell).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    vec![("alerts/log-analytics/SecurityAlert.csv".into(), text.into_bytes())]
}

/// Counts the rows of the table: an alert and each of its updates.
pub(crate) fn table_rows(incident: &Incident) -> usize {
    incident.alerts.iter().map(|alert| 1 + alert.updates.len()).sum()
}

/// Counts the messages of the export that are no alerts.
pub(crate) fn neighbours(incident: &Incident) -> usize {
    (0..incident.alerts.len()).filter(|index| index % 3 == 1).count()
}

/// Writes one alert as the service does: camelCase, keys of dictionaries mangled, `$id` with a
/// region.
fn rest_record(incident: &Incident, alert: &Alert) -> Value {
    let subscription = &incident.subscriptions[alert.subscription];
    let status = if alert.status() == "New" { "Active" } else { alert.status() };
    let extended: Map<String, Value> =
        alert.extended.iter().map(|(k, v)| (camel(k), v.as_str().into())).collect();
    let mut properties = json!({
        "status": status,
        "timeGeneratedUtc": time::iso_trimmed(alert.generated),
        "processingEndTimeUtc": time::iso_trimmed(alert.generated - time::SECOND),
        "version": "2022-01-01.0",
        "vendorName": "Microsoft",
        "productName": "Microsoft Defender for Cloud",
        "productComponentName": alert.component,
        "alertType": alert.kind,
        "startTimeUtc": time::iso_trimmed(alert.start),
        "endTimeUtc": time::iso_trimmed(alert.end),
        "severity": alert.severity,
        "isIncident": false,
        "systemAlertId": alert.name,
        "intent": alert.intents.join(", "),
        "resourceIdentifiers": [{
            "$id": "westeurope_1",
            "azureResourceId": alert.resource.to_uppercase(),
            "type": "AzureResource",
            "azureResourceTenantId": subscription.tenant,
        }],
        "compromisedEntity": alert.compromised,
        "alertDisplayName": alert.title,
        "description": alert.description,
        "remediationSteps": alert.remediation,
        "extendedProperties": extended,
        "entities": alert.entities.as_ref().map(|list| regional(&list.clone().into())),
        "alertUri": link(&subscription.id, alert),
    });
    if alert.entities.is_none() {
        properties["entities"] = Value::Null;
    }
    json!({
        "id": alert.id(&subscription.id),
        "name": alert.name,
        "type": "Microsoft.Security/Locations/alerts",
        "properties": properties,
    })
}

/// Puts the region before each `$id` and `$ref`, as the service does.
fn regional(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, member)| match (key.as_str(), member.as_str()) {
                ("$id" | "$ref", Some(id)) => (key.clone(), format!("westeurope_{id}").into()),
                _ => (key.clone(), regional(member)),
            })
            .collect::<Map<String, Value>>()
            .into(),
        Value::Array(items) => items.iter().map(regional).collect(),
        plain => plain.clone(),
    }
}

fn pascal(entities: Option<&Vec<Value>>) -> Value {
    let list = entities.cloned().unwrap_or_default();
    json::rename(&list.into(), &|key| {
        if key.starts_with('$') { key.into() } else { upper_first(key) }
    })
}

fn export_record(incident: &Incident, alert: &Alert) -> Value {
    let subscription = &incident.subscriptions[alert.subscription];
    let extended: Map<String, Value> =
        alert.extended.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
    json!({
        "VendorName": "Microsoft",
        "AlertType": alert.kind,
        "ProductName": "Microsoft Defender for Cloud",
        "StartTimeUtc": time::iso_trimmed(alert.start),
        "EndTimeUtc": time::iso_trimmed(alert.end),
        "TimeGenerated": time::iso_trimmed(alert.generated),
        "ProcessingEndTime": time::iso_trimmed(alert.generated - time::SECOND),
        "Severity": alert.severity,
        "Status": "New",
        "ProviderAlertStatus": null,
        "ConfidenceLevel": null,
        "ConfidenceScore": null,
        "ConfidenceReasons": null,
        "IsIncident": false,
        "SystemAlertId": alert.name,
        "CorrelationKey": null,
        "Intent": alert.intents.join(", "),
        "AzureResourceId": alert.resource,
        "WorkspaceId": null,
        "WorkspaceSubscriptionId": null,
        "WorkspaceResourceGroup": null,
        "AgentId": null,
        "CompromisedEntity": alert.compromised,
        "AlertDisplayName": alert.title,
        "Description": alert.description,
        "Entities": pascal(alert.entities.as_ref()),
        "ExtendedLinks": null,
        "ResourceIdentifiers": [
            {"$id": "1", "AzureResourceId": alert.resource, "Type": "AzureResource",
             "AzureResourceTenantId": subscription.tenant},
            {"$id": "90", "AadTenantId": subscription.tenant, "Type": "AAD"},
        ],
        "RemediationSteps": alert.remediation,
        "ExtendedProperties": extended,
        "AlertUri": link(&subscription.id, alert),
    })
}

/// The same stream carries assessments, which are no alerts.
fn neighbour(incident: &Incident, alert: &Alert) -> Value {
    let subscription = &incident.subscriptions[alert.subscription];
    let name = alert.name.rsplit('_').next().unwrap_or_default();
    json!({
        "assessmentEventDataEnrichment": {
            "action": "Write",
            "apiVersion": "2019-01-01",
            "isSnapshot": false,
        },
        "securityEventDataEnrichment": {
            "action": "Write",
            "apiVersion": "2019-01-01",
            "isSnapshot": false,
        },
        "tenantId": subscription.tenant,
        "type": "Microsoft.Security/assessments",
        "kind": null,
        "location": null,
        "id": format!("{}/providers/Microsoft.Security/assessments/{name}", alert.resource),
        "name": name,
        "tags": null,
        "properties": {
            "displayName": "Management ports of virtual machines should be closed",
            "status": {"code": "Unhealthy", "statusChangeDate": time::iso_trimmed(alert.generated)},
            "resourceDetails": {"source": "Azure", "id": alert.resource},
        },
    })
}

fn table_row(incident: &Incident, alert: &Alert, at: u64, status: &str) -> Map<String, Value> {
    let subscription = &incident.subscriptions[alert.subscription];
    let mut extended: Map<String, Value> =
        alert.extended.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
    extended.insert("ProcessedBySentinel".into(), "True".into());
    let extended = json::pretty(&extended.into()).replace('\n', "\r\n");
    let entities = match &alert.entities {
        Some(_) => json::pretty(&pascal(alert.entities.as_ref())).replace('\n', "\r\n"),
        None => String::new(),
    };
    let row = json!({
        "TenantId": WORKSPACE,
        "TimeGenerated [UTC]": time::browser(at),
        "DisplayName": alert.title,
        "AlertName": alert.title,
        "AlertSeverity": alert.severity,
        "Description": alert.description,
        "ProviderName": "Azure Security Center",
        "VendorName": "Microsoft",
        "VendorOriginalId": alert.name,
        "SystemAlertId": system_id(&alert.name),
        "ResourceId": alert.resource,
        "SourceComputerId": "",
        "AlertType": alert.kind,
        "ConfidenceLevel": "",
        "ConfidenceScore": "",
        "IsIncident": "false",
        "StartTime [UTC]": time::browser(alert.start),
        "EndTime [UTC]": time::browser(alert.end),
        "ProcessingEndTime [UTC]": time::browser(at),
        "RemediationSteps": json!(alert.remediation).to_string(),
        "ExtendedProperties": extended,
        "Entities": entities,
        "SourceSystem": "Detection",
        "WorkspaceSubscriptionId": subscription.id,
        "WorkspaceResourceGroup": "rg-monitor",
        "ExtendedLinks": "",
        "ProductName": "Azure Security Center",
        "ProductComponentName": alert.component,
        "AlertLink": link(&subscription.id, alert),
        "Status": status,
        "CompromisedEntity": alert.compromised,
        "Tactics": alert.intents.join(","),
        "Techniques": "",
        "Type": "SecurityAlert",
    });
    row.as_object().cloned().unwrap_or_default()
}

/// The table gives each alert an id of its own; Defender's stands in `VendorOriginalId`.
fn system_id(name: &str) -> String {
    let guid = name.rsplit('_').next().unwrap_or_default();
    let turned: String = guid.chars().rev().filter(|c| *c != '-').collect();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| turned[part].to_owned());
    parts.join("-")
}

fn link(subscription: &str, alert: &Alert) -> String {
    let group = alert.group.as_ref().map_or(String::new(), |g| format!("/resourceGroup/{g}"));
    format!(
        "https://portal.azure.com/#blade/Microsoft_Azure_Security_AzureDefenderForData/AlertBlade/alertId/{}\
         /subscriptionId/{subscription}{group}/referencedFrom/alertDeepLink/location/westeurope",
        alert.name
    )
}

#[cfg(test)]
mod tests {
    use super::super::{AlertShape, read_csv, render_alerts, story};
    use super::*;

    #[test]
    fn every_reference_in_a_rest_alert_has_its_target() {
        let story = story();
        let bytes = &render_alerts(&story, AlertShape::Rest)[0].1;
        let page: Value = serde_json::from_slice(bytes).expect("valid JSON");
        let values = page["value"].as_array().expect("an array");
        assert_eq!(values.len(), story.alerts.len());
        assert!(values.iter().any(|alert| alert["properties"]["entities"].is_null()));
        let mut references = 0;
        for alert in values {
            let text = alert.to_string();
            for part in text.split("\"$ref\":\"").skip(1) {
                let id = part.split('"').next().expect("a part");
                assert!(text.contains(&format!("\"$id\":\"{id}\"")), "{id}");
                references += 1;
            }
        }
        assert!(references > 3);
    }

    #[test]
    fn the_export_mixes_alerts_with_assessments() {
        let story = story();
        let bytes = render_alerts(&story, AlertShape::ContinuousExport).remove(0).1;
        let text = String::from_utf8(bytes).expect("UTF-8");
        let records: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("valid JSON")).collect();
        let alerts = records.iter().filter(|r| r.get("AlertType").is_some()).count();
        assert_eq!(alerts, story.alerts.len());
        assert_eq!(records.len() - alerts, neighbours(&story));
        assert!(neighbours(&story) > 0);
    }

    #[test]
    fn the_table_has_a_row_for_each_state() {
        let story = story();
        let bytes = render_alerts(&story, AlertShape::SecurityAlertCsv).remove(0).1;
        let text = String::from_utf8(bytes).expect("UTF-8");
        let table = read_csv(text.strip_prefix('\u{feff}').expect("a byte order mark"));
        assert_eq!(table.len(), 1 + table_rows(&story));
        assert!(table_rows(&story) > story.alerts.len());
        let column = table[0].iter().position(|name| name == "Status").expect("a column");
        assert!(table.iter().any(|line| line[column] == "Resolved"));
    }
}
