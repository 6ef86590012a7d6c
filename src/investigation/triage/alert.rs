//! What marks do to alerts, and to findings that rest on nothing else.

use std::collections::BTreeMap;

use super::super::alert;
use super::super::model::{Alert, Level, Verdict};
use super::Judge;
use crate::corpus::Corpus;
use crate::detect;
use crate::entity::Principals;
use crate::triage::{Decision, Mark, Topic};

/// Lets rules make nothing of the alerts that marks make expected, and keeps what they had made of them apart.
///
/// `again` judges once more; that is asked for only where there is such an alert.
pub(in super::super) fn excuse(
    judge: Option<&mut Judge<'_>>,
    corpus: &mut Corpus,
    principals: &Principals,
    verdict: &mut detect::Verdict,
    again: impl FnOnce(&Corpus) -> detect::Verdict,
) {
    let Some(judge) = judge else { return };
    let marks = judge.of_rows(corpus, principals);
    for ((at, row), mark) in (0..).zip(&mut corpus.alerts).zip(marks) {
        let Some(mark) = mark.filter(|mark| mark.decision == Decision::Expected) else { continue };
        row.expected = true;
        judge.excuses.insert(at, mark);
    }
    if !judge.excuses.is_empty() {
        let with_all = std::mem::replace(verdict, again(corpus));
        verdict.replace(with_all);
    }
}

/// What something about alerts names, the kind that says most of it first.
pub(super) type Named<'a> = [(Topic, &'a [String]); 3];

impl<'t> Judge<'t> {
    /// The mark on each alert of the evidence, in their order.
    fn of_rows(&self, corpus: &Corpus, principals: &Principals) -> Vec<Option<&'t Mark>> {
        let machines = alert::Machines::of(corpus);
        let of_row = |row: &crate::corpus::AlertRow| {
            let (people, resources) = alert::named(principals, &machines, &row.alert);
            let named = [
                (Topic::Principal, people.as_slice()),
                (Topic::Resource, &resources),
                (Topic::Address, &row.alert.ips),
            ];
            let severity = row.alert.severity.and_then(|s| Level::parse(s.as_str()));
            self.decides(&row.alert.key, &named, severity == Some(Level::Critical))
        };
        corpus.alerts.iter().map(of_row).collect()
    }

    /// Sets the verdict of every alert that marks decide.
    pub(in super::super) fn alerts(&self, alerts: &mut [Alert]) {
        for alert in alerts {
            let critical = alert.level() == Level::Critical;
            let Some(mark) = self.decides(&alert.id, &named(alert), critical) else { continue };
            alert.verdict = match mark.decision {
                Decision::Expected => Verdict::Expected,
                Decision::Unexpected | Decision::Undecided | Decision::Done => Verdict::Open,
            };
            alert.verdict_by = Some(mark.author.clone());
            alert.verdict_reason = Some(mark.reason.clone());
        }
    }

    /// The mark that decides on an alert: its own; else an unexpected one on anything it names; else
    /// expected ones on all of its principals, all of its resources, or all of its addresses.
    fn decides(&self, id: &str, named: &Named<'_>, critical: bool) -> Option<&'t Mark> {
        if let Some(own) = self.on(Topic::Alert, id) {
            return Some(own);
        }
        let mut all = named.iter().flat_map(|(kind, ids)| ids.iter().map(move |id| (*kind, id)));
        let unexpected = all.find_map(|(kind, id)| self.says(Decision::Unexpected, kind, id));
        unexpected.or_else(|| {
            named.iter().find_map(|(kind, ids)| {
                if *kind == Topic::Address && critical {
                    return None;
                }
                self.all_expected(ids.iter().map(|id| (*kind, id.as_str())))
            })
        })
    }

    /// Returns the marks that excuse some findings, which rest on nothing but expected alerts.
    pub(super) fn excuses_of(
        &self,
        corpus: &Corpus,
        findings: &[detect::Finding],
    ) -> Excuses<'_, 't> {
        let key = |(at, _): &(&u32, &&Mark)| &corpus.alerts[**at as usize].alert.key;
        let any = self.excuses.iter().min_by_key(key).map(|(_, mark)| *mark);
        let mut excuses = Excuses { by_alert: &self.excuses, by_identity: BTreeMap::new(), any };
        for found in findings {
            if let Some(mark) = excuses.named(found) {
                excuses.by_identity.entry(found.identity).or_insert(mark);
            }
        }
        excuses
    }
}

/// The marks that excuse findings.
pub(super) struct Excuses<'e, 't> {
    by_alert: &'e BTreeMap<u32, &'t Mark>,
    /// Of whom alerts speak, for findings that only sum up others.
    by_identity: BTreeMap<u32, &'t Mark>,
    /// For findings that neither names: the mark on the alert whose id comes first.
    any: Option<&'t Mark>,
}

impl<'t> Excuses<'_, 't> {
    /// The mark on the first alert that a finding rests on.
    fn named(&self, found: &detect::Finding) -> Option<&'t Mark> {
        found.alerts.iter().find_map(|at| self.by_alert.get(at).copied())
    }

    /// The mark that excuses a finding.
    pub(super) fn of(&self, found: &detect::Finding) -> Option<&'t Mark> {
        let of_same = || self.by_identity.get(&found.identity).copied();
        self.named(found).or_else(of_same).or(self.any)
    }
}

/// What an alert names.
pub(super) fn named(alert: &Alert) -> Named<'_> {
    [
        (Topic::Principal, &alert.principals),
        (Topic::Resource, &alert.resources),
        (Topic::Address, &alert.ips),
    ]
}
