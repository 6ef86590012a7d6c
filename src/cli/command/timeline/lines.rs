//! The lines of a timeline: from the index, or from the findings of the report.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;

use crate::base::{DateOrder, Time};
use crate::cli::case::{list, text, texts};
use crate::cli::filter::{Facets, Filter};
use crate::corpus::{Cell, Table};
use crate::investigation::model::Level;

/// Lines in order of time; the first column is the time.
pub(super) trait Lines {
    /// Names of the columns.
    fn columns(&self) -> &'static [&'static str];
    /// The columns that people need.
    fn short(&self) -> &'static [&'static str];
    /// How many lines there are.
    fn len(&self) -> usize;
    /// What a line holds in a column.
    fn value(&self, row: usize, column: usize) -> Value;
    /// A line in words.
    fn message(&self, row: usize) -> String;
    /// What its time is the time of.
    fn meaning(&self) -> &'static str;
}

/// Which columns of a table of the index are what.
struct Layout {
    columns: &'static [&'static str],
    short: &'static [&'static str],
    last: usize,
    subscription: usize,
    users: &'static [usize],
    ip: usize,
    operation: usize,
    outcome: usize,
    resource: usize,
    /// What breaks a tie of times.
    id: usize,
    meaning: &'static str,
}

const EVENTS: Layout = Layout {
    columns: &[
        "event_time",
        "event",
        "operation",
        "status",
        "actor",
        "actor_upn",
        "actor_oid",
        "client_ip",
        "subscription_id",
        "resource_id",
        "category",
        "http_status",
        "error_code",
        "correlation_id",
        "file",
        "member",
        "offset",
        "length",
    ],
    short: &["event_time", "event", "operation", "status", "actor", "client_ip", "resource_id"],
    last: 0,
    subscription: 8,
    users: &[4, 5, 6],
    ip: 7,
    operation: 2,
    outcome: 3,
    resource: 9,
    id: 1,
    meaning: "Event Time",
};

const OPERATIONS: Layout = Layout {
    columns: &[
        "first_time",
        "last_time",
        "operation_id",
        "operation",
        "category",
        "outcome",
        "user_id",
        "client_ip",
        "subscription_id",
        "resource_id",
        "resource_type",
        "http_status",
        "error_code",
        "events",
        "first_event",
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
    last: 1,
    subscription: 8,
    users: &[6],
    ip: 7,
    operation: 3,
    outcome: 5,
    resource: 9,
    id: 2,
    meaning: "First event of the operation",
};

/// Lines out of the index.
pub(super) struct Indexed {
    layout: &'static Layout,
    tables: Vec<Table>,
    /// Table and row of each line.
    order: Vec<(u32, u32)>,
}

impl Indexed {
    pub(super) fn events(parts: &[PathBuf], filter: &Filter) -> anyhow::Result<Self> {
        Self::new(&EVENTS, parts, filter)
    }

    pub(super) fn operations(path: &Path, filter: &Filter) -> anyhow::Result<Self> {
        Self::new(&OPERATIONS, &[path.to_owned()], filter)
    }

    fn new(layout: &'static Layout, parts: &[PathBuf], filter: &Filter) -> anyhow::Result<Self> {
        let read = |path: &PathBuf| Table::read(path, layout.columns);
        let tables: Vec<Table> = parts.par_iter().map(read).collect::<Result<_, _>>()?;
        let mut order = Vec::new();
        for (part, table) in (0_u32..).zip(&tables) {
            let rows = (0_u32..).zip(0..table.len());
            let passing =
                rows.filter(|(_, at)| filter.is_open() || layout.passes(table, *at, filter));
            order.extend(passing.map(|(row, _)| (part, row)));
        }
        let key = |&(part, row): &(u32, u32)| {
            let (table, row) = (&tables[part as usize], row as usize);
            (table.cell(0, row).time(), table.cell(layout.id, row).text().unwrap_or_default())
        };
        order.par_sort_by(|a, b| key(a).cmp(&key(b)));
        Ok(Self { layout, tables, order })
    }

    fn cell(&self, line: usize, column: usize) -> Cell<'_> {
        let (part, row) = self.order[line];
        self.tables[part as usize].cell(column, row as usize)
    }
}

impl Layout {
    fn passes(&self, table: &Table, row: usize, filter: &Filter) -> bool {
        let text = |column: usize| table.cell(column, row).text();
        let users: Vec<&str> = self.users.iter().filter_map(|&column| text(column)).collect();
        filter.passes(Facets {
            first: table.cell(0, row).time(),
            last: table.cell(self.last, row).time(),
            subscription: text(self.subscription),
            users: &users,
            ips: text(self.ip).as_slice(),
            operations: text(self.operation).as_slice(),
        })
    }
}

impl Lines for Indexed {
    fn columns(&self) -> &'static [&'static str] {
        self.layout.columns
    }

    fn short(&self) -> &'static [&'static str] {
        self.layout.short
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    fn value(&self, line: usize, column: usize) -> Value {
        match self.cell(line, column) {
            Cell::Null => Value::Null,
            Cell::Number(number) => number.into(),
            Cell::Flag(flag) => flag.into(),
            Cell::Text(text) => text.into(),
            Cell::Time(time) => time.to_string().into(),
        }
    }

    fn message(&self, line: usize) -> String {
        let part = |before: &str, column: usize| {
            self.cell(line, column).text().map(|text| format!("{before}{text}")).unwrap_or_default()
        };
        let layout = self.layout;
        let operation = self.cell(line, layout.operation).text().unwrap_or("unknown operation");
        format!(
            "{operation}{}{}{}",
            part(" ", layout.outcome),
            part(" by ", layout.users[0]),
            part(" on ", layout.resource)
        )
    }

    fn meaning(&self) -> &'static str {
        self.layout.meaning
    }
}

/// Lines of the findings.
pub(super) struct Told<'r> {
    findings: Vec<&'r Value>,
}

impl<'r> Told<'r> {
    pub(super) fn new(report: &'r Value, filter: &Filter, level: Level) -> Self {
        let passes = |one: &&Value| {
            let time = |key: &str| Time::parse(text(one, key), DateOrder::MonthFirst);
            Level::parse(text(one, "level")).unwrap_or_default() >= level
                && filter.passes(Facets {
                    first: time("first"),
                    last: time("last"),
                    subscription: one["subscription_id"].as_str(),
                    users: one["principal"].as_str().as_slice(),
                    ips: &texts(one, "ips"),
                    operations: &texts(one, "operation_names"),
                })
        };
        // The report has them in order of time.
        Told { findings: list(report, "/findings").iter().filter(passes).collect() }
    }
}

impl Lines for Told<'_> {
    fn columns(&self) -> &'static [&'static str] {
        &[
            "first",
            "last",
            "id",
            "level",
            "title",
            "rule_id",
            "principal",
            "subscription_id",
            "ips",
            "resources",
            "operation_names",
            "outcome",
            "operations",
            "events",
            "tactics",
            "techniques",
        ]
    }

    fn short(&self) -> &'static [&'static str] {
        &["first", "level", "title", "principal", "outcome", "id"]
    }

    fn len(&self) -> usize {
        self.findings.len()
    }

    fn value(&self, row: usize, column: usize) -> Value {
        self.findings[row][self.columns()[column]].clone()
    }

    fn message(&self, row: usize) -> String {
        let one = self.findings[row];
        let part = |before: &str, text: Option<&str>| {
            text.map(|text| format!("{before}{text}")).unwrap_or_default()
        };
        format!(
            "[{}] {}{}{}",
            text(one, "level"),
            text(one, "title"),
            part(" by ", one["principal"].as_str()),
            part(" on ", texts(one, "resources").first().copied())
        )
    }

    fn meaning(&self) -> &'static str {
        "First event of the finding"
    }
}
