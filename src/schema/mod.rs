//! The event schema: one table from which everything else is derived.
//!
//! A column is declared once. Its declaration carries the meaning shown by
//! `azscope schema events`, the names under which Sigma rules know it and its
//! places in ECS and OCSF. Batches, the Parquet index, rule compilation and
//! every exporter read the table; none of them repeats it.

mod event;
pub mod index;
mod table;

pub use event::Event;

/// How the values of a column are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Time,
    /// Text with few distinct values: rules test it once a distinct value.
    Code,
    /// Text with many distinct values.
    Text,
    /// A whole number.
    Number,
    /// Yes, no or unknown.
    Flag,
}

impl Kind {
    /// Returns the word that people are told.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Time => "time",
            Kind::Code | Kind::Text => "text",
            Kind::Number => "number",
            Kind::Flag => "flag",
        }
    }
}

/// Everything known of one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Name in frames and exports.
    pub name: &'static str,
    /// How values are held.
    pub kind: Kind,
    /// What it means and where it comes from.
    pub about: &'static str,
    /// Field names that Sigma rules use for it, beside its own.
    pub sigma: &'static [&'static str],
    /// Field of the Elastic Common Schema; empty where there is none.
    pub ecs: &'static str,
    /// Attribute of OCSF API Activity; empty where there is none.
    pub ocsf: &'static str,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn names_are_unique_and_aliases_do_not_collide() {
        let mut seen = BTreeMap::new();
        for column in Event::ALL {
            let spec = column.spec();
            for name in spec.sigma.iter().chain([&spec.name]) {
                let before = seen.insert(name.to_ascii_lowercase(), column);
                assert!(
                    before.is_none() || before == Some(column),
                    "{name}: {before:?}, {column:?}"
                );
            }
        }
    }

    #[test]
    fn fields_resolve_without_regard_to_case() {
        assert_eq!(Event::from_field("OperationName"), Some(Event::Operation));
        assert_eq!(Event::from_field("OPERATION"), Some(Event::Operation));
        assert_eq!(Event::from_field("nonesuch"), None);
        // In Log Analytics this is the workspace, which is no tenant.
        assert_eq!(Event::from_field("TenantId"), None);
    }
}
