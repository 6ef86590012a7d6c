//! Operations near an alert, tied to it by resource, principal, address or subscription.

mod beside;
mod daily;

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::evaluate::{Court, Said};
use crate::azure::alert_type::{self, AlertType, Join};
use crate::azure::resource_id::is_within;
use crate::base::dict::Dict;
use crate::base::index32;
use crate::corpus::{AlertRow, Names};
use crate::ledger::Operation;
use crate::rule::{AlertJoin, Daily, Tie, fold};
use crate::shape::alert::AlertStatus;
use crate::shape::{Alert, Identity};
use beside::beside;
use daily::Daily as DailyCalls;

/// Which operations lie near which alert.
pub(super) fn judge(court: &Court<'_>, trigger: u32, native: &AlertJoin) -> Vec<Said> {
    let alerts = &court.scene.corpus.alerts;
    let found = native.beside.map(|span| beside(alerts, native, span));
    let daily = (native.daily != Daily::Counted).then(|| DailyCalls::of(court, trigger));
    let is_beside = |at: usize| found.as_ref().is_none_or(|found| found[at]);
    let mut said: Vec<Said> = alerts
        .iter()
        .enumerate()
        .filter(|(at, row)| is_meant(native, row) && is_beside(*at))
        .flat_map(|(at, row)| near(court, trigger, native, daily.as_ref(), (index32(at), row)))
        .collect();
    said.sort_by(|a, b| (&a.operations, &a.because).cmp(&(&b.operations, &b.because)));
    folded(said)
}

/// Alerts named in one finding; the rest are counted.
const NAMED: usize = 8;
/// Findings with which one is compared before it stands for itself.
const COMPARED: usize = 16;

/// Folds what is said of operations of which more is said near another alert: one finding names all these alerts.
fn folded(mut said: Vec<Said>) -> Vec<Said> {
    said.sort_by_key(|one| std::cmp::Reverse(one.operations.len()));
    let mut kept: Vec<(Said, Vec<Said>)> = Vec::new();
    let mut speaking: HashMap<u32, Vec<usize>> = HashMap::new();
    for one in said {
        let known = speaking.get(&one.operations[0]).into_iter().flatten().take(COMPARED);
        let same = known.copied().find(|&at| is_part(&one.operations, &kept[at].0.operations));
        if let Some(at) = same {
            kept[at].1.push(one);
            continue;
        }
        for operation in &one.operations {
            speaking.entry(*operation).or_default().push(kept.len());
        }
        kept.push((one, Vec::new()));
    }
    let mut all: Vec<Said> = kept.into_iter().map(|(one, others)| named(one, &others)).collect();
    all.sort_by(|a, b| (&a.operations, &a.because).cmp(&(&b.operations, &b.because)));
    all
}

/// Whether all of some sorted operations are among others.
fn is_part(some: &[u32], all: &[u32]) -> bool {
    some.len() <= all.len() && some.iter().all(|operation| all.binary_search(operation).is_ok())
}

/// Names the alerts of others in a finding, and what ties them.
fn named(one: Said, others: &[Said]) -> Said {
    let mut because: BTreeMap<String, String> = one.because.into_iter().collect();
    let fields = || others.iter().flat_map(|other| &other.because);
    for (field, value) in &mut because {
        let mut values = vec![value.as_str()];
        for (_, value) in fields().filter(|(other, _)| other == field) {
            if !values.contains(&value.as_str()) {
                values.push(value);
            }
        }
        let more = values.len().saturating_sub(NAMED);
        values.truncate(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let whole = format!("{}{rest}", values.join(", "));
        *value = whole;
    }
    for (field, value) in fields() {
        because.entry(field.clone()).or_insert_with(|| value.clone());
    }
    let alerts = one.alerts.iter().chain(others.iter().flat_map(|other| &other.alerts));
    let alerts = alerts.copied().collect();
    Said { because: because.into_iter().collect(), alerts, ..one }
}

/// What is said near an alert, of each principal by itself.
fn near(
    court: &Court<'_>,
    trigger: u32,
    native: &AlertJoin,
    daily: Option<&DailyCalls<'_>>,
    (at, row): (u32, &AlertRow),
) -> Vec<Said> {
    let mut sides =
        Sides::of(&court.scene.corpus.names, &court.scene.corpus.identities, &row.alert);
    let join = sides.join(native);
    let mut callers: Vec<(&str, Vec<u32>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for number in tied(court, trigger, native, daily, &mut sides) {
        let who = principal(court, court.scene.operation(number));
        let place = *places.entry(who).or_insert(callers.len());
        if place == callers.len() {
            callers.push((who, Vec::new()));
        }
        callers[place].1.push(number);
    }
    let mut said = |(_, operations): (&str, Vec<u32>)| {
        let first = operations[0];
        let mut because = court.scene.because(trigger, first);
        let (tie, value) = sides.tied_by(&join, court.scene.operation(first))?;
        because.insert(tie.to_owned(), value);
        because.insert("alert".to_owned(), row.alert.key.clone());
        if let Some(kind) = row.alert.alert_type.as_ref().or(row.alert.title.as_ref()) {
            because.insert("alert type".to_owned(), kind.clone());
        }
        let (because, alerts) = (because.into_iter().collect(), [at].into());
        Some(Said { operations, because, alerts, ..Said::default() })
    };
    callers.into_iter().filter_map(&mut said).collect()
}

/// The operations tied to an alert, in order of time.
///
/// Where it names an account or an address that is among the callers, only what these did.
fn tied(
    court: &Court<'_>,
    trigger: u32,
    native: &AlertJoin,
    daily: Option<&DailyCalls<'_>>,
    sides: &mut Sides<'_>,
) -> Vec<u32> {
    let alert = sides.alert;
    let Some(start) = alert.start.or(alert.generated) else { return Vec::new() };
    let end = alert.end.unwrap_or(start).max(start);
    let (from, to) = (start.0.saturating_sub(native.before), end.0.saturating_add(native.after));
    let all = &court.selected[trigger as usize];
    let begins = |operation: &u32| court.scene.operation(*operation).first.0;
    let within = &all[all.partition_point(|o| begins(o) < from)..];
    let within = &within[..within.partition_point(|o| begins(o) <= to)];
    let join = sides.join(native);
    let mut near: Vec<(u32, bool)> = Vec::new();
    for &number in within {
        let operation = court.scene.operation(number);
        if native.expected && !sides.is_expected(operation) {
            continue;
        }
        if let Some((tie, _)) = sides.tied_by(&join, operation) {
            let is_named = matches!(tie, "principal" | "ip")
                || sides.tied_by(&[Tie::Principal, Tie::Ip], operation).is_some();
            near.push((number, is_named));
        }
    }
    if near.iter().any(|(_, is_named)| *is_named) {
        near.retain(|(_, is_named)| *is_named);
    }
    if let Some(daily) = daily {
        let wanted = native.daily == Daily::Only;
        near.retain(|&(number, is_named)| {
            (!is_named && daily.holds(court.scene.operation(number))) == wanted
        });
    }
    near.into_iter().map(|(number, _)| number).collect()
}

/// Who did an operation; empty where nobody is named.
fn principal<'c>(court: &Court<'c>, operation: &Operation) -> &'c str {
    let identities = &court.scene.corpus.identities;
    identities.get(operation.identity as usize).map_or("", |id| &id.key)
}

/// Whether an alert is no sample and not expected.
fn is_of_work(row: &AlertRow) -> bool {
    !row.alert.is_sample && !row.expected
}

/// Whether a rule is about an alert.
fn is_meant(native: &AlertJoin, row: &AlertRow) -> bool {
    let alert = &row.alert;
    let fits = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        native.types.iter().any(|pattern| pattern.matches(text, &fold(text)))
    };
    let status = alert.status.map(AlertStatus::as_str);
    is_of_work(row)
        && (native.types.is_empty() || fits(&alert.alert_type) || fits(&alert.title))
        && (native.status.is_empty() || native.status.iter().any(|word| Some(&**word) == status))
}

/// An alert beside thousands of operations: what is asked of each of them is found out once.
struct Sides<'c> {
    names: &'c Names,
    identities: &'c [Identity],
    alert: &'c Alert,
    kind: Option<&'static AlertType>,
    /// The resources of the alert, in lower case.
    resources: Vec<String>,
    /// Whether the type of the alert is about operations of a name, by its code.
    expected: HashMap<u32, bool>,
    /// Whether the alert names a principal, by the code of the identity.
    named: HashMap<u32, bool>,
}

impl<'c> Sides<'c> {
    fn of(names: &'c Names, identities: &'c [Identity], alert: &'c Alert) -> Self {
        let resources = alert.azure_resources.iter().chain(&alert.resource_id);
        Sides {
            names,
            identities,
            alert,
            kind: alert.alert_type.as_deref().and_then(alert_type::by_id),
            resources: resources.map(|resource| resource.to_lowercase()).collect(),
            expected: HashMap::new(),
            named: HashMap::new(),
        }
    }

    /// Whether the alert is about who comes from an address, whoever that is.
    fn accuses_address(&self) -> bool {
        self.kind.is_some_and(|kind| kind.join.first() == Some(&Join::Ip))
    }

    /// Whether an operation is one of those that the type of the alert is about.
    fn is_expected(&mut self, operation: &Operation) -> bool {
        let Some(kind) = self.kind else { return false };
        let Some(name) = self.names.operation.get(operation.operation) else { return false };
        let known = self.expected.entry(operation.operation);
        *known.or_insert_with(|| kind.looks_for(name))
    }

    /// What may tie operations to the alert: where it accuses an address, what its owner did elsewhere confirms nothing.
    fn join(&self, native: &AlertJoin) -> Vec<Tie> {
        let by_address = native.expected && self.accuses_address();
        native.join.iter().copied().filter(|tie| !by_address || *tie == Tie::Ip).collect()
    }

    /// What ties an operation to the alert first.
    fn tied_by(&mut self, join: &[Tie], operation: &Operation) -> Option<(&'static str, String)> {
        join.iter().find_map(|tie| self.tied(*tie, operation))
    }

    /// What ties an operation to the alert: the word for it, and the value they share.
    fn tied(&mut self, tie: Tie, operation: &Operation) -> Option<(&'static str, String)> {
        let text = |dict: &'c Dict, code: u32| dict.get(code).map(fold);
        match tie {
            Tie::Resource => {
                let own = text(&self.names.resource, operation.resource)?;
                let is_tied = self.resources.iter().any(|resource| is_around(resource, &own));
                is_tied.then(|| ("resource", own.into_owned()))
            }
            Tie::Principal => {
                let id = self.identities.get(operation.identity as usize)?;
                let known = self.named.entry(operation.identity);
                let is_named = *known.or_insert_with(|| names_it(self.alert, id));
                is_named.then(|| ("principal", id.key.clone()))
            }
            Tie::Ip => {
                let own = text(&self.names.ip, operation.ip)?;
                let is_tied = self.alert.ips.iter().any(|ip| ip.eq_ignore_ascii_case(&own));
                is_tied.then(|| ("ip", own.into_owned()))
            }
            Tie::Subscription => {
                let own = text(&self.names.subscription, operation.subscription)?;
                let of_alert = self.alert.subscription_id.as_deref()?;
                of_alert.eq_ignore_ascii_case(&own).then(|| ("subscription", own.into_owned()))
            }
        }
    }
}

/// Whether an alert names a principal.
fn names_it(alert: &Alert, id: &Identity) -> bool {
    let names = alert
        .actors
        .iter()
        .flat_map(|actor| [&actor.object_id, &actor.upn, &actor.app_id].into_iter().flatten());
    names.into_iter().any(|name| is_called(id, name))
}

/// Whether two resources are one, or one lies in the other; what is no resource is around nothing.
fn is_around(a: &str, b: &str) -> bool {
    let inside =
        |outer: &str, inner: &str| outer.contains("/providers/") && is_within(inner, outer);
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
    fn what_several_alerts_say_of_the_same_operations_is_one_finding() {
        let said = |operations: &[u32], alert: &str, tie: &str| Said {
            operations: operations.to_vec(),
            because: [("alert", alert), (tie, "x"), ("operation", "O")]
                .map(|(field, value)| (field.to_owned(), value.to_owned()))
                .into(),
            alerts: alert.bytes().map(u32::from).collect(),
            ..Said::default()
        };
        let all = folded(vec![
            said(&[2], "a", "principal"),
            said(&[1, 2, 3], "b", "ip"),
            said(&[3, 4], "c", "ip"),
            said(&[1, 2, 3], "d", "ip"),
        ]);
        let value = |one: &Said, field: &str| {
            one.because.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone())
        };
        let told = |one: &Said, field: &str| value(one, field).unwrap_or_default();
        let shown: Vec<_> =
            all.iter().map(|one| (&one.operations[..], told(one, "alert"))).collect();
        assert_eq!(shown, [(&[1, 2, 3][..], "b, d, a".to_owned()), (&[3, 4], "c".to_owned())]);
        let rows: Vec<&[u32]> = all.iter().map(|one| &*one.alerts).collect();
        assert_eq!(rows, [&[98, 100, 97][..], &[99]]);
        assert_eq!(["principal", "operation"].map(|field| told(&all[0], field)), ["x", "O"]);
        let many = (0..20).map(|alert| said(&[7], &alert.to_string(), "ip")).collect();
        let many = folded(many);
        assert_eq!(many[0].alerts.len(), 30, "each digit of 20 numbers");
        assert!(told(&many[0], "alert").ends_with(" and 12 more"), "{:?}", many[0].because);
    }

    #[test]
    fn resources_are_tied_to_what_lies_in_and_around_them() {
        let vm = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/a";
        assert!(is_around(vm, vm) && is_around(vm, &format!("{vm}/extensions/x")));
        assert!(is_around(&format!("{vm}/extensions/x"), vm));
        assert!(!is_around(vm, &format!("{vm}b")));
        assert!(!is_around("/subscriptions/s", vm));
    }
}
