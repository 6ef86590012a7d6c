//! YAML read into plain nodes that know where they stand.
//!
//! Rules may come from strangers: size, depth and aliases are bounded, so a
//! document costs at most a small multiple of its text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned, budget, options};

use super::error::{Place, Problem};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Place,
    pub(super) value: Value,
}

/// What a node can be.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// The number, and its text.
    Number(f64, String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map and its place.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) at: Place,
    pub(super) text: String,
}

/// Nodes may nest this deep.
const MAX_DEPTH: usize = 40;

/// Reads all documents of a text.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, Problem> {
    let limits = budget! {
        max_depth: MAX_DEPTH,
        max_documents: 1_000,
        max_nodes: 200_000,
        max_events: 400_000,
        max_aliases: 1_000,
        max_total_scalar_bytes: 8 << 20,
    };
    let options = options! { budget: limits, strict_booleans: true, with_snippet: false };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let at = error.location().map(place).unwrap_or_default();
        let whole = error.to_string();
        // The place is shown beside the message, and not twice.
        let message = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(message, _)| message);
        Problem::new(at, message.lines().next().unwrap_or_default())
    })
}

fn place(location: Location) -> Place {
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Place { line: whole(location.line()), column: whole(location.column()) }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Node { at: place(spanned.referenced), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    #[allow(clippy::cast_precision_loss)] // the text keeps all digits
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64, value.to_string()))
    }

    #[allow(clippy::cast_precision_loss)] // the text keeps all digits
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64, value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value, value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Node>()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = members.next_key::<Spanned<String>>()? {
            let key = Key { at: place(key.referenced), text: key.value };
            map.push((key, members.next_value::<Node>()?));
        }
        Ok(Value::Map(map))
    }
}

impl Node {
    /// Returns the text of a scalar; `None` for null and containers.
    pub(super) fn text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Number(_, text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Returns what it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(..) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// Returns the texts of a list of scalars, or of one scalar.
    pub(super) fn texts(&self) -> Result<Vec<String>, Problem> {
        let text = |node: &Node| {
            let found = node.text();
            found.ok_or_else(|| {
                Problem::new(node.at, format!("expected text, found {}", node.kind()))
            })
        };
        match &self.value {
            Value::Null => Ok(Vec::new()),
            Value::List(items) => items.iter().map(text).collect(),
            _ => text(self).map(|text| vec![text]),
        }
    }

    /// Returns the node as JSON; numbers that JSON lacks become text.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(_, text) => {
                serde_json::from_str(text).unwrap_or_else(|_| text.clone().into())
            }
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(members) => {
                let pair = |(key, node): &(Key, Node)| (key.text.clone(), node.to_json());
                serde_json::Value::Object(members.iter().map(pair).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn values_keep_their_kind_and_place() {
        let all = documents("a: 1\nb: [x, '2', null, true, 1.5]\n---\nc: yes\n").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].to_json().to_string(), r#"{"a":1,"b":["x","2",null,true,1.5]}"#);
        assert_eq!(all[1].to_json().to_string(), r#"{"c":"yes"}"#);
        let Value::Map(members) = &all[0].value else { panic!("a map") };
        assert_eq!(members[1].0.at, Place { line: 2, column: 1 });
        let Value::List(items) = &members[1].1.value else { panic!("a list") };
        assert_eq!(items[1].at, Place { line: 2, column: 8 });
    }

    #[test]
    fn broken_text_has_a_place() {
        let problem = documents("a: 1\nb: [x\n").unwrap_err();
        assert!(problem.at.line >= 2, "{problem:?}");
        let twice = documents("a: 1\na: 2\n").unwrap_err();
        assert_eq!(twice.at.line, 2, "{twice:?}");
    }

    #[test]
    fn deep_and_self_multiplying_documents_are_refused() {
        assert!(documents(&"[".repeat(10_000)).is_err());
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..9 {
            let before = format!("*a{}, ", i - 1).repeat(10);
            let _ = writeln!(bomb, "a{i}: &a{i} [{}]", before.trim_end_matches(", "));
        }
        assert!(documents(&bomb).is_err());
    }
}
