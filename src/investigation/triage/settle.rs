//! What a triage file came to: marks on steps are judged when these are there, which is last of all, and
//! then all marks are counted.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Diagnostic, Impact, MarkState, Marked, Report, Step, TriageReport};
use crate::diag::Code;
use crate::triage::{Decision, Topic};

/// Shows on each step that it was taken, and tells what became of the marks of the file.
pub(in super::super) fn settle(report: &mut Report) {
    let Some(mut triage) = report.triage.take() else { return };
    let steps: BTreeMap<&str, Option<Marked>> = (triage.marks.iter())
        .filter(|row| row.kind == Topic::Step.as_str() && row.state != MarkState::Expired)
        .map(|row| {
            let is_done = row.mark == Decision::Done.as_str();
            let marked =
                || Marked { mark: row.mark, by: row.author.clone(), reason: row.reason.clone() };
            (row.id.as_str(), is_done.then(marked))
        })
        .collect();
    let mut seen = BTreeSet::new();
    if !steps.is_empty() {
        for step in steps_of(report) {
            let id = step.id();
            if let Some(mark) = steps.get(id.as_str()) {
                step.triage = mark.clone().map(Box::new);
                seen.insert(id);
            }
        }
    }
    let gone: BTreeSet<String> =
        steps.into_keys().filter(|id| !seen.contains(*id)).map(str::to_owned).collect();
    for row in triage.marks.iter_mut().filter(|row| row.kind == Topic::Step.as_str()) {
        if gone.contains(&row.id) {
            row.state = MarkState::Unknown;
        }
    }
    let count = |state| triage.marks.iter().filter(|row| row.state == state).count() as u64;
    (triage.applied, triage.expired, triage.unknown) =
        (count(MarkState::Applied), count(MarkState::Expired), count(MarkState::Unknown));
    for (code, state) in
        [(Code::TriageExpired, MarkState::Expired), (Code::TriageUnknown, MarkState::Unknown)]
    {
        report.evidence.diagnostics.extend(diagnostic(code, &triage, state));
    }
    report.triage = Some(triage);
}

/// Every step, as often as somebody asks for it.
fn steps_of(report: &mut Report) -> impl Iterator<Item = &mut Step> {
    let users = report.users.iter_mut().flat_map(|user| &mut user.mitigation);
    let entries = report.subscriptions.iter_mut().flat_map(|entry| &mut entry.mitigation);
    let machines = report.virtual_machines.iter_mut().flat_map(|entry| &mut entry.mitigation);
    let alerts = report.alerts.iter_mut().flat_map(|alert| &mut alert.mitigation);
    users.chain(entries).chain(machines).chain(alerts)
}

/// At most this many marks are named in a diagnostic; `triage.marks` of the report has all.
const NAMED: usize = 3;

fn diagnostic(code: Code, triage: &TriageReport, state: MarkState) -> Option<Diagnostic> {
    let all = triage.marks.iter().filter(|row| row.state == state);
    let names: Vec<String> = all.map(|row| format!("{} {}", row.kind, row.id)).collect();
    (!names.is_empty()).then(|| Diagnostic {
        code: code.name().to_owned(),
        impact: Impact::Note,
        count: names.len() as u64,
        message: format!("{}: {}", code.text(), names[..names.len().min(NAMED)].join("; ")),
        files: vec![triage.file.clone()],
    })
}
