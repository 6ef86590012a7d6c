//! What the evidence covers, and what it cannot show.

mod export;
mod lists;
mod pending;
mod rhythm;

use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::coverage_rules::rules;
use super::facts::Facts;
use super::iam::Iam;
use super::model::{Coverage, IamChange, Missing, Span, SubscriptionCoverage};
use crate::base::Time;
use crate::corpus::NONE;

/// What holds of management groups starts so.
const MANAGEMENT_GROUPS: &str = "/providers/microsoft.management/managementgroups/";

/// Works out the coverage.
pub(super) fn coverage(facts: &Facts<'_>) -> Coverage {
    let spine = &facts.corpus.spine;
    let (reach, edge) = (export::reach(facts), export::at_the_edge(facts));
    let names = &facts.corpus.names;
    let one = |((place, category), times): ((u32, u16), Vec<Time>)| {
        let ends = times.first().copied().zip(times.last().copied()).unwrap_or_default();
        let reach = reach.get(&(place, category)).copied().unwrap_or(ends);
        let silences = rhythm::silences(&times, reach);
        let code = if category == u16::MAX { NONE } else { u32::from(category) };
        SubscriptionCoverage {
            subscription_id: (place != GROUPS)
                .then(|| names.subscription.get(place).map(str::to_owned))
                .flatten(),
            management_groups: place == GROUPS,
            category: names.category.get(code).unwrap_or("unknown").to_owned(),
            first: Some(ends.0),
            last: Some(ends.1),
            reach: Span { from: Some(reach.0), to: Some(reach.1) },
            retention_edge: edge.get(place as usize).copied().unwrap_or(false),
            events: times.len() as u64,
            gaps: silences.gaps,
            quiet: silences.quiet,
        }
    };
    let mut subscriptions: Vec<SubscriptionCoverage> = times(facts).into_iter().map(one).collect();
    subscriptions.sort_by(|a, b| {
        (&a.subscription_id, a.management_groups, &a.category).cmp(&(
            &b.subscription_id,
            b.management_groups,
            &b.category,
        ))
    });
    let tenant_level_log = has_tenant_level_log(facts);
    let (exports, left_out) = export::exports(facts);
    let mut coverage = Coverage {
        first: spine.rows().map(|r| spine.time[r]).min(),
        last: spine.rows().map(|r| spine.time[r]).max(),
        subscriptions,
        tenant_level_log,
        exports,
        lists: lists::lists(facts),
        without_end: pending::without_end(facts),
        not_in_evidence: Vec::new(),
        rules: rules(facts, tenant_level_log),
    };
    coverage.not_in_evidence = not_in_evidence(facts, &coverage, left_out);
    coverage
}

/// Stands for management groups where the code of a subscription stands.
const GROUPS: u32 = NONE - 1;

/// The subscription whose log holds an event, as its code; management groups have a log of their own.
fn place(facts: &Facts<'_>, row: usize) -> u32 {
    let spine = &facts.corpus.spine;
    let is_group = || {
        let resource = facts.corpus.names.resource.get(spine.resource[row]);
        resource.is_some_and(|resource| resource.starts_with(MANAGEMENT_GROUPS))
    };
    match spine.subscription[row] {
        NONE if is_group() => GROUPS,
        code => code,
    }
}

/// The times of all events of each place and category, in order.
fn times(facts: &Facts<'_>) -> Vec<((u32, u16), Vec<Time>)> {
    let spine = &facts.corpus.spine;
    let mut places: HashMap<(u32, u16), usize> = HashMap::new();
    let mut all: Vec<((u32, u16), Vec<Time>)> = Vec::new();
    for row in spine.rows() {
        let key = (place(facts, row), spine.category[row]);
        let place = *places.entry(key).or_insert_with(|| {
            all.push((key, Vec::new()));
            all.len() - 1
        });
        all[place].1.push(spine.time[row]);
    }
    for (_, times) in &mut all {
        times.sort_unstable();
    }
    all
}

/// Administrative events outside any subscription come only from the tenant's own log.
fn has_tenant_level_log(facts: &Facts<'_>) -> bool {
    let administrative = facts.corpus.names.category.find("administrative");
    let spine = &facts.corpus.spine;
    outside_subscriptions(facts).any(|(row, resource)| {
        Some(u32::from(spine.category[row])) == administrative
            && (is_tenant_level(resource) || resource.starts_with("/tenants/") || resource == "/")
    })
}

/// Whether a resource belongs to the tenant itself; management groups have a log of their own.
fn is_tenant_level(resource: &str) -> bool {
    resource.starts_with("/providers/") && !resource.starts_with(MANAGEMENT_GROUPS)
}

/// Events outside any subscription, with their resource.
fn outside_subscriptions<'f>(facts: &Facts<'f>) -> impl Iterator<Item = (usize, &'f str)> {
    let (spine, names) = (&facts.corpus.spine, &facts.corpus.names);
    spine
        .rows()
        .filter(|&row| spine.subscription[row] == NONE)
        .filter_map(|row| names.resource.get(spine.resource[row]).map(|resource| (row, resource)))
}

/// Names what the bodies in the evidence leave open of rights.
pub(super) fn note_rights(coverage: &mut Coverage, iam: &Iam) {
    if iam.delegations.all().flatten().any(|d| d.tenant_id.is_none()) {
        coverage.not_in_evidence.push(missing(
            "the managing tenant of some delegations (`delegations[].tenant_id` is null)",
            "the registration definition that they accept was not written within the evidence",
        ));
    }
    let unknown = |c: &IamChange| c.role_id.is_some() && c.privileged.is_none();
    if iam.changes.all().flatten().any(unknown) {
        coverage.not_in_evidence.push(missing(
            "what some roles allow (`privileged` is null)",
            "they are not built in, and were not defined within the evidence",
        ));
    }
}

fn missing(what: &str, why: &str) -> Missing {
    Missing { what: what.to_owned(), why: why.to_owned() }
}

fn not_in_evidence(facts: &Facts<'_>, coverage: &Coverage, left_out: Vec<Missing>) -> Vec<Missing> {
    let mut list = Vec::new();
    if facts.corpus.spine.is_empty() {
        list.push(missing(
            "activity of any principal",
            "no Activity Log events are in the evidence",
        ));
    }
    if !coverage.tenant_level_log {
        list.push(missing(
            "use of elevateAccess and other operations outside subscriptions",
            "the tenant-level (directory) Activity Log is not in the evidence",
        ));
    }
    if !outside_subscriptions(facts).any(|(_, resource)| resource.starts_with(MANAGEMENT_GROUPS)) {
        list.push(missing(
            "changes of management groups and of rights over them",
            "their own Activity Log is not in the evidence",
        ));
    }
    list.extend(unseen_subscriptions(facts));
    list.extend(before_the_edge(coverage));
    if facts.corpus.alerts.is_empty() {
        list.push(missing("alerts", "no Defender or Sentinel alerts are in the evidence"));
    }
    list.push(missing(
        "sign-ins",
        "the Activity Log records calls to Azure Resource Manager, not sign-ins",
    ));
    list.push(missing(
        "reads, and access to data inside storage, vaults and machines",
        "the Activity Log records changes of the control plane only",
    ));
    list.extend(left_out);
    list
}

/// Subscriptions that alerts or lists name, and whose log is not there.
fn unseen_subscriptions(facts: &Facts<'_>) -> Option<Missing> {
    let named = facts.corpus.alerts.iter().filter_map(|row| row.alert.subscription_id.as_deref());
    let listed = facts.corpus.context.subscriptions.iter().map(|(_, held)| held.id.as_str());
    let seen = &facts.corpus.names.subscription;
    let unseen: BTreeSet<&str> = named.chain(listed).filter(|id| seen.find(id).is_none()).collect();
    let shown: Vec<&str> = unseen.iter().copied().take(UNSEEN).collect();
    let rest = unseen.len() - shown.len();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    (!unseen.is_empty()).then(|| {
        missing(
            &format!("activity in the subscriptions {}{more}", shown.join(", ")),
            "alerts or lists name them, and no event of theirs is in the evidence",
        )
    })
}

/// At most this many subscriptions without a log are named.
const UNSEEN: usize = 10;

/// What happened before the oldest events that could be asked for.
fn before_the_edge(coverage: &Coverage) -> Option<Missing> {
    let at_edge: BTreeSet<&str> = coverage
        .subscriptions
        .iter()
        .filter(|entry| entry.retention_edge)
        .filter_map(|entry| entry.subscription_id.as_deref())
        .collect();
    let count = at_edge.len();
    (count > 0).then(|| {
        let of = if count == 1 { "1 subscription".into() } else { format!("{count} subscriptions") };
        missing(
            &format!("what happened more than 90 days before the exports of {of} were made"),
            "Azure keeps the Activity Log for 90 days, and their oldest events are as old as that (`retention_edge`)",
        )
    })
}
