//! Alerts as Microsoft Graph writes them: `security/alerts_v2` and the retired `security/alerts`.

use super::actor::fill;
use super::draft::{Draft, Said};
use super::entity;
use super::value::{each_text, lower, word};
use super::{Alert, Found};
use crate::azure::alert_type;
use crate::base::json::Value;
use crate::shape::text::with_object;
use crate::shape::{Keys, Reading, Record, Shape};

/// An alert of `security/alerts_v2`.
pub(in crate::shape) static GRAPH_V2: Shape = Shape {
    name: "alert-graph",
    about: "Alerts of Microsoft Graph (security/alerts_v2), from the API, the SDKs or Defender's advanced tools, and of the older APIs of Defender XDR and Defender for Endpoint.",
    rank: 4,
    is_partial: false,
    recognises: is_v2,
    read: Reading::Alerts(read_v2),
};

/// An alert of the retired `security/alerts`.
pub(in crate::shape) static GRAPH_V1: Shape = Shape {
    name: "alert-graph-legacy",
    about: "Alerts of Microsoft Graph's retired security/alerts.",
    rank: 5,
    is_partial: false,
    recognises: |record| record.has(Keys::VENDOR_INFORMATION.and(Keys::AZURE_TENANT_ID)),
    read: Reading::Alerts(read_v1),
};

fn is_v2(record: &Record<'_>) -> bool {
    // With $select some members are missing.
    let is_rated = || record.value.get("severity").is_some();
    if record.has(Keys::SERVICE_SOURCE) && (record.has(Keys::EVIDENCE) || is_rated()) {
        return true;
    }
    if record.has(Keys::EVIDENCE) && is_rated() && has_typed_evidence(record.value) {
        return true;
    }
    // The API of Defender for Endpoint has its own name for when the alert was raised.
    if record.value.get("alertCreationTime").is_some() && is_rated() {
        return true;
    }
    if record.has(Keys::ODATA_TYPE) {
        let kind = record.value.get("@odata.type").and_then(Value::as_str);
        return kind.is_some_and(|k| k.eq_ignore_ascii_case("#microsoft.graph.security.alert"));
    }
    // PowerShell writes the same members in PascalCase.
    record.has(Keys::TITLE.and(Keys::SEVERITY))
        && record.value.get("ServiceSource").is_some()
        && record.value.get("Evidence").is_some()
}

fn has_typed_evidence(alert: Value<'_>) -> bool {
    let first = alert.get("evidence").and_then(|evidence| evidence.items().next());
    let kind = first.and_then(|first| first.get("@odata.type")).and_then(Value::as_str);
    kind.is_some_and(|kind| kind.starts_with("#microsoft.graph.security."))
}

/// Reads an alert of `security/alerts_v2`.
pub(super) fn read_v2(record: Value<'_>, found: &mut Found) {
    let mut draft = Draft::of(found);
    common(&mut draft, record);
    for (name, value) in record.members() {
        let alert = &mut draft.alert;
        match &*name.to_ascii_lowercase() {
            "provideralertid" => draft.vendor_id(value),
            "servicesource" => fill(&mut alert.provider, word(value)),
            "productname" => fill(&mut alert.product, word(value)),
            "detectionsource" => fill(&mut alert.component, word(value)),
            "firstactivitydatetime" | "firstactivity" | "firsteventtime" => {
                draft.time(|a| &mut a.start, value);
            }
            "lastactivitydatetime" | "lastactivity" | "lasteventtime" => {
                draft.time(|a| &mut a.end, value);
            }
            "lastupdatedatetime" | "lastupdatedtime" | "lastupdatetime" => {
                draft.time(|a| &mut a.processed, value);
            }
            "alertweburl" => fill(&mut alert.link, word(value)),
            "mitretechniques" => draft.techniques(value),
            "tenantid" | "aadtenantid" => fill(&mut alert.tenant_id, lower(value)),
            "devices" | "entities" => {
                entity::with_list(value, |list| entity::read(&mut draft, list, list));
            }
            "computerdnsname" => each_text(value, &mut |name| draft.host(name)),
            "additionaldata" => {
                with_object(Some(value), |data| super::ext::read(&mut draft, data));
            }
            _ => {}
        }
    }
    evidence(&mut draft, record);
    let detector = record.get("detectorId").and_then(word);
    found.push(draft.dates, finish(draft, detector, record));
}

fn read_v1(record: Value<'_>, found: &mut Found) {
    let mut draft = Draft::of(found);
    common(&mut draft, record);
    for (name, value) in record.members() {
        let alert = &mut draft.alert;
        match &*name.to_ascii_lowercase() {
            "azuresubscriptionid" => draft.subscription(Said::Word, word(value)),
            "azuretenantid" => fill(&mut alert.tenant_id, lower(value)),
            "eventdatetime" => draft.time(|a| &mut a.start, value),
            "lastmodifieddatetime" => draft.time(|a| &mut a.processed, value),
            "vendorinformation" => vendor(&mut draft, value),
            "sourcematerials" => {
                each_text(value, &mut |link| {
                    fill(&mut draft.alert.link, Some(link.to_owned()));
                });
            }
            "securityresources" => {
                for item in value.items() {
                    if let Some(id) = item.get("resource").and_then(word) {
                        draft.resource(&id);
                    }
                }
            }
            "userstates" | "hoststates" | "networkconnections" => {
                entity::read(&mut draft, value, value);
            }
            _ => {}
        }
    }
    found.push(draft.dates, finish(draft, None, record));
}

/// Takes what both versions write alike.
fn common(draft: &mut Draft, record: Value<'_>) {
    for (name, value) in record.members() {
        let alert = &mut draft.alert;
        match &*name.to_ascii_lowercase() {
            "id" | "alertid" => draft.system_id(value),
            "title" => fill(&mut alert.title, word(value)),
            "description" => fill(&mut alert.description, word(value)),
            "severity" => draft.severity(value),
            "status" => draft.status(value),
            "category" => draft.tactics(value),
            "createddatetime" | "creationtime" | "alertcreationtime" => {
                draft.time(|a| &mut a.generated, value);
            }
            "recommendedactions" => draft.remediation(value),
            _ => {}
        }
    }
}

fn vendor(draft: &mut Draft, value: Value<'_>) {
    with_object(Some(value), |vendor| {
        fill(&mut draft.alert.vendor, vendor.get("vendor").and_then(word));
        fill(&mut draft.alert.provider, vendor.get("provider").and_then(word));
        fill(&mut draft.alert.component, vendor.get("subProvider").and_then(word));
    });
}

fn evidence(draft: &mut Draft, record: Value<'_>) {
    let Some(list) = record.get("evidence") else { return };
    entity::with_list(list, |list| {
        entity::read(draft, list, list);
        let resources = entity::items(list).filter(|item| {
            let kind = item.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
            kind.to_ascii_lowercase().ends_with("azureresourceevidence")
        });
        for item in resources {
            if let Some(id) = item.get("resourceId").and_then(word) {
                draft.resource(&id);
            }
        }
    });
}

/// Finishes the alert; the type that no member tells is the detector, or else the category.
fn finish(draft: Draft, detector: Option<String>, record: Value<'_>) -> Alert {
    let mut alert = draft.finish();
    let category = || record.get("category").and_then(word);
    alert.weak.alert_type &= alert.alert_type.is_some() || detector.is_none();
    if alert.alert_type.is_none()
        && let Some(kind) = detector.or_else(category)
    {
        alert.is_sample |= alert_type::is_sample(&kind);
        alert.alert_type = Some(alert_type::without_sample_prefix(&kind).to_owned());
    }
    alert
}

#[cfg(test)]
mod tests {
    use super::super::AlertStatus;
    use super::super::sample::{only, shape_of};

    #[test]
    fn selected_members_are_enough() {
        for text in [
            r#"{"id":"a3","severity":"high","serviceSource":"microsoftDefenderForIdentity","title":"t","createdDateTime":"2026-06-25T07:00:00Z"}"#,
            r##"{"id":"a3","severity":"high","title":"t","createdDateTime":"2026-06-25T07:00:00Z",
                "evidence":[{"@odata.type":"#microsoft.graph.security.userEvidence","userAccount":{"userPrincipalName":"u@contoso.com"}}]}"##,
        ] {
            assert_eq!(shape_of(text), Some("alert-graph"), "{text}");
            assert_eq!(only(text).key, "a3");
        }
        assert_eq!(shape_of(r#"{"id":"1","severity":"high","evidence":["a"]}"#), None);
    }

    #[test]
    fn the_second_version_is_read_with_its_evidence() {
        let text = r##"{"id":"dc-1","providerAlertId":"2518250008431989649_e7313e05-edf4-466d-adfd-35974921aeff","serviceSource":"microsoftDefenderForCloud",
            "status":"inProgress","severity":"high","category":"InitialAccess","title":"t","createdDateTime":"2023-05-15T02:37:39Z",
            "mitreTechniques":["T1078.004"],"evidence":[
            {"@odata.type":"#microsoft.graph.security.userEvidence","userAccount":{"accountName":"eve","domainName":"CORP","azureAdUserId":"1c5e87bc-7a3c-4b7e-9a57-0c1b2d3e4f50","userPrincipalName":"Eve@contoso.com"}},
            {"@odata.type":"#microsoft.graph.security.ipEvidence","ipAddress":"192.0.2.1"},
            {"@odata.type":"#microsoft.graph.security.cloudApplicationEvidence","appId":11161,"displayName":"App"},
            {"@odata.type":"#microsoft.graph.security.azureResourceEvidence","resourceId":"/subscriptions/s/resourceGroups/G/providers/P/t/n"},
            {"@odata.type":"#microsoft.graph.security.deviceEvidence","deviceDnsName":"h1"}]}"##;
        let alert = only(text);
        assert_eq!(shape_of(text), Some("alert-graph"));
        assert_eq!(alert.key, "2518250008431989649_e7313e05-edf4-466d-adfd-35974921aeff");
        assert_eq!(
            (alert.status, alert.tactics[0]),
            (Some(AlertStatus::InProgress), "initial-access")
        );
        assert_eq!(alert.actors.len(), 1);
        assert_eq!(alert.actors[0].upn.as_deref(), Some("eve@contoso.com"));
        assert_eq!(
            (&alert.ips[0][..], &alert.hosts[0][..], &alert.apps[0][..]),
            ("192.0.2.1", "h1", "App")
        );
        assert_eq!(alert.resource_group.as_deref(), Some("g"));
        assert_eq!(alert.techniques, ["T1078.004"]);
    }

    #[test]
    fn a_sample_is_known_by_its_detector() {
        let text = r#"{"id":"a3","severity":"high","serviceSource":"microsoftDefenderForCloud","title":"t","createdDateTime":"2026-06-25T07:00:00Z",
            "detectorId":"SIMULATED_ARM_OperationFromSuspiciousIP"}"#;
        let alert = only(text);
        assert!(alert.is_sample);
        assert_eq!(alert.alert_type.as_deref(), Some("ARM_OperationFromSuspiciousIP"));
    }

    #[test]
    fn the_first_version_is_read() {
        let text = r#"{"id":"A","azureTenantId":"T","azureSubscriptionId":"s","title":"t","eventDateTime":"2020-01-01T00:00:00Z",
            "vendorInformation":{"provider":"ASC","vendor":"Microsoft"},"severity":"medium","category":"K",
            "userStates":[{"userPrincipalName":"eve@contoso.com","logonIp":"192.0.2.3"}],"hostStates":[{"fqdn":"h1.contoso.com"}]}"#;
        let alert = only(text);
        assert_eq!(shape_of(text), Some("alert-graph-legacy"));
        assert_eq!(
            (alert.provider.as_deref(), alert.alert_type.as_deref()),
            (Some("ASC"), Some("K"))
        );
        assert_eq!((&alert.ips[0][..], &alert.hosts[0][..]), ("192.0.2.3", "h1.contoso.com"));
        assert_eq!(alert.subscription_id.as_deref(), Some("s"));
    }
}
