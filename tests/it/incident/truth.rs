//! What a reader of the incident must find, counted from the abstract model and never from a
//! rendering.

use std::collections::{BTreeMap, BTreeSet};

use super::Shape;
use super::model::{Author, Incident, Operation, Phase};
use super::row::{Row, rows};

/// The counts of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    /// Activity Log events, Security events included.
    pub(crate) events: usize,
    /// Operations: events with the same correlation id, operation name and resource id; the
    /// authorization provider's own rows belong to the operation that they repeat. Evaluations of
    /// an operation by Azure Policy are events only.
    pub(crate) operations: usize,
    /// Operations that ended well.
    pub(crate) succeeded: usize,
    /// Operations that were refused.
    pub(crate) failed: usize,
    /// Operations that were accepted and never seen to end.
    pub(crate) accepted: usize,
    /// Operations without outcome: only begun, or of a category that has none.
    pub(crate) unknown: usize,
    /// Events of each category.
    pub(crate) categories: BTreeMap<String, usize>,
    /// Users by report key.
    pub(crate) users: BTreeMap<String, UserTruth>,
    /// Events without any actor: health, advice, alerts.
    pub(crate) actorless: usize,
    /// Events that the authorization provider wrote beside a role assignment.
    pub(crate) own_rows: usize,
    /// Defender alerts, each once, whatever its state.
    pub(crate) alerts: usize,
    /// Time of the first and last event, in ticks.
    pub(crate) span: (u64, u64),
}

/// What is true of one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserTruth {
    /// Kind, in the words of the reports; `foreign` for delegated access.
    pub(crate) kind: &'static str,
    /// Events that it is the actor of.
    pub(crate) events: usize,
    /// Operations that it is the actor of.
    pub(crate) operations: usize,
    /// Those of them that failed.
    pub(crate) failed: usize,
    /// Addresses that its requests came from.
    pub(crate) addresses: BTreeSet<String>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Ended well.
    Succeeded,
    /// Was refused.
    Failed,
    /// Accepted, end not seen.
    Accepted,
    /// Begun only, or no ARM call.
    Unknown,
}

/// Returns the outcome that the events of an operation show; an end outweighs an acceptance.
pub(crate) fn outcome(operation: &Operation) -> Outcome {
    let has = |phase| operation.events.iter().any(|event| event.phase == phase);
    match () {
        () if has(Phase::Failed) => Outcome::Failed,
        () if has(Phase::Succeeded) => Outcome::Succeeded,
        () if has(Phase::Accepted) => Outcome::Accepted,
        () => Outcome::Unknown,
    }
}

impl Truth {
    /// Counts the whole incident.
    pub(crate) fn of(incident: &Incident) -> Self {
        let mut truth = Truth { alerts: incident.alerts.len(), ..Truth::default() };
        for operation in incident.operations.iter().filter(|o| o.category != "Policy") {
            truth.operations += 1;
            match outcome(operation) {
                Outcome::Succeeded => truth.succeeded += 1,
                Outcome::Failed => truth.failed += 1,
                Outcome::Accepted => truth.accepted += 1,
                Outcome::Unknown => truth.unknown += 1,
            }
            if let Some(user) = truth.user(incident, operation) {
                user.operations += 1;
                user.failed += usize::from(outcome(operation) == Outcome::Failed);
            }
        }
        let rows = rows(incident);
        for row in &rows {
            truth.count(row);
        }
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            truth.span = (first.event.ticks, last.event.ticks);
        }
        truth
    }

    fn count(&mut self, row: &Row<'_>) {
        self.events += 1;
        *self.categories.entry(row.operation.category.clone()).or_default() += 1;
        self.own_rows += usize::from(row.event.author == Author::Authorization);
        self.actorless += usize::from(row.principal().is_none());
        if let Some(user) = self.user(row.incident, row.operation) {
            user.events += 1;
            user.addresses.extend(row.operation.address.clone());
        }
    }

    fn user(&mut self, incident: &Incident, operation: &Operation) -> Option<&mut UserTruth> {
        let principal = &incident.principals[operation.principal?];
        let user = self.users.entry(principal.key()).or_default();
        user.kind = principal.kind.word();
        Some(user)
    }
}

/// Something that a shape cannot carry; a reader must not be blamed for missing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// `eventDataId`: duplicates are found by [`fingerprint`] only.
    EventId,
    /// Claims: kinds of users cannot be told, and delegated access cannot be seen.
    Claims,
    /// Request addresses.
    Address,
    /// The ARM operation name; the shown one is there. Where claims are, ARM's own stands in the
    /// authorization and in `message`, for calls alone.
    OperationName,
    /// Bodies: grants cannot be read.
    Bodies,
    /// The role assignment that allowed the call.
    Evidence,
    /// The resource tenant, other than through the hierarchy.
    Tenant,
    /// The operation id.
    OperationId,
}

/// Returns what a shape lacks.
pub(crate) fn lacks(shape: Shape) -> &'static [Lack] {
    match shape {
        Shape::Rest | Shape::RestArray | Shape::PythonSdk => &[Lack::Evidence],
        Shape::StorageNdjson | Shape::EventHub | Shape::ElasticAgent => {
            &[Lack::EventId, Lack::OperationId]
        }
        Shape::LogAnalyticsJson | Shape::LogAnalyticsCsv | Shape::LogAnalyticsExport => {
            &[Lack::Tenant, Lack::OperationId]
        }
        Shape::PowerShell51 => &[Lack::Evidence, Lack::Tenant],
        Shape::PowerShell7 => &[Lack::Evidence, Lack::Tenant, Lack::OperationName],
        Shape::PortalCsv => &[
            Lack::EventId,
            Lack::Claims,
            Lack::Address,
            Lack::OperationName,
            Lack::Bodies,
            Lack::Evidence,
            Lack::Tenant,
            Lack::OperationId,
        ],
    }
}

/// Returns the ticks in the finest unit of a shape's times: 1, 10 (microseconds) or 10,000
/// (milliseconds; the ticks at the end of PowerShell's `Id` still tell the exact time).
pub(crate) fn precision(shape: Shape) -> u64 {
    match shape {
        Shape::LogAnalyticsCsv | Shape::PowerShell51 => 10_000,
        Shape::PythonSdk => 10,
        _ => 1,
    }
}

/// Identifies an event across shapes, for those without `eventDataId`: time in milliseconds,
/// correlation id, operation, resource without dashes and phase.
pub(crate) fn fingerprint(row: &Row<'_>) -> (u64, String, String, String, Phase) {
    (
        row.event.ticks / 10_000,
        row.operation.correlation.to_lowercase(),
        row.operation.name.to_uppercase(),
        row.operation.resource.to_lowercase().replace('-', ""),
        row.event.phase,
    )
}

#[cfg(test)]
mod tests {
    use super::super::{render, story, time};
    use super::*;

    #[test]
    fn the_parts_add_up() {
        let truth = Truth::of(&story());
        let outcomes = truth.succeeded + truth.failed + truth.accepted + truth.unknown;
        assert_eq!(outcomes, truth.operations);
        assert_eq!(truth.categories.values().sum::<usize>(), truth.events);
        let acted: usize = truth.users.values().map(|user| user.events).sum();
        assert_eq!(acted + truth.actorless, truth.events);
    }

    #[test]
    fn the_counts_of_the_story_stay_what_other_tests_know() {
        let truth = Truth::of(&story());
        assert_eq!((truth.events, truth.operations, truth.alerts), (287, 132, 7));
        let outcomes = [truth.succeeded, truth.failed, truth.accepted, truth.unknown];
        assert_eq!(outcomes, [117, 6, 2, 7]);
        assert_eq!((truth.own_rows, truth.actorless, truth.users.len()), (3, 7, 11));
        assert_eq!(time::iso_trimmed(truth.span.0).get(..13), Some("2026-03-02T01"));
        assert_eq!(time::iso_trimmed(truth.span.1).get(..13), Some("2026-03-06T18"));
    }

    #[test]
    fn operations_differ_in_correlation_name_or_resource() {
        let story = story();
        let keys: BTreeSet<_> = story
            .operations
            .iter()
            .filter(|o| o.category != "Policy")
            .map(|o| (&o.correlation, o.name.to_uppercase(), o.resource.to_lowercase()))
            .collect();
        assert_eq!(keys.len(), Truth::of(&story).operations);
    }

    #[test]
    fn no_two_events_share_a_fingerprint() {
        let story = story();
        let rows = rows(&story);
        let keys: BTreeSet<_> = rows.iter().map(fingerprint).collect();
        assert_eq!(keys.len(), rows.len());
        let ids: BTreeSet<_> = rows.iter().map(|row| &row.event.id).collect();
        assert_eq!(ids.len(), rows.len());
    }

    #[test]
    fn what_a_shape_lacks_does_not_stand_in_its_text() {
        let story = story();
        for shape in Shape::ALL {
            let files = render(&story, shape);
            let text: String =
                files.iter().map(|(_, b)| String::from_utf8_lossy(b).replace('\0', "")).collect();
            let event = &story.operations[0].events[0].id;
            assert_eq!(text.contains(event.as_str()), !lacks(shape).contains(&Lack::EventId));
            let claim = text.contains("claims/nameidentifier");
            assert_eq!(claim, !lacks(shape).contains(&Lack::Claims), "{shape:?}");
            let evidence = text.contains("roleAssignmentScope");
            assert_eq!(evidence, !lacks(shape).contains(&Lack::Evidence), "{shape:?}");
            let exact = time::iso(story.operations[0].events[0].ticks, 7);
            let exact = exact.trim_end_matches('Z').trim_end_matches('0');
            let plain = text.replace(&time::iso(story.operations[0].events[0].submitted, 7), "");
            assert_eq!(plain.contains(exact), precision(shape) == 1, "{shape:?}");
        }
    }
}
