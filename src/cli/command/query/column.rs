//! A column of a table that can be asked, and what `SQLite` is told of it.

use std::borrow::Cow;

use crate::schema;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Text,
    Number,
    Flag,
    Time,
    /// Lists and objects.
    Json,
}

impl ColumnKind {
    const ALL: [ColumnKind; 5] = [
        ColumnKind::Text,
        ColumnKind::Number,
        ColumnKind::Flag,
        ColumnKind::Time,
        ColumnKind::Json,
    ];

    /// Returns the word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            ColumnKind::Text => "text",
            ColumnKind::Number => "integer",
            ColumnKind::Flag => "boolean",
            ColumnKind::Time => "time",
            ColumnKind::Json => "json",
        }
    }

    /// Returns the type in SQL. `SQLite` takes from it how values compare: one that holds `TEXT` is text.
    fn declared(self) -> &'static str {
        match self {
            ColumnKind::Text => "TEXT",
            ColumnKind::Number => "INTEGER",
            ColumnKind::Flag => "BOOLEAN",
            ColumnKind::Time => "TIME TEXT",
            ColumnKind::Json => "JSON TEXT",
        }
    }

    /// Returns the kind of a type in SQL.
    pub(super) fn of_declared(declared: &str) -> Option<ColumnKind> {
        ColumnKind::ALL.into_iter().find(|kind| kind.declared() == declared)
    }
}

impl From<schema::Kind> for ColumnKind {
    fn from(kind: schema::Kind) -> ColumnKind {
        match kind {
            schema::Kind::Time => ColumnKind::Time,
            schema::Kind::Code | schema::Kind::Text => ColumnKind::Text,
            schema::Kind::Number => ColumnKind::Number,
            schema::Kind::Flag => ColumnKind::Flag,
        }
    }
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: ColumnKind,
    pub(super) about: Cow<'static, str>,
}

impl Column {
    /// Returns its definition in SQL.
    pub(super) fn definition(&self) -> String {
        let order = if self.kind == ColumnKind::Time { " COLLATE instant" } else { "" };
        format!("\"{}\" {}{order}", self.name, self.kind.declared())
    }
}
