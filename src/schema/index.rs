//! The tables of the columnar index: what they hold, and what each column means.
//!
//! Those of events come from the column table; the others from `index.txt`. Files of the index carry
//! these meanings, and `azscope query --tables` shows them.

use std::sync::OnceLock;

use super::{Event, Kind};

/// Describes one column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name in the file and in SQL.
    pub name: &'static str,
    /// How values are held.
    pub kind: Kind,
    /// What it means.
    pub about: &'static str,
}

/// Describes one table of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Name in SQL; the file has `-` for `_`.
    pub name: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// The columns in the order of the file.
    pub columns: Vec<Column>,
}

/// What events have beside the columns of their schema: the first stands before these, the others behind them.
const OF_EVENTS: [Column; 6] = [
    column("event", Kind::Text, "Id of the event in this case, for `azscope show`."),
    column("file", Kind::Text, "File of the evidence that it stands in."),
    column("member", Kind::Text, "Member of that archive."),
    column("offset", Kind::Number, "Offset of its record in the decoded text, bytes."),
    column("length", Kind::Number, "Length of its record, bytes."),
    column("shape", Kind::Text, "Shape of the export."),
];

const fn column(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, about }
}

/// Returns every table, the events first.
pub fn layouts() -> &'static [Layout] {
    static LAYOUTS: OnceLock<Vec<Layout>> = OnceLock::new();
    LAYOUTS.get_or_init(|| {
        let mut all = vec![events()];
        for line in include_str!("index.txt").lines().filter(|line| !line.starts_with('#')) {
            let (first, rest) = line.trim_start().split_once(' ').unwrap_or_default();
            match all.last_mut() {
                Some(table) if line.starts_with(' ') => {
                    let (kind, about) = rest.split_once(' ').unwrap_or_default();
                    table.columns.push(column(first, kind_of(kind), about));
                }
                _ if first.is_empty() => {}
                _ => all.push(Layout { name: first, about: rest, columns: Vec::new() }),
            }
        }
        all
    })
}

/// Returns the table of a name.
///
/// # Panics
///
/// When there is none: tables are named by the code that writes them.
pub fn layout(name: &str) -> &'static Layout {
    layouts().iter().find(|table| table.name == name).expect("a table of the index")
}

fn events() -> Layout {
    let schema = Event::ALL.iter().map(|one| one.spec());
    let schema = schema.map(|spec| column(spec.name, spec.kind, spec.about.trim()));
    let columns =
        OF_EVENTS[..1].iter().copied().chain(schema).chain(OF_EVENTS[1..].iter().copied());
    Layout {
        name: "events",
        about: "One row an event of the Activity Log, each once whatever number of exports hold it.",
        columns: columns.collect(),
    }
}

fn kind_of(word: &str) -> Kind {
    match word {
        "time" => Kind::Time,
        "number" => Kind::Number,
        "flag" => Kind::Flag,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_column_has_a_meaning_and_a_name_of_its_own() {
        assert_eq!(layouts().len(), 6);
        for table in layouts() {
            assert!(table.about.ends_with('.') && table.columns.len() > 1, "{}", table.name);
            for (at, one) in table.columns.iter().enumerate() {
                assert!(one.about.ends_with('.'), "{}.{}: {}", table.name, one.name, one.about);
                let before = &table.columns[..at];
                assert!(before.iter().all(|other| other.name != one.name), "{}", one.name);
            }
        }
        assert_eq!(layout("operations").columns[1].kind, Kind::Time);
    }
}
