//! The column of the index that somebody names.

use anyhow::anyhow;

use crate::base::near::distance;
use crate::base::text::for_terminal;
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

/// Whether a column is written in one letter case, or in words of azscope, whatever the record has.
pub(super) fn is_folded(column: Event) -> bool {
    let as_written = matches!(
        column,
        Event::OperationRaw
            | Event::SubStatus
            | Event::ErrorCode
            | Event::ErrorMessage
            | Event::Description
            | Event::ActorName
            | Event::TokenId
            | Event::ResourceName
            | Event::Role
    );
    !as_written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_one_letter_case_are_searched_in_any() {
        for column in Event::ALL {
            let spec = column.spec();
            if spec.about.contains("lower case") || spec.about.contains("upper case") {
                assert!(is_folded(*column), "{}", spec.name);
            }
        }
        let own = ["caller", "operationName", "resource_name", "actor_name", "operation_raw"];
        let folded = own.map(|name| is_folded(named(name).unwrap()));
        assert_eq!(folded, [true, true, false, false, false]);
    }
}
