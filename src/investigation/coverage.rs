//! What the evidence covers, and what it cannot show.

use std::collections::{BTreeMap, BTreeSet};

use super::coverage_rules::rules;
use super::facts::{Facts, text};
use super::iam::Iam;
use super::model::{Coverage, IamChange, Missing, Span, SubscriptionCoverage};
use crate::base::Time;
use crate::corpus::NONE;

/// A silence shorter than this is never called a gap.
const DAY: i64 = 86_400 * 1_000_000_000;

/// Works out the coverage.
pub(super) fn coverage(facts: &Facts<'_>) -> Coverage {
    let spine = &facts.corpus.spine;
    let mut times: BTreeMap<(u32, u16), Vec<Time>> = BTreeMap::new();
    for row in spine.rows() {
        times
            .entry((spine.subscription[row], spine.category[row]))
            .or_default()
            .push(spine.time[row]);
    }
    let mut subscriptions: Vec<SubscriptionCoverage> = times
        .into_iter()
        .map(|((subscription, category), times)| {
            let names = &facts.corpus.names;
            let category = if category == u16::MAX {
                None
            } else {
                text(&names.category, u32::from(category))
            };
            one(text(&names.subscription, subscription), category, times)
        })
        .collect();
    subscriptions
        .sort_by(|a, b| (&a.subscription_id, &a.category).cmp(&(&b.subscription_id, &b.category)));
    let tenant_level_log = has_tenant_level_log(facts);
    Coverage {
        first: spine.rows().map(|r| spine.time[r]).min(),
        last: spine.rows().map(|r| spine.time[r]).max(),
        subscriptions,
        tenant_level_log,
        not_in_evidence: not_in_evidence(facts, tenant_level_log),
        rules: rules(facts, tenant_level_log),
    }
}

fn one(
    subscription: Option<&str>,
    category: Option<&str>,
    mut times: Vec<Time>,
) -> SubscriptionCoverage {
    times.sort_unstable();
    SubscriptionCoverage {
        subscription_id: subscription.map(str::to_owned),
        category: category.unwrap_or("unknown").to_owned(),
        first: times.first().copied(),
        last: times.last().copied(),
        events: times.len() as u64,
        gaps: gaps(&times),
    }
}

/// Silences that are long against the log's own rhythm: eight times what all but one in twenty intervals stay under.
fn gaps(times: &[Time]) -> Vec<Span> {
    let mut intervals: Vec<i64> = times.windows(2).map(|w| w[1].0.saturating_sub(w[0].0)).collect();
    if intervals.len() < 20 {
        return Vec::new();
    }
    let at = intervals.len() * 95 / 100;
    let usual = *intervals.select_nth_unstable(at).1;
    let long = usual.saturating_mul(8).max(DAY);
    times
        .windows(2)
        .filter(|w| w[1].0.saturating_sub(w[0].0) > long)
        .map(|w| Span { from: Some(w[0]), to: Some(w[1]) })
        .collect()
}

/// Administrative events outside any subscription come only from the tenant's own log.
fn has_tenant_level_log(facts: &Facts<'_>) -> bool {
    let spine = &facts.corpus.spine;
    let administrative = facts.corpus.names.category.find("administrative");
    let resource = |row: usize| text(&facts.corpus.names.resource, spine.resource[row]);
    spine.rows().any(|row| {
        spine.subscription[row] == NONE
            && Some(u32::from(spine.category[row])) == administrative
            && resource(row)
                .is_some_and(|r| is_tenant_level(r) || r.starts_with("/tenants/") || r == "/")
    })
}

/// Whether a resource belongs to the tenant itself; management groups have a log of their own.
fn is_tenant_level(resource: &str) -> bool {
    resource.starts_with("/providers/")
        && !resource.starts_with("/providers/microsoft.management/managementgroups/")
}

/// Names what the bodies in the evidence leave open of rights.
pub(super) fn note_rights(coverage: &mut Coverage, iam: &Iam) {
    let mut note = |what: &str, why: &str| {
        coverage.not_in_evidence.push(Missing { what: what.to_owned(), why: why.to_owned() });
    };
    if iam.delegations.values().flatten().any(|d| d.tenant_id.is_none()) {
        note(
            "the managing tenant of some delegations (`delegations[].tenant_id` is null)",
            "the registration definition that they accept was not written within the evidence",
        );
    }
    let unknown = |c: &IamChange| c.role_id.is_some() && c.privileged.is_none();
    if iam.changes.values().flatten().any(unknown) {
        note(
            "what some roles allow (`privileged` is null)",
            "they are not built in, and were not defined within the evidence",
        );
    }
}

/// What a shape of export leaves out, by the shape's name.
const LACKS: &[(&str, &str, &str)] = &[
    (
        "activity-diagnostic",
        "event ids and the HTTP method of requests",
        "exports of diagnostic settings do not carry them",
    ),
    (
        "activity-rest",
        "the role assignment that allowed a call",
        "the REST API leaves out the evidence of the authorization",
    ),
    ("activity-rest-partial", "members that were not selected", "the export was made with $select"),
    ("activity-powershell", "resource types and tenants", "Get-AzActivityLog does not copy them"),
    (
        "activity-log-analytics",
        "the tenant of events without a hierarchy",
        "the table's TenantId is the workspace",
    ),
    (
        "activity-portal-csv",
        "claims, addresses, bodies, event ids and ARM names of operations",
        "the portal's CSV holds display names only",
    ),
    (
        "activity-elastic-flat",
        "claims whose names were rewritten",
        "the index kept no original record",
    ),
];

fn not_in_evidence(facts: &Facts<'_>, tenant_level_log: bool) -> Vec<Missing> {
    let missing = |what: &str, why: &str| Missing { what: what.to_owned(), why: why.to_owned() };
    let mut list = Vec::new();
    let spine = &facts.corpus.spine;
    if spine.is_empty() {
        list.push(missing(
            "activity of any principal",
            "no Activity Log events are in the evidence",
        ));
    }
    if !tenant_level_log {
        list.push(missing(
            "use of elevateAccess and other operations outside subscriptions",
            "the tenant-level (directory) Activity Log is not in the evidence",
        ));
    }
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
    let shapes: BTreeSet<&str> = spine.rows().map(|row| spine.shape(row).shape().name).collect();
    for (shape, what, why) in LACKS {
        if shapes.contains(shape) {
            list.push(missing(&format!("{what} (for events from {shape})"), why));
        }
    }
    list
}
