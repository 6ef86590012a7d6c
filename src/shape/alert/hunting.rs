//! Alerts as the tables of Defender XDR's advanced hunting tell them.
//!
//! `AlertInfo` has a row for each alert and `AlertEvidence` one for each thing that it names. Each row is
//! read as what it says of its alert, and the rows of one alert are joined like those of other exports.
//! Microsoft Graph knows the alert by the same id.

use super::actor::{fill, guid};
use super::draft::{Draft, Said};
use super::value::{each_text, lower, word};
use super::{AlertActor, Found, entity};
use crate::base::json::Value;
use crate::shape::text::fold_key;
use crate::shape::{Keys, Reading, Record, Shape};

/// A row of either table.
pub(in crate::shape) static HUNTING: Shape = Shape {
    name: "alert-hunting",
    about: "Rows of AlertInfo and AlertEvidence of Defender XDR's advanced hunting: streaming API, workspace, answers of queries, the portal's CSV.",
    rank: 7,
    is_partial: false,
    recognises: |record| is_streamed(record) || is_row(record.value, record.has(Keys::ALERT_ID)),
    read: Reading::Alerts(read),
};

/// The tables, as the streaming API names them.
const TABLES: &[&str] = &["AdvancedHunting-AlertInfo", "AdvancedHunting-AlertEvidence"];

fn is_streamed(record: &Record<'_>) -> bool {
    let category = || record.value.get("category").and_then(Value::as_str);
    record.has(Keys::CATEGORY.and(Keys::PROPERTIES))
        && category().is_some_and(|c| TABLES.iter().any(|table| c.eq_ignore_ascii_case(table)))
}

fn is_row(row: Value<'_>, has_id: bool) -> bool {
    let has = |name: &str| row.get(name).is_some();
    has_id && has("ServiceSource") && (has("DetectionSource") || has("EntityType"))
}

fn read(record: Value<'_>, found: &mut Found) {
    let mut draft = Draft::of(found);
    let streamed = record.get("properties").filter(|properties| properties.is_object());
    if streamed.is_some() {
        // In a workspace the tenant is that of the table.
        fill(&mut draft.alert.tenant_id, record.get("tenantId").and_then(lower));
    }
    let row = streamed.unwrap_or(record);
    draft.original_time(row);
    for (name, value) in row.members() {
        member(&mut draft, &fold_key(&name), value);
    }
    draft.actor(account(row));
    found.push(draft.dates, draft.finish());
}

/// Reads one column; its name is folded.
fn member(draft: &mut Draft, name: &str, value: Value<'_>) {
    match name {
        "alertid" => draft.system_id(value),
        "title" => fill(&mut draft.alert.title, word(value)),
        "severity" => draft.severity(value),
        "category" | "categories" => draft.tactics(value),
        "attacktechniques" => draft.techniques(value),
        "servicesource" => fill(&mut draft.alert.provider, word(value)),
        "detectionsource" => fill(&mut draft.alert.component, word(value)),
        "timestamp" | "timestamputc" => {
            // The span of the alert is that of its rows.
            draft.time(|alert| &mut alert.start, value);
            draft.time(|alert| &mut alert.end, value);
        }
        "timegenerated" | "timegeneratedutc" => draft.time(|alert| &mut alert.generated, value),
        "devicename" => each_text(value, &mut |name| draft.host(name)),
        "remoteip" | "localip" => each_text(value, &mut |ip| draft.ip(ip)),
        "resourceid" | "cloudresource" => each_text(value, &mut |id| draft.resource(id)),
        "subscriptionid" => draft.subscription(Said::Word, word(value)),
        "oauthapplicationid" => each_text(value, &mut |app| draft.app(app)),
        "additionalfields" => entity::with_list(value, |fields| {
            entity::read(draft, fields, fields);
        }),
        _ => {}
    }
}

/// The account that a row of evidence names.
fn account(row: Value<'_>) -> AlertActor {
    let said = |name: &str| row.get(name).and_then(word);
    let mut actor = AlertActor {
        object_id: said("AccountObjectId").and_then(|id| guid(&id)),
        sid: said("AccountSid").filter(|sid| sid.starts_with("S-")),
        ..AlertActor::default()
    };
    if let Some(upn) = said("AccountUpn") {
        actor.take_name(&upn);
    }
    if let Some(name) = said("AccountName") {
        let domain = said("AccountDomain").map(|domain| domain + "\\").unwrap_or_default();
        actor.take_name(&(domain + &name));
    }
    actor
}

#[cfg(test)]
mod tests {
    use super::super::sample::{only, shape_of};
    use crate::azure::alert_type::Severity;

    const INFO: &str = r#"{"time":"2022-11-08T08:44:14.7934901Z","tenantId":"T-1","operationName":"Publish","category":"AdvancedHunting-AlertInfo","Tenant":"DefaultTenant",
        "properties":{"AlertId":"da638034938542563831_172489803","Timestamp":"2022-11-08T08:42:17.2954051Z","Title":"Odd registration","Category":"Persistence","Severity":"Medium",
        "ServiceSource":"Microsoft Defender for Cloud","DetectionSource":"EDR","AttackTechniques":"[\"Valid Accounts (T1078)\",\"Cloud Accounts (T1078.004)\"]","MachineGroup":null}}"#;
    const EVIDENCE: &str = r#"{"time":"2022-11-08T08:44:14.9047460Z","tenantId":"T-1","operationName":"Publish","category":"AdvancedHunting-AlertEvidence",
        "properties":{"AlertId":"da638034938542563831_172489803","Timestamp":"2022-11-08T08:41:56.5950497Z","EntityType":"User","EvidenceRole":"Impacted","ServiceSource":"Microsoft Defender for Cloud",
        "AccountName":"eve","AccountDomain":"CORP","AccountObjectId":"1c5e87bc-7a3c-4b7e-9a57-0c1b2d3e4f50","AccountUpn":"Eve@contoso.com","RemoteIP":"192.0.2.7","LocalIP":null,"DeviceName":"h1",
        "ResourceID":"/subscriptions/0a0a0a0a-1111-2222-3333-444444444444/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/V","SubscriptionId":"",
        "AdditionalFields":"{\"$id\":\"1\",\"ProcessId\":\"1960\",\"Host\":{\"$id\":\"2\",\"HostName\":\"h2\",\"IpInterfaces\":[{\"$id\":\"3\",\"Address\":\"192.0.2.8\",\"Type\":\"ip\"}],\"Type\":\"host\"},\"Parent\":{\"Host\":{\"$ref\":\"2\"}},\"Type\":\"process\"}"}}"#;

    #[test]
    fn what_both_tables_say_of_an_alert_is_joined() {
        for text in [INFO, EVIDENCE] {
            assert_eq!(shape_of(text), Some("alert-hunting"), "{text}");
        }
        let (alert, evidence) = (only(INFO), only(EVIDENCE));
        assert_eq!(alert.key, "da638034938542563831_172489803");
        assert_eq!(alert.key, evidence.key);
        assert_eq!(
            (alert.severity, alert.title.as_deref()),
            (Some(Severity::Medium), Some("Odd registration"))
        );
        assert_eq!(
            (&alert.tactics[..], &alert.techniques[..]),
            (&["persistence"][..], &["T1078".into(), "T1078.004".into()][..])
        );
        let alert = super::super::Alert::joined(vec![alert, evidence]);
        assert!(alert.start < alert.end, "the span of all rows");
        assert_eq!(alert.tenant_id.as_deref(), Some("t-1"));
        assert_eq!(alert.ips, ["192.0.2.7", "192.0.2.8"]);
        assert_eq!(alert.hosts, ["h1", "h2"]);
        assert_eq!(alert.subscription_id.as_deref(), Some("0a0a0a0a-1111-2222-3333-444444444444"));
        let eve = &alert.actors[0];
        assert_eq!(
            (eve.upn.as_deref(), eve.name.as_deref()),
            (Some("eve@contoso.com"), Some("CORP\\eve"))
        );
        assert_eq!((alert.actors.len(), alert.dangling_refs), (1, 0));
    }

    #[test]
    fn rows_without_the_envelope_are_read_and_other_tables_left_out() {
        let row = r#"{"Timestamp":"Nov 8, 2022 8:42:17 AM","AlertId":"da1_1","Title":"t","Category":"Persistence","Severity":"Low","ServiceSource":"s","DetectionSource":"EDR","AttackTechniques":""}"#;
        assert_eq!(shape_of(row), Some("alert-hunting"));
        assert!(only(row).start.is_some());
        let other = INFO.replace("AlertInfo", "DeviceEvents");
        assert_eq!(shape_of(&other), Some("advanced-hunting"));
    }
}
