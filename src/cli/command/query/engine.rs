//! SQL by `SQLite`, over tables that are filled only as far as a question reads them.
//!
//! The question is prepared twice. First over empty tables, where `SQLite` tells which columns it
//! reads; then over tables that hold these columns, in a database of its own that spills to a
//! temporary file when it outgrows its cache and is gone with the process. The rows of the answer are
//! given on one by one. Nothing but reading is allowed: no file can be attached or written by SQL.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use anyhow::{Context, anyhow, bail};
use ipnet::IpNet;
use regex::Regex;
use rusqlite::functions::{Context as Call, FunctionFlags};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, Error, Statement};

use super::answer::Answer;
use super::column::ColumnKind;
use super::table::{Field, Table, Tables};
use crate::base::near::distance;
use crate::base::text::for_terminal;
use crate::cli::args::moment;

/// Memory that a database keeps pages in before it spills, KiB.
const CACHE: i64 = 256 << 10;
/// Names that are told in place of one that is not there.
const NEAR: usize = 4;

/// The columns of tables that a question reads; an empty name stands for none in particular.
type Reads = BTreeSet<(String, String)>;

/// Asks a question and gives its answer on.
pub(super) fn ask(tables: &Tables<'_>, sql: &str, answer: &mut dyn Answer) -> anyhow::Result<()> {
    let reads = reads(tables, sql)?;
    let mut database = open("", &tables.all, &|table, column| {
        reads.contains(&(table.to_owned(), column.to_owned()))
    })?;
    let read = |table: &&Table| reads.iter().any(|(name, _)| *name == table.name);
    for table in tables.all.iter().filter(read) {
        fill(&database, tables, table, &reads)
            .with_context(|| format!("reading the table {}", table.name))?;
    }
    only_reading(&mut database, None)?;
    let mut question = database.prepare(sql).context("asking again")?;
    give(&mut question, answer)
}

/// Finds out what a question reads.
fn reads(tables: &Tables<'_>, sql: &str) -> anyhow::Result<Reads> {
    let mut sketch = open(":memory:", &tables.all, &|_, _| true)?;
    let seen = Arc::new(Mutex::new(Reads::new()));
    only_reading(&mut sketch, Some(Arc::clone(&seen)))?;
    let question = sketch.prepare(sql).map_err(|error| explained(&error, &tables.all))?;
    if question.column_count() == 0 {
        bail!("the SQL asks for nothing: begin with SELECT or WITH");
    }
    drop(question);
    drop(sketch);
    let seen = Arc::try_unwrap(seen).map_err(|_| anyhow!("the question is still being read"))?;
    let mut seen = seen.into_inner().expect("noting a column does not panic");
    add_joined(sql, &tables.all, &mut seen);
    Ok(seen)
}

/// Adds the columns that tables are joined by, of which `SQLite` does not tell where they stand behind
/// USING or NATURAL: every column and table whose name is a word of the question.
fn add_joined(sql: &str, tables: &[Table], reads: &mut Reads) {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words: BTreeSet<String> =
        sql.split(|c| !is_part(c)).map(str::to_lowercase).filter(|word| !word.is_empty()).collect();
    let is_natural = words.contains("natural");
    let named = tables.iter().filter(|table| {
        words.contains(&table.name) || reads.iter().any(|(name, _)| *name == table.name)
    });
    let named: Vec<&Table> = named.collect();
    let has = |table: &Table, column: &str| table.columns.iter().any(|one| one.name == column);
    for table in &named {
        reads.insert((table.name.clone(), String::new()));
        for column in &table.columns {
            let shared = || named.iter().filter(|other| has(other, &column.name)).count() > 1;
            if words.contains(&column.name) || (is_natural && shared()) {
                reads.insert((table.name.clone(), column.name.clone()));
            }
        }
    }
}

/// Makes a database whose tables have the columns that are wanted.
fn open(
    place: &str,
    tables: &[Table],
    wanted: &dyn Fn(&str, &str) -> bool,
) -> anyhow::Result<Connection> {
    let database = Connection::open(place).context("making a temporary database")?;
    database.pragma_update(None, "cache_size", -CACHE)?;
    database.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    database.create_collation("instant", moment::order)?;
    functions(&database)?;
    for table in tables {
        let own = table.columns.iter().filter(|column| wanted(&table.name, &column.name));
        let mut columns: Vec<String> = own.map(super::column::Column::definition).collect();
        if columns.is_empty() {
            // A table whose rows are only counted still has a column.
            columns.push(table.columns[0].definition());
        }
        let columns = columns.join(", ");
        database.execute_batch(&format!("CREATE TABLE \"{}\" ({columns})", table.name))?;
    }
    Ok(database)
}

/// Lets SQL do nothing but read, and notes what it reads.
fn only_reading(database: &mut Connection, seen: Option<Arc<Mutex<Reads>>>) -> anyhow::Result<()> {
    database.authorizer(Some(move |asked: AuthContext<'_>| match asked.action {
        AuthAction::Read { table_name, column_name } => {
            if let Some(seen) = &seen {
                let read = (table_name.to_owned(), column_name.to_owned());
                seen.lock().expect("noting a column does not panic").insert(read);
            }
            Authorization::Allow
        }
        AuthAction::Select | AuthAction::Function { .. } | AuthAction::Recursive => {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }))?;
    Ok(())
}

fn functions(database: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    database.create_scalar_function("regexp", 2, flags, |call: &mut Call<'_>| {
        let pattern = call.get_or_create_aux(0, |text| -> Result<Regex, Failed> {
            Ok(Regex::new(text.as_str()?)?)
        })?;
        let text: Option<String> = call.get(1)?;
        Ok(text.map(|text| pattern.is_match(&text)))
    })?;
    database.create_scalar_function("in_network", 2, flags, |call: &mut Call<'_>| {
        let network = call.get_or_create_aux(1, |text| -> Result<IpNet, Failed> {
            let text = text.as_str()?;
            let address = || text.parse::<IpAddr>().map(IpNet::from);
            Ok(text.parse().or_else(|_| address())?)
        })?;
        let text: Option<String> = call.get(0)?;
        let ip = text.and_then(|text| text.parse::<IpAddr>().ok());
        Ok(ip.map(|ip| network.contains(&ip)))
    })
}

/// Why a function of ours could not answer.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Fills the columns of a table that are read.
fn fill(
    database: &Connection,
    tables: &Tables<'_>,
    table: &Table,
    reads: &Reads,
) -> anyhow::Result<()> {
    let read =
        |column: usize| reads.contains(&(table.name.clone(), table.columns[column].name.clone()));
    let wanted: Vec<usize> = (0..table.columns.len()).filter(|&column| read(column)).collect();
    let places = vec!["?"; wanted.len().max(1)].join(", ");
    database.execute_batch("BEGIN")?;
    let mut insert =
        database.prepare(&format!("INSERT INTO \"{}\" VALUES ({places})", table.name))?;
    tables.rows(table, &wanted, &mut |fields| {
        for (at, field) in fields.iter().enumerate() {
            match field {
                Field::Null => insert.raw_bind_parameter(at + 1, rusqlite::types::Null)?,
                Field::Number(number) => insert.raw_bind_parameter(at + 1, number)?,
                Field::Text(text) => insert.raw_bind_parameter(at + 1, text.as_ref())?,
            }
        }
        insert.raw_execute()?;
        Ok(())
    })?;
    drop(insert);
    Ok(database.execute_batch("COMMIT")?)
}

/// Gives the rows of the answer on.
fn give(question: &mut Statement<'_>, answer: &mut dyn Answer) -> anyhow::Result<()> {
    let heads = heads(question);
    answer.begin(&heads)?;
    let mut rows = question.query(())?;
    while let Some(row) = rows.next().map_err(|error| anyhow!("{}", said(&error)))? {
        let values = (0..heads.len()).map(|column| row.get_ref(column));
        answer.row(&values.collect::<Result<Vec<_>, _>>()?)?;
    }
    Ok(())
}

/// The names of the columns, each of its own, and what is known of their values.
fn heads(question: &Statement<'_>) -> Vec<(String, Option<ColumnKind>)> {
    let mut heads: Vec<(String, Option<ColumnKind>)> = Vec::new();
    for column in question.columns() {
        let mut name = column.name().to_owned();
        let mut number = 2;
        while heads.iter().any(|(other, _)| *other == name) {
            name = format!("{}_{number}", column.name());
            number += 1;
        }
        heads.push((name, column.decl_type().and_then(ColumnKind::of_declared)));
    }
    heads
}

/// What `SQLite` said, safe to look at.
fn said(error: &Error) -> String {
    let text = match error {
        Error::SqlInputError { msg, .. } => msg.clone(),
        Error::SqliteFailure(_, Some(text)) => text.clone(),
        error => error.to_string(),
    };
    for_terminal(&text).into_owned()
}

/// Tells a mistake in SQL, where it is, and what may have been meant.
fn explained(error: &Error, tables: &[Table]) -> anyhow::Error {
    let text = said(error);
    if text.contains("not authorized") || text.contains("prohibited") {
        return anyhow!("{text}: a question may only read");
    }
    let hint = if let Some(name) = text.strip_prefix("no such table: ") {
        near(name, tables.iter().map(|table| table.name.as_str()))
    } else if let Some(name) = text.strip_prefix("no such column: ") {
        let name = name.split(" - ").next().unwrap_or(name);
        let name = name.rsplit('.').next().unwrap_or(name);
        let all = tables.iter().flat_map(|table| &table.columns);
        near(name, all.map(|column| column.name.as_str()))
    } else {
        String::new()
    };
    match error {
        Error::SqlInputError { sql, offset, .. } => {
            anyhow!("{text}{hint}{}", pointed(sql, usize::try_from(*offset).ok()))
        }
        _ => anyhow!("{text}{hint}"),
    }
}

fn near<'n>(name: &str, all: impl Iterator<Item = &'n str>) -> String {
    let folded = name.trim_matches('"').to_lowercase();
    let mut all: Vec<(usize, &str)> = all.map(|one| (distance(one, &folded), one)).collect();
    all.sort_unstable();
    all.dedup();
    let names: Vec<&str> = all.into_iter().take(NEAR).map(|(_, one)| one).collect();
    format!("; near it: {}; `azscope query CASE --tables` tells all", names.join(", "))
}

/// Returns the line of SQL that a mistake is in, with a mark under its place.
fn pointed(sql: &str, offset: Option<usize>) -> String {
    let Some((before, after)) = offset.and_then(|offset| sql.split_at_checked(offset)) else {
        return String::new();
    };
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').map_or(sql.len(), |at| before.len() + at);
    let indent = crate::base::text::width(&for_terminal(&before[start..]));
    format!("\n  {}\n  {:indent$}^", for_terminal(&sql[start..end]), "")
}
