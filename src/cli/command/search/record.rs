//! The records of the evidence that are events, as the index has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use regex::bytes::Regex;

use crate::cli::filter::{Facets, Filter, Line};
use crate::corpus::{Cell, Table};
use crate::schema::Event;

/// Where the record of an event stands in its source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    /// Its first byte.
    pub(super) offset: u64,
    /// The byte behind its last.
    pub(super) end: u64,
    /// Id of the event.
    pub(super) event: u64,
    /// The value that matched, where one field is searched.
    pub(super) value: Option<Box<str>>,
}

/// The records of each file and member, in the order in which they stand there.
pub(super) type Records = BTreeMap<(String, Option<String>), Vec<Record>>;

/// Which events are wanted.
pub(super) struct Wanted<'w> {
    pub(super) filter: &'w Filter,
    pub(super) field: Option<Event>,
    pub(super) regex: &'w Regex,
}

const PLACE: [&str; 5] = ["event", "file", "member", "offset", "length"];
const FACETS: [&str; 7] =
    ["event_time", "subscription_id", "actor", "actor_upn", "actor_oid", "client_ip", "operation"];
const FACET: usize = PLACE.len();

/// Reads the places of all events that are wanted.
pub(super) fn read(parts: &[PathBuf], wanted: &Wanted<'_>) -> anyhow::Result<Records> {
    let read: Vec<Records> =
        parts.par_iter().map(|path| part(path, wanted)).collect::<anyhow::Result<_>>()?;
    let mut all = Records::new();
    for (key, mut own) in read.into_iter().flatten() {
        all.entry(key).or_default().append(&mut own);
    }
    let mut lists: Vec<&mut Vec<Record>> = all.values_mut().collect();
    lists.par_iter_mut().for_each(|records| records.sort_unstable());
    Ok(all)
}

fn part(path: &Path, wanted: &Wanted<'_>) -> anyhow::Result<Records> {
    let mut names = PLACE.to_vec();
    // Columns that nobody asks for are not read.
    if !wanted.filter.is_open() || wanted.field.is_some() {
        names.extend(FACETS);
    }
    let field = wanted.field.map(|field| field.spec().name);
    if let Some(field) = field.filter(|field| !names.contains(field)) {
        names.push(field);
    }
    let field = field.and_then(|field| names.iter().position(|name| *name == field));
    let table = Table::read(path, &names)?;
    let mut found = Records::new();
    let mut run: (Option<(&str, Option<&str>)>, Vec<Record>) = (None, Vec::new());
    for row in 0..table.len() {
        let Some((key, record)) = record(&table, row, field, wanted) else { continue };
        if run.0 != Some(key) {
            put(&mut found, &mut run);
            run.0 = Some(key);
        }
        run.1.push(record);
    }
    put(&mut found, &mut run);
    Ok(found)
}

/// Adds a run of records of one source.
fn put(found: &mut Records, run: &mut (Option<(&str, Option<&str>)>, Vec<Record>)) {
    if let Some((file, member)) = run.0.take() {
        let key = (file.to_owned(), member.map(str::to_owned));
        found.entry(key).or_default().append(&mut run.1);
    }
}

type Key<'t> = (&'t str, Option<&'t str>);

fn record<'t>(
    table: &'t Table,
    row: usize,
    field: Option<usize>,
    wanted: &Wanted<'_>,
) -> Option<(Key<'t>, Record)> {
    let text = |column: usize| table.cell(column, row).text();
    let number = |column| table.cell(column, row).number().and_then(|n| u64::try_from(n).ok());
    if !wanted.filter.is_open() && !passes(table, row, wanted.filter) {
        return None;
    }
    let mut value = None;
    if let Some(field) = field {
        let text = Some(table.cell(field, row)).filter(|cell| *cell != Cell::Null)?.to_string();
        wanted.regex.is_match(text.as_bytes()).then_some(())?;
        value = Some(text.into_boxed_str());
    }
    let (offset, length) = (number(3)?, number(4)?);
    let event = u64::from_str_radix(text(0)?, 16).ok()?;
    Some(((text(1)?, text(2)), Record { offset, end: offset + length, event, value }))
}

fn passes(table: &Table, row: usize, filter: &Filter) -> bool {
    let text = |facet: usize| table.cell(FACET + facet, row).text();
    let users: Vec<&str> = [2, 3, 4].into_iter().filter_map(text).collect();
    let time = table.cell(FACET, row).time();
    filter.passes(Facets {
        line: table.cell(0, row).text().map_or(Line::Other, Line::Event),
        first: time,
        last: time,
        subscriptions: text(1).as_slice(),
        users: &users,
        ips: text(5).as_slice(),
        operations: text(6).as_slice(),
    })
}
