//! Objects that are put together of what was taken apart: of dotted names, of the columns of a table.

use std::fmt::Write as _;

use hashbrown::HashMap;

use super::text::Nested;
use crate::base::json::Value;

/// An object that is being put together.
#[derive(Default)]
pub(super) struct Object {
    members: Vec<(String, Member)>,
    /// The first member of each name.
    places: HashMap<String, usize>,
}

enum Member {
    /// A value as it stands.
    Raw(String),
    Object(Object),
}

impl Object {
    pub(super) fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Puts a value in, beside one that is there; a whole object stays before its parts.
    pub(super) fn put(&mut self, path: &[&str], name: String, raw: String) {
        let Some((first, rest)) = path.split_first() else {
            return self.push(name, Member::Raw(raw));
        };
        if !self.has(first) {
            self.push((*first).to_owned(), Member::Object(Object::default()));
        }
        if let (_, Member::Object(inner)) = &mut self.members[self.places[*first]] {
            inner.put(rest, name, raw);
        }
    }

    fn push(&mut self, name: String, member: Member) {
        self.places.entry_ref(&name).or_insert(self.members.len());
        self.members.push((name, member));
    }

    /// Reads the object as a record.
    pub(super) fn parse(&self) -> Option<Nested> {
        let mut text = String::new();
        self.write(&mut text);
        Nested::parse(text)
    }

    fn write(&self, out: &mut String) {
        out.push('{');
        for (i, (name, member)) in self.members.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(out, "{comma}{}:", serde_json::Value::from(name.as_str()));
            match member {
                Member::Raw(raw) => out.push_str(raw),
                Member::Object(object) => object.write(out),
            }
        }
        out.push('}');
    }
}

/// What tables write where a record has no value: Kibana, `to_csv` of pandas, databases.
const NOTHING: &[&str] = &["", "-", "(null)", "<null>", "null", "NULL", "None", "nan", "NaN"];

/// Whether a text stands for no value.
pub(super) fn is_nothing(text: &str) -> bool {
    NOTHING.contains(&text.trim())
}

/// Whether a cell says anything: an empty one tells that this record has no such member.
pub(super) fn is_said(cell: Value<'_>) -> bool {
    cell.is_object() || cell.is_array() || cell.text().is_some_and(|text| !is_nothing(&text))
}

/// Returns a value as it stands in JSON, a string with its quotes.
pub fn quoted(value: Value<'_>) -> String {
    match value.as_str() {
        Some(_) => format!("\"{}\"", value.raw()),
        None => value.raw().to_owned(),
    }
}

/// Rows that name their columns each may take this many times the room of the table that they stand in.
const GROWTH: usize = 8;
/// Room that any table may take.
const FREE: usize = 1 << 16;

/// Whether the rows of a table can be written out with their names: a hostile one has a long name and
/// a million short cells.
pub(super) fn can_be_rows<'n>(
    table: Value<'_>,
    names: impl Iterator<Item = &'n str>,
    rows: usize,
) -> bool {
    let names: usize = names.map(|name| name.len() + 4).sum();
    names.saturating_mul(rows) <= FREE + GROWTH * table.raw().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_in_their_object_and_a_whole_one_before_them() {
        let mut object = Object::default();
        object.put(&["a", "b"], "c".to_owned(), "1".to_owned());
        object.put(&[], "d".to_owned(), "{}".to_owned());
        object.put(&["d"], "e".to_owned(), "2".to_owned());
        object.put(&["a"], "f\"".to_owned(), "\"x\"".to_owned());
        object.put(&[], "d".to_owned(), "3".to_owned());
        let text = object.parse().unwrap().into_text();
        assert_eq!(text, r#"{"a":{"b":{"c":1},"f\"":"x"},"d":{},"d":3}"#);
    }

    #[test]
    fn rows_are_written_out_only_where_that_takes_little_more_room() {
        let table = Nested::parse(format!("[{}]", "1,".repeat(50_000) + "1")).unwrap();
        let can = |len: usize, rows| {
            let name = "n".repeat(len);
            can_be_rows(table.root(), [name.as_str(), "b"].into_iter(), rows)
        };
        assert!(can(5, 50_000) && can(50_000, 3));
        assert!(!can(50_000, 50) && !can(100, 50_000));
    }
}
