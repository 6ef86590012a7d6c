//! Objects that hold records instead of being one.

use std::sync::Arc;

use crate::base::index32;
use crate::base::json::{self, Doc, Error, Kind, Tape, skip_blank};

/// Members that hold a list of records.
const LISTS: &[&str] =
    &["records", "value", "values", "events", "tables", "hits", "expected", "rows", "columns"];
/// Members that hold another envelope.
const OBJECTS: &[&str] = &["hits"];
/// The member in which Resource Graph answers: a list, or an object with columns and rows.
const DATA: &[u8] = b"data";
/// Containers that stand before the list in some envelopes.
const ASIDE: &[&str] = &["_shards", "statistics", "render"];
/// So deep does a record lie in an object that stands beside the list.
const BESIDE: u8 = 3;
/// An envelope shows itself within so many members.
const MEMBERS: usize = 8;
/// Members of which the events and alerts of every export have two.
const TELLING: &[&str] = &[
    "time",
    "timegenerated",
    "eventtimestamp",
    "event_timestamp",
    "operationname",
    "operationnamevalue",
    "operation_name",
    "category",
    "correlationid",
    "correlation_id",
    "eventdataid",
    "event_data_id",
    "systemalertid",
    "alerttype",
];

/// What an object at the place of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It holds records.
    Envelope,
    /// It is one.
    Record,
    /// The text ends before that shows.
    Cut,
}

/// Looks at the first members of the object at `at`.
///
/// At the `top` of a stream a list of records has any name: that of an envelope may be damaged, or
/// be one that is not known.
pub(super) fn opening(text: &[u8], at: usize, top: bool) -> Opening {
    let (mut tape, mut aside) = (Tape::default(), false);
    let mut at = at + 1;
    for _ in 0..MEMBERS {
        let Some((key, value)) = key(text, at) else {
            return if cut(text, at) { Opening::Cut } else { Opening::Record };
        };
        let is = |names: &[&str]| names.iter().any(|n| n.as_bytes().eq_ignore_ascii_case(key));
        match text.get(value) {
            None => return Opening::Cut,
            Some(b'[') if is(LISTS) && !aside => return list(text, value),
            Some(b'{') if is(OBJECTS) || is_table(text, key, value) => return Opening::Envelope,
            Some(b'[') if top => return records(text, key, value, &mut tape),
            Some(b'[' | b'{') if is(ASIDE) => {}
            // Something else may stand before the list, but a list inside a record is no envelope.
            Some(b'{') if top => aside = true,
            Some(b'[' | b'{') => return Opening::Record,
            Some(_) => {}
        }
        match json::parse(text, value, &mut tape) {
            Ok(parsed) => at = parsed.end,
            Err(Error::Ends { .. }) => return Opening::Cut,
            Err(_) => return Opening::Record,
        }
        let (next, _) = skip_blank(text, at);
        match text.get(next) {
            Some(b',') => at = next + 1,
            None => return Opening::Cut,
            Some(_) => return Opening::Record,
        }
    }
    Opening::Record
}

/// A list of scalars is a member of a record; a list of containers or texts holds records.
fn list(text: &[u8], at: usize) -> Opening {
    match text.get(skip_blank(text, at + 1).0) {
        Some(b'{' | b'[' | b'"' | b']') => Opening::Envelope,
        Some(_) => Opening::Record,
        None => Opening::Cut,
    }
}

/// Whether a member is the answer of Resource Graph as a table.
fn is_table(text: &[u8], name: &[u8], at: usize) -> bool {
    let first = || key(text, at + 1).map(|(first, _)| first);
    name == DATA && first().is_some_and(|first| first == b"columns" || first == b"rows")
}

/// Whether a member holds the rows of a table that a notebook wrote with its columns apart.
fn are_rows(text: &[u8], name: &[u8], at: usize) -> bool {
    name == DATA && text.get(skip_blank(text, at + 1).0) == Some(&b'[')
}

/// A list whose first item looks like an event or an alert holds records, whatever its name; so does one
/// of resources that Resource Graph answers with.
fn records(text: &[u8], name: &[u8], at: usize, tape: &mut Tape) -> Opening {
    let (item, _) = skip_blank(text, at + 1);
    match text.get(item) {
        None => return Opening::Cut,
        Some(b'{') => {}
        Some(_) => return Opening::Record,
    }
    let parsed = match json::parse(text, item, tape) {
        Ok(parsed) => parsed,
        Err(Error::Ends { .. }) => return Opening::Cut,
        Err(_) => return Opening::Record,
    };
    let Ok(raw) = std::str::from_utf8(&text[item..parsed.end]) else { return Opening::Record };
    let doc = Doc::new(raw, tape);
    let holds = is_telling(doc) || name == DATA && is_resource(doc.root());
    if holds { Opening::Envelope } else { Opening::Record }
}

/// Whether an object is a resource, as Resource Graph writes all it knows.
fn is_resource(object: json::Value<'_>) -> bool {
    let id = object.get("id").and_then(json::Value::as_str).unwrap_or_default();
    let starts = ["/subscriptions/", "/providers/"];
    starts.iter().any(|start| id.starts_with(start)) && object.get("type").is_some()
}

/// Whether an object has members that tell it for an event or an alert.
pub(super) fn is_telling(doc: Doc<'_>) -> bool {
    tells(doc.root())
}

fn tells(object: json::Value<'_>) -> bool {
    let tells = |name: &str| TELLING.iter().any(|t| t.eq_ignore_ascii_case(name));
    object.members().filter(|(name, _)| tells(name)).take(2).count() == 2
}

/// Whether an object is one that tells itself, or holds one, as what a webhook or an index sends does.
pub(super) fn holds_telling(object: json::Value<'_>, depth: u8) -> bool {
    tells(object)
        || depth > 0
            && object
                .members()
                .any(|(_, member)| member.is_object() && holds_telling(member, depth - 1))
}

/// Whether a member of an envelope is a record, a list of some, or text that holds one.
fn is_record(member: json::Value<'_>) -> bool {
    match member.kind() {
        Kind::Object => holds_telling(member, BESIDE),
        Kind::Array => member.items().any(is_record),
        Kind::Plain | Kind::Escaped => {
            let text = member.as_str().unwrap_or_default();
            let mut tape = Tape::default();
            text.trim_start().starts_with('{')
                && json::parse(text.as_bytes(), 0, &mut tape).is_ok()
                && holds_telling(Doc::new(&text, &tape).root(), BESIDE)
        }
        _ => false,
    }
}

fn cut(text: &[u8], at: usize) -> bool {
    let (at, _) = skip_blank(text, at);
    match text.get(at) {
        None => true,
        Some(b'"') => text[at + 1..].iter().all(|&b| b != b'"' && b != b'\n'),
        Some(_) => false,
    }
}

/// Returns the bytes of the key at `at` and the place of its value.
fn key(text: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let (at, _) = skip_blank(text, at);
    if text.get(at) != Some(&b'"') {
        return None;
    }
    let len = memchr::memchr2(b'"', b'\n', &text[at + 1..])?;
    let (colon, _) = skip_blank(text, at + 1 + len + 1);
    if text.get(colon) != Some(&b':') {
        return None;
    }
    let (value, _) = skip_blank(text, colon + 1);
    Some((&text[at + 1..at + 1 + len], value))
}

/// What a member of an envelope holds that is read by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enters {
    /// A list of records.
    List,
    /// A list of rows, without names where columns were told before.
    Rows,
    /// Another envelope.
    Envelope,
    /// A record that stands beside the list.
    Record,
}

/// One member of an envelope.
pub(super) struct Member {
    /// The first byte after what was taken of it.
    pub(super) end: usize,
    /// Line feeds taken.
    pub(super) lines: u32,
    /// What is to be read at `end`, if it was not passed over.
    pub(super) enters: Option<Enters>,
    /// The column names that the member holds.
    pub(super) columns: Option<Arc<[String]>>,
    /// Whether it points to a further page.
    pub(super) next_link: bool,
    /// Whether it is an error that came instead of further records.
    pub(super) error: bool,
}

/// Takes the member at `at`, whose key begins there.
pub(super) fn member(text: &[u8], at: usize, tape: &mut Tape) -> Result<Member, Error> {
    let (key, value) = match key(text, at) {
        Some(found) => found,
        None if cut(text, at) || value_missing(text, at) => {
            return Err(Error::Ends { at: text.len() });
        }
        None => return Err(Error::Syntax { at, what: "no member in an envelope" }),
    };
    let lines = memchr::memchr_iter(b'\n', &text[at..value.min(text.len())]).count();
    let lines = index32(lines);
    let is = |name: &str| key.eq_ignore_ascii_case(name.as_bytes());
    let mut member =
        Member { end: value, lines, enters: None, columns: None, next_link: false, error: false };
    match text.get(value) {
        None => return Err(Error::Ends { at: text.len() }),
        Some(b'[')
            if !is("columns")
                && (LISTS.iter().any(|n| is(n))
                    || are_rows(text, key, value)
                    || records(text, key, value, tape) == Opening::Envelope) =>
        {
            // Elasticsearch answers with its rows as values; without columns they are records.
            let rows = is("rows") || is("values") || are_rows(text, key, value);
            member.enters = Some(if rows { Enters::Rows } else { Enters::List });
            member.end += 1;
            return Ok(member);
        }
        Some(b'{') if OBJECTS.iter().any(|n| is(n)) || is_table(text, key, value) => {
            member.enters = Some(Enters::Envelope);
            member.end += 1;
            return Ok(member);
        }
        Some(_) => {}
    }
    let parsed = json::parse(text, value, tape)?;
    let is_next = is("nextLink") || is("@odata.nextLink");
    if let Ok(raw) = std::str::from_utf8(&text[value..parsed.end]) {
        let root = Doc::new(raw, tape).root();
        member.next_link = is_next && root.text().is_some();
        member.error = is("error") && root.kind() == Kind::Object;
        if is("columns") {
            member.columns = Some(names(root));
        } else if is_record(root) {
            let is_list = root.kind() == Kind::Array;
            member.enters = Some(if is_list { Enters::List } else { Enters::Record });
            member.end += usize::from(is_list);
            return Ok(member);
        }
    }
    member.end = parsed.end;
    member.lines += parsed.lines;
    Ok(member)
}

/// Whether the text ends after a key.
fn value_missing(text: &[u8], at: usize) -> bool {
    let (at, _) = skip_blank(text, at);
    match memchr::memchr2(b'"', b'\n', text.get(at + 1..).unwrap_or_default()) {
        Some(len) => skip_blank(text, at + len + 2).0 >= text.len(),
        None => true,
    }
}

/// Bytes of the name of a column that are kept: every row is read with all of them.
const NAME: usize = 256;

fn names(columns: json::Value<'_>) -> Arc<[String]> {
    let name = |column: json::Value<'_>| {
        let stated = column.get("name").or_else(|| column.get("ColumnName"));
        let name = stated.and_then(json::Value::text).or_else(|| column.text());
        let name = name.unwrap_or_default();
        name[..name.floor_char_boundary(NAME)].to_owned()
    };
    columns.items().map(name).collect()
}
