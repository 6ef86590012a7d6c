//! What the marks of analysts do: expected findings are folded, alerts get their verdict, and
//! everything a mark cannot be applied to is told.

mod alert;
mod settle;

use std::collections::{BTreeMap, BTreeSet};

use super::fold::Folds;
use super::model::{
    Alert, Finding, FoldReason, Folded, MarkRow, MarkState, Marked, NewGroup, Report, Risk,
    TriageReport,
};
use crate::base::{Text, Time};
use crate::corpus::Corpus;
use crate::detect;
use crate::entity::Principals;
use crate::rule::{Level, RuleSet};
use crate::triage::{Decision, Mark, Topic, Triage, group_id};
pub(super) use alert::excuse;
use alert::named;
pub(super) use settle::settle;

/// The marks of a run by their targets.
pub(super) struct Judge<'t> {
    triage: &'t Triage,
    marks: BTreeMap<(Topic, String), &'t Mark>,
    now: Option<Time>,
    /// Every group that has a finding, folded ones too.
    groups: BTreeSet<String>,
    /// The marks that make alerts expected, by the place of these in the corpus.
    excuses: BTreeMap<u32, &'t Mark>,
}

impl<'t> Judge<'t> {
    /// Marks that expired by `now` do not count; without a clock the last event of the evidence is now.
    pub(super) fn new(
        triage: &'t Triage,
        now: Option<Time>,
        corpus: &Corpus,
        principals: &Principals,
    ) -> Self {
        let id = |name: &str| principals.find(name).map(|p| principals.all[p].id.clone());
        let marks = triage.by_target(id);
        let now = now.or_else(|| corpus.spine.time.iter().copied().max());
        let (groups, excuses) = (BTreeSet::new(), BTreeMap::new());
        Judge { triage, marks, now, groups, excuses }
    }

    /// Returns the mark on a target that decides and counts.
    fn on(&self, kind: Topic, id: &str) -> Option<&'t Mark> {
        let mark = *self.marks.get(&(kind, id.to_lowercase()))?;
        (mark.decision != Decision::Undecided && !mark.is_expired(self.now)).then_some(mark)
    }

    /// The same, where it says so.
    fn says(&self, decision: Decision, kind: Topic, id: &str) -> Option<&'t Mark> {
        self.on(kind, id).filter(|mark| mark.decision == decision)
    }

    /// Whether a principal is marked as expected.
    pub(super) fn expects_principal(&self, id: &str) -> bool {
        self.says(Decision::Expected, Topic::Principal, id).is_some()
    }

    /// Whether a change of rights is marked as expected.
    pub(super) fn expects_grant(&self, id: &str) -> bool {
        self.says(Decision::Expected, Topic::Grant, id).is_some()
    }

    /// Whether any change of rights is marked.
    pub(super) fn has_grants(&self) -> bool {
        self.marks.keys().any(|(kind, _)| *kind == Topic::Grant)
    }

    /// Whether a finding that others had a part in, and that is told for their sake, does not count against a
    /// principal, which is marked as expected.
    pub(super) fn acquits(&self, id: &str, finding: &Finding) -> bool {
        finding.actors().len() > 1
            && self.expects_principal(id)
            && self.says(Decision::Unexpected, Topic::Group, &finding.group_id()).is_none()
    }

    /// Why a principal is marked as expected; `None` where it is not.
    pub(super) fn knows_principal(&self, id: &str) -> Option<String> {
        let mark = self.says(Decision::Expected, Topic::Principal, id)?;
        Some(format!("marked expected by {}: {}", mark.author, mark.reason))
    }

    /// Why a principal is marked as unexpected; `None` where it is not.
    pub(super) fn doubts_principal(&self, id: &str) -> Option<String> {
        let mark = self.says(Decision::Unexpected, Topic::Principal, id)?;
        Some(format!("marked unexpected by {}: {}", mark.author, mark.reason))
    }

    /// Takes note of the groups that there are, so that a mark on one that is not shown is no unknown one.
    pub(super) fn see(
        &mut self,
        verdict: &detect::Verdict,
        rules: &RuleSet,
        principals: &Principals,
    ) {
        let group = |found: &detect::Finding| {
            group_id(&rules.rules()[found.rule].id, who(principals, found))
        };
        self.groups = verdict.findings.iter().chain(&verdict.excused).map(group).collect();
    }

    /// Takes the expected findings out and returns how many there were, by mark, then by rule.
    pub(super) fn fold(
        &self,
        folds: &Folds<'_>,
        principals: &Principals,
        verdict: &mut detect::Verdict,
    ) -> Vec<Folded> {
        let target = |found: &detect::Finding| Target::of(folds, principals, found);
        let excused = std::mem::take(&mut verdict.excused);
        let marks = self.excuses_of(folds.corpus, &excused);
        let stays = |found: &detect::Finding| {
            let (target, mark) = (target(found), marks.of(found));
            // Nor does an address explain it by way of an alert.
            let by_address = mark.is_some_and(|mark| mark.kind == Topic::Address);
            self.is_doubted(&target) || (target.critical && by_address)
        };
        let (doubted, mut excused): (Vec<_>, Vec<_>) = excused.into_iter().partition(stays);
        if !doubted.is_empty() {
            verdict.findings.extend(doubted);
            verdict.findings.sort_by(|a, b| (a.first, &a.id).cmp(&(b.first, &b.id)));
        }
        let by_mark = |mark: &Mark| FoldReason::expected(&mark.author, &mark.reason, mark.label());
        let why = |found: &detect::Finding| self.explains(&target(found)).map(by_mark);
        let mut folded = folds.fold_by(&mut verdict.findings, why);
        let why = |found: &detect::Finding| {
            let mark = self.explains(&target(found));
            mark.or_else(|| marks.of(found)).map(by_mark)
        };
        folded.extend(folds.fold_by(&mut excused, why));
        folded
    }

    /// Whether a mark says of anything that makes a finding expected that it is not.
    fn is_doubted(&self, target: &Target<'_>) -> bool {
        target.all().any(|(kind, id)| self.says(Decision::Unexpected, kind, id).is_some())
    }

    /// Returns the mark that makes a finding expected: on its group, on all who had a part in it, or on all
    /// its addresses.
    ///
    /// An address says little of who uses it, so it explains nothing critical.
    fn explains(&self, target: &Target<'_>) -> Option<&'t Mark> {
        if self.is_doubted(target) {
            return None;
        }
        let of_addresses = || self.all_expected(target.addresses());
        self.says(Decision::Expected, Topic::Group, &target.group)
            .or_else(|| self.all_expected(target.people()))
            .or_else(|| if target.critical { None } else { of_addresses() })
    }

    /// Returns the first of the marks that make all of some targets expected; `None` where one is not, or
    /// where there is none.
    fn all_expected<'i>(
        &self,
        targets: impl Iterator<Item = (Topic, &'i str)>,
    ) -> Option<&'t Mark> {
        let marks = targets.map(|(kind, id)| self.says(Decision::Expected, kind, id));
        marks.collect::<Option<Vec<_>>>()?.into_iter().next()
    }

    /// Names unexpected marks with the risks they bear on, shows marks on lists, and tells of the file;
    /// [`settle()`] has to follow when the steps are there.
    pub(super) fn tell(&self, report: &mut Report, corpus: &Corpus, principals: &Principals) {
        self.name_unexpected(report);
        let changes = report.subscriptions.iter_mut().flat_map(|s| &mut s.iam_changes);
        for change in changes.chain(&mut report.tenant_iam_changes) {
            change.triage = self.marked(Topic::Grant, &change.grant_id());
        }
        for subscription in &mut report.subscriptions {
            for runbook in &mut subscription.runbooks {
                runbook.triage = self.marked(Topic::Runbook, &runbook.resource_id);
            }
            for residue in &mut subscription.residue {
                let id = residue.resource_id.as_str();
                // What stands in both lists may be marked in either.
                let mark = self.marked(Topic::Resource, id);
                let mark = mark.or_else(|| self.marked(Topic::Runbook, id));
                residue.triage = mark.map(Box::new);
            }
        }
        for residue in &mut report.tenant_residue {
            residue.triage = self.marked(Topic::Resource, &residue.resource_id).map(Box::new);
        }
        let exists = Targets::of(report, corpus, principals, &self.groups);
        let rows: Vec<MarkRow> = self.triage.marks.iter().map(|m| self.row(m, &exists)).collect();
        report.triage = Some(TriageReport {
            file: self.triage.path.clone(),
            sha256: self.triage.sha256.clone(),
            new_alerts: self.new_alerts(&report.alerts),
            new_finding_groups: self.new_groups(&report.findings),
            marks: rows,
            ..TriageReport::default()
        });
    }

    fn row(&self, mark: &Mark, exists: &Targets<'_>) -> MarkRow {
        let state = if mark.is_expired(self.now) {
            MarkState::Expired
        } else if !exists.has(mark) {
            MarkState::Unknown
        } else if mark.decision == Decision::Undecided {
            MarkState::Undecided
        } else {
            MarkState::Applied
        };
        MarkRow {
            kind: mark.kind.as_str(),
            id: mark.id.clone(),
            mark: mark.decision.as_str(),
            reason: mark.reason.clone(),
            author: mark.author.clone(),
            expires: mark.expires,
            state,
        }
    }

    fn marked(&self, kind: Topic, id: &str) -> Option<Marked> {
        self.on(kind, id).map(|mark| Marked {
            mark: mark.decision.as_str(),
            by: mark.author.clone(),
            reason: mark.reason.clone(),
        })
    }

    fn mentions(&self, kind: Topic, id: &str) -> bool {
        self.marks.contains_key(&(kind, id.to_lowercase()))
    }

    fn new_alerts(&self, alerts: &[Alert]) -> Vec<String> {
        let open = alerts.iter().filter(|alert| alert.is_open());
        open.filter(|a| !self.mentions(Topic::Alert, &a.id)).map(|a| a.id.clone()).collect()
    }

    fn new_groups(&self, findings: &[Finding]) -> Vec<NewGroup> {
        let mut seen = BTreeSet::new();
        let mut new = Vec::new();
        for finding in findings {
            let id = finding.group_id();
            if !self.mentions(Topic::Group, &id) && seen.insert(id.clone()) {
                new.push(NewGroup {
                    id,
                    rule_id: finding.rule.id.to_string(),
                    title: finding.rule.title.to_string(),
                    principal: finding.principal.as_ref().map(String::from),
                });
            }
        }
        new
    }

    /// Puts unexpected marks before the reasons of the risks of what they touch; no score changes.
    fn name_unexpected(&self, report: &mut Report) {
        let groups: BTreeMap<Text, String> =
            report.findings.iter().map(|f| (f.id.clone(), f.group_id())).collect();
        let against = |alerts: &[String], findings: &[Text]| {
            let alerts = alerts.iter().map(|id| (Topic::Alert, id.clone()));
            let groups = findings.iter().filter_map(|id| groups.get(id));
            alerts.chain(groups.map(|id| (Topic::Group, id.clone()))).collect::<Vec<_>>()
        };
        for user in &mut report.users {
            let mut touched = against(&user.alerts, &user.findings);
            touched.push((Topic::Principal, user.id.clone()));
            touched.extend(user.ips.iter().map(|ip| (Topic::Address, ip.clone())));
            self.name(&mut user.risk, &touched);
        }
        for entry in &mut report.subscriptions {
            let mut touched = against(&entry.alerts, &entry.findings);
            touched
                .extend(entry.iam_changes.iter().map(|change| (Topic::Grant, change.grant_id())));
            let runbooks = entry.runbooks.iter().map(|r| (Topic::Runbook, r.resource_id.clone()));
            let residue = entry.residue.iter();
            let residue = residue.map(|r| (Topic::Resource, r.resource_id.as_str().to_owned()));
            touched.extend(runbooks.chain(residue));
            self.name(&mut entry.risk, &touched);
        }
        for machine in &mut report.virtual_machines {
            let mut touched = against(&machine.alerts, &machine.findings);
            touched.push((Topic::Resource, machine.resource_id.to_string()));
            self.name(&mut machine.risk, &touched);
        }
    }

    fn name(&self, risk: &mut Risk, touched: &[(Topic, String)]) {
        let unexpected = |(kind, id): &(Topic, String)| {
            let mark = self.says(Decision::Unexpected, *kind, id)?;
            Some(format!(
                "marked unexpected by {}: {} ({})",
                mark.author,
                mark.reason,
                mark.label()
            ))
        };
        let reasons: BTreeSet<String> = touched.iter().filter_map(unexpected).collect();
        risk.because.splice(0..0, reasons.into_iter().map(Text::from));
    }
}

/// What of a finding there are marks on.
struct Target<'f> {
    group: String,
    actors: BTreeSet<&'f str>,
    /// Its addresses; `None` where an operation has none.
    ips: Option<BTreeSet<&'f str>>,
    critical: bool,
}

impl<'f> Target<'f> {
    fn of(folds: &'f Folds<'_>, principals: &'f Principals, found: &detect::Finding) -> Self {
        let rule = &folds.rules.rules()[found.rule];
        let identities = found.operations.iter().map(|&operation| folds.identity(operation));
        let identities: BTreeSet<u32> = identities.collect();
        Target {
            group: group_id(&rule.id, who(principals, found)),
            actors: identities.into_iter().map(|who| id_of(principals, who)).collect(),
            ips: found.operations.iter().map(|&operation| folds.ip(operation)).collect(),
            critical: rule.level == Level::Critical,
        }
    }

    fn people(&self) -> impl Iterator<Item = (Topic, &str)> {
        self.actors.iter().map(|id| (Topic::Principal, *id))
    }

    fn addresses(&self) -> impl Iterator<Item = (Topic, &str)> {
        self.ips.iter().flatten().map(|ip| (Topic::Address, *ip))
    }

    fn all(&self) -> impl Iterator<Item = (Topic, &str)> {
        let group = std::iter::once((Topic::Group, self.group.as_str()));
        group.chain(self.people()).chain(self.addresses())
    }
}

/// The id of the principal whose finding it is; empty without one.
fn who<'p>(principals: &'p Principals, found: &detect::Finding) -> &'p str {
    id_of(principals, found.identity)
}

fn id_of(principals: &Principals, identity: u32) -> &str {
    principals.of(identity).map_or("", |p| principals.all[p].id.as_str())
}

/// What there is to mark.
struct Targets<'a> {
    known: BTreeSet<(Topic, String)>,
    groups: &'a BTreeSet<String>,
    corpus: &'a Corpus,
    principals: &'a Principals,
}

impl<'a> Targets<'a> {
    fn of(
        report: &Report,
        corpus: &'a Corpus,
        principals: &'a Principals,
        groups: &'a BTreeSet<String>,
    ) -> Self {
        let mut known = BTreeSet::new();
        for alert in &report.alerts {
            known.insert((Topic::Alert, alert.id.to_lowercase()));
            for (kind, ids) in named(alert) {
                known.extend(ids.iter().map(|id| (kind, id.to_lowercase())));
            }
        }
        let changes = report.subscriptions.iter().flat_map(|s| &s.iam_changes);
        for change in changes.chain(&report.tenant_iam_changes) {
            known.insert((Topic::Grant, change.grant_id()));
        }
        for runbook in report.subscriptions.iter().flat_map(|s| &s.runbooks) {
            known.insert((Topic::Runbook, runbook.resource_id.to_lowercase()));
        }
        Targets { known, groups, corpus, principals }
    }

    fn has(&self, mark: &Mark) -> bool {
        let names = &self.corpus.names;
        let in_events = match mark.kind {
            Topic::Group => self.groups.contains(&mark.id),
            Topic::Principal => self.principals.find(&mark.id).is_some(),
            Topic::Address => names.ip.find(&mark.id).is_some(),
            Topic::Resource => names.resource.find(&mark.id).is_some(),
            Topic::Alert | Topic::Runbook | Topic::Grant => false,
            // Steps are not made yet: see `settle`.
            Topic::Step => true,
        };
        in_events || self.known.contains(&(mark.kind, mark.id.clone()))
    }
}
