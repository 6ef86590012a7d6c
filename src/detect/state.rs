//! What was begun and not ended by the end of the evidence.

use std::collections::BTreeMap;

use super::evaluate::{Court, Said};
use super::part::Part;

/// Between the values of a key; no value holds it.
const BETWEEN: char = '\u{1f}';

/// Says which operations began something that was not ended; `opened` and `closed` are questions with their keys.
pub(super) fn judge(
    court: &Court<'_>,
    (opened, opened_by): (u32, &[Part]),
    (closed, closed_by): (u32, &[Part]),
    below: bool,
) -> Vec<Said> {
    let scene = court.scene;
    let key = |parts: &[Part], operation: u32| {
        let mut key = String::new();
        for part in parts {
            key.push_str(&scene.text(part, operation)?.to_lowercase());
            key.push(BETWEEN);
        }
        Some(key)
    };
    let mut standing: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut ends = court.selected[closed as usize].iter().copied().peekable();
    let mut end = |standing: &mut BTreeMap<String, Vec<u32>>, before: Option<u32>| {
        while let Some(operation) = ends.next_if(|&end| before.is_none_or(|before| end < before)) {
            let Some(key) = key(closed_by, operation) else { continue };
            standing.remove(&key);
            if below {
                remove_below(standing, &key);
            }
        }
    };
    for &operation in &court.selected[opened as usize] {
        end(&mut standing, Some(operation));
        if let Some(key) = key(opened_by, operation) {
            standing.entry(key).or_default().push(operation);
        }
    }
    end(&mut standing, None);
    let mut left: Vec<u32> = standing.into_values().flatten().collect();
    left.sort_unstable();
    let said =
        |operation| Said { operations: vec![operation], selector: Some(opened), ..Said::default() };
    left.into_iter().map(said).collect()
}

/// Ends everything whose first value lies below that of a key.
fn remove_below(standing: &mut BTreeMap<String, Vec<u32>>, key: &str) {
    let Some(parent) = key.split(BETWEEN).next().filter(|parent| !parent.is_empty()) else {
        return;
    };
    let from = format!("{parent}/");
    let inside: Vec<String> = standing
        .range(from.clone()..)
        .take_while(|(key, _)| key.starts_with(&from))
        .map(|(key, _)| key.clone())
        .collect();
    for key in inside {
        standing.remove(&key);
    }
}
