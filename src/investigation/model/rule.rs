//! A rule that found something: what its findings mean.

use serde::Serialize;

use crate::investigation::model::Level;

/// What a rule says about its findings, once for all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleNote {
    /// Id of the rule.
    pub id: String,
    /// Title of the rule.
    pub title: String,
    /// Level of the rule.
    pub level: Level,
    /// Path of the rule's file; a built-in one begins with its tactic.
    pub path: String,
    /// What a finding means, what to check next, what refutes it.
    pub description: Option<String>,
    /// Harmless causes.
    pub falsepositives: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// ATT&CK tactics.
    pub tactics: Vec<String>,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// Number of its findings.
    pub findings: u64,
}
