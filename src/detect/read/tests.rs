//! Reading the values of fields from records.

use super::*;

/// The values of a field in a record, without columns.
fn values(record: &str, field: &str) -> Vec<String> {
    let nested = Nested::parse(record.to_owned()).unwrap();
    let (row, identity) = (Row::default(), Identity::default());
    let mut seen = Vec::new();
    let memo = Memo::of(nested.root());
    View::new(&row, &identity, nested.root(), &memo).each(&Field::resolve(field), &mut |value| {
        seen.push(value.to_owned());
        false
    });
    seen
}

#[test]
fn one_path_finds_its_value_in_every_shape() {
    let body = r#""{\"Properties\":{\"Access\":\"Allow\"}}""#;
    let text = |json: &str| serde_json::Value::from(json).to_string();
    let inner = format!(r#"{{"requestbody":{body}}}"#);
    for record in [
        format!(r#"{{"properties":{inner}}}"#),
        format!(r#"{{"properties":{}}}"#, text(&inner)),
        format!(r#"{{"Properties":{}}}"#, text(&inner)),
        format!(r#"{{"Properties":"","Properties_d":{inner}}}"#),
        format!(r#"{{"Properties":{{"Content":{inner}}}}}"#),
        format!(
            r#"{{"schemaId":"x","data":{{"context":{{"activityLog":{{"properties":{inner}}}}}}}}}"#
        ),
        format!(r#"{{"schemaId":"x","data":{{"alertContext":{{"properties":{inner}}}}}}}"#),
        format!(r#"{{"azure":{{"activitylogs":{{"properties":{inner}}}}}}}"#),
    ] {
        let field = "properties.requestbody.properties.access";
        assert_eq!(values(&record, field), ["Allow"], "{record}");
        assert_eq!(values(&record, "body.properties.access"), ["Allow"], "{record}");
    }
}

#[test]
fn names_may_be_written_with_escapes() {
    for (record, field) in [
        (r#"{"properties":{"gr\u00f6\u00dfe":"x"}}"#, "properties.größe"),
        (r#"{"properties":{"a\/b":"x"}}"#, "properties.a/b"),
        (r#"{"prop\u0065rties":{"a":"x"}}"#, "properties.a"),
        (r#"{"properties":{"r\u0065questbody":{"tags":{"a":"x"}}}}"#, "body.tags.a"),
        (r#"{"properties":{"requestbody":{"t\u0061gs":{"a":"x"}}}}"#, "body.tags.a"),
        (r#"{"properties":{"requestbody":"{\"t\\u0061gs\":{\"a\":\"x\"}}"}}"#, "body.tags.a"),
        (r#"{"properties":{"tags\u002ea":"x"}}"#, "properties.tags.a"),
        (r#"{"\u0072oot":{"a":"x"}}"#, "root.a"),
    ] {
        assert_eq!(values(record, field), ["x"], "{record}");
    }
}

#[test]
fn items_of_lists_are_named_as_others_name_them() {
    let record = r#"{"properties":{"requestbody":{"l":[{"a":1},{"a":2}]},"m":{"0":{"a":3}}}}"#;
    for field in ["l.a", "l{}.a", "l[].a", "l[*].a", "l.*.a", "l[0].a", "l.0.a"] {
        assert_eq!(values(record, &format!("body.{field}")), ["1", "2"], "{field}");
    }
    assert_eq!(values(record, "properties.m.0.a"), ["3"]);
}

#[test]
fn claims_are_found_in_every_shape() {
    for record in [
        r#"{"claims":{"http://x/claims/scope":"s"}}"#,
        r#"{"identity":{"claims":{"scp":"s"}}}"#,
        r#"{"eventType":"x","data":{"operationName":"o","claims":{"scope":"s"}}}"#,
        r#"{"Claims":"{\"scope\":\"s\"}"}"#,
        r#"{"Claims":{"Content":{"scope":"s"}}}"#,
    ] {
        assert_eq!(values(record, "claims.scope"), ["s"], "{record}");
        assert_eq!(values(record, "identity.claims.scope"), ["s"], "{record}");
    }
}

#[test]
fn lists_give_each_item_and_null_is_absent() {
    let record =
        r#"{"properties":{"a":[{"b":1},{"b":null},{"b":[2,3]}],"c":null,"d":{"e":1},"f":""}}"#;
    assert_eq!(values(record, "properties.a.b"), ["1", "2", "3"]);
    assert_eq!(values(record, "properties.c"), [""; 0]);
    assert_eq!(values(record, "properties.d"), [r#"{"e":1}"#]);
    assert_eq!(values(record, "properties.f"), [""]);
}

#[test]
fn a_status_has_all_its_spellings() {
    let nested = Nested::parse("{}".to_owned()).unwrap();
    let identity = Identity::default();
    let mut row = Row::default();
    row.set(Event::Status, "succeeded");
    let mut seen = Vec::new();
    let memo = Memo::of(nested.root());
    View::new(&row, &identity, nested.root(), &memo).each(
        &Field::resolve("status"),
        &mut |value| {
            seen.push(value.to_owned());
            false
        },
    );
    assert_eq!(seen, ["succeeded", "Success"]);
}
