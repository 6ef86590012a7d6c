//! `Get-AzActivityLog | ConvertTo-Json -Depth 10` under Windows PowerShell 5.1 and PowerShell 7.

use serde_json::{Map, Value, json};

use super::json;
use super::model::{Author, Incident};
use super::render_rest::{by_subscription, event_name, shown_category};
use super::row::{Row, rows, shown_http};
use super::time;

/// Writes one file a subscription as Windows PowerShell 5.1 does: UTF-16, dates in milliseconds.
pub(crate) fn windows(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let files = by_subscription(&rows(incident));
    files
        .into_iter()
        .map(|(name, rows)| (format!("ps51/{name}.json"), windows_file(&rows)))
        .collect()
}

/// Writes one file a subscription as PowerShell 7 does: UTF-8, ISO dates, names as plain text.
pub(crate) fn core(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let files = by_subscription(&rows(incident));
    files.into_iter().map(|(name, rows)| (format!("ps7/{name}.json"), core_file(&rows))).collect()
}

/// Writes rows, newest first, as one file of Windows PowerShell 5.1.
pub(crate) fn windows_file(rows: &[Row<'_>]) -> Vec<u8> {
    let values: Vec<Value> = rows.iter().map(|row| record(row, true)).collect();
    let text = format!("\u{feff}{}\r\n", json::windows_powershell(&values.into()));
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Writes rows, newest first, as one file of PowerShell 7.
pub(crate) fn core_file(rows: &[Row<'_>]) -> Vec<u8> {
    let values: Vec<Value> = rows.iter().map(|row| record(row, false)).collect();
    format!("{}\r\n", json::pretty(&values.into()).replace('\n', "\r\n")).into_bytes()
}

/// The cmdlet copies members one by one; resource type and tenant stay behind.
fn record(row: &Row<'_>, windows: bool) -> Value {
    let (operation, event) = (row.operation, row.event);
    let date = |ticks| if windows { time::wrapped_millis(ticks) } else { time::iso_trimmed(ticks) };
    let named = |value: &str, shown: &str| {
        if windows { json!({"Value": value, "LocalizedValue": shown}) } else { shown.into() }
    };
    let resource = row.resource();
    let (name, shown) = event_name(row);
    let title =
        if event.author == Author::Authorization { &operation.name } else { &operation.title };
    json!({
        "Authorization": authorization(row),
        "Claims": row.claims().map(|claims| json!({ "Content": claims })),
        "HttpRequest": request(row),
        "Properties": {"Content": content(row.properties())},
        "Level": level(row.level()),
        "SubmissionTimestamp": date(event.submitted),
        "EventTimestamp": date(event.ticks),
        "Caller": row.caller(),
        "Description": operation.description,
        "Id": format!("{resource}/events/{}/ticks/{}", event.id, time::dotnet(event.ticks)),
        "EventDataId": event.id,
        "CorrelationId": operation.correlation,
        "EventName": named(&name, &shown),
        "Category": named(&operation.category, shown_category(&operation.category)),
        "ResourceGroupName": row.group(),
        "ResourceProviderName": named(row.provider(), row.provider()),
        "ResourceId": resource,
        "ResourceType": null,
        "OperationId": row.operation_id(),
        "OperationName": named(&operation.name, title),
        "Status": named(row.status(), row.status()),
        "SubStatus": named(row.http(), &shown_http(row.http())),
        "SubscriptionId": row.subscription().id,
        "TenantId": null,
    })
}

fn authorization(row: &Row<'_>) -> Option<Value> {
    row.is_call().then(|| {
        json!({
            "Scope": row.operation.resource,
            "Action": row.action(),
            "Role": null,
            "Condition": null,
        })
    })
}

fn request(row: &Row<'_>) -> Option<Value> {
    row.address().map(|address| {
        json!({
            "ClientId": row.operation.client_request,
            "Method": row.operation.method,
            "Url": null,
            "ClientIpAddress": address,
        })
    })
}

/// The dictionary behind the properties holds text only.
fn content(properties: Map<String, Value>) -> Map<String, Value> {
    let texts = properties.into_iter().map(|(key, value)| match value {
        Value::String(_) | Value::Null => (key, value),
        other => (key, other.to_string().into()),
    });
    texts.collect()
}

/// The number of the level in the cmdlet's enumeration.
fn level(name: &str) -> u8 {
    match name {
        "Critical" => 0,
        "Error" => 1,
        "Warning" => 2,
        "Informational" => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, render, story};
    use super::*;

    fn parsed(shape: Shape) -> Vec<Value> {
        let files = render(&story(), shape);
        let texts = files.into_iter().map(|(_, bytes)| match bytes.strip_prefix(&[0xff, 0xfe]) {
            Some(wide) => {
                let units: Vec<u16> =
                    wide.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
                String::from_utf16(&units).expect("UTF-16")
            }
            None => String::from_utf8(bytes).expect("UTF-8"),
        });
        texts
            .flat_map(|text| serde_json::from_str::<Vec<Value>>(&text).expect("an array"))
            .collect()
    }

    #[test]
    fn both_hold_every_event_and_no_tenant() {
        let events = rows(&story()).len();
        for shape in [Shape::PowerShell51, Shape::PowerShell7] {
            let records = parsed(shape);
            assert_eq!(records.len(), events);
            assert!(records.iter().all(|r| r["TenantId"].is_null() && r["ResourceType"].is_null()));
        }
    }

    #[test]
    fn five_one_wraps_dates_and_seven_flattens_names() {
        let (old, new) = (parsed(Shape::PowerShell51), parsed(Shape::PowerShell7));
        assert!(old[0]["EventTimestamp"].as_str().expect("text").starts_with("/Date("));
        assert!(old[0]["OperationName"]["Value"].is_string());
        assert!(new[0]["EventTimestamp"].as_str().expect("text").starts_with("2026-03-0"));
        assert!(new[0]["OperationName"].is_string());
        assert!(new[0]["Level"].is_number());
    }
}
