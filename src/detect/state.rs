//! What was begun and not ended by the end of the evidence.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::evaluate::{Court, Said};
use super::part::Part;

/// What stands: the operations that began it, by the key they have.
#[derive(Default)]
struct Standing {
    of: HashMap<u64, Vec<u32>>,
    /// The keys by the first of their values in lower case, where what lies below it ends with it.
    keys: BTreeMap<String, Vec<u64>>,
}

/// Which operations began something that was not ended; `opened` and `closed` are questions with their keys.
pub(super) fn judge(
    court: &Court<'_>,
    (opened, opened_by): (u32, &[Part]),
    (closed, closed_by): (u32, &[Part]),
    below: bool,
) -> Vec<Said> {
    let scene = court.scene;
    let mut standing = Standing::default();
    let mut ends = court.selected[closed as usize].iter().copied().peekable();
    let (opening, closing) = (scene.keyed(opened_by), scene.keyed(closed_by));
    let mut end = |standing: &mut Standing, before: Option<u32>| {
        while let Some(operation) = ends.next_if(|&end| before.is_none_or(|before| end < before)) {
            closing.each(operation, &mut |key| {
                standing.of.remove(&key);
            });
            if let Some(first) = closed_by.first().filter(|_| below) {
                scene.each_text(first, operation, &mut |parent| standing.end_below(parent));
            }
        }
    };
    for &operation in &court.selected[opened as usize] {
        end(&mut standing, Some(operation));
        opening.each(operation, &mut |key| {
            let of = standing.of.entry(key).or_default();
            of.push(operation);
            // What is begun again under the same key stands among the keys already.
            if let Some(first) = opened_by.first().filter(|_| below && of.len() == 1) {
                scene.each_text(first, operation, &mut |text| {
                    standing.keys.entry(text.to_lowercase()).or_default().push(key);
                });
            }
        });
    }
    end(&mut standing, None);
    let mut left: Vec<u32> = standing.of.into_values().flatten().collect();
    left.sort_unstable();
    // An operation with several keys stands while one of them does.
    left.dedup();
    let said =
        |operation| Said { operations: vec![operation], selector: Some(opened), ..Said::default() };
    left.into_iter().map(said).collect()
}

impl Standing {
    /// Ends everything whose first value lies below another.
    fn end_below(&mut self, parent: &str) {
        if parent.is_empty() {
            return;
        }
        let from = format!("{}/", parent.to_lowercase());
        let inside = self.keys.range(from.clone()..).map(|(text, _)| text);
        let inside: Vec<String> =
            inside.take_while(|text| text.starts_with(&from)).cloned().collect();
        for key in inside.iter().filter_map(|text| self.keys.remove(text)).flatten() {
            self.of.remove(&key);
        }
    }
}
