//! YAML read into plain nodes that know where they stand.
//!
//! Rules may come from strangers: size, depth and aliases are bounded, so a
//! document costs at most a small multiple of its text.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned, budget, options, options::NonFiniteFloatPolicy};

use super::error::{Place, Problem};
use super::number::Number;

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Place,
    /// Where its text stands, in bytes; that of its anchor, where it is an alias.
    written: Range<usize>,
    pub(super) value: Value,
}

/// What a node can be.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// The number, and how it is written.
    Number(Number, String),
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

/// A text may have this many bytes.
pub(super) const MAX_BYTES: usize = 4 << 20;
/// Nodes may nest this deep.
const MAX_DEPTH: usize = 40;
/// A text may hold this many documents.
const MAX_DOCUMENTS: usize = 1_000;
/// It may have this many nodes, those that aliases repeat counted again.
const MAX_NODES: usize = 200_000;
/// It may have this many aliases.
const MAX_ALIASES: usize = 1_000;
/// Its scalars may have this many bytes, those that aliases repeat counted again.
const MAX_SCALARS: usize = 8 << 20;

/// Reads all documents of a text.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, Problem> {
    if text.len() > MAX_BYTES {
        return Err(Problem::new(Place::default(), format!("over {MAX_BYTES} bytes")));
    }
    let limits = budget! {
        max_depth: MAX_DEPTH,
        max_documents: MAX_DOCUMENTS,
        max_nodes: MAX_NODES,
        max_events: 2 * MAX_NODES,
        max_aliases: MAX_ALIASES,
        max_total_scalar_bytes: MAX_SCALARS,
    };
    let options = options! {
        budget: limits,
        strict_booleans: true,
        with_snippet: false,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
    };
    let read = serde_saphyr::from_multiple_with_options(text, options);
    let mut documents: Vec<Node> = read.map_err(|error| {
        let at = error.location().map(place).unwrap_or_default();
        Problem::new(at, worded(&error.to_string()))
    })?;
    for document in &mut documents {
        as_written(document, text);
    }
    Ok(documents)
}

/// Gives the numbers in a node the text with which they are written: `1.10` is not `1.1` where text is looked for.
///
/// An exponent without a point, as in the hash `61e4`, makes a number only since YAML 1.2; rules
/// are written with readers of 1.1, and it stays text. So does what no number can hold, as `1.0e310`.
fn as_written(node: &mut Node, whole: &str) {
    match &mut node.value {
        Value::List(items) => {
            for item in items {
                as_written(item, whole);
            }
        }
        Value::Map(members) => {
            for (_, inner) in members {
                as_written(inner, whole);
            }
        }
        Value::Number(number, text) => {
            let Some(written) = whole.get(node.written.clone()) else { return };
            // With a tag, a number may stand in quotes.
            let written = written.trim().trim_matches(['"', '\'']);
            let decimal = Number::parse(written);
            let has_bare_exponent =
                decimal.is_some() && written.contains(['e', 'E']) && !written.contains('.');
            if has_bare_exponent || !number.to_f64().is_finite() {
                node.value = Value::Text(written.to_owned());
                return;
            }
            // The reader keeps no more than 64 bits.
            if let Some(whole @ Number::Whole(_)) = decimal {
                *number = whole;
            }
            written.clone_into(text);
        }
        Value::Null | Value::Bool(_) | Value::Text(_) => {}
    }
}

/// How the reader reports what people should be told in other words.
const WORDS: &[(&str, &str)] = &[
    ("budget breached: Depth", "nests deeper than 40"),
    ("recursion limit", "nests deeper than 40"),
    ("budget breached: Documents", "more than 1000 documents"),
    ("budget breached: Nodes", "more than 200000 nodes, with what aliases repeat"),
    ("budget breached: Events", "more than 200000 nodes, with what aliases repeat"),
    ("budget breached: Aliases", "more than 1000 aliases"),
    ("budget breached: AliasAnchorRatio", "far more aliases than anchors"),
    ("budget breached: ScalarBytes", "over 8 MiB of text, with what aliases repeat"),
    // Only keys are read as nothing but text.
    ("expected string scalar", "a key must be text"),
    ("cannot deserialize null into string", "a key must be text"),
    ("tabs disallowed", "YAML is indented by spaces, and here is a tab"),
    (
        "mapping values are not allowed",
        "no key can stand here; is the line indented as its neighbours are?",
    ),
];

/// What is wrong, in words that say nothing of the reader and its options.
fn worded(error: &str) -> String {
    if let Some((_, words)) = WORDS.iter().find(|(start, _)| error.starts_with(start)) {
        return (*words).to_owned();
    }
    if let Some(rest) = error.strip_prefix("duplicate mapping key: ") {
        let key = rest.split(", set DuplicateKeyPolicy").next().unwrap_or(rest);
        return format!("the key \"{key}\" stands twice");
    }
    // The place is shown beside the message, and not twice.
    let message = error.rsplit_once(" at line ").map_or(error, |(message, _)| message);
    message.lines().next().unwrap_or_default().to_owned()
}

fn place(location: Location) -> Place {
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Place { line: whole(location.line()), column: whole(location.column()) }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        let span = spanned.defined.span();
        let bytes = span.byte_offset().zip(span.byte_len()).map(|(from, length)| {
            let end = from.saturating_add(length);
            usize::try_from(from).unwrap_or_default()..usize::try_from(end).unwrap_or_default()
        });
        let written = bytes.unwrap_or_default();
        Ok(Node { at: place(spanned.referenced), written, value: spanned.value })
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

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::Whole(value), value.to_string()))
    }

    #[allow(clippy::cast_precision_loss)] // no record holds more digits
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        let number = i64::try_from(value).map_or(Number::Float(value as f64), Number::Whole);
        Ok(Value::Number(number, value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(Number::Float(value), value.to_string()))
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

    /// Returns how many nodes it is made of.
    pub(super) fn size(&self) -> usize {
        match &self.value {
            Value::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Value::Map(members) => 1 + members.iter().map(|(_, node)| node.size()).sum::<usize>(),
            _ => 1,
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

    /// Returns the texts of a list of scalars, or of one scalar; items left empty are left out.
    pub(super) fn texts(&self) -> Result<Vec<String>, Problem> {
        let text = |node: &Node| {
            let found = node.text();
            found.ok_or_else(|| {
                Problem::new(node.at, format!("expected text, found {}", node.kind()))
            })
        };
        match &self.value {
            Value::Null => Ok(Vec::new()),
            Value::List(items) => {
                let filled = items.iter().filter(|item| !matches!(item.value, Value::Null));
                filled.map(text).collect()
            }
            _ => text(self).map(|text| vec![text]),
        }
    }

    /// Returns lines of prose as [`Node::texts`] does; `- Admins: at night`, which lacks quotes, is a line too.
    pub(super) fn lines(&self) -> Result<Vec<String>, Problem> {
        let Value::List(items) = &self.value else { return self.texts() };
        let line = |node: &Node| match &node.value {
            Value::Map(members) => {
                let pair = |(key, value): &(Key, Node)| match value.text() {
                    Some(text) => Ok(format!("{}: {text}", key.text)),
                    None if matches!(value.value, Value::Null) => Ok(format!("{}:", key.text)),
                    None => {
                        value.texts().map(|texts| format!("{}: {}", key.text, texts.join(", ")))
                    }
                };
                let pairs = members.iter().map(pair).collect::<Result<Vec<_>, _>>();
                pairs.map(|pairs| vec![pairs.join(", ")])
            }
            Value::Null => Ok(Vec::new()),
            _ => node.texts(),
        };
        let lines: Vec<Vec<String>> = items.iter().map(line).collect::<Result<_, _>>()?;
        Ok(lines.concat())
    }

    /// Returns the node as JSON; numbers that JSON lacks become text.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(number, text) => {
                // JSON knows fewer ways of writing a number.
                let written = serde_json::from_str(text).ok();
                let number = || serde_json::from_str(&number.to_string()).ok();
                written.or_else(number).unwrap_or_else(|| text.clone().into())
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
mod tests;
