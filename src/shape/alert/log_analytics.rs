//! The `SecurityAlert` table of Log Analytics, however it was taken out.

use super::Found;
use super::draft::{Draft, Said};
use super::value::{lower, word};
use crate::base::json::Value;
use crate::shape::{Keys, Reading, Record, Shape};

/// A row of the table, as an object; every value may be a text.
pub(in crate::shape) static LOG_ANALYTICS: Shape = Shape {
    name: "alert-log-analytics",
    about: "Rows of the SecurityAlert table: portal CSV, query API, Azure CLI, data export, notebooks, the names of 2019 too.",
    rank: 3,
    is_partial: false,
    recognises: is_row,
    read: Reading::Alerts(read),
};

fn is_row(record: &Record<'_>) -> bool {
    let titled = Keys::ALERT_NAME.and(Keys::DISPLAY_NAME).and(Keys::ALERT_DISPLAY_NAME);
    let table = || record.value.get("Type").and_then(Value::as_str);
    if record.has(Keys::SYSTEM_ALERT_ID) && record.any(titled) {
        return record.any(Keys::PROVIDER_NAME.and(Keys::LA_TIME).and(Keys::TENANT_ID));
    }
    record.has(Keys::LA_TYPE) && table().is_some_and(|t| t.eq_ignore_ascii_case("SecurityAlert"))
}

fn read(record: Value<'_>, found: &mut Found) {
    let mut draft = Draft::of(found);
    draft.members(record);
    // The tenant of this table is the workspace.
    let workspace = record.get("TenantId").and_then(lower);
    super::actor::fill(&mut draft.alert.workspace_id, workspace);
    draft.subscription(Said::Workspace, record.get("_SubscriptionId").and_then(word));
    found.push(draft.dates, draft.finish());
}

#[cfg(test)]
mod tests {
    use super::super::AlertStatus;
    use super::super::sample::{only, shape_of};
    use crate::base::{DateOrder, Time};

    #[test]
    fn a_row_of_texts_is_read() {
        let text = r#"{"TenantId":"W-1","TimeGenerated [UTC]":"4/28/2021, 2:32:14.029 PM","DisplayName":"t","AlertName":"t","AlertSeverity":"Medium",
            "ProviderName":"Azure Security Center","SystemAlertId":"S-1","AlertType":"ARM_X","StartTime [UTC]":"2021-04-28 12:00:00","Status":"New",
            "Entities":"[\r\n {\"$id\":\"4\",\"HostName\":\"h1\",\"Type\":\"host\"},{\"$id\":\"5\",\"Host\":{\"$ref\":\"4\"},\"Name\":\"eve\",\"NTDomain\":\"CORP\",\"Type\":\"account\"}]",
            "ExtendedProperties":"{\"attacker IP\":\"192.0.2.1\"}","RemediationSteps":"","ConfidenceScore":"nan","CompromisedEntity":"eve@contoso.com",
            "ResourceId":"/subscriptions/0a0a0a0a-1111-2222-3333-444444444444","Tactics":"Persistence"}"#;
        let alert = only(text);
        assert_eq!(shape_of(text), Some("alert-log-analytics"));
        assert_eq!((alert.key.as_str(), alert.workspace_id.as_deref()), ("s-1", Some("w-1")));
        assert_eq!(alert.status, Some(AlertStatus::Active));
        assert!(alert.start.is_some() && alert.start < alert.generated);
        assert_eq!(
            (&alert.ips[..], &alert.hosts[..]),
            (&["192.0.2.1".into()][..], &["h1".into()][..])
        );
        let names: Vec<_> = alert.actors.iter().flat_map(|a| a.name.iter().chain(&a.upn)).collect();
        assert_eq!(names, ["CORP\\eve", "eve@contoso.com"]);
        assert_eq!((alert.tenant_id, alert.dangling_refs), (None, 0));
        assert_eq!(alert.tactics, ["persistence"]);
    }

    #[test]
    fn the_names_of_2019_are_read() {
        let text = r#"{"TenantId":"w","StartTimeUtc":"2019-01-11 06:31:40","ProviderAlertId":"P","SystemAlertId":"S","ProviderName":"Detection",
            "VendorName":"Microsoft","AlertType":"K","AlertName":"K","AlertDisplayName":"t","Severity":"Low","Entities":""}"#;
        assert_eq!(shape_of(text), Some("alert-log-analytics"));
        let alert = only(text);
        assert_eq!((alert.title.as_deref(), alert.vendor_id.as_deref()), (Some("t"), Some("p")));
    }

    #[test]
    fn an_alert_that_a_search_job_copied_was_raised_when_the_original_says() {
        for time in ["_OriginalTimeGenerated", "_OriginalTimeGenerated [UTC]"] {
            let text = format!(
                r#"{{"TenantId":"w","TimeGenerated":"2024-06-20T09:00:00Z","AlertName":"t","SystemAlertId":"S","ProviderName":"p","Type":"SecurityAlert_SRCH","{time}":"2023-12-12T12:06:20Z"}}"#
            );
            let raised = Time::parse("2023-12-12T12:06:20Z", DateOrder::default());
            assert_eq!(only(&text).generated, raised, "{time}");
        }
    }
}
