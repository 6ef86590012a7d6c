//! Alerts in tables with columns of their own: Microsoft-Extractor-Suite and the portal.

use super::AlertActor;
use super::Found;
use super::actor::fill;
use super::draft::{Draft, Said};
use super::value::{lower, word};
use crate::base::json::Value;
use crate::shape::text::fold_key;
use crate::shape::{Keys, Reading, Record, Shape};

/// A row of `Get-SecurityAlerts`.
pub(in crate::shape) static GRAPH_CSV: Shape = Shape {
    name: "alert-graph-csv",
    about: "Alerts as Get-SecurityAlerts of Microsoft-Extractor-Suite writes them to CSV.",
    rank: 8,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::TITLE.and(Keys::SEVERITY).and(Keys::PROVIDER))
            && (record.value.get("AzureTenantId").is_some()
                || record.value.get("CreatedDateTime").is_some())
    },
    read: Reading::Alerts(read_graph),
};

/// A row of the portal's report.
pub(in crate::shape) static PORTAL_CSV: Shape = Shape {
    name: "alert-portal-csv",
    about: "Rows of the \"Download CSV report\" of Defender for Cloud's alerts page, and of the export of the alerts queue in Defender's portal.",
    rank: 9,
    is_partial: false,
    recognises: is_portal,
    read: Reading::Alerts(read_portal),
};

fn is_portal(record: &Record<'_>) -> bool {
    if !record.has(Keys::SEVERITY) {
        return false;
    }
    let (mut title, mut more) = (false, 0);
    for (name, _) in record.value.members() {
        match &*fold_key(&name) {
            "alertdisplayname" | "alerttitle" | "securityalert" | "alertname" => title = true,
            "affectedresource"
            | "activitystarttime"
            | "activitystarttimeutc"
            | "mitretactics"
            | "mitreattcktactics"
            | "subscription"
            | "subscriptionname"
            | "status"
            | "detectionsource"
            | "impactedassets"
            | "firstactivity"
            | "lastactivity" => more += 1,
            _ => {}
        }
    }
    title && more >= 2
}

fn read_graph(record: Value<'_>, found: &mut Found) {
    let mut draft = Draft::of(found);
    for (name, value) in record.members() {
        let alert = &mut draft.alert;
        match &*fold_key(&name) {
            "id" => draft.system_id(value),
            "title" => fill(&mut alert.title, word(value)),
            "category" => draft.tactics(value),
            "createddatetime" => draft.time(|a| &mut a.generated, value),
            "eventdatetime" => draft.time(|a| &mut a.start, value),
            "lastmodifieddatetime" => draft.time(|a| &mut a.processed, value),
            "detectionsource" | "subprovider" => fill(&mut alert.component, word(value)),
            "affecteduser" => users(&mut draft, &word(value).unwrap_or_default()),
            "affectedhost" => hosts(&mut draft, &word(value).unwrap_or_default()),
            "azuretenantid" => fill(&mut alert.tenant_id, lower(value)),
            "azuresubscriptionid" => draft.subscription(Said::Word, word(value)),
            "vendor" => fill(&mut alert.vendor, word(value)),
            "provider" => fill(&mut alert.provider, word(value)),
            other => draft.member(other, value),
        }
    }
    fill(&mut draft.alert.start, draft.alert.generated);
    let category = record.get("Category").and_then(word);
    let dates = draft.dates;
    let mut alert = draft.finish();
    fill(&mut alert.alert_type, category);
    found.push(dates, alert);
}

/// Reads `upn/ip; upn/ip`, either of which may be missing.
fn users(draft: &mut Draft, text: &str) {
    for item in text.split(';') {
        let (user, ip) = item.rsplit_once('/').unwrap_or((item, ""));
        let mut actor = AlertActor::default();
        actor.take_name(user);
        draft.actor(actor);
        draft.ip(ip);
    }
}

fn hosts(draft: &mut Draft, text: &str) {
    for item in text.split(';') {
        for word in item.split('/') {
            // A host is written with its addresses.
            if crate::base::net::parse(word).is_some() { draft.ip(word) } else { draft.host(word) }
        }
    }
}

fn read_portal(record: Value<'_>, found: &mut Found) {
    let mut draft = Draft::of(found);
    for (name, value) in record.members() {
        let alert = &mut draft.alert;
        match &*fold_key(&name) {
            "alerttitle" | "securityalert" | "alertname" => fill(&mut alert.title, word(value)),
            "affectedresource" | "affectedresources" => affected(&mut draft, value),
            "impactedassets" => assets(&mut draft, value),
            "activitystarttime" | "activitystarttimeutc" | "firstactivity" => {
                draft.time(|a| &mut a.start, value);
            }
            "lastactivity" => draft.time(|a| &mut a.end, value),
            "mitretactics" | "mitreattcktactics" | "category" => draft.tactics(value),
            "detectionsource" => fill(&mut alert.component, word(value)),
            "subscription" => draft.subscription(Said::Word, word(value)),
            "alertid" => draft.system_id(value),
            other => draft.member(other, value),
        }
    }
    found.push(draft.dates, draft.finish());
}

/// Reads what an alert names as hit, in one cell: names of users count, others may be of anything.
fn assets(draft: &mut Draft, value: Value<'_>) {
    let text = word(value).unwrap_or_default();
    for asset in text.split([',', ';', '\n']).filter(|asset| asset.contains('@')) {
        let mut actor = AlertActor::default();
        actor.take_name(asset);
        draft.actor(actor);
    }
    fill(&mut draft.alert.compromised_entity, word(value));
}

fn affected(draft: &mut Draft, value: Value<'_>) {
    if let Some(text) = word(value) {
        draft.resource(&text);
        fill(&mut draft.alert.compromised_entity, Some(text));
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{only, shape_of};

    #[test]
    fn the_alerts_queue_of_the_portal_is_read() {
        let row = r#"{"Alert name":"Suspicious role assignment","Alert ID":"da1_1","Tags":"","Severity":"High","Investigation state":"","Status":"New","Category":"Persistence",
            "Detection source":"Microsoft Defender for Cloud","Impacted assets":"Eve@contoso.com, h1","First activity":"Nov 14, 2023 10:00:00 PM","Last activity":"Nov 14, 2023 10:10:00 PM"}"#;
        assert_eq!(shape_of(row), Some("alert-portal-csv"));
        let alert = only(row);
        assert_eq!(
            (alert.key.as_str(), alert.title.as_deref()),
            ("da1_1", Some("Suspicious role assignment"))
        );
        assert!(alert.start.is_some() && alert.start < alert.end);
        assert_eq!((&alert.tactics[..], alert.actors.len()), (&["persistence"][..], 1));
        assert_eq!(alert.actors[0].upn.as_deref(), Some("eve@contoso.com"));
    }

    #[test]
    fn a_row_of_the_extractor_suite_is_read() {
        let text = r#"{"Id":"A-1","Title":"t","Category":"Execution","Severity":"high","Status":"newAlert","CreatedDateTime":"2023-01-01T00:00:00Z",
            "EventDateTime":"","AffectedUser":"eve@contoso.com/192.0.2.1; mallory@contoso.com/null","AffectedHost":"h1",
            "AzureTenantId":"T","AzureSubscriptionId":"S","Vendor":"Microsoft","Provider":"ASC","SubProvider":""}"#;
        let alert = only(text);
        assert_eq!(shape_of(text), Some("alert-graph-csv"));
        assert_eq!((alert.actors.len(), &alert.ips[..]), (2, &["192.0.2.1".to_owned()][..]));
        assert_eq!((alert.key.as_str(), alert.start), ("a-1", alert.generated));
        assert_eq!(alert.alert_type.as_deref(), Some("Execution"));
        assert_eq!(alert.tactics, ["execution"]);
    }

    #[test]
    fn a_row_of_the_portal_is_read_whatever_its_spelling() {
        let text = r#"{"Severity":"High","Alert title":"t","Affected resource":"vm1","Activity start time (UTC)":"2023-01-01T00:00:00Z",
            "MITRE ATT&CK® tactics":"Lateral movement","Status":"Active"}"#;
        let alert = only(text);
        assert_eq!(shape_of(text), Some("alert-portal-csv"));
        assert_eq!(alert.compromised_entity.as_deref(), Some("vm1"));
        assert_eq!(alert.tactics, ["lateral-movement"]);
        assert!(alert.key.starts_with('a') && alert.start.is_some());
    }
}
