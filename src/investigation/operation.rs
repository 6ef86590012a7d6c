//! Operations as tables show them: every one, in order of time.

use std::path::Path;

use super::facts::{Facts, text};
use super::model::{OperationRow, Operations, OutcomeCounts};
use super::user::client;
use crate::base::hash::KeyHasher;
use crate::corpus::{Series, write_table};
use crate::ledger::{Operation, Outcome};

/// Returns the counts of the operations.
pub(super) fn counts(facts: &Facts<'_>) -> Operations {
    let mut by_outcome = OutcomeCounts::default();
    for operation in &facts.ledger.operations {
        *match operation.outcome {
            Outcome::Succeeded => &mut by_outcome.succeeded,
            Outcome::Failed => &mut by_outcome.failed,
            Outcome::Accepted => &mut by_outcome.accepted,
            Outcome::Unknown => &mut by_outcome.unknown,
        } += 1;
    }
    Operations {
        count: facts.ledger.operations.len() as u64,
        events: facts.ledger.rows.len() as u64,
        by_outcome,
    }
}

/// Returns the row of one operation.
pub(super) fn row(facts: &Facts<'_>, operation: &Operation) -> OperationRow {
    let own = |value: Option<&str>| value.map(str::to_owned);
    OperationRow {
        id: id(facts, operation),
        first: Some(operation.first),
        last: Some(operation.last),
        operation: facts.operation(operation).to_owned(),
        outcome: operation.outcome.into(),
        user: own(facts.who(operation.identity)),
        subscription_id: own(facts.subscription(operation)),
        resource_id: own(facts.resource(operation)),
        ip: own(facts.ip(operation)),
        client: client(facts, operation.identity),
        events: u64::from(operation.events),
        http_status: (operation.http != 0).then(|| operation.http.to_string()),
        error_code: own(text(&facts.corpus.names.error, operation.error)),
    }
}

/// The id of an operation: that of its first event.
fn id(facts: &Facts<'_>, operation: &Operation) -> String {
    let first = facts.ledger.rows_of(operation)[0] as usize;
    let event = facts.corpus.spine.event_id(first);
    format!("o{:012x}", KeyHasher::new(b'O').field(&event.to_le_bytes()).finish() >> 16)
}

/// Writes all operations to the index.
pub(super) fn write(facts: &Facts<'_>, path: &Path) -> Result<(), String> {
    let operations = &facts.ledger.operations;
    let texts = |value: &dyn Fn(&Operation) -> Option<String>| {
        Series::Text(operations.iter().map(value).collect())
    };
    let own = |value: Option<&str>| value.map(str::to_owned);
    let columns = vec![
        ("operation_id", texts(&|o| Some(id(facts, o)))),
        ("first_time", Series::Time(operations.iter().map(|o| Some(o.first)).collect())),
        ("last_time", Series::Time(operations.iter().map(|o| Some(o.last)).collect())),
        ("operation", texts(&|o| own(text(&facts.corpus.names.operation, o.operation)))),
        ("category", texts(&|o| own(text(&facts.corpus.names.category, category(o))))),
        ("outcome", texts(&|o| Some(o.outcome.as_str().to_owned()))),
        ("user_id", texts(&|o| own(facts.who(o.identity)))),
        ("client_ip", texts(&|o| own(facts.ip(o)))),
        ("subscription_id", texts(&|o| own(facts.subscription(o)))),
        ("resource_id", texts(&|o| own(facts.resource(o)))),
        ("resource_type", texts(&|o| own(facts.kind(o)))),
        (
            "http_status",
            Series::Number(
                operations.iter().map(|o| (o.http != 0).then_some(i64::from(o.http))).collect(),
            ),
        ),
        ("error_code", texts(&|o| own(text(&facts.corpus.names.error, o.error)))),
        ("events", Series::Number(operations.iter().map(|o| Some(i64::from(o.events))).collect())),
        (
            "first_event",
            texts(&|o| {
                Some(format!(
                    "{:016x}",
                    facts.corpus.spine.event_id(facts.ledger.rows_of(o)[0] as usize)
                ))
            }),
        ),
    ];
    write_table(path, columns).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn category(operation: &Operation) -> u32 {
    if operation.category == u16::MAX { crate::corpus::NONE } else { u32::from(operation.category) }
}
