//! The table `AzureActivity`: query answer, portal CSV and data export to a storage account.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::json;
use super::model::{Author, Incident};
use super::row::{Row, rows};
use super::time;

/// The workspace, whose id the table calls `TenantId`.
pub(crate) const WORKSPACE: &str = "b7c1d8f2-53a9-4e0b-8a64-1d2f90c3e7a5";

/// Columns in the order of the table; the twins in `_d` are left out of nothing but the browser's
/// choice.
const COLUMNS: [&str; 34] = [
    "TenantId",
    "SourceSystem",
    "CallerIpAddress",
    "CategoryValue",
    "CorrelationId",
    "Authorization",
    "Authorization_d",
    "Claims",
    "Claims_d",
    "Level",
    "OperationNameValue",
    "Properties",
    "Properties_d",
    "Caller",
    "EventDataId",
    "EventSubmissionTimestamp",
    "HTTPRequest",
    "OperationId",
    "ResourceGroup",
    "ResourceProviderValue",
    "ActivityStatusValue",
    "ActivitySubstatusValue",
    "Hierarchy",
    "TimeGenerated",
    "SubscriptionId",
    "OperationName",
    "ActivityStatus",
    "ActivitySubstatus",
    "Category",
    "ResourceId",
    "ResourceProvider",
    "Resource",
    "Type",
    "_ResourceId",
];

/// Writes the answer of the query interface, oldest first.
pub(crate) fn answer(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let columns: Vec<Value> =
        COLUMNS.iter().map(|name| json!({"name": name, "type": kind(name)})).collect();
    let lines: Vec<Value> = rows(incident)
        .iter()
        .map(|row| cells(row, 7).into_iter().map(|(_, value)| value).collect())
        .collect();
    let table = json!({"name": "PrimaryResult", "columns": columns, "rows": lines});
    let text = json::compact(&json!({ "tables": [table] }));
    vec![("log-analytics/query.json".into(), text.into_bytes())]
}

/// Writes the portal's CSV of all rows.
pub(crate) fn csv(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    vec![("log-analytics/query_data.csv".into(), table(&rows(incident)))]
}

/// Writes rows as the portal's CSV: byte order mark, times in milliseconds, cells of many lines.
pub(crate) fn table(rows: &[Row<'_>]) -> Vec<u8> {
    let heads: Vec<String> = COLUMNS
        .iter()
        .map(|name| if kind(name) == "datetime" { format!("{name} [UTC]") } else { (*name).into() })
        .collect();
    let mut text = format!("\u{feff}{}\n", heads.join(","));
    for row in rows {
        let mut cells: Map<String, Value> = cells(row, 7);
        cells.insert("TimeGenerated".into(), time::browser(row.event.ticks).into());
        cells.insert("EventSubmissionTimestamp".into(), time::browser(row.event.submitted).into());
        let texts: Vec<String> = cells.values().map(cell).collect();
        text.push_str(&texts.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

/// Writes the data export: one file for five minutes, `_d` columns as objects.
pub(crate) fn export(incident: &Incident) -> Vec<(String, Vec<u8>)> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for row in &rows(incident) {
        let mut record = cells(row, 7);
        for key in ["Authorization_d", "Claims_d", "Properties_d"] {
            let text = record[key].as_str().unwrap_or_default();
            let value = serde_json::from_str(text).unwrap_or(Value::Null);
            record.insert(key.into(), value);
        }
        let file = files.entry(export_path(row)).or_default();
        file.push_str(&json::compact(&record.into()));
        file.push('\n');
    }
    files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect()
}

fn export_path(row: &Row<'_>) -> String {
    let (year, month, day) = time::civil(row.event.ticks);
    let (hour, minute, _) = time::clock(row.event.ticks);
    format!(
        "am-azureactivity/WorkspaceResourceId=/subscriptions/{}/resourcegroups/rg-monitor/providers\
         /microsoft.operationalinsights/workspaces/log-contoso\
         /y={year}/m={month:02}/d={day:02}/h={hour:02}/m={:02}/PT05M.json",
        row.incident.subscriptions[0].id,
        minute / 5 * 5
    )
}

fn kind(column: &str) -> &'static str {
    match column {
        "TimeGenerated" | "EventSubmissionTimestamp" => "datetime",
        _ if column.ends_with("_d") => "dynamic",
        _ => "string",
    }
}

/// Quotes a cell where RFC 4180 asks for it.
pub(crate) fn cell(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Returns the cells of a row; absent values are empty text, as the table gives them back.
fn cells(row: &Row<'_>, digits: usize) -> Map<String, Value> {
    let operation = row.operation;
    let known = known_cells(row, digits);
    let authorization = authorization(row);
    let claims = row.claims().map(Value::Object);
    let properties = Some(properties(row));
    let dynamic = |name: &str| match name.trim_end_matches("_d") {
        "Authorization" => Some(&authorization),
        "Claims" => Some(&claims),
        "Properties" => Some(&properties),
        _ => None,
    };
    COLUMNS
        .iter()
        .map(|name| {
            let value = match dynamic(name) {
                Some(None) => "".into(),
                Some(Some(value)) if name.ends_with("_d") => json::compact(value).into(),
                Some(Some(value)) => json::pretty(value).into(),
                None if *name == "OperationNameValue" => operation_name(row),
                None if *name == "CorrelationId" => operation.correlation.as_str().into(),
                None => known.get(name).cloned().unwrap_or_else(|| "".into()),
            };
            ((*name).to_owned(), value)
        })
        .collect()
}

fn operation_name(row: &Row<'_>) -> Value {
    let name = &row.operation.name;
    if row.is_call() { name.to_uppercase().into() } else { name.as_str().into() }
}

fn known_cells(row: &Row<'_>, digits: usize) -> BTreeMap<&'static str, Value> {
    let text = |text: &str| Value::from(text);
    let level = row.level();
    let mut out = BTreeMap::from([
        ("TenantId", text(WORKSPACE)),
        ("SourceSystem", text("Azure")),
        ("CategoryValue", text(&row.operation.category)),
        ("Level", text(if level == "Informational" { "Information" } else { level })),
        ("EventDataId", text(&row.event.id)),
        ("EventSubmissionTimestamp", time::iso(row.event.submitted, digits).into()),
        ("ResourceGroup", row.group().unwrap_or_default().to_uppercase().into()),
        ("ResourceProviderValue", provider(row).into()),
        ("ActivityStatusValue", text(row.result())),
        ("ActivitySubstatusValue", text(row.http())),
        ("TimeGenerated", time::iso(row.event.ticks, digits).into()),
        ("SubscriptionId", text(&row.subscription().id)),
        ("Type", text("AzureActivity")),
        ("_ResourceId", row.resource().to_lowercase().into()),
    ]);
    if row.is_call() {
        out.insert("Hierarchy", row.hierarchy().into());
    }
    if let Some(caller) = row.caller() {
        out.insert("Caller", text(caller));
    }
    if let Some(address) = row.address() {
        out.insert("CallerIpAddress", text(address));
        out.insert("HTTPRequest", json!({"clientIpAddress": address}).to_string().into());
    }
    out
}

fn authorization(row: &Row<'_>) -> Option<Value> {
    let bearer = row.bearer().filter(|_| row.is_call())?;
    let mut out = json!({"scope": row.operation.resource, "action": row.action()});
    if row.event.author != Author::Authorization {
        out["evidence"] = super::claims::evidence(bearer, &row.subscription().id).into();
    }
    Some(out)
}

fn provider(row: &Row<'_>) -> String {
    let whole = !row.operation.resource.contains("/providers/");
    if whole { String::new() } else { row.provider().to_uppercase() }
}

/// The table copies its own columns into the properties of every row.
fn properties(row: &Row<'_>) -> Value {
    let mut out = row.properties();
    let mut put = |key: &str, value: &str| {
        if !value.is_empty() {
            out.insert(key.to_owned(), value.into());
        }
    };
    put("caller", row.caller().unwrap_or_default());
    put("eventDataId", &row.event.id);
    put("eventSubmissionTimestamp", &time::iso_trimmed(row.event.submitted));
    if let Some(address) = row.address() {
        put("httpRequest", &json!({"clientIpAddress": address}).to_string());
    }
    put("resource", &row.resource().rsplit('/').next().unwrap_or_default().to_lowercase());
    put("resourceGroup", &row.group().unwrap_or_default().to_uppercase());
    put("resourceProviderValue", &provider(row));
    put("subscriptionId", &row.subscription().id.to_uppercase());
    put("activityStatusValue", row.result());
    put("activitySubstatusValue", row.http());
    out.into()
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, read_csv, render, story};
    use super::*;

    #[test]
    fn the_csv_reads_back_with_cells_of_many_lines() {
        let story = story();
        let files = render(&story, Shape::LogAnalyticsCsv);
        let text = String::from_utf8(files[0].1.clone()).expect("UTF-8");
        let table = read_csv(text.strip_prefix('\u{feff}').expect("a byte order mark"));
        assert_eq!(table.len(), rows(&story).len() + 1);
        assert!(table.iter().all(|line| line.len() == COLUMNS.len()));
        let claims = COLUMNS.iter().position(|name| *name == "Claims").expect("a column");
        let long = table.iter().skip(1).filter(|line| line[claims].contains('\n'));
        for line in long.clone() {
            let pretty: Value = serde_json::from_str(&line[claims]).expect("valid JSON");
            let twin: Value = serde_json::from_str(&line[claims + 1]).expect("valid JSON");
            assert_eq!(pretty, twin);
        }
        assert!(long.count() > 100);
        assert_eq!(table[0][23], "TimeGenerated [UTC]");
        assert!(table[1][23].ends_with(" AM") && table[1][23].starts_with("3/2/2026, "));
    }

    #[test]
    fn answer_and_export_hold_every_event() {
        let story = story();
        let answer: Value =
            serde_json::from_slice(&render(&story, Shape::LogAnalyticsJson)[0].1).expect("JSON");
        let table = &answer["tables"][0];
        assert_eq!(table["rows"].as_array().expect("rows").len(), rows(&story).len());
        assert_eq!(table["columns"].as_array().expect("columns").len(), COLUMNS.len());
        let mut exported = 0;
        for (_, bytes) in render(&story, Shape::LogAnalyticsExport) {
            for line in String::from_utf8(bytes).expect("UTF-8").lines() {
                let record: Value = serde_json::from_str(line).expect("valid JSON");
                assert!(record["Properties_d"].is_object());
                exported += 1;
            }
        }
        assert_eq!(exported, rows(&story).len());
    }
}
