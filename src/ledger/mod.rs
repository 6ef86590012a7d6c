//! The ledger: events of one ARM call collapsed into one operation with its outcome.
//!
//! A call leaves up to half a dozen events: its start, its acceptance, its end,
//! and what the resource provider says for itself. They share a key; where a
//! new start follows an end, or much time lies between, a new call begins.

mod calls;
mod collapse;

pub use collapse::collapse;

use crate::base::{Time, words};

words! {
    /// How an operation ended, as far as the evidence tells.
    Outcome {
        /// It was done.
        Succeeded = "succeeded",
        /// It was refused, broke or was called off.
        Failed = "failed",
        /// It was accepted; its end is not in the evidence.
        Accepted = "accepted",
        /// Nothing tells.
        #[default]
        Unknown = "unknown",
    }
}

impl Outcome {
    /// Whether it was done, or accepted and not known to have failed.
    pub fn took_effect(self) -> bool {
        matches!(self, Outcome::Succeeded | Outcome::Accepted)
    }
}

/// One operation. Codes lead into the corpus' names; [`crate::corpus::NONE`] where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    /// Place of its events in [`Ledger::rows`].
    pub start: u32,
    /// Number of its events.
    pub events: u32,
    /// Time of its first event.
    pub first: Time,
    /// Time of its last event.
    pub last: Time,
    /// How it ended.
    pub outcome: Outcome,
    /// Operation name.
    pub operation: u32,
    /// Principal.
    pub identity: u32,
    /// Address.
    pub ip: u32,
    /// Subscription.
    pub subscription: u32,
    /// Resource.
    pub resource: u32,
    /// Resource type.
    pub kind: u32,
    /// Error code.
    pub error: u32,
    /// HTTP status of the last answer; 0 when unknown.
    pub http: u16,
    /// Category.
    pub category: u16,
}

/// All operations, by time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The operations, by first time, then by the place of their first event.
    pub operations: Vec<Operation>,
    /// Their events, those of one operation together and in order.
    pub rows: Vec<u32>,
    /// The operation of each row of the spine; [`crate::corpus::NONE`] for duplicates.
    pub of_row: Vec<u32>,
}

impl Ledger {
    /// Returns the events of an operation, in order of time.
    pub fn rows_of(&self, operation: &Operation) -> &[u32] {
        &self.rows[operation.start as usize..(operation.start + operation.events) as usize]
    }
}
