//! Who comes in from another tenant, and the delegations that let them.

use std::io;
use std::io::Write;

use crate::base::text::counted;
use crate::base::text::grouped;
use crate::investigation::model::Delegation;
use crate::investigation::model::ForeignPrincipal;
use crate::investigation::model::Report;
use crate::report::markdown::header;
use crate::report::markdown::list;
use crate::report::markdown::quote;
use crate::report::markdown::rest;
use crate::report::markdown::row;
use crate::report::short_span;
use crate::report::short_time;

/// Principals or delegations shown.
const SHOWN: usize = 20;
/// Roles or users named in one cell.
const NAMES: usize = 3;

/// Writes the principals of other tenants, then the delegations; nothing where there are none.
pub(super) fn write_delegated(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let access = &report.delegated_access;
    if access.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Delegated access and other tenants\n")?;
    if !access.alerts.is_empty() {
        let alerts = counted(access.alerts.len() as u64, "alert speaks", "alerts speak");
        writeln!(out, "{alerts} of delegated access.\n")?;
    }
    if !access.principals.is_empty() {
        header(
            &["risk", "principal", "comes in by", "from tenant", "acted (UTC)", "did", "let in by"],
            out,
        )?;
        for principal in access.principals.iter().take(SHOWN) {
            row(&principal_cells(principal), out)?;
        }
        rest(access.principals.len() as u64, SHOWN, "report.json", out)?;
    }
    if access.delegations.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    header(&["delegated (UTC)", "to tenant", "roles", "scope", "by", "stands"], out)?;
    for delegation in access.delegations.iter().take(SHOWN) {
        row(&delegation_cells(delegation), out)?;
    }
    rest(access.delegations.len() as u64, SHOWN, "report.json", out)
}

fn principal_cells(principal: &ForeignPrincipal) -> [String; 7] {
    let count = counted(principal.operations, "operation", "operations");
    let findings = counted(principal.findings.len() as u64, "finding", "findings");
    let alerts = counted(principal.alerts.len() as u64, "alert", "alerts");
    [
        format!("{} ({})", principal.risk.level, grouped(u64::from(principal.risk.score))),
        quote(&principal.label()),
        principal.way.words(),
        quote(principal.tenant_id.as_deref().unwrap_or("unknown")),
        short_span(principal.first_seen, principal.last_seen),
        format!("{count}, {findings}, {alerts}"),
        list(&principal.let_in_by, NAMES),
    ]
}

fn delegation_cells(delegation: &Delegation) -> [String; 6] {
    let known = |text: &Option<String>| quote(text.as_deref().unwrap_or("unknown"));
    let stands = match &delegation.ended {
        None => "yes".to_owned(),
        Some(ended) => format!("no, since {}", short_time(ended.time)),
    };
    [
        short_time(delegation.time),
        known(&delegation.tenant_id),
        list(&delegation.role_words(), NAMES),
        known(&delegation.scope),
        known(&delegation.by),
        stands,
    ]
}
