//! Whether a rule can speak on the evidence at hand.

use std::collections::BTreeSet;

use super::bare::{self, Bare};
use super::carry::Shapes;
use super::need::{Need, keys};
use super::operation::{self, Log};
use super::reach::Reach;
use super::world::World;
use super::{Verdict, fields, some_of, verdict};
use crate::detect::part::Part;
use crate::rule::{Rule, RuleSet};

/// What the evidence holds, as far as rules depend on it.
#[allow(clippy::struct_excessive_bools, reason = "each says one thing of the evidence")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Shapes of its events.
    pub shapes: Shapes,
    /// What none of their events carries.
    pub bare: Bare,
    /// Categories of its events; `None` when some of them have no category.
    pub categories: Option<BTreeSet<String>>,
    /// Whether the tenant-level log is part of it.
    pub tenant_level_log: bool,
    /// Whether the log of management groups is part of it.
    pub management_groups: bool,
    /// Whether it holds alerts.
    pub alerts: bool,
    /// Whether it is known where addresses are.
    pub places: bool,
}

impl Evidence {
    /// Returns why a rule cannot speak on this evidence; `None` when it can, or when nobody knows.
    pub fn obstacle(&self, set: &RuleSet, rule: &Rule) -> Option<String> {
        if !self.places && needs_places(set, rule) {
            return Some("it asks where addresses are: give a GeoIP file with --geoip".to_owned());
        }
        // Most rules can speak, and the reasons of the others are costly to find.
        if rule.other_log().is_none()
            && set.obstacle(rule).is_none()
            && !self.shapes.is_empty()
            && Need::of(set, rule).reach(&self.world()) >= Reach::Doubtful
        {
            return None;
        }
        self.why(set, rule)
    }

    /// All that the evidence lacks.
    fn world(&self) -> World<'_> {
        World {
            shapes: self.shapes,
            bare: self.bare,
            categories: self.categories.as_ref(),
            lacks: self.lacks(),
            alerts: self.alerts,
            any_field: false,
        }
    }

    /// The logs that are not in the evidence.
    fn lacks(&self) -> BTreeSet<Log> {
        let mut lacks = BTreeSet::new();
        if !self.tenant_level_log {
            lacks.insert(Log::Tenant);
        }
        if !self.management_groups && !self.tenant_level_log {
            lacks.insert(Log::ManagementGroups);
        }
        lacks
    }

    fn why(&self, set: &RuleSet, rule: &Rule) -> Option<String> {
        let verdict = verdict(set, rule);
        let is_doubtful = matches!(verdict, Verdict::Doubtful(_));
        if let Some(why) = verdict.why().filter(|_| !is_doubtful) {
            return Some(why.to_owned());
        }
        if self.shapes.is_empty() {
            return Some("no Activity Log events are in the evidence".to_owned());
        }
        let need = Need::of(set, rule);
        let is_met = |world: &World<'_>| need.reach(world) >= Reach::Doubtful;
        let lacks = self.lacks();
        let categories = self.categories.as_ref();
        let open = World::open;
        if !is_met(&World { lacks: lacks.clone(), ..open() }) {
            return Some(format!("{} is not in the evidence", logs(&need, &lacks)));
        }
        if !is_met(&World { categories, ..open() }) {
            return Some("events of its category are not in the evidence".to_owned());
        }
        if !is_met(&World { alerts: self.alerts, ..open() }) {
            return Some("no alerts are in the evidence".to_owned());
        }
        if !is_met(&World { shapes: self.shapes, bare: self.bare, ..open() }) {
            return Some(self.why_shapes(set, rule));
        }
        (!is_met(&self.world())).then(|| "what it needs is not in the evidence together".to_owned())
    }

    fn why_shapes(&self, set: &RuleSet, rule: &Rule) -> String {
        let needs = |of: &Rule| -> Vec<String> {
            let lacking = fields(set, of).into_iter();
            let left = |name: &str, shapes| self.bare.left(shapes, bare::portion(name));
            let lacking = lacking
                .filter(|field| left(&field.name, field.shapes.within(self.shapes)).is_empty());
            lacking.map(|field| field.name).collect()
        };
        let mut names = needs(rule);
        names.extend(set.needed(rule).flat_map(needs));
        names.dedup();
        let shapes = self.shapes.names().join(", ");
        format!("events of {shapes} do not carry {}", some_of(&names))
    }
}

/// Whether a rule, or one that it counts, puts operations together by the place of their address.
fn needs_places(set: &RuleSet, rule: &Rule) -> bool {
    let asks = |of: &Rule| keys(set, of).into_iter().any(Part::is_of_place);
    asks(rule) || set.needed(rule).any(asks)
}

/// The missing logs that hold the operations of a rule.
fn logs(need: &Need<'_>, lacks: &BTreeSet<Log>) -> String {
    let mut found = BTreeSet::new();
    need.each(&mut |question| {
        for test in question.operations() {
            found.extend(operation::literal(test).and_then(operation::log_of));
        }
    });
    let mut named: Vec<&str> = found.intersection(lacks).map(|log| log.as_str()).collect();
    if named.is_empty() {
        named = lacks.iter().map(|log| log.as_str()).collect();
    }
    named.join(" or ")
}
