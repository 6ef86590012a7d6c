//! The operation: its ARM name, what calls it, and its display name read back.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::super::field::text;
use super::super::{Fields, Row};
use crate::schema::Event;

/// Display names (English) and the operations they stand for, from REST exports that hold both.
static SHOWN: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    include_str!("../../azure/data/operation-names.tsv")
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once('\t'))
        .map(|(shown, operation)| (shown.to_ascii_lowercase(), operation))
        .collect()
});

/// Sets operation, provider and verb.
pub(super) fn set(f: &Fields<'_>, row: &mut Row) {
    let Some(written) = text(f.operation).or_else(|| text(f.operation_shown)) else { return };
    let written = written.trim();
    row.set(Event::OperationRaw, written);
    let operation = if is_arm(written) {
        written
    } else {
        SHOWN.get(&written.to_ascii_lowercase()).copied().unwrap_or(written)
    };
    row.set_upper(Event::Operation, operation);
    row.set(Event::Verb, super::verb(operation));
    match operation.split_once('/') {
        Some((provider, _)) if is_arm(operation) => row.set_lower(Event::Provider, provider),
        _ => {
            if let Some(provider) = text(f.provider) {
                row.set_lower(Event::Provider, &provider);
            }
        }
    }
}

/// `Provider.Name/type/verb`, not a sentence.
fn is_arm(name: &str) -> bool {
    name.contains('/') && !name.contains(' ')
}
