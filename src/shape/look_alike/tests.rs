//! What is told from activity and alerts, and by which name.

use super::super::recognise;
use super::super::text::Nested;
use super::*;

fn shape(text: &str) -> Option<&'static str> {
    let nested = Nested::parse(text.to_owned()).unwrap();
    recognise(&Record::new(nested.root())).map(|id| id.shape().name)
}

#[test]
fn logs_of_entra_are_told_from_activity() {
    for category in ["SignInLogs", "AuditLogs", "MicrosoftGraphActivityLogs"] {
        let text = format!(
            r#"{{"time":"2023-01-01T00:00:00Z","category":"{category}","resourceId":"/tenants/t","operationName":"x"}}"#
        );
        assert_eq!(shape(&text), Some("entra-log"));
    }
    let activity = r#"{"time":"2023-01-01T00:00:00Z","category":"Write","resourceId":"/x","operationName":"x"}"#;
    assert_eq!(shape(activity), Some("activity-diagnostic"));
    assert_eq!(
        shape(r#"{"id":"1","createdDateTime":"x","userPrincipalName":"u","appDisplayName":"a"}"#),
        Some("entra-export")
    );
    assert_eq!(
        shape(r#"{"TenantId":"w","TimeGenerated":"x","Type":"SigninLogs"}"#),
        Some("entra-export")
    );
    assert_eq!(shape(r#"{"TenantId":"w","TimeGenerated":"x","Type":"AzureActivity"}"#), None);
}

#[test]
fn posture_and_other_logs_are_told_apart() {
    for (text, name) in [
        (
            r#"{"type":"Microsoft.Security/assessments","id":"/x","properties":{}}"#,
            "defender-posture",
        ),
        (r#"{"$type":"subAssessmentEvent","Type":"x"}"#, "defender-posture"),
        (r#"{"index":{"_index":"azure","_id":"1"}}"#, "bulk-action"),
        (r#"{"create": {"_index":"azure"}}"#, "bulk-action"),
        (r#"{"time":"x","category":"AuditEvent","resourceId":"/x"}"#, "resource-log"),
        (
            r#"{"EventTimeString":"x","category":"OperationalLogs","resourceId":"/x"}"#,
            "resource-log",
        ),
        (r#"{"TenantId":"w","TimeGenerated":"x","Type":"AzureDiagnostics"}"#, "resource-log"),
        (
            r#"{"time":"x","category":"AdvancedHunting-CloudAuditEvents","properties":{}}"#,
            "advanced-hunting",
        ),
        (
            r#"{"time":"x","tenantId":"t","operationName":"Publish","category":"AdvancedHunting-DeviceEvents","properties":{}}"#,
            "advanced-hunting",
        ),
        (
            r#"{"id":"/subscriptions/s/providers/Microsoft.Resources/changes/c","name":"c","type":"microsoft.resources/changes","properties":{"changeType":"Update"}}"#,
            "resource-change",
        ),
        (r#"{"properties":{"schema":{"columns":[]}},"id":"/x","name":"n"}"#, "table-schema"),
    ] {
        assert_eq!(shape(text), Some(name), "{text}");
    }
}

#[test]
fn errors_are_known_only_when_nothing_else_is_there() {
    assert_eq!(shape(r#"{"error":{"code":"GatewayTimeout","message":"m"}}"#), Some("api-error"));
    assert_eq!(shape(r#"{"Code":"Forbidden","Message":"m"}"#), Some("api-error"));
    assert_eq!(shape(r#"{"error":{"code":"x"},"payload":{"a":1}}"#), None);
    assert_eq!(shape(r#"{"code":"x","message":"m","payload":1}"#), None);
}

#[test]
fn other_lists_of_what_a_tenant_holds_are_left_out() {
    for text in [
        r#"{"id":"i","appId":"a","displayName":"an application"}"#,
        r#"{"id":"i","securityEnabled":true,"displayName":"a group"}"#,
    ] {
        assert_eq!(shape(text), Some("context-export"), "{text}");
    }
    assert_eq!(shape(r#"{"a":1}"#), None);
    let torn = r#"{"EventDataId":"e","ResourceId":"/subscriptions/s","ResourceType":"t"}"#;
    assert_eq!(shape(torn), None, "what is left of an event");
}

#[test]
fn entities_of_an_incident_are_left_out_and_an_alert_among_them_is_read() {
    let answer = |kind: &str| {
        format!(
            r#"{{"entities":[{{"id":"/x","name":"e","type":"Microsoft.SecurityInsights/entities","kind":"{kind}","properties":{{"address":"192.0.2.1"}}}}],"metaData":[{{"entityKind":"{kind}","count":1}}]}}"#
        )
    };
    assert_eq!(shape(&answer("Ip")), Some("sentinel-entities"));
    assert_eq!(shape(&answer("SecurityAlert")), Some("wrapped"));
}
