//! Activity Log as Filebeat and the Elastic Agent store it, and records that carry another one.
//!
//! The original record, where it was kept, says more than what was taken from it, so a carrier
//! that can be opened is read before its own members are.

use super::object::{Object, is_said, quoted};
use super::text::Nested;
use super::{Fields, Keys, Reading, Record, Shape, recognise_itself};
use crate::base::json::{self, Kind, Value};

/// The name of the shape of events with dotted member names.
pub(super) const DOTTED: &str = "elastic-dotted";

/// An event with dotted member names.
pub(super) static FLAT: Shape = Shape {
    name: DOTTED,
    about: "Activity Log events of Elastic whose objects were taken apart into dotted names, as Kibana shows and exports them.",
    rank: 9,
    is_partial: false,
    recognises: |record| record.any(Keys::ELASTIC),
    read: Reading::Inner {
        open: |value, take| {
            if let Some(whole) = together(value) {
                take(whole.root());
            }
        },
        around: false,
    },
};

/// An event with nested members.
pub(super) static NESTED: Shape = Shape {
    name: "activity-elastic",
    about: "Activity Log events of Elastic without their original.",
    rank: 8,
    is_partial: false,
    recognises: |record| {
        let activity = || record.value.get("azure")?.get("activitylogs");
        record.has(Keys::AZURE) && activity().is_some_and(Value::is_object)
    },
    read: Reading::Event(nested),
};

/// A record that holds another.
pub(super) static CARRIER: Shape = Shape {
    name: "carrier",
    about: "Records that hold the original one: Elastic documents, captured Event Hub messages.",
    rank: 10,
    is_partial: false,
    recognises: |record| carries(record) && open(record.value, &mut |_| {}),
    read: Reading::Inner {
        open: |value, take| {
            open(value, take);
        },
        around: false,
    },
};

fn carries(record: &Record<'_>) -> bool {
    let places = Keys::EVENT.and(Keys::MESSAGE).and(Keys::SOURCE).and(Keys::BODY).and(Keys::DATA);
    // A resource log may have a message of its own.
    record.any(places) && !record.has(Keys::TIME.and(Keys::CATEGORY))
}

/// The document as Kibana shows it: dotted names, each value in a list.
fn shown(value: Value<'_>) -> Option<Value<'_>> {
    let fields = value.get("fields")?;
    let mut members = fields.members();
    members.any(|(name, _)| name.starts_with("azure.activitylogs.")).then_some(fields)
}

/// The message inside a `CloudEvents` envelope, if it is one that is read.
fn enveloped(value: Value<'_>) -> Option<Value<'_>> {
    value.get("specversion")?;
    let data = value.get("data")?;
    let data = data.get("data").filter(|inner| inner.is_object()).unwrap_or(data);
    let records = data.get("records").unwrap_or(data);
    let first = records.items().next().unwrap_or(records);
    let shape = recognise_itself(&Record::new(first))?;
    matches!(shape.read, Reading::Event(_) | Reading::Alerts(_)).then_some(data)
}

/// Gives `take` the records inside; returns whether there are any.
fn open(value: Value<'_>, take: &mut dyn FnMut(Value<'_>)) -> bool {
    let original = || value.get("event").and_then(|event| event.get("original"));
    let places = [
        value.get("event.original"),
        original(),
        value.get("_source"),
        value.get("message"),
        value.get("body"),
        value.get("RequestBody"),
        shown(value),
        enveloped(value),
    ];
    places.into_iter().flatten().any(|place| inside(place, take))
}

fn inside(place: Value<'_>, take: &mut dyn FnMut(Value<'_>)) -> bool {
    if matches!(place.kind(), Kind::Object | Kind::Array) {
        return each(place, take);
    }
    let Some(text) = place.as_str() else { return false };
    let text = text.trim();
    let nested = if text.starts_with("{\\\"") || text.starts_with("[{\\\"") {
        // Escaped once more than it should be.
        Nested::parse(json::unescape(text))
    } else {
        Nested::open(place)
    };
    nested.is_some_and(|nested| each(nested.root(), take))
}

/// Gives `take` a record, or each of a list or of an envelope.
fn each(value: Value<'_>, take: &mut dyn FnMut(Value<'_>)) -> bool {
    let list = value.get("records").filter(|list| list.is_array()).unwrap_or(value);
    if list.is_object() {
        take(list);
        return true;
    }
    let mut any = false;
    for item in list.items().filter(|item| item.is_object()) {
        take(item);
        any = true;
    }
    any
}

/// What dotted names begin with, and the objects that these are of. Names of claims have dots themselves.
const PARTS: &[(&str, &[&str])] = &[
    ("azure.activitylogs.identity.claims.", &["azure", "activitylogs", "identity", "claims"]),
    (
        "azure.activitylogs.identity.claims_initiated_by_user.",
        &["azure", "activitylogs", "identity", "claims_initiated_by_user"],
    ),
    (
        "azure.activitylogs.identity.authorization.evidence.",
        &["azure", "activitylogs", "identity", "authorization", "evidence"],
    ),
    (
        "azure.activitylogs.identity.authorization.",
        &["azure", "activitylogs", "identity", "authorization"],
    ),
    ("azure.activitylogs.identity.", &["azure", "activitylogs", "identity"]),
    ("azure.activitylogs.properties.", &["azure", "activitylogs", "properties"]),
    ("azure.activitylogs.", &["azure", "activitylogs"]),
    ("azure.resource.", &["azure", "resource"]),
    ("azure.", &["azure"]),
    ("event.", &["event"]),
    ("source.", &["source"]),
    ("client.", &["client"]),
    ("log.", &["log"]),
];

/// Puts an event with dotted names together, as it would be with nested objects.
fn together(record: Value<'_>) -> Option<Nested> {
    let mut whole = Object::default();
    for (name, value) in record.members() {
        // Kibana shows each value in a list, where it is the only one.
        let only = value.items().next().filter(|_| value.items().nth(1).is_none());
        let value = only.unwrap_or(value);
        if !is_said(value) {
            continue;
        }
        let raw = quoted(value);
        let part = PARTS.iter().find_map(|(start, path)| Some((*path, name.strip_prefix(start)?)));
        match part {
            Some((path, rest)) => whole.put(path, rest.to_owned(), raw),
            None => whole.put(&[], name.into_owned(), raw),
        }
    }
    whole.parse()
}

/// Takes a claim that says who called: by preference name of the user, then id.
fn claimed<'a>(claim: &str, value: Value<'a>, callers: &mut [Option<Value<'a>>; 4]) {
    let rank = match claim.rsplit('/').next().unwrap_or_default() {
        "upn" => 0,
        "name" if claim.contains('/') => 1,
        "objectidentifier" => 3,
        _ => return,
    };
    callers[rank] = Some(value);
}

/// Takes a member of the activity log.
fn place<'a>(name: &str, value: Value<'a>, f: &mut Fields<'a>) {
    let slot = match name {
        "operation_name" => &mut f.operation,
        // Profiles wrote a verb as the category; this one is the category itself.
        "event_category" => &mut f.category,
        "category" if f.category.is_none() => &mut f.category,
        "result_type" => &mut f.status,
        "result_signature" => &mut f.signature,
        "result_description" => &mut f.description,
        "level" => &mut f.level,
        "tenant_id" => &mut f.tenant,
        "event_data_id" => &mut f.event_id,
        "identity_name" => &mut f.caller,
        "properties" => &mut f.properties,
        _ => return,
    };
    *slot = Some(value);
}

fn nested(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields::default();
    let at = |path: &[&str]| path.iter().try_fold(record, |value, name| value.get(name));
    f.time = at(&["@timestamp"]);
    f.correlation = at(&["azure", "correlation_id"]);
    f.resource = at(&["azure", "resource", "id"]);
    f.group = at(&["azure", "resource", "group"]);
    f.provider = at(&["azure", "resource", "provider"]);
    f.subscription = at(&["azure", "subscription_id"]);
    f.tenant = at(&["azure", "tenant_id"]);
    f.client_ip = at(&["source", "ip"]).or_else(|| at(&["client", "ip"]));
    f.level = at(&["log", "level"]);
    if let Some(activity) = at(&["azure", "activitylogs"]) {
        for (name, value) in activity.members() {
            place(&name, value, &mut f);
        }
    }
    // A row that tells no more than how it ended; of a call that is under way, Elastic says "unknown".
    if f.status.is_none() && f.signature.is_none() {
        let ended = |value: &Value<'_>| matches!(value.raw(), "success" | "failure");
        f.status = at(&["event", "outcome"]).filter(ended);
    }
    f.claims = at(&["azure", "activitylogs", "identity", "claims"]);
    f.authorization = at(&["azure", "activitylogs", "identity", "authorization"]);
    let mut callers = [None; 4];
    if let Some(claims) = f.claims {
        for (name, value) in claims.members() {
            claimed(&name, value, &mut callers);
        }
    }
    callers[2] = at(&["azure", "activitylogs", "identity", "claims_initiated_by_user", "name"]);
    f.caller = callers.into_iter().flatten().next().or(f.caller);
    f
}

#[cfg(test)]
mod tests {
    use super::super::recognise;
    use super::*;

    fn shape(text: &str) -> Option<&'static str> {
        let nested = Nested::parse(text.to_owned()).unwrap();
        recognise(&Record::new(nested.root())).map(|id| id.shape().name)
    }

    fn inner(text: &str) -> Vec<String> {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let mut seen = Vec::new();
        open(nested.root(), &mut |value| seen.push(value.raw().to_owned()));
        seen
    }

    #[test]
    fn originals_are_found_wherever_they_stand() {
        for text in [
            r#"{"event.original":"{\"time\":\"t\"}","azure.activitylogs.category":"Action"}"#,
            r#"{"event":{"original":"{\"time\":\"t\"}"},"azure":{"activitylogs":{}}}"#,
            r#"{"message":"{\\\"time\\\":\\\"t\\\"}\\r\\n"}"#,
            r#"{"_source":{"time":"t"},"_index":"i"}"#,
            r#"{"Body":"{\"records\":[{\"time\":\"t\"}]}"}"#,
        ] {
            assert_eq!(shape(text), Some("carrier"), "{text}");
            assert_eq!(inner(text), [r#"{"time":"t"}"#], "{text}");
        }
    }

    #[test]
    fn a_message_for_people_carries_nothing() {
        assert_eq!(shape(r#"{"message":"{ not a record","x":1}"#), None);
        assert_eq!(shape(r#"{"message":"[]","x":1}"#), None);
        assert_eq!(inner(r#"{"event":{"original":7},"body":null}"#), [""; 0]);
    }

    #[test]
    fn what_kibana_shows_and_cloud_events_hold_is_opened() {
        let shown = r#"{"azure.activitylogs.operation_name":["OP"],"@timestamp":["t"]}"#;
        let text = format!(r#"{{"_index":"i","fields":{shown}}}"#);
        assert_eq!((shape(&text), inner(&text)), (Some("carrier"), vec![shown.to_owned()]));
        assert_eq!(shape(shown), Some("elastic-dotted"));
        let opened = together(Nested::parse(shown.to_owned()).unwrap().root()).unwrap();
        assert_eq!(nested(opened.root()).operation.unwrap().raw(), "OP");
        let record =
            r#"{"time":"t","category":"Administrative","operationName":"A/B","resourceId":"/x"}"#;
        for data in [format!(r#"{{"Data":{{"records":[{record}]}}}}"#), record.to_owned()] {
            let text = format!(r#"{{"specversion":"1.0","type":"x","time":"t","data":{data}}}"#);
            assert_eq!((shape(&text), inner(&text)), (Some("carrier"), vec![record.to_owned()]));
        }
        assert_eq!(shape(r#"{"fields":{"a":[1]},"x":1}"#), None);
    }

    #[test]
    fn an_original_that_is_cut_leaves_the_members() {
        let text = r#"{"event.original":"{\"time\":","azure.activitylogs.category":"Action","@timestamp":"t"}"#;
        assert_eq!(shape(text), Some("elastic-dotted"));
    }

    #[test]
    fn a_cell_without_a_value_is_no_member() {
        for nothing in [r#""-""#, r#"" - ""#, r#""(null)""#, "\"\"", r#"["-"]"#, "null"] {
            let text = format!(
                r#"{{"@timestamp":"t","azure.activitylogs.operation_name":"OP","azure.resource.id":{nothing},"azure.activitylogs.identity.claims.xms_mirid":{nothing},"azure.activitylogs.identity.claims.appid":"a"}}"#
            );
            let whole = together(Nested::parse(text).unwrap().root()).unwrap();
            let f = nested(whole.root());
            assert!(f.resource.is_none(), "{nothing}");
            assert_eq!(f.claims.map(Value::raw), Some(r#"{"appid":"a"}"#), "{nothing}");
        }
    }

    #[test]
    fn flat_and_nested_members_say_the_same() {
        let one = r#"{"@timestamp":"t","azure.activitylogs.category":"Action","azure.activitylogs.event_category":"Administrative",
            "azure.activitylogs.operation_name":"OP","azure.activitylogs.result_signature":"Started.","azure.correlation_id":"c","azure.resource.id":"/r",
            "azure.activitylogs.identity.claims.http://schemas_microsoft_com/identity/claims/objectidentifier":"o","client.ip":"192.0.2.1"}"#;
        let two = r#"{"@timestamp":"t","azure":{"activitylogs":{"category":"Action","event_category":"Administrative","operation_name":"OP",
            "result_signature":"Started.","identity":{"claims":{"http://schemas_microsoft_com/identity/claims/objectidentifier":"o"}}},
            "correlation_id":"c","resource":{"id":"/r"}},"client":{"ip":"192.0.2.1"}}"#;
        assert_eq!((shape(one), shape(two)), (Some("elastic-dotted"), Some("activity-elastic")));
        let opened = |text: &str| Nested::parse(text.to_owned()).unwrap();
        for whole in [together(opened(one).root()).unwrap(), opened(two)] {
            let f = nested(whole.root());
            let said = [
                f.time,
                f.category,
                f.operation,
                f.signature,
                f.correlation,
                f.resource,
                f.caller,
                f.client_ip,
            ];
            let said: Vec<_> = said.iter().map(|v| v.unwrap().raw()).collect();
            assert_eq!(
                said,
                ["t", "Administrative", "OP", "Started.", "c", "/r", "o", "192.0.2.1"]
            );
        }
    }

    #[test]
    fn bodies_and_authorization_are_put_together_as_claims_are() {
        let text = r#"{"@timestamp":"t","azure.activitylogs.operation_name":"OP","azure.activitylogs.properties.status_code":"Created",
            "azure.activitylogs.properties.requestbody":"{\"Properties\":{}}","azure.activitylogs.identity.authorization.evidence.role":"Owner",
            "azure.activitylogs.identity.claims.http://schemas_microsoft_com/identity/claims/scope":"s",
            "azure.activitylogs.identity.claims_initiated_by_user.name":"eve@x.y","tags":["a","b"]}"#;
        let whole = together(Nested::parse(text.to_owned()).unwrap().root()).unwrap();
        let f = nested(whole.root());
        let part = |value: Option<Value<'_>>, name: &str| {
            value.and_then(|value| value.get(name)).map(|value| value.raw().to_owned())
        };
        assert_eq!(part(f.properties, "status_code").as_deref(), Some("Created"));
        assert_eq!(part(f.properties, "requestbody").as_deref(), Some(r#"{\"Properties\":{}}"#));
        let evidence = f.authorization.and_then(|value| value.get("evidence"));
        assert_eq!(part(evidence, "role").as_deref(), Some("Owner"));
        assert!(f.claims.is_some_and(|claims| claims.members().count() == 1));
        assert_eq!(
            f.caller.and_then(|caller| caller.as_str().map(String::from)).as_deref(),
            Some("eve@x.y")
        );
        assert_eq!(whole.root().get("tags").map(|tags| tags.items().count()), Some(2));
    }

    #[test]
    fn the_outcome_that_elastic_tells_stands_for_a_status_that_was_left_out() {
        let status = |text: &str| {
            let whole = together(Nested::parse(text.to_owned()).unwrap().root()).unwrap();
            nested(whole.root()).status.map(|status| status.raw().to_owned())
        };
        let row = |more: &str| {
            format!(r#"{{"@timestamp":"t","azure.activitylogs.operation_name":"OP"{more}}}"#)
        };
        assert_eq!(status(&row(r#","event.outcome":"failure""#)).as_deref(), Some("failure"));
        assert_eq!(status(&row(r#","event.outcome":"unknown""#)), None);
        let both = r#","event.outcome":"failure","azure.activitylogs.result_type":"Success""#;
        assert_eq!(status(&row(both)).as_deref(), Some("Success"));
    }
}
