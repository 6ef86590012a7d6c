//! Records whose objects were taken apart into members with dotted names, such as `claims.appid`.
//!
//! Indexes of logs write them so, and notebooks that make a table of JSON. The record is put together
//! again and read as that; where the index kept the original beside them, that is read instead.

use super::object::{Object, is_said, quoted};
use super::text::Nested;
use super::{Keys, Reading, Record, Shape, recognise_itself};
use crate::base::json::Value;

/// The name of the shape.
pub(super) const NAME: &str = "dotted";

/// A record that was taken apart.
pub(super) static DOTTED: Shape = Shape {
    name: NAME,
    about: "Records whose objects were taken apart into dotted names, such as `claims.appid` and `operationName.value`: fields of Splunk, tables that notebooks make of JSON.",
    rank: 11,
    is_partial: false,
    recognises: |record| record.any(Keys::DOTTED) && original(record.value).is_some(),
    read: Reading::Inner {
        open: |value, take| {
            if let Some(record) = original(value) {
                take(record.root());
            }
        },
        around: false,
    },
};

/// What names of parts begin with, and the objects that these are of. Names of claims have dots themselves.
const PARTS: &[(&str, &[&str])] = &[
    ("identity.authorization.evidence.", &["identity", "authorization", "evidence"]),
    ("identity.authorization.", &["identity", "authorization"]),
    ("identity.claims.", &["identity", "claims"]),
    ("authorization.evidence.", &["authorization", "evidence"]),
    ("authorization.", &["authorization"]),
    ("claims.", &["claims"]),
    ("httpRequest.", &["httpRequest"]),
    ("properties.extendedProperties.", &["properties", "extendedProperties"]),
    ("properties.", &["properties"]),
];
/// Parts of a value that is written twice, once in the language of whoever asked.
const TWINS: &[&str] = &["value", "localizedValue"];

/// The record as it was, if it is an event or an alert.
fn original(record: Value<'_>) -> Option<Nested> {
    let is_known = |nested: &Nested| {
        let shape = recognise_itself(&Record::new(nested.root())).map(|shape| &shape.read);
        matches!(shape, Some(Reading::Event(_) | Reading::Alerts(_)))
    };
    let kept = record.get("_raw").and_then(Nested::open).filter(is_known);
    kept.or_else(|| together(record).filter(is_known))
}

/// Puts the record together.
fn together(record: Value<'_>) -> Option<Nested> {
    let mut whole = Object::default();
    for (name, value) in record.members().filter(|(name, value)| name != "_raw" && is_said(*value))
    {
        match part_of(&name) {
            (Some(path), rest) => whole.put(path, rest.to_owned(), quoted(value)),
            (None, name) => match name.rsplit_once('.') {
                Some((object, twin)) if TWINS.contains(&twin) => {
                    whole.put(&[object], twin.to_owned(), quoted(value));
                }
                _ => whole.put(&[], name.to_owned(), quoted(value)),
            },
        }
    }
    let time = record.get("_time").filter(|_| !whole.has("time") && !whole.has("eventTimestamp"));
    if let Some(time) = time {
        whole.put(&[], "time".to_owned(), quoted(time));
    }
    whole.parse()
}

/// The objects around a part and its name in the innermost.
fn part_of(name: &str) -> (Option<&'static [&'static str]>, &str) {
    let found = PARTS.iter().find_map(|(start, path)| Some((*path, name.strip_prefix(start)?)));
    found.map_or((None, name), |(path, rest)| (Some(path), rest))
}

#[cfg(test)]
mod tests {
    use super::super::recognise;
    use super::*;

    /// The shape of the record inside and its text.
    fn inside(text: &str) -> (&'static str, String) {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let shape = recognise(&Record::new(nested.root())).unwrap().shape();
        assert_eq!(shape.name, NAME, "{text}");
        let inner = original(nested.root()).unwrap();
        let shape = recognise(&Record::new(inner.root())).unwrap().shape();
        (shape.name, inner.root().raw().to_owned())
    }

    #[test]
    fn the_objects_of_a_row_are_put_together_and_empty_cells_left_out() {
        let (shape, text) = inside(
            r#"{"eventTimestamp":"t","claims.puid":"nan","claims.altsecid":"None","claims.xms_az_rid":null,"claims.email":"NULL","operationName.value":"A/b/write","operationName.localizedValue":"B","claims.appid":"a","claims.xms_mirid":"",
            "claims.http://schemas.microsoft.com/identity/claims/scope":"","claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"u@x.y","httpRequest.clientIpAddress":"192.0.2.1","eventDataId":"e"}"#,
        );
        assert_eq!(shape, "activity-rest");
        assert_eq!(
            text,
            r#"{"eventTimestamp":"t","operationName":{"value":"A/b/write","localizedValue":"B"},"claims":{"appid":"a","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"u@x.y"},"httpRequest":{"clientIpAddress":"192.0.2.1"},"eventDataId":"e"}"#
        );
    }

    #[test]
    fn fields_of_an_index_are_a_record_and_the_original_beside_them_comes_first() {
        let fields = r#""_time":"2023-11-14T22:13:20.123+0000","operationName":"A/B/WRITE","category":"Administrative","resourceId":"/x","identity.claims.appid":"a","identity.authorization.evidence.role":"Owner""#;
        let (shape, text) = inside(&format!("{{{fields}}}"));
        assert_eq!(shape, "activity-diagnostic");
        assert!(text.contains(r#""identity":{"claims":{"appid":"a"},"authorization":{"evidence":{"role":"Owner"}}}"#), "{text}");
        assert!(text.ends_with(r#""time":"2023-11-14T22:13:20.123+0000"}"#), "{text}");
        let raw = r#"{"time":"t","operationName":"A/B/WRITE","category":"Administrative","resourceId":"/y"}"#;
        let (_, text) = inside(&format!("{{{fields},\"_raw\":{}}}", serde_json::Value::from(raw)));
        assert_eq!(text, raw);
    }

    #[test]
    fn alerts_are_put_together_and_other_records_are_left_to_others() {
        let (shape, text) = inside(
            r#"{"id":"/subscriptions/s/providers/Microsoft.Security/locations/l/alerts/a","type":"Microsoft.Security/Locations/alerts","properties.alertType":"K","properties.extendedProperties.user Name":"eve"}"#,
        );
        assert_eq!(shape, "alert-rest");
        assert!(text.contains(r#""extendedProperties":{"user Name":"eve"}"#), "{text}");
        let other = r#"{"time":"t","category":"SignInLogs","identity.claims.appid":"a"}"#;
        let nested = Nested::parse(other.to_owned()).unwrap();
        assert_eq!(recognise(&Record::new(nested.root())).unwrap().shape().name, "entra-log");
    }
}
