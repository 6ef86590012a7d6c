//! Events, operations and findings in the words of published schemas, for other tools to read.
//!
//! Where a value of an event goes is said in the column table of `schema`; what a schema asks for
//! beyond that is said in the file of that schema. Nothing is lost: a column without a place of its
//! own is kept under its own name where the schema lets foreign values stand.

#[cfg(test)]
mod check;
pub mod ecs;
pub mod ocsf;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::base::{DateOrder, Time};
use crate::schema::Event;

/// What a line tells of an event or an operation.
pub struct Activity<'a> {
    /// Its values by the columns of events; of an operation those that are the same for all its events.
    pub values: &'a [(Event, Value)],
    /// What is no column of events: its place in the evidence, or how many events an operation has.
    pub others: &'a [(&'a str, Value)],
    /// The line in words.
    pub message: &'a str,
}

impl Activity<'_> {
    /// Returns the text of a column.
    fn text(&self, wanted: Event) -> Option<&str> {
        self.values.iter().find(|(column, _)| *column == wanted)?.1.as_str()
    }

    /// Returns the id that the index gives the event or operation, for logs that have none of their own.
    fn own_id(&self) -> Option<&str> {
        ["event", "operation_id"].into_iter().find_map(|name| self.other(name).as_str())
    }

    /// Returns the value of what is no column of events.
    fn other(&self, wanted: &str) -> &Value {
        let found = self.others.iter().find(|(name, _)| *name == wanted);
        found.map_or(&Value::Null, |(_, value)| value)
    }
}

/// Puts a value at a dotted path, unless it is null or empty.
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    let is_empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(keys) => keys.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if is_empty {
        return;
    }
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Value::Object(Map::new()));
            // A schema has either a value or an object in a place, never both.
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Tells whether a value may stand where an address is wanted.
fn is_address(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok())
}

/// Reads an instant of a report.
fn time(value: &Value) -> Option<Time> {
    value.as_str().and_then(|text| Time::parse(text, DateOrder::MonthFirst))
}

/// Returns the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(Value::as_str).collect()
}
