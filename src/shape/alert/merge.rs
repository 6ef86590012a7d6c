//! One alert told of more than once: by updates of its status and by several exports.
//!
//! Which telling counts follows from what the tellings say, never from the order they come in: files
//! are read by their names, and no name may decide on an alert.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::actor::{self, fill};
use super::ext::MAX_PROPERTIES;
use super::value::Unique;
use super::{Alert, AlertStatus};
use crate::azure::tactic;
use crate::base::{Precision, Time};
use crate::shape::text::fold_key;

/// What of an alert another telling knows better, whenever it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weak {
    /// The severity is the level of an event.
    pub severity: bool,
    /// The type follows from the title or the category.
    pub alert_type: bool,
    /// The subscription is that of the workspace that the alert is kept in.
    pub subscription: bool,
}

impl Alert {
    /// Joins what tellings of one alert say; the default where there are none.
    ///
    /// The status is that of the latest telling. Other values are those of the latest that has one,
    /// Defender's own before events of the Activity Log. Lists are joined, and the activity spans
    /// from the earliest start to the latest end.
    pub fn joined(mut tellings: Vec<Alert>) -> Alert {
        let status = tellings.iter().filter_map(Alert::ranked_status).max();
        tellings.sort_by(|a, b| a.rank().cmp(&b.rank()).then_with(|| a.cmp(b)));
        let mut tellings = tellings.into_iter();
        let mut alert = tellings.next().unwrap_or_default();
        if tellings.len() > 0 {
            let mut lists = Lists::of(&mut alert);
            for other in tellings {
                alert.take_in(other, &mut lists);
            }
            lists.put_into(&mut alert);
        }
        alert.status = status.map(|(_, _, status)| status);
        alert
    }

    /// Returns what orders tellings, the one that counts first.
    fn rank(&self) -> impl Ord {
        (self.from_event, Reverse((self.told(), self.richness(), self.status)))
    }

    /// Returns the status and what orders it, the one that counts last.
    fn ranked_status(&self) -> Option<(Option<i64>, bool, AlertStatus)> {
        Some((self.told(), !self.from_event, self.status?))
    }

    /// Returns the second in which it was last told of: exports cut times short.
    fn told(&self) -> Option<i64> {
        let told = self.processed.max(self.generated)?;
        Some(told.0.div_euclid(Precision::SECOND.unit()))
    }

    /// Returns how much a telling says.
    fn richness(&self) -> usize {
        let words = [&self.title, &self.description, &self.alert_type, &self.resource_id];
        let lists = [&self.ips, &self.hosts, &self.azure_resources, &self.techniques];
        words.into_iter().flatten().count()
            + usize::from(self.severity.is_some())
            + lists.into_iter().map(Vec::len).sum::<usize>()
            + self.actors.len()
            + self.tactics.len()
            + self.ext.len()
    }

    /// Takes in a telling that counts less.
    fn take_in(&mut self, other: Alert, lists: &mut Lists) {
        self.start = earlier(self.start, other.start);
        self.end = self.end.max(other.end);
        self.generated = self.generated.max(other.generated);
        self.processed = self.processed.max(other.processed);
        self.is_sample |= other.is_sample;
        self.delegated |= other.delegated;
        self.from_event &= other.from_event;
        self.dangling_refs = self.dangling_refs.max(other.dangling_refs);
        let (weak, others) = (&mut self.weak, other.weak);
        fill_sure((&mut self.severity, &mut weak.severity), (other.severity, others.severity));
        fill_sure(
            (&mut self.alert_type, &mut weak.alert_type),
            (other.alert_type, others.alert_type),
        );
        fill_sure(
            (&mut self.subscription_id, &mut weak.subscription),
            (other.subscription_id, others.subscription),
        );
        for (place, value) in [
            (&mut self.arm_id, other.arm_id),
            (&mut self.system_id, other.system_id),
            (&mut self.vendor_id, other.vendor_id),
            (&mut self.title, other.title),
            (&mut self.description, other.description),
            (&mut self.product, other.product),
            (&mut self.component, other.component),
            (&mut self.vendor, other.vendor),
            (&mut self.provider, other.provider),
            (&mut self.plan, other.plan),
            (&mut self.resource_group, other.resource_group),
            (&mut self.resource_id, other.resource_id),
            (&mut self.resource_type, other.resource_type),
            (&mut self.compromised_entity, other.compromised_entity),
            (&mut self.tenant_id, other.tenant_id),
            (&mut self.workspace_id, other.workspace_id),
            (&mut self.link, other.link),
            (&mut self.entities, other.entities),
        ] {
            fill(place, value);
        }
        self.left_out = self.left_out.saturating_add(other.left_out);
        for actor in other.actors {
            self.left_out += u32::from(!actor::add(&mut self.actors, actor));
        }
        if self.remediation.is_empty() {
            self.remediation = other.remediation;
        }
        let texts = [other.techniques, other.ips, other.hosts, other.azure_resources, other.apps];
        lists.add(&other.tactics, texts);
        for (name, value) in other.ext {
            lists.property(&mut self.ext, name, value);
        }
    }
}

/// Takes a value where there is none, or a sure one in place of a weak one.
fn fill_sure<T>((place, weak): (&mut Option<T>, &mut bool), (value, is_weak): (Option<T>, bool)) {
    if value.is_some() && (place.is_none() || *weak && !is_weak) {
        (*place, *weak) = (value, is_weak);
    }
}

/// Returns the earlier of two times; of a time and the same time cut short, the one not cut.
fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    let (Some(one), Some(other)) = (one, other) else { return one.or(other) };
    let (low, high) = (one.min(other), one.max(other));
    let mut units = (0..7).map(|digits| Precision::digits(digits).unit());
    let cut_to = units.find(|unit| low.0 % unit == 0);
    let is_same = cut_to.is_some_and(|unit| high.0.saturating_sub(low.0) < unit);
    Some(if is_same { high } else { low })
}

/// The lists of an alert while others are joined to them.
struct Lists {
    tactics: BTreeSet<&'static str>,
    texts: [Unique; 5],
    /// Names of the properties, folded.
    properties: BTreeSet<String>,
}

impl Lists {
    /// Takes the lists of an alert.
    fn of(alert: &mut Alert) -> Self {
        let mut lists = Lists {
            tactics: BTreeSet::new(),
            texts: Default::default(),
            properties: alert.ext.iter().map(|(n, _)| fold_key(n).into_owned()).collect(),
        };
        let texts = Self::texts(alert).map(std::mem::take);
        lists.add(&std::mem::take(&mut alert.tactics), texts);
        lists
    }

    /// Returns the lists of texts, in the order of [`Lists::texts`].
    fn texts(alert: &mut Alert) -> [&mut Vec<String>; 5] {
        [
            &mut alert.techniques,
            &mut alert.ips,
            &mut alert.hosts,
            &mut alert.azure_resources,
            &mut alert.apps,
        ]
    }

    /// Adds what is new.
    fn add(&mut self, tactics: &[&'static str], texts: [Vec<String>; 5]) {
        self.tactics.extend(tactics);
        for (list, more) in self.texts.iter_mut().zip(texts) {
            for text in more {
                list.add(text);
            }
        }
    }

    /// Adds a property whose name, folded, is new.
    fn property(&mut self, all: &mut Vec<(String, String)>, name: String, value: String) {
        let is_known = || self.properties.contains(&*fold_key(&name));
        if all.len() < MAX_PROPERTIES && !is_known() {
            self.properties.insert(fold_key(&name).into_owned());
            all.push((name, value));
        }
    }

    /// Gives the lists back; tactics in the order of the matrix.
    fn put_into(self, alert: &mut Alert) {
        let names = tactic::TACTICS.iter().map(|tactic| tactic.name);
        alert.tactics = names.filter(|name| self.tactics.contains(name)).collect();
        for (place, list) in Self::texts(alert).into_iter().zip(self.texts) {
            *place = list.items;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::*;

    fn alert(told: i64, status: AlertStatus) -> Alert {
        let processed = Some(Time(told * 1_000_000_000));
        Alert { processed, status: Some(status), ..Alert::default() }
    }

    /// Joins in every order, which makes no difference.
    fn joined(all: &[Alert]) -> Alert {
        let one = Alert::joined(all.to_vec());
        for turn in 0..all.len() {
            let mut turned = all.to_vec();
            turned.rotate_left(turn);
            assert_eq!(Alert::joined(turned.clone()), one);
            turned.reverse();
            assert_eq!(Alert::joined(turned), one);
        }
        one
    }

    #[test]
    fn the_status_of_the_latest_telling_counts_and_one_without_takes_none_away() {
        let (old, new) = (alert(2, AlertStatus::Dismissed), alert(3, AlertStatus::Active));
        let silent = Alert { status: None, ..alert(9, AlertStatus::Active) };
        let all = joined(&[old, new, silent]);
        assert_eq!(
            (all.status, all.processed),
            (Some(AlertStatus::Active), Some(Time(9_000_000_000)))
        );
    }

    #[test]
    fn of_tellings_of_one_time_the_one_that_closes_the_alert_counts() {
        let cut = |status| Alert { processed: Some(Time(1_000_000_000)), ..alert(1, status) };
        let exact = |status| Alert { processed: Some(Time(1_123_456_700)), ..alert(1, status) };
        let all = [cut(AlertStatus::Dismissed), exact(AlertStatus::Active)];
        assert_eq!(joined(&all).status, Some(AlertStatus::Dismissed));
        let all = [exact(AlertStatus::InProgress), cut(AlertStatus::Active)];
        assert_eq!(joined(&all).status, Some(AlertStatus::InProgress));
    }

    #[test]
    fn an_event_of_the_activity_log_counts_below_what_defender_says() {
        let own = Alert { severity: Some(Severity::High), ..alert(1, AlertStatus::Resolved) };
        let event = |told| Alert {
            severity: Some(Severity::Informational),
            title: Some("Activate Alert".into()),
            weak: Weak { severity: true, ..Weak::default() },
            from_event: true,
            ..alert(told, AlertStatus::Active)
        };
        let all = joined(&[own.clone(), event(1)]);
        assert_eq!((all.severity, all.status), (Some(Severity::High), Some(AlertStatus::Resolved)));
        assert!(!all.from_event && !all.weak.severity);
        // A later event tells a later status, and nothing else that is known.
        let all = joined(&[own, event(2)]);
        assert_eq!((all.severity, all.status), (Some(Severity::High), Some(AlertStatus::Active)));
        let stated = Alert { severity: Some(Severity::Low), weak: Weak::default(), ..event(1) };
        assert_eq!(joined(&[event(2), stated]).severity, Some(Severity::Low));
    }

    #[test]
    fn what_the_later_or_else_the_richer_telling_says_counts() {
        let said = |told, kind: &str, severity| Alert {
            alert_type: Some(kind.into()),
            severity: Some(severity),
            ..alert(told, AlertStatus::Active)
        };
        let early = said(1, "A", Severity::Low);
        let late = said(2, "B", Severity::Medium);
        let all = joined(&[early.clone(), late]);
        assert_eq!((all.alert_type.as_deref(), all.severity), (Some("B"), Some(Severity::Medium)));
        let rich = Alert { description: Some("d".into()), ..said(1, "C", Severity::High) };
        let same = joined(&[early.clone(), rich.clone()]);
        assert_eq!((same.alert_type.as_deref(), same.severity), (Some("C"), Some(Severity::High)));
        let guessed = Alert {
            weak: Weak { alert_type: true, ..Weak::default() },
            ..said(9, "D", Severity::Low)
        };
        assert_eq!(joined(&[early, rich, guessed]).alert_type.as_deref(), Some("C"));
    }

    #[test]
    fn values_are_filled_and_lists_joined() {
        let list = |items: &[&str]| items.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>();
        let first = Alert {
            title: Some("t".into()),
            start: Some(Time(5)),
            ips: list(&["a"]),
            tactics: vec!["execution", "impact"],
            ext: vec![("User Name".into(), "x".into())],
            ..alert(2, AlertStatus::Active)
        };
        let second = Alert {
            title: Some("other".into()),
            product: Some("p".into()),
            start: Some(Time(3)),
            end: Some(Time(9)),
            ips: list(&["b", "a"]),
            tactics: vec!["persistence", "impact"],
            ext: vec![("user name".into(), "y".into()), ("z".into(), "w".into())],
            ..alert(1, AlertStatus::Active)
        };
        let all = joined(&[first, second]);
        assert_eq!((all.title.as_deref(), all.product.as_deref()), (Some("t"), Some("p")));
        assert_eq!((all.start, all.end), (Some(Time(3)), Some(Time(9))));
        assert_eq!(all.ips, ["a", "b"]);
        assert_eq!(all.tactics, ["execution", "persistence", "impact"]);
        assert_eq!(all.ext.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(), ["User Name", "z"]);
    }

    #[test]
    fn a_time_that_an_export_cut_short_hides_no_exact_one() {
        let time = |text: &str| Time::parse(text, crate::base::DateOrder::default());
        let exact = time("2026-01-05T08:00:07.1234567Z");
        for cut in ["2026-01-05T08:00:07.123Z", "2026-01-05T08:00:07Z"] {
            assert_eq!(earlier(time(cut), exact), exact);
            assert_eq!(earlier(exact, time(cut)), exact);
        }
        for before in ["2026-01-05T08:00:07.122Z", "2026-01-05T08:00:06Z"] {
            assert_eq!(earlier(exact, time(before)), time(before));
        }
        assert_eq!(earlier(None, exact), exact);
    }
}
