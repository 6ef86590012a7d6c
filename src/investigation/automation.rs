//! Automation: accounts, runbooks and what starts them, with every change that took effect.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::few::Few;
use super::model::{Finding, Runbook};
use super::removal::Removals;
use super::user::Known;
use crate::azure::persistence::persistence;
use crate::azure::resource_id::ResourceId;
use crate::ledger::Operation;

/// Operations on automation accounts begin like this.
const AUTOMATION: &str = "MICROSOFT.AUTOMATION/AUTOMATIONACCOUNTS/";
/// The type of an account.
const ACCOUNT: &str = "microsoft.automation/automationaccounts";
/// What below an account runs code, holds it, or starts it.
const RUNNABLE: &[&str] = &[
    "CONFIGURATIONS",
    "CREDENTIALS",
    "HYBRIDRUNBOOKWORKERGROUPS",
    "JOBS",
    "JOBSCHEDULES",
    "MODULES",
    "PYTHON3PACKAGES",
    "RUNBOOKS",
    "SCHEDULES",
    "SOURCECONTROLS",
    "WATCHERS",
    "WEBHOOKS",
];
/// At most this many changes of one subscription are listed; those under suspicion come before others.
const LISTED: usize = 500;

/// Changes of every subscription, by its id, and how many there are in full.
pub(super) type Changes = BTreeMap<String, (Vec<Runbook>, u64)>;

/// Returns the changes of automation in every subscription, in order of time.
pub(super) fn automation(
    facts: &Facts<'_>,
    findings: &[Finding],
    removals: &Removals,
    known: Known<'_>,
) -> Changes {
    let (suspects, told) = (known.suspects, known.told);
    let kinds: Vec<Option<String>> = facts.corpus.names.operation.iter().map(change_of).collect();
    let mut found: BTreeMap<&str, Vec<(bool, u32, &Operation)>> = BTreeMap::new();
    for (place, operation) in (0_u32..).zip(&facts.ledger.operations) {
        let is_change = kinds.get(operation.operation as usize).is_some_and(Option::is_some);
        if operation.outcome.took_effect() && is_change && facts.resource(operation).is_some() {
            let Some(subscription) = facts.subscription(operation) else { continue };
            let of = found.entry(subscription).or_default();
            of.push((!suspects.taints(place), place, operation));
        }
    }
    let mut changes = Changes::new();
    for (subscription, mut all) in found {
        let count = all.len() as u64;
        all.sort_by_key(|(usual, place, _)| (*usual, *place));
        all.truncate(LISTED);
        all.sort_by_key(|(_, place, _)| *place);
        let shown = |(usual, place, operation): (bool, u32, &Operation)| {
            let mut ids = Few::default();
            told.add_ids(place, findings, &mut ids);
            let change = kinds[operation.operation as usize].clone().unwrap_or_default();
            let by = facts.who(operation.identity);
            let resource = facts.resource(operation).unwrap_or_default();
            // A run is over by itself.
            let is_run = persistence(facts.kind(operation).unwrap_or_default()).power == 0;
            let gone =
                is_run || change.ends_with("delete") || removals.ended(resource, operation.first);
            Runbook {
                resource_id: resource.to_owned(),
                account: account(resource),
                kind: change.split_once('/').map_or("account", |(kind, _)| kind).to_owned(),
                familiar: usual && known.familiar.is_familiar(facts, by),
                by: by.map(str::to_owned),
                time: Some(operation.first),
                still_present: !gone,
                findings: ids.into_iter().collect(),
                change,
                triage: None,
            }
        };
        changes.insert(subscription.to_owned(), (all.into_iter().map(shown).collect(), count));
    }
    changes
}

/// What an operation changes, as `kind/verb`; of an account the verb alone.
fn change_of(name: &str) -> Option<String> {
    let rest = name.strip_prefix(AUTOMATION)?;
    let kind = rest.split('/').next()?;
    let of_account = matches!(rest, "WRITE" | "DELETE");
    (of_account || (RUNNABLE.contains(&kind) && !rest.ends_with("/READ")))
        .then(|| rest.to_ascii_lowercase())
}

fn account(resource: &str) -> Option<String> {
    let account = ResourceId::parse(resource).and_then(|id| id.nearest(ACCOUNT));
    account.map(|account| account.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_an_account_and_of_what_runs_in_it_are_told_and_others_are_not() {
        let change = |name: &str| change_of(&format!("{AUTOMATION}{name}"));
        assert_eq!(change("WRITE").as_deref(), Some("write"));
        assert_eq!(change("WEBHOOKS/WRITE").as_deref(), Some("webhooks/write"));
        assert_eq!(change("RUNBOOKS/PUBLISH/ACTION").as_deref(), Some("runbooks/publish/action"));
        assert_eq!(change("RUNBOOKS/READ"), None);
        assert_eq!(change("VARIABLES/WRITE"), None);
        assert_eq!(change_of("MICROSOFT.WEB/SITES/WRITE"), None);
    }
}
