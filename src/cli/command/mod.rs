//! One file a subcommand.

pub(super) mod alert;
pub(super) mod analyze;
pub(super) mod coverage;
pub(super) mod entity;
pub(super) mod guide;
pub(super) mod manual;
mod narrow;
pub(super) mod query;
pub(super) mod rules;
pub(super) mod schema;
pub(super) mod search;
pub(super) mod show;
pub(super) mod subscription;
pub(super) mod timeline;
pub(super) mod triage;
pub(super) mod user;
pub(super) mod verify;
pub(super) mod vm;
