//! Lines out of the index: their order is held in memory, their values only of the parts in use.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::lines::{Lines, Standard};
use crate::base::Time;
use crate::cli::filter::{Facets, Filter, Line, number_of};
use crate::corpus::{Cell, Table};
use crate::report::standard::{Activity, ecs, ocsf};
use crate::schema::{Event, Kind};

/// Parts whose values are held at once. Lines that follow each other stand in few parts.
const HELD: usize = 64;

/// Which columns of a table of the index are what.
struct Layout {
    columns: &'static [(&'static str, Kind)],
    short: &'static [&'static str],
    /// What is filtered: the times, the subscription, the address, the operation.
    facets: [&'static str; 5],
    users: &'static [&'static str],
    outcome: &'static str,
    /// What breaks a tie of times.
    id: &'static str,
    /// What a line of that id is.
    line: for<'i> fn(&'i str) -> Line<'i>,
    meaning: &'static str,
    /// The columns of events that its columns are, where their names differ.
    same: &'static [(&'static str, Event)],
}

const EVENTS: Layout = Layout {
    columns: &[
        ("event_time", Kind::Time),
        ("event", Kind::Text),
        ("operation", Kind::Text),
        ("status", Kind::Text),
        ("actor", Kind::Text),
        ("actor_upn", Kind::Text),
        ("actor_oid", Kind::Text),
        ("client_ip", Kind::Text),
        ("subscription_id", Kind::Text),
        ("resource_id", Kind::Text),
        ("category", Kind::Text),
        ("http_status", Kind::Number),
        ("error_code", Kind::Text),
        ("correlation_id", Kind::Text),
        ("file", Kind::Text),
        ("member", Kind::Text),
        ("offset", Kind::Number),
        ("length", Kind::Number),
    ],
    short: &["event_time", "event", "operation", "status", "actor", "client_ip", "resource_id"],
    facets: ["event_time", "event_time", "subscription_id", "client_ip", "operation"],
    users: &["actor", "actor_upn", "actor_oid"],
    outcome: "status",
    id: "event",
    line: |id| Line::Event(id),
    meaning: "Event Time",
    same: &[],
};

/// Columns of events that are no columns of the schema.
const PLACE: &[(&str, Kind)] = &[
    ("event", Kind::Text),
    ("file", Kind::Text),
    ("member", Kind::Text),
    ("offset", Kind::Number),
    ("length", Kind::Number),
];

const OPERATIONS: Layout = Layout {
    columns: &[
        ("first_time", Kind::Time),
        ("last_time", Kind::Time),
        ("operation_id", Kind::Text),
        ("operation", Kind::Text),
        ("category", Kind::Text),
        ("outcome", Kind::Text),
        ("user_id", Kind::Text),
        ("client_ip", Kind::Text),
        ("subscription_id", Kind::Text),
        ("resource_id", Kind::Text),
        ("resource_type", Kind::Text),
        ("http_status", Kind::Number),
        ("error_code", Kind::Text),
        ("events", Kind::Number),
        ("first_event", Kind::Text),
    ],
    short: &[
        "first_time",
        "operation",
        "outcome",
        "user_id",
        "client_ip",
        "resource_id",
        "first_event",
    ],
    facets: ["first_time", "last_time", "subscription_id", "client_ip", "operation"],
    users: &["user_id"],
    outcome: "outcome",
    id: "operation_id",
    line: |id| Line::Operation(id),
    meaning: "First event of the operation",
    same: &[
        ("first_time", Event::Time),
        ("outcome", Event::Status),
        ("user_id", Event::Actor),
        // The log's own id of an operation is another.
        ("operation_id", Event::EventId),
    ],
};

/// Lines out of the index.
pub(super) struct Indexed {
    layout: &'static Layout,
    columns: Vec<(&'static str, Kind)>,
    parts: Vec<PathBuf>,
    /// The parts in use, the last one used first.
    held: RefCell<VecDeque<(u32, Rc<Table>)>>,
    /// Part and row of each line.
    order: Vec<(u32, u32)>,
}

impl Indexed {
    /// Opens the events; `all` gives every column of the index.
    pub(super) fn events(parts: Vec<PathBuf>, filter: &Filter, all: bool) -> anyhow::Result<Self> {
        let columns = if all {
            let schema = Event::ALL.iter().map(|column| column.spec());
            schema.map(|spec| (spec.name, spec.kind)).chain(PLACE.iter().copied()).collect()
        } else {
            EVENTS.columns.to_vec()
        };
        Self::new(&EVENTS, columns, parts, filter)
    }

    pub(super) fn operations(path: &Path, filter: &Filter) -> anyhow::Result<Self> {
        Self::new(&OPERATIONS, OPERATIONS.columns.to_vec(), vec![path.to_owned()], filter)
    }

    fn new(
        layout: &'static Layout,
        columns: Vec<(&'static str, Kind)>,
        parts: Vec<PathBuf>,
        filter: &Filter,
    ) -> anyhow::Result<Self> {
        let keys: Vec<Vec<(Option<Time>, u64, u32)>> = parts
            .par_iter()
            .map(|path| layout.keys(path, filter))
            .collect::<anyhow::Result<_>>()?;
        let mut all: Vec<(Option<Time>, u64, u32, u32)> = (0_u32..)
            .zip(keys)
            .flat_map(|(part, keys)| {
                keys.into_iter().map(move |(time, id, row)| (time, id, part, row))
            })
            .collect();
        all.par_sort_unstable();
        let order = all.into_iter().map(|(_, _, part, row)| (part, row)).collect();
        Ok(Self { layout, columns, parts, held: RefCell::default(), order })
    }

    /// Returns a part, read unless it is held.
    fn part(&self, part: u32) -> anyhow::Result<Rc<Table>> {
        let mut held = self.held.borrow_mut();
        if let Some(at) = held.iter().position(|(own, _)| *own == part) {
            if at > 0 {
                let found = held.remove(at).expect("the place was found");
                held.push_front(found);
            }
            return Ok(Rc::clone(&held[0].1));
        }
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let table = Rc::new(Table::read(&self.parts[part as usize], &names)?);
        held.truncate(HELD - 1);
        held.push_front((part, Rc::clone(&table)));
        Ok(table)
    }

    fn place(&self, name: &str) -> usize {
        let place = self.columns.iter().position(|(own, _)| *own == name);
        place.expect("a layout names its own columns")
    }

    fn text(&self, line: usize, name: &str) -> anyhow::Result<Option<String>> {
        Ok(match self.value(line, self.place(name))? {
            Value::String(text) => Some(text),
            _ => None,
        })
    }
}

impl Layout {
    /// Reads the times, ids and rows of the lines of a part that pass.
    fn keys(&self, path: &Path, filter: &Filter) -> anyhow::Result<Vec<(Option<Time>, u64, u32)>> {
        let mut names = vec![self.facets[0], self.id];
        if !filter.is_open() {
            names.extend(self.facets);
            names.extend(self.users);
        }
        let table = Table::read(path, &names)?;
        let rows = (0_u32..).zip(0..table.len());
        let passing = rows.filter(|(_, at)| filter.is_open() || self.passes(&table, *at, filter));
        let key = |(row, at): (u32, usize)| {
            let id = table.cell(1, at).text().unwrap_or_default();
            (table.cell(0, at).time(), number_of(id), row)
        };
        Ok(passing.map(key).collect())
    }

    /// Returns the column of events that a column is.
    fn column(&self, name: &str) -> Option<Event> {
        let renamed = self.same.iter().find(|(own, _)| *own == name).map(|(_, column)| *column);
        renamed.or_else(|| Event::ALL.iter().copied().find(|one| one.spec().name == name))
    }

    fn passes(&self, table: &Table, row: usize, filter: &Filter) -> bool {
        let text = |facet: usize| table.cell(2 + facet, row).text();
        let users: Vec<&str> = (0..self.users.len()).filter_map(|user| text(5 + user)).collect();
        filter.passes(Facets {
            line: (self.line)(table.cell(1, row).text().unwrap_or_default()),
            first: table.cell(2, row).time(),
            last: table.cell(3, row).time(),
            subscriptions: text(2).as_slice(),
            users: &users,
            ips: text(3).as_slice(),
            operations: text(4).as_slice(),
        })
    }
}

impl Lines for Indexed {
    fn columns(&self) -> &[(&'static str, Kind)] {
        &self.columns
    }

    fn short(&self) -> &'static [&'static str] {
        self.layout.short
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    fn value(&self, line: usize, column: usize) -> anyhow::Result<Value> {
        let (part, row) = self.order[line];
        Ok(match self.part(part)?.cell(column, row as usize) {
            Cell::Null => Value::Null,
            Cell::Number(number) => number.into(),
            Cell::Flag(flag) => flag.into(),
            Cell::Text(text) => text.into(),
            Cell::Time(time) => time.to_string().into(),
        })
    }

    fn message(&self, line: usize) -> anyhow::Result<String> {
        let mut message =
            self.text(line, "operation")?.unwrap_or_else(|| "unknown operation".to_owned());
        for (before, name) in
            [(" ", self.layout.outcome), (" by ", self.layout.users[0]), (" on ", "resource_id")]
        {
            if let Some(text) = self.text(line, name)? {
                message.push_str(before);
                message.push_str(&text);
            }
        }
        Ok(message)
    }

    fn meaning(&self, _: usize) -> &'static str {
        self.layout.meaning
    }

    fn document(&self, line: usize, standard: Standard) -> anyhow::Result<Map<String, Value>> {
        let (mut values, mut others) = (Vec::new(), Vec::new());
        for (place, (name, _)) in self.columns.iter().enumerate() {
            let value = self.value(line, place)?;
            match self.layout.column(name) {
                Some(column) => values.push((column, value.clone())),
                None => others.push((*name, value.clone())),
            }
            // When an operation began is its time, and also the start of a stretch.
            if *name == "first_time" {
                others.push((*name, value));
            }
        }
        values.sort_by_key(|(column, _)| *column);
        let message = self.message(line)?;
        let activity = Activity { values: &values, others: &others, message: &message };
        Ok(match standard {
            Standard::Ocsf => ocsf::activity(&activity),
            Standard::Ecs => ecs::activity(&activity),
        })
    }
}
