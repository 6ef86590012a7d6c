//! Records inside those of a SIEM or a log service, under whatever name they keep the original.

use super::text::Nested;
use super::{Reading, Record, SHAPES, Shape};
use crate::base::json::{Kind, Value};

/// A record of no known shape that holds one.
pub(super) static WRAPPED: Shape = Shape {
    name: "wrapped",
    about: "Records inside those of a SIEM or a log service, as objects or as text: exports of Splunk, Wazuh, Logstash, Datadog.",
    rank: 10,
    recognises: |record| find(record.value, DEPTH, &mut |_| {}),
    read: Reading::Inner(|value, take| {
        find(value, DEPTH, take);
    }),
};

/// So deep are records looked for.
const DEPTH: u8 = 5;

/// Gives `take` every record among the members; returns whether there are any.
fn find(value: Value<'_>, depth: u8, take: &mut dyn FnMut(Value<'_>)) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let mut any = false;
    match value.kind() {
        Kind::Object => {
            for (_, member) in value.members() {
                any |= at(member, depth, take);
            }
        }
        Kind::Array => {
            for item in value.items() {
                any |= at(item, depth, take);
            }
        }
        _ => {}
    }
    any
}

fn at(value: Value<'_>, depth: u8, take: &mut dyn FnMut(Value<'_>)) -> bool {
    if value.is_object() && is_read(value) {
        take(value);
        return true;
    }
    if matches!(value.kind(), Kind::Object | Kind::Array) {
        return find(value, depth, take);
    }
    depth > 0 && Nested::open(value).is_some_and(|nested| at(nested.root(), depth - 1, take))
}

/// Whether it is an event or holds alerts.
fn is_read(value: Value<'_>) -> bool {
    let record = Record::new(value);
    let mut known = SHAPES.iter().take_while(|shape| shape.name != WRAPPED.name);
    let shape = known.find(|shape| (shape.recognises)(&record));
    shape.is_some_and(|shape| matches!(shape.read, Reading::Event(_) | Reading::Alerts(_)))
}

#[cfg(test)]
mod tests {
    use super::super::{ShapeId, recognise};
    use super::*;

    const EVENT: &str = r#"{"time":"2026-03-01T10:00:00Z","resourceId":"/SUBSCRIPTIONS/S","operationName":"A/B/WRITE","category":"Administrative","resultType":"Success"}"#;

    fn inside(text: &str) -> (Option<&'static str>, Vec<String>) {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let shape = recognise(&Record::new(nested.root())).map(ShapeId::shape);
        let mut seen = Vec::new();
        if let Some(Reading::Inner(open)) = shape.map(|shape| &shape.read) {
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
        ] {
            assert_eq!(inside(&text), (Some("wrapped"), vec![EVENT.to_owned()]), "{text}");
        }
    }

    #[test]
    fn every_record_is_taken_and_nothing_else() {
        let two = format!(r#"{{"a":[{EVENT},{{"b":1}}],"c":{{"d":{EVENT}}}}}"#);
        assert_eq!(inside(&two).1.len(), 2);
        for text in [
            r#"{"a":{"b":"{\"c\":1}"}}"#.to_owned(),
            // An object of a directory is no event.
            r#"{"data":{"id":"1","displayName":"x","userPrincipalName":"x@y"}}"#.to_owned(),
            format!(r#"{{"a":{{"a":{{"a":{{"a":{{"a":{{"a":{EVENT}}}}}}}}}}}}}"#),
        ] {
            assert_eq!(inside(&text).1, [""; 0], "{text}");
        }
    }
}
