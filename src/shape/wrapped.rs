//! Records inside those of a SIEM or a log service, under whatever name they keep the original.

use super::object::{Object, can_be_rows, quoted};
use super::text::Nested;
use super::{Keys, Reading, Record, SHAPES, Shape, activity_elastic, dotted, look_alike};
use crate::base::base64;
use crate::base::json::{Kind, Value};

/// A record of no known shape that holds one.
pub(super) static WRAPPED: Shape = Shape {
    name: NAME,
    about: "Records inside those of a SIEM or a log service, as objects or as text: exports of Splunk, Wazuh, Logstash, Datadog.",
    rank: 10,
    is_partial: false,
    recognises: |record| find(record.value, DEPTH, &mut |_| {}),
    read: Reading::Inner {
        open: |value, take| {
            find(value, DEPTH, take);
        },
        around: true,
    },
};

/// A record of another log that keeps one whole, in a place that is known.
pub(super) static KEPT: Shape = Shape {
    name: KEPT_NAME,
    about: "Records of other logs that keep the original of an event or an alert: CloudAuditEvents, CloudAppEvents and bookmarks of hunting, custom topics of Event Grid, alerts of Azure Monitor on queries.",
    rank: 10,
    is_partial: false,
    recognises: |record| kept(record).is_some_and(|kept| at(kept, DEPTH, &mut |_| {})),
    read: Reading::Inner {
        open: |value, take| {
            if let Some(kept) = kept(&Record::new(value)) {
                at(kept, DEPTH, take);
            }
        },
        around: false,
    },
};

const NAME: &str = "wrapped";
const KEPT_NAME: &str = "kept-original";

/// So deep are records looked for: an answer that a tool recorded lies under its own objects and lists.
///
/// Each value is looked at once a level of strings, and those are as long as the record at most.
const DEPTH: u8 = 12;

/// The member of a record of another log that may hold an event or an alert.
fn kept<'a>(record: &Record<'a>) -> Option<Value<'a>> {
    let value = record.value;
    let is = |member: &str, name: &str| {
        value.get(member).and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    if record.has(Keys::LA_TIME) {
        return value.get("RawEventData").or_else(|| value.get("QueryResultRow"));
    }
    if (look_alike::HUNTING.recognises)(record) {
        return value.get("properties")?.get("RawEventData");
    }
    if record.has(Keys::TYPE.and(Keys::PROPERTIES))
        && is("type", "Microsoft.SecurityInsights/bookmarks")
    {
        return value.get("properties")?.get("queryResult");
    }
    (look_alike::NOTIFICATION.recognises)(record).then(|| value.get("data"))?
}

/// Gives `take` every record among the members; returns whether there are any.
fn find(value: Value<'_>, depth: u8, take: &mut dyn FnMut(Value<'_>)) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value.kind() {
        Kind::Object => {
            let rows = rows(value);
            let mut any = list(rows.iter().map(Nested::root), depth, take);
            let is_taken = |name: &str| {
                !rows.is_empty() && TABLE.iter().any(|own| name.eq_ignore_ascii_case(own))
            };
            for (_, member) in value.members().filter(|(name, _)| !is_taken(name)) {
                any |= at(member, depth, take);
            }
            any
        }
        Kind::Array => list(value.items(), depth, take),
        _ => false,
    }
}

fn list<'v>(
    items: impl Iterator<Item = Value<'v>>,
    depth: u8,
    take: &mut dyn FnMut(Value<'_>),
) -> bool {
    let (mut any, mut others, mut is_list) = (false, Vec::new(), false);
    for item in items {
        let is_one = item.is_object() && is_read(item);
        if is_one {
            take(item);
        } else if !at(item, depth, take) {
            others.push(item);
            continue;
        }
        (any, is_list) = (true, is_list | is_one);
    }
    // Beside records in a list stand records: of other logs, or of a form that is not known.
    others.into_iter().filter(|item| is_list && item.is_object()).for_each(take);
    any
}

/// The members of a table: the names of its columns, and its rows as lists under one of two names.
const TABLE: [&str; 3] = ["columns", "rows", "values"];

/// The rows of a table whose columns stand apart, as in answers of queries, as objects.
///
/// A row with more or fewer cells than there are columns is an object of no known shape.
fn rows(table: Value<'_>) -> Vec<Nested> {
    let [columns, rows, values] = TABLE.map(|name| table.get(name));
    let (Some(columns), Some(rows)) = (columns, rows.or(values)) else { return Vec::new() };
    let name = |column: Value<'_>| {
        let named = || column.get("name").or_else(|| column.get("ColumnName"))?.text();
        column.text().or_else(named).unwrap_or_default().into_owned()
    };
    let names: Vec<String> = columns.items().map(name).collect();
    if !can_be_rows(table, names.iter().map(String::as_str), rows.items().count()) {
        return Vec::new();
    }
    let object = |row: Value<'_>| {
        let mut object = Object::default();
        if row.items().count() != names.len() {
            object.put(&[], "torn".to_owned(), quoted(row));
            return object.parse();
        }
        for (name, cell) in names.iter().zip(row.items()) {
            object.put(&[], name.clone(), quoted(cell));
        }
        object.parse()
    };
    rows.items().filter(|row| row.is_array()).filter_map(object).collect()
}

fn at(value: Value<'_>, depth: u8, take: &mut dyn FnMut(Value<'_>)) -> bool {
    if value.is_object() && is_read(value) {
        take(value);
        return true;
    }
    if matches!(value.kind(), Kind::Object | Kind::Array) {
        return find(value, depth, take);
    }
    depth > 0 && opened(value).is_some_and(|nested| at(nested.root(), depth - 1, take))
}

/// What a string holds: JSON, or that in Base64.
fn opened(value: Value<'_>) -> Option<Nested> {
    // How an object or a list begins in it.
    const STARTS: &[&str] = &["ey", "ew", "W3", "Wy", "Ww"];
    let packed = || {
        let text = value.as_str().filter(|text| STARTS.iter().any(|s| text.starts_with(s)))?;
        let bytes = base64::decode(text.trim())?;
        Nested::open_text(std::str::from_utf8(&bytes).ok()?)
    };
    Nested::open(value).or_else(packed)
}

/// Whether a record holds anything beside the one inside it, as far as that shows at a glance.
pub fn holds_more(value: Value<'_>) -> bool {
    value.members().nth(1).is_some()
}

/// Names of what a record holds beside those inside it; those of inner objects after that of the outer.
pub fn beside(value: Value<'_>) -> Vec<String> {
    let mut names = Vec::new();
    name(value, "", DEPTH, &mut names);
    names
}

fn name(value: Value<'_>, outer: &str, depth: u8, names: &mut Vec<String>) {
    for (key, member) in value.members() {
        let path = if outer.is_empty() { key.into_owned() } else { format!("{outer}.{key}") };
        if !at(member, depth, &mut |_| {}) {
            names.push(path);
        } else if depth > 0 && !(member.is_object() && is_read(member)) {
            name(member, &path, depth - 1, names);
        }
    }
}

/// Whether it is an event, one that was taken apart, or holds alerts.
fn is_read(value: Value<'_>) -> bool {
    let record = Record::new(value);
    // What it keeps is found on the way down, once.
    let mut known = SHAPES.iter().take_while(|s| s.name != NAME).filter(|s| s.name != KEPT_NAME);
    let shape = known.find(|shape| (shape.recognises)(&record));
    shape.is_some_and(|shape| {
        matches!(shape.read, Reading::Event(_) | Reading::Alerts(_))
            || [dotted::NAME, activity_elastic::DOTTED].contains(&shape.name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ShapeId, recognise};
    use super::*;

    const EVENT: &str = r#"{"time":"2026-03-01T10:00:00Z","resourceId":"/SUBSCRIPTIONS/S","operationName":"A/B/WRITE","category":"Administrative","resultType":"Success"}"#;

    /// A message with that event.
    const PACKED: &str = "eyJyZWNvcmRzIjpbeyJ0aW1lIjoiMjAyNi0wMy0wMVQxMDowMDowMFoiLCJyZXNvdXJjZUlkIjoiL1NVQlNDUklQVElPTlMvUyIsIm9wZXJhdGlvbk5hbWUiOiJBL0IvV1JJVEUiLCJjYXRlZ29yeSI6IkFkbWluaXN0cmF0aXZlIiwicmVzdWx0VHlwZSI6IlN1Y2Nlc3MifV19";

    fn inside(text: &str) -> (Option<&'static str>, Vec<String>) {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let shape = recognise(&Record::new(nested.root())).map(ShapeId::shape);
        let mut seen = Vec::new();
        if let Some(Reading::Inner { open, .. }) = shape.map(|shape| &shape.read) {
            open(nested.root(), &mut |value| seen.push(value.raw().to_owned()));
        }
        (shape.map(|shape| shape.name), seen)
    }

    #[test]
    fn the_original_is_found_under_any_name() {
        let quoted = serde_json::to_string(EVENT).unwrap();
        for text in [
            format!(r#"{{"preview":false,"offset":0,"result":{{"_raw":{quoted},"_time":"x"}}}}"#),
            format!(r#"{{"time":1536324222.9,"sourcetype":"azure","event":{EVENT}}}"#),
            format!(r#"{{"_raw":{quoted},"sourcetype":"azure"}}"#),
            format!(
                r#"{{"timestamp":"x","rule":{{"level":3}},"data":{EVENT},"location":"Azure"}}"#
            ),
            format!(r#"{{"timestamp":"x","rule":{{"level":3}},"full_log":{quoted}}}"#),
            format!(r#"{{"@timestamp":"x","@version":"1","records":{EVENT}}}"#),
            format!(r#"{{"id":"A","type":"log","attributes":{{"attributes":{EVENT}}}}}"#),
            format!(r#"{{"logEntries":[{{"logText":{quoted}}}]}}"#),
            // {"records":[...]} as a hub hands it out.
            format!(r#"{{"ContentData":"{PACKED}","Properties":{{"x-opt-offset":"1"}}}}"#),
        ] {
            assert_eq!(inside(&text), (Some("wrapped"), vec![EVENT.to_owned()]), "{text}");
        }
    }

    #[test]
    fn what_else_a_record_holds_is_named() {
        let text =
            format!(r#"{{"offset":0,"result":{{"_raw":{EVENT},"host":"x"}},"more":[{{"a":1}}]}}"#);
        let nested = Nested::parse(text).unwrap();
        assert_eq!(beside(nested.root()), ["offset", "result.host", "more"]);
        assert!(holds_more(nested.root()));
    }

    #[test]
    fn the_original_that_a_record_of_another_log_keeps_is_read() {
        let quoted = serde_json::to_string(EVENT).unwrap();
        for (text, other) in [
            (
                r#"{"time":"t","category":"AdvancedHunting-CloudAuditEvents","properties":{"RawEventData":$}}"#,
                "advanced-hunting",
            ),
            (
                r#"{"TenantId":"w","TimeGenerated":"t","Type":"CloudAppEvents","RawEventData":$}"#,
                "resource-log",
            ),
            (
                r#"{"TenantId":"w","TimeGenerated":"t","Type":"HuntingBookmark","QueryResultRow":$}"#,
                "resource-log",
            ),
            (
                r#"{"id":"/subscriptions/s/x","name":"b","type":"Microsoft.SecurityInsights/bookmarks","properties":{"queryResult":$}}"#,
                "resource-list",
            ),
            (
                r#"{"id":"1","eventType":"Contoso.X","subject":"s","eventTime":"t","data":$}"#,
                "other-notification",
            ),
            (
                r#"{"specversion":"1.0","type":"Contoso.X","source":"s","data":{"a":[$]}}"#,
                "other-notification",
            ),
        ] {
            for original in [EVENT, &quoted] {
                let text = text.replace('$', original);
                assert_eq!(inside(&text), (Some("kept-original"), vec![EVENT.to_owned()]));
            }
            let text = text.replace('$', r#"{"b":1}"#);
            assert_eq!(inside(&text).0, Some(other), "{text}");
        }
    }

    #[test]
    fn records_in_records_cost_no_more_a_level_and_what_was_taken_apart_is_read_in_any() {
        let mut text = r#"{"b":1}"#.to_owned();
        for _ in 0..30 {
            text =
                format!(r#"{{"specversion":"1.0","type":"Contoso.X","source":"s","data":{text}}}"#);
            text = format!(r#"{{"TimeGenerated":"t","a_s":"1","b_s":"2","c_s":{text}}}"#);
        }
        assert_eq!(inside(&text).1, [""; 0]);
        let dotted = r#"{"@timestamp":"t","azure.activitylogs.operation_name":"A/B/WRITE"}"#;
        assert_eq!(inside(&format!(r#"{{"hits":[{dotted}]}}"#)).1, [dotted]);
    }

    #[test]
    fn a_table_of_long_names_and_many_short_cells_is_not_written_out() {
        let rows = "[1],".repeat(10_000);
        let names = "n".repeat(100_000);
        let text = format!(r#"{{"x":{{"columns":["{names}"],"rows":[{rows}[1]]}}}}"#);
        let nested = Nested::parse(text).unwrap();
        assert!(super::rows(nested.root().get("x").unwrap()).is_empty());
    }

    #[test]
    fn rows_of_an_answer_are_put_together_and_read_once() {
        let table = r#"{"tables":[{"name":"T","columns":[{"name":"TimeGenerated"},{"name":"OperationNameValue"},{"name":"Note"}],"rows":[["t","A/B/WRITE",{"x":1}]]}]}"#;
        let row = r#"{"TimeGenerated":"t","OperationNameValue":"A/B/WRITE","Note":{"x":1}}"#;
        let common = format!(
            r#"{{"schemaId":"azureMonitorCommonAlertSchema","data":{{"alertContext":{{"SearchResults":{table}}}}}}}"#
        );
        assert_eq!(inside(&common), (Some("kept-original"), vec![row.to_owned()]));
        let legacy = format!(
            r#"{{"schemaId":"Microsoft.Insights/LogAlert","data":{{"SearchResult":{table}}}}}"#
        );
        assert_eq!(inside(&legacy), (Some("wrapped"), vec![row.to_owned()]));
        let torn = common.replace("[[\"t\"", "[[1],[\"t\"");
        assert_eq!(inside(&torn).1, [row, r#"{"torn":[1]}"#]);
        let values = common.replace("\"rows\"", "\"values\"");
        assert_eq!(inside(&values).1, [row]);
        let raw = format!(
            r#"{{"a":{{"columns":["Raw"],"rows":[[{}]]}}}}"#,
            serde_json::to_string(EVENT).unwrap()
        );
        assert_eq!(inside(&raw), (Some("wrapped"), vec![EVENT.to_owned()]));
    }

    #[test]
    fn answers_that_a_tool_recorded_are_found_in_its_own_form() {
        let page = serde_json::to_string(&format!(r#"{{"value":[{EVENT}]}}"#)).unwrap();
        for text in [
            format!(r#"{{"log":{{"entries":[{{"response":{{"content":{{"text":{page}}}}}}}]}}}}"#),
            format!(r#"{{"item":[{{"item":[{{"response":[{{"body":{page}}}]}}]}}]}}"#),
            format!(r#"{{"Messages":[{{"Body":{page}}}]}}"#),
        ] {
            assert_eq!(inside(&text), (Some("wrapped"), vec![EVENT.to_owned()]), "{text}");
        }
    }

    #[test]
    fn every_record_is_taken_and_nothing_else() {
        let two = format!(r#"{{"a":[{EVENT},1],"c":{{"d":{EVENT}}}}}"#);
        assert_eq!(inside(&two).1.len(), 2);
        let listed = format!(r#"{{"a":[{{"b":1}},{EVENT}],"c":[{{"d":1}}]}}"#);
        assert_eq!(inside(&listed).1, [EVENT, r#"{"b":1}"#], "an entry of a list of records");
        for text in [
            r#"{"a":{"b":"{\"c\":1}"}}"#.to_owned(),
            // An object of a directory is no event.
            r#"{"data":{"id":"1","displayName":"x","userPrincipalName":"x@y"}}"#.to_owned(),
            format!("{}{EVENT}{}", r#"{"a":"#.repeat(13), "}".repeat(13)),
        ] {
            assert_eq!(inside(&text).1, [""; 0], "{text}");
        }
    }
}
