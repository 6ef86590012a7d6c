//! Delegated access as a view of its own: who acts in subscriptions of other tenants, how, since when.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::facts::Facts;
use super::model::{
    Alert, DelegatedAccess, Delegation, DoneCount, EntryWay, ForeignPrincipal, IamChange,
    IamChangeKind, Report, User,
};
use crate::base::{Text, Time};
use crate::entity::{Way, application_owners, way};
use crate::ledger::Outcome;

/// At most this many names of operations are told of one principal.
const DID: usize = 100;

/// What is summed up of one principal in subscriptions of other tenants.
#[derive(Default)]
struct Sum {
    ways: BTreeMap<Way, BTreeSet<String>>,
    subscriptions: BTreeSet<u32>,
    first: Option<Time>,
    last: Option<Time>,
    operations: u64,
    failed: u64,
    did: BTreeMap<u32, (u64, u64)>,
}

/// Returns the view; users of the report have their risk, and subscriptions their ledgers.
pub(super) fn delegated(facts: &Facts<'_>, report: &Report) -> DelegatedAccess {
    let of_subscriptions = report.subscriptions.iter().flat_map(|s| s.delegations.iter().cloned());
    let mut delegations: Vec<Delegation> = of_subscriptions.collect();
    delegations.sort_by(|a, b| (a.time, &a.assignment_id).cmp(&(b.time, &b.assignment_id)));
    let alerts: Vec<&Alert> = report.alerts.iter().filter(|a| a.delegated_access).collect();
    let users: BTreeMap<&str, &User> = report.users.iter().map(|u| (u.id.as_str(), u)).collect();
    let grants = grants(report);
    let sums = sums(facts);
    let mut principals: Vec<ForeignPrincipal> = sums
        .into_iter()
        .filter_map(|(p, sum)| {
            let user = users.get(facts.principals.all[p].id.as_str())?;
            Some(one(facts, user, &sum, &delegations, &grants))
        })
        .collect();
    principals.extend(only_alerted(&alerts, &users, &principals));
    let places = report.findings.iter().map(|f| (f.id.as_str(), f.subscriptions()));
    let places: HashMap<&str, &[Text]> = places.collect();
    let unnamed: Vec<&Alert> = alerts.iter().copied().filter(|a| a.principals.is_empty()).collect();
    for principal in &mut principals {
        if let Some(user) = users.get(principal.user.as_str()) {
            tell(principal, user, &places, &unnamed);
        }
    }
    principals.sort_by(|a, b| b.risk.score.cmp(&a.risk.score).then_with(|| a.user.cmp(&b.user)));
    let alerts = alerts.iter().map(|alert| alert.id.clone()).collect();
    DelegatedAccess { principals, delegations, alerts }
}

/// Sums up what principals did in subscriptions of other tenants, by principal.
fn sums(facts: &Facts<'_>) -> BTreeMap<usize, Sum> {
    let applications = application_owners(facts.corpus);
    let mut asked: HashMap<(u32, u32), Option<(Way, String)>> = HashMap::new();
    let mut sums: BTreeMap<usize, Sum> = BTreeMap::new();
    for operation in facts.operations() {
        let key = (operation.identity, operation.subscription);
        let way = asked.entry(key).or_insert_with(|| entry(facts, &applications, key));
        let (Some((way, tenant)), Some(p)) = (way, facts.principals.of(operation.identity)) else {
            continue;
        };
        let sum = sums.entry(p).or_default();
        let tenants = sum.ways.entry(*way).or_default();
        if !tenant.is_empty() && !tenants.contains(tenant) {
            tenants.insert(tenant.clone());
        }
        sum.subscriptions.insert(operation.subscription);
        sum.first = Some(sum.first.map_or(operation.first, |t| t.min(operation.first)));
        sum.last = Some(sum.last.map_or(operation.last, |t| t.max(operation.last)));
        let failed = u64::from(operation.outcome == Outcome::Failed);
        let did = sum.did.entry(operation.operation).or_default();
        (sum.operations, sum.failed) = (sum.operations + 1, sum.failed + failed);
        *did = (did.0 + 1, did.1 + failed);
    }
    sums
}

/// The way of an identity into a subscription, and the tenant it comes from.
fn entry(
    facts: &Facts<'_>,
    applications: &BTreeMap<&str, &str>,
    (identity, subscription): (u32, u32),
) -> Option<(Way, String)> {
    let id = facts.corpus.identities.get(identity as usize)?;
    let owner = facts
        .corpus
        .names
        .subscription
        .get(subscription)
        .and_then(|subscription| facts.owners.get(subscription));
    if let Some(way) = way(id, owner) {
        let tenant = if way == Way::Lighthouse { &id.token_tenant } else { &id.home_tenant };
        return Some((way, tenant.clone()));
    }
    let tenant = applications.get(id.oid.as_str())?;
    let is_foreign = owner.is_some_and(|owner| owner.tenant != *tenant);
    is_foreign.then(|| (Way::Application, (*tenant).to_owned()))
}

/// The grants that took effect, by the id of the user who got them.
fn grants(report: &Report) -> BTreeMap<&str, Vec<&IamChange>> {
    let own = report.subscriptions.iter().flat_map(|s| &s.iam_changes);
    let mut grants: BTreeMap<&str, Vec<&IamChange>> = BTreeMap::new();
    for change in own.chain(&report.tenant_iam_changes).filter(|change| !change.removal) {
        let gives = matches!(change.change, IamChangeKind::Grant | IamChangeKind::Pim);
        if let Some(principal) = change.principal.as_deref().filter(|_| gives) {
            grants.entry(principal).or_default().push(change);
        }
    }
    grants
}

fn one(
    facts: &Facts<'_>,
    user: &User,
    sum: &Sum,
    delegations: &[Delegation],
    grants: &BTreeMap<&str, Vec<&IamChange>>,
) -> ForeignPrincipal {
    let names = &facts.corpus.names;
    let subscriptions: Vec<String> = sum
        .subscriptions
        .iter()
        .filter_map(|code| names.subscription.get(*code).map(str::to_owned))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let (way, tenants) = sum.ways.iter().next().map_or((Way::Guest, None), |(w, t)| (*w, Some(t)));
    let tenant_id = tenants.and_then(|tenants| tenants.first().cloned());
    let mut did: Vec<DoneCount> = sum
        .did
        .iter()
        .filter_map(|(code, (count, failed))| {
            let operation = names.operation.get(*code)?.to_owned();
            Some(DoneCount { operation, count: *count, failed: *failed })
        })
        .collect();
    did.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.operation.cmp(&b.operation)));
    did.truncate(DID);
    let mut shown = ForeignPrincipal {
        user: user.id.clone(),
        way: way.into(),
        because: because(facts, way, tenant_id.as_deref(), &subscriptions),
        tenant_id,
        subscriptions,
        first_seen: sum.first,
        last_seen: sum.last,
        operations: sum.operations,
        failed: sum.failed,
        did,
        ..ForeignPrincipal::default()
    };
    let grants = grants.get(user.id.as_str()).map_or(&[][..], Vec::as_slice);
    let_in(&mut shown, way, delegations, grants);
    shown
}

/// Notes what let a principal in: the delegations to its tenant, or the roles that it was given.
fn let_in(
    shown: &mut ForeignPrincipal,
    way: Way,
    delegations: &[Delegation],
    grants: &[&IamChange],
) {
    let reaches = |scope: Option<&str>| {
        scope.is_some_and(|scope| {
            shown.subscriptions.iter().any(|id| scope.starts_with(&format!("/subscriptions/{id}")))
        })
    };
    let is_own = |d: &&Delegation| d.tenant_id.is_some() && d.tenant_id == shown.tenant_id;
    let own: Vec<&Delegation> = match way {
        Way::Lighthouse => {
            let own = delegations.iter().filter(is_own);
            own.filter(|d| reaches(d.scope.as_deref())).collect()
        }
        _ => Vec::new(),
    };
    let mut by: BTreeSet<String> = BTreeSet::new();
    let mut since = None;
    let mut standing = Vec::new();
    let ways = own.iter().map(|d| (d.time, d.by.as_ref(), d.standing));
    let roles = grants.iter().filter(|_| way != Way::Lighthouse);
    for (time, who, stands) in ways.chain(roles.map(|g| (g.time, g.by.as_ref(), g.standing))) {
        since = [since, time].into_iter().flatten().min();
        by.extend(who.cloned());
        standing.push(stands);
    }
    shown.delegations = own.iter().filter_map(|d| d.assignment_id.clone()).collect();
    shown.since = [since, shown.first_seen].into_iter().flatten().min();
    shown.let_in_by = by.into_iter().collect();
    shown.standing = (!standing.is_empty()).then(|| standing.contains(&true));
}

/// The signs of the way in.
fn because(
    facts: &Facts<'_>,
    way: Way,
    tenant: Option<&str>,
    subscriptions: &[String],
) -> Vec<String> {
    let tenant = tenant.unwrap_or("which the log does not name");
    let owners: BTreeSet<&str> = subscriptions
        .iter()
        .filter_map(|id| facts.owners.get(id))
        .map(|owner| owner.tenant.as_str())
        .collect();
    let inferred =
        subscriptions.iter().filter_map(|id| facts.owners.get(id)).any(|owner| owner.inferred);
    let owned = owners.into_iter().collect::<Vec<_>>().join(", ");
    let mut because = vec![match way {
        Way::Lighthouse => format!(
            "its tokens are issued by the tenant {tenant}, and its subscriptions belong to {owned}"
        ),
        Way::Partner => {
            format!(
                "it lives in the tenant {tenant}, its tokens are issued here, and it has no guest account: it acts through a partner relationship (GDAP, DAP)"
            )
        }
        Way::Application => {
            format!(
                "the list of service principals says that the tenant {tenant} owns the application"
            )
        }
        Way::PersonalAccount => "it signs in with a personal Microsoft account".to_owned(),
        Way::Guest => {
            format!("its identity lives in the tenant {tenant}, its tokens are issued here")
        }
    }];
    if way == Way::Lighthouse && is_listed(facts, tenant, subscriptions) {
        because.push("a list of subscriptions names the tenant as one that manages".to_owned());
    }
    if inferred && way == Way::Lighthouse {
        because.push("the owner of a subscription is inferred from most of its members".to_owned());
    }
    because
}

/// Whether a list of subscriptions says that a tenant manages one of them.
fn is_listed(facts: &Facts<'_>, tenant: &str, subscriptions: &[String]) -> bool {
    let mut listed = facts.corpus.context.subscriptions.iter().map(|(_, held)| held);
    listed.any(|held| {
        subscriptions.contains(&held.id) && held.managed_by.iter().any(|id| id == tenant)
    })
}

/// Principals that alerts about delegated access name and that the log shows no way in for.
fn only_alerted(
    alerts: &[&Alert],
    users: &BTreeMap<&str, &User>,
    known: &[ForeignPrincipal],
) -> Vec<ForeignPrincipal> {
    let known: BTreeSet<&str> = known.iter().map(|principal| principal.user.as_str()).collect();
    let open = alerts.iter().filter(|alert| !alert.sample);
    let named: BTreeSet<&str> =
        open.flat_map(|alert| alert.principals.iter().map(String::as_str)).collect();
    let one = |id: &&str| {
        let user = users.get(id)?;
        Some(ForeignPrincipal {
            user: user.id.clone(),
            way: EntryWay::Alert,
            because: vec!["an alert about delegated access names it".to_owned()],
            tenant_id: user.home_tenant.clone().or_else(|| user.tenant_id.clone()),
            first_seen: user.first_seen,
            last_seen: user.last_seen,
            since: user.first_seen,
            ..ForeignPrincipal::default()
        })
    };
    named.iter().filter(|id| !known.contains(*id)).filter_map(one).collect()
}

/// Adds what the report says of the user.
fn tell(
    shown: &mut ForeignPrincipal,
    user: &User,
    places: &HashMap<&str, &[Text]>,
    unnamed: &[&Alert],
) {
    shown.name.clone_from(&user.name);
    shown.kind = user.kind;
    shown.familiarity = user.familiarity;
    shown.risk = user.risk.clone();
    let is_there = |id: &&Text| {
        let places = places.get(id.as_str()).copied().unwrap_or_default();
        let is_own = |place: &Text| shown.subscriptions.iter().any(|own| own == place.as_str());
        places.is_empty() || shown.subscriptions.is_empty() || places.iter().any(is_own)
    };
    shown.findings = user.findings.iter().filter(is_there).cloned().collect();
    let came_from = |alert: &&&Alert| alert.ips.iter().any(|ip| user.ips.contains(ip));
    let by_address = unnamed.iter().filter(came_from).map(|alert| alert.id.clone());
    shown.alerts = user.alerts.iter().cloned().chain(by_address).collect();
}

impl From<Way> for EntryWay {
    fn from(way: Way) -> Self {
        match way {
            Way::Lighthouse => EntryWay::Lighthouse,
            Way::Partner => EntryWay::Partner,
            Way::Application => EntryWay::Application,
            Way::PersonalAccount => EntryWay::PersonalAccount,
            Way::Guest => EntryWay::Guest,
        }
    }
}
