//! The tables that can be asked: those of the index, and lists of the report.

use std::borrow::Cow;
use std::cell::{Cell as Slot, RefCell};
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

use serde_json::Value;

use super::column::{Column, ColumnKind};
use crate::cli::case::{Case, Keep, list};
use crate::corpus::{Cell, Table as File};
use crate::investigation::model::json_schema;
use crate::schema::index;

/// Files of a table that are read ahead of those that are taken.
const AHEAD: usize = 2;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field<'v> {
    Null,
    Number(i64),
    Text(Cow<'v, str>),
}

/// A table.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) about: &'static str,
    pub(super) columns: Vec<Column>,
    held: Held,
}

/// Where the rows of a table are.
enum Held {
    /// Files of the index.
    Files(Vec<PathBuf>),
    /// Objects of the report.
    Report(List),
}

/// A list of the report: every item of `outer`, or of a list within each of them.
#[derive(Clone, Copy)]
struct List {
    name: &'static str,
    about: &'static str,
    /// The object of the JSON Schema that an item is.
    item: &'static str,
    outer: &'static str,
    /// The list within an item, and the column that says whose it is.
    inner: Option<(&'static str, &'static str)>,
    /// A list of more items, which are of no outer one.
    more: &'static str,
}

const LISTS: &[List] = &[
    list_of("users", "One row a user, program or service that did something.", "User", "/users"),
    list_of(
        "subscriptions",
        "One row a subscription that something happened in.",
        "Subscription",
        "/subscriptions",
    ),
    list_of(
        "virtual_machines",
        "One row a virtual machine that something was done to.",
        "Machine",
        "/virtual_machines",
    ),
    List {
        more: "/tenant_iam_changes",
        ..inner_of("iam_changes", "One row a change of rights.", "IamChange", "iam_changes")
    },
    List {
        more: "/tenant_iam_attempts",
        ..inner_of(
            "iam_attempts",
            "One row a change of rights that was refused or never ended.",
            "IamChange",
            "iam_attempts",
        )
    },
    list_of(
        "delegated_access",
        "One row a principal of another tenant.",
        "ForeignPrincipal",
        "/delegated_access/principals",
    ),
    inner_of("delegations", "One row a delegation to another tenant.", "Delegation", "delegations"),
    inner_of("runbooks", "One row a change of an automation runbook.", "Runbook", "runbooks"),
    List {
        more: "/tenant_residue",
        ..inner_of("residue", "One row a resource that a suspect made.", "Residue", "residue")
    },
    list_of("cases", "One row a case: alerts and findings that belong together.", "Case", "/cases"),
    list_of("addresses", "One row an address that operations came from.", "Address", "/addresses"),
    list_of("files", "One row a file of the evidence.", "EvidenceFile", "/evidence/files"),
];

const fn list_of(
    name: &'static str,
    about: &'static str,
    item: &'static str,
    outer: &'static str,
) -> List {
    List { name, about, item, outer, inner: None, more: "" }
}

const fn inner_of(
    name: &'static str,
    about: &'static str,
    item: &'static str,
    inner: &'static str,
) -> List {
    let inner = Some((inner, "subscription_id"));
    List { name, about, item, outer: "/subscriptions", inner, more: "" }
}

/// Every table of a case.
pub(super) struct Tables<'c> {
    pub(super) all: Vec<Table>,
    case: &'c Case,
}

impl<'c> Tables<'c> {
    pub(super) fn of(case: &'c Case) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for layout in index::layouts() {
            let files = if layout.name == "events" {
                case.event_parts()?
            } else {
                let name = format!("{}.parquet", layout.name.replace('_', "-"));
                // A case of an earlier version may lack a table.
                Some(case.table(&name)).filter(|path| path.is_file()).into_iter().collect()
            };
            let column = |one: &index::Column| Column {
                name: one.name.to_owned(),
                kind: one.kind.into(),
                about: one.about.into(),
            };
            let columns = layout.columns.iter().map(column).collect();
            let (name, held) = (layout.name.to_owned(), Held::Files(files));
            all.push(Table { name, about: layout.about, columns, held });
        }
        let schema = json_schema();
        all.extend(LISTS.iter().filter_map(|list| {
            let columns = columns_of(*list, &schema)?;
            let held = Held::Report(*list);
            Some(Table { name: list.name.to_owned(), about: list.about, columns, held })
        }));
        Ok(Tables { all, case })
    }

    /// Gives the fields of the wanted columns, row by row.
    pub(super) fn rows(
        &self,
        table: &Table,
        wanted: &[usize],
        take: &mut dyn FnMut(&[Field<'_>]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match &table.held {
            Held::Files(files) => of_files(files, table, wanted, take),
            Held::Report(list) => of_report(self.case, *list, table, wanted, take),
        }
    }
}

/// Reads files one after another, while the rows of those before are taken.
fn of_files(
    files: &[PathBuf],
    table: &Table,
    wanted: &[usize],
    take: &mut dyn FnMut(&[Field<'_>]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut names: Vec<&str> =
        wanted.iter().map(|&column| table.columns[column].name.as_str()).collect();
    if names.is_empty() {
        // Rows are counted by a column that is there in any case.
        names.push(&table.columns[0].name);
    }
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel(AHEAD);
        let names = &names;
        scope.spawn(move || {
            let read = files.iter().map(|path| File::read(path, names));
            // Nobody receives any more where taking rows has failed.
            let _ = read.into_iter().try_for_each(|file| send.send(file));
        });
        for file in receive {
            let file = file?;
            for row in 0..file.len() {
                let fields: Vec<Field<'_>> =
                    (0..wanted.len()).map(|column| field(file.cell(column, row))).collect();
                take(&fields)?;
            }
        }
        Ok(())
    })
}

fn field(cell: Cell<'_>) -> Field<'_> {
    match cell {
        Cell::Null => Field::Null,
        Cell::Text(text) => Field::Text(text.into()),
        Cell::Time(time) => Field::Text(time.to_string().into()),
        Cell::Number(number) => Field::Number(number),
        Cell::Flag(flag) => Field::Number(flag.into()),
    }
}

/// The keys of an object that stand for themselves, with what they are, under the names of columns.
fn columns_of(list: List, schema: &Value) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    if let Some((_, owner)) = list.inner {
        let about = "Subscription it belongs to.".into();
        columns.push(Column { name: owner.to_owned(), kind: ColumnKind::Text, about });
    }
    let keys = schema.pointer(&format!("/$defs/{}/properties", list.item))?.as_object()?;
    for (key, kind) in keys {
        let about = kind["description"].as_str().unwrap_or_default().to_owned();
        if kind["$ref"] == "#/$defs/Risk" {
            let parts = schema.pointer("/$defs/Risk/properties")?.as_object()?;
            columns.extend(parts.iter().map(|(part, kind)| {
                let about = kind["description"].as_str().unwrap_or_default().to_owned();
                column(format!("{key}_{part}"), kind, about)
            }));
        } else {
            columns.push(column(key.clone(), kind, about));
        }
    }
    Some(columns)
}

fn column(name: String, kind: &Value, about: String) -> Column {
    let kind = kind.pointer("/anyOf/0").unwrap_or(kind);
    let is = |word: &str| kind["type"] == word;
    let kind = if kind["format"] == "date-time" {
        ColumnKind::Time
    } else if is("string") || kind.get("enum").is_some() {
        ColumnKind::Text
    } else if is("integer") {
        ColumnKind::Number
    } else if is("boolean") {
        ColumnKind::Flag
    } else {
        ColumnKind::Json
    };
    Column { name, kind, about: about.into() }
}

/// Gives rows on as they are read: nothing of the list stays in memory.
fn of_report(
    case: &Case,
    wanted_list: List,
    table: &Table,
    wanted: &[usize],
    take: &mut dyn FnMut(&[Field<'_>]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let columns: Vec<&Column> = wanted.iter().map(|&column| &table.columns[column]).collect();
    let (take, given) = (RefCell::new(take), Slot::new(Ok(())));
    let give = |row: &[Field<'_>]| {
        let before = given.replace(Ok(()));
        given.set(before.and_then(|()| (take.borrow_mut())(row)));
    };
    let one = |one: &Value| {
        give(&fields(one, &columns));
        false
    };
    let within = |outer: &Value| {
        let Some((inner, owner)) = wanted_list.inner else { return one(outer) };
        for one in list(&outer[inner], "") {
            let mut row = fields(one, &columns);
            if let Some(at) = columns.iter().position(|column| column.name == owner) {
                row[at] = field_of(&outer["id"]);
            }
            give(&row);
        }
        false
    };
    let members: Vec<&str> = columns.iter().map(|column| member(column)).collect();
    let members = Keep::Members(&members);
    let of_outer = wanted_list.inner.map(|(inner, _)| [("id", Keep::All), (inner, members)]);
    let outer = of_outer.as_ref().map_or(members, |parts| Keep::Parts(parts));
    let outer = Keep::Items(&within, &outer);
    let (name, below) = match wanted_list.outer[1..].split_once('/') {
        Some((name, below)) => (name, Some([(below, outer)])),
        None => (&wanted_list.outer[1..], None),
    };
    let mut parts = vec![(name, below.as_ref().map_or(outer, |parts| Keep::Parts(parts)))];
    // Whose they are is told by no key of theirs.
    if let Some(more) = wanted_list.more.strip_prefix('/') {
        parts.push((more, Keep::Items(&one, &members)));
    }
    case.report(&parts)?;
    given.into_inner()
}

/// Returns the key of an object that a column shows, or shows a part of.
fn member(column: &Column) -> &str {
    if column.name.starts_with("risk_") { "risk" } else { &column.name }
}

fn fields<'v>(one: &'v Value, columns: &[&Column]) -> Vec<Field<'v>> {
    let value = |column: &&Column| match column.name.strip_prefix("risk_") {
        Some(part) => &one["risk"][part],
        None => &one[column.name.as_str()],
    };
    columns.iter().map(|column| field_of(value(column))).collect()
}

fn field_of(value: &Value) -> Field<'_> {
    match value {
        Value::Null => Field::Null,
        Value::Bool(flag) => Field::Number((*flag).into()),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Field::Text(number.to_string().into()), Field::Number)
        }
        Value::String(text) => Field::Text(text.into()),
        Value::Array(_) | Value::Object(_) => Field::Text(value.to_string().into()),
    }
}
