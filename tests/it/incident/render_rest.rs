//! The REST answer of the Activity Log, in pages, and the pretty array that the az CLI makes of it;
//! newest first.

use serde_json::{Map, Value, json};

use super::json;
use super::model::{Author, Incident};
use super::row::{Row, rows, shown_http};
use super::time;

/// Events of one page, as the service answers.
const PAGE: usize = 200;

/// Writes one file a page and subscription, each but the last with a `nextLink`.
pub(crate) fn pages(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (name, records) in by_subscription(&rows(incident)) {
        for (number, (_, page)) in paged(&records, PAGE).into_iter().enumerate() {
            files.push((format!("rest/{name}-p{:02}.json", number + 1), page));
        }
    }
    files
}

/// Writes one pretty array a subscription.
pub(crate) fn arrays(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    by_subscription(&rows(incident))
        .into_iter()
        .map(|(name, records)| {
            let values = records.iter().map(record).collect();
            let text = format!("{}\n", json::pretty(&Value::Array(values)));
            (format!("az/{name}-activity-log.json"), text.into_bytes())
        })
        .collect()
}

/// Splits rows, newest first, into pages of at most `size`; gives the count and bytes of each.
pub(crate) fn paged(newest_first: &[Row<'_>], size: usize) -> Vec<(usize, Vec<u8>)> {
    let last = newest_first.chunks(size).count();
    let pages = newest_first.chunks(size).enumerate();
    pages
        .map(|(number, rows)| {
            let mut page = Map::new();
            if number + 1 < last {
                page.insert("nextLink".into(), next_link(&rows[rows.len() - 1]).into());
            }
            let values: Vec<Value> = rows.iter().map(record).collect();
            page.insert("value".into(), values.into());
            (rows.len(), json::compact(&page.into()).into_bytes())
        })
        .collect()
}

/// Groups rows by subscription, newest first within each.
pub(crate) fn by_subscription<'a>(rows: &[Row<'a>]) -> Vec<(String, Vec<Row<'a>>)> {
    let Some(first) = rows.first() else { return Vec::new() };
    let subscriptions = first.incident.subscriptions.iter();
    subscriptions
        .map(|subscription| {
            let own = rows.iter().rev().filter(|row| row.subscription().id == subscription.id);
            (subscription.name.clone(), own.copied().collect::<Vec<_>>())
        })
        .filter(|(_, rows)| !rows.is_empty())
        .collect()
}

fn next_link(last: &Row<'_>) -> String {
    format!(
        "https://management.azure.com/subscriptions/{}/providers/microsoft.insights/eventtypes/management/values\
         ?api-version=2015-04-01&$filter=eventTimestamp%20ge%202026-03-02T00%3A00%3A00Z\
         &$skipToken=EU1:{:019}:{};US1:-1:FFFFFFFF",
        last.subscription().id,
        time::dotnet(last.event.ticks),
        &last.event.id[..8],
    )
}

/// Writes one event as the service does.
pub(crate) fn record(row: &Row<'_>) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    let (operation, event) = (row.operation, row.event);
    let platform = operation.category == "ServiceHealth";
    if row.is_call() {
        put("authorization", json!({"action": row.action(), "scope": operation.resource}));
    }
    if let Some(caller) = row.caller() {
        put("caller", caller.into());
    }
    put("channels", if platform { "Admin" } else { "Operation" }.into());
    if let Some(claims) = row.claims() {
        put("claims", claims.into());
    }
    put("correlationId", operation.correlation.as_str().into());
    put("description", operation.description.as_str().into());
    put("eventDataId", event.id.as_str().into());
    let (name, shown) = event_name(row);
    put("eventName", if platform { json!({"value": null}) } else { pair(&name, &shown) });
    put("category", pair(&operation.category, shown_category(&operation.category)));
    if let Some(address) = row.address() {
        put(
            "httpRequest",
            json!({
                "clientRequestId": operation.client_request,
                "clientIpAddress": address,
                "method": operation.method,
            }),
        );
    }
    let resource = row.resource();
    let ticks = time::dotnet(event.ticks);
    put("id", format!("{resource}/events/{}/ticks/{ticks}", event.id).into());
    put("level", row.level().into());
    if let Some(group) = row.group() {
        put("resourceGroupName", group.into());
    } else if row.is_call() {
        put("resourceGroupName", "".into());
    }
    if platform {
        put("resourceProviderName", json!({"value": null}));
        put("resourceId", resource.into());
        put("resourceType", json!({"value": null, "localizedValue": ""}));
    } else {
        put("resourceProviderName", pair(row.provider(), row.provider()));
        put("resourceId", resource.into());
        put("resourceType", pair(&row.kind(), &row.kind()));
    }
    tail(row, &mut out);
    out.into()
}

fn tail(row: &Row<'_>, out: &mut Map<String, Value>) {
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    let (operation, event) = (row.operation, row.event);
    put("operationId", row.operation_id().into());
    let title =
        if event.author == Author::Authorization { &operation.name } else { &operation.title };
    put("operationName", pair(&operation.name, title));
    put("properties", row.properties().into());
    put("status", pair(row.status(), row.status()));
    if operation.category == "ServiceHealth" {
        put("subStatus", json!({"value": null}));
    } else {
        put("subStatus", pair(row.http(), &shown_http(row.http())));
    }
    put("eventTimestamp", time::iso_trimmed(event.ticks).into());
    put("submissionTimestamp", time::iso_trimmed(event.submitted).into());
    put("subscriptionId", row.subscription().id.as_str().into());
    put("tenantId", row.subscription().tenant.as_str().into());
}

/// Returns the event name and how it is shown; a Security event carries the alert's title.
pub(crate) fn event_name(row: &Row<'_>) -> (String, String) {
    match (row.operation.category.as_str(), row.event.phase) {
        ("Administrative" | "Policy", _) if row.operation.caller_in_details => {
            (String::new(), String::new())
        }
        ("Administrative" | "Policy", super::model::Phase::Started) => {
            ("BeginRequest".into(), "Begin request".into())
        }
        ("Administrative" | "Policy", _) => ("EndRequest".into(), "End request".into()),
        ("Security", _) => (row.operation.description.clone(), row.operation.description.clone()),
        _ => (String::new(), String::new()),
    }
}

/// Returns the category as people see it.
pub(crate) fn shown_category(category: &str) -> &str {
    match category {
        "ServiceHealth" => "Service Health",
        "ResourceHealth" => "Resource Health",
        other => other,
    }
}

fn pair(value: &str, shown: &str) -> Value {
    json!({"value": value, "localizedValue": shown})
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, render, story};
    use super::*;

    #[test]
    fn pages_hold_every_event_newest_first_and_link_to_the_next() {
        let story = story();
        let files = render(&story, Shape::Rest);
        let mut events = 0;
        for (path, bytes) in &files {
            let page: Value = serde_json::from_slice(bytes).expect("valid JSON");
            let values = page["value"].as_array().expect("an array");
            let times: Vec<&str> =
                values.iter().map(|v| v["eventTimestamp"].as_str().expect("text")).collect();
            let ticks: Vec<u64> = times.iter().map(|text| time::parse(text)).collect();
            assert!(ticks.is_sorted_by(|a, b| a >= b), "{path}");
            let stem = path.rsplit_once("-p").expect("numbered").0;
            let followed =
                files.iter().filter(|(p, _)| p.starts_with(stem) && p > path).count() > 0;
            assert_eq!(page.get("nextLink").is_some(), followed, "{path}");
            events += values.len();
        }
        assert_eq!(events, rows(&story).len());
    }

    #[test]
    fn the_ticks_in_the_id_are_the_time_of_the_event() {
        let story = story();
        for row in rows(&story) {
            let value = record(&row);
            let id = value["id"].as_str().expect("text");
            let ticks: u64 = id.rsplit('/').next().expect("a part").parse().expect("a number");
            let at = time::parse(value["eventTimestamp"].as_str().expect("text"));
            assert_eq!(ticks, time::dotnet(at));
        }
    }

    #[test]
    fn the_cli_array_says_the_same_as_the_pages() {
        let story = story();
        let array: Vec<Value> = render(&story, Shape::RestArray)
            .iter()
            .flat_map(|(_, b)| serde_json::from_slice::<Vec<Value>>(b).expect("an array"))
            .collect();
        let paged: Vec<Value> = render(&story, Shape::Rest)
            .iter()
            .map(|(_, b)| serde_json::from_slice::<Value>(b).expect("a page"))
            .flat_map(|page| page["value"].as_array().expect("an array").clone())
            .collect();
        assert_eq!(array, paged);
    }
}
