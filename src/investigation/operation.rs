//! Operations as tables show them: every one, in order of time.

use std::path::Path;

use super::facts::Facts;
use super::model::{OperationId, OperationRow, Operations, OutcomeCounts};
use crate::azure::app;
use crate::base::Time;
use crate::base::dict::Dict;
use crate::base::hash::hex;
use crate::base::index32;
use crate::corpus::{Series, write_table};
use crate::ledger::{Operation, Outcome};

/// Returns the counts of the operations.
pub(super) fn counts(facts: &Facts<'_>) -> Operations {
    let mut by_outcome = OutcomeCounts::default();
    let (mut count, mut events) = (0, 0);
    for operation in facts.operations() {
        count += 1;
        events += u64::from(operation.events);
        *match operation.outcome {
            Outcome::Succeeded => &mut by_outcome.succeeded,
            Outcome::Failed => &mut by_outcome.failed,
            Outcome::Accepted => &mut by_outcome.accepted,
            Outcome::Unknown => &mut by_outcome.unknown,
        } += 1;
    }
    Operations {
        count,
        events,
        policy_evaluations: facts.ledger.rows.len() as u64 - events,
        by_outcome,
    }
}

/// Returns the row of one operation; `clients` are those of all identities.
pub(super) fn row<'f>(
    facts: &Facts<'f>,
    operation: &Operation,
    clients: &'f [Option<&'static str>],
) -> OperationRow<'f> {
    OperationRow {
        id: id(facts, operation).to_string(),
        first: Some(operation.first),
        last: Some(operation.last),
        operation: facts.operation(operation),
        outcome: operation.outcome,
        user: facts.who(operation.identity),
        subscription_id: facts.subscription(operation),
        resource_id: facts.resource(operation),
        ip: facts.ip(operation),
        client: clients
            .get(operation.identity as usize)
            .copied()
            .flatten()
            .or_else(|| app_id(facts, operation)),
        events: u64::from(operation.events),
        http_status: (operation.http != 0).then_some(operation.http),
        error_code: facts.corpus.names.error.get(operation.error),
    }
}

/// The names of the client applications of all identities that have a known one.
pub(super) fn clients(facts: &Facts<'_>) -> Vec<Option<&'static str>> {
    facts.corpus.identities.iter().map(|id| app::by_id(&id.app_id).and_then(|a| a.name)).collect()
}

fn app_id<'f>(facts: &Facts<'f>, operation: &Operation) -> Option<&'f str> {
    let id = facts.corpus.identities.get(operation.identity as usize)?;
    (!id.app_id.is_empty()).then_some(id.app_id.as_str())
}

/// The id of an operation: that of its first event.
pub(super) fn id(facts: &Facts<'_>, operation: &Operation) -> OperationId {
    let first = facts.ledger.rows_of(operation)[0] as usize;
    OperationId::of(facts.corpus.spine.event_id(first))
}

/// Writes all operations to the index.
pub(super) fn write(facts: &Facts<'_>, folder: &Path) -> Result<(), String> {
    let all = &facts.ledger.operations;
    let own = (0_u32..).zip(all).filter(|(_, operation)| !facts.is_evaluation(operation));
    let own: Vec<u32> = own.map(|(place, _)| place).collect();
    let part = |range: std::ops::Range<usize>| -> Vec<Operation> {
        own[range].iter().map(|&place| all[place as usize]).collect()
    };
    write_table(folder, "operations", own.len(), |range| columns(facts, &part(range)))
        .map_err(|error| format!("cannot write the index of operations: {error}"))
}

fn columns<'f>(facts: &Facts<'f>, operations: &[Operation]) -> Vec<(&'static str, Series<'f>)> {
    let names = &facts.corpus.names;
    let made =
        |value: &dyn Fn(&Operation) -> String| Series::Id(operations.iter().map(value).collect());
    let coded = |code: fn(&Operation) -> u32, dict: &'f Dict| {
        Series::Coded(operations.iter().map(code).collect(), dict)
    };
    let number = |value: &dyn Fn(&Operation) -> Option<i64>| {
        Series::Number(operations.iter().map(value).collect())
    };
    let time = |value: fn(&Operation) -> Time| {
        Series::Time(operations.iter().map(|o| Some(value(o))).collect())
    };
    let outcomes = Outcome::ALL.iter().map(|outcome| Some(outcome.as_str())).collect();
    let outcome = operations.iter().map(|o| o.outcome as usize).collect();
    let users = (0..index32(facts.corpus.identities.len())).map(|id| facts.who(id)).collect();
    let user = operations.iter().map(|o| o.identity as usize).collect();
    let event = |o: &Operation| facts.corpus.spine.event_id(facts.ledger.rows_of(o)[0] as usize);
    vec![
        ("operation_id", made(&|o| id(facts, o).to_string())),
        ("first_time", time(|o| o.first)),
        ("last_time", time(|o| o.last)),
        ("operation", coded(|o| o.operation, &names.operation)),
        ("category", coded(category, &names.category)),
        ("outcome", Series::Picked(outcome, outcomes)),
        ("user_id", Series::Picked(user, users)),
        ("client_ip", coded(|o| o.ip, &names.ip)),
        ("subscription_id", coded(|o| o.subscription, &names.subscription)),
        ("resource_id", coded(|o| o.resource, &names.resource)),
        ("resource_type", coded(|o| o.kind, &names.kind)),
        ("http_status", number(&|o| (o.http != 0).then_some(i64::from(o.http)))),
        ("error_code", coded(|o| o.error, &names.error)),
        ("events", number(&|o| Some(i64::from(o.events)))),
        ("first_event", made(&|o| hex(&event(o).to_be_bytes()))),
    ]
}

fn category(operation: &Operation) -> u32 {
    if operation.category == u16::MAX { crate::corpus::NONE } else { u32::from(operation.category) }
}
