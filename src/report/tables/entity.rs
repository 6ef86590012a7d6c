//! Tables of who and what was in it: users, subscriptions, virtual machines.

use std::io;

use crate::investigation::model::MachineAction;
use crate::investigation::model::Report;
use crate::report::sheet::Sheet;
use crate::report::sheet::Table;
use crate::report::sheet::row;

/// One row an address, in their order.
pub(in crate::report) const ADDRESSES: Table = Table {
    name: "addresses",
    file: "tables/addresses.csv",
    columns: &[
        "ip",
        "country",
        "city",
        "asn",
        "organization",
        "first_seen",
        "last_seen",
        "operations",
        "users",
    ],
    fill: fill_addresses,
};

fn fill_addresses(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    report.addresses.iter().try_for_each(|one| {
        row!(
            sheet,
            [
                &one.ip,
                &one.country,
                &one.city,
                one.asn.map(u64::from),
                &one.organization,
                one.first_seen,
                one.last_seen,
                one.operations,
                &one.users,
            ]
        )
    })
}

/// One row a user, riskiest first.
pub(in crate::report) const USERS: Table = Table {
    name: "users",
    file: "tables/users.csv",
    columns: &[
        "id",
        "kind",
        "name",
        "risk",
        "score",
        "because",
        "familiarity",
        "delegated_access",
        "delegated_from",
        "upn",
        "object_id",
        "app_id",
        "app_name",
        "tenant_id",
        "home_tenant",
        "aliases",
        "first_seen",
        "last_seen",
        "operations",
        "events",
        "failed",
        "subscriptions",
        "ips",
        "clients",
        "roles_seen",
        "findings",
        "alerts",
    ],
    fill: fill_users,
};

fn fill_users(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    report.users.iter().try_for_each(|user| {
        row!(
            sheet,
            [
                &user.id,
                user.kind.as_str(),
                &user.name,
                user.risk.level.as_str(),
                u64::from(user.risk.score),
                &user.risk.because,
                user.familiarity.as_str(),
                user.delegated_access,
                &user.delegated_from,
                &user.upn,
                &user.object_id,
                &user.app_id,
                &user.app_name,
                &user.tenant_id,
                &user.home_tenant,
                &user.aliases,
                user.first_seen,
                user.last_seen,
                user.operations,
                user.events,
                user.failed,
                &user.subscriptions,
                &user.ips,
                &user.clients,
                &user.roles_seen,
                &user.findings,
                &user.alerts,
            ]
        )
    })
}

/// One row a subscription, riskiest first.
pub(in crate::report) const SUBSCRIPTIONS: Table = Table {
    name: "subscriptions",
    file: "tables/subscriptions.csv",
    columns: &[
        "id",
        "risk",
        "score",
        "because",
        "tenant_id",
        "first_seen",
        "last_seen",
        "operations",
        "events",
        "users",
        "iam_changes",
        "runbooks",
        "residue",
        "virtual_machines",
        "delegations",
        "findings",
        "alerts",
        "tenant_inferred",
    ],
    fill: fill_subscriptions,
};

fn fill_subscriptions(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    report.subscriptions.iter().try_for_each(|entry| {
        row!(
            sheet,
            [
                &entry.id,
                entry.risk.level.as_str(),
                u64::from(entry.risk.score),
                &entry.risk.because,
                &entry.tenant_id,
                entry.first_seen,
                entry.last_seen,
                entry.operations,
                entry.events,
                &entry.users,
                entry.iam_changes.len() as u64,
                entry.runbooks.len() as u64,
                entry.residue.len() as u64,
                &entry.virtual_machines,
                entry.delegations.len() as u64,
                &entry.findings,
                &entry.alerts,
                entry.tenant_inferred,
            ]
        )
    })
}

/// One row a virtual machine, riskiest first.
pub(in crate::report) const VIRTUAL_MACHINES: Table = Table {
    name: "virtual-machines",
    file: "tables/virtual-machines.csv",
    columns: &[
        "resource_id",
        "subscription_id",
        "risk",
        "score",
        "because",
        "created",
        "touched_by",
        "actions",
        "findings",
        "alerts",
    ],
    fill: fill_machines,
};

fn fill_machines(report: &Report, sheet: &mut Sheet<'_>) -> io::Result<()> {
    report.virtual_machines.iter().try_for_each(|machine| {
        let actions: Vec<String> = machine.actions.iter().map(action_words).collect();
        row!(
            sheet,
            [
                &machine.resource_id,
                &machine.subscription_id,
                machine.risk.level.as_str(),
                u64::from(machine.risk.score),
                &machine.risk.because,
                machine.created,
                &machine.touched_by,
                &actions,
                &machine.findings,
                &machine.alerts,
            ]
        )
    })
}

fn action_words(action: &MachineAction) -> String {
    let time = action.time.map_or_else(String::new, |time| format!("{time} "));
    let by = action.by.as_deref().unwrap_or("unknown");
    format!("{time}{} {} by {by}", action.operation, action.outcome)
}
