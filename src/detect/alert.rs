//! Operations near an alert, tied to it by resource, principal, address or subscription.

use std::collections::BTreeMap;

use super::evaluate::{Court, Said};
use crate::azure::alert_type;
use crate::corpus::{AlertRow, NONE};
use crate::ledger::Operation;
use crate::rule::{AlertJoin, Tie, fold};
use crate::shape::{Alert, Identity};

/// Says which operations lie near which alert.
pub(super) fn judge(court: &Court<'_>, trigger: u32, native: &AlertJoin) -> Vec<Said> {
    let mut said: Vec<Said> = court
        .scene
        .corpus
        .alerts
        .iter()
        .filter_map(|row| near(court, trigger, native, row))
        .collect();
    said.sort_by(|a, b| (&a.operations, &a.because).cmp(&(&b.operations, &b.because)));
    said
}

fn near(court: &Court<'_>, trigger: u32, native: &AlertJoin, row: &AlertRow) -> Option<Said> {
    let alert = &row.alert;
    if !is_meant(native, alert) {
        return None;
    }
    let start = alert.start.or(alert.generated)?;
    let end = alert.end.unwrap_or(start).max(start);
    let (from, to) = (start.0.saturating_sub(native.before), end.0.saturating_add(native.after));
    let all = &court.selected[trigger as usize];
    let begins = |operation: &u32| court.scene.operation(*operation).first.0;
    let within = &all[all.partition_point(|o| begins(o) < from)..];
    let within = &within[..within.partition_point(|o| begins(o) <= to)];
    let mut because = BTreeMap::new();
    let mut operations = Vec::new();
    for &number in within {
        let operation = court.scene.operation(number);
        if native.expected && !is_expected(court, alert, operation) {
            continue;
        }
        let Some((tie, value)) =
            native.join.iter().find_map(|tie| tied(court, *tie, alert, operation))
        else {
            continue;
        };
        if operations.is_empty() {
            because = court.scene.because(trigger, number);
            because.insert(tie.to_owned(), value);
        }
        operations.push(number);
    }
    if operations.is_empty() {
        return None;
    }
    because.insert("alert".to_owned(), alert.key.clone());
    if let Some(kind) = alert.alert_type.as_ref().or(alert.title.as_ref()) {
        because.insert("alert type".to_owned(), kind.clone());
    }
    Some(Said { operations, because, selector: None })
}

/// Whether a rule is about an alert.
fn is_meant(native: &AlertJoin, alert: &Alert) -> bool {
    let fits = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        native.types.iter().any(|pattern| pattern.matches(text, &fold(text)))
    };
    !alert.is_sample && (native.types.is_empty() || fits(&alert.alert_type) || fits(&alert.title))
}

/// Whether an operation is one of those that the type of an alert is about.
fn is_expected(court: &Court<'_>, alert: &Alert, operation: &Operation) -> bool {
    let Some(kind) = alert.alert_type.as_deref().and_then(alert_type::by_id) else { return false };
    let names = &court.scene.corpus.names.operation;
    if operation.operation == NONE {
        return false;
    }
    kind.looks_for(names.text_of(operation.operation))
}

/// What ties an operation to an alert: the word for it, and the value they share.
fn tied(
    court: &Court<'_>,
    tie: Tie,
    alert: &Alert,
    operation: &Operation,
) -> Option<(&'static str, String)> {
    let names = &court.scene.corpus.names;
    let text = |dict: &crate::base::dict::Dict, code: u32| {
        (code != NONE).then(|| dict.text_of(code).to_lowercase())
    };
    match tie {
        Tie::Resource => {
            let own = text(&names.resource, operation.resource)?;
            let mut of_alert = alert.azure_resources.iter().chain(&alert.resource_id);
            of_alert
                .any(|resource| is_around(&resource.to_lowercase(), &own))
                .then_some(("resource", own))
        }
        Tie::Principal => {
            let id = court.scene.corpus.identities.get(operation.identity as usize)?;
            let is_named = alert.actors.iter().any(|actor| {
                [&actor.object_id, &actor.upn, &actor.app_id]
                    .into_iter()
                    .flatten()
                    .any(|name| is_called(id, name))
            });
            is_named.then(|| ("principal", id.key.clone()))
        }
        Tie::Ip => {
            let own = text(&names.ip, operation.ip)?;
            alert.ips.iter().any(|ip| ip.eq_ignore_ascii_case(&own)).then_some(("ip", own))
        }
        Tie::Subscription => {
            let own = text(&names.subscription, operation.subscription)?;
            let of_alert = alert.subscription_id.as_deref()?;
            of_alert.eq_ignore_ascii_case(&own).then_some(("subscription", own))
        }
    }
}

/// Whether two resources are one, or one lies in the other; what is no resource is around nothing.
fn is_around(a: &str, b: &str) -> bool {
    let inside = |outer: &str, inner: &str| {
        outer.contains("/providers/")
            && inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    inside(a, b) || inside(b, a)
}

fn is_called(id: &Identity, name: &str) -> bool {
    [&id.key, &id.oid, &id.upn, &id.app_id]
        .into_iter()
        .any(|own| !own.is_empty() && own.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_tied_to_what_lies_in_and_around_them() {
        let vm = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/a";
        assert!(is_around(vm, vm) && is_around(vm, &format!("{vm}/extensions/x")));
        assert!(is_around(&format!("{vm}/extensions/x"), vm));
        assert!(!is_around(vm, &format!("{vm}b")));
        assert!(!is_around("/subscriptions/s", vm));
    }
}
