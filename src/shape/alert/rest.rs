//! Alerts of Defender for Cloud as its REST API and the tools on top of it write them.

use super::actor::fill;
use super::draft::{Draft, Said};
use super::value::{lower, word};
use super::{Found, entity};
use crate::base::json::Value;
use crate::shape::text::with_object;
use crate::shape::{Keys, Reading, Record, Shape};

/// An alert with its properties in an object of their own.
pub(in crate::shape) static REST: Shape = Shape {
    name: "alert-rest",
    about: "Alerts of Defender for Cloud as the REST API (all versions) and Azure Resource Graph write them.",
    rank: 0,
    is_partial: false,
    recognises: |record| record.has(Keys::PROPERTIES) && is_alert(record),
    read: Reading::Alerts(read),
};

/// An alert with its properties beside its id.
pub(in crate::shape) static REST_FLAT: Shape = Shape {
    name: "alert-rest-flat",
    about: "Alerts of Defender for Cloud as the Azure CLI, Get-AzSecurityAlert and the SDK for Python write them.",
    rank: 1,
    is_partial: false,
    recognises: is_flat,
    read: Reading::Alerts(read_flat),
};

fn is_alert(record: &Record<'_>) -> bool {
    if record.has(Keys::TYPE) {
        let kind = record.value.get("type").and_then(Value::as_str).unwrap_or_default();
        let ends = ["microsoft.security/locations/alerts", "microsoft.security/alerts"];
        return ends.iter().any(|end| kind.eq_ignore_ascii_case(end)) || is_entity(record, &kind);
    }
    // Some tools leave out the type; the id tells it.
    let id = || record.value.get("id").and_then(Value::as_str).map(|id| id.to_ascii_lowercase());
    let own = |id: String| {
        id.rsplit_once("/providers/microsoft.security/").is_some_and(|(_, rest)| {
            let mut parts = rest.split('/').rev();
            parts.next().is_some_and(|name| !name.is_empty()) && parts.next() == Some("alerts")
        })
    };
    record.has(Keys::ID) && id().is_some_and(own)
}

/// Whether it is an alert as Sentinel lists those of an incident: an entity of that kind.
fn is_entity(record: &Record<'_>, kind: &str) -> bool {
    kind.eq_ignore_ascii_case("microsoft.securityinsights/entities")
        && record
            .value
            .get("kind")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("SecurityAlert"))
}

fn is_flat(record: &Record<'_>) -> bool {
    if record.has(Keys::ALERT_DISPLAY_FLAT) {
        return record.any(Keys::ALERT_TYPE_FLAT.and(Keys::SYSTEM_ALERT_FLAT))
            || ["alertName", "alert_name"].iter().any(|name| record.value.get(name).is_some());
    }
    // Questions to Resource Graph pick members and give them names.
    if record.has(Keys::ALERT_TYPE_FLAT.and(Keys::SYSTEM_ALERT_FLAT)) {
        return ["alertName", "severity"].iter().all(|name| record.value.get(name).is_some());
    }
    // Continuous export has neither the alert's id nor its name.
    let id = || record.value.get("Id").and_then(Value::as_str);
    record.has(Keys::ALERT_DISPLAY_NAME)
        && !record.has(Keys::TENANT_ID)
        && id().is_some_and(|id| id.to_ascii_lowercase().contains("/alerts/"))
}

fn read(record: Value<'_>, found: &mut Found) {
    read_with(record, None, found);
}

/// Reads an alert with its properties in an object of their own, and entities that stand elsewhere.
pub(super) fn read_with(record: Value<'_>, entities: Option<Value<'_>>, found: &mut Found) {
    let mut draft = Draft::of(found);
    own(&mut draft, record);
    with_object(record.get("properties"), |properties| draft.members(properties));
    if let Some(entities) = entities {
        entity::read(&mut draft, entities, entities);
    }
    // Resource Graph writes what the id says into columns too.
    draft.subscription(Said::Word, record.get("subscriptionId").and_then(word));
    found.push(draft.dates, draft.finish());
}

fn read_flat(record: Value<'_>, found: &mut Found) {
    let mut draft = Draft::of(found);
    own(&mut draft, record);
    draft.members(record);
    fill(&mut draft.alert.tenant_id, record.get("tenantId").and_then(lower));
    found.push(draft.dates, draft.finish());
}

/// Takes the id and the name of the alert itself.
fn own(draft: &mut Draft, record: Value<'_>) {
    let said = |member: &str| record.get(member).and_then(word);
    if let Some(id) = said("id") {
        draft.own_id(&id);
    }
    if let Some(name) = said("name").or_else(|| said("id")) {
        draft.own_name(&name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::AlertStatus;
    use super::super::sample::{only, shape_of};
    use crate::azure::alert_type::Severity;

    const NEW: &str = r#"{"id":"/subscriptions/0a0a0a0a-1111-2222-3333-444444444444/resourceGroups/Rg/providers/Microsoft.Security/locations/we/alerts/2518250008431989649_E7313e05-edf4-466d-adfd-35974921aeff",
        "name":"2518250008431989649_E7313e05-edf4-466d-adfd-35974921aeff","type":"Microsoft.Security/Locations/alerts",
        "properties":{"status":"Active","alertType":"VM_X","severity":"Low","alertDisplayName":"t","startTimeUtc":"2020-01-01T00:00:00Z",
        "resourceIdentifiers":[{"$id":"1","type":"AzureResource","azureResourceTenantId":"T","azureResourceId":"/SUBSCRIPTIONS/0A0A0A0A-1111-2222-3333-444444444444/RESOURCEGROUPS/R2/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/V"}],
        "entities":[{"$id":"2","type":"account","name":"eve","upnSuffix":"contoso.com","host":{"$ref":"9"}}]}}"#;

    #[test]
    fn the_new_generation_is_read() {
        let alert = only(NEW);
        assert_eq!(shape_of(NEW), Some("alert-rest"));
        assert_eq!(alert.key, "2518250008431989649_e7313e05-edf4-466d-adfd-35974921aeff");
        assert_eq!(alert.resource_group.as_deref(), Some("r2"));
        assert_eq!(alert.tenant_id.as_deref(), Some("t"));
        assert_eq!(alert.resource_type.as_deref(), Some("microsoft.compute/virtualmachines"));
        assert_eq!(alert.actors[0].upn.as_deref(), Some("eve@contoso.com"));
        assert_eq!(alert.dangling_refs, 1);
        assert_eq!(alert.plan.as_deref(), Some("servers"));
    }

    #[test]
    fn the_old_generation_is_read() {
        let alert = only(
            r#"{"name":"n","type":"microsoft.security/locations/alerts","properties":{"alertName":"K","alertDisplayName":"t",
            "reportedSeverity":"High","state":"Dismissed","detectedTimeUtc":"2018-05-01T19:50:47Z","reportedTimeUtc":"2018-05-02T05:36:12.2Z",
            "instanceId":"F144EE95-A3E5-42DA-A279-967D115809AA","associatedResource":"/subscriptions/s/resourceGroups/g/providers/P/t/n"}}"#,
        );
        assert_eq!(alert.alert_type.as_deref(), Some("K"));
        assert_eq!(
            (alert.severity, alert.status),
            (Some(Severity::High), Some(AlertStatus::Dismissed))
        );
        assert_eq!(alert.key, "f144ee95-a3e5-42da-a279-967d115809aa");
        assert!(alert.start < alert.generated);
        assert_eq!(alert.subscription_id.as_deref(), Some("s"));
    }

    #[test]
    fn an_alert_without_its_type_is_told_by_its_id() {
        let bare = NEW.replace(r#""type":"Microsoft.Security/Locations/alerts","#, "");
        assert_eq!(shape_of(&bare), Some("alert-rest"));
        assert_eq!(only(&bare).key, only(NEW).key);
        let policy = bare.replace("/alerts/", "/policies/");
        assert_ne!(shape_of(&policy), Some("alert-rest"));
    }

    #[test]
    fn an_alert_is_known_by_its_own_name_whatever_form_that_has() {
        let odd =
            |id: &str| NEW.replace("2518250008431989649_E7313e05-edf4-466d-adfd-35974921aeff", id);
        assert_eq!(only(&odd("2518250008431989649_Mine")).key, "2518250008431989649_mine");
        let nameless = odd("A1").replace(r#""name":"A1","#, "");
        assert_eq!(only(&nameless).key, "a1", "the end of the id");
        let with_id = odd("A1").replace(r#""status":"#, r#""systemAlertId":"S1","status":"#);
        assert_eq!(only(&with_id).key, "s1", "the id of the system comes first");
    }

    #[test]
    fn the_alerts_of_an_incident_of_sentinel_are_read() {
        let entity = r#"{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w/providers/Microsoft.SecurityInsights/Entities/e",
            "name":"e","type":"Microsoft.SecurityInsights/Entities","kind":"SecurityAlert","properties":{"systemAlertId":"A1","alertDisplayName":"t","severity":"Low",
            "startTimeUtc":"2020-07-20T18:21:53.6158361Z","tactics":["Persistence"],"status":"New","productName":"Azure Security Center"}}"#;
        assert_eq!(shape_of(entity), Some("alert-rest"));
        let alert = only(entity);
        assert_eq!((alert.key.as_str(), alert.title.as_deref()), ("a1", Some("t")));
        assert_eq!(
            (alert.tactics.as_slice(), alert.status),
            (&["persistence"][..], Some(AlertStatus::Active))
        );
        assert_ne!(shape_of(&entity.replace("SecurityAlert", "Account")), Some("alert-rest"));
        // Its own id lies in the workspace.
        assert_eq!((alert.subscription_id.as_deref(), alert.resource_group), (Some("s"), None));
        let of_machine = entity.replace(
            r#""status":"New","#,
            r#""status":"New","resourceIdentifiers":[{"type":"AzureResource","resourceId":"/subscriptions/S2/resourceGroups/R2/providers/P/t/n","subscriptionId":"S2"},
                {"type":"LogAnalytics","workspaceId":"W","subscriptionId":"s"}],"#,
        );
        let alert = only(&of_machine);
        assert_eq!(
            (alert.subscription_id.as_deref(), alert.resource_group.as_deref()),
            (Some("s2"), Some("r2"))
        );
        assert_eq!(alert.azure_resources, ["/subscriptions/s2/resourcegroups/r2/providers/p/t/n"]);
    }

    #[test]
    fn the_form_of_the_sdk_for_python_is_no_list_of_resources() {
        let python = r#"{"id":"/subscriptions/s/resourceGroups/G/providers/Microsoft.Security/locations/l/alerts/a","name":"a","type":"Microsoft.Security/Locations/alerts",
            "alert_type":"ARM_X","alert_display_name":"t","system_alert_id":"A","severity":"Medium","start_time_utc":"2022-09-08T07:51:21.181118Z","time_generated_utc":"2022-09-08T07:51:23Z",
            "resource_identifiers":[{"type":"AzureResource","azure_resource_id":"/subscriptions/s/resourceGroups/R2/providers/P/t/n","azure_resource_tenant_id":"T"}],
            "entities":[{"type":"ip","$id":"1","address":"192.0.2.1"}],"extended_properties":{"user Name":"eve@contoso.com"}}"#;
        assert_eq!(shape_of(python), Some("alert-rest-flat"));
        let alert = only(python);
        assert_eq!((alert.key.as_str(), alert.tenant_id.as_deref()), ("a", Some("t")));
        assert_eq!(
            alert.resource_id.as_deref(),
            Some("/subscriptions/s/resourcegroups/r2/providers/p/t/n")
        );
        assert_eq!((alert.ips, alert.ext.len()), (vec!["192.0.2.1".to_owned()], 1));
        assert_eq!(alert.actors[0].upn.as_deref(), Some("eve@contoso.com"));
        assert!(alert.start.is_some() && alert.generated > alert.start);
        let old = r#"{"name":"a","alert_name":"K","alert_display_name":"t","reported_severity":"High","instance_id":"I"}"#;
        assert_eq!(shape_of(old), Some("alert-rest-flat"));
        assert_eq!((only(old).alert_type.as_deref(), only(old).key), (Some("K"), "i".to_owned()));
    }

    #[test]
    fn flat_forms_of_both_tools_are_read() {
        let cli = r#"{"id":"/x","alertType":"K","alertDisplayName":"t","severity":"Low","systemAlertId":"A"}"#;
        let shell = r#"{"Id":"/subscriptions/s/providers/Microsoft.Security/locations/l/alerts/a","AlertType":"K","AlertDisplayName":"t",
            "VendorName":"Microsoft","SystemAlertId":"A","TimeGeneratedUtc":"\/Date(1656322047343)\/"}"#;
        for text in [cli, shell] {
            assert_eq!(shape_of(text), Some("alert-rest-flat"), "{text}");
            assert_eq!(only(text).key, "a");
        }
        assert!(only(shell).generated.is_some());
    }

    #[test]
    fn what_a_question_to_resource_graph_picked_is_read() {
        let text = r#"{"tenantId":"T","subscriptionId":"S","alertName":"Suspicious invocation","alertType":"ARM_X","systemAlertId":"A","status":"Active",
            "severity":"Medium","detectedTime":"2024-02-06T19:02:44Z","compromisedEntity":"c","portalLink":"https://x"}"#;
        assert_eq!(shape_of(text), Some("alert-rest-flat"));
        let alert = only(text);
        assert_eq!(
            [alert.title, alert.alert_type, alert.tenant_id, alert.subscription_id, alert.link]
                .map(Option::unwrap),
            ["Suspicious invocation", "ARM_X", "t", "s", "https://x"]
        );
        assert_eq!((alert.key.as_str(), alert.start.is_some()), ("a", true));
    }
}
