//! Subscriptions: what happened in each, what still stands there.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, text};
use super::familiarity::Familiarities;
use super::iam::Iam;
use super::model::{Alert, Finding, Level, Residue, Runbook, Subscription};
use super::removal::Removals;
use super::score::risk;
use crate::azure::resource_id::ResourceId;
use crate::base::Time;
use crate::base::index32;
use crate::corpus::NONE;
use crate::ledger::{Operation, Outcome};

/// Types under an automation account that run code or start it.
const AUTOMATION: &str = "MICROSOFT.AUTOMATION/AUTOMATIONACCOUNTS/";
/// What of them is shown as automation.
const RUNNABLE: &[&str] = &[
    "RUNBOOKS",
    "WEBHOOKS",
    "SCHEDULES",
    "JOBSCHEDULES",
    "JOBS",
    "HYBRIDRUNBOOKWORKERGROUPS",
    "MODULES",
    "PYTHON3PACKAGES",
    "WATCHERS",
];

/// What is summed up of one subscription.
#[derive(Default)]
struct Sum {
    first: Option<Time>,
    last: Option<Time>,
    events: u64,
    operations: u64,
    users: BTreeSet<usize>,
}

/// Returns all subscriptions, unordered.
pub(super) fn subscriptions(
    facts: &Facts<'_>,
    findings: &[Finding],
    alerts: &[Alert],
    mut iam: Iam,
    removals: &Removals<'_>,
    known: &Familiarities,
) -> Vec<Subscription> {
    let mut runbooks = runbooks(facts, known);
    let mut residue = residue(facts, findings, removals, known);
    let titles = names(facts);
    let mut one = |id: String, sum: Sum| {
        let own: Vec<&Finding> =
            findings.iter().filter(|f| f.subscription_id.as_ref() == Some(&id)).collect();
        let named: Vec<&Alert> =
            alerts.iter().filter(|a| a.subscription_id.as_ref() == Some(&id)).collect();
        Subscription {
            name: titles.get(id.as_str()).map(|name| (*name).to_owned()),
            tenant_id: facts.owners.get(&id).map(|o| o.tenant.clone()),
            tenant_inferred: facts.owners.get(&id).is_some_and(|o| o.inferred),
            first_seen: sum.first,
            last_seen: sum.last,
            operations: sum.operations,
            events: sum.events,
            users: sum.users.iter().map(|&p| facts.principals.all[p].id.clone()).collect(),
            findings: own.iter().map(|f| f.id.clone()).collect(),
            alerts: named.iter().map(|a| a.id.clone()).collect(),
            risk: risk(&own, &named),
            iam_changes: iam.changes.remove(&id).unwrap_or_default(),
            runbooks: runbooks.remove(&id).unwrap_or_default(),
            residue: residue.remove(&id).unwrap_or_default(),
            delegations: iam.delegations.remove(&id).unwrap_or_default(),
            id,
            ..Subscription::default()
        }
    };
    with_activity_or_alert(facts, alerts).into_iter().map(|(id, sum)| one(id, sum)).collect()
}

/// The names of subscriptions that lists tell.
fn names<'f>(facts: &Facts<'f>) -> BTreeMap<&'f str, &'f str> {
    let listed = facts.corpus.context.subscriptions.iter().filter(|(_, s)| !s.name.is_empty());
    listed.map(|(_, s)| (s.id.as_str(), s.name.as_str())).collect()
}

/// The subscriptions that have events, and those that only alerts name.
fn with_activity_or_alert(facts: &Facts<'_>, alerts: &[Alert]) -> BTreeMap<String, Sum> {
    let active = sums(facts).into_iter().enumerate().filter(|(_, sum)| sum.events > 0);
    let mut all: BTreeMap<String, Sum> = active
        .filter_map(|(code, sum)| {
            let id = text(&facts.corpus.names.subscription, index32(code))?;
            Some((id.to_owned(), sum))
        })
        .collect();
    for id in alerts.iter().filter_map(|alert| alert.subscription_id.clone()) {
        all.entry(id).or_default();
    }
    all
}

fn sums(facts: &Facts<'_>) -> Vec<Sum> {
    let spine = &facts.corpus.spine;
    let mut sums: Vec<Sum> =
        (0..facts.corpus.names.subscription.len()).map(|_| Sum::default()).collect();
    let mut last_user = vec![usize::MAX; sums.len()];
    for row in spine.rows().filter(|&row| spine.subscription[row] != NONE) {
        let code = spine.subscription[row] as usize;
        let sum = &mut sums[code];
        let time = spine.time[row];
        sum.first = Some(sum.first.map_or(time, |t| t.min(time)));
        sum.last = Some(sum.last.map_or(time, |t| t.max(time)));
        sum.events += 1;
        if let Some(p) = facts.principals.of(spine.identity[row]).filter(|&p| p != last_user[code])
        {
            sum.users.insert(p);
            last_user[code] = p;
        }
    }
    for operation in facts.operations().filter(|o| o.subscription != NONE) {
        sums[operation.subscription as usize].operations += 1;
    }
    sums
}

/// Whether an operation took effect, or may have.
fn took_effect(operation: &Operation) -> bool {
    matches!(operation.outcome, Outcome::Succeeded | Outcome::Accepted)
}

fn runbooks(facts: &Facts<'_>, known: &Familiarities) -> BTreeMap<String, Vec<Runbook>> {
    let runnable = |name: &str| {
        let rest = name.strip_prefix(AUTOMATION)?;
        let kind = rest.split('/').next()?;
        RUNNABLE.contains(&kind).then(|| rest.to_ascii_lowercase())
    };
    let kinds: Vec<Option<String>> = facts.corpus.names.operation.iter().map(runnable).collect();
    let mut runbooks: BTreeMap<String, Vec<Runbook>> = BTreeMap::new();
    for operation in facts.ledger.operations.iter().filter(|o| took_effect(o)) {
        let Some(Some(change)) = kinds.get(operation.operation as usize) else { continue };
        let (Some(subscription), Some(resource)) =
            (facts.subscription(operation), facts.resource(operation))
        else {
            continue;
        };
        let account = ResourceId::parse(resource)
            .and_then(|id| id.nearest("microsoft.automation/automationaccounts"));
        runbooks.entry(subscription.to_owned()).or_default().push(Runbook {
            resource_id: resource.to_owned(),
            account: account.map(|a| a.as_str().to_owned()),
            change: change.clone(),
            by: facts.who(operation.identity).map(str::to_owned),
            time: Some(operation.first),
            familiar: known.is_familiar(facts, facts.who(operation.identity)),
            triage: None,
        });
    }
    runbooks
}

/// What principals with grave findings made after the first of these, and whether it still stands.
fn residue(
    facts: &Facts<'_>,
    findings: &[Finding],
    removals: &Removals<'_>,
    known: &Familiarities,
) -> BTreeMap<String, Vec<Residue>> {
    let since = suspects_since(facts, findings);
    // Of each resource the write that made it, and the time of the last one.
    let mut made: BTreeMap<u32, (&Operation, Time)> = BTreeMap::new();
    for operation in facts.ledger.operations.iter().filter(|o| took_effect(o) && o.resource != NONE)
    {
        let name = facts.operation(operation);
        if !name.ends_with("/WRITE") || name.starts_with("MICROSOFT.RESOURCES/DEPLOYMENTS") {
            continue;
        }
        let suspect = facts.principals.of(operation.identity).and_then(|p| since.get(&p));
        if suspect.is_some_and(|since| operation.first >= *since) {
            made.entry(operation.resource).or_insert((operation, operation.first)).1 =
                operation.first;
        }
    }
    let mut residue: BTreeMap<String, Vec<Residue>> = BTreeMap::new();
    for (operation, last) in made.into_values() {
        let Some(subscription) = facts.subscription(operation) else { continue };
        let resource = facts.resource(operation).unwrap_or_default();
        residue.entry(subscription.to_owned()).or_default().push(Residue {
            resource_id: resource.to_owned(),
            resource_type: facts.kind(operation).unwrap_or_default().to_owned(),
            created_by: facts.who(operation.identity).map(str::to_owned),
            created: Some(operation.first),
            still_present: !removals.ended(resource, last),
            familiar: known.is_familiar(facts, facts.who(operation.identity)),
            triage: None,
        });
    }
    residue
}

/// Principals with a high or critical finding, and the time of their first one.
pub(super) fn suspects_since(facts: &Facts<'_>, findings: &[Finding]) -> BTreeMap<usize, Time> {
    let mut since: BTreeMap<usize, Time> = BTreeMap::new();
    for (finding, shown) in facts.findings.iter().zip(findings) {
        if shown.level < Level::High {
            continue;
        }
        if let Some(p) = facts.principals.of(finding.identity) {
            let first = since.entry(p).or_insert(finding.first);
            *first = (*first).min(finding.first);
        }
    }
    since
}
