//! A column of a table that can be asked, and what `SQLite` is told of it.

use std::borrow::Cow;

use crate::schema;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    Time,
    /// Lists and objects.
    Json,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Text, Kind::Number, Kind::Flag, Kind::Time, Kind::Json];

    /// Returns the word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "integer",
            Kind::Flag => "boolean",
            Kind::Time => "time",
            Kind::Json => "json",
        }
    }

    /// Returns the type in SQL. `SQLite` takes from it how values compare: one that holds `TEXT` is text.
    fn declared(self) -> &'static str {
        match self {
            Kind::Text => "TEXT",
            Kind::Number => "INTEGER",
            Kind::Flag => "BOOLEAN",
            Kind::Time => "TIME TEXT",
            Kind::Json => "JSON TEXT",
        }
    }

    /// Returns the kind of a type in SQL.
    pub(super) fn of_declared(declared: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.declared() == declared)
    }
}

impl From<schema::Kind> for Kind {
    fn from(kind: schema::Kind) -> Kind {
        match kind {
            schema::Kind::Time => Kind::Time,
            schema::Kind::Code | schema::Kind::Text => Kind::Text,
            schema::Kind::Number => Kind::Number,
            schema::Kind::Flag => Kind::Flag,
        }
    }
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) about: Cow<'static, str>,
}

impl Column {
    /// Returns its definition in SQL.
    pub(super) fn definition(&self) -> String {
        let order = if self.kind == Kind::Time { " COLLATE instant" } else { "" };
        format!("\"{}\" {}{order}", self.name, self.kind.declared())
    }
}
