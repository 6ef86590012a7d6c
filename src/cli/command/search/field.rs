//! The column of the index that somebody names.

use anyhow::anyhow;

use crate::base::text::for_terminal;
use crate::rule::distance;
use crate::schema::Event;

/// Names that are told in place of one that is not there.
const NEAR: usize = 4;

/// Returns the column of this name, or of this name in Sigma rules.
pub(super) fn named(field: &str) -> anyhow::Result<Event> {
    Event::from_field(field.trim()).ok_or_else(|| {
        let folded = field.trim().to_lowercase();
        let mut near: Vec<&str> = Event::ALL.iter().map(|column| column.spec().name).collect();
        near.sort_by_key(|name| distance(name, &folded));
        near.truncate(NEAR);
        anyhow!(
            "there is no field `{}`; near it: {}; `azscope schema events` tells all",
            for_terminal(field),
            near.join(", ")
        )
    })
}
