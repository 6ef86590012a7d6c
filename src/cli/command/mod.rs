//! One file a subcommand.

pub(super) mod analyze;
pub(super) mod rules;
pub(super) mod schema;
pub(super) mod triage;
pub(super) mod verify;
