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
//! ## Words
//!
//! One word per thing, everywhere:
//!
//! | word             | means                                                                  |
//! | ---------------- | ---------------------------------------------------------------------- |
//! | source           | an input file, or a member of an archive                               |
//! | record           | what stood in a source, unread; its *origin* is source, offset, length |
//! | shape            | the form in which one kind of export writes its records                |
//! | event            | one normalised row of activity                                         |
//! | spine            | the columns of every event that stay in memory                         |
//! | operation        | the events of one ARM call with their outcome; its name in the log     |
//! | ledger           | all operations, by time                                                |
//! | caller           | the field of the log, as written                                       |
//! | principal        | the user, service principal or managed identity a caller resolves to   |
//! | identity         | what the claims of one event say of a principal                        |
//! | alert            | one normalised security alert                                          |
//! | rule             | a Sigma rule, a correlation, or one of azscope's own kinds             |
//! | atom             | one distinct test on one field, shared by all rules that ask it        |
//! | selector         | one distinct condition over atoms                                      |
//! | hit              | an atom that held for an event                                         |
//! | finding          | what a rule says about some operations, with its reasons               |
//! | level, severity  | a rule's, in Sigma's five words; an alert's, in Defender's four        |
//! | suspect          | a principal under suspicion; its *grounds* are the reasons             |
//! | deed             | what a principal did, as far as it matters for suspicion               |
//! | residue          | a resource that a suspect made or changed and that still stands        |
//! | defence          | a setting or resource that protects or watches                         |
//! | mark             | an analyst's decision in a triage file                                 |
//! | fold             | to move known noise out of the findings, counted and reopenable        |
//! | step             | one thing to do, in a *stage* of the plan                              |
//! | case             | the folder that `analyze` writes; in a report, alerts and findings     |
//! |                  | that belong together                                                   |
//!
//! `tests/it/architecture.rs` keeps the table of layers true. Read
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
