//! Answers, offline, what an attacker did in Azure subscriptions.
//!
//! Data moves one way, through modules that may only use those above them:
//!
//! | layer           | owns                                                              |
//! | --------------- | ----------------------------------------------------------------- |
//! | `base`          | ids, provenance, time, addresses, text safety, JSON               |
//! | `diag`          | what went wrong with the evidence, and how badly                  |
//! | `azure`         | what Azure means: ids, operations, roles, alert types             |
//! | `schema`        | every column once: name, kind, meaning, names in other standards  |
//! | `input`         | the bytes: discover, open, decode, split                          |
//! | `shape`         | one file per export shape: recognise, normalise                   |
//! | `corpus`        | everything that was read: spine, alerts, the columnar index       |
//! | `ledger`        | events of one call collapsed into an operation with its outcome   |
//! | `entity`        | who is who, which tenant owns what                                |
//! | `rule`          | rules as data: parse, check                                       |
//! | `detect`        | compiled rules, findings                                          |
//! | `triage`        | what analysts decided: marks, their file, its template             |
//! | `investigation` | the stages, and the data of all reports                           |
//! | `report`        | one file per output format                                        |
//! | `cli`           | arguments, terminal, exit status                                  |
//!
//! `tests/it/architecture.rs` keeps this table true. Read
//! [`investigation::run`] first: it is the list of stages as code.

pub mod azure;
pub mod base;
pub mod cli;
pub mod corpus;
pub mod detect;
pub mod diag;
pub mod entity;
pub mod input;
pub mod investigation;
pub mod ledger;
pub mod report;
pub mod rule;
pub mod schema;
pub mod shape;
pub mod triage;
