//! How much a resource helps whoever made it to come back, by its type.

use std::sync::LazyLock;

use super::table;

/// What a resource of one type is worth to an intruder who wants to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persistence {
    /// The type, in lower case.
    pub kind: &'static str,
    /// How much it is worth, from 1 to 100; 0 is a record of something that is over.
    pub power: u32,
    /// Says why, in words that follow "it".
    pub why: &'static str,
}

/// What a resource of any other type is worth.
const OTHER: Persistence =
    Persistence { kind: "", power: 10, why: "was not there before, or not in this form" };

const TEXT: &str = include_str!("data/persistence.tsv");

static ROWS: LazyLock<Vec<Persistence>> = LazyLock::new(|| {
    let row = |[kind, power, why]: [&'static str; 3]| {
        Some(Persistence { kind, power: power.parse().ok()?, why })
    };
    table::rows(TEXT).filter_map(row).collect()
});

/// Returns the worth of resources of a type; a nested type that is not listed has that of its parent.
pub fn persistence(kind: &str) -> Persistence {
    let mut kind = kind;
    while !kind.is_empty() {
        if let Some(row) = table::find(&ROWS, kind, |row| row.kind) {
            return *row;
        }
        kind = kind.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    OTHER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_sorted_and_its_powers_are_in_range() {
        assert_eq!(ROWS.len(), TEXT.lines().count() - 1);
        assert!(table::rises(ROWS.iter().map(|row| row.kind)));
        assert!(ROWS.iter().all(|row| row.power <= 100 && !row.why.is_empty()));
    }

    #[test]
    fn a_nested_type_has_the_power_of_its_parent_unless_it_has_its_own() {
        let power = |kind: &str| persistence(kind).power;
        assert_eq!(power("Microsoft.Authorization/roleAssignments"), 90);
        assert_eq!(power("microsoft.automation/automationaccounts/jobs"), 0);
        assert_eq!(power("microsoft.keyvault/vaults/x/y"), power("microsoft.keyvault/vaults"));
        assert_eq!(power("contoso.example/things"), OTHER.power);
        assert_eq!(power(""), OTHER.power);
    }
}
