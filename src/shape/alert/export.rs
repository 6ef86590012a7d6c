//! Alerts as continuous export and workflow automation send them.

use super::Found;
use super::draft::Draft;
use crate::base::json::Value;
use crate::shape::{Keys, Reading, Shape};

/// An alert in capitalised members without the columns that a workspace adds.
pub(in crate::shape) static EXPORT: Shape = Shape {
    name: "alert-export",
    about: "Alerts of Defender for Cloud as continuous export to Event Hubs and workflow automation send them.",
    rank: 2,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::ALERT_TYPE.and(Keys::VENDOR_NAME))
            && record.any(Keys::ALERT_DISPLAY_NAME.and(Keys::SYSTEM_ALERT_ID))
            && !record.has(Keys::TENANT_ID)
    },
    read: Reading::Alerts(read),
};

fn read(record: Value<'_>, found: &mut Found) {
    let mut draft = Draft::of(found);
    draft.members(record);
    found.push(draft.dates, draft.finish());
}

#[cfg(test)]
mod tests {
    use super::super::sample::{only, shape_of};

    #[test]
    fn an_exported_alert_is_read_with_its_nested_references() {
        let text = r#"{"VendorName":"Microsoft","AlertType":"K8S_X","AlertDisplayName":"t","SystemAlertId":"S","Severity":"High",
            "StartTimeUtc":"2023-05-11T13:15:45.0170422Z","Entities":[{"$ref":"5"},
            {"$id":"4","Type":"K8s-cluster","CloudResource":{"$id":"5","ResourceId":"/subscriptions/s/resourceGroups/g/providers/P/t/N","Type":"azure-resource","Cluster":{"$ref":"4"}}},
            {"$id":"4","Address":"192.0.2.7","Type":"ip"}],
            "ExtendedProperties":{"Compromised Host":"h1","User Name":"CORP\\eve"},
            "ResourceIdentifiers":[{"$id":"1","AadTenantId":"T","Type":"AAD"}]}"#;
        let alert = only(text);
        assert_eq!(shape_of(text), Some("alert-export"));
        assert_eq!(alert.azure_resources, ["/subscriptions/s/resourcegroups/g/providers/p/t/n"]);
        assert_eq!(alert.ips, ["192.0.2.7"]);
        assert_eq!(alert.hosts, ["h1"]);
        assert_eq!(alert.actors[0].name.as_deref(), Some("CORP\\eve"));
        assert_eq!((alert.dangling_refs, alert.tenant_id.as_deref()), (0, Some("t")));
        assert_eq!(alert.plan.as_deref(), Some("containers"));
    }

    #[test]
    fn chains_of_references_end_and_are_counted() {
        let text = r#"{"VendorName":"M","AlertType":"X","SystemAlertId":"S","Entities":[{"$id":"1","Host":{"$ref":"1"}},{"$ref":"7"},{"$ref":"8"}]}"#;
        assert_eq!(only(text).dangling_refs, 2);
    }

    #[test]
    fn kept_entities_are_json_and_bounded() {
        let many: Vec<_> = (0..3000)
            .map(|i| {
                format!(r#"{{"$id":"{i}","Type":"ip","Address":"10.0.{}.{}"}}"#, i / 250, i % 250)
            })
            .collect();
        let text = format!(
            r#"{{"VendorName":"M","AlertType":"X","SystemAlertId":"S","Entities":[{}]}}"#,
            many.join(",")
        );
        let alert = only(&text);
        assert_eq!(alert.ips.len(), 3000);
        let kept = alert.entities.unwrap();
        assert!(kept.len() <= 64 * 1024 && kept.len() > 60 * 1024);
        assert!(serde_json::from_str::<serde_json::Value>(&kept).unwrap().is_array());
    }
}
