//! Tables of what stands in the subscriptions and what the evidence reaches.

use std::io;

use crate::investigation::model::Coverage;
use crate::investigation::model::Report;
use crate::investigation::model::Span;
use crate::report::sheet::Cell;
use crate::report::sheet::Sheet;
use crate::report::sheet::Table;
use crate::report::sheet::row;

/// One row a change of rights, by subscription, then in time order.
pub(in crate::report) const IAM_CHANGES: Table = Table {
    name: "iam-changes",
    file: "tables/iam-changes.csv",
    columns: &[
        "time",
        "change",
        "role",
        "privileged",
        "standing",
        "principal",
        "familiar_principal",
        "by",
        "scope",
        "scope_level",
        "role_id",
        "subscription_id",
        "findings",
        "pim_assignment",
        "expires",
        "removal",
        "principal_name",
        "principal_kind",
        "condition",
        "ended",
        "ended_by",
        "ended_how",
        "listed",
        "assignment_id",
        "members",
        "suspect_members",
    ],
    fill: fill_iam_changes,
};

fn fill_iam_changes(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let tenant = std::iter::once(("", &report.tenant_iam_changes));
    let own = report.subscriptions.iter().map(|s| (s.id.as_str(), &s.iam_changes));
    for (subscription, changes) in tenant.chain(own) {
        for change in changes {
            let ended = change.ended.as_ref();
            row!(
                sheet,
                [
                    change.time,
                    change.change.as_str(),
                    &change.role,
                    change.privileged,
                    change.standing,
                    &change.principal,
                    change.familiar_principal,
                    &change.by,
                    &change.scope,
                    change.scope_level.map_or("", |level| level.as_str()),
                    &change.role_id,
                    subscription,
                    &change.findings,
                    change.pim_assignment.map_or("", |assignment| assignment.as_str()),
                    change.expires,
                    change.removal,
                    &change.principal_name,
                    change.principal_kind.map_or("", |kind| kind.as_str()),
                    &change.condition,
                    ended.and_then(|ended| ended.time),
                    ended.and_then(|ended| ended.by.as_deref()),
                    ended.map_or("", |ended| ended.how.as_str()),
                    change.listed.as_ref().map_or("", |listed| listed.state.as_str()),
                    &change.assignment_id,
                    &change.members,
                    &change.suspect_members,
                ]
            )?;
        }
    }
    Ok(())
}

/// One row a resource that a user under suspicion made, by subscription.
pub(in crate::report) const RESIDUE: Table = Table {
    name: "residue",
    file: "tables/residue.csv",
    columns: &[
        "resource_id",
        "type",
        "created_by",
        "created",
        "still_present",
        "familiar",
        "subscription_id",
    ],
    fill: fill_residue,
};

fn fill_residue(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let tenant = std::iter::once(("", &report.tenant_residue));
    let own = report.subscriptions.iter().map(|entry| (entry.id.as_str(), &entry.residue));
    for (subscription, left) in tenant.chain(own) {
        for residue in left {
            row!(
                sheet,
                [
                    &residue.resource_id,
                    &residue.resource_type,
                    &residue.created_by,
                    residue.created,
                    residue.still_present,
                    residue.familiar,
                    subscription,
                ]
            )?;
        }
    }
    Ok(())
}

/// One row a subscription and category, then a row an operation name without an end, a thing the
/// evidence cannot show, and a rule that could not fire or cannot tell.
pub(in crate::report) const COVERAGE: Table = Table {
    name: "coverage",
    file: "tables/coverage.csv",
    columns: &[
        "kind",
        "subscription_id",
        "category",
        "first",
        "last",
        "events",
        "gaps",
        "what",
        "why",
    ],
    fill: fill_coverage,
};

fn fill_coverage(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let Coverage { subscriptions, not_in_evidence, rules, without_end, .. } = &report.coverage;
    for entry in subscriptions {
        let gaps: Vec<String> = entry.gaps.iter().map(gap_words).collect();
        row!(
            sheet,
            [
                "covered",
                &entry.subscription_id,
                &entry.category,
                entry.first,
                entry.last,
                entry.events,
                &gaps,
                "",
                "",
            ]
        )?;
    }
    let blank = || Cell::from("");
    for open in without_end {
        let why = format!("{} only started, {} only accepted", open.started, open.accepted);
        let (name, count) = (&open.operation, open.count());
        row!(
            sheet,
            ["without_end", blank(), blank(), blank(), open.last, count, blank(), name, why]
        )?;
    }
    for (kind, what, why) in not_in_evidence
        .iter()
        .map(|missing| ("not_in_evidence", &missing.what, &missing.why))
        .chain(rules.cannot_fire.iter().map(|rule| ("rule_cannot_fire", &rule.rule_id, &rule.why)))
        .chain(rules.cannot_tell.iter().map(|rule| ("rule_cannot_tell", &rule.rule_id, &rule.why)))
        .chain(rules.idle_filters.iter().map(|idle| ("filter_idle", &idle.filter_id, &idle.why)))
    {
        row!(sheet, [kind, blank(), blank(), blank(), blank(), blank(), blank(), what, why,])?;
    }
    Ok(())
}

fn gap_words(gap: &Span) -> String {
    let words = [gap.from, gap.to].map(|end| end.map_or_else(String::new, |end| end.to_string()));
    words.join("/")
}
