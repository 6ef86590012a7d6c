//! Types of resources: what one is called in a sentence, and what to keep of it before it goes.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::table;

/// What there is to save of a resource before it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToKeep {
    /// The type, in lower case.
    pub kind: &'static str,
    /// What is lost with it.
    pub what: &'static str,
    /// A command that saves it, empty where there is no general one; `{id}`, `{name}`,
    /// `{group}`, `{subscription}` and `{file}` stand for parts of the resource's id.
    pub command: &'static str,
}

const KEPT_TEXT: &str = include_str!("data/evidence-to-keep.tsv");
const NOUNS_TEXT: &str = include_str!("data/type-nouns.tsv");

static KEPT: LazyLock<Vec<ToKeep>> = LazyLock::new(|| {
    table::rows(KEPT_TEXT).map(|[kind, what, command]| ToKeep { kind, what, command }).collect()
});
static NOUNS: LazyLock<Vec<[&str; 2]>> = LazyLock::new(|| table::rows(NOUNS_TEXT).collect());

/// Returns what to keep of a resource of a type; `None` where the log tells enough of it.
pub fn to_keep(kind: &str) -> Option<&'static ToKeep> {
    table::find(&KEPT, kind, |row| row.kind)
}

/// Returns every kind of evidence to keep, by type.
#[cfg(test)]
pub fn all_to_keep() -> &'static [ToKeep] {
    &KEPT
}

/// Returns what a resource of a type is called in a sentence.
pub fn noun(kind: &str) -> Cow<'_, str> {
    let last = kind.rsplit('/').next().unwrap_or(kind);
    if let Some([_, noun]) = table::find(&NOUNS, last, |row| row[0]) {
        return Cow::Borrowed(noun);
    }
    if let Some(start) = last.strip_suffix("ies") {
        return Cow::Owned(format!("{start}y"));
    }
    let ends = |end: &str| last.ends_with(end);
    let one = if ends("ss") || ends("us") {
        last
    } else if ["sses", "xes"].into_iter().any(ends) {
        last.strip_suffix("es").unwrap_or(last)
    } else {
        last.strip_suffix('s').unwrap_or(last)
    };
    Cow::Borrowed(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole_and_sorted() {
        assert_eq!(KEPT.len(), KEPT_TEXT.lines().count() - 1);
        assert!(table::rises(KEPT.iter().map(|row| row.kind)));
        assert!(KEPT.iter().all(|row| !row.what.is_empty()));
        assert_eq!(NOUNS.len(), NOUNS_TEXT.lines().count() - 1);
        assert!(table::rises(NOUNS.iter().map(|row| row[0])));
    }

    #[test]
    fn a_type_has_a_noun_of_its_own_or_the_singular_of_its_last_word() {
        assert_eq!(noun("microsoft.network/publicipaddresses"), "public IP address");
        assert_eq!(noun("microsoft.network/loadbalancers"), "load balancer");
        assert_eq!(noun("Microsoft.Web/sites"), "web application");
        assert_eq!(noun("microsoft.x/policies"), "policy");
        assert_eq!(noun("microsoft.x/addresses"), "address");
        assert_eq!(noun("microsoft.x/caches"), "cache");
        assert_eq!(noun("microsoft.automation/automationaccounts/runbooks"), "runbook");
    }
}
