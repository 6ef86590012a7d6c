//! How an investigation is run, and why it gave no report.

use crate::base::Time;
use crate::corpus;
use crate::detect::Matching;
use crate::triage::Triage;

use super::Window;
use super::model::Level;

/// How an investigation is run.
#[derive(Clone, Debug)]
pub struct Config {
    /// How the evidence is read.
    pub corpus: corpus::Config,
    /// How far inquiries look around an alert.
    pub window: Window,
    /// Id of the alert that the report is about first, or the beginning of one.
    pub alert: Option<String>,
    /// How the events of an operation are put to rules.
    pub matching: Matching,
    /// Whether known noise is shown as findings like all others.
    pub all: bool,
    /// Findings below this level are left out.
    pub min_level: Level,
    /// What analysts decided before.
    pub triage: Option<Triage>,
    /// When the run takes place, for marks that expire; `None` takes the last event of the evidence.
    pub now: Option<Time>,
}

/// Why an investigation gave no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The evidence could not be read.
    #[error(transparent)]
    Corpus(#[from] corpus::Error),
    /// The index could not be written.
    #[error("{0}")]
    Index(String),
    /// The alert that was asked about is not in the evidence.
    #[error("{0}")]
    Alert(String),
}
