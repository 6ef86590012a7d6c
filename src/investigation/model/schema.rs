//! The JSON Schema of `report.json`, from the table of its keys in `schema.txt`.
//!
//! The table stands by itself so that each key has a meaning that is worded for readers of the
//! file; `tests/it/commands/schema.rs` holds it against a report, key by key in both directions.

use serde_json::{Map, Value, json};

use super::{
    ActionKind, AnswerOutcome, Assessment, EndingKind, EntryWay, Familiarity, HandoverWay,
    HolderKind, IamChangeKind, Impact, Level, ListState, MachineSystem, MachineVerdict, MarkState,
    MomentKind, Outcome, PimAssignment, ResidueChange, RiskLevel, SCHEMA_VERSION, ScopeLevel,
    Stage, UserKind, Verdict,
};

const KEYS: &str = include_str!("schema.txt");

/// Returns the JSON Schema (draft 2020-12) of a report.
pub fn json_schema() -> Value {
    let mut objects: Vec<(&str, Map<String, Value>)> = Vec::new();
    for line in KEYS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix("  "), objects.last_mut()) {
            (Some(key), Some((_, keys))) => {
                let mut parts = key.splitn(3, ' ');
                let (name, kind) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
                let mut value = kind_schema(kind);
                value["description"] = parts.next().unwrap_or("").into();
                keys.insert(name.to_owned(), value);
            }
            _ => objects.push((line, Map::new())),
        }
    }
    let defs: Map<String, Value> =
        objects.into_iter().map(|(name, keys)| (name.to_owned(), object(&keys))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("report.json of azscope, layout {SCHEMA_VERSION}"),
        "$ref": "#/$defs/Report",
        "$defs": defs,
    })
}

/// Every key is always there; what is not known is null.
fn object(keys: &Map<String, Value>) -> Value {
    let names: Vec<&String> = keys.keys().collect();
    let required = json!(names);
    json!({"type": "object", "properties": keys, "required": required, "additionalProperties": false})
}

fn kind_schema(kind: &str) -> Value {
    if let Some(kind) = kind.strip_suffix('?') {
        return json!({"anyOf": [kind_schema(kind), {"type": "null"}]});
    }
    if let Some(item) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
        return json!({"type": "array", "items": kind_schema(item)});
    }
    match kind {
        "text" => json!({"type": "string"}),
        "number" => json!({"type": "integer", "minimum": 0}),
        "flag" => json!({"type": "boolean"}),
        "time" => json!({"type": "string", "format": "date-time"}),
        "{text}" => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        kind => match words(kind) {
            Some(words) => json!({"enum": words}),
            None => json!({"$ref": format!("#/$defs/{kind}")}),
        },
    }
}

/// Returns the words of an enum of the model.
fn words(name: &str) -> Option<Vec<&'static str>> {
    macro_rules! all {
        ($($name:ident),*) => {
            match name {
                $(stringify!($name) => Some($name::ALL.iter().map(|word| word.as_str()).collect()),)*
                _ => None,
            }
        };
    }
    all!(
        ActionKind,
        AnswerOutcome,
        Assessment,
        EndingKind,
        EntryWay,
        Familiarity,
        HandoverWay,
        HolderKind,
        MachineSystem,
        MachineVerdict,
        MarkState,
        MomentKind,
        IamChangeKind,
        Impact,
        Level,
        ListState,
        Outcome,
        PimAssignment,
        ResidueChange,
        RiskLevel,
        ScopeLevel,
        Stage,
        UserKind,
        Verdict
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_meaning_and_every_object_that_is_named_is_there() {
        let schema = json_schema();
        let defs = schema["$defs"].as_object().unwrap();
        for (name, object) in defs {
            for (key, value) in object["properties"].as_object().unwrap() {
                let meaning = value["description"].as_str().unwrap();
                assert!(meaning.len() > 8 && meaning.ends_with('.'), "{name}.{key}: {meaning}");
            }
        }
        let text = schema.to_string();
        for named in text.split("#/$defs/").skip(1) {
            let name = named.split('"').next().unwrap();
            assert!(defs.contains_key(name), "{name}");
        }
    }
}
