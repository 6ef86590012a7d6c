//! Alerts of which PowerShell wrote parts as text: what can be read of them, and whether anything was lost.
//!
//! `ConvertTo-Json` goes two levels deep unless it is told otherwise, and `Export-Csv` none. What lies
//! deeper stands as `@{name=value}`, which can be read, or as the name of its type, which says nothing.

use crate::base::json::{Kind, Value};
use crate::diag::Code;
use crate::shape::listing;
use crate::shape::normal::flattened;
use crate::shape::text::{Nested, fold_key};

/// Objects inside others that were written as text are opened so often.
const OPENED: u8 = 4;

/// Gives `take` a value in which objects that were written as text are objects again.
pub(super) fn with_objects(value: Value<'_>, take: impl FnOnce(Value<'_>)) {
    match opened(value) {
        Some(nested) => take(nested.root()),
        None => take(value),
    }
}

fn opened(value: Value<'_>) -> Option<Nested> {
    memchr::memmem::find(value.raw().as_bytes(), b"@{")?;
    let mut text = String::new();
    write(value, OPENED, &mut text);
    Nested::parse(text)
}

/// Writes a value without blanks; the depth is that of the record, which is bounded.
pub(super) fn compact(value: Value<'_>, text: &mut String) {
    write(value, 0, text);
}

/// Writes a value without blanks, and `open` levels of text in it as the objects that it tells.
fn write(value: Value<'_>, open: u8, text: &mut String) {
    match value.kind() {
        Kind::Object => {
            text.push('{');
            for (at, (name, member)) in value.members().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                text.push_str(&serde_json::Value::from(&*name).to_string());
                text.push(':');
                write(member, open, text);
            }
            text.push('}');
        }
        Kind::Array => {
            text.push('[');
            for (at, item) in value.items().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                write(item, open, text);
            }
            text.push(']');
        }
        Kind::Plain | Kind::Escaped => {
            let is_flat = open > 0 && listing::is_flat(value.raw());
            if let Some(nested) = is_flat.then(|| Nested::open(value)).flatten() {
                return write(nested.root(), open - 1, text);
            }
            let string = value.as_str().unwrap_or_default();
            text.push_str(&serde_json::Value::from(&*string).to_string());
        }
        _ => text.push_str(value.raw()),
    }
}

/// Returns what is told of a record with alerts of which parts were written as text or as names of types.
pub fn lost(record: Value<'_>) -> impl Iterator<Item = Code> {
    [Code::SmallDepth, Code::ObjectCells].into_iter().filter(move |code| has(record, *code))
}

/// Whether a part of an alert tells of `code`.
fn has(alert: Value<'_>, code: Code) -> bool {
    let is_told = |value: Value<'_>| flattened(value) == Some(code);
    let is_in = |item: Value<'_>| is_told(item) || item.members().any(|(_, own)| is_told(own));
    alert.members().any(|(name, value)| match &*fold_key(&name) {
        "properties" if value.is_object() => has(value, code),
        "properties" | "extendedproperties" | "additionaldata" => is_told(value),
        "entities" | "evidence" | "resourceidentifiers" => {
            is_told(value) || value.items().any(is_in)
        }
        "alerts" => is_told(value) || value.items().any(|item| is_told(item) || has(item, code)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::only;
    use super::*;

    fn told(text: &str) -> Vec<Code> {
        let nested = Nested::parse(text.replace('\n', " ")).unwrap();
        lost(nested.root()).collect()
    }

    #[test]
    fn properties_that_were_written_as_text_are_read() {
        let text = r#"{"id":"/subscriptions/s/resourceGroups/G/providers/Microsoft.Security/locations/l/alerts/a","name":"a","type":"Microsoft.Security/Locations/alerts",
            "properties":"@{status=Resolved; alertType=SQL.DB_GeoAnomaly; startTimeUtc=2025-02-07T20:41:19Z; severity=Medium; systemAlertId=A1; resourceIdentifiers=System.Object[]; compromisedEntity=db-1; alertDisplayName=Login from an unusual location; extendedProperties=; entities=System.Object[]}"}"#;
        let alert = only(text);
        assert_eq!(
            (alert.key.as_str(), alert.alert_type.as_deref()),
            ("a1", Some("SQL.DB_GeoAnomaly"))
        );
        assert_eq!(alert.title.as_deref(), Some("Login from an unusual location"));
        assert!(alert.start.is_some() && alert.severity.is_some() && alert.entities.is_none());
        assert_eq!(told(text), [Code::SmallDepth]);
    }

    #[test]
    fn a_row_that_was_objects_says_who_and_from_where() {
        let text = r#"{"alertType":"K","alertDisplayName":"t","systemAlertId":"A","severity":"Low","entities":"System.Object[]","remediationSteps":"System.Object[]",
            "extendedProperties":"@{client IP address=192.0.2.1; client hostname=h1; client principal name=eve@contoso.com; effectiveAzureResourceId=/subscriptions/s/resourceGroups/g/providers/P/t/n}"}"#;
        let alert = only(text);
        assert_eq!((&alert.ips[..], alert.remediation.len()), (&["192.0.2.1".to_owned()][..], 0));
        assert_eq!(alert.actors[0].upn.as_deref(), Some("eve@contoso.com"));
        assert_eq!(
            alert.resource_id.as_deref(),
            Some("/subscriptions/s/resourcegroups/g/providers/p/t/n")
        );
        assert_eq!(told(text), [Code::SmallDepth, Code::ObjectCells]);
    }

    #[test]
    fn evidence_is_read_where_text_stands_for_the_list_its_items_or_what_is_in_these() {
        let ip = "@{@odata.type=#microsoft.graph.security.ipEvidence; ipAddress=192.0.2.9}";
        let user = "@{@odata.type=#microsoft.graph.security.userEvidence; userAccount=@{accountName=eve; userPrincipalName=eve@contoso.com}}";
        let inside = r##"{"@odata.type":"#microsoft.graph.security.userEvidence","userAccount":"@{accountName=eve; userPrincipalName=eve@contoso.com}"}"##;
        for evidence in [
            format!(r#""{ip} {user}""#),
            format!(r#"["{ip}","{user}"]"#),
            format!(r#"[{{"ipAddress":"192.0.2.9"}},{inside}]"#),
        ] {
            let text = format!(
                r#"{{"id":"a","severity":"high","serviceSource":"x","title":"t","createdDateTime":"2026-06-25T07:00:00Z","evidence":{evidence}}}"#
            );
            let alert = only(&text);
            assert_eq!(alert.ips, ["192.0.2.9"], "{evidence}");
            assert_eq!(alert.actors[0].upn.as_deref(), Some("eve@contoso.com"), "{evidence}");
            assert_eq!(told(&text), [Code::SmallDepth], "{evidence}");
        }
    }

    #[test]
    fn names_of_types_in_place_of_entities_are_told() {
        for entities in [
            r#""System.Collections.Generic.List`1[Entity]""#,
            r#"["Microsoft.Azure.Commands.Security.Models.Alerts.PSSecurityAlertEntity"]"#,
            r#"[{"Type":"ip","AdditionalProperties":"System.Collections.Generic.Dictionary`2[System.String,System.Object]"}]"#,
        ] {
            let text = |name: &str| format!(r#"{{"{name}":{entities}}}"#);
            assert_eq!(told(&text("Entities")), [Code::SmallDepth], "{entities}");
            assert_eq!(
                told(&format!(r#"{{"alerts":[{{"properties":{}}}]}}"#, text("entities"))),
                [Code::SmallDepth]
            );
            assert_eq!(told(&text("Description")), []);
        }
        assert_eq!(
            told(r#"{"Entities":[{"Type":"ip","Address":"192.0.2.1"}],"properties":{}}"#),
            []
        );
    }

    #[test]
    fn the_only_resource_that_was_written_as_text_is_that_of_the_alert() {
        let alert = only(
            r#"{"alertType":"K","alertDisplayName":"t","systemAlertId":"A","severity":"Low",
            "resourceIdentifiers":"@{azureResourceId=/subscriptions/s/resourceGroups/g/providers/P/t/n; type=AzureResource; azureResourceTenantId=T}"}"#,
        );
        assert_eq!(
            alert.resource_id.as_deref(),
            Some("/subscriptions/s/resourcegroups/g/providers/p/t/n")
        );
        assert_eq!(alert.tenant_id.as_deref(), Some("t"));
    }
}
