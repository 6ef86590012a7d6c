//! Operations as tables show them: every one, in order of time.

use std::borrow::Cow;
use std::path::Path;

use super::facts::{Facts, text};
use super::model::{OperationRow, Operations, OutcomeCounts};
use super::user::client;
use crate::base::dict::Dict;
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
    let names = &facts.corpus.names;
    let texts = |value: &mut dyn FnMut(&Operation) -> Option<String>| {
        Series::Text(operations.iter().map(|o| value(o).map(Cow::Owned)).collect())
    };
    let column = |code: fn(&Operation) -> u32, dict| Series::Text(borrowed(operations, code, dict));
    let event = |o: &Operation| facts.corpus.spine.event_id(facts.ledger.rows_of(o)[0] as usize);
    let who = operations.iter().map(|o| facts.who(o.identity).map(Cow::Borrowed)).collect();
    let columns = vec![
        ("operation_id", texts(&mut |o| Some(id(facts, o)))),
        ("first_time", Series::Time(operations.iter().map(|o| Some(o.first)).collect())),
        ("last_time", Series::Time(operations.iter().map(|o| Some(o.last)).collect())),
        ("operation", column(|o| o.operation, &names.operation)),
        ("category", column(category, &names.category)),
        (
            "outcome",
            Series::Text(
                operations.iter().map(|o| Some(Cow::Borrowed(o.outcome.as_str()))).collect(),
            ),
        ),
        ("user_id", Series::Text(who)),
        ("client_ip", column(|o| o.ip, &names.ip)),
        ("subscription_id", column(|o| o.subscription, &names.subscription)),
        ("resource_id", column(|o| o.resource, &names.resource)),
        ("resource_type", column(|o| o.kind, &names.kind)),
        (
            "http_status",
            Series::Number(
                operations.iter().map(|o| (o.http != 0).then_some(i64::from(o.http))).collect(),
            ),
        ),
        ("error_code", column(|o| o.error, &names.error)),
        ("events", Series::Number(operations.iter().map(|o| Some(i64::from(o.events))).collect())),
        ("first_event", texts(&mut |o| Some(format!("{:016x}", event(o))))),
    ];
    write_table(path, columns).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// The texts behind the codes of all operations.
fn borrowed<'n>(
    operations: &[Operation],
    code: fn(&Operation) -> u32,
    dict: &'n Dict,
) -> Vec<Option<Cow<'n, str>>> {
    operations.iter().map(|o| text(dict, code(o)).map(Cow::Borrowed)).collect()
}

fn category(operation: &Operation) -> u32 {
    if operation.category == u16::MAX { crate::corpus::NONE } else { u32::from(operation.category) }
}
