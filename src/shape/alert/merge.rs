//! One alert told of more than once: by updates of its status and by several exports.

use std::collections::BTreeSet;

use super::Alert;
use super::actor::{self, fill};
use super::ext::MAX_PROPERTIES;
use crate::base::Time;
use crate::shape::text::fold_key;

impl Alert {
    /// Takes in what another telling of the same alert adds.
    ///
    /// The status is that of the telling with the later processing or generation time, of two
    /// equal ones that of `later`. Absent values are filled, lists are joined, and the activity
    /// spans from the earlier start to the later end.
    pub fn merge(&mut self, later: Alert) {
        if later.status.is_some() && (self.status.is_none() || later.told() >= self.told()) {
            self.status = later.status;
        }
        self.start = [self.start, later.start].into_iter().flatten().min();
        self.end = self.end.max(later.end);
        self.generated = self.generated.max(later.generated);
        self.processed = self.processed.max(later.processed);
        self.is_sample |= later.is_sample;
        self.delegated |= later.delegated;
        self.dangling_refs = self.dangling_refs.max(later.dangling_refs);
        self.join(later);
    }

    /// Returns when it was last told of.
    fn told(&self) -> Option<Time> {
        self.processed.max(self.generated)
    }

    /// Fills absent values and joins the lists.
    fn join(&mut self, later: Alert) {
        fill(&mut self.severity, later.severity);
        for (place, value) in [
            (&mut self.arm_id, later.arm_id),
            (&mut self.system_id, later.system_id),
            (&mut self.vendor_id, later.vendor_id),
            (&mut self.alert_type, later.alert_type),
            (&mut self.title, later.title),
            (&mut self.description, later.description),
            (&mut self.product, later.product),
            (&mut self.component, later.component),
            (&mut self.vendor, later.vendor),
            (&mut self.provider, later.provider),
            (&mut self.plan, later.plan),
            (&mut self.subscription_id, later.subscription_id),
            (&mut self.resource_group, later.resource_group),
            (&mut self.resource_id, later.resource_id),
            (&mut self.resource_type, later.resource_type),
            (&mut self.compromised_entity, later.compromised_entity),
            (&mut self.tenant_id, later.tenant_id),
            (&mut self.workspace_id, later.workspace_id),
            (&mut self.link, later.link),
            (&mut self.entities, later.entities),
        ] {
            fill(place, value);
        }
        if self.tactics.is_empty() {
            self.tactics = later.tactics;
        }
        later.actors.into_iter().for_each(|actor| actor::add(&mut self.actors, actor));
        for (list, more) in [
            (&mut self.techniques, later.techniques),
            (&mut self.ips, later.ips),
            (&mut self.hosts, later.hosts),
            (&mut self.azure_resources, later.azure_resources),
            (&mut self.apps, later.apps),
        ] {
            extend(list, more);
        }
        if self.remediation.is_empty() {
            self.remediation = later.remediation;
        }
        self.join_properties(later.ext);
    }

    /// Adds the properties whose names, folded, are new.
    fn join_properties(&mut self, more: Vec<(String, String)>) {
        let known: BTreeSet<_> = self.ext.iter().map(|(n, _)| fold_key(n).into_owned()).collect();
        let new = more.into_iter().filter(|(name, _)| !known.contains(&*fold_key(name)));
        self.ext.extend(new.take(MAX_PROPERTIES.saturating_sub(known.len())));
    }
}

/// Adds what is new.
fn extend(list: &mut Vec<String>, more: Vec<String>) {
    let known: BTreeSet<_> = list.iter().cloned().collect();
    list.extend(more.into_iter().filter(|item| !known.contains(item)));
}

#[cfg(test)]
mod tests {
    use super::super::AlertStatus;
    use super::*;

    fn alert(told: i64, status: AlertStatus) -> Alert {
        Alert { processed: Some(Time(told)), status: Some(status), ..Alert::default() }
    }

    #[test]
    fn the_status_of_the_later_telling_counts_whatever_the_order() {
        let (old, new) = (alert(1, AlertStatus::Active), alert(2, AlertStatus::Resolved));
        for (mut first, second) in [(old.clone(), new.clone()), (new, old)] {
            first.merge(second);
            assert_eq!(first.status, Some(AlertStatus::Resolved));
            assert_eq!(first.processed, Some(Time(2)));
        }
    }

    #[test]
    fn a_telling_without_status_takes_none_away() {
        let mut first = alert(1, AlertStatus::Active);
        first.merge(Alert { processed: Some(Time(9)), ..Alert::default() });
        assert_eq!(first.status, Some(AlertStatus::Active));
    }

    #[test]
    fn values_are_filled_and_lists_joined() {
        let list = |items: &[&str]| items.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>();
        let mut first = Alert {
            title: Some("t".into()),
            start: Some(Time(5)),
            ips: list(&["a"]),
            ext: vec![("User Name".into(), "x".into())],
            ..Alert::default()
        };
        first.merge(Alert {
            title: Some("other".into()),
            product: Some("p".into()),
            start: Some(Time(3)),
            end: Some(Time(9)),
            ips: list(&["b", "a"]),
            ext: vec![("user name".into(), "y".into()), ("z".into(), "w".into())],
            ..Alert::default()
        });
        assert_eq!((first.title.as_deref(), first.product.as_deref()), (Some("t"), Some("p")));
        assert_eq!((first.start, first.end), (Some(Time(3)), Some(Time(9))));
        assert_eq!(first.ips, ["a", "b"]);
        assert_eq!(
            first.ext.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(),
            ["User Name", "z"]
        );
    }
}
