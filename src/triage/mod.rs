//! Triage: what analysts decided about a case, kept in a file beside it and carried across runs.
//!
//! A mark names its target by an id made from content, so it holds for every run over the same
//! activity. What marks do to alerts and findings is worked out in the investigation.

mod file;
mod id;
mod template;

pub use id::{grant_id, group_id, step_id};
pub use template::write_template;

use std::collections::BTreeMap;

use crate::base::Time;
use crate::base::hash::sha256_hex;
use crate::rule::Error;

/// What a mark can be about; the word is the name of its table in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// An alert, by its id.
    Alert,
    /// All findings of one rule about one principal, by [`group_id`].
    Group,
    /// A principal, by its id or any other name it is known by.
    Principal,
    /// An address.
    Address,
    /// A runbook or what starts one, by its resource id.
    Runbook,
    /// A change of rights, by [`grant_id`].
    Grant,
    /// A resource, by its id.
    Resource,
    /// A step of mitigation, by [`step_id`].
    Step,
}

impl Topic {
    /// Every kind, in the order of a template.
    pub const ALL: [Topic; 8] = [
        Topic::Alert,
        Topic::Group,
        Topic::Principal,
        Topic::Address,
        Topic::Runbook,
        Topic::Grant,
        Topic::Resource,
        Topic::Step,
    ];

    /// Returns the word for it in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::Alert => "alert",
            Topic::Group => "group",
            Topic::Principal => "principal",
            Topic::Address => "address",
            Topic::Runbook => "runbook",
            Topic::Grant => "grant",
            Topic::Resource => "resource",
            Topic::Step => "step",
        }
    }

    /// Returns the word with the article that it takes.
    const fn of(self) -> &'static str {
        match self {
            Topic::Alert => "an alert",
            Topic::Group => "a group",
            Topic::Principal => "a principal",
            Topic::Address => "an address",
            Topic::Runbook => "a runbook",
            Topic::Grant => "a grant",
            Topic::Resource => "a resource",
            Topic::Step => "a step",
        }
    }
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is known good.
    Expected,
    /// It is known bad, or at least not to be explained away.
    Unexpected,
    /// Nobody decided yet; the target only counts as known.
    Undecided,
    /// The step was taken; of nothing but steps.
    Done,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Decision; 4] =
        [Decision::Expected, Decision::Unexpected, Decision::Undecided, Decision::Done];

    /// Returns the word for it in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Decision::Expected => "expected",
            Decision::Unexpected => "unexpected",
            Decision::Undecided => "undecided",
            Decision::Done => "done",
        }
    }
}

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is about.
    pub kind: Topic,
    /// Id of the target, in lower case, without space around it.
    pub id: String,
    /// What was decided.
    pub decision: Decision,
    /// Why; empty only where nothing is decided.
    pub reason: String,
    /// Who decided; empty only where nothing is decided.
    pub author: String,
    /// From when on it no longer counts.
    pub expires: Option<Time>,
}

impl Mark {
    /// Returns `kind id`, as messages name the mark.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.as_str(), self.id)
    }

    /// Whether it no longer counts at a time.
    pub fn is_expired(&self, now: Option<Time>) -> bool {
        self.expires.is_some_and(|expires| now.is_some_and(|now| expires <= now))
    }
}

/// A triage file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triage {
    /// The file as given.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// The marks, in the order of kinds, then of the file; each target has one.
    pub marks: Vec<Mark>,
}

impl Triage {
    /// Reads the text of a triage file; an error names line and column.
    pub fn parse(path: &str, text: &str) -> Result<Triage, Error> {
        let marks = file::marks(path, text)?;
        Ok(Triage { path: path.to_owned(), sha256: sha256_hex(text.as_bytes()), marks })
    }

    /// Returns the marks with every name of a principal replaced by its id, by kind and id.
    ///
    /// Of two marks that turn out to be about one principal the first counts.
    pub fn by_target(
        &self,
        principal: impl Fn(&str) -> Option<String>,
    ) -> BTreeMap<(Topic, String), &Mark> {
        let mut marks = BTreeMap::new();
        for mark in &self.marks {
            let own = (mark.kind == Topic::Principal).then(|| principal(&mark.id)).flatten();
            let id = own.map_or_else(|| mark.id.clone(), |id| id.to_lowercase());
            marks.entry((mark.kind, id)).or_insert(mark);
        }
        marks
    }
}
