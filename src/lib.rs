//! x
pub mod azure;
pub mod base;
pub mod corpus;
pub mod diag;
pub mod input;
pub mod ledger;
pub mod schema;
pub mod shape;
