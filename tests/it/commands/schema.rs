//! `azscope schema report`: it says of the sample report all there is, and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{answer, sample_report};

/// Objects that the sample report may have none of.
const RARE: &[&str] = &[
    "IdleFilter",
    "GeoFile",
    "Listing",
    "Elsewhere",
    "SameAddress",
    "ContextList",
    "Contact",
    "Folded",
    "Step",
    "MarkRow",
    "Marked",
    "NewGroup",
    "SuppressionRule",
    "TriageReport",
];

struct Check<'s> {
    defs: &'s Value,
    seen: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, schema: &Value, value: &Value, place: &str) {
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/")) {
            self.seen.insert(name.to_owned());
            let def = self.defs[name].clone();
            return self.value(&def, value, place);
        }
        if let Some(either) = schema["anyOf"].as_array() {
            if !value.is_null() {
                self.value(&either[0], value, place);
            }
            return;
        }
        if let Some(words) = schema["enum"].as_array() {
            return self.expect(words.contains(value), place);
        }
        match schema["type"].as_str().unwrap() {
            "string" => self.expect(value.is_string(), place),
            "integer" => self.expect(value.is_u64(), place),
            "boolean" => self.expect(value.is_boolean(), place),
            "array" => match value.as_array() {
                Some(items) => items.iter().for_each(|v| self.value(&schema["items"], v, place)),
                None => self.expect(false, place),
            },
            _ => self.object(schema, value, place),
        }
    }

    fn object(&mut self, schema: &Value, value: &Value, place: &str) {
        let Some(members) = value.as_object() else { return self.expect(false, place) };
        for (key, member) in members {
            let place = format!("{place}.{key}");
            match (&schema["properties"][key], &schema["additionalProperties"]) {
                (Value::Null, Value::Object(_)) => self.expect(member.is_string(), &place),
                (Value::Null, _) => self.wrong.push(format!("{place} is not in the schema")),
                (own, _) => self.value(own, member, &place),
            }
        }
        for key in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(key.as_str().unwrap()) {
                self.wrong.push(format!("{place} has no {key}"));
            }
        }
    }

    fn expect(&mut self, is_right: bool, place: &str) {
        if !is_right {
            self.wrong.push(format!("{place} is of another type"));
        }
    }
}

#[test]
fn the_schema_has_every_key_of_the_sample_report_and_no_other() {
    let schema: Value = serde_json::from_str(&answer(&["schema", "report"])).unwrap();
    let mut check = Check { defs: &schema["$defs"], seen: BTreeSet::new(), wrong: Vec::new() };
    check.value(&schema, sample_report(), "report");
    assert!(check.wrong.is_empty(), "{:#?}", check.wrong);
    for name in schema["$defs"].as_object().unwrap().keys() {
        assert!(check.seen.contains(name) || RARE.contains(&name.as_str()), "{name} is nowhere");
    }
}
