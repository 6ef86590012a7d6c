//! Holds a document against what a schema asks for: used by tests here and by those of the program.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

const OCSF: &str = include_str!("ocsf.txt");
const ECS: &str = include_str!("ecs.txt");

/// What a schema says of one attribute.
struct Attribute<'s> {
    name: &'s str,
    is_required: bool,
    is_list: bool,
    kind: &'s str,
    values: Vec<&'s str>,
}

fn attribute(line: &str) -> Attribute<'_> {
    let mut words = line.split_whitespace();
    let name = words.next().expect("a name");
    let kind = words.next().expect("a type");
    let item = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']'));
    Attribute {
        name: name.trim_end_matches('!'),
        is_required: name.ends_with('!'),
        is_list: item.is_some(),
        kind: item.unwrap_or(kind),
        values: words.collect(),
    }
}

/// A class or an object of OCSF.
#[derive(Default)]
struct Object<'s> {
    one_of: Vec<&'s str>,
    attributes: Vec<Attribute<'s>>,
}

fn objects() -> BTreeMap<&'static str, Object<'static>> {
    let mut objects = BTreeMap::new();
    let mut name = "";
    for line in OCSF.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with(' ') {
            let object: &mut Object<'_> = objects.get_mut(name).expect("an object before");
            object.attributes.push(attribute(line));
        } else {
            let mut words = line.split(' ');
            name = words.next().expect("a name");
            objects.insert(name, Object { one_of: words.collect(), ..Object::default() });
        }
    }
    objects
}

/// Returns what is wrong with a document of OCSF.
pub(crate) fn ocsf(class: &str, document: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    check(&objects(), class, class, document, &mut wrong);
    wrong
}

fn check(
    objects: &BTreeMap<&str, Object<'_>>,
    name: &str,
    place: &str,
    value: &Value,
    wrong: &mut Vec<String>,
) {
    let Some(object) = objects.get(name) else {
        if !is_of_kind(name, value) {
            wrong.push(format!("{place} is no {name}: {value}"));
        }
        return;
    };
    let Some(keys) = value.as_object() else {
        wrong.push(format!("{place} is no object"));
        return;
    };
    if !object.one_of.is_empty() && !object.one_of.iter().any(|one| keys.contains_key(*one)) {
        wrong.push(format!("{place} has none of {:?}", object.one_of));
    }
    for one in object.attributes.iter().filter(|one| one.is_required) {
        if !keys.contains_key(one.name) {
            wrong.push(format!("{place}.{} is missing", one.name));
        }
    }
    for (key, value) in keys {
        let place = format!("{place}.{key}");
        let Some(one) = object.attributes.iter().find(|one| one.name == key) else {
            wrong.push(format!("{place} is not in the schema"));
            continue;
        };
        each(one, value, &place, wrong, &mut |value, wrong| {
            check(objects, one.kind, &place, value, wrong);
        });
    }
}

/// Calls a function for a value, or for each item where it has to be a list.
fn each(
    one: &Attribute<'_>,
    value: &Value,
    place: &str,
    wrong: &mut Vec<String>,
    take: &mut dyn FnMut(&Value, &mut Vec<String>),
) {
    let items = match (one.is_list, value) {
        (true, Value::Array(items)) => items.as_slice(),
        (true, _) => {
            wrong.push(format!("{place} is no list"));
            return;
        }
        (false, value) => std::slice::from_ref(value),
    };
    for item in items {
        let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
        if !one.values.is_empty() && !one.values.contains(&text.as_str()) {
            wrong.push(format!("{place} may not be {text}"));
        }
        take(item, wrong);
    }
}

fn is_of_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "json" => true,
        "integer" | "long" => value.is_i64(),
        "timestamp" => value.as_i64().is_some_and(|millis| millis >= 0),
        "port" => value.as_u64().is_some_and(|port| port <= 65_535),
        "boolean" => value.is_boolean(),
        "ip" => value.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok()),
        "date" => value.as_str().is_some_and(|text| text.contains('T') && text.ends_with('Z')),
        "string" | "username" | "resource_uid" | "keyword" | "text" => {
            value.as_str().is_some_and(|text| !text.is_empty())
        }
        _ => false,
    }
}

/// Returns what is wrong with a document of ECS.
pub(crate) fn ecs(document: &Value) -> Vec<String> {
    let lines = ECS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let fields: Vec<Attribute<'_>> = lines.map(attribute).collect();
    let mut flat = BTreeMap::new();
    flatten("", document, &mut flat);
    let mut wrong = Vec::new();
    for one in fields.iter().filter(|one| one.is_required && !flat.contains_key(one.name)) {
        wrong.push(format!("{} is missing", one.name));
    }
    for (place, value) in &flat {
        if place.starts_with("azure.") || place.starts_with("azscope.") {
            continue;
        }
        let Some(one) = fields.iter().find(|one| one.name == place) else {
            wrong.push(format!("{place} is not in the schema"));
            continue;
        };
        // A field of Elasticsearch takes a value or a list of them.
        let value = match value {
            value if one.is_list && !value.is_array() => Value::Array(vec![(*value).clone()]),
            value => (*value).clone(),
        };
        each(one, &value, place, &mut wrong, &mut |value, wrong| {
            if !is_of_kind(one.kind, value) {
                wrong.push(format!("{place} is no {}: {value}", one.kind));
            }
        });
    }
    wrong
}

fn flatten<'v>(place: &str, value: &'v Value, out: &mut BTreeMap<String, &'v Value>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                let dot = if place.is_empty() { "" } else { "." };
                flatten(&format!("{place}{dot}{key}"), value, out);
            }
        }
        value => {
            out.insert(place.to_owned(), value);
        }
    }
}
