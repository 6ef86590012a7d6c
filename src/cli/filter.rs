//! The filters of the commands over a case, with the names that people use resolved.

use std::collections::{BTreeSet, HashSet};
use std::net::IpAddr;

use anyhow::bail;
use ipnet::IpNet;
use serde_json::Value;

use super::args::Only;
use super::case::{Case, Keep, Part, list, pick, text, texts};
use super::command::{subscription, user};
use crate::base::Time;
use crate::corpus::Table;
use crate::investigation::model::Level;

/// Lets pass what meets every condition.
#[derive(Default)]
pub(super) struct Filter {
    from: Option<Time>,
    to: Option<Time>,
    subscriptions: BTreeSet<String>,
    users: BTreeSet<String>,
    networks: Vec<IpNet>,
    operations: Vec<String>,
    told: Option<Told>,
}

/// What findings of a level and above rest on.
struct Told {
    level: Level,
    /// Ids of operations and of events, as numbers.
    operations: HashSet<u64>,
    events: HashSet<u64>,
}

/// What a line is.
#[derive(Clone, Copy, Default)]
pub(super) enum Line<'f> {
    /// Something that no finding can rest on.
    #[default]
    Other,
    /// A finding of a level.
    Finding(Level),
    /// An operation with its id.
    Operation(&'f str),
    /// An event with its id.
    Event(&'f str),
}

/// What of a line is filtered.
#[derive(Clone, Copy, Default)]
pub(super) struct Facets<'f> {
    pub(super) line: Line<'f>,
    pub(super) first: Option<Time>,
    pub(super) last: Option<Time>,
    pub(super) subscriptions: &'f [&'f str],
    /// Every name of whoever did it.
    pub(super) users: &'f [&'f str],
    pub(super) ips: &'f [&'f str],
    pub(super) operations: &'f [&'f str],
}

/// What of users and subscriptions [`pick`] knows them by.
pub(super) const NAMES: Keep<'static> = Keep::Members(&[
    "id",
    "upn",
    "object_id",
    "app_id",
    "name",
    "app_name",
    "aliases",
    "resource_id",
]);

impl Filter {
    /// Lists what of the report tells what was typed.
    pub(super) fn parts(only: &Only) -> Vec<Part<'static>> {
        let mut parts = Vec::new();
        if !only.user.is_empty() {
            parts.push(("users", NAMES));
        }
        if !only.subscription.is_empty() {
            parts.push(("subscriptions", NAMES));
        }
        if only.level.is_some() {
            parts.push(("findings", Keep::Members(&["id", "level"])));
        }
        parts
    }

    /// Resolves what was typed; fails where the report knows no such user or subscription.
    pub(super) fn new(only: &Only, case: &Case, report: &Value) -> anyhow::Result<Self> {
        let mut filter = Self::by_names(only, report)?;
        filter.told = only.level.map(|level| Told::read(level, case, report)).transpose()?;
        Ok(filter)
    }

    fn by_names(only: &Only, report: &Value) -> anyhow::Result<Self> {
        if let (Some(from), Some(to)) = (only.from, only.to)
            && from >= to
        {
            bail!("--from is not before --to, so that no time lies between them");
        }
        let mut filter = Filter {
            from: only.from,
            to: only.to,
            networks: only.ip.clone(),
            operations: only.operation.iter().map(|text| text.to_lowercase()).collect(),
            ..Filter::default()
        };
        for wanted in &only.subscription {
            let names = subscription::KIND.names;
            let one = pick("subscription", list(report, "/subscriptions"), wanted, names)?;
            filter.subscriptions.insert(text(one, "id").to_owned());
        }
        for wanted in &only.user {
            let one = pick("user", list(report, "/users"), wanted, user::KIND.names)?;
            let keys = ["id", "upn", "object_id"].map(|key| text(one, key));
            let keys = keys.into_iter().chain(texts(one, "aliases")).filter(|key| !key.is_empty());
            filter.users.extend(keys.map(str::to_lowercase));
        }
        Ok(filter)
    }

    /// Whether everything passes.
    pub(super) fn is_open(&self) -> bool {
        let Filter { from, to, subscriptions, users, networks, operations, told } = self;
        from.is_none()
            && to.is_none()
            && told.is_none()
            && subscriptions.is_empty()
            && users.is_empty()
            && networks.is_empty()
            && operations.is_empty()
    }

    /// Whether a line passes; of a stretch of time any part may lie within.
    pub(super) fn passes(&self, line: Facets<'_>) -> bool {
        let in_network = |ip: &str| {
            let ip: Option<IpAddr> = ip.parse().ok();
            ip.is_some_and(|ip| self.networks.iter().any(|network| network.contains(&ip)))
        };
        let is_operation = |name: &str| {
            let name = name.to_lowercase();
            self.operations.iter().any(|wanted| name.contains(wanted))
        };
        self.from.is_none_or(|from| line.last.or(line.first).is_some_and(|last| last >= from))
            && self.to.is_none_or(|to| line.first.is_some_and(|first| first < to))
            && self.told.as_ref().is_none_or(|told| told.holds(line.line))
            && (self.subscriptions.is_empty()
                || line.subscriptions.iter().any(|id| self.subscriptions.contains(*id)))
            && (self.users.is_empty()
                || line.users.iter().any(|name| self.users.contains(&name.to_lowercase())))
            && (self.networks.is_empty() || line.ips.iter().any(|ip| in_network(ip)))
            && (self.operations.is_empty() || line.operations.iter().any(|name| is_operation(name)))
    }
}

impl Told {
    fn read(level: Level, case: &Case, report: &Value) -> anyhow::Result<Self> {
        let reaches = |one: &&Value| Level::parse(text(one, "level")).is_some_and(|l| l >= level);
        let findings = list(report, "/findings").iter().filter(reaches);
        let findings: HashSet<&str> = findings.map(|one| text(one, "id")).collect();
        let pairs = |name: &str, columns: [&str; 2], take: &mut dyn FnMut(&str, &str)| {
            let table = Table::read(&case.table(name), &columns)?;
            for row in 0..table.len() {
                let cell = |column: usize| table.cell(column, row).text().unwrap_or_default();
                take(cell(0), cell(1));
            }
            anyhow::Ok(())
        };
        let (mut operations, mut events) = (HashSet::new(), HashSet::new());
        pairs("finding-operations.parquet", ["finding_id", "operation_id"], &mut |one, id| {
            if findings.contains(one) {
                operations.insert(number_of(id));
            }
        })?;
        pairs("operation-events.parquet", ["operation_id", "event"], &mut |id, event| {
            if operations.contains(&number_of(id)) {
                events.insert(number_of(event));
            }
        })?;
        Ok(Told { level, operations, events })
    }

    fn holds(&self, line: Line<'_>) -> bool {
        match line {
            Line::Other => false,
            Line::Finding(level) => level >= self.level,
            Line::Operation(id) => self.operations.contains(&number_of(id)),
            Line::Event(id) => self.events.contains(&number_of(id)),
        }
    }
}

/// Returns the digits of an id of an event or an operation as a number, which is in the same order as the ids.
pub(super) fn number_of(id: &str) -> u64 {
    u64::from_str_radix(id.trim_start_matches('o'), 16).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_resolved_and_every_condition_has_to_hold() {
        let report = json!({
            "users": [{"id": "a@b.c", "name": "Ann", "object_id": "77", "aliases": ["ann#ext#"]}],
            "subscriptions": [{"id": "5a5a"}],
        });
        let only = Only {
            from: Some(Time(10)),
            to: Some(Time(20)),
            subscription: vec!["5a".into()],
            user: vec!["ann".into()],
            ip: vec!["10.0.0.0/8".parse().unwrap()],
            operation: vec!["Write".into()],
            level: None,
        };
        let filter = Filter::by_names(&only, &report).unwrap();
        let line = Facets {
            line: Line::Other,
            first: Some(Time(10)),
            last: Some(Time(12)),
            subscriptions: &["6b6b", "5a5a"],
            users: &["x", "ANN#EXT#"],
            ips: &["10.1.2.3"],
            operations: &["A/B/WRITE"],
        };
        assert!(filter.passes(line) && !filter.is_open());
        for other in [
            Facets { first: Some(Time(20)), last: Some(Time(30)), ..line },
            Facets { first: Some(Time(1)), last: Some(Time(9)), ..line },
            Facets { first: None, last: None, ..line },
            Facets { subscriptions: &[], ..line },
            Facets { users: &["x"], ..line },
            Facets { ips: &["11.0.0.1", "junk"], ..line },
            Facets { operations: &["A/B/READ"], ..line },
        ] {
            assert!(!filter.passes(other));
            assert!(Filter::default().passes(other));
        }
        assert!(Filter::default().is_open());
        let turned = Only { from: only.to, to: only.from, ..Only::default() };
        assert!(Filter::by_names(&turned, &report).is_err());
        let nobody = Only { user: vec!["bob".into()], ..Only::default() };
        assert!(Filter::by_names(&nobody, &report).is_err());
    }

    #[test]
    fn a_level_keeps_findings_and_what_they_rest_on() {
        let told = Told {
            level: Level::High,
            operations: HashSet::from([0xab]),
            events: HashSet::from([0xcd]),
        };
        let filter = Filter { told: Some(told), ..Filter::default() };
        let passes = |line| filter.passes(Facets { line, ..Facets::default() });
        assert!(!filter.is_open() && !passes(Line::Other));
        assert!(passes(Line::Finding(Level::Critical)) && !passes(Line::Finding(Level::Medium)));
        assert!(
            passes(Line::Operation("o0000000000ab")) && !passes(Line::Operation("o0000000000ac"))
        );
        assert!(passes(Line::Event("00000000000000cd")) && !passes(Line::Event("")));
    }
}
