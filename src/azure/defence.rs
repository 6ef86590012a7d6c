//! Defences: which built-in rules speak of one being lowered, and what raises it again.

use std::sync::LazyLock;

use super::setting::Settings;
use super::table;

/// A rule that speaks of a defence being lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lowering {
    /// The name of the rule.
    pub rule: &'static str,
    /// What protects, in a word.
    pub kind: &'static str,
    /// What was done to it.
    pub what: &'static str,
    /// Which of the operations that the rule speaks of lower it.
    pub lowered_by: LoweredBy,
    /// Which later operation on the same resource raises it again.
    pub raised_by: Raising,
    /// The settings of which a request has to hold one to raise it again where a resource has many
    /// others too; empty where whoever writes the resource sets all of it.
    pub settings: Settings,
    /// A command that raises it, empty where there is no general one; `{id}`, `{name}`,
    /// `{lock_scope}` and `{subscription}` stand for parts of the resource's id.
    pub command: &'static str,
    /// Whether the command can be undone.
    pub reversible: bool,
    /// What whoever raises it should know, empty where that is nothing.
    pub note: &'static str,
}

/// Which operations lower a defence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoweredBy {
    /// All that the rule speaks of.
    Any,
    /// Deletions, and changes of what was there: what is new has protected nothing before.
    Existing,
    /// Deletions only.
    Deletion,
}

/// What raises a defence again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raising {
    /// Writing what was deleted or changed.
    Write,
    /// Deleting what was written.
    Delete,
    /// Either.
    Either,
    /// Registering the provider.
    Register,
    /// Enabling the subscription.
    Enable,
}

impl Raising {
    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "write" => Raising::Write,
            "delete" => Raising::Delete,
            "either" => Raising::Either,
            "register" => Raising::Register,
            "enable" => Raising::Enable,
            _ => return None,
        })
    }

    /// Whether an operation of this name, in upper case, does it.
    pub fn is_done_by(self, operation: &str) -> bool {
        let ends = |end: &str| operation.ends_with(end);
        match self {
            Raising::Write => ends("/WRITE"),
            Raising::Delete => ends("/DELETE"),
            Raising::Either => ends("/WRITE") || ends("/DELETE"),
            Raising::Register => ends("/REGISTER/ACTION"),
            Raising::Enable => ends("/ENABLE/ACTION"),
        }
    }
}

const TEXT: &str = include_str!("data/defences.tsv");

static ROWS: LazyLock<Vec<Lowering>> =
    LazyLock::new(|| table::rows(TEXT).filter_map(lowering).collect());

fn lowering(cells: [&'static str; 9]) -> Option<Lowering> {
    let [rule, kind, what, when, raised_by, settings, command, reversible, note] = cells;
    let raised_by = Raising::from_word(raised_by)?;
    let settings = Settings::listed(settings);
    let lowered_by = match when {
        "any" => LoweredBy::Any,
        "existing" => LoweredBy::Existing,
        "delete" => LoweredBy::Deletion,
        _ => return None,
    };
    let reversible = match reversible {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    let row =
        Lowering { rule, kind, what, lowered_by, raised_by, settings, command, reversible, note };
    Some(row)
}

/// Yields the cells of the table that list settings.
pub(super) fn lists_of_settings() -> impl Iterator<Item = &'static str> {
    table::rows(TEXT).map(|cells: [&'static str; 9]| cells[5])
}

/// Returns every such rule, by name.
#[cfg(test)]
pub fn lowerings() -> &'static [Lowering] {
    &ROWS
}

/// Returns the row that says this of this kind of defence.
pub fn by_words(kind: &str, what: &str) -> Option<&'static Lowering> {
    ROWS.iter().find(|row| row.kind == kind && row.what == what)
}

/// Returns what a rule says of defences; `None` where it is not about one.
pub fn by_rule(name: &str) -> Option<&'static Lowering> {
    table::find(&ROWS, name, |row| row.rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_sorted() {
        assert_eq!(ROWS.len(), TEXT.lines().count() - 1);
        assert!(table::rises(ROWS.iter().map(|row| row.rule)));
        assert!(ROWS.iter().all(|row| !row.kind.is_empty() && !row.what.is_empty()));
    }

    #[test]
    fn a_lock_is_raised_by_writing_it_and_a_suppression_by_deleting_it() {
        let raised = |rule: &str| by_rule(rule).map(|row| row.raised_by);
        assert_eq!(raised("gov-lock-deleted"), Some(Raising::Write));
        assert_eq!(raised("sub-cancelled"), Some(Raising::Enable));
        assert!(Raising::Enable.is_done_by("MICROSOFT.SUBSCRIPTION/ENABLE/ACTION"));
        assert_eq!(raised("mdc-suppression-rule"), Some(Raising::Delete));
        assert_eq!(raised("vm-run-command"), None);
        assert!(Raising::Either.is_done_by("A/B/DELETE") && !Raising::Write.is_done_by("A/B/READ"));
    }
}
